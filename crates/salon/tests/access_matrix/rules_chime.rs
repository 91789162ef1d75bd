//! Amazon Chime, and reading back what was said: who may do what, from `docs/chime.md`. An account is its project's, and what
//! its people may do there is the policy's to say; administrators reach all accounts. Nobody's standing in a room counts: people
//! and bots of an account are no callers.

use salon_http::{
    chime::{Chime, Operation},
    sharing,
};

use crate::{
    cells::Effect::{self, None as Nothing, Spoils, Touches},
    chat::Place,
    common::envelope::Dialect,
    laws_chime::{Law, Request},
    people::Who,
    stage::{
        Ask, NEVER,
        Told::{self, Like, Named, Status, With, Without},
        Twin,
    },
};

/// Types of account an operation is for.
#[derive(Clone, Copy)]
enum For {
    Any,
    /// Others are forbidden.
    Enterprise,
    /// For others it is no request: people are invited, or the directory's.
    EnterprisePeople,
    Team,
    TeamOrLwa,
    Lwa,
}

/// What somebody gets who may.
struct Case {
    name: &'static str,
    with: Vec<(&'static str, &'static str)>,
    body: &'static str,
    effect: Effect,
    then: Told,
    types: Option<For>,
}

struct Rule {
    writes: bool,
    types: For,
    cases: Vec<Case>,
}

/// A request, with what is to be told to whom where.
pub(crate) struct Entry {
    pub(crate) ask: Ask,
    writes: bool,
    types: For,
    then: Told,
    kind: Kind,
}

impl AsRef<Ask> for Entry {
    fn as_ref(&self) -> &Ask {
        &self.ask
    }
}

/// What an operation begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An account.
    Account,
    /// The caller's project.
    Project,
}

pub(crate) fn entries() -> Vec<Entry> {
    let chime = Chime::operations().flat_map(|(operation, method, uri)| {
        on(Dialect::Chime, &format!("{operation:?}"), method.as_str(), uri, rule(operation))
    });
    let sharing = sharing::ROUTES.iter().flat_map(|route| {
        let uri = route.template.replace("{account_id}", "{accountId}").replace("{room_id}", "{roomId}");
        let uri = format!("{}{uri}", sharing::PREFIX);
        let rules = route.methods.iter().map(|(method, operation)| (method, operation.name(), of_sharing(*operation)));
        rules
            .flat_map(move |(method, name, rule)| on(Dialect::IdentityV3, name, method.as_str(), &uri, rule))
            .collect::<Vec<_>>()
    });
    chime.chain(sharing).collect()
}

fn on(dialect: Dialect, name: &str, method: &str, uri: &str, rule: Rule) -> Vec<Entry> {
    let kind = if uri.contains("{accountId}") { Kind::Account } else { Kind::Project };
    let entry = |case: Case| {
        // What begins with `?` is a filter.
        let (query, body) = if case.body.starts_with('?') { (case.body, "") } else { ("", case.body) };
        Entry {
            ask: Ask {
                operation: name.to_owned(),
                case: case.name,
                dialect,
                method: method.to_owned(),
                target: format!("{uri}{query}"),
                with: case.with,
                headers: &[("Content-Type", "application/json")],
                body,
                effect: case.effect,
            },
            writes: rule.writes,
            types: case.types.unwrap_or(rule.types),
            then: case.then,
            kind,
        }
    };
    rule.cases.into_iter().map(entry).collect()
}

