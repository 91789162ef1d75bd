use std::net::IpAddr;

use http::{HeaderMap, HeaderValue, Method};
use salon_core::{Error, Kind, ProjectId, Scope};
use tempfile::TempDir;

use super::*;
use crate::{
    Secret, seed_dev,
    testing::{Counting, Manual},
};

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// A built-in identity on SQLite in a directory of its own, with the sample users.
struct House {
    dir: TempDir,
    clock: Arc<Manual>,
    identity: BuiltIn,
    people: Vec<crate::Person>,
}

impl House {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Manual::default());
        let identity = open(&dir, &clock).await;
        let people = seed_dev(identity.directory(), dir.path()).await.unwrap();
        Self { dir, clock, identity, people }
    }

    fn person(&self, name: &str) -> &crate::Person {
        self.people.iter().find(|person| person.name == name).unwrap()
    }

    async fn login(&self, name: &str) -> Result<Issued> {
        let person = self.person(name);
        self.identity.login(&password(name, &person.password, scope(&person.project)), PEER).await
    }

    async fn token(&self, name: &str) -> Secret {
        self.login(name).await.unwrap().token
    }

    async fn rescope(&self, token: &Secret, scope: ScopeRequest) -> Result<Issued> {
        self.identity.login(&Login { proof: Proof::Token(token.clone()), scope }, PEER).await
    }

    async fn caller(&self, token: &Secret) -> Result<Caller> {
        self.with_headers(&[("x-auth-token", token.reveal())]).await
    }

    async fn with_headers(&self, pairs: &[(&'static str, &str)]) -> Result<Caller> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let credentials = Credentials { headers: &headers, peer: PEER, method: &Method::GET, path: "/v2/images" };
        self.identity.authenticate(credentials).await
    }

    /// The token is refused from now on, and nobody else's is.
    async fn assert_ended(&self, token: &Secret, other: &Secret) {
        assert_eq!(kind(self.caller(token).await), Kind::Unauthenticated);
        assert!(self.identity.session(token.reveal(), true).await.unwrap().is_none());
        self.caller(other).await.unwrap();
    }
}

async fn open(dir: &TempDir, clock: &Arc<Manual>) -> BuiltIn {
    let url = format!("sqlite://{}", dir.path().join("catalog.sqlite").display());
    let catalog = Catalog::open(salon_catalog::Options::new(url)).await.unwrap();
    catalog.migrate(clock.now()).await.unwrap();
    // A seed of its own at every opening, or a second server would make the first one's ids again.
    let entropy = Counting::default();
    entropy.skip(u64::try_from(std::fs::read_dir(dir.path()).unwrap().count()).unwrap() << 32);
    BuiltIn::new(catalog, Arc::clone(clock) as Arc<dyn Clock>, Arc::new(entropy), Options::default())
}

fn default_domain() -> DomainRef {
    DomainRef::Id(DEFAULT_DOMAIN.to_owned())
}

fn scope(project: &str) -> ScopeRequest {
    ScopeRequest::Project(ProjectRef::Name { name: project.to_owned(), domain: default_domain() })
}

fn password(user: &str, password: &Secret, scope: ScopeRequest) -> Login {
    let user = UserRef::Name { name: user.to_owned(), domain: DomainRef::Name("Default".to_owned()) };
    Login { proof: Proof::Password { user, password: password.clone() }, scope }
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> Kind {
    result.unwrap_err().kind()
}

#[tokio::test]
async fn a_password_becomes_a_caller() {
    let house = House::new().await;
    let issued = house.login("alice").await.unwrap();
    assert_eq!(issued.token.reveal().len(), 64);
    assert_eq!(issued.session.methods(), ["password"]);
    assert!(!issued.session.is_admin());
    let caller = house.caller(&issued.token).await.unwrap();
    let alice = house.person("alice");
    assert_eq!(caller.user_id, alice.user_id);
    assert_eq!(caller.user_name.as_deref(), Some("alice"));
    assert_eq!(caller.project(), Some(&alice.project_id));
    assert_eq!(caller.project_domain_id.as_deref(), Some("default"));
    assert_eq!(caller.roles, ["member", "reader"]);
    assert!(caller.service_roles.is_empty());
    let admin = house.caller(&house.token("admin").await).await.unwrap();
    assert_eq!(admin.roles, ["admin", "manager", "member", "reader"]);
}

#[tokio::test]
async fn everything_wrong_is_refused_alike() {
    let house = House::new().await;
    let right = house.person("alice").password.clone();
    let wrong = Secret::new("wrong");
    let by_id = |id: &str| Login {
        proof: Proof::Password { user: UserRef::Id(id.to_owned()), password: right.clone() },
        scope: ScopeRequest::Default,
    };
    for login in [
        password("alice", &wrong, scope("alpha")),
        password("alice", &right, scope("beta")),
        password("alice", &right, scope("nowhere")),
        password("alice", &right, ScopeRequest::Project(ProjectRef::Id("nowhere".into()))),
        password("alice", &right, ScopeRequest::Domain(default_domain())),
        password("alice", &right, ScopeRequest::System),
        password("nobody", &right, scope("alpha")),
        password("a\0b", &right, scope("alpha")),
        by_id("nobody"),
        Login { proof: Proof::Token(Secret::new("0".repeat(64))), scope: ScopeRequest::Default },
        Login { proof: Proof::Token(Secret::new("short")), scope: ScopeRequest::Default },
    ] {
        let error = house.identity.login(&login, PEER).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthenticated, "{login:?}");
        assert_eq!(error.message(), "The request you have made requires authentication.", "{login:?}");
    }
    for headers in [&[][..], &[("x-auth-token", "x")][..], &[("x-user-id", "u"), ("x-identity-status", "Confirmed")]] {
        assert_eq!(kind(house.with_headers(headers).await), Kind::Unauthenticated);
    }
}

#[tokio::test]
async fn scopes() {
    let house = House::new().await;
    let alice = house.person("alice");
    let log_in = async |scope: ScopeRequest| {
        house.identity.login(&password("alice", &alice.password, scope), PEER).await.unwrap()
    };
    let default = log_in(ScopeRequest::Default).await;
    assert_eq!(default.session.caller().project(), Some(&alice.project_id));
    let unscoped = log_in(ScopeRequest::Unscoped).await;
    assert_eq!(house.caller(&unscoped.token).await.unwrap().scope, Scope::Unscoped);
    assert!(unscoped.session.roles().is_empty());
    let rescoped = house.rescope(&unscoped.token, scope("alpha")).await.unwrap();
    assert_eq!(rescoped.session.roles(), ["member", "reader"]);
    assert_eq!(rescoped.session.methods(), ["password", "token"]);
    assert_eq!(kind(house.rescope(&unscoped.token, scope("beta")).await), Kind::Unauthenticated);
}

#[tokio::test]
async fn tokens_survive_restarts_and_expire() {
    let house = House::new().await;
    let token = house.token("alice").await;
    let other = open(&house.dir, &house.clock).await;
    assert!(other.session(token.reveal(), false).await.unwrap().is_some());

    house.clock.advance(Duration::from_secs(12 * 3600 - 1));
    // Made from a token, it ends with that token.
    let late = house.rescope(&token, scope("alpha")).await.unwrap().token;
    house.caller(&token).await.unwrap();
    house.caller(&late).await.unwrap();
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(kind(house.caller(&token).await), Kind::Unauthenticated);
    assert_eq!(kind(house.caller(&late).await), Kind::Unauthenticated);
    assert_eq!(kind(house.rescope(&token, scope("alpha")).await), Kind::Unauthenticated);
    assert!(house.identity.session(token.reveal(), true).await.unwrap().is_some());

    house.clock.advance(EXPIRED_WINDOW);
    assert!(house.identity.session(token.reveal(), true).await.unwrap().is_none());
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.identity.trim().await.unwrap(), 2);
    assert_eq!(house.identity.trim().await.unwrap(), 0);
}

