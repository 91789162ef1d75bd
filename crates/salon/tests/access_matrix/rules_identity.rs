//! The Identity APIs: who may do what, from the references of Keystone's v3 and of v2.0. Administrators do everything;
//! everybody looks at what is its own, and ends its own tokens and keys; services look at tokens.

use salon_http::{identity, identity_v2};

use crate::{
    cells::Effect::{self, None as Nothing, Spoils, Touches},
    common::envelope::Dialect,
    people::Who,
    stage::{
        Ask, NEVER,
        Told::{self, Like, Status, With, Without},
        Twin,
    },
};

/// Who is told what.
#[derive(Clone, Copy)]
enum May {
    /// Everybody, this.
    Everybody(Told),
    /// Whoever has a valid token, this.
    Known(Told),
    /// Administrators, this; all others are forbidden, whatever it is about.
    Admin(Told),
    /// They and services.
    Service(Told),
    /// Not everybody is asked.
    Each(fn(Who) -> Option<Told>),
}

struct Case {
    name: &'static str,
    with: Vec<(&'static str, &'static str)>,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    effect: Effect,
    may: May,
}

/// A request with its rule.
pub(crate) struct Entry {
    ask: Ask,
    may: May,
    /// Whether the operation has a case about what never was.
    has_never: bool,
}

impl AsRef<Ask> for Entry {
    fn as_ref(&self) -> &Ask {
        &self.ask
    }
}

pub(crate) fn entries() -> Vec<Entry> {
    let v3 = identity::ROUTES.iter().flat_map(|route| route.methods.iter().map(move |pair| (route.template, pair)));
    let v3 = v3.flat_map(|(template, (method, operation))| {
        on(
            Dialect::IdentityV3,
            operation.name(),
            method.as_str(),
            &format!("/identity{template}"),
            v3_cases(*operation),
        )
    });
    let v2 = identity_v2::ROUTES.iter().flat_map(|route| route.methods.iter().map(move |pair| (route.template, pair)));
    let v2 = v2.flat_map(|(template, (method, operation))| {
        let name = format!("v2 {}", operation.name());
        on(Dialect::IdentityV2, &name, method.as_str(), &format!("/identity/v2.0{template}"), v2_cases(*operation))
    });
    v3.chain(v2).collect()
}

fn on(dialect: Dialect, name: &str, method: &str, target: &str, cases: Vec<Case>) -> Vec<Entry> {
    let has_never = cases.iter().any(|case| case.name == NEVER);
    let entry = |case: Case| {
        let (query, body) = if case.body.starts_with('?') { (case.body, "") } else { ("", case.body) };
        let ask = Ask {
            operation: name.to_owned(),
            case: case.name,
            dialect,
            method: method.to_owned(),
            target: format!("{target}{query}"),
            with: case.with,
            headers: case.headers,
            body,
            effect: case.effect,
        };
        Entry { ask, may: case.may, has_never }
    };
    cases.into_iter().map(entry).collect()
}

/// What is to be told; `None` for what is not asked.
pub(crate) fn expected(entry: &Entry, who: Who) -> Option<Told> {
    let (may, then) = match entry.may {
        May::Everybody(then) => return Some(then),
        May::Each(told) => return told(who),
        May::Known(then) => (true, then),
        May::Admin(then) => (who.is_admin(), then),
        May::Service(then) => (who.is_admin() || who.is_service(), then),
    };
    Some(match (who, may) {
        (Who::Nobody, _) => Status(401),
        (_, _) if !who.is_known() => Like(401, Twin::OfNobody(entry.ask.case)),
        (_, true) => then,
        // Whoever may not learns nothing of what there is.
        (_, false) if entry.has_never && entry.ask.case != NEVER => Like(403, Twin::Case(NEVER)),
        (_, false) => Status(403),
    })
}

const SUBJECT: &[(&str, &str)] = &[("X-Subject-Token", "{subject}")];
const THERE: &str = "there";

fn case(name: &'static str, body: &'static str, effect: Effect, may: May) -> Case {
    Case { name, with: Vec::new(), headers: &[("Content-Type", "application/json")], body, effect, may }
}

impl Case {
    fn with(mut self, slot: &'static str, key: &'static str) -> Self {
        self.with.push((slot, key));
        self
    }

