//! People in chat accounts.

use futures_util::future::join_all;
use salon_core::{
    Kind,
    account::{
        AccountId, AccountType, Alexa, InviteStatus, ItemError, License, NewPerson, Person, PersonChanges,
        PersonFilter, PersonId, RegistrationStatus, Telephony, UserType,
    },
    membership::MemberRole,
    room::members::Joining,
};
use salon_service::{
    accounts::{self, admin as operator},
    people, rooms,
};

use crate::{
    accounts::{at_the_terminal, kind},
    world::{World, alice},
};

fn new(email: &str) -> NewPerson {
    NewPerson { email: Some(email.to_owned()), ..NewPerson::default() }
}

async fn add(world: &World, id: &AccountId, email: &str) -> Person {
    people::create(&world.service, &alice(), id, &new(email)).await.unwrap()
}

async fn everybody(world: &World, id: &AccountId) -> Vec<Person> {
    people::list(&world.service, &alice(), id, &PersonFilter::default(), None, 200).await.unwrap().0
}

fn told(errors: &[ItemError]) -> Vec<(&str, Kind)> {
    errors.iter().map(|item| (item.id.as_str(), item.error.kind())).collect()
}

fn license(license: License) -> PersonChanges {
    PersonChanges { license: Some(license), ..PersonChanges::default() }
}

#[tokio::test]
async fn a_person_is_added_found_and_changed() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    let device =
        NewPerson { name: Some("Room 4".to_owned()), user_type: Some(UserType::SharedDevice), ..new("r4@x.y") };
    let made = people::create(service, &alice, &id, &device).await.unwrap();
    assert_eq!((made.registration, made.license), (RegistrationStatus::Registered, License::Pro));
    assert_eq!((made.display_name.as_str(), made.user_type), ("Room 4", UserType::SharedDevice));
    assert_eq!(made.pin, None);
    assert_eq!(people::show(service, &alice, &id, &made.id).await.unwrap(), made);
    assert_eq!(kind(people::create(service, &alice, &id, &new("R4@X.Y")).await), Kind::Conflict);
    assert_eq!(kind(people::create(service, &alice, &id, &NewPerson::default()).await), Kind::Invalid);
    assert_eq!(kind(people::create(service, &alice, &id, &new("nobody")).await), Kind::Invalid);
    let elsewhere = world.enterprise(AccountType::EnterpriseLwa).await;
    add(&world, &elsewhere, "r4@x.y").await;
    assert_eq!(kind(people::show(service, &alice, &elsewhere, &made.id).await), Kind::NotFound);
    assert_eq!(
        kind(people::update(service, &alice, &elsewhere, &made.id, &license(License::Basic)).await),
        Kind::NotFound
    );
    assert_eq!(kind(people::reset_pin(service, &alice, &elsewhere, &made.id).await), Kind::NotFound);

    let alexa = Alexa { enabled: true, room_arn: Some("arn:aws:a4b:us-east-1:1:room/2".to_owned()) };
    let changes = PersonChanges {
        license: Some(License::Basic),
        user_type: Some(UserType::PrivateUser),
        alexa: Some(alexa.clone()),
    };
    let changed = people::update(service, &alice, &id, &made.id, &changes).await.unwrap();
    assert_eq!((changed.license, changed.user_type, &changed.alexa), (License::Basic, UserType::PrivateUser, &alexa));
    assert_eq!(people::update(service, &alice, &id, &made.id, &changes).await.unwrap(), changed);
    assert_eq!(kind(people::update(service, &alice, &id, &made.id, &license(License::ProTrial)).await), Kind::Invalid);
    assert_eq!(people::show(service, &alice, &id, &made.id).await.unwrap(), changed);
}

