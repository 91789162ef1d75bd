//! Who may do what: the table of the reference (visibility × caller × action), cell by cell.

use crate::{
    Caller, Error, Kind, Result, Scope,
    image::{
        Image, ImageView, Status, Visibility,
        actions::{Deactivate, Delete, Download, Get, ImageAction, Modify, Reactivate, Upload},
        lifecycle, sharing,
    },
    membership::{MemberName, MemberStatus, Membership},
    policy::Policy,
    testing::{alone, as_member, caller, image, membership},
};

/// Callers of the table: their name, themselves, and their project's membership in the image.
fn callers() -> Vec<(&'static str, Caller, Option<MemberStatus>)> {
    let member = || caller("beta", "member,reader");
    vec![
        ("owner", caller("alpha", "member,reader"), None),
        ("owner-reader", caller("alpha", "reader"), None),
        ("owner-none", caller("alpha", ""), None),
        ("pending", member(), Some(MemberStatus::Pending)),
        ("accepted", member(), Some(MemberStatus::Accepted)),
        ("rejected", member(), Some(MemberStatus::Rejected)),
        ("member-reader", caller("beta", "reader"), Some(MemberStatus::Accepted)),
        ("member-none", caller("beta", ""), Some(MemberStatus::Accepted)),
        ("other", caller("gamma", "member,reader"), None),
        ("other-none", caller("gamma", "service"), None),
        ("admin", caller("ops", "admin,member,reader"), None),
        ("system", Caller { scope: Scope::System, ..caller("ops", "admin,member,reader") }, None),
    ]
}

fn view(image: Image, caller: &Caller, status: Option<MemberStatus>) -> ImageView {
    match (status, caller.project()) {
        (Some(status), Some(project)) => as_member(image, project.as_str(), status),
        _ => alone(image),
    }
}

fn code<T>(result: Result<T>) -> &'static str {
    match result.map_err(|error| error.kind()) {
        Ok(_) => "ok",
        Err(Kind::Forbidden) => "403",
        Err(Kind::NotFound) => "404",
        Err(other) => panic!("unexpected {other:?}"),
    }
}

fn name(text: &str) -> MemberName {
    MemberName::parse(text).unwrap()
}

/// The guest list as the catalog has it in these tests: beta (whatever it answered) and delta.
fn record(member: &str, own: Option<MemberStatus>) -> Option<Membership> {
    match member {
        "beta" => Some(membership("beta", own.unwrap_or(MemberStatus::Accepted))),
        "delta" => Some(membership("delta", MemberStatus::Pending)),
        _ => None,
    }
}

/// The whole answer to a show of one member, the catalog's part included.
fn show(policy: &Policy, caller: &Caller, view: ImageView, own: Option<MemberStatus>, member: &str) -> Result<()> {
    let found = sharing::show(policy, caller, view, &name(member))?;
    record(member, own).map(drop).ok_or_else(|| sharing::not_a_member(&found.image.id, member))
}

fn respond(policy: &Policy, caller: &Caller, view: ImageView, own: Option<MemberStatus>, member: &str) -> Result<()> {
    let found = sharing::look_up(policy, caller, view, &name(member))?;
    let record = record(member, own).ok_or_else(|| sharing::not_a_member(&found.image.id, member))?;
    sharing::respond(policy, caller, found, &record).map(drop)
}

fn revoke(policy: &Policy, caller: &Caller, view: ImageView, own: Option<MemberStatus>, member: &str) -> Result<()> {
    let view = sharing::revoke(policy, caller, view, &name(member))?;
    record(member, own).map(drop).ok_or_else(|| sharing::not_a_member(&view.image.id, member))
}

fn list(policy: &Policy, caller: &Caller, view: ImageView) -> &'static str {
    match sharing::list(policy, caller, view) {
        Ok(sharing::Guests::All(_)) => "all",
        Ok(sharing::Guests::Own(Some(_))) => "own",
        Ok(sharing::Guests::Own(None)) => "none",
        Err(error) => code::<()>(Err(error)),
    }
}

fn permit<A: ImageAction>(policy: &Policy, caller: &Caller, view: ImageView) -> &'static str {
    code(policy.permit::<A>(caller, view))
}