    fn about(mut self, key: &'static str) -> Self {
        self.headers = SUBJECT;
        self.with("subject", key)
    }
}

/// For everybody with a valid token.
fn known(status: u16) -> Vec<Case> {
    vec![case(THERE, "", Nothing, May::Known(Status(status)))]
}

/// For administrators.
fn admin(body: &'static str, effect: Effect, success: u16) -> Vec<Case> {
    vec![case(THERE, body, effect, May::Admin(Status(success)))]
}

/// For administrators, of something that is there and of something that never was.
fn admin_of(slot: &'static str, body: &'static str, effect: Effect, success: u16) -> Vec<Case> {
    let mut cases = admin(body, effect, success);
    cases.push(case(NEVER, body, Nothing, May::Admin(Status(404))).with(slot, NEVER));
    cases
}

/// A role of a user on a project: all three are looked for.
fn grants(effect: Effect, success: u16, with_role: bool) -> Vec<Case> {
    let mut cases = admin_of("project_id", "", effect, success);
    cases.push(case("user never", "", Nothing, May::Admin(Status(404))).with("user_id", NEVER));
    if with_role {
        cases.push(case("role never", "", Nothing, May::Admin(Status(404))).with("role_id", NEVER));
    }
    cases.iter_mut().filter(|case| case.name != "role never").for_each(|case| case.with.push(("role_id", "reader")));
    cases
}

/// What is a user's: for itself, and for administrators.
fn of_user(own: Told, success: u16) -> Vec<Case> {
    vec![
        case("own", "", Nothing, May::Known(own)).with("user_id", "self"),
        case(THERE, "", Nothing, May::Admin(Status(success))),
        case(NEVER, "", Nothing, May::Admin(Status(404))).with("user_id", NEVER),
    ]
}

