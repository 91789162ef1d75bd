use salon_catalog::identity::{
    AccessKey, Assignment, Domain, EXPIRED_WINDOW, Project, ProjectChanges, Role, Token, TokenGrounds, User,
    UserChanges,
};
use salon_core::{Kind, ProjectId, Timestamp, UserId};

use crate::support::{EPOCH, World};

fn domain(id: &str) -> Domain {
    Domain { id: id.to_owned(), name: format!("Domain {id}"), enabled: true }
}

fn project(id: &str) -> Project {
    Project {
        id: ProjectId::new(id),
        domain_id: "default".to_owned(),
        name: id.to_owned(),
        description: String::new(),
        enabled: true,
    }
}

fn user(id: &str) -> User {
    User {
        id: UserId::new(id),
        domain_id: "default".to_owned(),
        name: id.to_owned(),
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
        roles: vec!["member".to_owned()],
        methods: vec!["password".to_owned()],
        audit_id: "audit".to_owned(),
        issued_at: Timestamp(EPOCH),
        expires_at: Timestamp(EPOCH + 100),
    }
}

/// What a token of these tests stands on.
fn grounds(project: bool) -> TokenGrounds {
    TokenGrounds {
        password_hash: Some("hash".to_owned()),
        assigned: if project { vec!["member".to_owned()] } else { Vec::new() },
    }
}

/// Domain default, projects alpha and beta, users alice and bob, alice a member of both, bob of beta.
async fn people(world: &World) {
    let catalog = &world.catalog;
    catalog.create_domain(&domain("default")).await.unwrap();
    for id in ["alpha", "beta"] {
        catalog.create_project(&project(id)).await.unwrap();
    }
    for id in ["alice", "bob"] {
        catalog.create_user(&user(id)).await.unwrap();
    }
    for name in ["member", "reader"] {
        catalog.create_role(&Role { id: format!("role-{name}"), name: name.to_owned() }).await.unwrap();
    }
    for (user, project) in [("alice", "alpha"), ("alice", "beta"), ("bob", "beta")] {
        catalog.assign(&assignment(user, project, "role-member")).await.unwrap();
    }
}

pub(crate) async fn names_are_unique_in_their_domain(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    catalog.create_domain(&domain("other")).await.unwrap();
    let conflict = |outcome: salon_core::Result<()>| assert_eq!(outcome.unwrap_err().kind(), Kind::Conflict);
    conflict(catalog.create_domain(&domain("other")).await);
    conflict(catalog.create_domain(&Domain { id: "third".to_owned(), ..domain("other") }).await);
    conflict(catalog.create_project(&project("alpha")).await);
    conflict(catalog.create_project(&Project { id: ProjectId::new("new"), ..project("alpha") }).await);
    conflict(catalog.create_user(&User { id: UserId::new("new"), ..user("alice") }).await);
    conflict(catalog.create_role(&Role { id: "new".to_owned(), name: "member".to_owned() }).await);
    // The same names in another domain are others.
    let there = Project { id: ProjectId::new("alpha2"), domain_id: "other".to_owned(), ..project("alpha") };
    catalog.create_project(&there).await.unwrap();
    let found = catalog.project_by_name("other", "alpha").await.unwrap();
    assert_eq!(found, Some(there));
    assert_eq!(catalog.project_by_name("default", "alpha").await.unwrap(), Some(project("alpha")));
    assert_eq!(catalog.project_by_name("default", "Alpha").await.unwrap(), None);
    assert_eq!(catalog.user_by_name("default", "alice").await.unwrap(), Some(user("alice")));
    assert_eq!(catalog.domain_by_name("Domain other").await.unwrap(), Some(domain("other")));
    // A name can be taken by a change as little as by a new one.
    let change = ProjectChanges { name: Some("beta".to_owned()), ..Default::default() };
    let error = catalog.update_project(&ProjectId::new("alpha"), &change).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    let orphan = User { domain_id: "nowhere".to_owned(), ..user("carol") };
    assert_eq!(catalog.create_user(&orphan).await.unwrap_err().kind(), Kind::NotFound);
}

