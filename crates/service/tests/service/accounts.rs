//! Chat accounts.

use std::time::Duration;

use salon_core::{
    Kind, ProjectId, Result,
    account::{
        Account, AccountChanges, AccountFilter, AccountId, AccountStatus, AccountType, License, NewPerson,
        PersonFilter, RetentionChange, SettingsChange, absent,
    },
    event::Actor,
};
use salon_service::{
    Ctx,
    accounts::{self, admin as operator},
    bots, people, rooms,
};

use crate::world::{World, admin, alice, bob, person};

pub(crate) fn kind<T>(result: Result<T>) -> Kind {
    result.err().expect("it should have been refused").kind()
}

pub(crate) fn at_the_terminal() -> Actor {
    Actor { user_id: "operator".to_owned(), project_id: None, request_id: "req-operator".to_owned() }
}

pub(crate) fn reader() -> Ctx {
    person("rita", "alpha", &["reader"])
}

impl World {
    /// An Enterprise account of alice's project.
    pub(crate) async fn enterprise(&self, account_type: AccountType) -> AccountId {
        let project = ProjectId::new("alpha");
        let by = at_the_terminal();
        let made = operator::create_enterprise(&self.service, &by, &project, "Enterprise", account_type).await;
        made.unwrap().id
    }

    /// A Team account of alice's project.
    pub(crate) async fn team(&self) -> AccountId {
        accounts::create(&self.service, &alice(), "Team One").await.unwrap().id
    }
}

#[tokio::test]
async fn an_account_is_made_listed_changed_and_deleted() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let made = accounts::create(service, &alice, "Team One").await.unwrap();
    assert_eq!((made.account_type, made.status), (AccountType::Team, AccountStatus::Active));
    assert_eq!((made.default_license, made.supported_licenses.len()), (License::Pro, 2));
    assert_eq!(made.project_id, ProjectId::new("alpha"));
    assert_eq!(accounts::show(service, &alice, &made.id).await.unwrap(), made);
    world.clock.advance(Duration::from_secs(1));
    let second = accounts::create(service, &alice, "Team One").await.unwrap();
    assert_ne!(second.id, made.id, "names are not unique");

    let changes = AccountChanges { name: Some("Team Two".to_owned()), default_license: Some(License::Basic) };
    let changed = accounts::update(service, &alice, &made.id, &changes).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.default_license), ("Team Two", License::Basic));
    assert_eq!(accounts::update(service, &alice, &made.id, &AccountChanges::default()).await.unwrap(), changed);
    let plus = AccountChanges { name: None, default_license: Some(License::Plus) };
    assert_eq!(kind(accounts::update(service, &alice, &made.id, &plus).await), Kind::Invalid);

    let all = AccountFilter::default();
    let (first, next) = accounts::list(service, &alice, &all, None, 1).await.unwrap();
    let (rest, end) = accounts::list(service, &alice, &all, next.as_ref(), 1).await.unwrap();
    assert_eq!((first, rest, end), (vec![changed], vec![second.clone()], None));
    let prefix = AccountFilter { name_prefix: Some("Team O".to_owned()), email: None };
    assert_eq!(accounts::list(service, &alice, &prefix, None, 100).await.unwrap().0, [second]);
    for wrong in [
        AccountFilter { name_prefix: Some(String::new()), email: None },
        AccountFilter { name_prefix: None, email: Some("ana".to_owned()) },
    ] {
        assert_eq!(kind(accounts::list(service, &alice, &wrong, None, 100).await), Kind::Invalid);
    }
    accounts::delete(service, &alice, &made.id).await.unwrap();
    assert_eq!(kind(accounts::show(service, &alice, &made.id).await), Kind::NotFound);
    assert_eq!(kind(accounts::delete(service, &alice, &made.id).await), Kind::NotFound);
    assert_eq!(kind(accounts::create(service, &alice, " ").await), Kind::Invalid);
}