/// What is to be told under a policy; `None` for what cannot be asked.
pub(crate) fn expected(entry: &Entry, who: Who, place: Place, law: &Law) -> Option<Told> {
    let is_chime = entry.ask.dialect == Dialect::Chime;
    let refused = |name| Some(if is_chime { Named(403, name) } else { Status(401) });
    match who {
        // A key is always for a project.
        Who::Unscoped if is_chime => return None,
        Who::Unscoped | Who::In(..) => {}
        Who::Nobody => return refused("MissingAuthenticationTokenException"),
        Who::Wrong => return refused("InvalidSignatureException"),
        Who::Unknown | Who::Ended | Who::Disabled | Who::Gone | Who::Roleless | Who::Closed => {
            return refused("UnrecognizedClientException");
        }
    }
    let may = law.lets(who, Request { operation: &entry.ask.operation, writes: entry.writes, place });
    if entry.kind == Kind::Project {
        // Whatever the account that is asked about.
        if place != Place::Lwa {
            return None;
        }
        return Some(match entry.then {
            _ if !may => Status(403),
            // Of the caller's project only, for administrators too.
            With(status, text) if !who.is_own() => Without(status, text),
            then => then,
        });
    }
    if place == Place::Absent {
        return Some(Status(404));
    }
    if !place.is_there() || !who.is_own() && !law.is_admin(who) {
        return Some(Like(404, Twin::Nowhere));
    }
    Some(match (may, entry.types.refuses(place)) {
        (false, _) => like_first(entry, 403),
        (true, Some(status)) => like_first(entry, status),
        (true, None) => entry.then,
    })
}

/// Whoever may not, or not here, learns nothing of what is in the account.
fn like_first(entry: &Entry, status: u16) -> Told {
    match entry.ask.case {
        THERE => Status(status),
        // By its member the same operation is for other types.
        LICENSE => Status(status),
        _ => Like(status, Twin::Case(THERE)),
    }
}

impl For {
    fn refuses(self, place: Place) -> Option<u16> {
        let team = place == Place::Team;
        let lwa = matches!(place, Place::Lwa | Place::Converted);
        match self {
            Self::Any => None,
            Self::Enterprise => team.then_some(403),
            Self::EnterprisePeople => team.then_some(400),
            Self::Team => (!team).then_some(400),
            Self::TeamOrLwa => (!team && !lwa).then_some(400),
            Self::Lwa => (!lwa).then_some(400),
        }
    }
}

/// The case that each operation has.
const THERE: &str = "there";
const LICENSE: &str = "license";

fn case(name: &'static str, body: &'static str, effect: Effect, then: Told) -> Case {
    Case { name, with: Vec::new(), body, effect, then, types: None }
}

impl Case {
    fn with(mut self, slot: &'static str, key: &'static str) -> Self {
        self.with.push((slot, key));
        self
    }
}

fn looks(types: For, cases: Vec<Case>) -> Rule {
    Rule { writes: false, types, cases }
}

fn changes(types: For, cases: Vec<Case>) -> Rule {
    Rule { writes: true, types, cases }
}

/// One request that says it all.
fn one(body: &'static str, effect: Effect, success: u16) -> Vec<Case> {
    vec![case(THERE, body, effect, Status(success))]
}

/// What is not there is told in `status`, and what is elsewhere or gone as what never was.
fn elsewhere(slot: &'static str, keys: &[(&'static str, &'static str)], body: &'static str, then: Told) -> Vec<Case> {
    let never = keys[0].0;
    let others = keys[1..]
        .iter()
        .map(|(name, key)| case(name, body, Nothing, Like(then.status(), Twin::Case(never))).with(slot, key));
    std::iter::once(case(never, body, Nothing, then).with(slot, NEVER)).chain(others).collect()
}

const ROOMS: &[(&str, &str)] = &[
    ("room never", NEVER),
    ("room of a sister account", "sister room"),
    ("room of others", "their room"),
    ("room deleted", "gone room"),
];
const PEOPLE: &[(&str, &str)] = &[
    ("person never", NEVER),
    ("person of a sister account", "sister person"),
    ("person of others", "their person"),
    ("person gone", "gone person"),
    ("room as a person", "roomId"),
];
const BOTS: &[(&str, &str)] =
    &[("bot never", NEVER), ("bot of a sister account", "sister bot"), ("bot of others", "their bot")];
const MEMBERS: &[(&str, &str)] = &[
    ("member never", NEVER),
    ("person outside", "userId"),
    ("member of a sister room", "sister insider"),
    ("member of others", "their insider"),
    ("person gone", "gone person"),
];
/// Whom nobody can invite.
const STRANGERS: &[(&str, &str)] = &[
    ("person never", NEVER),
    ("person of a sister account", "sister person"),
    ("person of others", "their person"),
    ("person gone", "gone person"),
    ("bot of others", "their bot"),
];