pub(crate) async fn tokens_end_with_what_they_stand_on(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let now = Timestamp(EPOCH + 1);
    let (alice, alpha) = (UserId::new("alice"), ProjectId::new("alpha"));
    let issue = async |hash: &str, project: Option<&str>| {
        catalog.create_token(&token(hash, "alice", project), &grounds(project.is_some())).await
    };
    issue("scoped", Some("alpha")).await.unwrap();
    issue("unscoped", None).await.unwrap();
    let error = issue("scoped", Some("alpha")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    let view = catalog.token("scoped", now).await.unwrap().unwrap();
    assert_eq!(
        (view.token, view.user, view.user_domain),
        (token("scoped", "alice", Some("alpha")), user("alice"), domain("default"))
    );
    assert_eq!(view.project, Some((project("alpha"), domain("default"))));
    assert_eq!(catalog.token("unscoped", now).await.unwrap().unwrap().project, None);
    assert_eq!(catalog.token("absent", now).await.unwrap(), None);
    // Time.
    assert_eq!(catalog.token("scoped", Timestamp(EPOCH + 100)).await.unwrap(), None);
    // Revocation.
    assert!(catalog.revoke_token("unscoped").await.unwrap());
    assert!(!catalog.revoke_token("unscoped").await.unwrap());
    assert_eq!(catalog.token("unscoped", now).await.unwrap(), None);
    // A project switched off, and on again.
    let enabled = |enabled| ProjectChanges { enabled: Some(enabled), ..Default::default() };
    catalog.update_project(&alpha, &enabled(false)).await.unwrap();
    assert_eq!(catalog.token("scoped", now).await.unwrap(), None);
    assert_eq!(issue("t1", Some("alpha")).await.unwrap_err().kind(), Kind::NotFound);
    catalog.update_project(&alpha, &enabled(true)).await.unwrap();
    assert_eq!(catalog.token("scoped", now).await.unwrap(), None, "ended for good");
    // A role taken away.
    issue("t2", Some("alpha")).await.unwrap();
    issue("t2-beta", Some("beta")).await.unwrap();
    catalog.unassign(&assignment("alice", "alpha", "role-member")).await.unwrap();
    assert_eq!(catalog.token("t2", now).await.unwrap(), None);
    assert!(catalog.token("t2-beta", now).await.unwrap().is_some());
    assert_eq!(issue("t3", Some("alpha")).await.unwrap_err().kind(), Kind::NotFound);
    // A new password.
    let changes = UserChanges { password_hash: Some("new".to_owned()), ..Default::default() };
    catalog.update_user(&alice, &changes).await.unwrap();
    assert_eq!(catalog.token("t2-beta", now).await.unwrap(), None);
    assert_eq!(issue("t4", Some("beta")).await.unwrap_err().kind(), Kind::NotFound, "the old password");
    // The user gone.
    let bob = TokenGrounds { password_hash: Some("hash".to_owned()), assigned: vec!["member".to_owned()] };
    catalog.create_token(&token("bobs", "bob", Some("beta")), &bob).await.unwrap();
    catalog.delete_user(&UserId::new("bob")).await.unwrap();
    assert_eq!(catalog.token("bobs", now).await.unwrap(), None);
    assert_eq!(catalog.delete_user(&UserId::new("bob")).await.unwrap_err().kind(), Kind::NotFound);
    // Ended ones go in bounded steps.
    for at in 0..5 {
        let changed = TokenGrounds { password_hash: Some("new".to_owned()), assigned: Vec::new() };
        catalog.create_token(&token(&format!("old{at}"), "alice", None), &changed).await.unwrap();
    }
    // Kept for a while after their end, for services that finish work with them.
    let window = i64::try_from(EXPIRED_WINDOW.as_micros()).unwrap();
    let end = EPOCH + 100 + window;
    assert_eq!(catalog.trim_tokens(Timestamp(end), 3).await.unwrap(), 0);
    assert_eq!(catalog.trim_tokens(Timestamp(end + 1), 3).await.unwrap(), 3);
    assert_eq!(catalog.trim_tokens(Timestamp(end + 1), 3).await.unwrap(), 2);
}

pub(crate) async fn assignments_make_roles(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let (alice, alpha) = (UserId::new("alice"), ProjectId::new("alpha"));
    catalog.assign(&assignment("alice", "alpha", "role-reader")).await.unwrap();
    catalog.assign(&assignment("alice", "alpha", "role-reader")).await.unwrap();
    assert_eq!(catalog.roles_of(&alice, &alpha).await.unwrap(), ["member", "reader"]);
    let projects = catalog.projects_of(&alice, None, 10).await.unwrap();
    let seen: Vec<_> = projects.iter().map(|one| (one.project.name.as_str(), one.roles.len())).collect();
    assert_eq!(seen, [("alpha", 2), ("beta", 1)]);
    let rest = catalog.projects_of(&alice, Some(&alpha), 10).await.unwrap();
    assert_eq!(rest.len(), 1);
    for wrong in [
        assignment("nobody", "alpha", "role-member"),
        assignment("alice", "nowhere", "role-member"),
        assignment("alice", "alpha", "role-of-none"),
    ] {
        assert_eq!(catalog.assign(&wrong).await.unwrap_err().kind(), Kind::NotFound);
        assert_eq!(catalog.unassign(&wrong).await.unwrap_err().kind(), Kind::NotFound);
    }
    catalog.delete_project(&alpha).await.unwrap();
    assert_eq!(catalog.roles_of(&alice, &alpha).await.unwrap(), Vec::<String>::new());
    assert_eq!(catalog.delete_project(&alpha).await.unwrap_err().kind(), Kind::NotFound);
}

pub(crate) async fn access_keys_belong_to_user_and_project(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    let key = |id: &str, user: &str, project: &str| AccessKey {
        id: id.to_owned(),
        secret: format!("secret of {id}"),
        user_id: UserId::new(user),
        project_id: ProjectId::new(project),
        created_at: Timestamp(EPOCH),
    };
    catalog.create_access_key(&key("K1", "alice", "alpha"), 2).await.unwrap();
    catalog.create_access_key(&key("K2", "alice", "beta"), 2).await.unwrap();
    assert!(catalog.create_access_key(&key("K3", "alice", "alpha"), 2).await.is_err(), "no more than two");
    assert_eq!(catalog.create_access_key(&key("K1", "bob", "beta"), 2).await.unwrap_err().kind(), Kind::Conflict);
    assert!(catalog.create_access_key(&key("K4", "nobody", "alpha"), 2).await.is_err());
    assert_eq!(catalog.access_key("K1").await.unwrap(), Some(key("K1", "alice", "alpha")));
    assert_eq!(catalog.access_key("k1").await.unwrap(), None);
    let (alice, bob) = (UserId::new("alice"), UserId::new("bob"));
    let ids = async |after: Option<&str>| {
        let keys = catalog.access_keys(&alice, after, 10).await.unwrap();
        keys.into_iter().map(|key| key.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None).await, ["K1", "K2"]);
    assert_eq!(ids(Some("K1")).await, ["K2"]);
    // T-A2: only together with its user.
    assert!(!catalog.delete_access_key(&bob, "K1").await.unwrap());
    assert!(catalog.delete_access_key(&alice, "K1").await.unwrap());
    catalog.delete_project(&ProjectId::new("beta")).await.unwrap();
    assert_eq!(catalog.access_key("K2").await.unwrap(), None);
}

pub(crate) async fn lists_are_paged_by_id(world: World) {
    people(&world).await;
    let catalog = &world.catalog;
    for at in 0..5 {
        catalog.create_project(&project(&format!("p{at}"))).await.unwrap();
        catalog.create_user(&user(&format!("u{at}"))).await.unwrap();
        catalog.create_domain(&domain(&format!("d{at}"))).await.unwrap();
    }
    let first = catalog.projects(None, 3).await.unwrap();
    let second = catalog.projects(first.last().map(|one| &one.id), 10).await.unwrap();
    let ids: Vec<_> = first.iter().chain(&second).map(|one| one.id.as_str().to_owned()).collect();
    assert_eq!(ids, ["alpha", "beta", "p0", "p1", "p2", "p3", "p4"]);
    let users = catalog.users(Some(&UserId::new("bob")), 2).await.unwrap();
    let ids: Vec<_> = users.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["u0", "u1"]);
    let domains = catalog.domains(Some("d2"), 10).await.unwrap();
    let ids: Vec<_> = domains.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["d3", "d4", "default"]);
    assert_eq!(catalog.roles(None, 1).await.unwrap().len(), 1);
    let changes = UserChanges { enabled: Some(false), ..Default::default() };
    assert!(!catalog.update_user(&UserId::new("u0"), &changes).await.unwrap().enabled);
}