#[tokio::test]
async fn people_are_listed_in_pages_and_by_address_and_type() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    for number in 0..5 {
        add(&world, &id, &format!("p{number}@example.com")).await;
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let (page, next) =
            people::list(service, &alice, &id, &PersonFilter::default(), after.as_ref(), 2).await.unwrap();
        assert!(page.len() <= 2);
        seen.extend(page.into_iter().map(|person| person.id));
        after = next;
        if after.is_none() {
            break;
        }
    }
    let whole: Vec<PersonId> = everybody(&world, &id).await.into_iter().map(|person| person.id).collect();
    assert_eq!((seen.len(), seen), (5, whole));
    let one = PersonFilter { email: Some("P3@example.com".to_owned()), user_type: None };
    assert_eq!(people::list(service, &alice, &id, &one, None, 10).await.unwrap().0.len(), 1);
    let devices = PersonFilter { email: None, user_type: Some(UserType::SharedDevice) };
    assert_eq!(people::list(service, &alice, &id, &devices, None, 10).await.unwrap().0, []);
    let wrong = PersonFilter { email: Some("p3".to_owned()), user_type: None };
    assert_eq!(kind(people::list(service, &alice, &id, &wrong, None, 10).await), Kind::Invalid);
}

#[tokio::test]
async fn a_team_invites_and_an_enterprise_adds() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let (team, enterprise) = (world.team().await, world.enterprise(AccountType::EnterpriseLwa).await);
    let emails = ["ana@example.com".to_owned(), "bob@example.com".to_owned()];
    assert_eq!(kind(people::create(service, &alice, &team, &new("ana@example.com")).await), Kind::Invalid);
    assert_eq!(kind(people::invite(service, &alice, &enterprise, &emails, None).await), Kind::Invalid);

    let invites = people::invite(service, &alice, &team, &emails, Some(UserType::PrivateUser)).await.unwrap();
    assert_eq!(invites.iter().map(|invite| invite.email.clone()).collect::<Vec<_>>(), emails);
    assert!(invites.iter().all(|invite| invite.status == InviteStatus::Pending));
    let again = people::invite(service, &alice, &team, &emails[..1], None).await.unwrap();
    assert_eq!(again[0].id, invites[0].id);
    let there = everybody(&world, &team).await;
    assert_eq!(there.len(), 2);
    assert!(there.iter().all(|person| person.registration == RegistrationStatus::Unregistered));

    let many: Vec<String> = (0..51).map(|number| format!("p{number}@example.com")).collect();
    assert_eq!(kind(people::invite(service, &alice, &team, &many, None).await), Kind::Invalid);
    let wrong = ["carl@example.com".to_owned(), "carl".to_owned()];
    assert_eq!(kind(people::invite(service, &alice, &team, &wrong, None).await), Kind::Invalid);
    assert_eq!(everybody(&world, &team).await.len(), 2, "nobody is invited by a refused call");
    people::invite(service, &alice, &team, &many[..50], None).await.unwrap();

    // The operator brings somebody in.
    let inside = operator::create_person(service, &at_the_terminal(), &team, &new("ana@example.com")).await.unwrap();
    assert_eq!(inside.registration, RegistrationStatus::Registered);
    let again = people::invite(service, &alice, &team, &emails[..1], None).await.unwrap();
    assert_eq!(again[0].status, InviteStatus::Accepted);
}

#[tokio::test]
async fn batches_tell_what_is_wrong_with_each() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    let (ana, bob) = (add(&world, &id, "ana@example.com").await.id, add(&world, &id, "bob@example.com").await.id);
    let nobody = PersonId::new("no-such-user");
    let changes = [
        (ana.clone(), license(License::Basic)),
        (nobody.clone(), license(License::Basic)),
        (bob.clone(), license(License::Plus)),
    ];
    let errors = people::update_many(service, &alice, &id, &changes).await.unwrap();
    assert_eq!(told(&errors), [("no-such-user", Kind::NotFound), (bob.as_str(), Kind::Invalid)]);
    let rows = everybody(&world, &id).await;
    assert_eq!(rows.iter().find(|row| row.id == ana).unwrap().license, License::Basic);
    assert_eq!(rows.iter().find(|row| row.id == bob).unwrap().license, License::Pro);

    let errors = people::suspend(service, &alice, &id, &[bob.clone(), nobody.clone()]).await.unwrap();
    assert_eq!(told(&errors), [("no-such-user", Kind::NotFound)]);
    let errors = people::unsuspend(service, &alice, &id, &[nobody, bob.clone(), ana.clone()]).await.unwrap();
    assert_eq!(told(&errors), [("no-such-user", Kind::NotFound)]);
    assert_eq!(people::show(service, &alice, &id, &bob).await.unwrap().registration, RegistrationStatus::Registered);

    let too_many = vec![(ana.clone(), license(License::Pro)); 21];
    assert_eq!(kind(people::update_many(service, &alice, &id, &too_many).await), Kind::Invalid);
    assert_eq!(told(&people::update_many(service, &alice, &id, &too_many[..20]).await.unwrap()), []);
    let too_many = vec![ana; 51];
    assert_eq!(kind(people::suspend(service, &alice, &id, &too_many).await), Kind::Invalid);
    assert_eq!(kind(people::unsuspend(service, &alice, &id, &too_many).await), Kind::Invalid);
    assert_eq!(told(&people::suspend(service, &alice, &id, &[]).await.unwrap()), []);
}