/// T-A4, T-M8: whatever somebody else asks about an account, the answer is that of an account that never was.
#[tokio::test]
async fn an_account_of_another_project_is_absent_to_every_call() {
    let world = World::new().await;
    let (service, bob) = (&world.service, bob());
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    let ana = add(&world, &id, "ana@example.com").await;
    let never = AccountId::new("7b5d1f1c-0000-4000-8000-000000000000");
    for id in [&id, &never] {
        let words = absent(id).message().to_owned();
        let answers = [
            accounts::show(service, &bob, id).await.map(drop),
            accounts::update(service, &bob, id, &AccountChanges::default()).await.map(drop),
            accounts::delete(service, &bob, id).await,
            accounts::settings(service, &bob, id).await.map(drop),
            accounts::set_settings(service, &bob, id, SettingsChange::default()).await,
            accounts::add_delegates(service, &bob, id, &["one".to_owned()]).await,
            accounts::remove_delegates(service, &bob, id, &["one".to_owned()]).await,
            accounts::retention(service, &bob, id).await.map(drop),
            accounts::set_retention(service, &bob, id, RetentionChange::default()).await.map(drop),
            people::invite(service, &bob, id, &[], None).await.map(drop),
            people::create(service, &bob, id, &NewPerson::default()).await.map(drop),
            people::list(service, &bob, id, &PersonFilter::default(), None, 10).await.map(drop),
            people::show(service, &bob, id, &ana).await.map(drop),
            people::update(service, &bob, id, &ana, &Default::default()).await.map(drop),
            people::update_many(service, &bob, id, &[]).await.map(drop),
            people::suspend(service, &bob, id, std::slice::from_ref(&ana)).await.map(drop),
            people::unsuspend(service, &bob, id, std::slice::from_ref(&ana)).await.map(drop),
            people::log_out(service, &bob, id, &ana).await,
            people::settings(service, &bob, id, &ana).await.map(drop),
            people::set_settings(service, &bob, id, &ana, Default::default()).await,
            people::reset_pin(service, &bob, id, &ana).await.map(drop),
        ];
        for (at, answer) in answers.into_iter().enumerate() {
            let error = answer.unwrap_err();
            assert_eq!((error.kind(), error.message()), (Kind::NotFound, words.as_str()), "call {at}");
        }
    }
    assert_eq!(accounts::list(service, &bob, &AccountFilter::default(), None, 10).await.unwrap().0, []);
    let by_email = AccountFilter { name_prefix: None, email: Some("ana@example.com".to_owned()) };
    assert_eq!(accounts::list(service, &bob, &by_email, None, 10).await.unwrap().0, []);
    assert_eq!(accounts::list(service, &alice(), &by_email, None, 10).await.unwrap().0.len(), 1);
    accounts::show(service, &admin(), &id).await.unwrap();
}

#[tokio::test]
async fn readers_read_and_change_nothing() {
    let world = World::new().await;
    let (service, rita) = (&world.service, reader());
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    let ana = add(&world, &id, "ana@example.com").await;
    accounts::show(service, &rita, &id).await.unwrap();
    accounts::settings(service, &rita, &id).await.unwrap();
    accounts::retention(service, &rita, &id).await.unwrap();
    people::show(service, &rita, &id, &ana).await.unwrap();
    people::settings(service, &rita, &id, &ana).await.unwrap();
    assert_eq!(accounts::list(service, &rita, &AccountFilter::default(), None, 10).await.unwrap().0.len(), 1);
    for answer in [
        kind(accounts::create(service, &rita, "Mine").await),
        kind(accounts::update(service, &rita, &id, &AccountChanges::default()).await),
        kind(accounts::delete(service, &rita, &id).await),
        kind(accounts::set_settings(service, &rita, &id, SettingsChange::default()).await),
        kind(accounts::set_retention(service, &rita, &id, RetentionChange::default()).await),
        kind(people::create(service, &rita, &id, &NewPerson::default()).await),
        kind(people::suspend(service, &rita, &id, std::slice::from_ref(&ana)).await),
        kind(people::reset_pin(service, &rita, &id, &ana).await),
        kind(people::show(service, &person("none", "alpha", &[]), &id, &ana).await),
    ] {
        assert_eq!(answer, Kind::Forbidden);
    }
}

