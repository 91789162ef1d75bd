//! Chat accounts and the people in them.

use std::{collections::BTreeSet, sync::Arc};

use salon_core::{
    Kind, Permitted, ProjectId, Result,
    account::{
        Account, AccountFilter, AccountId, AccountType, Alexa, InviteStatus, Key, License, NewPerson, Person,
        PersonChanges, PersonFilter, PersonId, RegistrationStatus, RetentionChange, SettingsChange, Telephony,
        UserType,
        actions::{
            AccountAction, BatchSuspendUser, BatchUnsuspendUser, BatchUpdateUser, CreateUser, DeleteAccount,
            InviteUsers, ListUsers, LogoutUser, ResetPersonalPIN, UpdateAccount, UpdateUserSettings,
        },
        operator::{self, Convert, Dissolve, Enroll, EnrollPerson, Expel},
        permit, permit_create, permit_list,
        person::{Outcome, invited},
    },
    id::uuid_text,
    membership::ThingKind,
};
use tokio::task::JoinSet;

use crate::{
    lists::administrator,
    support::{Database, EPOCH, Seeded, World, actor, admin, name},
};

fn kind<T>(result: Result<T>) -> Kind {
    result.err().expect("it should have been refused").kind()
}

impl World {
    /// An account of project alpha, in the catalog.
    pub(crate) async fn account(&self, account_type: AccountType) -> AccountId {
        self.account_of("alpha", "An Account", account_type).await
    }

    async fn account_of(&self, project: &str, name: &str, account_type: AccountType) -> AccountId {
        let id = AccountId::new(uuid_text(&*self.entropy));
        let account = Account::new(id.clone(), ProjectId::new(project), name, account_type, self.now()).unwrap();
        self.catalog.enroll_account(&operator::permit::<Enroll>(account), &actor()).await.unwrap();
        id
    }

    pub(crate) async fn may<A: AccountAction>(&self, id: &AccountId) -> Permitted<Account, A> {
        permit(&self.policy, &admin(), self.catalog.account(id).await.unwrap().unwrap()).unwrap()
    }

    fn person(&self, account: &Account, email: &str) -> Person {
        let new = NewPerson { email: Some(email.to_owned()), ..NewPerson::default() };
        new.into_person(account, PersonId::new(uuid_text(&*self.entropy)), self.now()).unwrap()
    }

    /// A person in an Enterprise account.
    pub(crate) async fn member_of(&self, id: &AccountId, email: &str) -> PersonId {
        let account = self.may::<CreateUser>(id).await;
        let person = self.person(&account, email);
        self.catalog.create_person(&account, &person, &actor()).await.unwrap();
        person.id
    }

    async fn person_row(&self, account: &AccountId, person: &PersonId) -> Option<Person> {
        self.catalog.person_within_reach(account, person, &administrator()).await.unwrap().unwrap().person
    }

    async fn convert(&self, id: &AccountId, to: AccountType) {
        let before = operator::permit::<Convert>(self.catalog.account(id).await.unwrap().unwrap());
        let after = operator::convert(&before, to).unwrap();
        self.catalog.convert_account(&before, &after, self.now(), &actor()).await.unwrap();
    }

    /// Statements past the catalog.
    pub(crate) async fn raw(&self, script: &str) {
        match self.database {
            Database::Sqlite => {
                let connection = rusqlite::Connection::open(self.url.strip_prefix("sqlite:").unwrap()).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                connection.execute_batch(&format!("PRAGMA synchronous = OFF; BEGIN; {script}; COMMIT;")).unwrap();
            }
            Database::Postgres | Database::MariaDb => self.database.say(&self.url, script).await,
        }
    }
}

pub(crate) async fn what_is_written_of_an_account_is_read(world: World) {
    let catalog = &world.catalog;
    let now = world.now();
    let id = AccountId::new("a1");
    let account = Account::new(id.clone(), ProjectId::new("admin"), "Zażółć 🎉 '%_", AccountType::Team, now).unwrap();
    let permitted = permit_create(&world.policy, &admin(), account.clone()).unwrap();
    catalog.create_account(&permitted, 9, &actor()).await.unwrap();
    assert_eq!(kind(catalog.create_account(&permitted, 9, &actor()).await), Kind::Conflict);
    assert_eq!(catalog.account(&id).await.unwrap(), Some(account.clone()));
    for other in ["a", "A1", "a1 ", "a1\0", ""] {
        assert_eq!(catalog.account(&AccountId::new(other)).await.unwrap(), None, "{other:?}");
    }
    let before = operator::permit::<Convert>(account);
    let after = operator::convert(&before, AccountType::EnterpriseOidc).unwrap();
    let account = catalog.convert_account(&before, &after, world.now(), &actor()).await.unwrap();
    assert_eq!((account.account_type, account.revision), (AccountType::EnterpriseOidc, 2));

    let after = account
        .with_delegates(&["one".to_owned(), "zwei \"2\"".to_owned()])
        .unwrap()
        .with_settings(SettingsChange { disable_remote_control: Some(true), enable_dial_out: None })
        .with_retention(RetentionChange { room_days: Some(Some(30)), conversation_days: None }, now)
        .unwrap();
    let before = world.may::<UpdateAccount>(&id).await;
    let written = catalog.update_account(&before, &after, world.now(), &actor()).await.unwrap();
    assert_eq!(Account { revision: 2, updated_at: account.updated_at, ..written.clone() }, after);
    assert_eq!(catalog.account(&id).await.unwrap(), Some(written));
    assert_eq!(kind(catalog.update_account(&before, &after, world.now(), &actor()).await), Kind::Stale);

    let topics: Vec<String> = catalog.events(0, 10).await.unwrap().into_iter().map(|event| event.topic).collect();
    assert_eq!(topics, ["account.create", "account.update", "account.update"]);
}

