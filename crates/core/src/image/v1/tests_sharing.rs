//! Who may do what with an image and its guest list in v1, cell by cell.

use super::sharing::{self, Onlooker, Reach};
use crate::{
    Caller, Kind, Result,
    image::{
        Image, ImageView, Status, Visibility,
        actions::{Get, Modify},
        sharing::Guests,
    },
    membership::{MemberName, MemberStatus, Membership},
    policy::Policy,
    testing::{alone, caller, image, membership},
};

fn name(text: &str) -> MemberName {
    MemberName::parse(text).unwrap()
}

fn code<T>(result: Result<T>) -> &'static str {
    match result.map_err(|error| error.kind()) {
        Ok(_) => "ok",
        Err(Kind::Forbidden) => "403",
        Err(Kind::NotFound) => "404",
        Err(other) => panic!("unexpected {other:?}"),
    }
}

fn reach(reach: Result<Reach>) -> String {
    match reach {
        Ok(Reach::Whole) => "whole".to_owned(),
        Ok(Reach::Own(member)) => member,
        Err(error) => code::<()>(Err(error)).to_owned(),
    }
}

fn list(policy: &Policy, caller: &Caller, view: ImageView) -> &'static str {
    match sharing::list(policy, caller, view) {
        Ok(Guests::All(_)) => "all",
        Ok(Guests::Own(Some(_))) => "own",
        Ok(Guests::Own(None)) => "none",
        Err(error) => code::<()>(Err(error)),
    }
}

/// The caller, and the image as its project reaches it: `sharer` and `member` have rows, with and without `can_share`.
fn who(name: &str, visibility: Visibility) -> (Caller, ImageView) {
    let row = |can_share| Membership { can_share, ..membership("beta", MemberStatus::Pending) };
    let (caller, membership) = match name {
        "owner" => (caller("alpha", "member,reader"), None),
        "owner-reader" => (caller("alpha", "reader"), None),
        "sharer" => (caller("beta", "member,reader"), Some(row(true))),
        "sharer-reader" => (caller("beta", "reader"), Some(row(true))),
        "sharer-none" => (caller("beta", ""), Some(row(true))),
        "member" => (caller("beta", "member,reader"), Some(row(false))),
        "other" => (caller("gamma", "member,reader"), None),
        // Rows of others in a view give nothing.
        "stranger" => (caller("gamma", "member,reader"), Some(row(true))),
        "admin" => (caller("ops", "admin,member,reader"), None),
        other => panic!("no caller {other}"),
    };
    (caller, ImageView { membership, ..alone(image(visibility)) })
}

/// What the caller may do: grant, replace, revoke `beta` and `delta`, list, show `beta` and `delta`.
fn answers(policy: &Policy, caller: &str, visibility: Visibility) -> [String; 7] {
    let (caller, view) = who(caller, visibility);
    let view = || view.clone();
    [
        reach(sharing::grant(policy, &caller, view()).map(|sharer| sharer.reach().clone())),
        reach(sharing::replace(policy, &caller, view()).map(|sharer| sharer.reach().clone())),
        code(sharing::revoke(policy, &caller, view(), &name("beta"))).to_owned(),
        code(sharing::revoke(policy, &caller, view(), &name("delta"))).to_owned(),
        list(policy, &caller, view()).to_owned(),
        code(sharing::show(policy, &caller, view(), &name("beta"))).to_owned(),
        code(sharing::show(policy, &caller, view(), &name("delta"))).to_owned(),
    ]
}

#[test]
fn who_may_do_what() {
    use Visibility::{Private, Public, Shared};
    let policy = Policy::defaults();
    let absent = ["404"; 7];
    for (caller, visibilities, expected) in [
        ("owner", &[Private, Shared, Public][..], ["whole", "whole", "ok", "ok", "all", "ok", "ok"]),
        ("owner-reader", &[Private, Shared, Public], ["403", "403", "403", "403", "all", "ok", "ok"]),
        ("admin", &[Private, Shared, Public], ["whole", "whole", "ok", "ok", "all", "ok", "ok"]),
        ("sharer", &[Shared, Public], ["beta", "beta", "ok", "404", "own", "ok", "404"]),
        ("sharer-reader", &[Shared, Public], ["403", "403", "403", "403", "own", "ok", "404"]),
        ("member", &[Shared, Public], ["404", "404", "404", "404", "own", "ok", "404"]),
        ("other", &[Public], ["404", "404", "404", "404", "none", "404", "404"]),
        ("stranger", &[Public], ["404", "404", "404", "404", "none", "404", "404"]),
        ("sharer", &[Private], absent),
        ("member", &[Private], absent),
        ("other", &[Private, Shared], absent),
        ("stranger", &[Private, Shared], absent),
        ("sharer-none", &[Private, Shared, Public], absent),
    ] {
        for visibility in visibilities {
            assert_eq!(answers(&policy, caller, *visibility), expected, "{caller} {visibility:?}");
        }
    }
}

