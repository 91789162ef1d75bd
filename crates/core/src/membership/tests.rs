//! The rules of guest lists, against the naive model.

use proptest::prelude::*;

use super::{
    MemberName, MemberRole, MemberStatus, Membership, ThingKind, ThingRef,
    model::{Model, Operation},
    rules::{self, Amendment, Counts, Invitation, Quotas},
};
use crate::{
    Kind, Result, Timestamp,
    testing::{at, thing},
};

fn invitation(member: &str) -> Invitation {
    Invitation::pending(MemberName::parse(member).unwrap())
}

#[test]
fn t_m1_invitations_of_the_image_api_start_pending() {
    let row = rules::invite(&thing(), Counts::default(), None, invitation("beta"), Some(1).into(), at(3)).unwrap();
    assert_eq!((row.status, row.role, row.can_share), (MemberStatus::Pending, MemberRole::Member, false));
    assert_eq!((row.created_at, row.updated_at), (at(3), at(3)));
}

#[test]
fn the_quota_comes_before_the_duplicate() {
    let invite = |thing: &ThingRef, members, existing, quota: Option<u64>| {
        rules::invite(thing, Counts { members, of_member: 0 }, existing, invitation("beta"), quota.into(), at(0))
    };
    let row = invite(&thing(), 0, None, None).unwrap();
    let full = invite(&thing(), 128, Some(&row), Some(128)).unwrap_err();
    assert_eq!(full.kind(), Kind::OverLimit);
    assert!(full.message().contains("Attempted: 129, Maximum: 128"));
    let twice = invite(&thing(), 127, Some(&row), Some(128)).unwrap_err();
    assert_eq!(twice.kind(), Kind::Conflict);
    assert!(twice.message().contains("Member beta is duplicated for image"));
    assert_eq!(rules::absent(&thing(), "x").kind(), Kind::NotFound);
    // In a room, whoever repeats an invitation that filled it is told so.
    let room = ThingRef { kind: ThingKind::Room, id: "r".to_owned() };
    assert_eq!(invite(&room, 1, None, Some(1)).unwrap_err().message(), "A room can have 1 members at most.");
    assert_eq!(invite(&room, 1, Some(&row), Some(1)).unwrap_err().kind(), Kind::Conflict);
    assert_eq!(rules::absent(&room, "x").kind(), Kind::NotFound);
}

#[test]
fn a_member_can_be_full_too() {
    let room = ThingRef { kind: ThingKind::Room, id: "r".to_owned() };
    let quotas = Quotas { members: Some(5), of_member: Some(2) };
    let invite = |of_member| {
        let counts = Counts { members: 1, of_member };
        rules::invite(&room, counts, None, invitation("beta"), quotas, at(0)).map(drop).map_err(|error| error.kind())
    };
    assert_eq!(invite(1), Ok(()));
    assert_eq!(invite(2), Err(Kind::OverLimit));
}

/// The engine in miniature: what the catalog does with the rules inside one transaction.
fn run(
    rows: &mut Vec<Membership>,
    thing: &ThingRef,
    operation: &Operation,
    quota: Option<u64>,
    now: Timestamp,
) -> Result<()> {
    let find = |rows: &[Membership], member: &str| rows.iter().position(|row| row.member == member);
    let known = |rows: &[Membership], member: &str| find(rows, member).ok_or_else(|| rules::absent(thing, member));
    match operation {
        Operation::Invite(invitation) => {
            let existing = find(rows, invitation.member.as_str()).map(|at| rows[at].clone());
            let counts = Counts { members: rows.len() as u64, of_member: 0 };
            rows.push(rules::invite(thing, counts, existing.as_ref(), invitation.clone(), quota.into(), now)?);
        }
        Operation::Respond(member, status) => {
            let at = known(rows, member)?;
            rows[at] = rules::respond(rows[at].clone(), *status, now);
        }
        Operation::Amend(member, amendment) => {
            let at = known(rows, member)?;
            rows[at] = rules::amend(rows[at].clone(), *amendment, now);
        }
        Operation::Replace(wanted) => {
            let done = rules::replace(thing, rows, wanted, quota, now)?;
            let removed = done.removed.len();
            let before = rows.len();
            *rows = [done.kept, done.amended, done.added].concat();
            assert!(rows.len() + removed >= before);
        }
        Operation::Revoke(member) => {
            let at = known(rows, member)?;
            rows.remove(at);
        }
    }
    Ok(())
}