/// What was permitted for one type of account is not done to another, and nothing is done to one that is gone.
pub(crate) async fn a_permission_ends_with_the_type_of_the_account(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::EnterpriseLwa).await;
    let ana = world.member_of(&id, "ana@example.com").await;
    let (create, suspend) = (world.may::<CreateUser>(&id).await, world.may::<BatchSuspendUser>(&id).await);
    let (update, delete) = (world.may::<UpdateAccount>(&id).await, world.may::<DeleteAccount>(&id).await);
    let bob = world.person(&create, "bob@example.com");
    world.convert(&id, AccountType::EnterpriseDirectory).await;
    assert_eq!(kind(catalog.create_person(&create, &bob, &actor()).await), Kind::Stale);
    let suspended = catalog.suspend_people(&suspend, std::slice::from_ref(&ana), world.now(), &actor()).await;
    assert_eq!(kind(suspended), Kind::Stale);
    assert_eq!(kind(catalog.update_account(&update, &update, world.now(), &actor()).await), Kind::Stale);
    assert_eq!(kind(catalog.delete_account(&delete, world.now(), &actor()).await), Kind::Stale);
    world.convert(&id, AccountType::EnterpriseLwa).await;
    catalog.suspend_people(&suspend, &[ana], world.now(), &actor()).await.unwrap();
    catalog.delete_account(&delete, world.now(), &actor()).await.unwrap();
    assert_eq!(kind(catalog.create_person(&create, &bob, &actor()).await), Kind::Stale);
    assert_eq!(kind(catalog.delete_account(&delete, world.now(), &actor()).await), Kind::Stale);
}

async fn accounts_of(world: &World, project: &str, filter: &AccountFilter, page: u32) -> Vec<String> {
    let caller = salon_core::Caller { scope: salon_core::Scope::Project(ProjectId::new(project)), ..admin() };
    let permitted = permit_list(&world.policy, &caller).unwrap();
    let mut names = Vec::new();
    let mut after: Option<Key> = None;
    loop {
        let found = world.catalog.accounts(&permitted, filter, after.as_ref(), page).await.unwrap();
        let Some(last) = found.last() else { return names };
        after = Some(Key { at: last.created_at, id: last.id.as_str().to_owned() });
        names.extend(found.into_iter().map(|account| account.name));
    }
}

pub(crate) async fn accounts_are_listed_by_prefix_and_person(world: World) {
    let names = ["Entry", "entry", "En%", "Ent", "Team", "Żaba"];
    let mut ids = Vec::new();
    for name in names {
        ids.push(world.account_of("alpha", name, AccountType::EnterpriseLwa).await);
    }
    let foreign = world.account_of("beta", "Ent of beta", AccountType::EnterpriseLwa).await;
    for account in [&ids[1], &ids[4], &foreign] {
        world.member_of(account, "Ana@Example.com").await;
    }
    let prefix = |text: &str| AccountFilter { name_prefix: Some(text.to_owned()), email: None };
    let email = |text: &str| AccountFilter { name_prefix: None, email: Some(text.to_owned()) };
    for page in [1, 2, 10] {
        assert_eq!(accounts_of(&world, "alpha", &AccountFilter::default(), page).await, names);
        assert_eq!(accounts_of(&world, "alpha", &prefix("Ent"), page).await, ["Entry", "Ent"]);
        assert_eq!(accounts_of(&world, "alpha", &prefix("En%"), page).await, ["En%"]);
        assert_eq!(accounts_of(&world, "alpha", &prefix("Ż"), page).await, ["Żaba"]);
        assert_eq!(accounts_of(&world, "alpha", &prefix("Entry "), page).await, Vec::<String>::new());
        assert_eq!(accounts_of(&world, "alpha", &email("ana@example.COM"), page).await, ["entry", "Team"]);
        assert_eq!(accounts_of(&world, "alpha", &email("ana@example.co"), page).await, Vec::<String>::new());
        assert_eq!(accounts_of(&world, "beta", &email("ana@example.com"), page).await, ["Ent of beta"]);
        assert_eq!(accounts_of(&world, "gamma", &AccountFilter::default(), page).await, Vec::<String>::new());
    }
    let both = AccountFilter { name_prefix: Some("T".to_owned()), email: Some("ana@example.com".to_owned()) };
    assert_eq!(accounts_of(&world, "alpha", &both, 10).await, ["Team"]);
    assert_eq!(accounts_of(&world, "alpha", &prefix("a\0"), 10).await, Vec::<String>::new());
    assert_eq!(world.catalog.all_accounts(None, None, 100).await.unwrap().len(), 7);
    let beta = world.catalog.all_accounts(Some(&ProjectId::new("beta")), None, 100).await.unwrap();
    assert_eq!(beta.len(), 1);
}