async fn add(world: &World, id: &AccountId, email: &str) -> salon_core::account::PersonId {
    let new = NewPerson { email: Some(email.to_owned()), ..NewPerson::default() };
    people::create(&world.service, &alice(), id, &new).await.unwrap().id
}

#[tokio::test]
async fn settings_and_delegates_are_kept() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let id = world.team().await;
    let off = accounts::settings(service, &alice, &id).await.unwrap();
    assert!(!off.disable_remote_control && !off.enable_dial_out);
    let remote = SettingsChange { disable_remote_control: Some(true), enable_dial_out: None };
    accounts::set_settings(service, &alice, &id, remote).await.unwrap();
    accounts::set_settings(service, &alice, &id, SettingsChange::default()).await.unwrap();
    let on = accounts::settings(service, &alice, &id).await.unwrap();
    assert!(on.disable_remote_control && !on.enable_dial_out);

    let groups = ["one".to_owned(), "two".to_owned()];
    accounts::add_delegates(service, &alice, &id, &groups).await.unwrap();
    accounts::add_delegates(service, &alice, &id, &groups[..1]).await.unwrap();
    assert_eq!(accounts::show(service, &alice, &id).await.unwrap().delegate_groups, groups);
    accounts::remove_delegates(service, &alice, &id, &["one".to_owned(), "none".to_owned()]).await.unwrap();
    assert_eq!(accounts::show(service, &alice, &id).await.unwrap().delegate_groups, ["two"]);
    assert_eq!(kind(accounts::remove_delegates(service, &alice, &id, &[]).await), Kind::Invalid);
}

/// Changes of one account at once are all there afterwards, from two servers on one database.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_acknowledged_change_of_an_account_is_lost() {
    let world = World::new().await;
    let id = world.team().await;
    let nodes = [world.service.clone(), world.neighbour("node-2")];
    let groups: Vec<String> = (0..24).map(|number| format!("group {number}")).collect();
    let adding = groups.iter().enumerate().map(|(at, group)| {
        let (service, id, group) = (nodes[at % 2].clone(), id.clone(), group.clone());
        tokio::spawn(async move { accounts::add_delegates(&service, &alice(), &id, &[group]).await })
    });
    let adding: Vec<_> = adding.collect();
    let mut acknowledged = Vec::new();
    for (task, group) in adding.into_iter().zip(&groups) {
        match task.await.unwrap() {
            Ok(()) => acknowledged.push(group.clone()),
            Err(error) => assert_eq!(error.kind(), Kind::Conflict),
        }
    }
    let mut there = accounts::show(&world.service, &alice(), &id).await.unwrap().delegate_groups;
    there.sort();
    acknowledged.sort();
    assert_eq!(there, acknowledged);
    assert!(!there.is_empty());
}

#[tokio::test]
async fn retention_is_for_enterprise_accounts() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let team = world.team().await;
    assert_eq!(kind(accounts::retention(service, &alice, &team).await), Kind::Forbidden);
    let change = RetentionChange { room_days: Some(Some(30)), conversation_days: None };
    assert_eq!(kind(accounts::set_retention(service, &alice, &team, change).await), Kind::Forbidden);
    let id = world.enterprise(AccountType::EnterpriseOidc).await;
    assert_eq!(accounts::retention(service, &alice, &id).await.unwrap(), Default::default());
    let set = accounts::set_retention(service, &alice, &id, change).await.unwrap();
    assert_eq!((set.room_days, set.conversation_days), (Some(30), None));
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(accounts::set_retention(service, &alice, &id, change).await.unwrap(), set);
    assert_eq!(accounts::retention(service, &alice, &id).await.unwrap(), set);
    let wrong = RetentionChange { room_days: Some(Some(5476)), conversation_days: None };
    assert_eq!(kind(accounts::set_retention(service, &alice, &id, wrong).await), Kind::Invalid);
    let off = RetentionChange { room_days: Some(None), conversation_days: None };
    assert_eq!(accounts::set_retention(service, &alice, &id, off).await.unwrap(), Default::default());
}