fn row(
    policy: &Policy,
    action: &str,
    caller: &Caller,
    own: Option<MemberStatus>,
    visibility: Visibility,
) -> &'static str {
    let image = image(visibility);
    let view = view(image, caller, own);
    match action {
        "get" => permit::<Get>(policy, caller, view),
        "download" => permit::<Download>(policy, caller, view),
        "modify" => permit::<Modify>(policy, caller, view),
        "upload" => permit::<Upload>(policy, caller, view),
        "delete" => permit::<Delete>(policy, caller, view),
        "deactivate" => permit::<Deactivate>(policy, caller, view),
        "reactivate" => permit::<Reactivate>(policy, caller, view),
        "list" => list(policy, caller, view),
        "add" => code(sharing::invite(policy, caller, view)),
        "replace" => code(sharing::replace(policy, caller, view)),
        "show beta" => code(show(policy, caller, view, own, "beta")),
        "show delta" => code(show(policy, caller, view, own, "delta")),
        "show nobody" => code(show(policy, caller, view, own, "nobody")),
        "set beta" => code(respond(policy, caller, view, own, "beta")),
        "set delta" => code(respond(policy, caller, view, own, "delta")),
        "set nobody" => code(respond(policy, caller, view, own, "nobody")),
        "revoke beta" => code(revoke(policy, caller, view, own, "beta")),
        "revoke delta" => code(revoke(policy, caller, view, own, "delta")),
        "revoke nobody" => code(revoke(policy, caller, view, own, "nobody")),
        other => panic!("no action {other}"),
    }
}

const VISIBILITIES: [Visibility; 4] =
    [Visibility::Private, Visibility::Shared, Visibility::Community, Visibility::Public];