pub(crate) async fn an_address_is_in_an_account_once(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::EnterpriseLwa).await;
    let other = world.account(AccountType::EnterpriseLwa).await;
    let ana = world.member_of(&id, "ana@example.com").await;
    let account = world.may::<CreateUser>(&id).await;
    for same in ["ana@example.com", "ANA@example.com", "Ana@Example.COM"] {
        let person = world.person(&account, same);
        assert_eq!(kind(catalog.create_person(&account, &person, &actor()).await), Kind::Conflict, "{same}");
    }
    // Nothing but ASCII letters folds, and nothing is padded, on any database.
    for another in ["ana@example.com ", "żaba@example.com", "ŻABA@example.com", "aña@example.com", "ana@example.co"]
    {
        world.member_of(&id, another).await;
    }
    let elsewhere = world.member_of(&other, "ana@example.com").await;
    assert_ne!(ana, elsewhere);
    // A person is found in its own account only.
    assert_eq!(catalog.person_within_reach(&other, &ana, &administrator()).await.unwrap().unwrap().person, None);
    assert_eq!(catalog.person_within_reach(&AccountId::new("nowhere"), &ana, &administrator()).await.unwrap(), None);
    assert_eq!(world.person_row(&id, &PersonId::new("a\0b")).await, None);
    assert_eq!(world.person_row(&id, &ana).await.unwrap().email, "ana@example.com");
}

pub(crate) async fn a_person_is_read_as_written(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::EnterpriseLwa).await;
    let account = world.may::<CreateUser>(&id).await;
    let new = NewPerson {
        email: Some("Żółw@Example.com".to_owned()),
        name: Some("Zażółć 🎉 \"'%_\\".to_owned()),
        user_type: Some(UserType::SharedDevice),
    };
    let person = new.into_person(&account, PersonId::new("p1"), world.now()).unwrap();
    catalog.create_person(&account, &person, &actor()).await.unwrap();
    assert_eq!(world.person_row(&id, &person.id).await, Some(person.clone()));
    let telephony = Telephony { inbound_calling: false, outbound_calling: true, sms: false };
    let set = world.may::<UpdateUserSettings>(&id).await;
    catalog.set_person_settings(&set, &person.id, telephony, world.now(), &actor()).await.unwrap();
    let logout = world.may::<LogoutUser>(&id).await;
    let out = world.now();
    catalog.sign_out_person(&logout, &person.id, out, &actor()).await.unwrap();
    assert_eq!(kind(catalog.sign_out_person(&logout, &PersonId::new("p2"), out, &actor()).await), Kind::NotFound);
    let alexa = Alexa { enabled: true, room_arn: Some("arn:aws:a4b:us-east-1:111122223333:room/1/2".to_owned()) };
    let changes = PersonChanges {
        license: Some(License::Basic),
        user_type: Some(UserType::PrivateUser),
        alexa: Some(alexa.clone()),
    };
    let update = world.may::<BatchUpdateUser>(&id).await;
    let now = world.now();
    let outcomes = catalog.update_people(&update, &[(person.id.clone(), changes)], now, &actor()).await.unwrap();
    let expected = Person {
        license: License::Basic,
        user_type: UserType::PrivateUser,
        alexa,
        telephony,
        signed_out_at: Some(out),
        updated_at: now,
        ..person
    };
    assert_eq!(world.person_row(&id, &expected.id).await, Some(expected.clone()));
    assert!(matches!(&outcomes[..], [Ok(Outcome::Changed(after))] if *after == expected));
    // Nothing told to the outside names anybody.
    for event in catalog.events(0, 100).await.unwrap() {
        assert!(!event.payload.contains("Example.com") && !event.payload.contains("Za"), "{}", event.payload);
    }
}

pub(crate) async fn people_change_one_by_one(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::EnterpriseLwa).await;
    let other = world.account(AccountType::EnterpriseLwa).await;
    let (ana, bob) = (world.member_of(&id, "ana@example.com").await, world.member_of(&id, "bob@example.com").await);
    let eve = world.member_of(&other, "eve@example.com").await;
    let suspend = world.may::<BatchSuspendUser>(&id).await;
    let people = [bob.clone(), PersonId::new("nobody"), eve.clone(), ana.clone(), bob.clone()];
    let outcomes = catalog.suspend_people(&suspend, &people, world.now(), &actor()).await.unwrap();
    let kinds: Vec<_> = outcomes.into_iter().map(|outcome| outcome.map_err(|error| error.kind())).collect();
    let [Ok(Outcome::Changed(_)), Err(Kind::NotFound), Err(Kind::NotFound), Ok(Outcome::Changed(_)), Ok(last)] =
        &kinds[..]
    else {
        panic!("{kinds:?}")
    };
    assert!(matches!(last, Outcome::Kept(_)), "twice in one call");
    assert_eq!(world.person_row(&id, &ana).await.unwrap().registration, RegistrationStatus::Suspended);
    assert_eq!(world.person_row(&other, &eve).await.unwrap().registration, RegistrationStatus::Registered);
    let unsuspend = world.may::<BatchUnsuspendUser>(&id).await;
    catalog.unsuspend_people(&unsuspend, std::slice::from_ref(&ana), world.now(), &actor()).await.unwrap();
    let update = world.may::<BatchUpdateUser>(&id).await;
    let license = |license| PersonChanges { license: Some(license), ..PersonChanges::default() };
    let changes = [(ana.clone(), license(License::ProTrial)), (bob.clone(), license(License::Basic))];
    let outcomes = catalog.update_people(&update, &changes, world.now(), &actor()).await.unwrap();
    assert!(matches!(&outcomes[..], [Err(error), Ok(_)] if error.kind() == Kind::Invalid));
    let row = world.person_row(&id, &ana).await.unwrap();
    assert_eq!((row.license, row.registration), (License::Pro, RegistrationStatus::Registered));
    let row = world.person_row(&id, &bob).await.unwrap();
    assert_eq!((row.license, row.registration), (License::Basic, RegistrationStatus::Suspended));
}