#[tokio::test]
async fn t_k1_what_somebody_else_writes_ends_what_is_kept() {
    let house = House::new().await;
    let beside = open(&house.dir, &house.clock).await;
    let (token, other) = (house.token("alice").await, house.token("alice").await);
    for _ in 0..2 {
        house.caller(&token).await.unwrap();
    }
    assert!(beside.revoke(token.reveal()).await.unwrap());
    house.assert_ended(&token, &other).await;

    let bob = house.token("bob").await;
    house.caller(&bob).await.unwrap();
    let users = beside.directory().users(&Page::default()).await.unwrap();
    let id = &users.iter().find(|user| user.name == "bob").unwrap().id;
    let changes = UserChanges { enabled: Some(false), ..UserChanges::default() };
    beside.directory().set_user(id, changes).await.unwrap();
    house.assert_ended(&bob, &other).await;
}

#[tokio::test]
async fn t_k1_a_key_that_is_kept_ends_at_once_too() {
    let house = House::new().await;
    let beside = open(&house.dir, &house.clock).await;
    let (alice, bob) = (house.person("alice"), house.person("bob"));
    let found = async |key: &str| house.identity.access_key(key).await.unwrap();
    for person in [alice, bob] {
        found(&person.access_key).await.unwrap();
        let (secret, caller) = found(&person.access_key).await.unwrap();
        assert_eq!((secret.reveal(), &caller.user_id), (person.secret_key.reveal(), &person.user_id));
        let version = house.identity.catalog.session_version().unwrap();
        assert!(house.identity.access_keys.get(version, person.access_key.as_str()).is_some());
    }
    house.identity.directory().delete_key(&alice.user_id, &alice.access_key).await.unwrap();
    assert!(found(&alice.access_key).await.is_none());
    assert!(found(&bob.access_key).await.is_some());
    let changes = UserChanges { enabled: Some(false), ..UserChanges::default() };
    beside.directory().set_user(&bob.user_id, changes).await.unwrap();
    assert!(found(&bob.access_key).await.is_none());
}

