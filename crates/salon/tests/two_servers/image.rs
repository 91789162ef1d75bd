//! What an image does when calls come one after the other, in three dialects: written from the interfaces' documents, not
//! from the server's rules. Its guest list is the reference model's.

use std::collections::BTreeSet;

use salon_core::membership::{
    MemberName, MemberStatus, ThingKind,
    model::Operation,
    rules::{Amendment, Invitation},
};

use super::{guests::Guests, history::Object};

/// Project 0 owns every image; the others are guests, or the operator.
pub(crate) type Who = u8;
pub(crate) const OWNER: Who = 0;
pub(crate) const GUESTS: [Who; 3] = [1, 2, 3];
/// An administrator, whose project owns nothing and is on no guest list.
pub(crate) const ADMIN: Who = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    V2,
    V1,
    Rackspace,
}

impl Dialect {
    pub(crate) const ALL: [Self; 3] = [Self::V2, Self::V1, Self::Rackspace];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Visibility {
    Private,
    Shared,
    Community,
    Public,
}

impl Visibility {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Shared => "shared",
            Self::Community => "community",
            Self::Public => "public",
        }
    }
}

/// Lists of images that have different ones in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// v2's, when nothing is said of visibility.
    Usual,
    /// v2's of this visibility.
    Public,
    /// v2's of this visibility.
    Community,
    V1,
    Rackspace,
}

impl List {
    pub(crate) const ALL: [Self; 5] = [Self::Usual, Self::Public, Self::Community, Self::V1, Self::Rackspace];
}

/// Data is known by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Status {
    Queued,
    Saving(u32),
    Active(u32),
    Deactivated(u32),
}

/// What one request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Show(Dialect, Who),
    /// v1 says of visibility only whether an image is public.
    Set(Dialect, Who, Change),
    Tag(Dialect, Who, u8, bool),
    Activate(Who, bool),
    Delete(Dialect, Who),
    /// The claim of an upload; [`Action::Publish`] is its other half.
    Upload(Who, u32),
    Publish(u32),
    /// The order to fetch data, by v1; the server's own work comes later, [`Action::Fetch`] and [`Action::Publish`].
    Order(Who, u32),
    /// The claim for data that was ordered.
    Fetch(u32),
    /// An upload that failed gives the image back.
    Release(u32),
    Download(Dialect, Who),
    Invite(Dialect, Who, Who, bool),
    Replace(Who, Vec<(Who, bool)>),
    Answer(Dialect, Who, Who, MemberStatus),
    Revoke(Dialect, Who, Who),
    Members(Dialect, Who),
    Member(Who, Who),
    Listed(List, Who),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Property(u32),
    Visibility(Visibility),
    Protected(bool),
    Hidden(bool),
}

/// What an answer shows of an image. Dialects do not show everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) status: String,
    pub(crate) size: Option<u32>,
    pub(crate) protected: bool,
    pub(crate) property: Option<u32>,
    pub(crate) tags: Option<BTreeSet<u8>>,
    /// By the dialect's word for it.
    pub(crate) visibility: String,
    pub(crate) hidden: Option<bool>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Status(u16),
    Image(Shown),
    Data(u32),
    /// With what the dialect tells of each: the answer, or whether it may share.
    Members(Vec<(Who, String)>),
    Listed(bool),
    /// Nothing that says whether it was done.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Image {
    exists: bool,
    status: Status,
    /// Data that is to be fetched, as long as nothing else came first.
    ordered: Option<u32>,
    visibility: Visibility,
    protected: bool,
    hidden: bool,
    property: Option<u32>,
    tags: BTreeSet<u8>,
    guests: Guests,
}

/// Whether somebody may do to an image what its owner may.
const fn manages(who: Who) -> bool {
    who == OWNER || who == ADMIN
}

fn invitation(who: Who, can_share: bool) -> Invitation {
    Invitation { can_share, ..Invitation::pending(MemberName::parse(&who.to_string()).unwrap()) }
}

impl Object for Image {
    type Action = Action;
    type Seen = Seen;