pub(crate) async fn people_of_a_team_come_by_invitation_and_leave(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::Team).await;
    let invite = world.may::<InviteUsers>(&id).await;
    let records = |emails: &[&str]| -> Vec<Person> {
        let one = |email: &&str| {
            let id = PersonId::new(uuid_text(&*world.entropy));
            invited(&invite, id, uuid_text(&*world.entropy), email, None, world.now()).unwrap()
        };
        emails.iter().map(one).collect()
    };
    let asked = records(&["ana@example.com", "bob@example.com", "ANA@example.com"]);
    let invites = catalog.invite_people(&invite, &asked, &actor()).await.unwrap();
    assert_eq!(invites[0].id, invites[2].id, "one person, one invitation");
    assert_eq!(invites[2].email, "ANA@example.com");
    assert!(invites.iter().all(|invite| invite.status == InviteStatus::Pending));
    let ana = asked[0].id.clone();
    let row = world.person_row(&id, &ana).await.unwrap();
    assert_eq!((row.registration, row.invitation), (RegistrationStatus::Unregistered, Some(InviteStatus::Pending)));
    assert_eq!(row.invited_at, asked[2].invited_at);
    assert_eq!(world.person_row(&id, &asked[2].id).await, None);

    let enroll = operator::permit::<EnrollPerson>(catalog.account(&id).await.unwrap().unwrap());
    let inside = catalog.enroll_person(&enroll, &world.person(&enroll, "ana@example.com"), &actor()).await.unwrap();
    assert_eq!((inside.id.clone(), inside.registration), (ana.clone(), RegistrationStatus::Registered));
    assert_eq!(world.person_row(&id, &ana).await, Some(inside));
    let again = catalog.enroll_person(&enroll, &world.person(&enroll, "ana@example.com"), &actor()).await;
    assert_eq!(kind(again), Kind::Conflict);
    let invites = catalog.invite_people(&invite, &records(&["ana@example.com"]), &actor()).await.unwrap();
    assert_eq!(invites[0].status, InviteStatus::Accepted);
    assert_eq!(catalog.all_people(&enroll, None, 10).await.unwrap().len(), 2);

    let suspend = world.may::<BatchSuspendUser>(&id).await;
    let gone = catalog.suspend_people(&suspend, &[ana.clone(), ana.clone()], world.now(), &actor()).await.unwrap();
    assert!(matches!(&gone[..], [Ok(Outcome::Left), Err(error)] if error.kind() == Kind::NotFound));
    assert_eq!(world.person_row(&id, &ana).await, None);
    let invites = catalog.invite_people(&invite, &records(&["ana@example.com"]), &actor()).await.unwrap();
    assert_eq!(invites[0].status, InviteStatus::Pending, "back by a new invitation only");
}

async fn walk(world: &World, id: &AccountId, filter: &PersonFilter, page: u32) -> Vec<String> {
    let account = world.may::<ListUsers>(id).await;
    let (mut emails, mut after) = (Vec::new(), None::<Key>);
    loop {
        let found = world.catalog.people(&account, filter, after.as_ref(), page).await.unwrap();
        let Some(last) = found.last() else { return emails };
        after = Some(Key { at: last.created_at, id: last.id.as_str().to_owned() });
        emails.extend(found.into_iter().map(|person| person.email));
    }
}

pub(crate) async fn people_are_listed_once_each(world: World) {
    let id = world.account(AccountType::EnterpriseLwa).await;
    let other = world.account(AccountType::EnterpriseLwa).await;
    world.member_of(&other, "eve@example.com").await;
    let account = world.may::<CreateUser>(&id).await;
    let now = world.now();
    let mut expected = Vec::new();
    for number in 0..25_u32 {
        // Several share an instant: then the id decides.
        let user_type = if number % 3 == 0 { UserType::SharedDevice } else { UserType::PrivateUser };
        let new = NewPerson { email: Some(format!("p{number}@example.com")), name: None, user_type: Some(user_type) };
        let at = salon_core::Timestamp(now.0 + i64::from(number / 4));
        let person = new.into_person(&account, PersonId::new(uuid_text(&*world.entropy)), at).unwrap();
        world.catalog.create_person(&account, &person, &actor()).await.unwrap();
        expected.push((at, person.id.as_str().to_owned(), person.email, user_type));
    }
    expected.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let all: Vec<String> = expected.iter().map(|(_, _, email, _)| email.clone()).collect();
    let devices: Vec<String> =
        expected.iter().filter(|one| one.3 == UserType::SharedDevice).map(|one| one.2.clone()).collect();
    for page in [1, 4, 7, 100] {
        assert_eq!(walk(&world, &id, &PersonFilter::default(), page).await, all);
        let filter = PersonFilter { email: None, user_type: Some(UserType::SharedDevice) };
        assert_eq!(walk(&world, &id, &filter, page).await, devices);
        let one = PersonFilter { email: Some("P9@example.com".to_owned()), user_type: None };
        assert_eq!(walk(&world, &id, &one, page).await, ["p9@example.com"]);
        let none = PersonFilter { user_type: Some(UserType::PrivateUser), ..one };
        assert_eq!(walk(&world, &id, &none, page).await, Vec::<String>::new());
        let foreign = PersonFilter { email: Some("eve@example.com".to_owned()), user_type: None };
        assert_eq!(walk(&world, &id, &foreign, page).await, Vec::<String>::new());
    }
}