#[tokio::test]
async fn suspension_is_what_the_account_is() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    for managed_elsewhere in [AccountType::EnterpriseDirectory, AccountType::EnterpriseOidc] {
        let id = world.enterprise(managed_elsewhere).await;
        let ana = add(&world, &id, "ana@example.com").await.id;
        assert_eq!(kind(people::suspend(service, &alice, &id, std::slice::from_ref(&ana)).await), Kind::Invalid);
        assert_eq!(kind(people::unsuspend(service, &alice, &id, std::slice::from_ref(&ana)).await), Kind::Invalid);
        assert_eq!(kind(people::update(service, &alice, &id, &ana, &license(License::Basic)).await), Kind::Invalid);
    }
    let team = world.team().await;
    people::invite(service, &alice, &team, &["ana@example.com".to_owned()], None).await.unwrap();
    let ana = everybody(&world, &team).await.remove(0).id;
    assert_eq!(kind(people::unsuspend(service, &alice, &team, std::slice::from_ref(&ana)).await), Kind::Invalid);
    assert_eq!(told(&people::suspend(service, &alice, &team, std::slice::from_ref(&ana)).await.unwrap()), []);
    assert_eq!(kind(people::show(service, &alice, &team, &ana).await), Kind::NotFound);
    let again = people::suspend(service, &alice, &team, std::slice::from_ref(&ana)).await.unwrap();
    assert_eq!(told(&again), [(ana.as_str(), Kind::NotFound)]);

    // An EnterpriseLWA account: the person stays, kept out, and stays in the rooms.
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    let (ana, bob) = (add(&world, &id, "ana@example.com").await.id, add(&world, &id, "bob@example.com").await.id);
    let room = rooms::create(service, &alice, &id, "room", None).await.unwrap().id;
    let joining = |id: &PersonId| Joining { member: id.as_str().to_owned(), role: Some(MemberRole::Member) };
    rooms::members::add(service, &alice, &id, &room, &joining(&ana)).await.unwrap();
    people::suspend(service, &alice, &id, &[ana.clone(), bob.clone()]).await.unwrap();
    let row = people::show(service, &alice, &id, &ana).await.unwrap();
    assert_eq!((row.registration, row.signed_out_at.is_some()), (RegistrationStatus::Suspended, true));
    let members = rooms::members::list(service, &alice, &id, &room, None, 10).await.unwrap().0;
    assert_eq!(members.len(), 1);
    assert_eq!(kind(rooms::members::add(service, &alice, &id, &room, &joining(&bob)).await), Kind::Invalid);
    people::unsuspend(service, &alice, &id, std::slice::from_ref(&bob)).await.unwrap();
    rooms::members::add(service, &alice, &id, &room, &joining(&bob)).await.unwrap();
    assert_eq!(kind(accounts::delete(service, &alice, &id).await), Kind::Conflict);
}