#[tokio::test]
async fn a_session_is_kept_at_its_version_and_for_its_time() {
    let house = House::new().await;
    let token = house.token("alice").await;
    let key = token_key(token.reveal()).unwrap();
    let version = || house.identity.catalog.session_version().unwrap();
    let kept = |key| house.identity.sessions.get(version(), &key);
    assert!(kept(key).is_none());
    house.caller(&token).await.unwrap();
    let session = kept(key).unwrap();
    house.clock.advance(Duration::from_secs(12 * 3600));
    assert!(kept(key).is_some());
    house.caller(&token).await.unwrap_err();
    house.clock.back(Duration::from_secs(12 * 3600));
    house.caller(&token).await.unwrap();
    house.token("bob").await;
    assert!(kept(key).is_none(), "a token was written");

    // Bounded: one too many, and all begin anew.
    let numbered = |number: usize| -> [u8; 32] {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&number.to_le_bytes());
        key
    };
    for number in 0..kept::MOST {
        house.identity.sessions.put(version(), numbered(number), session.clone());
    }
    assert!(kept(numbered(0)).is_some());
    house.identity.sessions.put(version(), numbered(kept::MOST), session);
    assert!(kept(numbered(0)).is_none() && kept(numbered(kept::MOST)).is_some());
}

#[tokio::test]
async fn a_revoked_token_is_over() {
    let house = House::new().await;
    let (token, other) = (house.token("alice").await, house.token("alice").await);
    assert!(house.identity.revoke(token.reveal()).await.unwrap());
    assert!(!house.identity.revoke(token.reveal()).await.unwrap());
    assert!(!house.identity.revoke("nonsense").await.unwrap());
    house.assert_ended(&token, &other).await;
}

#[tokio::test]
async fn t_k7_whatever_takes_the_ground_away_ends_tokens_at_once() {
    let house = House::new().await;
    let directory = house.identity.directory();
    let alice = house.person("alice");
    let bob = house.token("bob").await;

    let token = house.token("alice").await;
    let disabled = UserChanges { enabled: Some(false), ..UserChanges::default() };
    directory.set_user(&alice.user_id, disabled).await.unwrap();
    house.assert_ended(&token, &bob).await;
    assert_eq!(kind(house.login("alice").await), Kind::Unauthenticated);
    let enabled = UserChanges { enabled: Some(true), ..UserChanges::default() };
    directory.set_user(&alice.user_id, enabled).await.unwrap();
    house.assert_ended(&token, &bob).await;

    let token = house.token("alice").await;
    let disabled = ProjectChanges { enabled: Some(false), ..ProjectChanges::default() };
    directory.set_project(&alice.project_id, disabled).await.unwrap();
    house.assert_ended(&token, &bob).await;
    assert_eq!(kind(house.login("alice").await), Kind::Unauthenticated);
    let enabled = ProjectChanges { enabled: Some(true), ..ProjectChanges::default() };
    directory.set_project(&alice.project_id, enabled).await.unwrap();
    house.assert_ended(&token, &bob).await;

    let token = house.token("alice").await;
    let member = directory.ensure_role("member").await.unwrap();
    directory.withdraw(&alice.user_id, &alice.project_id, &member).await.unwrap();
    house.assert_ended(&token, &bob).await;
    assert_eq!(kind(directory.withdraw(&alice.user_id, &alice.project_id, &member).await), Kind::NotFound);
    assert_eq!(kind(house.login("alice").await), Kind::Unauthenticated);
    directory.grant(&alice.user_id, &alice.project_id, &member).await.unwrap();
    directory.grant(&alice.user_id, &alice.project_id, &member).await.unwrap();

    let token = house.token("alice").await;
    let changes = UserChanges { name: Some("alicia".into()), ..UserChanges::default() };
    directory.set_user(&alice.user_id, changes).await.unwrap();
    assert_eq!(house.caller(&token).await.unwrap().user_name.as_deref(), Some("alicia"));
    directory.delete_user(&alice.user_id).await.unwrap();
    house.assert_ended(&token, &bob).await;
    assert_eq!(kind(directory.any_key(&alice.access_key).await), Kind::NotFound);

    directory.delete_project(&house.person("bob").project_id).await.unwrap();
    house.assert_ended(&bob, &house.token("admin").await).await;
}

