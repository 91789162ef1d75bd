//! Tokens and what they stand on.

use salon_catalog::identity::{
    AccessKey, ApiKey, Assignment, AssignmentFilter, Domain, Project, ProjectChanges, Role, Token, TokenGrounds, User,
    UserChanges,
};
use salon_core::{Kind, ProjectId, Result, Timestamp, UserId};

use crate::support::{EPOCH, World};

fn kind<T: std::fmt::Debug>(result: Result<T>) -> Kind {
    result.unwrap_err().kind()
}

fn project(id: &str) -> Project {
    Project {
        id: ProjectId::new(id),
        domain_id: "default".to_owned(),
        name: format!("name of {id}"),
        description: String::new(),
        enabled: true,
    }
}

fn user(id: &str) -> User {
    User {
        id: UserId::new(id),
        domain_id: "default".to_owned(),
        name: format!("name of {id}"),
        password_hash: Some("hash".to_owned()),
        default_project_id: None,
        enabled: true,
    }
}

fn assignment(user: &str, project: &str, role: &str) -> Assignment {
    Assignment { user_id: UserId::new(user), project_id: ProjectId::new(project), role_id: role.to_owned() }
}

fn token(hash: &str, user: &str, project: Option<&str>) -> Token {
    Token {
        hash: hash.to_owned(),
        user_id: UserId::new(user),
        project_id: project.map(ProjectId::new),
        roles: vec!["name of r1".to_owned()],
        methods: vec!["password".to_owned()],
        audit_id: "audit".to_owned(),
        issued_at: Timestamp(EPOCH),
        expires_at: Timestamp(EPOCH + 3_600_000_000),
    }
}

fn grounds(assigned: &[&str]) -> TokenGrounds {
    TokenGrounds {
        password_hash: Some("hash".to_owned()),
        assigned: assigned.iter().map(|&name| name.to_owned()).collect(),
        ..TokenGrounds::default()
    }
}

fn key(id: &str) -> AccessKey {
    AccessKey {
        id: id.to_owned(),
        secret: "secret".to_owned(),
        user_id: UserId::new("u1"),
        project_id: ProjectId::new("p1"),
        created_at: Timestamp(EPOCH),
    }
}

fn api_key(id: &str) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        digest: format!("digest of {id}"),
        user_id: UserId::new("u1"),
        created_at: Timestamp(EPOCH),
    }
}

fn user_enabled(enabled: bool) -> UserChanges {
    UserChanges { enabled: Some(enabled), ..UserChanges::default() }
}

fn project_enabled(enabled: bool) -> ProjectChanges {
    ProjectChanges { enabled: Some(enabled), ..ProjectChanges::default() }
}

/// A domain, projects p1 and p2, users u1 and u2, roles r1 and r2; both users have r1 on both projects.
async fn people(world: &World) {
    let catalog = &world.catalog;
    let domain = Domain { id: "default".to_owned(), name: "Default".to_owned(), enabled: true };
    catalog.create_domain(&domain).await.unwrap();
    for id in ["r1", "r2"] {
        catalog.create_role(&Role { id: id.to_owned(), name: format!("name of {id}") }).await.unwrap();
    }
    for id in ["p1", "p2"] {
        catalog.create_project(&project(id)).await.unwrap();
    }
    for id in ["u1", "u2"] {
        catalog.create_user(&user(id)).await.unwrap();
        for project in ["p1", "p2"] {
            catalog.assign(&assignment(id, project, "r1")).await.unwrap();
        }
    }
}

/// Gives tokens u1p1, u1p2, u1, u2p1, where they are not there.
async fn give_tokens(world: &World) {
    for (hash, user, project) in
        [("u1p1", "u1", Some("p1")), ("u1p2", "u1", Some("p2")), ("u1", "u1", None), ("u2p1", "u2", Some("p1"))]
    {
        let grounds = grounds(if project.is_some() { &["name of r1"] } else { &[] });
        match world.catalog.create_token(&token(hash, user, project), &grounds).await {
            Err(error) if error.kind() != Kind::Conflict => panic!("{error:?}"),
            _ => {}
        }
    }
}

async fn living(world: &World) -> Vec<&'static str> {
    let mut living = Vec::new();
    for hash in ["u1p1", "u1p2", "u1", "u2p1"] {
        if world.catalog.token(hash, Timestamp(EPOCH)).await.unwrap().is_some() {
            living.push(hash);
        }
    }
    living
}