#[tokio::test]
async fn sessions_switches_and_pins() {
    let world = World::new().await;
    let (service, alice) = (&world.service, alice());
    let id = world.enterprise(AccountType::EnterpriseDirectory).await;
    let ana = add(&world, &id, "ana@example.com").await.id;
    let nobody = PersonId::new("no-such-user");
    assert_eq!(people::settings(service, &alice, &id, &ana).await.unwrap(), Telephony::default());
    let quiet = Telephony { inbound_calling: false, outbound_calling: false, sms: false };
    people::set_settings(service, &alice, &id, &ana, quiet).await.unwrap();
    assert_eq!(people::settings(service, &alice, &id, &ana).await.unwrap(), quiet);
    assert_eq!(kind(people::settings(service, &alice, &id, &nobody).await), Kind::NotFound);
    assert_eq!(kind(people::set_settings(service, &alice, &id, &nobody, quiet).await), Kind::NotFound);

    people::log_out(service, &alice, &id, &ana).await.unwrap();
    let row = people::show(service, &alice, &id, &ana).await.unwrap();
    assert!(row.signed_out_at.is_some());
    assert_eq!(row.registration, RegistrationStatus::Registered, "no suspension");
    assert_eq!(kind(people::log_out(service, &alice, &id, &nobody).await), Kind::NotFound);

    let first = people::reset_pin(service, &alice, &id, &ana).await.unwrap().pin.unwrap();
    let second = people::reset_pin(service, &alice, &id, &ana).await.unwrap().pin.unwrap();
    assert_ne!(first, second);
    assert!(second.len() == 10 && second.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(people::show(service, &alice, &id, &ana).await.unwrap().pin, Some(second));
    assert_eq!(kind(people::reset_pin(service, &alice, &id, &nobody).await), Kind::NotFound);
}

/// T-M2 for people, from two servers on one database.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_additions_of_one_address_one_succeeds() {
    let world = World::new().await;
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    let nodes = [world.service.clone(), world.neighbour("node-2")];
    for round in 0..20 {
        let additions = (0..8).map(|number: usize| {
            let (service, id) = (nodes[number % 2].clone(), id.clone());
            let email = format!("{}@example.com", if number < 4 { format!("p{round}") } else { format!("P{round}") });
            tokio::spawn(async move { people::create(&service, &alice(), &id, &new(&email)).await })
        });
        let outcomes: Vec<_> = join_all(additions).await.into_iter().map(|joined| joined.unwrap()).collect();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "round {round}");
        assert!(outcomes.into_iter().filter_map(Result::err).all(|error| error.kind() == Kind::Conflict));
        assert_eq!(everybody(&world, &id).await.len(), round + 1);
    }
}

/// A suspension and changes of license at once: all hold, whoever is first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_suspension_and_a_change_at_once_both_hold() {
    let world = World::new().await;
    let id = world.enterprise(AccountType::EnterpriseLwa).await;
    let ana = add(&world, &id, "ana@example.com").await.id;
    let nodes = [world.service.clone(), world.neighbour("node-2")];
    for round in 0..20 {
        let wanted = if round % 2 == 0 { License::Basic } else { License::Pro };
        let (service, account, person) = (nodes[0].clone(), id.clone(), ana.clone());
        let suspend = tokio::spawn(async move { people::suspend(&service, &alice(), &account, &[person]).await });
        let (service, account, person) = (nodes[1].clone(), id.clone(), ana.clone());
        let update =
            tokio::spawn(async move { people::update(&service, &alice(), &account, &person, &license(wanted)).await });
        assert_eq!(told(&suspend.await.unwrap().unwrap()), []);
        update.await.unwrap().unwrap();
        let row = people::show(&world.service, &alice(), &id, &ana).await.unwrap();
        assert_eq!((row.registration, row.license), (RegistrationStatus::Suspended, wanted));
        people::unsuspend(&world.service, &alice(), &id, std::slice::from_ref(&ana)).await.unwrap();
    }
}

/// An account that is deleted while people are added: either both are there, or neither is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_added_to_an_account_that_goes() {
    let world = World::new().await;
    let nodes = [world.service.clone(), world.neighbour("node-2")];
    for _ in 0..20 {
        let id = world.enterprise(AccountType::EnterpriseLwa).await;
        let (service, account) = (nodes[0].clone(), id.clone());
        let delete = tokio::spawn(async move { accounts::delete(&service, &alice(), &account).await });
        let (service, account) = (nodes[1].clone(), id.clone());
        let create = tokio::spawn(async move { people::create(&service, &alice(), &account, &new("a@b.c")).await });
        match (delete.await.unwrap(), create.await.unwrap()) {
            (Ok(()), Err(error)) => {
                assert_eq!(error.kind(), Kind::NotFound);
                assert_eq!(kind(accounts::show(&world.service, &alice(), &id).await), Kind::NotFound);
            }
            (Err(error), Ok(person)) => {
                assert_eq!(error.kind(), Kind::Conflict);
                assert_eq!(everybody(&world, &id).await, [person]);
            }
            other => panic!("{other:?}"),
        }
    }
}