#[tokio::test]
async fn deleting_a_role_ends_the_tokens_of_those_who_had_it() {
    let house = House::new().await;
    let directory = house.identity.directory();
    let (alice, bob) = (house.person("alice"), house.token("bob").await);
    let role = directory.create_role("auditor").await.unwrap();
    directory.grant(&alice.user_id, &alice.project_id, &role).await.unwrap();
    let token = house.token("alice").await;
    assert_eq!(house.caller(&token).await.unwrap().roles, ["auditor", "member", "reader"]);
    directory.delete_role(&role.id).await.unwrap();
    house.assert_ended(&token, &bob).await;
    assert_eq!(house.login("alice").await.unwrap().session.roles(), ["member", "reader"]);
    let member = directory.ensure_role("member").await.unwrap();
    assert_eq!(kind(directory.delete_role(&member.id).await), Kind::Forbidden);
}

#[tokio::test]
async fn a_new_password_needs_the_old_one() {
    let house = House::new().await;
    let alice = house.person("alice");
    let (token, bob) = (house.token("alice").await, house.token("bob").await);
    let (wrong, new) = (Secret::new("wrong"), Secret::new("new"));
    let change = |old: Secret, new: Secret| {
        let (identity, user) = (&house.identity, &alice.user_id);
        async move { identity.change_password(user, &old, &new, PEER).await }
    };
    assert_eq!(kind(change(wrong, new.clone()).await), Kind::Unauthenticated);
    house.caller(&token).await.unwrap();
    change(alice.password.clone(), new.clone()).await.unwrap();
    house.assert_ended(&token, &bob).await;
    assert_eq!(kind(house.login("alice").await), Kind::Unauthenticated);
    house.identity.login(&password("alice", &new, scope("alpha")), PEER).await.unwrap();
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let house = House::new().await;
    let guess = password("alice", &Secret::new("guess"), ScopeRequest::Default);
    let mut last: Option<Error> = None;
    // As many as it takes: a try comes back every few seconds, and a slow machine may be that slow.
    while last.as_ref().is_none_or(|error| error.kind() != Kind::Throttled) {
        last = house.identity.login(&guess, PEER).await.err();
    }
    let last = last.unwrap();
    assert!(last.retry_after().is_some());
    // From elsewhere the owner still gets in.
    let alice = house.person("alice");
    let right = password("alice", &alice.password, ScopeRequest::Default);
    house.identity.login(&right, IpAddr::from([192, 0, 2, 1])).await.unwrap();
    house.login("bob").await.unwrap();
}

#[tokio::test]
async fn t_a9_service_tokens_carry_their_roles_and_revive_expired_tokens() {
    let house = House::new().await;
    let directory = house.identity.directory();
    let bob = house.person("bob");
    let user = house.token("alice").await;
    let plain = house.token("bob").await;
    let with = async |service: &Secret| {
        house.with_headers(&[("x-auth-token", user.reveal()), ("x-service-token", service.reveal())]).await
    };
    assert!(with(&plain).await.unwrap().service_roles.is_empty());
    house.clock.advance(Duration::from_secs(12 * 3600));
    let plain = house.token("bob").await;
    assert_eq!(kind(with(&plain).await), Kind::Unauthenticated);
    let role = directory.ensure_role("service").await.unwrap();
    directory.grant(&bob.user_id, &bob.project_id, &role).await.unwrap();
    let service = house.token("bob").await;
    let caller = with(&service).await.unwrap();
    assert_eq!(caller.user_name.as_deref(), Some("alice"));
    assert_eq!(caller.service_roles, ["member", "reader", "service"]);
    house.clock.advance(Duration::from_secs(12 * 3600));
    assert_eq!(kind(with(&service).await), Kind::Unauthenticated);
}