pub(crate) async fn changes_leave_the_rest_alone(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let (p1, u1) = (ProjectId::new("p1"), UserId::new("u1"));
    let changes = ProjectChanges { description: Some("words".into()), ..ProjectChanges::default() };
    let changed = catalog.update_project(&p1, &changes).await.unwrap();
    assert_eq!(changed, Project { description: "words".into(), ..project("p1") });
    assert_eq!(catalog.update_project(&p1, &ProjectChanges::default()).await.unwrap(), changed);
    let rename = ProjectChanges { name: Some("name of p2".into()), ..ProjectChanges::default() };
    assert_eq!(kind(catalog.update_project(&p1, &rename).await), Kind::Conflict);
    assert_eq!(kind(catalog.update_project(&ProjectId::new("p9"), &rename).await), Kind::NotFound);

    let changes = UserChanges { default_project_id: Some(Some(p1.clone())), ..UserChanges::default() };
    let changed = catalog.update_user(&u1, &changes).await.unwrap();
    assert_eq!(changed, User { default_project_id: Some(p1), ..user("u1") });
    assert_eq!(catalog.update_user(&u1, &UserChanges::default()).await.unwrap(), changed);
    let changes = UserChanges { default_project_id: Some(None), ..UserChanges::default() };
    assert_eq!(catalog.update_user(&u1, &changes).await.unwrap(), user("u1"));
    let rename = UserChanges { name: Some("name of u2".into()), ..UserChanges::default() };
    assert_eq!(kind(catalog.update_user(&u1, &rename).await), Kind::Conflict);
    assert_eq!(kind(catalog.update_user(&UserId::new("u9"), &rename).await), Kind::NotFound);
}

pub(crate) async fn a_token_needs_its_grounds(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let right = grounds(&["name of r1"]);
    let other_password = TokenGrounds { password_hash: Some("other".into()), ..right.clone() };
    for (token, grounds) in [
        (token("t", "nobody", Some("p1")), &right),
        (token("t", "u1", Some("nowhere")), &right),
        (token("t", "u1", Some("p1")), &grounds(&[])),
        (token("t", "u1", Some("p1")), &grounds(&["name of r1", "name of r2"])),
        (token("t", "u1", Some("p1")), &other_password),
        (token("t", "u1", None), &other_password),
    ] {
        assert_eq!(kind(catalog.create_token(&token, grounds).await), Kind::NotFound, "{token:?} {grounds:?}");
    }
    catalog.update_user(&UserId::new("u2"), &user_enabled(false)).await.unwrap();
    assert_eq!(kind(catalog.create_token(&token("t", "u2", Some("p1")), &right).await), Kind::NotFound);
    catalog.update_project(&ProjectId::new("p2"), &project_enabled(false)).await.unwrap();
    assert_eq!(kind(catalog.create_token(&token("t", "u1", Some("p2")), &right).await), Kind::NotFound);
    catalog.create_token(&token("t", "u1", Some("p1")), &right).await.unwrap();
}

pub(crate) async fn tokens_end_with_their_grounds(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let (p1, u1) = (ProjectId::new("p1"), UserId::new("u1"));

    give_tokens(&world).await;
    catalog.update_user(&u1, &user_enabled(false)).await.unwrap();
    assert_eq!(living(&world).await, ["u2p1"]);
    catalog.update_user(&u1, &user_enabled(true)).await.unwrap();
    assert_eq!(living(&world).await, ["u2p1"]);

    give_tokens(&world).await;
    let fresh = UserChanges { password_hash: Some("hash".into()), ..UserChanges::default() };
    catalog.update_user(&u1, &fresh).await.unwrap();
    assert_eq!(living(&world).await, ["u2p1"]);

    give_tokens(&world).await;
    catalog.update_project(&p1, &project_enabled(false)).await.unwrap();
    assert_eq!(living(&world).await, ["u1p2", "u1"]);
    catalog.update_project(&p1, &project_enabled(true)).await.unwrap();
    assert_eq!(living(&world).await, ["u1p2", "u1"]);

    give_tokens(&world).await;
    catalog.unassign(&assignment("u1", "p1", "r1")).await.unwrap();
    assert_eq!(kind(catalog.unassign(&assignment("u1", "p1", "r1")).await), Kind::NotFound);
    assert_eq!(living(&world).await, ["u1p2", "u1", "u2p1"]);
    catalog.assign(&assignment("u1", "p1", "r1")).await.unwrap();

    give_tokens(&world).await;
    catalog.delete_role("r2").await.unwrap();
    assert_eq!(living(&world).await, ["u1p1", "u1p2", "u1", "u2p1"]);
    catalog.delete_role("r1").await.unwrap();
    assert_eq!(kind(catalog.delete_role("r1").await), Kind::NotFound);
    assert_eq!(living(&world).await, ["u1"]);
    assert!(catalog.roles_of(&u1, &p1).await.unwrap().is_empty());
}