fn rooms(body: &'static str, effect: Effect, success: u16) -> Vec<Case> {
    joined([one(body, effect, success), elsewhere("roomId", ROOMS, body, Status(404))])
}

fn people(body: &'static str, effect: Effect, success: u16) -> Vec<Case> {
    joined([one(body, effect, success), elsewhere("userId", PEOPLE, body, Status(404))])
}

fn bots(body: &'static str, effect: Effect, then: Told) -> Vec<Case> {
    let off = case("bot switched off", body, effect, then).with("botId", "off bot");
    joined([vec![case(THERE, body, effect, then), off], elsewhere("botId", BOTS, body, Status(404))])
}

fn joined<const N: usize>(parts: [Vec<Case>; N]) -> Vec<Case> {
    parts.into_iter().flatten().collect()
}

fn of_sharing(operation: sharing::Operation) -> Rule {
    match operation {
        sharing::Operation::ListRoomMessages => {
            let said = case("said", "", Nothing, With(200, "{messageId}")).with("roomId", "talk");
            looks(For::Enterprise, joined([rooms("", Nothing, 200), vec![said]]))
        }
    }
}

fn rule(operation: Operation) -> Rule {
    use Operation as Op;
    match operation {
        Op::CreateAccount => changes(For::Any, one(r#"{"Name": "made"}"#, Nothing, 201)),
        Op::ListAccounts => {
            let named = case("by name", "?name={name}", Nothing, With(200, "{accountId}"));
            let elsewhere = case("with their person", "?user-email={address}", Nothing, Without(200, "{accountId}"));
            looks(For::Any, joined([one("", Nothing, 200), vec![named, elsewhere.with("address", "their address")]]))
        }
        Op::GetAccount => looks(For::Any, one("", Nothing, 200)),
        Op::UpdateAccount => changes(For::Any, one(r#"{"Name": "{name}"}"#, Touches, 200)),
        Op::DeleteAccount => changes(
            For::Any,
            vec![
                case(THERE, "", Nothing, Status(422)),
                case("empty", "", Spoils, Status(204)).with("accountId", "empty"),
            ],
        ),
        Op::GetAccountSettings => looks(For::Any, one("", Nothing, 200)),
        Op::UpdateAccountSettings => {
            changes(For::Any, one(r#"{"AccountSettings": {"EnableDialOut": true}}"#, Touches, 204))
        }
        Op::AssociateSigninDelegateGroupsWithAccount => {
            changes(For::Any, one(r#"{"SigninDelegateGroups": [{"GroupName": "helpers"}]}"#, Touches, 200))
        }
        Op::DisassociateSigninDelegateGroupsFromAccount => {
            changes(For::Any, one(r#"{"GroupNames": ["helpers"]}"#, Touches, 200))
        }
        Op::GetRetentionSettings => looks(For::Enterprise, one("", Nothing, 200)),
        Op::PutRetentionSettings => changes(
            For::Enterprise,
            one(r#"{"RetentionSettings": {"RoomRetentionSettings": {"RetentionDays": 5475}}}"#, Touches, 200),
        ),
        Op::InviteUsers
        | Op::CreateUser
        | Op::ListUsers
        | Op::GetUser
        | Op::UpdateUser
        | Op::BatchUpdateUser
        | Op::BatchSuspendUser
        | Op::BatchUnsuspendUser
        | Op::LogoutUser
        | Op::GetUserSettings
        | Op::UpdateUserSettings
        | Op::ResetPersonalPIN => of_people(operation),
        Op::CreateBot => {
            changes(For::Enterprise, one(r#"{"DisplayName": "made", "Domain": "example.com"}"#, Touches, 201))
        }
        Op::ListBots => looks(For::Enterprise, one("", Nothing, 200)),
        Op::GetBot => looks(For::Enterprise, bots("", Nothing, Status(200))),
        Op::UpdateBot => changes(For::Enterprise, bots("{}", Nothing, Status(200))),
        Op::RegenerateSecurityToken => changes(For::Enterprise, bots("", Touches, Status(200))),
        // No endpoint is here that could prove itself.
        Op::PutEventsConfiguration => changes(
            For::Enterprise,
            bots(r#"{"OutboundEventsHTTPSEndpoint": "https://127.0.0.1/"}"#, Nothing, Status(400)),
        ),
        // There is none.
        Op::GetEventsConfiguration => looks(For::Enterprise, bots("", Nothing, Status(404))),
        Op::DeleteEventsConfiguration => changes(For::Enterprise, bots("", Touches, Status(204))),
        Op::CreateRoom => changes(For::Enterprise, one(r#"{"Name": "made"}"#, Touches, 201)),
        Op::ListRooms => {
            let of = [("of nobody", NEVER), ("of others", "their insider"), ("of a sister account", "sister insider")];
            let of_somebody = elsewhere("userId", &of, "?member-id={userId}", Without(200, "RoomId"));
            looks(For::Enterprise, joined([one("", Nothing, 200), of_somebody]))
        }
        Op::GetRoom => looks(For::Enterprise, rooms("", Nothing, 200)),
        Op::UpdateRoom => changes(For::Enterprise, rooms(r#"{"Name": "renamed"}"#, Touches, 200)),
        Op::DeleteRoom => changes(For::Enterprise, rooms("", Spoils, 204)),
        // A message that nobody wrote is gone already, and whoever wrote it elsewhere is told no more.
        Op::RedactRoomMessage => {
            let messages =
                [("message never", NEVER), ("of a sister room", "sister message"), ("of others", "their message")];
            let there = case(THERE, "", Touches, Status(200)).with("roomId", "talk");
            let mut others = elsewhere("messageId", &messages, "", Status(200));
            others.iter_mut().for_each(|case| case.with.push(("roomId", "talk")));
            changes(For::Enterprise, joined([vec![there], elsewhere("roomId", ROOMS, "", Status(404)), others]))
        }
        Op::RedactConversationMessage => changes(For::Enterprise, one("", Nothing, 200)),
        Op::CreateRoomMembership
        | Op::BatchCreateRoomMembership
        | Op::UpdateRoomMembership
        | Op::DeleteRoomMembership
        | Op::ListRoomMemberships => of_memberships(operation),
    }
}

fn of_people(operation: Operation) -> Rule {
    const LICENSED: &str = r#"{"LicenseType": "Basic"}"#;
    const UPDATES: &str = r#"{"UpdateUserRequestItems": [{"UserId": "{userId}", "UserType": "PrivateUser"}]}"#;
    const ONE: &str = r#"{"UserIdList": ["{userId}"]}"#;
    /// An item that was not done.
    const MISSING: Told = With(200, "\"NotFound\"");
    use Operation as Op;
    match operation {
        Op::InviteUsers => changes(For::Team, one(r#"{"UserEmailList": ["{email}"]}"#, Touches, 201)),
        Op::CreateUser => {
            changes(For::EnterprisePeople, one(r#"{"Email": "{email}", "Username": "New"}"#, Touches, 201))
        }
        Op::ListUsers => {
            let of = [("nobody's address", NEVER), ("address of others", "their address")];
            looks(
                For::Any,
                joined([
                    one("", Nothing, 200),
                    elsewhere("address", &of, "?user-email={address}", Without(200, "UserId")),
                ]),
            )
        }
        Op::GetUser => {
            let suspended = case("suspended", "", Nothing, Status(200)).with("userId", "suspended");
            looks(For::Any, joined([people("", Nothing, 200), vec![suspended]]))
        }
        Op::UpdateUser => {
            let license = Case { types: Some(For::TeamOrLwa), ..case(LICENSE, LICENSED, Touches, Status(200)) };
            changes(For::Any, joined([people(r#"{"UserType": "PrivateUser"}"#, Touches, 200), vec![license]]))
        }
        Op::BatchUpdateUser => {
            let there = case(THERE, UPDATES, Touches, Without(200, "ErrorCode"));
            changes(For::Any, joined([vec![there], elsewhere("userId", PEOPLE, UPDATES, MISSING)]))
        }
        Op::BatchSuspendUser => {
            let there = case(THERE, ONE, Spoils, Without(200, "ErrorCode"));
            let again = case("suspended", ONE, Nothing, Without(200, "ErrorCode")).with("userId", "suspended");
            changes(For::TeamOrLwa, joined([vec![there, again], elsewhere("userId", PEOPLE, ONE, MISSING)]))
        }
        Op::BatchUnsuspendUser => {
            let there = case(THERE, ONE, Nothing, Without(200, "ErrorCode"));
            let suspended = case("suspended", ONE, Spoils, Without(200, "ErrorCode")).with("userId", "suspended");
            changes(For::Lwa, joined([vec![there, suspended], elsewhere("userId", PEOPLE, ONE, MISSING)]))
        }
        Op::LogoutUser => changes(For::Any, people("", Touches, 204)),
        Op::GetUserSettings => looks(For::Any, people("", Nothing, 200)),
        Op::UpdateUserSettings => changes(
            For::Any,
            people(
                r#"{"UserSettings": {"Telephony": {"InboundCalling": true, "OutboundCalling": false, "SMS": true}}}"#,
                Touches,
                204,
            ),
        ),
        Op::ResetPersonalPIN => changes(For::Any, people("", Touches, 200)),
        _ => unreachable!("{operation:?} is about no people"),
    }
}

fn of_memberships(operation: Operation) -> Rule {
    const ADD: &str = r#"{"MemberId": "{memberId}", "Role": "Administrator"}"#;
    const ADD_MANY: &str = r#"{"MembershipItemList": [{"MemberId": "{memberId}"}]}"#;
    const PROMOTE: &str = r#"{"Role": "Administrator"}"#;
    use Operation as Op;
    // Whom it would be, and what then is told.
    let adding = |body, room_absent: Vec<Case>, success, strangers, refused: [Told; 3]| {
        let [inside, suspended, unready] = refused;
        let mut cases = vec![case(THERE, body, Spoils, success)];
        cases.extend(room_absent);
        cases.iter_mut().for_each(|case| case.with.push(("memberId", "userId")));
        cases.extend(elsewhere("memberId", STRANGERS, body, strangers));
        cases.push(case("inside already", body, Nothing, inside));
        cases.push(case("suspended", body, Nothing, suspended).with("memberId", "suspended"));
        cases.push(case("bot switched off", body, Nothing, unready).with("memberId", "off bot"));
        cases.push(case("bot without endpoint", body, Nothing, unready).with("memberId", "botId"));
        changes(For::Enterprise, cases)
    };
    match operation {
        Op::CreateRoomMembership => adding(
            ADD,
            elsewhere("roomId", ROOMS, ADD, Status(404)),
            Status(201),
            Status(404),
            [Status(409), Status(400), Status(400)],
        ),
        Op::BatchCreateRoomMembership => adding(
            ADD_MANY,
            elsewhere("roomId", ROOMS, ADD_MANY, Status(404)),
            Without(201, "ErrorCode"),
            With(201, "\"NotFound\""),
            [With(201, "\"Conflict\""), With(201, "\"BadRequest\""), With(201, "\"BadRequest\"")],
        ),
        Op::UpdateRoomMembership => changes(
            For::Enterprise,
            joined([rooms(PROMOTE, Touches, 200), elsewhere("memberId", MEMBERS, PROMOTE, Status(404))]),
        ),
        Op::DeleteRoomMembership => {
            changes(For::Enterprise, joined([rooms("", Spoils, 204), elsewhere("memberId", MEMBERS, "", Status(404))]))
        }
        Op::ListRoomMemberships => looks(For::Enterprise, rooms("", Nothing, 200)),
        _ => unreachable!("{operation:?} is about no members"),
    }
}