#[tokio::test]
async fn api_keys_log_in_and_end_what_they_gave() {
    let house = House::new().await;
    let directory = house.identity.directory();
    let alice = house.person("alice");
    let (row, key) = directory.create_api_key(&alice.user_id).await.unwrap();
    assert!(!row.digest.contains(key.reveal()));
    let login = |name: &str, key: &Secret| {
        let user = UserRef::Name { name: name.to_owned(), domain: DomainRef::Id(DEFAULT_DOMAIN.to_owned()) };
        Login { proof: Proof::ApiKey { user, key: key.clone() }, scope: scope("alpha") }
    };
    let given = house.identity.login(&login("alice", &key), PEER).await.unwrap();
    assert_eq!(given.session.methods(), [API_KEY_METHOD]);
    let exchanged = house.rescope(&given.token, scope("alpha")).await.unwrap();
    for (name, wrong) in [("bob", &key), ("nobody", &key), ("alice", &alice.password), ("alice", &Secret::new(""))] {
        assert_eq!(kind(house.identity.login(&login(name, wrong), PEER).await), Kind::Unauthenticated, "{name}");
    }
    assert_eq!(kind(directory.delete_api_key(&house.person("bob").user_id, &row.id).await), Kind::NotFound);
    directory.delete_api_key(&alice.user_id, &row.id).await.unwrap();
    assert_eq!(kind(directory.delete_api_key(&alice.user_id, &row.id).await), Kind::NotFound);
    for token in [&given.token, &exchanged.token] {
        assert_eq!(kind(house.caller(token).await), Kind::Unauthenticated);
    }
    assert_eq!(kind(house.identity.login(&login("alice", &key), PEER).await), Kind::Unauthenticated);
}

#[tokio::test]
async fn the_seed_is_the_same_at_every_start() {
    let house = House::new().await;
    let again = seed_dev(house.identity.directory(), house.dir.path()).await.unwrap();
    let facts = |people: &[crate::Person]| {
        let fact = |person: &crate::Person| {
            (
                person.user_id.clone(),
                person.project_id.clone(),
                person.password.reveal().to_owned(),
                person.access_key.clone(),
                person.api_key.reveal().to_owned(),
            )
        };
        people.iter().map(fact).collect::<Vec<_>>()
    };
    assert_eq!(facts(&house.people), facts(&again));
    let token = house.token("alice").await;

    let file = house.dir.path().join(crate::seed::PASSWORDS_FILE);
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    std::fs::remove_file(&file).unwrap();
    let renewed = seed_dev(house.identity.directory(), house.dir.path()).await.unwrap();
    assert_eq!(renewed[0].user_id, again[0].user_id);
    assert_ne!(renewed[0].password, again[0].password);
    assert_ne!(renewed[0].api_key, again[0].api_key);
    let keys = house.identity.directory().api_keys(&renewed[0].user_id, &Page::default()).await.unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(kind(house.caller(&token).await), Kind::Unauthenticated);
    house.identity.login(&password("alice", &renewed[0].password, scope("alpha")), PEER).await.unwrap();
}