pub(crate) async fn deleting_takes_everything_along(world: World) {
    people(&world).await;
    give_tokens(&world).await;
    let catalog = &world.catalog;
    catalog.create_access_key(&key("k1"), 9).await.unwrap();
    catalog.create_api_key(&api_key("a1"), 9).await.unwrap();
    catalog.delete_project(&ProjectId::new("p1")).await.unwrap();
    assert_eq!(kind(catalog.delete_project(&ProjectId::new("p1")).await), Kind::NotFound);
    assert_eq!(living(&world).await, ["u1p2", "u1"]);
    assert_eq!(catalog.access_key("k1").await.unwrap(), None);
    catalog.delete_user(&UserId::new("u1")).await.unwrap();
    assert_eq!(kind(catalog.delete_user(&UserId::new("u1")).await), Kind::NotFound);
    assert!(living(&world).await.is_empty());
    assert!(!catalog.has_api_key(&UserId::new("u1"), "digest of a1").await.unwrap());
    let left = catalog.assignments(&AssignmentFilter::default(), None, 9).await.unwrap();
    assert_eq!(left, [assignment("u2", "p2", "r1")]);
}

pub(crate) async fn roles_are_given_once_and_listed(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    catalog.assign(&assignment("u1", "p1", "r2")).await.unwrap();
    catalog.assign(&assignment("u1", "p1", "r2")).await.unwrap();
    for missing in [assignment("u9", "p1", "r1"), assignment("u1", "p9", "r1"), assignment("u1", "p1", "r9")] {
        assert_eq!(kind(catalog.assign(&missing).await), Kind::NotFound);
    }
    let (p1, u1) = (ProjectId::new("p1"), UserId::new("u1"));
    assert_eq!(catalog.roles_of(&u1, &p1).await.unwrap(), ["name of r1", "name of r2"]);
    let own = catalog.projects_of(&u1, None, 1).await.unwrap();
    assert_eq!((&own[0].project.id, own[0].roles.len(), own.len()), (&p1, 2, 1));
    let rest = catalog.projects_of(&u1, Some(&p1), 9).await.unwrap();
    assert_eq!((rest[0].project.id.as_str(), rest.len()), ("p2", 1));

    let all = catalog.assignments(&AssignmentFilter::default(), None, 9).await.unwrap();
    assert_eq!(all.len(), 5);
    let mut paged: Vec<Assignment> = Vec::new();
    loop {
        let page = catalog.assignments(&AssignmentFilter::default(), paged.last(), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let of = AssignmentFilter { user_id: Some(u1), project_id: Some(p1), role_id: Some("r2".into()) };
    assert_eq!(catalog.assignments(&of, None, 9).await.unwrap(), [assignment("u1", "p1", "r2")]);
}

pub(crate) async fn access_keys_are_bounded(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let (u1, u2) = (UserId::new("u1"), UserId::new("u2"));
    catalog.create_access_key(&key("k1"), 2).await.unwrap();
    assert_eq!(kind(catalog.create_access_key(&key("k1"), 2).await), Kind::Conflict);
    catalog.create_access_key(&key("k2"), 2).await.unwrap();
    assert_eq!(kind(catalog.create_access_key(&key("k3"), 2).await), Kind::OverLimit);
    assert_eq!(catalog.access_keys(&u1, Some("k1"), 9).await.unwrap(), [key("k2")]);
    assert!(!catalog.delete_access_key(&u2, "k1").await.unwrap());
    assert!(catalog.delete_access_key(&u1, "k1").await.unwrap());
    assert!(!catalog.delete_access_key(&u1, "k1").await.unwrap());
}

pub(crate) async fn api_keys_are_bounded_and_end_tokens(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let (u1, u2) = (UserId::new("u1"), UserId::new("u2"));
    catalog.create_api_key(&api_key("a1"), 2).await.unwrap();
    let same = ApiKey { id: "a9".to_owned(), ..api_key("a1") };
    assert_eq!(kind(catalog.create_api_key(&same, 2).await), Kind::Conflict);
    catalog.create_api_key(&api_key("a2"), 2).await.unwrap();
    assert_eq!(kind(catalog.create_api_key(&api_key("a3"), 2).await), Kind::OverLimit);
    let nobodys = ApiKey { user_id: UserId::new("u9"), ..api_key("a3") };
    assert_eq!(kind(catalog.create_api_key(&nobodys, 2).await), Kind::NotFound);
    assert_eq!(catalog.api_keys(&u1, None, 9).await.unwrap(), [api_key("a1"), api_key("a2")]);
    assert_eq!(catalog.api_keys(&u1, Some("a1"), 9).await.unwrap(), [api_key("a2")]);
    assert!(catalog.has_api_key(&u1, "digest of a1").await.unwrap());
    for (user, digest) in [(&u2, "digest of a1"), (&u1, "digest of A1"), (&u1, "a1"), (&u1, "\0")] {
        assert!(!catalog.has_api_key(user, digest).await.unwrap(), "{user} {digest:?}");
    }

    let by_key = TokenGrounds { api_key: Some("digest of a1".into()), ..grounds(&["name of r1"]) };
    let by_token = TokenGrounds { token: Some("u1p1".into()), ..grounds(&["name of r1"]) };
    assert_eq!(kind(catalog.create_token(&token("t", "u1", Some("p1")), &by_token).await), Kind::NotFound);
    assert_eq!(kind(catalog.create_token(&token("t", "u2", Some("p1")), &by_key).await), Kind::NotFound);
    catalog.create_token(&token("u1p1", "u1", Some("p1")), &by_key).await.unwrap();
    catalog.create_token(&token("u1p2", "u1", Some("p2")), &by_token).await.unwrap();
    assert_eq!(kind(catalog.create_token(&token("u2p1", "u2", Some("p1")), &by_token).await), Kind::NotFound);
    give_tokens(&world).await;

    assert!(!catalog.delete_api_key(&u2, "a1").await.unwrap());
    assert_eq!(living(&world).await, ["u1p1", "u1p2", "u1", "u2p1"]);
    assert!(catalog.delete_api_key(&u1, "a1").await.unwrap());
    assert!(!catalog.delete_api_key(&u1, "a1").await.unwrap());
    assert_eq!(living(&world).await, ["u2p1"]);
    for gone in [&by_key, &by_token] {
        assert_eq!(kind(catalog.create_token(&token("t", "u1", Some("p1")), gone).await), Kind::NotFound);
    }
}

/// Tokens are given while the API key they are given for is taken away: none is left.
pub(crate) async fn no_token_outlives_its_api_key(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    for round in 0..30 {
        let key = api_key(&format!("a{round}"));
        catalog.create_api_key(&key, 9).await.unwrap();
        let giving: Vec<_> = (0..8)
            .map(|number| {
                let (catalog, digest) = (catalog.clone(), key.digest.clone());
                tokio::spawn(async move {
                    let hash = format!("{round}-{number}");
                    let grounds = TokenGrounds { api_key: Some(digest), ..grounds(&["name of r1"]) };
                    let given = catalog.create_token(&token(&hash, "u1", Some("p1")), &grounds).await;
                    assert!(given.is_ok() || kind(given) == Kind::NotFound);
                    hash
                })
            })
            .collect();
        assert!(catalog.delete_api_key(&key.user_id, &key.id).await.unwrap());
        for given in giving {
            let hash = given.await.unwrap();
            assert_eq!(catalog.token(&hash, Timestamp(EPOCH)).await.unwrap(), None, "round {round}");
        }
    }
}

pub(crate) async fn access_keys_are_usable_while_everything_behind_them_is(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let (p1, u1) = (ProjectId::new("p1"), UserId::new("u1"));
    catalog.create_access_key(&key("k1"), 9).await.unwrap();
    let usable = catalog.usable_access_key("k1").await.unwrap().unwrap();
    assert_eq!(usable.key, key("k1"));
    assert_eq!((usable.user.id.as_str(), usable.project.id.as_str()), ("u1", "p1"));
    assert_eq!(usable.assigned, ["name of r1"]);
    for absent in ["k2", "", "K1", "k\0"] {
        assert_eq!(catalog.usable_access_key(absent).await.unwrap(), None, "{absent:?}");
    }

    catalog.update_user(&u1, &user_enabled(false)).await.unwrap();
    assert_eq!(catalog.usable_access_key("k1").await.unwrap(), None);
    catalog.update_user(&u1, &user_enabled(true)).await.unwrap();
    catalog.update_project(&p1, &project_enabled(false)).await.unwrap();
    assert_eq!(catalog.usable_access_key("k1").await.unwrap(), None);
    catalog.update_project(&p1, &project_enabled(true)).await.unwrap();
    // Roles are those of this moment, not of the key's making.
    catalog.assign(&assignment("u1", "p1", "r2")).await.unwrap();
    catalog.unassign(&assignment("u1", "p1", "r1")).await.unwrap();
    assert_eq!(catalog.usable_access_key("k1").await.unwrap().unwrap().assigned, ["name of r2"]);
    catalog.unassign(&assignment("u1", "p1", "r2")).await.unwrap();
    assert!(catalog.usable_access_key("k1").await.unwrap().unwrap().assigned.is_empty());
    catalog.delete_access_key(&u1, "k1").await.unwrap();
    assert_eq!(catalog.usable_access_key("k1").await.unwrap(), None);
}

/// Tokens are given while their grounds are taken away, again and again: none is left at any end.
pub(crate) async fn no_token_slips_through(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let (p1, u1, taken) = (ProjectId::new("p1"), UserId::new("u1"), assignment("u1", "p1", "r1"));
    for round in 0..100 {
        let giving: Vec<_> = (0..8)
            .map(|number| {
                let catalog = catalog.clone();
                tokio::spawn(async move {
                    let hash = format!("{round}-{number}");
                    let given = catalog.create_token(&token(&hash, "u1", Some("p1")), &grounds(&["name of r1"])).await;
                    assert!(given.is_ok() || kind(given) == Kind::NotFound);
                    hash
                })
            })
            .collect();
        match round % 3 {
            0 => catalog.unassign(&taken).await.unwrap(),
            1 => catalog.update_user(&u1, &user_enabled(false)).await.map(drop).unwrap(),
            _ => catalog.update_project(&p1, &project_enabled(false)).await.map(drop).unwrap(),
        }
        let mut hashes = Vec::new();
        for given in giving {
            hashes.push(given.await.unwrap());
        }
        // In order again before looking: what lives now lives on.
        catalog.assign(&taken).await.unwrap();
        catalog.update_user(&u1, &user_enabled(true)).await.unwrap();
        catalog.update_project(&p1, &project_enabled(true)).await.unwrap();
        for hash in hashes {
            assert_eq!(catalog.token(&hash, Timestamp(EPOCH)).await.unwrap(), None, "round {round}");
        }
    }
}

pub(crate) async fn lists_are_paged_by_id(world: World) {
    let catalog = &world.catalog;
    for id in ["default", "d1", "d2"] {
        let domain = Domain { id: id.to_owned(), name: format!("name of {id}"), enabled: true };
        catalog.create_domain(&domain).await.unwrap();
    }
    for at in 0..5 {
        catalog.create_project(&project(&format!("p{at}"))).await.unwrap();
        catalog.create_user(&user(&format!("u{at}"))).await.unwrap();
        catalog.create_role(&Role { id: format!("r{at}"), name: format!("name of r{at}") }).await.unwrap();
    }
    let first = catalog.projects(None, 3).await.unwrap();
    let second = catalog.projects(first.last().map(|one| &one.id), 10).await.unwrap();
    let ids: Vec<_> = first.iter().chain(&second).map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["p0", "p1", "p2", "p3", "p4"]);
    let users = catalog.users(Some(&UserId::new("u1")), 2).await.unwrap();
    assert_eq!(users.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["u2", "u3"]);
    let domains = catalog.domains(Some("d1"), 10).await.unwrap();
    assert_eq!(domains.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["d2", "default"]);
    assert_eq!(catalog.roles(Some("r3"), 10).await.unwrap().len(), 1);
}
