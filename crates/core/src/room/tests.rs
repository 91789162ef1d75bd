use super::{actions::*, members::*, *};
use crate::{
    Kind, ProjectId,
    account::{AccountType, RegistrationStatus},
    membership::MemberRole,
    testing::{at, caller},
};

fn account(account_type: AccountType) -> Account {
    Account::new(AccountId::new("acc"), ProjectId::new("alpha"), "Ent", account_type, at(0)).unwrap()
}

fn lookup(account_type: AccountType, there: bool) -> RoomLookup {
    let room = Room {
        id: RoomId::new("r"),
        account_id: AccountId::new("acc"),
        name: "room".to_owned(),
        created_by: "arn".to_owned(),
        created_at: at(1),
        updated_at: at(1),
    };
    RoomLookup { account: account(account_type), room: there.then_some(room) }
}

#[test]
fn names_are_trimmed_and_bounded() {
    assert_eq!(name("  team Zażółć 🎉 ").unwrap(), "team Zażółć 🎉");
    assert_eq!(name(&"ż".repeat(256)).unwrap().chars().count(), 256);
    for bad in ["", "  \u{a0}", "a\nb", "a\0b", &"ż".repeat(257)] {
        assert_eq!(name(bad).unwrap_err().kind(), Kind::Invalid, "{bad:?}");
    }
}

#[test]
fn tokens_have_the_shape_of_the_model() {
    for good in ["ab", "A-_9", &"x".repeat(64)] {
        assert_eq!(RequestToken::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "a", "a b", "ä-", &"x".repeat(65)] {
        assert_eq!(RequestToken::parse(bad).unwrap_err().kind(), Kind::Invalid, "{bad:?}");
    }
}

#[test]
fn what_a_caller_is_told() {
    let policy = Policy::defaults();
    let limits = RoomLimits::default();
    let asked = |project: &str, roles: &str, account_type, there| {
        permit::<DeleteRoom>(&policy, &limits, &caller(project, roles), lookup(account_type, there), &RoomId::new("r"))
            .map(drop)
            .map_err(|error| (error.kind(), error.message().to_owned()))
    };
    let lwa = AccountType::EnterpriseLwa;
    assert_eq!(asked("alpha", "member,reader", lwa, true), Ok(()));
    assert_eq!(asked("beta", "admin", lwa, true), Ok(()));
    let kind = |answer: Result<(), (Kind, String)>| answer.unwrap_err().0;
    // Of another project, it is the account that is not there, whatever else is.
    let absent = (Kind::NotFound, crate::account::absent(&AccountId::new("acc")).message().to_owned());
    for there in [true, false] {
        assert_eq!(asked("beta", "member,reader", lwa, there), Err(absent.clone()));
        // Who may not does not learn whether the room is there, either.
        assert_eq!(kind(asked("alpha", "reader", lwa, there)), Kind::Forbidden);
        assert_eq!(kind(asked("alpha", "member,reader", AccountType::Team, there)), Kind::Forbidden);
    }
    assert_eq!(
        asked("alpha", "member,reader", lwa, false),
        Err((Kind::NotFound, "The room r does not exist in this account.".to_owned()))
    );
    // Who only reads, reads.
    let reader = caller("alpha", "reader");
    let seen = permit::<ListRoomMemberships>(&policy, &limits, &reader, lookup(lwa, true), &RoomId::new("r"));
    assert!(seen.is_ok());
}

#[test]
fn the_last_administrator_is_kept_where_it_is_asked_for() {
    let policy = Policy::defaults();
    for keeps_administrator in [false, true] {
        let limits = RoomLimits { keeps_administrator, ..RoomLimits::default() };
        let member = caller("alpha", "member");
        let found = lookup(AccountType::EnterpriseLwa, true);
        let view = permit::<DeleteRoomMembership>(&policy, &limits, &member, found, &RoomId::new("r")).unwrap();
        assert_eq!(view.keeps_administrator, keeps_administrator);
    }
}

fn guest(member_type: MemberType, standing: Standing) -> Guest {
    Guest {
        id: "m".to_owned(),
        member_type,
        email: "m@example.com".to_owned(),
        full_name: "M".to_owned(),
        account_id: AccountId::new("acc"),
        standing,
    }
}

#[test]
fn who_can_be_added() {
    assert_eq!(Standing::of_person(RegistrationStatus::Suspended), Standing::Suspended);
    assert_eq!(Standing::of_person(RegistrationStatus::Unregistered), Standing::Ready);
    assert_eq!(Standing::of_bot(true, true), Standing::Disabled);
    assert_eq!(Standing::of_bot(false, false), Standing::Unconfigured);
    assert_eq!(Standing::of_bot(false, true), Standing::Ready);
    assert!(check_admission(&guest(MemberType::User, Standing::Ready)).is_ok());
    for standing in [Standing::Suspended, Standing::Disabled, Standing::Unconfigured] {
        assert_eq!(check_admission(&guest(MemberType::Bot, standing)).unwrap_err().kind(), Kind::Invalid);
    }
    assert!(check_amendment(&guest(MemberType::User, Standing::Suspended)).is_ok());
    assert_eq!(check_amendment(&guest(MemberType::Bot, Standing::Ready)).unwrap_err().kind(), Kind::Invalid);
}

#[test]
fn joining_is_immediate() {
    let joining = Joining { member: "m".to_owned(), role: None };
    let invitation = joining.invitation("arn").unwrap();
    assert_eq!(invitation.role, MemberRole::Member);
    assert_eq!(invitation.status, crate::membership::MemberStatus::Accepted);
    assert_eq!(invitation.invited_by.as_deref(), Some("arn"));
    for nobody in ["", "a\0b", &"x".repeat(256)] {
        let joining = Joining { member: nobody.to_owned(), role: None };
        assert_eq!(joining.invitation("arn").unwrap_err().message(), unknown().message());
    }
    assert!(check_batch(50).is_ok());
    assert_eq!(check_batch(51).unwrap_err().kind(), Kind::Invalid);
}

#[test]
fn an_account_is_full_at_its_quota() {
    assert!(check_quota(1500, Some(1500)).is_ok());
    assert_eq!(check_quota(1501, Some(1500)).unwrap_err().kind(), Kind::OverLimit);
    assert!(check_quota(1501, None).is_ok());
}