fn check_table(policy: &Policy, table: &str) {
    let callers = callers();
    let mut cells = 0;
    let mut wrong = Vec::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [who, action, expected @ ..] = columns.as_slice() else { panic!("{line}") };
        assert_eq!(expected.len(), 4, "{line}");
        for who in who.split_whitespace() {
            let (_, caller, own) = callers.iter().find(|(name, ..)| *name == who).unwrap();
            for (visibility, expected) in VISIBILITIES.into_iter().zip(expected) {
                let answer = row(policy, action, caller, *own, visibility);
                if answer != *expected {
                    wrong.push(format!("{who} {action} {visibility:?}: {answer}, not {expected}"));
                }
                cells += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cells, callers.len() * 19 * 4, "every caller, action and visibility once");
}

/// Columns: private | shared | community | public.
const DEFAULT_POLICY: &str = "
    owner                       | get           | ok  | ok  | ok  | ok
    owner                       | download      | ok  | ok  | ok  | ok
    owner                       | modify        | ok  | ok  | ok  | ok
    owner                       | upload        | ok  | ok  | ok  | ok
    owner                       | delete        | ok  | ok  | ok  | ok
    owner                       | deactivate    | ok  | ok  | ok  | ok
    owner                       | reactivate    | ok  | ok  | ok  | ok
    owner                       | list          | 403 | all | 403 | 403
    owner                       | add           | 403 | ok  | 403 | 403
    owner                       | replace       | 403 | ok  | 403 | 403
    owner                       | show beta     | 404 | ok  | 404 | 404
    owner                       | show delta    | 404 | ok  | 404 | 404
    owner                       | show nobody   | 404 | 404 | 404 | 404
    owner                       | set beta      | 403 | 403 | 403 | 403
    owner                       | set delta     | 403 | 403 | 403 | 403
    owner                       | set nobody    | 403 | 404 | 403 | 403
    owner                       | revoke beta   | 403 | ok  | 403 | 403
    owner                       | revoke delta  | 403 | ok  | 403 | 403
    owner                       | revoke nobody | 403 | 404 | 403 | 403

    owner-reader                | get           | ok  | ok  | ok  | ok
    owner-reader                | download      | 403 | 403 | 403 | 403
    owner-reader                | modify        | 403 | 403 | 403 | 403
    owner-reader                | upload        | 403 | 403 | 403 | 403
    owner-reader                | delete        | 403 | 403 | 403 | 403
    owner-reader                | deactivate    | 403 | 403 | 403 | 403
    owner-reader                | reactivate    | 403 | 403 | 403 | 403
    owner-reader                | list          | 403 | all | 403 | 403
    owner-reader                | add           | 403 | 403 | 403 | 403
    owner-reader                | replace       | 403 | 403 | 403 | 403
    owner-reader                | show beta     | 404 | ok  | 404 | 404
    owner-reader                | show delta    | 404 | ok  | 404 | 404
    owner-reader                | show nobody   | 404 | 404 | 404 | 404
    owner-reader                | set beta      | 403 | 403 | 403 | 403
    owner-reader                | set delta     | 403 | 403 | 403 | 403
    owner-reader                | set nobody    | 403 | 404 | 403 | 403
    owner-reader                | revoke beta   | 403 | 403 | 403 | 403
    owner-reader                | revoke delta  | 403 | 403 | 403 | 403
    owner-reader                | revoke nobody | 403 | 403 | 403 | 403

    owner-none                  | get           | 404 | 404 | 404 | 404
    owner-none                  | download      | 404 | 404 | 404 | 404
    owner-none                  | modify        | 404 | 404 | 404 | 404
    owner-none                  | upload        | 404 | 404 | 404 | 404
    owner-none                  | delete        | 404 | 404 | 404 | 404
    owner-none                  | deactivate    | 404 | 404 | 404 | 404
    owner-none                  | reactivate    | 404 | 404 | 404 | 404
    owner-none                  | list          | 404 | 404 | 404 | 404
    owner-none                  | add           | 404 | 404 | 404 | 404
    owner-none                  | replace       | 404 | 404 | 404 | 404
    owner-none                  | show beta     | 404 | 404 | 404 | 404
    owner-none                  | show delta    | 404 | 404 | 404 | 404
    owner-none                  | show nobody   | 404 | 404 | 404 | 404
    owner-none                  | set beta      | 404 | 404 | 404 | 404
    owner-none                  | set delta     | 404 | 404 | 404 | 404
    owner-none                  | set nobody    | 404 | 404 | 404 | 404
    owner-none                  | revoke beta   | 404 | 404 | 404 | 404
    owner-none                  | revoke delta  | 404 | 404 | 404 | 404
    owner-none                  | revoke nobody | 404 | 404 | 404 | 404

    pending accepted rejected   | get           | 404 | ok  | ok  | ok
    pending accepted rejected   | download      | 404 | ok  | ok  | ok
    pending accepted rejected   | modify        | 404 | 403 | 403 | 403
    pending accepted rejected   | upload        | 404 | 403 | 403 | 403
    pending accepted rejected   | delete        | 404 | 403 | 403 | 403
    pending accepted rejected   | deactivate    | 404 | 403 | 403 | 403
    pending accepted rejected   | reactivate    | 404 | 403 | 403 | 403
    pending accepted rejected   | list          | 404 | own | 403 | 403
    pending accepted rejected   | add           | 404 | 403 | 403 | 403
    pending accepted rejected   | replace       | 404 | 403 | 403 | 403
    pending accepted rejected   | show beta     | 404 | ok  | 404 | 404
    pending accepted rejected   | show delta    | 404 | 404 | 404 | 404
    pending accepted rejected   | show nobody   | 404 | 404 | 404 | 404
    pending accepted rejected   | set beta      | 404 | ok  | 403 | 403
    pending accepted rejected   | set delta     | 404 | 404 | 403 | 403
    pending accepted rejected   | set nobody    | 404 | 404 | 403 | 403
    pending accepted rejected   | revoke beta   | 404 | 403 | 403 | 403
    pending accepted rejected   | revoke delta  | 404 | 404 | 403 | 403
    pending accepted rejected   | revoke nobody | 404 | 404 | 403 | 403

    member-reader               | get           | 404 | ok  | ok  | ok
    member-reader               | download      | 404 | 403 | 403 | 403
    member-reader               | modify        | 404 | 403 | 403 | 403
    member-reader               | upload        | 404 | 403 | 403 | 403
    member-reader               | delete        | 404 | 403 | 403 | 403
    member-reader               | deactivate    | 404 | 403 | 403 | 403
    member-reader               | reactivate    | 404 | 403 | 403 | 403
    member-reader               | list          | 404 | own | 403 | 403
    member-reader               | add           | 404 | 403 | 403 | 403
    member-reader               | replace       | 404 | 403 | 403 | 403
    member-reader               | show beta     | 404 | ok  | 404 | 404
    member-reader               | show delta    | 404 | 404 | 404 | 404
    member-reader               | show nobody   | 404 | 404 | 404 | 404
    member-reader               | set beta      | 404 | 403 | 403 | 403
    member-reader               | set delta     | 404 | 404 | 403 | 403
    member-reader               | set nobody    | 404 | 404 | 403 | 403
    member-reader               | revoke beta   | 404 | 403 | 403 | 403
    member-reader               | revoke delta  | 404 | 404 | 403 | 403
    member-reader               | revoke nobody | 404 | 404 | 403 | 403

    member-none                 | get           | 404 | 404 | 404 | 404
    member-none                 | download      | 404 | 404 | 404 | 404
    member-none                 | modify        | 404 | 404 | 404 | 404
    member-none                 | upload        | 404 | 404 | 404 | 404
    member-none                 | delete        | 404 | 404 | 404 | 404
    member-none                 | deactivate    | 404 | 404 | 404 | 404
    member-none                 | reactivate    | 404 | 404 | 404 | 404
    member-none                 | list          | 404 | 404 | 404 | 404
    member-none                 | add           | 404 | 404 | 404 | 404
    member-none                 | replace       | 404 | 404 | 404 | 404
    member-none                 | show beta     | 404 | 404 | 404 | 404
    member-none                 | show delta    | 404 | 404 | 404 | 404
    member-none                 | show nobody   | 404 | 404 | 404 | 404
    member-none                 | set beta      | 404 | 404 | 404 | 404
    member-none                 | set delta     | 404 | 404 | 404 | 404
    member-none                 | set nobody    | 404 | 404 | 404 | 404
    member-none                 | revoke beta   | 404 | 404 | 404 | 404
    member-none                 | revoke delta  | 404 | 404 | 404 | 404
    member-none                 | revoke nobody | 404 | 404 | 404 | 404

    other                       | get           | 404 | 404 | ok  | ok
    other                       | download      | 404 | 404 | ok  | ok
    other                       | modify        | 404 | 404 | 403 | 403
    other                       | upload        | 404 | 404 | 403 | 403
    other                       | delete        | 404 | 404 | 403 | 403
    other                       | deactivate    | 404 | 404 | 403 | 403
    other                       | reactivate    | 404 | 404 | 403 | 403
    other                       | list          | 404 | 404 | 403 | 403
    other                       | add           | 404 | 404 | 403 | 403
    other                       | replace       | 404 | 404 | 403 | 403
    other                       | show beta     | 404 | 404 | 404 | 404
    other                       | show delta    | 404 | 404 | 404 | 404
    other                       | show nobody   | 404 | 404 | 404 | 404
    other                       | set beta      | 404 | 404 | 403 | 403
    other                       | set delta     | 404 | 404 | 403 | 403
    other                       | set nobody    | 404 | 404 | 403 | 403
    other                       | revoke beta   | 404 | 404 | 403 | 403
    other                       | revoke delta  | 404 | 404 | 403 | 403
    other                       | revoke nobody | 404 | 404 | 403 | 403

    other-none system           | get           | 404 | 404 | 404 | 404
    other-none system           | download      | 404 | 404 | 404 | 404
    other-none system           | modify        | 404 | 404 | 404 | 404
    other-none system           | upload        | 404 | 404 | 404 | 404
    other-none system           | delete        | 404 | 404 | 404 | 404
    other-none system           | deactivate    | 404 | 404 | 404 | 404
    other-none system           | reactivate    | 404 | 404 | 404 | 404
    other-none system           | list          | 404 | 404 | 404 | 404
    other-none system           | add           | 404 | 404 | 404 | 404
    other-none system           | replace       | 404 | 404 | 404 | 404
    other-none system           | show beta     | 404 | 404 | 404 | 404
    other-none system           | show delta    | 404 | 404 | 404 | 404
    other-none system           | show nobody   | 404 | 404 | 404 | 404
    other-none system           | set beta      | 404 | 404 | 404 | 404
    other-none system           | set delta     | 404 | 404 | 404 | 404
    other-none system           | set nobody    | 404 | 404 | 404 | 404
    other-none system           | revoke beta   | 404 | 404 | 404 | 404
    other-none system           | revoke delta  | 404 | 404 | 404 | 404
    other-none system           | revoke nobody | 404 | 404 | 404 | 404

    admin                       | get           | ok  | ok  | ok  | ok
    admin                       | download      | ok  | ok  | ok  | ok
    admin                       | modify        | ok  | ok  | ok  | ok
    admin                       | upload        | ok  | ok  | ok  | ok
    admin                       | delete        | ok  | ok  | ok  | ok
    admin                       | deactivate    | ok  | ok  | ok  | ok
    admin                       | reactivate    | ok  | ok  | ok  | ok
    admin                       | list          | 403 | all | 403 | 403
    admin                       | add           | 403 | ok  | 403 | 403
    admin                       | replace       | 403 | ok  | 403 | 403
    admin                       | show beta     | 404 | ok  | 404 | 404
    admin                       | show delta    | 404 | ok  | 404 | 404
    admin                       | show nobody   | 404 | 404 | 404 | 404
    admin                       | set beta      | 403 | ok  | 403 | 403
    admin                       | set delta     | 403 | ok  | 403 | 403
    admin                       | set nobody    | 403 | 404 | 403 | 403
    admin                       | revoke beta   | 403 | ok  | 403 | 403
    admin                       | revoke delta  | 403 | ok  | 403 | 403
    admin                       | revoke nobody | 403 | 404 | 403 | 403
";

#[test]
fn t_a1_default_policy_by_visibility_caller_and_action() {
    check_table(&Policy::defaults(), DEFAULT_POLICY);
}

#[test]
fn t_a4_invisible_and_absent_read_alike() {
    let policy = Policy::defaults();
    let stranger = caller("gamma", "member,reader");
    let absent = crate::policy::image_absent(&image(Visibility::Private).id);
    let answers: Vec<Error> = vec![
        policy.permit::<Get>(&stranger, alone(image(Visibility::Private))).unwrap_err(),
        policy.permit::<Delete>(&stranger, alone(image(Visibility::Shared))).unwrap_err(),
        sharing::invite(&policy, &stranger, alone(image(Visibility::Shared))).unwrap_err(),
        sharing::list(&policy, &stranger, alone(image(Visibility::Private))).unwrap_err(),
        sharing::show(&policy, &stranger, alone(image(Visibility::Private)), &name("x")).unwrap_err(),
        sharing::look_up(&policy, &stranger, alone(image(Visibility::Private)), &name("x")).unwrap_err(),
        sharing::revoke(&policy, &stranger, alone(image(Visibility::Private)), &name("x")).unwrap_err(),
        policy.permit::<Get>(&caller("alpha", ""), alone(image(Visibility::Public))).unwrap_err(),
    ];
    for answer in answers {
        assert_eq!((answer.kind(), answer.message()), (absent.kind(), absent.message()));
    }
}

#[test]
fn a_foreign_membership_in_the_view_counts_for_nothing() {
    let policy = Policy::defaults();
    let gamma = caller("gamma", "member,reader");
    let view = as_member(image(Visibility::Shared), "beta", MemberStatus::Accepted);
    assert_eq!(permit::<Get>(&policy, &gamma, view), "404");
}

#[test]
fn the_owner_invited_to_its_own_image_is_still_its_owner() {
    let policy = Policy::defaults();
    let owner = caller("alpha", "member,reader");
    let view = || as_member(image(Visibility::Shared), "alpha", MemberStatus::Pending);
    let found = sharing::look_up(&policy, &owner, view(), &name("alpha")).unwrap();
    let own = membership("alpha", MemberStatus::Pending);
    assert_eq!(code(sharing::respond(&policy, &owner, found, &own)), "403");
    assert_eq!(list(&policy, &owner, view()), "all");
}

#[test]
fn t_a2_a_record_of_another_image_is_not_answered() {
    let policy = Policy::defaults();
    let admin = caller("ops", "admin");
    let found = sharing::look_up(&policy, &admin, alone(image(Visibility::Shared)), &name("beta")).unwrap();
    let mut foreign = membership("beta", MemberStatus::Pending);
    foreign.thing.id = "00000000-0000-4000-8000-000000000000".to_owned();
    assert_eq!(code(sharing::respond(&policy, &admin, found, &foreign)), "404");
}

#[test]
fn images_without_owner_are_visible_to_all_and_changed_by_administrators_only() {
    let policy = Policy::load(&[("policy.yaml", "modify_image: '@'\nget_image: '@'")], true).unwrap();
    let ownerless = || alone(Image { owner: None, ..image(Visibility::Private) });
    assert_eq!(permit::<Get>(&policy, &caller("gamma", ""), ownerless()), "ok");
    assert_eq!(permit::<Modify>(&policy, &caller("gamma", ""), ownerless()), "403");
    assert_eq!(permit::<Modify>(&policy, &caller("gamma", "admin"), ownerless()), "ok");
}

/// Everybody reaches a shared image without owner; being its member takes a membership, and one's own.
#[test]
fn whoever_reaches_an_image_without_owner_is_not_yet_its_member() {
    let policy = Policy::load(&[("policy.yaml", "get_member: '@'\nget_members: '@'\nget_image: '@'")], true).unwrap();
    let ownerless = || Image { owner: None, ..image(Visibility::Shared) };
    let gamma = caller("gamma", "member,reader");
    let foreign = || as_member(ownerless(), "beta", MemberStatus::Accepted);
    let own = || as_member(ownerless(), "gamma", MemberStatus::Accepted);
    assert_eq!(code(sharing::show(&policy, &gamma, alone(ownerless()), &name("gamma"))), "404");
    assert_eq!(code(sharing::show(&policy, &gamma, foreign(), &name("gamma"))), "404");
    assert_eq!(code(sharing::show(&policy, &gamma, foreign(), &name("beta"))), "404");
    assert_eq!(code(sharing::show(&policy, &gamma, own(), &name("gamma"))), "ok");
    assert_eq!(code(sharing::look_up(&policy, &gamma, alone(ownerless()), &name("gamma"))), "404");
    assert_eq!(list(&policy, &gamma, foreign()), "none");
    assert_eq!(list(&policy, &gamma, own()), "own");
}

#[test]
fn no_rule_lets_others_change_an_image() {
    let text = "modify_image: '@'\ndelete_image: '@'\nupload_image: '@'\ndeactivate: '@'\nreactivate: '@'";
    let policy = Policy::load(&[("policy.yaml", text)], true).unwrap();
    let other = caller("gamma", "member,reader");
    let error = policy.permit::<Modify>(&other, alone(image(Visibility::Public))).unwrap_err();
    assert_eq!((error.kind(), error.message()), (Kind::Forbidden, "You do not own this image"));
    for visibility in [Visibility::Community, Visibility::Public] {
        assert_eq!(permit::<Delete>(&policy, &other, alone(image(visibility))), "403");
        assert_eq!(permit::<Upload>(&policy, &other, alone(image(visibility))), "403");
        assert_eq!(permit::<Deactivate>(&policy, &other, alone(image(visibility))), "403");
        assert_eq!(permit::<Reactivate>(&policy, &other, alone(image(visibility))), "403");
    }
    assert_eq!(permit::<Modify>(&policy, &other, alone(image(Visibility::Private))), "404");
}

#[test]
fn t_a5_a_rule_set_to_deny_denies_the_owner_too() {
    let policy = Policy::load(&[("policy.yaml", "download_image: '!'\nget_member: '!'")], true).unwrap();
    let owner = caller("alpha", "member,reader");
    let shared = || alone(image(Visibility::Shared));
    assert_eq!(permit::<Download>(&policy, &owner, shared()), "403");
    assert_eq!(list(&policy, &owner, shared()), "none");
    assert_eq!(code(show(&policy, &owner, shared(), None, "beta")), "404");
    let policy = Policy::load(&[("policy.yaml", "get_image: '!'")], true).unwrap();
    assert_eq!(permit::<Download>(&policy, &owner, shared()), "ok");
    assert_eq!(permit::<Get>(&policy, &owner, shared()), "404");
    assert_eq!(code(sharing::invite(&policy, &owner, shared())), "404");
}

/// What a rule gives without saying whose, and the server refuses all the same, is refused as absent where the policy hides.
#[test]
fn t_a4_refusals_of_what_a_policy_hides_are_absence() {
    let hidden = "'public':%(visibility)s and not 'deactivated':%(status)s";
    let text = format!("modify_image: '@'\ndownload_image: '@'\nget_image: \"{hidden}\"");
    let policy = Policy::load(&[("policy.yaml", &text)], true).unwrap();
    let other = caller("gamma", "member,reader");
    let of = |visibility, status| alone(Image { status, ..image(visibility) });
    assert_eq!(permit::<Modify>(&policy, &other, of(Visibility::Public, Status::Active)), "403");
    assert_eq!(permit::<Modify>(&policy, &other, of(Visibility::Community, Status::Active)), "404");
    assert_eq!(permit::<Modify>(&policy, &other, of(Visibility::Public, Status::Deactivated)), "404");
    let read =
        |policy: &Policy| code(lifecycle::read_data(policy, &other, &of(Visibility::Public, Status::Deactivated)));
    assert_eq!(read(&policy), "404");
    assert_eq!(read(&Policy::defaults()), "403");
}

#[test]
fn legacy_defaults_keep_their_fixed_checks() {
    let policy = Policy::load(&[], false).unwrap();
    let owner = caller("alpha", "");
    let member = caller("beta", "");
    let other = caller("gamma", "");
    let shared = |caller: &Caller| match caller.project().map(crate::ProjectId::as_str) {
        Some("beta") => as_member(image(Visibility::Shared), "beta", MemberStatus::Pending),
        _ => alone(image(Visibility::Shared)),
    };
    // Without any role the owner's project does what a member could.
    assert_eq!(permit::<Download>(&policy, &owner, shared(&owner)), "ok");
    assert_eq!(permit::<Modify>(&policy, &owner, shared(&owner)), "ok");
    assert_eq!(permit::<Delete>(&policy, &owner, shared(&owner)), "ok");
    assert_eq!(code(sharing::invite(&policy, &owner, shared(&owner))), "ok");
    assert_eq!(code(revoke(&policy, &owner, shared(&owner), None, "beta")), "ok");
    // It cannot answer for a member, not even for one that is none.
    assert_eq!(code(respond(&policy, &owner, shared(&owner), None, "beta")), "403");
    assert_eq!(code(respond(&policy, &owner, shared(&owner), None, "nobody")), "403");
    // A member answers for itself and neither invites nor revokes.
    assert_eq!(code(respond(&policy, &member, shared(&member), None, "beta")), "ok");
    assert_eq!(code(sharing::invite(&policy, &member, shared(&member))), "403");
    assert_eq!(code(revoke(&policy, &member, shared(&member), None, "beta")), "403");
    assert_eq!(code(revoke(&policy, &member, shared(&member), None, "delta")), "403");
    assert_eq!(permit::<Modify>(&policy, &member, shared(&member)), "403");
    // Any token reads public and community images and changes none.
    assert_eq!(permit::<Get>(&policy, &other, alone(image(Visibility::Community))), "ok");
    assert_eq!(permit::<Download>(&policy, &other, alone(image(Visibility::Public))), "ok");
    assert_eq!(permit::<Delete>(&policy, &other, alone(image(Visibility::Public))), "403");
    assert_eq!(permit::<Get>(&policy, &other, shared(&other)), "404");
    assert!(policy.permit_list(&other).is_ok());
}

#[test]
fn create_checks_owner_role_and_visibility() {
    let policy = Policy::defaults();
    let create = |caller: &Caller, owner: Option<&str>, visibility| {
        let image = Image { owner: owner.map(crate::ProjectId::new), ..image(visibility) };
        policy.permit_create(caller, image).map(drop).map_err(|error| error.message().to_owned())
    };
    let member = caller("alpha", "member,reader");
    let admin = caller("ops", "admin");
    let refused = |rule: &str| Err(format!("You are not authorized to complete {rule} action."));
    let foreign = |owner: &str| Err(format!("You are not permitted to create images owned by '{owner}'"));
    assert_eq!(create(&member, Some("alpha"), Visibility::Shared), Ok(()));
    assert_eq!(create(&member, Some("alpha"), Visibility::Private), Ok(()));
    assert_eq!(create(&member, Some("alpha"), Visibility::Community), Ok(()));
    assert_eq!(create(&member, Some("alpha"), Visibility::Public), refused("publicize_image"));
    assert_eq!(create(&member, Some("beta"), Visibility::Shared), foreign("beta"));
    assert_eq!(create(&member, Some(""), Visibility::Shared), foreign(""));
    assert_eq!(create(&member, None, Visibility::Shared), foreign("None"));
    assert_eq!(create(&caller("alpha", "reader"), Some("alpha"), Visibility::Shared), refused("add_image"));
    assert_eq!(create(&caller("alpha", "service"), Some("alpha"), Visibility::Shared), refused("add_image"));
    assert_eq!(create(&admin, Some("beta"), Visibility::Public), Ok(()));
    assert_eq!(create(&admin, None, Visibility::Public), Ok(()));
    let legacy = Policy::load(&[], false).unwrap();
    let image = image(Visibility::Shared);
    assert_eq!(code(legacy.permit_create(&caller("beta", ""), image.clone())), "403");
    assert_eq!(code(legacy.permit_create(&caller("alpha", ""), image)), "ok");
}

#[test]
fn lists_are_for_readers_of_their_project() {
    let policy = Policy::defaults();
    let viewer = policy.permit_list(&caller("alpha", "reader")).unwrap();
    assert_eq!((viewer.project.as_ref().map(crate::ProjectId::as_str), viewer.admin), (Some("alpha"), false));
    assert!(policy.permit_list(&caller("ops", "admin")).unwrap().admin);
    for roles in ["", "service"] {
        assert_eq!(policy.permit_list(&caller("alpha", roles)).unwrap_err().kind(), Kind::Forbidden);
    }
}

#[test]
fn states_allow_what_the_reference_says() {
    let policy = Policy::defaults();
    let owner = caller("alpha", "member,reader");
    let admin = caller("ops", "admin");
    for status in Status::ALL {
        let image = Image { status, ..image(Visibility::Shared) };
        let (on, off) = (lifecycle::reactivate(&image), lifecycle::deactivate(&image));
        match status {
            Status::Active => {
                assert_eq!(on.unwrap(), None);
                assert_eq!(off.unwrap(), Some(Status::Deactivated));
            }
            Status::Deactivated => {
                assert_eq!(on.unwrap(), Some(Status::Active));
                assert_eq!(off.unwrap(), None);
            }
            _ => {
                assert_eq!(on.unwrap_err().kind(), Kind::Forbidden);
                assert_eq!(off.unwrap_err().kind(), Kind::Forbidden);
            }
        }
        let upload = lifecycle::begin_upload(&image);
        assert_eq!(upload.is_ok(), status == Status::Queued, "{status:?}");
        assert!(upload.is_ok_and(|()| true) || lifecycle::begin_upload(&image).unwrap_err().kind() == Kind::Conflict);
        assert_eq!(lifecycle::delete(&image).is_ok(), status != Status::Deleted, "{status:?}");
        let protected = Image { protected: true, ..image.clone() };
        assert_eq!(lifecycle::delete(&protected).unwrap_err().kind(), Kind::Forbidden);
        assert_eq!(lifecycle::read_data(&policy, &owner, &alone(image.clone())).is_ok(), status != Status::Deactivated);
        assert!(lifecycle::read_data(&policy, &admin, &alone(image)).is_ok());
    }
    let fresh = crate::testing::queued();
    let deleted = Image { status: Status::Deleted, ..fresh.clone() };
    let error = lifecycle::delete(&deleted).unwrap_err();
    assert_eq!(error.message(), "Image status transition from deleted to deleted is not allowed");
    assert_eq!(error.kind(), Kind::Invalid);
    let error = lifecycle::reactivate(&fresh).unwrap_err();
    assert_eq!(error.message(), "Not allowed to reactivate image in status 'queued'");
    let empty = Image { disk_format: Some(String::new()), ..fresh.clone() };
    assert_eq!(lifecycle::begin_upload(&empty).unwrap_err().kind(), Kind::Invalid);
    let bare = Image { disk_format: None, ..fresh };
    let error = lifecycle::begin_upload(&bare).unwrap_err();
    assert_eq!(error.message(), "Property disk_format must be set prior to saving data.");
    let error = lifecycle::begin_upload(&Image { container_format: None, ..bare }).unwrap_err();
    assert_eq!(error.message(), "Properties disk_format, container_format must be set prior to saving data.");
}