    fn answer(&self, action: &Action) -> (Seen, Self) {
        let mut next = self.clone();
        match next.act(action) {
            Ok(seen) => (seen, next),
            Err(status) => (Seen::Status(status), self.clone()),
        }
    }

    fn is_look(action: &Action, seen: &Seen) -> bool {
        let refused = matches!(seen, Seen::Status(400..));
        refused
            || matches!(
                action,
                Action::Show(..) | Action::Download(..) | Action::Members(..) | Action::Member(..) | Action::Listed(..)
            )
    }

    fn is_unknown(seen: &Seen) -> bool {
        *seen == Seen::Unknown
    }
}

impl Image {
    /// Before it is there.
    pub(crate) fn unborn() -> Self {
        Self {
            exists: false,
            status: Status::Queued,
            ordered: None,
            visibility: Visibility::Shared,
            protected: false,
            hidden: false,
            property: None,
            tags: BTreeSet::new(),
            guests: Guests::of(ThingKind::Image),
        }
    }

    fn act(&mut self, action: &Action) -> Result<Seen, u16> {
        match action {
            Action::Create => {
                *self = Self { exists: true, ..Self::unborn() };
                Ok(Seen::Status(201))
            }
            Action::Show(dialect, who) => {
                self.reach(*dialect, *who)?;
                Ok(Seen::Image(self.shown(*dialect)))
            }
            Action::Set(dialect, who, change) => {
                self.own(*dialect, *who)?;
                self.change(*dialect, *who, *change)?;
                Ok(Seen::Image(self.shown(*dialect)))
            }
            Action::Tag(dialect, who, tag, wanted) => {
                self.own(*dialect, *who)?;
                if *wanted {
                    self.tags.insert(*tag);
                } else if !self.tags.remove(tag) {
                    return Err(404);
                }
                Ok(Seen::Status(204))
            }
            Action::Activate(who, wanted) => {
                self.own(Dialect::V2, *who)?;
                self.status = match (self.status, wanted) {
                    (Status::Active(data) | Status::Deactivated(data), true) => Status::Active(data),
                    (Status::Active(data) | Status::Deactivated(data), false) => Status::Deactivated(data),
                    (Status::Queued | Status::Saving(_), _) => return Err(403),
                };
                Ok(Seen::Status(204))
            }
            Action::Delete(dialect, who) => {
                self.own(*dialect, *who)?;
                if self.protected {
                    return Err(403);
                }
                *self = Self::unborn();
                Ok(Seen::Status(if *dialect == Dialect::V1 { 200 } else { 204 }))
            }
            Action::Upload(who, data) => {
                self.own(Dialect::V2, *who)?;
                if self.status != Status::Queued {
                    return Err(409);
                }
                self.status = Status::Saving(*data);
                Ok(Seen::Status(204))
            }
            Action::Publish(data) => {
                if !self.exists || self.status != Status::Saving(*data) {
                    return Err(410);
                }
                self.status = Status::Active(*data);
                Ok(Seen::Status(204))
            }
            Action::Order(who, data) => {
                self.own(Dialect::V1, *who)?;
                if self.status != Status::Queued {
                    return Err(400);
                }
                if self.ordered.is_some() {
                    return Err(409);
                }
                self.ordered = Some(*data);
                Ok(Seen::Image(self.shown(Dialect::V1)))
            }
            Action::Fetch(data) => {
                if self.status == Status::Queued && self.ordered == Some(*data) {
                    self.status = Status::Saving(*data);
                }
                Ok(Seen::Unknown)
            }
            Action::Release(data) => {
                if self.status == Status::Saving(*data) {
                    self.status = Status::Queued;
                }
                Ok(Seen::Unknown)
            }
            Action::Download(dialect, who) => {
                self.reach(*dialect, *who)?;
                match self.status {
                    Status::Active(data) => Ok(Seen::Data(data)),
                    // To be looked at by the operator.
                    Status::Deactivated(data) if *who == ADMIN => Ok(Seen::Data(data)),
                    Status::Deactivated(_) => Err(403),
                    Status::Queued | Status::Saving(_) => Err(if *dialect == Dialect::V1 { 404 } else { 204 }),
                }
            }
            Action::Listed(list, who) => Ok(Seen::Listed(self.exists && !self.hidden && self.is_listed(*list, *who))),
            Action::Invite(..)
            | Action::Replace(..)
            | Action::Answer(..)
            | Action::Revoke(..)
            | Action::Members(..)
            | Action::Member(..) => self.share(action),
        }
    }