fn v3_cases(operation: identity::Operation) -> Vec<Case> {
    use identity::Operation as Op;
    match operation {
        Op::ListVersions => vec![case(THERE, "", Nothing, May::Everybody(Status(300)))],
        Op::ShowVersion => vec![case(THERE, "", Nothing, May::Everybody(Status(200)))],
        Op::IssueToken | Op::ValidateToken | Op::RevokeToken => of_tokens(operation),
        Op::ShowCatalog | Op::ListOwnDomains | Op::ShowOwnSystem => known(200),
        Op::ListOwnProjects => own_projects(),
        Op::ListDomains | Op::ListProjects | Op::ListRoles | Op::ListUsers => admin("", Nothing, 200),
        Op::CreateDomain => admin(r#"{"domain": {"name": "{fresh}"}}"#, Touches, 201),
        Op::ShowDomain => vec![
            case("own", "", Nothing, May::Known(Status(200))).with("domain_id", "own domain"),
            case(THERE, "", Nothing, May::Admin(Status(200))),
            case(NEVER, "", Nothing, May::Admin(Status(404))).with("domain_id", NEVER),
        ],
        Op::CreateProject => admin(r#"{"project": {"name": "{fresh}"}}"#, Touches, 201),
        Op::ShowProject => {
            let own = |who| match who {
                Who::In(..) => Some(Status(200)),
                // It has none.
                _ => None,
            };
            let mut cases = admin_of("project_id", "", Nothing, 200);
            cases.push(case("own", "", Nothing, May::Each(own)).with("project_id", "own project"));
            cases.push(case("their", "", Nothing, May::Admin(Status(200))).with("project_id", "their project"));
            cases
        }
        Op::UpdateProject => {
            const BODY: &str = r#"{"project": {"description": "{fresh}"}}"#;
            let mut cases = admin_of("project_id", BODY, Touches, 200);
            cases.push(case("own", BODY, Touches, May::Admin(Status(200))).with("project_id", "own project"));
            cases
        }
        Op::DeleteProject => admin_of("project_id", "", Spoils, 204),
        Op::ListGrants => grants(Nothing, 200, false),
        Op::CreateGrant => {
            let mut cases = grants(Touches, 204, true);
            // Nobody makes itself an administrator.
            let own = case("own", "", Touches, May::Admin(Status(204))).with("project_id", "own project");
            cases.push(own.with("user_id", "self").with("role_id", "admin"));
            cases
        }
        Op::CheckGrant => grants(Nothing, 204, true),
        Op::DeleteGrant => grants(Spoils, 204, true),
        Op::ListAssignments => vec![
            case(THERE, "?user.id={user_id}", Nothing, May::Admin(With(200, "{user_id}"))),
            case("all", "", Nothing, May::Admin(With(200, "{user_id}"))),
            case("own", "?user.id={user_id}", Nothing, May::Known(Status(200))).with("user_id", "self"),
            case(NEVER, "?user.id={user_id}", Nothing, May::Admin(Status(200))).with("user_id", NEVER),
        ],
        Op::CreateRole => admin(r#"{"role": {"name": "{fresh}"}}"#, Touches, 201),
        Op::ShowRole => admin_of("role_id", "", Nothing, 200),
        Op::DeleteRole => {
            let mut cases = admin_of("role_id", "", Spoils, 204);
            // Policies build on it.
            cases.push(case("reader", "", Nothing, May::Admin(Status(403))).with("role_id", "reader"));
            cases
        }
        Op::CreateUser | Op::ShowUser | Op::UpdateUser | Op::DeleteUser | Op::ChangePassword | Op::ListUserProjects => {
            of_users(operation)
        }
        Op::ListKeys | Op::CreateKey | Op::ShowKey | Op::DeleteKey => of_keys(operation),
    }
}

/// The own project is there, another's is not.
fn own_projects() -> Vec<Case> {
    let own = |who| match who {
        Who::In(..) => Some(With(200, "{project_id}")),
        Who::Unscoped => Some(Without(200, "{project_id}")),
        _ => Some(Status(401)),
    };
    vec![
        case("own", "", Nothing, May::Each(own)).with("project_id", "own project"),
        case("their", "", Nothing, May::Known(Without(200, "{project_id}"))).with("project_id", "their project"),
    ]
}

/// Whom the right secret lets in where a role is wanted.
fn lets_in(who: Who, success: u16) -> Option<Told> {
    Some(match who {
        Who::In(..) | Who::Ended => Status(success),
        _ => refused(who),
    })
}

/// Whom it lets in without a project.
fn lets_in_anywhere(who: Who, success: u16) -> Option<Told> {
    Some(match who {
        Who::In(..) | Who::Ended | Who::Unscoped | Who::Roleless | Who::Closed => Status(success),
        _ => refused(who),
    })
}

/// Whom a token lets in.
fn lets_on(who: Who, success: u16) -> Option<Told> {
    Some(if matches!(who, Who::In(..)) { Status(success) } else { refused(who) })
}

/// Whatever is wrong with a login: the same words.
fn refused(who: Who) -> Told {
    if who == Who::Nobody { Status(401) } else { Like(401, Twin::OfNobody("password")) }
}

fn of_tokens(operation: identity::Operation) -> Vec<Case> {
    macro_rules! login {
        ($scope:literal) => {
            concat!(
                r#"{"auth": {"identity": {"methods": ["password"], "password": {"user": "#,
                r#"{"id": "{self}", "password": "{password}"}}}, "scope": "#,
                $scope,
                "}}"
            )
        };
    }
    macro_rules! go_on {
        ($scope:literal) => {
            concat!(
                r#"{"auth": {"identity": {"methods": ["token"], "token": {"id": "{token}"}}, "scope": "#,
                $scope,
                "}}"
            )
        };
    }
    match operation {
        identity::Operation::IssueToken => {
            let login = login!(r#"{"project": {"id": "{project_id}"}}"#);
            let go_on = go_on!(r#"{"project": {"id": "{project_id}"}}"#);
            let into = |name, body, project, told: fn(Who) -> Option<Told>| {
                case(name, body, Nothing, May::Each(told)).with("project_id", project)
            };
            vec![
                into("password", login, "own project", |who| lets_in(who, 201)),
                into("their project", login, "their project", |who| Some(refused(who))),
                into("project never", login, NEVER, |who| Some(refused(who))),
                case("unscoped", login!(r#""unscoped""#), Nothing, May::Each(|who| lets_in_anywhere(who, 201))),
                into("by token", go_on, "own project", |who| lets_on(who, 201)),
                into("by token, their project", go_on, "their project", |who| Some(refused(who))),
                into("by token, project never", go_on, NEVER, |who| Some(refused(who))),
            ]
        }
        identity::Operation::ValidateToken => vec![
            case("own", "", Nothing, May::Known(Status(200))).about("token"),
            case(THERE, "", Nothing, May::Service(Status(200))).about("their token"),
            case(NEVER, "", Nothing, May::Service(Status(404))).about(NEVER),
            case("ended", "", Nothing, May::Service(Like(404, Twin::Case(NEVER)))).about("ended token"),
        ],
        identity::Operation::RevokeToken => vec![
            case("own", "", Spoils, May::Known(Status(204))).about("spare token"),
            case(THERE, "", Spoils, May::Admin(Status(204))).about("their token"),
            case(NEVER, "", Nothing, May::Admin(Status(404))).about(NEVER),
            case("ended", "", Nothing, May::Admin(Like(404, Twin::Case(NEVER)))).about("ended token"),
        ],
        _ => unreachable!("{operation:?} is about no tokens"),
    }
}

/// What somebody may not do even to its own user; administrators are asked elsewhere.
fn not_of_itself(who: Who) -> Option<Told> {
    match who {
        _ if who.is_admin() => None,
        _ if who.is_known() => Some(Like(403, Twin::Case(NEVER))),
        _ => Some(Status(401)),
    }
}

fn of_users(operation: identity::Operation) -> Vec<Case> {
    use identity::Operation as Op;
    match operation {
        Op::CreateUser => admin(r#"{"user": {"name": "{fresh}"}}"#, Touches, 201),
        Op::ShowUser => of_user(Status(200), 200),
        Op::UpdateUser => {
            const BODY: &str = r#"{"user": {"enabled": true}}"#;
            let mut cases = admin_of("user_id", BODY, Touches, 200);
            // Not even its own password, without the old one.
            cases.push(
                case("own", r#"{"user": {"password": "p"}}"#, Touches, May::Each(not_of_itself))
                    .with("user_id", "self"),
            );
            cases
        }
        Op::DeleteUser => {
            let mut cases = admin_of("user_id", "", Spoils, 204);
            cases.push(case("own", "", Nothing, May::Each(not_of_itself)).with("user_id", "self"));
            cases
        }
        // By who knows the old password, with or without a token. Few are asked: wrong ones are counted.
        Op::ChangePassword => {
            const BODY: &str = r#"{"user": {"original_password": "p", "password": "p"}}"#;
            const WRONG: &str = r#"{"user": {"original_password": "q", "password": "p"}}"#;
            const fn few(who: Who, told: Told) -> Option<Told> {
                if matches!(who, Who::Nobody | Who::In(..)) && (who.is_admin() || !who.is_known()) {
                    Some(told)
                } else {
                    None
                }
            }
            vec![
                case(THERE, BODY, Spoils, May::Each(|who| few(who, Status(204)))),
                case(NEVER, BODY, Nothing, May::Each(|who| few(who, Status(401)))).with("user_id", NEVER),
                case("wrong", WRONG, Nothing, May::Each(|who| few(who, Like(401, Twin::Case(NEVER))))),
            ]
        }
        Op::ListUserProjects => of_user(Status(200), 200),
        _ => unreachable!("{operation:?} is about no users"),
    }
}

fn of_keys(operation: identity::Operation) -> Vec<Case> {
    const NEW: &str = r#"{"tenant_id": "{project_id}"}"#;
    use identity::Operation as Op;
    let own = |case: Case| case.with("user_id", "self");
    match operation {
        Op::ListKeys => of_user(Without(200, "{key_id}"), 200),
        Op::CreateKey => vec![
            own(case(
                "own",
                NEW,
                Touches,
                May::Each(|who| match who {
                    Who::In(..) => Some(Status(201)),
                    Who::Unscoped => Some(Like(403, Twin::Case("own, project never"))),
                    _ => Some(Status(401)),
                }),
            ))
            .with("project_id", "own project"),
            own(case("own, their project", NEW, Nothing, May::Known(Like(403, Twin::Case("own, project never")))))
                .with("project_id", "their project"),
            own(case("own, project never", NEW, Nothing, May::Known(Status(403)))).with("project_id", NEVER),
            case(THERE, NEW, Touches, May::Admin(Status(201))),
            case(NEVER, NEW, Nothing, May::Admin(Status(404))).with("user_id", NEVER),
        ],
        Op::ShowKey | Op::DeleteKey => {
            let (success, effect, told): (u16, Effect, fn(Who) -> Option<Told>) = match operation {
                Op::ShowKey => (200, Nothing, |who| own_key(who, 200)),
                _ => (204, Spoils, |who| own_key(who, 204)),
            };
            vec![
                own(case("own", "", effect, May::Each(told))).with("key_id", "spare key"),
                own(case("own, theirs", "", Nothing, May::Known(Like(404, Twin::Case("own, never"))))),
                own(case("own, never", "", Nothing, May::Known(Status(404)))).with("key_id", NEVER),
                case(THERE, "", effect, May::Admin(Status(success))),
                case(NEVER, "", Nothing, May::Admin(Status(404))).with("user_id", NEVER),
            ]
        }
        _ => unreachable!("{operation:?} is about no keys"),
    }
}

fn own_key(who: Who, success: u16) -> Option<Told> {
    match who {
        Who::In(..) => Some(Status(success)),
        // Keys are for projects.
        Who::Unscoped => None,
        _ => Some(Status(401)),
    }
}

fn v2_cases(operation: identity_v2::Operation) -> Vec<Case> {
    use identity_v2::Operation as Op;
    macro_rules! auth {
        ($($part:literal),*) => { concat!(r#"{"auth": {"#, $($part,)* "}}") };
    }
    macro_rules! password {
        ($more:literal) => {
            auth!(r#""passwordCredentials": {"username": "{self_name}", "password": "{password}"}"#, $more)
        };
    }
    macro_rules! token {
        ($more:literal) => {
            auth!(r#""token": {"id": "{token}"}"#, $more)
        };
    }
    let subject = |success: u16| {
        vec![
            case("own", "", Nothing, May::Known(Status(success))).with("token_id", "token"),
            case(THERE, "", Nothing, May::Service(Status(success))),
            case(NEVER, "", Nothing, May::Service(Status(404))).with("token_id", NEVER),
            case("ended", "", Nothing, May::Service(Like(404, Twin::Case(NEVER)))).with("token_id", "ended token"),
        ]
    };
    match operation {
        Op::ShowVersion => vec![case(THERE, "", Nothing, May::Everybody(Status(200)))],
        Op::IssueToken => vec![
            case("password", password!(r#", "tenantId": "{project_id}""#), Nothing, May::Each(|who| lets_in(who, 200)))
                .with("project_id", "own project"),
            case(
                "their tenant",
                password!(r#", "tenantId": "{project_id}""#),
                Nothing,
                May::Each(|who| Some(refused(who))),
            )
            .with("project_id", "their project"),
            case(
                "tenant never",
                password!(r#", "tenantId": "{project_id}""#),
                Nothing,
                May::Each(|who| Some(refused(who))),
            )
            .with("project_id", NEVER),
            case("without tenant", password!(""), Nothing, May::Each(|who| lets_in_anywhere(who, 200))),
            case("by token", token!(r#", "tenantId": "{project_id}""#), Nothing, May::Each(|who| lets_on(who, 200)))
                .with("project_id", "own project"),
            case(
                "by token, their tenant",
                token!(r#", "tenantId": "{project_id}""#),
                Nothing,
                May::Each(|who| Some(refused(who))),
            )
            .with("project_id", "their project"),
        ],
        Op::RevokeOwnToken => {
            vec![case("own", "", Spoils, May::Known(Status(204))).with("auth", "spare token")]
        }
        Op::ValidateToken => {
            let mut cases = subject(200);
            let elsewhere = case("own, their tenant", "?belongsTo={project_id}", Nothing, May::Known(Status(404)));
            cases.push(elsewhere.with("token_id", "token").with("project_id", "their project"));
            cases
        }
        Op::RevokeToken => vec![
            case("own", "", Spoils, May::Known(Status(204))).with("token_id", "spare token"),
            case(THERE, "", Spoils, May::Admin(Status(204))),
            case(NEVER, "", Nothing, May::Admin(Status(404))).with("token_id", NEVER),
            case("ended", "", Nothing, May::Admin(Like(404, Twin::Case(NEVER)))).with("token_id", "ended token"),
        ],
        Op::ListEndpoints => subject(200),
        Op::ListTenants => own_projects(),
    }
}