pub(crate) async fn an_account_goes_with_what_is_left_in_it(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::EnterpriseLwa).await;
    let other = world.account(AccountType::EnterpriseLwa).await;
    let (ana, eve) = (world.member_of(&id, "ana@example.com").await, world.member_of(&other, "eve@example.com").await);
    let delete = world.may::<DeleteAccount>(&id).await;
    assert_eq!(kind(catalog.delete_account(&delete, world.now(), &actor()).await), Kind::Conflict);
    let suspend = world.may::<BatchSuspendUser>(&id).await;
    catalog.suspend_people(&suspend, std::slice::from_ref(&ana), world.now(), &actor()).await.unwrap();
    world
        .raw(&format!(
            "INSERT INTO rooms (id, account_id, name, created_by, created_at, updated_at) \
             VALUES ('r1', '{id}', 'room', 'arn', 1, 1)"
        ))
        .await;
    assert_eq!(kind(catalog.delete_account(&delete, world.now(), &actor()).await), Kind::Conflict);
    world.raw("DELETE FROM rooms").await;
    catalog.delete_account(&delete, world.now(), &actor()).await.unwrap();
    assert_eq!(catalog.account(&id).await.unwrap(), None);
    assert_eq!(catalog.person_within_reach(&id, &ana, &administrator()).await.unwrap(), None);
    assert!(world.person_row(&other, &eve).await.is_some());
    let gone = catalog.events(0, 100).await.unwrap().pop().unwrap();
    assert_eq!((gone.topic.as_str(), gone.thing_id.as_str()), ("account.delete", id.as_str()));
}

pub(crate) async fn the_operator_removes_people_and_accounts(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::EnterpriseDirectory).await;
    let (ana, bob) = (world.member_of(&id, "ana@example.com").await, world.member_of(&id, "bob@example.com").await);
    let mut rooms = Vec::new();
    for number in 0..3 {
        let room = world.room(&id, &format!("room {number}")).await;
        world.join(&id, &room, ana.as_str()).await.unwrap();
        world.join(&id, &room, bob.as_str()).await.unwrap();
        rooms.push(room);
    }
    let expel = operator::permit::<Expel>(catalog.account(&id).await.unwrap().unwrap());
    let gone = async |person: &PersonId| catalog.expel_person(&expel, person, world.now(), &actor()).await;
    gone(&ana).await.unwrap();
    assert_eq!(kind(gone(&ana).await), Kind::NotFound);
    assert_eq!(kind(gone(&PersonId::new("a\0")).await), Kind::NotFound);
    assert_eq!(world.person_row(&id, &ana).await, None);
    for room in &rooms {
        let members = world.in_room(&id, room).await;
        assert_eq!(members.iter().map(|one| one.guest.id.as_str()).collect::<Vec<_>>(), [bob.as_str()]);
        let history = catalog.member_history(ThingKind::Room, room.as_str(), 0, 10).await.unwrap();
        assert_eq!(
            history.iter().map(|entry| entry.change.as_str()).collect::<Vec<_>>(),
            ["invite", "invite", "revoke"]
        );
    }
    world.member_of(&id, "ana@example.com").await;
    let other = world.account(AccountType::EnterpriseDirectory).await;
    let foreign = operator::permit::<Expel>(catalog.account(&other).await.unwrap().unwrap());
    let refused = catalog.expel_person(&foreign, &bob, world.now(), &actor()).await;
    assert_eq!(kind(refused), Kind::NotFound, "a person of another account");
    assert_eq!(world.in_room(&id, &rooms[0]).await.len(), 1);

    let dissolve = operator::permit::<Dissolve>(catalog.account(&id).await.unwrap().unwrap());
    assert_eq!(kind(catalog.dissolve_account(&dissolve, world.now(), &actor()).await), Kind::Conflict);
    world.raw("DELETE FROM rooms").await;
    catalog.dissolve_account(&dissolve, world.now(), &actor()).await.unwrap();
    assert_eq!(catalog.person_within_reach(&id, &bob, &administrator()).await.unwrap(), None);
}