    fn change(&mut self, dialect: Dialect, who: Who, change: Change) -> Result<(), u16> {
        match change {
            Change::Property(value) => self.property = Some(value),
            Change::Visibility(Visibility::Public) if who != ADMIN => return Err(403),
            // An image that is not public stays what it is when v1 says that it is not.
            Change::Visibility(Visibility::Shared)
                if dialect == Dialect::V1 && self.visibility != Visibility::Public => {}
            Change::Visibility(visibility) => self.visibility = visibility,
            Change::Protected(protected) => self.protected = protected,
            Change::Hidden(hidden) => self.hidden = hidden,
        }
        Ok(())
    }

    /// Guest lists.
    fn share(&mut self, action: &Action) -> Result<Seen, u16> {
        match action {
            Action::Invite(Dialect::V2, who, member, _) => {
                self.shared(*who)?;
                self.manage(*who, 403)?;
                self.guests.run(&Operation::Invite(invitation(*member, false)))?;
                Ok(Seen::Status(200))
            }
            Action::Invite(Dialect::Rackspace, who, member, _) => {
                self.reach(Dialect::Rackspace, *who)?;
                self.manage(*who, 404)?;
                let dormant = self.visibility == Visibility::Private;
                match self.visibility {
                    Visibility::Community | Visibility::Public => return Err(403),
                    Visibility::Private | Visibility::Shared => self.visibility = Visibility::Shared,
                }
                // A row that had no effect has one from now on.
                if !(dormant && self.row(*member).is_some()) {
                    self.guests.run(&Operation::Invite(invitation(*member, false)))?;
                }
                Ok(Seen::Status(200))
            }
            Action::Invite(Dialect::V1, who, member, can_share) => {
                self.share_in_v1(*who)?;
                let amendment = Amendment { role: None, can_share: Some(*can_share) };
                match self.guests.run(&Operation::Invite(invitation(*member, *can_share))) {
                    Err(409) => self.guests.run(&Operation::Amend(member.to_string(), amendment))?,
                    outcome => outcome?,
                }
                Ok(Seen::Status(204))
            }
            Action::Replace(who, list) => {
                self.share_in_v1(*who)?;
                self.guests
                    .run(&Operation::Replace(list.iter().map(|(who, share)| invitation(*who, *share)).collect()))?;
                Ok(Seen::Status(204))
            }
            Action::Answer(dialect, who, member, status) => {
                self.reach(*dialect, *who)?;
                if *dialect == Dialect::V2 {
                    self.shared(*who)?;
                } else if *who == OWNER {
                    return Err(403);
                }
                // Rows without an effect are there for the operator only.
                let own = who == member && self.visibility == Visibility::Shared;
                if self.row(*member).is_none() || !(manages(*who) || own) {
                    return Err(404);
                }
                if *who == OWNER {
                    return Err(403);
                }
                self.guests.run(&Operation::Respond(member.to_string(), *status))?;
                Ok(Seen::Status(200))
            }
            Action::Revoke(dialect, who, member) => {
                match dialect {
                    Dialect::V2 => {
                        self.shared(*who)?;
                        self.manage(*who, if who == member { 403 } else { 404 })?;
                    }
                    Dialect::V1 => self.share_in_v1(*who)?,
                    Dialect::Rackspace => self.manage(*who, 404)?,
                }
                if !self.exists {
                    return Err(404);
                }
                self.guests.run(&Operation::Revoke(member.to_string()))?;
                Ok(Seen::Status(204))
            }
            Action::Members(dialect, who) => {
                self.reach(*dialect, *who)?;
                if *dialect == Dialect::V2 {
                    self.shared(*who)?;
                }
                if *dialect == Dialect::Rackspace && !manages(*who) && self.visibility != Visibility::Shared {
                    return Err(404);
                }
                Ok(Seen::Members(self.list(*dialect, *who)))
            }
            Action::Member(who, member) => {
                self.reach(Dialect::V2, *who)?;
                let visible = self.visibility == Visibility::Shared && (manages(*who) || who == member);
                match self.list(Dialect::V2, *who).into_iter().find(|(one, _)| one == member) {
                    Some(row) if visible => Ok(Seen::Members(vec![row])),
                    _ => Err(404),
                }
            }
            _ => Err(0),
        }
    }

