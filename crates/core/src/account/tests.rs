//! Rules of accounts and people.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;

use super::{
    Account, AccountChanges, AccountId, AccountType, License, NewPerson, Person, PersonChanges, PersonId,
    RegistrationStatus, RetentionChange, SettingsChange, Telephony, UserType, absent,
    actions::{
        BatchSuspendUser, BatchUnsuspendUser, CreateUser, DeleteAccount, GetAccount, GetRetentionSettings, InviteUsers,
        UpdateAccount,
    },
    aws_account_id,
    decide::{check_deletion, check_number},
    operator, permit, permit_create, permit_list,
    person::{self, Change, InviteStatus, Outcome, apply},
    texts, user_arn,
};
use crate::{
    Caller, Kind, ProjectId, Result, Scope,
    policy::{Policy, rules::RULES},
    testing::{at, caller},
};

fn account(account_type: AccountType) -> Account {
    Account::new(AccountId::new("acc-1"), ProjectId::new("alpha"), "Enterprise One", account_type, at(0)).unwrap()
}

fn ana(account: &Account) -> Person {
    let email = Some("Ana@Example.com".to_owned());
    let new = NewPerson { email, name: Some("Ana".to_owned()), user_type: None };
    new.into_person(account, PersonId::new("ana"), at(1)).unwrap()
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> Kind {
    result.unwrap_err().kind()
}

const TYPES: [AccountType; 4] =
    [AccountType::Team, AccountType::EnterpriseDirectory, AccountType::EnterpriseLwa, AccountType::EnterpriseOidc];

/// The 43 operations of the model that are not about phones.
const OPERATIONS: &str = "
    CreateAccount GetAccount ListAccounts UpdateAccount DeleteAccount GetAccountSettings
    UpdateAccountSettings AssociateSigninDelegateGroupsWithAccount
    DisassociateSigninDelegateGroupsFromAccount GetRetentionSettings PutRetentionSettings InviteUsers
    ListUsers GetUser UpdateUser BatchUpdateUser BatchSuspendUser BatchUnsuspendUser CreateUser
    LogoutUser GetUserSettings UpdateUserSettings ResetPersonalPIN CreateBot GetBot ListBots UpdateBot
    RegenerateSecurityToken PutEventsConfiguration GetEventsConfiguration DeleteEventsConfiguration
    CreateRoom GetRoom ListRooms UpdateRoom DeleteRoom RedactRoomMessage RedactConversationMessage
    CreateRoomMembership BatchCreateRoomMembership UpdateRoomMembership DeleteRoomMembership
    ListRoomMemberships
";

#[test]
fn every_operation_of_the_model_has_a_rule() {
    let names: BTreeSet<&str> = RULES.iter().filter_map(|rule| rule.name.strip_prefix("chime:")).collect();
    let missing: Vec<&str> = OPERATIONS.split_whitespace().filter(|name| !names.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    for (name, rule) in [("chime:GetRoom", "role:reader"), ("chime:CreateRoom", "role:member")] {
        assert!(RULES.iter().any(|one| one.name == name && one.check.contains(rule)), "{name}");
    }
}

/// T-A4, T-M8
#[test]
fn an_account_of_another_project_is_absent_whatever_the_rules_say() {
    let open = Policy::load(&[("policy.yaml", "\"chime:GetAccount\": \"\"\n")], true).unwrap();
    for policy in [Policy::defaults(), open] {
        let foreign = permit::<GetAccount>(&policy, &caller("beta", "member,reader"), account(AccountType::Team));
        let error = foreign.unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(error.message(), absent(&AccountId::new("acc-1")).message());
    }
    let policy = Policy::defaults();
    permit::<GetAccount>(&policy, &caller("ops", "admin,member,reader"), account(AccountType::Team)).unwrap();
    let unscoped = Caller { scope: Scope::Unscoped, ..caller("alpha", "admin") };
    assert_eq!(kind(permit::<GetAccount>(&policy, &unscoped, account(AccountType::Team))), Kind::NotFound);
}

#[test]
fn readers_read_and_members_write() {
    let policy = Policy::defaults();
    let reader = caller("alpha", "reader");
    permit::<GetAccount>(&policy, &reader, account(AccountType::Team)).unwrap();
    permit_list(&policy, &reader).unwrap();
    assert_eq!(kind(permit::<UpdateAccount>(&policy, &reader, account(AccountType::Team))), Kind::Forbidden);
    assert_eq!(kind(permit::<DeleteAccount>(&policy, &reader, account(AccountType::Team))), Kind::Forbidden);
    assert_eq!(kind(permit_create(&policy, &reader, account(AccountType::Team))), Kind::Forbidden);
    let member = caller("alpha", "member,reader");
    permit::<UpdateAccount>(&policy, &member, account(AccountType::Team)).unwrap();
    permit_create(&policy, &member, account(AccountType::Team)).unwrap();
    assert_eq!(kind(permit_create(&policy, &caller("beta", "admin"), account(AccountType::Team))), Kind::Forbidden);
    assert_eq!(kind(permit_list(&policy, &caller("alpha", ""))), Kind::Forbidden);
    assert_eq!(kind(permit::<GetAccount>(&policy, &caller("alpha", ""), account(AccountType::Team))), Kind::Forbidden);
}

#[test]
fn operations_are_for_their_types_of_account() {
    let policy = Policy::defaults();
    let member = caller("alpha", "member,reader");
    for have in TYPES {
        let (team, lwa) = (have == AccountType::Team, have == AccountType::EnterpriseLwa);
        let expect = |fits: bool, otherwise: Kind| if fits { Ok(()) } else { Err(otherwise) };
        let answer = |result: Result<()>| result.map_err(|error| error.kind());
        let of = || account(have);
        let retention = permit::<GetRetentionSettings>(&policy, &member, of()).map(drop);
        assert_eq!(answer(retention), expect(!team, Kind::Forbidden), "{have:?}");
        let create = permit::<CreateUser>(&policy, &member, of()).map(drop);
        assert_eq!(answer(create), expect(!team, Kind::Invalid), "{have:?}");
        let invite = permit::<InviteUsers>(&policy, &member, of()).map(drop);
        assert_eq!(answer(invite), expect(team, Kind::Invalid), "{have:?}");
        let suspend = permit::<BatchSuspendUser>(&policy, &member, of()).map(drop);
        assert_eq!(answer(suspend), expect(team || lwa, Kind::Invalid), "{have:?}");
        let unsuspend = permit::<BatchUnsuspendUser>(&policy, &member, of()).map(drop);
        assert_eq!(answer(unsuspend), expect(lwa, Kind::Invalid), "{have:?}");
        let foreign = permit::<BatchUnsuspendUser>(&policy, &caller("beta", "member"), of());
        assert_eq!(kind(foreign), Kind::NotFound, "the type is told only to whom the account is visible");
    }
}

#[test]
fn an_account_changes_within_its_bounds() {
    let account = account(AccountType::EnterpriseLwa);
    assert_eq!(account.default_license, License::Pro);
    assert_eq!(account.supported_licenses, [License::Basic, License::Pro]);
    let changes = AccountChanges { name: Some("Two".to_owned()), default_license: Some(License::Basic) };
    let after = account.changed(&changes).unwrap();
    assert_eq!((after.name.as_str(), after.default_license), ("Two", License::Basic));
    for license in [License::Plus, License::ProTrial] {
        let changes = AccountChanges { name: None, default_license: Some(license) };
        assert_eq!(kind(account.changed(&changes)), Kind::Invalid);
    }
    for name in ["", " ", "a\nb", &"é".repeat(101)] {
        let changes = AccountChanges { name: Some(name.to_owned()), default_license: None };
        assert_eq!(kind(account.changed(&changes)), Kind::Invalid, "{name:?}");
    }
    texts::account_name(&"é".repeat(100)).unwrap();

    let dial_out = SettingsChange { enable_dial_out: Some(true), ..SettingsChange::default() };
    let remote = SettingsChange { disable_remote_control: Some(true), ..SettingsChange::default() };
    let settings = account.with_settings(dial_out).with_settings(remote).settings;
    assert!(settings.enable_dial_out && settings.disable_remote_control, "what is not named stays");
}

#[test]
fn groups_of_delegates_are_a_bounded_set() {
    let account = account(AccountType::Team);
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let two = account.with_delegates(&names(&["one", "two", "one"])).unwrap();
    assert_eq!(two.delegate_groups, ["one", "two"]);
    assert_eq!(two.with_delegates(&names(&["two"])).unwrap(), two);
    assert_eq!(two.without_delegates(&names(&["one", "three"])).unwrap().delegate_groups, ["two"]);
    assert_eq!(kind(two.without_delegates(&[])), Kind::Invalid);
    assert_eq!(kind(two.with_delegates(&names(&[" "]))), Kind::Invalid);
    let many: Vec<String> = (0..100).map(|at| format!("group {at}")).collect();
    let full = account.with_delegates(&many).unwrap();
    assert_eq!(kind(full.with_delegates(&names(&["one more"]))), Kind::OverLimit);
}

#[test]
fn retention_dates_the_destruction_of_what_fell_out() {
    let account = account(AccountType::EnterpriseDirectory);
    assert_eq!(account.retention.initiate_deletion_at, None);
    let days = |room, conversation| RetentionChange { room_days: room, conversation_days: conversation };
    let one = account.with_retention(days(Some(Some(30)), None), at(10)).unwrap();
    let month = Duration::from_secs(30 * 86_400);
    assert_eq!(one.retention.initiate_deletion_at, Some(at(10).plus(month)));
    let same = one.with_retention(days(Some(Some(30)), None), at(20)).unwrap();
    assert_eq!(same.retention, one.retention, "setting what is set does not put destruction off");
    let both = one.with_retention(days(None, Some(Some(5475))), at(20)).unwrap();
    assert_eq!((both.retention.room_days, both.retention.conversation_days), (Some(30), Some(5475)));
    assert_eq!(both.retention.initiate_deletion_at, Some(at(20).plus(month)));
    let off = both.with_retention(days(Some(None), Some(None)), at(30)).unwrap();
    assert_eq!(off.retention, account.retention);
    for wrong in [0, 5476] {
        assert_eq!(kind(account.with_retention(days(Some(Some(wrong)), None), at(0))), Kind::Invalid);
        assert_eq!(kind(account.with_retention(days(None, Some(Some(wrong))), at(0))), Kind::Invalid);
    }
}

#[test]
fn an_account_goes_when_nothing_is_left_that_would_be_missed() {
    assert_eq!(kind(check_deletion(true, false)), Kind::Conflict);
    assert_eq!(kind(check_deletion(false, true)), Kind::Conflict);
    check_deletion(false, false).unwrap();
    check_number(999, 1000).unwrap();
    assert_eq!(kind(check_number(1000, 1000)), Kind::OverLimit);
}

#[test]
fn nothing_becomes_a_team_again() {
    for from in TYPES {
        for to in TYPES {
            let after = operator::convert(&account(from), to);
            if to == AccountType::Team && from != AccountType::Team {
                assert_eq!(kind(after), Kind::Conflict);
            } else {
                assert_eq!(after.unwrap().account_type, to);
            }
        }
    }
}

#[test]
fn a_new_person_is_in_with_the_accounts_license() {
    let account = Account { default_license: License::Basic, ..account(AccountType::EnterpriseLwa) };
    let person = ana(&account);
    assert_eq!((person.email.as_str(), person.display_name.as_str()), ("Ana@Example.com", "Ana"));
    assert_eq!(person.license, License::Basic);
    assert_eq!((person.registration, person.registered_at), (RegistrationStatus::Registered, Some(at(1))));
    assert_eq!((person.user_type, person.telephony), (UserType::PrivateUser, Telephony::default()));
    let nameless = NewPerson { email: Some("a@b.c".to_owned()), ..NewPerson::default() };
    let nameless = nameless.into_person(&account, PersonId::new("x"), at(1)).unwrap();
    assert_eq!(nameless.display_name, "a@b.c");
    let new = |email: Option<&str>, name: Option<&str>| NewPerson {
        email: email.map(str::to_owned),
        name: name.map(str::to_owned),
        user_type: None,
    };
    for wrong in [new(None, Some("Ana")), new(Some("ana"), None), new(Some("a@b.c"), Some(" "))] {
        assert_eq!(kind(wrong.clone().into_person(&account, PersonId::new("x"), at(1))), Kind::Invalid, "{wrong:?}");
    }
}

#[test]
fn an_invitation_is_repeated_until_the_person_is_in() {
    let account = account(AccountType::Team);
    let invite = |id: &str, when| {
        person::invited(&account, PersonId::new(id), format!("invite-{id}"), "a@b.c", None, when).unwrap()
    };
    let first = invite("1", at(1));
    assert_eq!((first.registration, first.invitation), (RegistrationStatus::Unregistered, Some(InviteStatus::Pending)));
    let again = person::invited_again(&first, &invite("2", at(2))).unwrap();
    assert_eq!((again.id.as_str(), again.invite_id.as_deref(), again.invited_at), ("1", Some("invite-1"), Some(at(2))));
    let operator = NewPerson { email: Some("A@b.c".to_owned()), name: Some("A".to_owned()), user_type: None };
    let inside = operator.into_person(&account, PersonId::new("3"), at(3)).unwrap();
    let inside = person::admitted(&again, &inside).unwrap();
    assert_eq!((inside.id.as_str(), inside.display_name.as_str(), inside.email.as_str()), ("1", "A", "a@b.c"));
    assert_eq!(
        (inside.registration, inside.invitation),
        (RegistrationStatus::Registered, Some(InviteStatus::Accepted))
    );
    assert_eq!(person::invited_again(&inside, &invite("4", at(4))), None);
    assert_eq!(person::admitted(&inside, &inside), None);
    assert_eq!(person::answer(&inside, &invite("4", at(4))).status, InviteStatus::Accepted);
}

#[test]
fn suspending_means_what_the_type_of_account_says() {
    for have in [AccountType::Team, AccountType::EnterpriseLwa] {
        let account = account(have);
        let person = ana(&account);
        let outcome = apply(&account, &person, &Change::Suspend, at(5)).unwrap();
        if have == AccountType::Team {
            assert_eq!(outcome, Outcome::Left);
            continue;
        }
        let Outcome::Changed(out) = outcome else { panic!("{outcome:?}") };
        assert_eq!((out.registration, out.signed_out_at), (RegistrationStatus::Suspended, Some(at(5))));
        assert_eq!(apply(&account, &out, &Change::Suspend, at(6)).unwrap(), Outcome::Kept(out.clone()));
        let Outcome::Changed(back) = apply(&account, &out, &Change::Unsuspend, at(7)).unwrap() else { panic!("kept") };
        assert_eq!(back.registration, RegistrationStatus::Registered);
        assert_eq!(apply(&account, &back, &Change::Unsuspend, at(8)).unwrap(), Outcome::Kept(back.clone()));
        let invited = Person { registered_at: None, registration: RegistrationStatus::Suspended, ..back };
        let Outcome::Changed(back) = apply(&account, &invited, &Change::Unsuspend, at(9)).unwrap() else {
            panic!("kept")
        };
        assert_eq!(back.registration, RegistrationStatus::Unregistered, "an invitation is not accepted by it");
    }
}

#[test]
fn licenses_are_the_accounts_or_the_directorys() {
    for have in TYPES {
        let account = account(have);
        let update = |license| {
            let changes = PersonChanges { license: Some(license), ..PersonChanges::default() };
            apply(&account, &ana(&account), &Change::Update(changes), at(5)).map_err(|error| error.kind())
        };
        let managed_here = matches!(have, AccountType::Team | AccountType::EnterpriseLwa);
        assert_eq!(update(License::Basic).is_ok(), managed_here, "{have:?}");
        assert_eq!(update(License::Plus), Err(Kind::Invalid));
        let changes = PersonChanges { user_type: Some(UserType::SharedDevice), ..PersonChanges::default() };
        let outcome = apply(&account, &ana(&account), &Change::Update(changes), at(5)).unwrap();
        assert!(matches!(outcome, Outcome::Changed(person) if person.user_type == UserType::SharedDevice));
        let nothing = Change::Update(PersonChanges::default());
        assert_eq!(apply(&account, &ana(&account), &nothing, at(5)).unwrap(), Outcome::Kept(ana(&account)));
    }
}

#[test]
fn addresses_are_what_the_model_says() {
    for good in ["a@b.c", "ana@example.com", "a b@c d.e f", "@@a.b", "a@b@c.d", "ż@ó.ł", "a@b.c."] {
        assert_eq!(texts::email(good).unwrap(), good);
    }
    for bad in ["", "a", "a@b", "@b.c", "a@.c", "a@b.", "a@", "a.b@c", " ", "a@b.c\n"] {
        assert_eq!(kind(texts::email(bad)), Kind::Invalid, "{bad:?}");
    }
    assert_eq!(kind(texts::email(&format!("{}@b.c", "a".repeat(252)))), Kind::Invalid);
    assert_eq!(texts::email_key("Ana@EXAMPLE.com"), "ana@example.com");
    assert_eq!(texts::email_key("Ż@x.y"), "Ż@x.y", "only ASCII folds: databases disagree about the rest");
}

#[test]
fn projects_have_numbers_for_aws_clients() {
    let number = |id: &str| aws_account_id(&ProjectId::new(id));
    assert_eq!(number("111122223333"), "111122223333");
    assert_eq!(number("5b3a7c6c7fd44ee5b8a3bd7b5b1f3b52"), number("5b3a7c6c7fd44ee5b8a3bd7b5b1f3b52"));
    assert_ne!(number("5b3a7c6c7fd44ee5b8a3bd7b5b1f3b52"), number("5b3a7c6c7fd44ee5b8a3bd7b5b1f3b53"));
    for id in ["", "a", "11112222333", "1111222233334"] {
        assert!(number(id).len() == 12 && number(id).bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    }
    let alice = Caller { user_name: Some("alice".to_owned()), ..caller("111122223333", "member") };
    assert_eq!(user_arn(&alice), "arn:aws:iam::111122223333:user/alice");
    let nameless = caller("111122223333", "member");
    assert_eq!(user_arn(&nameless), "arn:aws:iam::111122223333:user/user-of-111122223333");
}

proptest! {
    /// The pattern of the model, `.+@.+\..+` unanchored, where `.` is anything but the end of a line.
    #[test]
    fn addresses_agree_with_the_pattern(text in "[a@. \n]{0,8}") {
        let pattern = regex::Regex::new(r".+@.+\..+").unwrap();
        let plain = !text.contains('\n');
        prop_assert_eq!(texts::email(&text).is_ok(), plain && pattern.is_match(&text) && !text.trim().is_empty());
    }

    #[test]
    fn a_pin_has_ten_digits(random: u64) {
        let pin = person::pin(random);
        prop_assert!(pin.len() == 10 && pin.bytes().all(|byte| byte.is_ascii_digit()));
    }

    /// Whatever happens to a person, the record stays in its account, and every change can be repeated.
    #[test]
    fn changes_can_be_repeated(changes in proptest::collection::vec(0_u8..6, 0..12)) {
        let account = account(AccountType::EnterpriseLwa);
        let mut person = ana(&account);
        for (at_step, number) in changes.into_iter().enumerate() {
            let change = match number {
                0 => Change::Suspend,
                1 => Change::Unsuspend,
                2 => Change::SignOut,
                3 => Change::Pin("0123456789".to_owned()),
                4 => Change::Settings(Telephony { sms: false, ..Telephony::default() }),
                _ => Change::Update(PersonChanges { license: Some(License::Basic), ..PersonChanges::default() }),
            };
            let now = at(i64::try_from(at_step).unwrap() + 10);
            let (Outcome::Changed(after) | Outcome::Kept(after)) = apply(&account, &person, &change, now).unwrap() else {
                panic!("nobody leaves an Enterprise account")
            };
            prop_assert_eq!(&after.id, &person.id);
            prop_assert_eq!(&after.email, &person.email);
            let again = apply(&account, &after, &change, now).unwrap();
            prop_assert_eq!(again, Outcome::Kept(after.clone()));
            person = after;
        }
    }
}
