//! The dimensions of the matrix and what they say about each other. Nothing here is taken from the code under test.

use salon_http::kit::Route;

use crate::laws::{Law, Power};

/// What somebody may do in general, within their project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// A role that no rule names.
    Auditor,
    Reader,
    Member,
    /// Brings what a member may; no rule names it either.
    Manager,
    Service,
    Admin,
    /// Brings what a member may, as the next; only a policy of its own names it.
    Curator,
    Sharer,
    /// Brings what a reader may, and is named by that policy, too.
    Fetcher,
    /// Product roles, which are something in Cloud Images only.
    Observer,
    Creator,
    ProductAdmin,
    AccountOwner,
}

/// What a request of Cloud Images takes of those who have nothing but a product role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Product {
    /// It is of another dialect, where a product role is nothing.
    Nothing,
    /// Any of them will do; so it does for the tags, which it changes all the same.
    Look,
    Tag,
    Share,
    Everything,
}

impl Role {
    /// Those that everything but images is tried with.
    pub(crate) const EVERY: [Self; 6] =
        [Self::Auditor, Self::Reader, Self::Member, Self::Manager, Self::Service, Self::Admin];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Manager => "manager",
            Self::Service => "service",
            Self::Admin => "admin",
            Self::Curator => "curator",
            Self::Sharer => "sharer",
            Self::Fetcher => "fetcher",
            Self::Observer => "observer",
            Self::Creator => "cloudImages:creator",
            Self::ProductAdmin => "cloudImages:admin",
            Self::AccountOwner => "identity:user-admin",
        }
    }

    /// What the bearer of a product role is for one request: never less than a reader, and a member if the role lets it do that.
    fn acting(self, wanted: Product) -> Self {
        let most = match self {
            Self::Observer => Product::Tag,
            Self::Creator => Product::Share,
            Self::ProductAdmin | Self::AccountOwner => Product::Everything,
            _ => return self,
        };
        match wanted {
            Product::Nothing => self,
            Product::Look => Self::Reader,
            Product::Tag | Product::Share | Product::Everything if wanted <= most => Self::Member,
            Product::Tag | Product::Share | Product::Everything => Self::Reader,
        }
    }

    /// Whether it lets somebody look at things of the project: each role brings those below it.
    pub(crate) const fn reads(self) -> bool {
        matches!(self, Self::Reader | Self::Fetcher) || self.writes()
    }

    /// Whether it lets somebody change things of the project.
    pub(crate) const fn writes(self) -> bool {
        matches!(self, Self::Member | Self::Manager | Self::Admin | Self::Curator | Self::Sharer)
    }

    /// The role with those it brings, as a gateway tells them.
    pub(crate) fn told(self) -> String {
        let brought = if self.writes() {
            ",member,reader"
        } else if self.reads() {
            ",reader"
        } else {
            ""
        };
        format!("{}{brought}", self.name())
    }
}

/// What the caller's project is to the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    Owner,
    Pending,
    Accepted,
    Rejected,
    /// A member that may share further (v1); it has not answered.
    Sharer,
    Stranger,
}

impl Relation {
    pub(crate) const ALL: [Self; 6] =
        [Self::Owner, Self::Pending, Self::Accepted, Self::Rejected, Self::Sharer, Self::Stranger];

    pub(crate) const fn project(self) -> &'static str {
        match self {
            Self::Owner => "alpha",
            Self::Pending => "beta",
            Self::Accepted => "gamma",
            Self::Rejected => "delta",
            Self::Sharer => "zeta",
            Self::Stranger => "epsilon",
        }
    }

    /// Whether it is on the guest list.
    pub(crate) const fn is_guest(self) -> bool {
        !matches!(self, Self::Owner | Self::Stranger)
    }
}

/// A caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// Without a token.
    Nobody,
    /// With a token that nobody issued.
    Forged,
    /// With a token for no project.
    Unscoped,
    In(Relation, Role),
}

impl Who {
    pub(crate) fn all(roles: &[Role]) -> Vec<Self> {
        let mut all = vec![Self::Nobody, Self::Forged, Self::Unscoped];
        for relation in Relation::ALL {
            all.extend(roles.iter().map(|role| Self::In(relation, *role)));
        }
        all
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::Forged => "forged".to_owned(),
            Self::Unscoped => "unscoped".to_owned(),
            Self::In(relation, role) => format!("{relation:?}-{}", role.name()).to_lowercase(),
        }
    }

    pub(crate) const fn relation(self) -> Relation {
        match self {
            Self::In(relation, _) => relation,
            Self::Nobody | Self::Forged | Self::Unscoped => Relation::Stranger,
        }
    }

    pub(crate) fn owns(self) -> bool {
        self.relation() == Relation::Owner
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Visibility {
    Private,
    Shared,
    Community,
    Public,
}

impl Visibility {
    pub(crate) const ALL: [Self; 4] = [Self::Private, Self::Shared, Self::Community, Self::Public];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Shared => "shared",
            Self::Community => "community",
            Self::Public => "public",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    Queued,
    Active,
    Deactivated,
    /// Active, and not to be deleted.
    Protected,
    Deleted,
}

impl State {
    pub(crate) const ALL: [Self; 5] = [Self::Queued, Self::Active, Self::Deactivated, Self::Protected, Self::Deleted];
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Thing {
    /// An id that never existed.
    Absent,
    Image(Visibility, State),
}

impl Thing {
    /// Images of all kinds.
    pub(crate) fn images() -> impl Iterator<Item = Self> {
        let of = |visibility| State::ALL.into_iter().map(move |state| Self::Image(visibility, state));
        Visibility::ALL.into_iter().flat_map(of)
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Absent => "absent".to_owned(),
            Self::Image(visibility, state) => format!("{}/{state:?}", visibility.name()).to_lowercase(),
        }
    }

    pub(crate) fn is_there(self) -> bool {
        !matches!(self, Self::Absent | Self::Image(_, State::Deleted))
    }

    pub(crate) fn is(self, visibility: Visibility) -> bool {
        self.is_there() && matches!(self, Self::Image(own, _) if own == visibility)
    }

    pub(crate) fn stands(self, state: State) -> bool {
        matches!(self, Self::Image(_, own) if own == state)
    }
}

/// Who asks, about what, and under which policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) who: Who,
    pub(crate) thing: Thing,
    pub(crate) law: &'static Law,
}