/// Somebody who is removed while being added to rooms is in none of them afterwards.
pub(crate) async fn nobody_is_in_a_room_who_is_not_in_the_account(world: World) {
    let id = world.account(AccountType::EnterpriseLwa).await;
    let rooms = Arc::new([world.room(&id, "one").await, world.room(&id, "two").await, world.room(&id, "three").await]);
    for round in 0..12 {
        let ana = world.member_of(&id, "ana@example.com").await;
        world.join(&id, &rooms[round % 3], ana.as_str()).await.unwrap();
        let mut tasks = JoinSet::new();
        for at in 0..2 {
            let (other, id, ana, rooms) = (world.clone(), id.clone(), ana.clone(), Arc::clone(&rooms));
            tasks.spawn(async move {
                let joined = other.join(&id, &rooms[(round + 1 + at) % 3], ana.as_str()).await;
                assert!(matches!(joined.map_err(|error| error.kind()), Ok(_) | Err(Kind::NotFound)));
            });
        }
        let (other, id_again, ana_again) = (world.clone(), id.clone(), ana.clone());
        tasks.spawn(async move {
            let mut tries = 0;
            loop {
                let account = other.catalog.account(&id_again).await.unwrap().unwrap();
                let expel = operator::permit::<Expel>(account);
                match other.catalog.expel_person(&expel, &ana_again, other.now(), &actor()).await {
                    Err(error) if error.kind() == Kind::Stale && tries < 20 => tries += 1,
                    outcome => return outcome.unwrap(),
                }
            }
        });
        tasks.join_all().await;
        for room in &*rooms {
            assert_eq!(world.in_room(&id, room).await.len(), 0);
        }
        assert_eq!(world.catalog.things_of_member(ThingKind::Room, &name(ana.as_str()), None, 9).await.unwrap(), []);
    }
}

pub(crate) async fn a_pin_is_one_persons(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::EnterpriseLwa).await;
    let other = world.account(AccountType::Team).await;
    let (ana, bob) = (world.member_of(&id, "ana@example.com").await, world.member_of(&id, "bob@example.com").await);
    let reset = world.may::<ResetPersonalPIN>(&id).await;
    let set = async |person: &PersonId, pin: &str| catalog.set_pin(&reset, person, pin, world.now(), &actor()).await;
    assert_eq!(set(&ana, "0123456789").await.unwrap().pin.as_deref(), Some("0123456789"));
    assert_eq!(kind(set(&bob, "0123456789").await), Kind::Stale);
    assert_eq!(kind(set(&PersonId::new("nobody"), "1").await), Kind::NotFound);
    set(&ana, "1123456789").await.unwrap();
    set(&bob, "0123456789").await.unwrap();
    let foreign = world.may::<ResetPersonalPIN>(&other).await;
    let refused = catalog.set_pin(&foreign, &ana, "2123456789", world.now(), &actor()).await;
    assert_eq!(kind(refused), Kind::NotFound, "a person of another account");
}

pub(crate) async fn a_secret_is_made_once(world: World) {
    let mut tasks = JoinSet::new();
    for seed in 0..8 {
        let catalog = world.catalog.clone();
        tasks.spawn(async move { catalog.secret("pages", &Seeded::new(seed)).await.unwrap() });
    }
    let secrets: BTreeSet<[u8; 32]> = tasks.join_all().await.into_iter().collect();
    assert_eq!(secrets.len(), 1);
    assert!(!secrets.contains(&world.catalog.secret("other", &Seeded::new(9)).await.unwrap()));
    assert!(secrets.contains(&world.catalog.secret("pages", &Seeded::new(10)).await.unwrap()));
}

/// One thing that is done to people, in the random case.
#[derive(Debug)]
enum Step {
    Create(String),
    Suspend(usize),
    Unsuspend(usize),
    License(usize, License),
    Pin(usize, String),
    Expel(usize),
}

/// What a person should be like: e-mail key, registration, license, PIN.
type Expected = (String, RegistrationStatus, License, Option<String>);

/// The same, done by plain rules to a plain list; the answer is the kind of error.
fn model(
    people: &mut Vec<(PersonId, Expected)>,
    known: &[PersonId],
    step: &Step,
    fresh: &PersonId,
) -> Result<(), Kind> {
    let at = match step {
        Step::Create(email) => {
            let key = email.to_lowercase();
            if people.iter().any(|(_, one)| one.0 == key) {
                return Err(Kind::Conflict);
            }
            people.push((fresh.clone(), (key, RegistrationStatus::Registered, License::Pro, None)));
            return Ok(());
        }
        Step::Suspend(at) | Step::Unsuspend(at) | Step::License(at, _) | Step::Pin(at, _) | Step::Expel(at) => *at,
    };
    let at = people.iter().position(|(id, _)| Some(id) == known.get(at)).ok_or(Kind::NotFound)?;
    match step {
        Step::Create(_) => {}
        Step::Suspend(_) => people[at].1.1 = RegistrationStatus::Suspended,
        Step::Unsuspend(_) => people[at].1.1 = RegistrationStatus::Registered,
        Step::License(_, License::Plus | License::ProTrial) => return Err(Kind::Invalid),
        Step::License(_, license) => people[at].1.2 = *license,
        Step::Pin(_, pin) => {
            if people.iter().any(|(_, one)| one.3.as_ref() == Some(pin)) {
                return Err(Kind::Stale);
            }
            people[at].1.3 = Some(pin.clone());
        }
        Step::Expel(_) => drop(people.remove(at)),
    }
    Ok(())
}