#[tokio::test]
async fn an_account_that_would_be_missed_stays() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    let ana = add(&world, &id, "ana@example.com").await;
    let room = rooms::create(service, &alice, &id, "room", None).await.unwrap();
    bots::create(service, &alice, &id, "bot", Some("example.com")).await.unwrap();
    assert_eq!(kind(accounts::delete(service, &alice, &id).await), Kind::Conflict);
    people::suspend(service, &alice, &id, &[ana]).await.unwrap();
    assert_eq!(kind(accounts::delete(service, &alice, &id).await), Kind::Conflict);
    rooms::delete(service, &alice, &id, &room.id).await.unwrap();
    accounts::delete(service, &alice, &id).await.unwrap();
    assert_eq!(kind(bots::list(service, &alice, &id, None, 10).await), Kind::NotFound);

    let team = world.team().await;
    people::invite(service, &alice, &team, &["ana@example.com".to_owned()], None).await.unwrap();
    assert_eq!(kind(accounts::delete(service, &alice, &team).await), Kind::Conflict, "an invited person counts");
    let (people, _) = people::list(service, &alice, &team, &PersonFilter::default(), None, 10).await.unwrap();
    people::suspend(service, &alice, &team, &[people[0].id.clone()]).await.unwrap();
    accounts::delete(service, &alice, &team).await.unwrap();
}

#[tokio::test]
async fn the_operator_makes_and_converts_accounts() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let project = ProjectId::new("alpha");
    let made = async |account_type| {
        operator::create_enterprise(service, &at_the_terminal(), &project, "Ent", account_type).await
    };
    assert_eq!(kind(made(AccountType::Team).await), Kind::Invalid);
    let lwa = made(AccountType::EnterpriseLwa).await.unwrap();
    assert_eq!(accounts::show(service, &alice, &lwa.id).await.unwrap().account_type, AccountType::EnterpriseLwa);
    let team = world.team().await;
    assert_eq!(kind(rooms::create(service, &alice, &team, "room", None).await), Kind::Forbidden);
    let convert = async |id: &AccountId, to| operator::convert(service, &at_the_terminal(), id, to).await;
    convert(&team, AccountType::EnterpriseDirectory).await.unwrap();
    rooms::create(service, &alice, &team, "room", None).await.unwrap();
    assert_eq!(kind(convert(&team, AccountType::Team).await), Kind::Conflict);
    assert_eq!(kind(convert(&AccountId::new("nowhere"), AccountType::Team).await), Kind::NotFound);

    let (first, next) = operator::list(service, None, None, 1).await.unwrap();
    let (rest, _) = operator::list(service, Some(&project), next.as_ref(), 10).await.unwrap();
    assert_eq!((first.len(), rest.len()), (1, 1));

    // Sample data is made once, whatever was renamed meanwhile.
    let people = [("alice@example.com", "alice"), ("bob@example.com", "bob")];
    let beta = ProjectId::new("beta");
    let ensure = async || operator::ensure(service, &at_the_terminal(), &beta, "Enterprise of beta", &people).await;
    let sample = ensure().await.unwrap();
    let renamed = AccountChanges { name: Some("Renamed".to_owned()), default_license: None };
    let renamed = accounts::update(service, &bob(), &sample.id, &renamed).await.unwrap();
    let again: Account = ensure().await.unwrap();
    assert_eq!(again, renamed);
    let (people, _) = operator::list_people(service, &sample.id, None, 10).await.unwrap();
    let names: Vec<&str> = people.iter().map(|person| person.display_name.as_str()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"alice") && names.contains(&"bob"));
}