/// Each operation asks its own rules, and the owner's role does not stand in for them.
#[test]
fn every_operation_has_its_rule() {
    for (denied, expected) in [
        ("add_member", ["403", "403", "ok", "ok", "all", "ok", "ok"]),
        ("delete_member", ["whole", "403", "403", "403", "all", "ok", "ok"]),
        ("get_members", ["whole", "whole", "ok", "ok", "403", "ok", "ok"]),
        ("get_member", ["whole", "whole", "ok", "ok", "all", "403", "403"]),
    ] {
        let text = format!("{denied}: '!'");
        let policy = Policy::load(&[("policy.yaml", &text)], true).unwrap();
        assert_eq!(answers(&policy, "owner", Visibility::Shared), expected, "{denied}");
    }
}

/// Who neither owns nor administers an image is told that it may not be changed of a public one only.
#[test]
fn refusals_look_like_absence() {
    use Visibility::{Community, Private, Public, Shared};
    let policy = Policy::defaults();
    for (caller, expected) in [
        ("owner", ["ok", "ok", "ok", "ok"]),
        ("admin", ["ok", "ok", "ok", "ok"]),
        ("owner-reader", ["403", "403", "403", "403"]),
        ("member", ["404", "404", "404", "403"]),
        ("other", ["404", "404", "404", "403"]),
    ] {
        let answers = [Private, Shared, Community, Public].map(|visibility| {
            let (caller, view) = who(caller, visibility);
            code(super::permit::<Modify>(&policy, &caller, view))
        });
        assert_eq!(answers, expected, "{caller}");
    }
    let (member, view) = who("member", Shared);
    let id = view.image.id.clone();
    let error = super::permit::<Modify>(&policy, &member, view).unwrap_err();
    assert_eq!(error.message(), crate::policy::image_absent(&id).message());
    let (member, view) = who("member", Shared);
    assert_eq!(code(super::permit::<Get>(&policy, &member, view)), "ok");
}

#[test]
fn data_is_there_of_images_that_have_some() {
    for status in Status::ALL {
        let answer = super::read_data(&Image { status, ..image(Visibility::Shared) });
        let there = matches!(status, Status::Active | Status::Deactivated);
        assert_eq!(code(answer), if there { "ok" } else { "404" }, "{status:?}");
    }
}

#[test]
fn a_sharer_has_the_image_it_was_decided_for() {
    let policy = Policy::defaults();
    let (owner, view) = who("owner", Visibility::Shared);
    let id = view.image.id.clone();
    assert_eq!(sharing::grant(&policy, &owner, view).unwrap().image().image.id, id);
    let (other, view) = who("other", Visibility::Shared);
    let error = sharing::grant(&policy, &other, view).unwrap_err();
    assert_eq!(error.message(), crate::policy::image_absent(&id).message());
}

#[test]
fn whose_memberships_somebody_sees() {
    let policy = Policy::defaults();
    let of = |policy: &Policy, project: &str, roles: &str| {
        sharing::memberships_of(policy, &caller(project, roles), &name("beta")).map_err(|error| error.kind())
    };
    assert_eq!(of(&policy, "ops", "admin").unwrap(), Onlooker::Administrator);
    assert_eq!(of(&policy, "beta", "admin").unwrap(), Onlooker::Administrator);
    assert_eq!(of(&policy, "beta", "reader").unwrap(), Onlooker::Member);
    assert_eq!(of(&policy, "alpha", "reader").unwrap(), Onlooker::Owner(crate::ProjectId::new("alpha")));
    assert_eq!(of(&policy, "beta", "").unwrap_err(), Kind::Forbidden);
    for denied in ["get_members: '!'", "get_images: '!'"] {
        let policy = Policy::load(&[("policy.yaml", denied)], true).unwrap();
        assert_eq!(of(&policy, "beta", "reader").unwrap_err(), Kind::Forbidden, "{denied}");
    }
    for name in ["project_id", "owner", "member_id", "member"] {
        let own = format!("get_members: 'project_id:%({name})s'");
        let policy = Policy::load(&[("policy.yaml", &own)], true).unwrap();
        assert_eq!(of(&policy, "beta", "reader").unwrap(), Onlooker::Member, "{name}");
    }
}