/// Whatever is done to the people of an account in a row, the catalog answers and ends as plain rules on a list do.
pub(crate) async fn random_changes_of_people_agree_with_the_model(world: World) {
    let catalog = &world.catalog;
    let id = world.account(AccountType::EnterpriseLwa).await;
    let (mut expected, mut known) = (Vec::new(), vec![PersonId::new("nobody")]);
    for _ in 0..250 {
        let at = usize::try_from(world.entropy.below(known.len() as u64)).unwrap();
        let licenses = [License::Basic, License::Pro, License::Plus, License::ProTrial];
        let step = match world.entropy.below(12) {
            0..=3 => Step::Create(format!("{}{}@example.com", ["p", "P"][at % 2], world.entropy.below(12))),
            4 | 5 => Step::Suspend(at),
            6 => Step::Unsuspend(at),
            7 | 8 => Step::License(at, licenses[usize::try_from(world.entropy.below(4)).unwrap()]),
            9 | 10 => Step::Pin(at, format!("{:010}", world.entropy.below(6))),
            _ => Step::Expel(at),
        };
        let fresh = PersonId::new(uuid_text(&*world.entropy));
        let wanted = model(&mut expected, &known, &step, &fresh);
        let now = world.now();
        let first = |outcomes: Vec<Result<Outcome>>| outcomes.into_iter().next().unwrap().map(drop);
        let done = match &step {
            Step::Create(email) => {
                let account = world.may::<CreateUser>(&id).await;
                let new = NewPerson { email: Some(email.clone()), ..NewPerson::default() };
                let person = new.into_person(&account, fresh.clone(), now).unwrap();
                catalog.create_person(&account, &person, &actor()).await
            }
            Step::Suspend(at) => {
                let account = world.may::<BatchSuspendUser>(&id).await;
                first(catalog.suspend_people(&account, &known[*at..=*at], now, &actor()).await.unwrap())
            }
            Step::Unsuspend(at) => {
                let account = world.may::<BatchUnsuspendUser>(&id).await;
                first(catalog.unsuspend_people(&account, &known[*at..=*at], now, &actor()).await.unwrap())
            }
            Step::License(at, license) => {
                let account = world.may::<BatchUpdateUser>(&id).await;
                let changes = PersonChanges { license: Some(*license), ..PersonChanges::default() };
                let changes = [(known[*at].clone(), changes)];
                first(catalog.update_people(&account, &changes, now, &actor()).await.unwrap())
            }
            Step::Pin(at, pin) => {
                let account = world.may::<ResetPersonalPIN>(&id).await;
                catalog.set_pin(&account, &known[*at], pin, now, &actor()).await.map(drop)
            }
            Step::Expel(at) => {
                let account = operator::permit::<Expel>(catalog.account(&id).await.unwrap().unwrap());
                catalog.expel_person(&account, &known[*at], now, &actor()).await
            }
        };
        assert_eq!(done.map_err(|error| error.kind()), wanted, "{step:?}");
        if wanted.is_ok() && matches!(step, Step::Create(_)) {
            known.push(fresh);
        }
    }
    let account = world.may::<ListUsers>(&id).await;
    let found = catalog.people(&account, &PersonFilter::default(), None, 100).await.unwrap();
    let found: Vec<(PersonId, Expected)> = found
        .into_iter()
        .map(|one| (one.id, (one.email.to_lowercase(), one.registration, one.license, one.pin)))
        .collect();
    assert!(!found.is_empty());
    assert_eq!(found, expected);
}

/// People `from..to` of an account, written past the catalog; every tenth is a device.
async fn fill(world: &World, id: &AccountId, from: u32, to: u32) {
    for from in (from..to).step_by(1000) {
        let rows: Vec<String> = (from..to.min(from + 1000))
            .map(|n| {
                let scattered = u64::from(n) * 7919 % 1_000_003;
                let user_type = if n % 10 == 0 { "SharedDevice" } else { "PrivateUser" };
                let registration = if n % 4 == 0 { "Suspended" } else { "Registered" };
                format!(
                    "('{id}-{n}', '{id}', 'alpha', 'P{n}@example.com', 'p{n}@example.com', 'P', 'Pro', '{user_type}', \
                     '{registration}', 0, 1, 1, 1, {at}, {at})",
                    at = EPOCH + i64::try_from(scattered).unwrap()
                )
            })
            .collect();
        world
            .raw(&format!(
                "INSERT INTO people (id, account_id, project_id, email, email_key, display_name, license, user_type, \
                 registration, alexa_enabled, inbound_calling, outbound_calling, sms, created_at, updated_at) VALUES {}",
                rows.join(", ")
            ))
            .await;
    }
    if world.database == Database::Postgres {
        world.raw("ANALYZE people").await;
    }
}