impl Case {
    /// Whether the image is one of the caller's project's own.
    pub(crate) fn own(self) -> bool {
        self.thing.is_there() && self.who.owns()
    }

    /// Whether the caller is on the guest list of an image whose guest list has an effect.
    pub(crate) fn guest(self) -> bool {
        self.thing.is(Visibility::Shared) && self.who.relation().is_guest()
    }

    /// The owner's project and administrators.
    pub(crate) fn is_theirs(self) -> bool {
        self.thing.is_there() && (self.who.owns() || self.is_admin())
    }

    /// Whether the image is one of those that a policy can show the caller: of all others, no policy makes anything there.
    pub(crate) fn reached(self) -> bool {
        self.is_theirs() || self.thing.is(Visibility::Public) || self.thing.is(Visibility::Community) || self.guest()
    }

    /// Whether the image is there for the caller: the one rule of sight of the Image API.
    pub(crate) fn sees(self) -> bool {
        self.reached() && self.may(Power::See)
    }
}

/// What is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// This status.
    Status(u16),
    /// 404, and nothing in status, headers and body that an id that never existed would not get.
    Absent,
    /// 400, and so: it is no marker of a list.
    NoMarker,
    /// 200, with the image in the list.
    In,
    /// 200, without it.
    Out,
}

impl Told {
    /// The status of those answers that are the same for what is hidden and for what never was.
    pub(crate) fn of_absence(self) -> Option<u16> {
        match self {
            Self::Absent => Some(404),
            Self::NoMarker => Some(400),
            Self::Status(_) | Self::In | Self::Out => None,
        }
    }
}

/// What a request that succeeds does to the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    None,
    /// Something that no other cell depends on.
    Touches,
    /// The image is another one for the cells that follow.
    Spoils,
}

/// One request of the matrix, with the rule for its answers. `{image_id}`, `{member}` and names of projects stand for ids.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) name: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
    pub(crate) effect: Effect,
    pub(crate) product: Product,
    /// For callers with a valid token; all others are told 401.
    pub(crate) rule: fn(Case) -> Told,
}

impl Ask {
    /// Whether it is about an image: by its id, or as a list that may have it.
    pub(crate) fn is_of_an_image(&self) -> bool {
        self.path.contains("{image_id}") || self.is_list()
    }

    pub(crate) fn is_list(&self) -> bool {
        self.path.contains("{name}") || self.path.contains("/shared-images/")
    }

    pub(crate) fn expected(&self, case: Case) -> Told {
        let who = match case.who {
            Who::In(relation, role) => Who::In(relation, role.acting(self.product)),
            Who::Unscoped => Who::Unscoped,
            Who::Nobody | Who::Forged => return Told::Status(401),
        };
        (self.rule)(Case { who, ..case })
    }
}

/// What a dialect is asked by one operation: name, what replaces the template's parameters or follows it, headers, body.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    /// The value of the parameter for a member, or a query that begins with `?`.
    pub(crate) with: &'static str,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
    pub(crate) effect: Effect,
    pub(crate) rule: fn(Case) -> Told,
}

/// Everything that a dialect's routes are asked: each operation in the forms whose answers differ, and what it takes of product
/// roles.
pub(crate) fn asks_of<Op: Copy>(
    prefix: &str,
    routes: &[Route<Op>],
    forms: fn(Op) -> Vec<Form>,
    product: fn(Op) -> Product,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    for route in routes {
        for (method, operation) in route.methods {
            let on =
                |form: Form| Ask { product: product(*operation), ..form.on(prefix, method.as_str(), route.template) };
            asks.extend(forms(*operation).into_iter().map(on));
        }
    }
    asks
}

/// A form without headers and body.
pub(crate) const fn plain(name: &'static str, with: &'static str, effect: Effect, rule: fn(Case) -> Told) -> Form {
    Form { name, with, headers: &[], body: "", effect, rule }
}

/// A form with a JSON body.
pub(crate) const fn json(
    name: &'static str,
    with: &'static str,
    body: &'static str,
    effect: Effect,
    rule: fn(Case) -> Told,
) -> Form {
    Form { name, with, headers: &[("Content-Type", "application/json")], body, effect, rule }
}

impl Form {
    /// The request for a route.
    pub(crate) fn on(self, prefix: &str, method: &str, template: &str) -> Ask {
        let filled = template
            .replace("{member_id}", "{member}")
            .replace("{tag}", "old")
            .replace("{task_id}", "00000000-0000-4000-8000-000000000000")
            .replace("/v1/containers/{container}", "/v1/MossoCloudFS_{own}/c");
        let path = match self.with {
            query if query.starts_with('?') => format!("{prefix}{filled}{query}"),
            member => format!("{prefix}{}", filled.replace("{member}", member)),
        };
        Ask {
            name: self.name,
            method: method.to_owned(),
            path,
            headers: self.headers,
            body: self.body,
            effect: self.effect,
            product: Product::Nothing,
            rule: self.rule,
        }
    }
}