#[tokio::test]
async fn the_directory_checks_what_it_is_given() {
    let house = House::new().await;
    let directory = house.identity.directory();
    let new = |name: &str| NewProject {
        name: name.to_owned(),
        domain_id: DEFAULT_DOMAIN.to_owned(),
        description: String::new(),
        enabled: true,
    };
    for name in ["", "  ", "a\nb", &"x".repeat(256)] {
        assert_eq!(kind(directory.create_project(new(name)).await), Kind::Invalid, "{name:?}");
    }
    assert_eq!(kind(directory.create_project(new("alpha")).await), Kind::Conflict);
    let elsewhere = NewProject { domain_id: "nowhere".into(), ..new("gamma") };
    assert_eq!(kind(directory.create_project(elsewhere).await), Kind::NotFound);
    let gamma = directory.create_project(new("gamma")).await.unwrap();
    let rename = ProjectChanges { name: Some("alpha".into()), ..ProjectChanges::default() };
    assert_eq!(kind(directory.set_project(&gamma.id, rename).await), Kind::Conflict);
    assert_eq!(kind(directory.delete_project(&ProjectId::new("nowhere")).await), Kind::NotFound);
    assert_eq!(kind(directory.delete_project(&ProjectId::new("no\0where")).await), Kind::NotFound);

    let alice = house.person("alice");
    assert_eq!(kind(directory.create_key(&alice.user_id, &gamma.id).await), Kind::Forbidden);
    assert_eq!(kind(directory.key(&house.person("bob").user_id, &alice.access_key).await), Kind::NotFound);
    assert_eq!(directory.key(&alice.user_id, &alice.access_key).await.unwrap().secret, alice.secret_key.reveal());
    directory.delete_key(&alice.user_id, &alice.access_key).await.unwrap();
    assert_eq!(kind(directory.delete_key(&alice.user_id, &alice.access_key).await), Kind::NotFound);
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let house = House::new().await;
    let directory = house.identity.directory();
    let mut seen = Vec::new();
    let mut page = Page { after: None, limit: Some(2) };
    loop {
        let users = directory.users(&page).await.unwrap();
        let Some(last) = users.last() else { break };
        page.after = Some(last.id.to_string());
        seen.extend(users.into_iter().map(|user| user.name));
    }
    seen.sort();
    assert_eq!(seen, ["admin", "alice", "bob"]);
    let alice = house.person("alice");
    let filter = AssignmentFilter { user_id: Some(alice.user_id.clone()), ..AssignmentFilter::default() };
    let own = directory.assignments(&filter, None).await.unwrap();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].project_id, alice.project_id);
    let all = directory.assignments(&AssignmentFilter::default(), None).await.unwrap();
    let rest = directory.assignments(&AssignmentFilter::default(), Some(&all[0])).await.unwrap();
    assert_eq!(rest, all[1..]);
    let projects = directory.projects_of(&alice.user_id, &Page::default()).await.unwrap();
    assert_eq!((projects[0].project.name.as_str(), &projects[0].roles[..]), ("alpha", &["member".to_owned()][..]));
}

#[tokio::test]
async fn implied_roles_are_found_by_their_own_name() {
    let house = House::new().await;
    let directory = house.identity.directory();
    let alice = house.person("alice");
    let roles_of_alice = async |role: &str| {
        let role = directory.role_named(role).await.unwrap().unwrap();
        let filter =
            AssignmentFilter { user_id: Some(alice.user_id.clone()), role_id: Some(role.id), project_id: None };
        let given = directory.assignments(&filter, None).await.unwrap().len();
        let found = directory.effective_assignments(&filter).await.unwrap();
        assert!(found.iter().all(|one| Some(&one.role_id) == filter.role_id.as_ref() && one.user_id == alice.user_id));
        (given, found.len())
    };
    assert_eq!(roles_of_alice("member").await, (1, 1));
    assert_eq!(roles_of_alice("reader").await, (0, 1), "a member is a reader");
    assert_eq!(roles_of_alice("admin").await, (0, 0));
}

/// Nobody keeps a token that was made while its ground was being taken away.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn logins_race_with_what_ends_tokens() {
    let house = House::new().await;
    let alice = house.person("alice");
    let unscoped =
        house.identity.login(&password("alice", &alice.password, ScopeRequest::Unscoped), PEER).await.unwrap();
    let member = house.identity.directory().ensure_role("member").await.unwrap();
    for _ in 0..50 {
        let logins = (0..8).map(|_| house.rescope(&unscoped.token, scope("alpha")));
        let directory = house.identity.directory();
        let (tokens, withdrawn) = tokio::join!(
            futures_util::future::join_all(logins),
            directory.withdraw(&alice.user_id, &alice.project_id, &member)
        );
        withdrawn.unwrap();
        for token in tokens.into_iter().flatten() {
            assert_eq!(kind(house.caller(&token.token).await), Kind::Unauthenticated);
        }
        directory.grant(&alice.user_id, &alice.project_id, &member).await.unwrap();
    }
}

/// T-K2: every caller sees itself only.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_k2_callers_do_not_mix() {
    let house = Arc::new(House::new().await);
    let mut tokens = Vec::new();
    for name in ["alice", "bob", "admin"] {
        tokens.push((name, house.token(name).await));
    }
    let tasks = (0..48).map(|number: usize| {
        let (house, (name, token)) = (Arc::clone(&house), tokens[number % 3].clone());
        tokio::spawn(async move {
            for _ in 0..200 {
                let caller = house.caller(&token).await.unwrap();
                assert_eq!(caller.user_name.as_deref(), Some(name));
                assert_eq!(caller.project(), Some(&house.person(name).project_id));
            }
        })
    });
    for task in futures_util::future::join_all(tasks).await {
        task.unwrap();
    }
}