/// With a hundred times as many people, and in the middle of the list as at its beginning, a page costs what it cost.
pub(crate) async fn pages_of_people_cost_the_same_at_any_depth(world: World) {
    let id = AccountId::new("acc");
    let account = Account::new(id.clone(), ProjectId::new("alpha"), "Big", AccountType::EnterpriseLwa, world.now());
    world.catalog.enroll_account(&operator::permit::<Enroll>(account.unwrap()), &actor()).await.unwrap();
    let filters = [
        PersonFilter::default(),
        PersonFilter { email: None, user_type: Some(UserType::SharedDevice) },
        PersonFilter { email: Some("p77@example.com".to_owned()), user_type: None },
        PersonFilter { email: Some("nobody@example.com".to_owned()), user_type: Some(UserType::PrivateUser) },
    ];
    fill(&world, &id, 1, 1_000).await;
    let mut small = Vec::new();
    for filter in &filters {
        small.push(world.catalog.people_steps(&id, filter, None, 100).await.unwrap());
    }
    fill(&world, &id, 1_000, 100_000).await;
    let middle = Key { at: salon_core::Timestamp(EPOCH + 500_000), id: String::new() };
    let mut wrong = Vec::new();
    for (filter, small) in filters.iter().zip(small) {
        let first = world.catalog.people_steps(&id, filter, None, 100).await.unwrap();
        let deep = world.catalog.people_steps(&id, filter, Some(&middle), 100).await.unwrap();
        let most = small * 2 + 2_000;
        if first > most || deep > most {
            wrong.push(format!("{filter:?}: {small} steps with 1 000 people, {first} and {deep} with 100 000"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // And so many are no hindrance to the end of the account, which is one statement.
    world.raw("UPDATE people SET registration = 'Suspended'").await;
    let delete = world.may::<DeleteAccount>(&id).await;
    world.catalog.delete_account(&delete, world.now(), &actor()).await.unwrap();
    assert_eq!(world.catalog.account(&id).await.unwrap(), None);
}

/// T-M2 for people: of many that add one address at once, one does.
pub(crate) async fn parallel_adds_of_an_address_make_one_person(world: World) {
    let id = world.account(AccountType::EnterpriseLwa).await;
    let account = Arc::new(world.may::<CreateUser>(&id).await);
    for round in 0..15 {
        let mut tasks = JoinSet::new();
        for at in 0..8 {
            let (world, account) = (world.clone(), Arc::clone(&account));
            tasks.spawn(async move {
                let email = if at % 2 == 0 { format!("p{round}@example.com") } else { format!("P{round}@Example.com") };
                let person = world.person(&account, &email);
                world.catalog.create_person(&account, &person, &actor()).await
            });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.into_iter().filter_map(Result::err).all(|error| error.kind() == Kind::Conflict));
        assert_eq!(walk(&world, &id, &PersonFilter::default(), 100).await.len(), round + 1);
    }
}

/// T-M4 for accounts: of many at the edge of the quota one passes.
pub(crate) async fn t_m4_a_project_has_a_quota_of_accounts(world: World) {
    for quota in 1..5 {
        let mut tasks = JoinSet::new();
        for at in 0..8 {
            let world = world.clone();
            tasks.spawn(async move {
                let id = AccountId::new(format!("{quota}-{at}"));
                let account = Account::new(id, ProjectId::new("admin"), "One", AccountType::Team, world.now()).unwrap();
                let permitted = permit_create(&world.policy, &admin(), account).unwrap();
                world.catalog.create_account(&permitted, quota, &actor()).await
            });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.into_iter().filter_map(Result::err).all(|error| error.kind() == Kind::OverLimit));
    }
}

/// T-M3 for people: a suspension and a change at once are both there afterwards.
pub(crate) async fn a_suspension_and_a_change_at_once_both_hold(world: World) {
    let id = world.account(AccountType::EnterpriseLwa).await;
    let people = [world.member_of(&id, "a@example.com").await, world.member_of(&id, "b@example.com").await];
    for round in 0..15 {
        let suspend = world.may::<BatchSuspendUser>(&id).await;
        let unsuspend = world.may::<BatchUnsuspendUser>(&id).await;
        let update = world.may::<BatchUpdateUser>(&id).await;
        let license = if round % 2 == 0 { License::Basic } else { License::Pro };
        let mut backwards = people.to_vec();
        backwards.reverse();
        let mut tasks = JoinSet::new();
        let (other, ids) = (world.clone(), people.to_vec());
        tasks.spawn(async move {
            other.catalog.suspend_people(&suspend, &ids, other.now(), &actor()).await.unwrap();
        });
        let (other, changes) = (world.clone(), backwards);
        tasks.spawn(async move {
            let changed = PersonChanges { license: Some(license), ..PersonChanges::default() };
            let changes: Vec<_> = changes.into_iter().map(|id| (id, changed.clone())).collect();
            other.catalog.update_people(&update, &changes, other.now(), &actor()).await.unwrap();
        });
        tasks.join_all().await;
        for person in &people {
            let row = world.person_row(&id, person).await.unwrap();
            assert_eq!((row.registration, row.license), (RegistrationStatus::Suspended, license));
        }
        world.catalog.unsuspend_people(&unsuspend, &people, world.now(), &actor()).await.unwrap();
    }
}

/// An account that is deleted while people are added: either it stays with them, or nothing of them is left.
pub(crate) async fn an_account_is_never_deleted_from_under_a_person(world: World) {
    let (mut deleted, mut kept) = (0, 0);
    for _ in 0..20 {
        let id = world.account(AccountType::EnterpriseLwa).await;
        let create = world.may::<CreateUser>(&id).await;
        let delete = world.may::<DeleteAccount>(&id).await;
        let person = world.person(&create, "ana@example.com");
        let mut tasks = JoinSet::new();
        let other = world.clone();
        tasks.spawn(async move { other.catalog.delete_account(&delete, other.now(), &actor()).await });
        let (other, added) = (world.clone(), person.clone());
        tasks.spawn(async move { other.catalog.create_person(&create, &added, &actor()).await });
        let outcomes: Vec<_> =
            tasks.join_all().await.into_iter().map(|outcome| outcome.map_err(|error| error.kind())).collect();
        let person = world.catalog.person_within_reach(&id, &person.id, &administrator()).await.unwrap();
        if outcomes.contains(&Err(Kind::Conflict)) {
            kept += 1;
            assert!(outcomes.contains(&Ok(())) && person.unwrap().person.is_some());
        } else {
            deleted += 1;
            assert!(outcomes.contains(&Ok(())) && outcomes.contains(&Err(Kind::Stale)), "{outcomes:?}");
            assert_eq!(person, None);
        }
    }
    assert_eq!(deleted + kept, 20);
}