fn member() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d", "e"]).prop_map(str::to_owned)
}

fn status() -> impl Strategy<Value = MemberStatus> {
    prop::sample::select(vec![MemberStatus::Pending, MemberStatus::Accepted, MemberStatus::Rejected])
}

fn role() -> impl Strategy<Value = MemberRole> {
    prop::sample::select(vec![MemberRole::Member, MemberRole::Administrator])
}

fn any_invitation() -> impl Strategy<Value = Invitation> {
    (member(), status(), role(), any::<bool>()).prop_map(|(member, status, role, can_share)| Invitation {
        status,
        role,
        can_share,
        ..invitation(&member)
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => any_invitation().prop_map(Operation::Invite),
        2 => (member(), status()).prop_map(|(member, status)| Operation::Respond(member, status)),
        1 => (member(), prop::option::of(role()), prop::option::of(any::<bool>()))
            .prop_map(|(member, role, can_share)| Operation::Amend(member, Amendment { role, can_share })),
        1 => prop::collection::vec(any_invitation(), 0..6).prop_map(Operation::Replace),
        2 => member().prop_map(Operation::Revoke),
    ]
}

proptest! {
    #[test]
    fn p3_rules_and_model_agree(
        operations in prop::collection::vec(operation(), 0..40),
        quota in prop::option::of(0_u64..5),
        kind in prop::sample::select(vec![ThingKind::Image, ThingKind::Room]),
    ) {
        let thing = ThingRef { kind, id: "t".to_owned() };
        let mut rows = Vec::new();
        let mut model = Model::default();
        for (step, operation) in operations.iter().enumerate() {
            let now = at(i64::try_from(step).unwrap());
            let before = rows.clone();
            let answer = run(&mut rows, &thing, operation, quota, now).map_err(|error| error.kind());
            prop_assert_eq!(answer, model.run(&thing, operation, quota, now));
            if answer.is_err() {
                prop_assert_eq!(&rows, &before, "a refused operation changes nothing");
            }
            let mut sorted: Vec<_> = rows.iter().collect();
            sorted.sort_by(|a, b| a.member.cmp(&b.member));
            prop_assert_eq!(&sorted, &model.members(&thing));
            prop_assert!(sorted.windows(2).all(|pair| pair[0].member != pair[1].member), "one row per member");
            if let Operation::Revoke(member) = operation {
                prop_assert!(model.member(&thing, member).is_none(), "P4: revoke revokes");
            }
            if let Some(quota) = quota {
                prop_assert!(rows.len() as u64 <= quota);
            }
        }
    }

    #[test]
    fn t_m5_any_text_is_a_name_or_invalid(text in "\\PC{0,300}|.{0,20}|[\\x00-\\x1f]{1,3}") {
        match MemberName::parse(&text) {
            Ok(name) => prop_assert_eq!(name.as_str(), text),
            Err(error) => prop_assert_eq!(error.kind(), Kind::Invalid),
        }
    }
}

#[test]
fn the_model_keeps_things_apart() {
    let other = ThingRef { kind: ThingKind::Image, id: "other".to_owned() };
    let mut model = Model::default();
    model.run(&thing(), &Operation::Invite(invitation("a")), None, at(0)).unwrap();
    model.run(&other, &Operation::Invite(invitation("a")), None, at(0)).unwrap();
    assert_eq!(model.things_of("a").len(), 2);
    model.run(&thing(), &Operation::Revoke("a".to_owned()), None, at(0)).unwrap();
    assert_eq!(model.things_of("a").iter().map(|row| row.thing.id.as_str()).collect::<Vec<_>>(), ["other"]);
    model.run(&thing(), &Operation::Replace(vec![invitation("b")]), None, at(0)).unwrap();
    assert_eq!(model.members(&other).len(), 1);
    model.forget(&other);
    assert_eq!(model.members(&other).len(), 0);
    assert_eq!(model.members(&thing()).len(), 1);
}

#[test]
fn t_m5_names_are_bounded_and_printable() {
    for good in ["a", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "Tenant With Blanks", "ünï", "\u{1f600}", " "] {
        assert_eq!(MemberName::parse(good).map(|name| name.as_str().to_owned()).ok().as_deref(), Some(good));
    }
    assert!(MemberName::parse(&"x".repeat(255)).is_ok());
    assert!(MemberName::parse(&"ü".repeat(255)).is_ok());
    for bad in ["", "\0", "a\0b", "a\nb", "a\u{7f}", "\u{85}"] {
        assert!(MemberName::parse(bad).is_err(), "{bad:?}");
    }
    assert!(MemberName::parse(&"x".repeat(256)).is_err());
}

#[test]
fn words_of_the_catalog() {
    assert_eq!([ThingKind::Image, ThingKind::Room].map(ThingKind::as_str), ["image", "room"]);
    for (status, word) in
        [(MemberStatus::Pending, "pending"), (MemberStatus::Accepted, "accepted"), (MemberStatus::Rejected, "rejected")]
    {
        assert_eq!((status.as_str(), MemberStatus::parse(word)), (word, Some(status)));
    }
    for (role, word) in [(MemberRole::Member, "member"), (MemberRole::Administrator, "administrator")] {
        assert_eq!((role.as_str(), MemberRole::parse(word)), (word, Some(role)));
    }
    assert_eq!((MemberStatus::parse("Pending"), MemberRole::parse("")), (None, None));
}

#[test]
fn texts_name_what_they_are_about() {
    let room = ThingRef { kind: ThingKind::Room, id: "r".to_owned() };
    let id = &thing().id;
    assert_eq!(rules::absent(&thing(), "x").message(), format!("x not found in the member list of the image {id}."));
    assert_eq!(rules::absent(&room, "x").message(), "The member is not in the room.");
    assert_eq!(rules::duplicate(&thing(), "x").message(), format!("Member x is duplicated for image {id}"));
    assert_eq!(rules::duplicate(&room, "x").message(), "The member is already in the room.");
    assert_eq!(MemberName::parse("x").unwrap().to_string(), "x");
}

#[test]
fn quotas_have_exact_ends() {
    let over = |attempted| rules::check_quota(&thing(), attempted, Some(3)).is_err();
    assert_eq!([2, 3, 4].map(over), [false, false, true]);
    assert!(rules::check_quota(&thing(), u64::MAX, None).is_ok());
    let over = |attempted| rules::check_member_quota(ThingKind::Room, attempted, Some(3)).map_err(|e| e.to_string());
    assert_eq!([2, 3].map(over), [Ok(()), Ok(())]);
    assert_eq!(over(4), Err("A member can be in 3 rooms at most.".to_owned()));
}

/// Nothing is changed before it was made, whatever the clock says.
#[test]
fn time_never_runs_back() {
    let row = rules::invite(&thing(), Counts::default(), None, invitation("beta"), Quotas::default(), at(9)).unwrap();
    for (now, expected) in [(at(3), at(9)), (at(12), at(12))] {
        assert_eq!(rules::respond(row.clone(), MemberStatus::Accepted, now).updated_at, expected);
        let amendment = Amendment { role: Some(MemberRole::Administrator), can_share: None };
        let amended = rules::amend(row.clone(), amendment, now);
        assert_eq!((amended.updated_at, amended.role, amended.can_share), (expected, MemberRole::Administrator, false));
    }
}