    fn row(&self, who: Who) -> Option<MemberStatus> {
        self.guests.row(who).map(|row| row.status)
    }

    fn list(&self, dialect: Dialect, who: Who) -> Vec<(Who, String)> {
        let rows = self.guests.rows().map(|(member, row)| {
            let told = match dialect {
                Dialect::V1 => row.can_share.to_string(),
                Dialect::V2 | Dialect::Rackspace => row.status.as_str().to_owned(),
            };
            (member, told)
        });
        rows.filter(|(member, _)| manages(who) || *member == who).collect()
    }

    fn is_listed(&self, list: List, who: Who) -> bool {
        let own = who == OWNER || self.visibility == Visibility::Public;
        let shared = self.visibility == Visibility::Shared;
        let accepted = shared && self.row(who) == Some(MemberStatus::Accepted);
        match list {
            // The operator finds everything there but what is meant to be asked for.
            List::Usual => own || accepted || who == ADMIN && self.visibility != Visibility::Community,
            List::Public => self.visibility == Visibility::Public,
            List::Community => self.visibility == Visibility::Community,
            // Whatever was answered.
            List::V1 => own || shared && self.row(who).is_some(),
            List::Rackspace => own || accepted,
        }
    }

    /// Whether it is there for somebody.
    fn reach(&self, dialect: Dialect, who: Who) -> Result<(), u16> {
        let open = match self.visibility {
            Visibility::Private => false,
            Visibility::Shared => self.row(who).is_some(),
            // Cloud Images have no word for it.
            Visibility::Community => dialect != Dialect::Rackspace,
            Visibility::Public => true,
        };
        if self.exists && (manages(who) || open) { Ok(()) } else { Err(404) }
    }

    /// Whether somebody may change it.
    fn own(&self, dialect: Dialect, who: Who) -> Result<(), u16> {
        self.reach(dialect, who)?;
        // v1 conceals what somebody may not change, unless everybody sees it.
        let conceals = dialect == Dialect::V1 && self.visibility != Visibility::Public;
        self.manage(who, if conceals { 404 } else { 403 })
    }

    /// v1 does not tell those apart who may not share.
    fn share_in_v1(&self, who: Who) -> Result<(), u16> {
        self.reach(Dialect::V1, who)?;
        self.manage(who, 404)
    }

    fn manage(&self, who: Who, otherwise: u16) -> Result<(), u16> {
        if manages(who) { Ok(()) } else { Err(otherwise) }
    }

    /// v2 has members for shared images only.
    fn shared(&self, who: Who) -> Result<(), u16> {
        self.reach(Dialect::V2, who)?;
        if self.visibility == Visibility::Shared { Ok(()) } else { Err(403) }
    }

    fn shown(&self, dialect: Dialect) -> Shown {
        let (status, size) = match self.status {
            Status::Queued => ("queued", None),
            Status::Saving(_) => ("saving", None),
            Status::Active(data) => ("active", Some(data)),
            Status::Deactivated(data) => ("deactivated", Some(data)),
        };
        let public = self.visibility == Visibility::Public;
        let visibility = match dialect {
            Dialect::V2 => self.visibility.as_str(),
            Dialect::Rackspace => {
                if public {
                    "public"
                } else {
                    "private"
                }
            }
            Dialect::V1 => {
                if public {
                    "True"
                } else {
                    "False"
                }
            }
        };
        Shown {
            status: status.to_owned(),
            size,
            protected: self.protected,
            property: self.property,
            tags: (dialect != Dialect::V1).then(|| self.tags.clone()),
            visibility: visibility.to_owned(),
            hidden: (dialect == Dialect::V2).then_some(self.hidden),
        }
    }
}
