use crate::{
    Kind, Viewer,
    image::{
        Visibility,
        actions::Get,
        rackspace::{
            list, permit,
            roles::{Level, acting},
            sharing,
        },
        sharing::Guests,
    },
    membership::{MemberName, MemberStatus},
    policy::Policy,
    testing::{alone, as_member, caller, image},
};

use super::*;

fn name(text: &str) -> MemberName {
    MemberName::parse(text).unwrap()
}

/// The kind of a refusal; `None` when it is allowed.
fn kind<T>(answer: Result<T>) -> Option<Kind> {
    answer.err().map(|error| error.kind())
}

/// Cloud Images, who may do what: producer, consumer, somebody else, and a reader of the producer's project.
#[test]
fn who_may_do_what() {
    let policy = Policy::defaults();
    let (forbidden, absent) = (Some(Kind::Forbidden), Some(Kind::NotFound));
    let shared = |who: &str| match who {
        "beta" => as_member(image(Visibility::Shared), "beta", MemberStatus::Pending),
        _ => alone(image(Visibility::Shared)),
    };
    for (project, roles, expected) in [
        ("alpha", "member,reader", [None, None, None, forbidden, None]),
        ("alpha", "reader", [None, None, forbidden, forbidden, forbidden]),
        ("beta", "member,reader", [None, None, absent, None, absent]),
        ("gamma", "member,reader", [absent, absent, absent, absent, absent]),
        ("ops", "admin,member,reader", [None, None, None, None, None]),
        ("alpha", "", [absent, absent, absent, absent, absent]),
        ("beta", "", [absent, absent, absent, absent, absent]),
    ] {
        let caller = caller(project, roles);
        let view = || shared(project);
        let found = [
            kind(sharing::list(&policy, &caller, view())),
            kind(sharing::show(&policy, &caller, view(), &name("beta"))),
            kind(sharing::invite(&policy, &caller, view())),
            kind(sharing::look_up(&policy, &caller, view(), &name("beta"))),
            kind(sharing::revoke(&policy, &caller, view())),
        ];
        assert_eq!(found, expected, "{project} with {roles}");
    }
    // A member sees itself only.
    let beta = caller("beta", "member,reader");
    assert_eq!(kind(sharing::show(&policy, &beta, shared("beta"), &name("gamma"))), absent);
    assert_eq!(kind(sharing::look_up(&policy, &beta, shared("beta"), &name("gamma"))), absent);
    assert!(matches!(sharing::list(&policy, &beta, shared("beta")), Ok(Guests::Own(Some(_)))));
}

#[test]
fn images_that_are_not_shared() {
    let policy = Policy::defaults();
    let (forbidden, absent) = (Some(Kind::Forbidden), Some(Kind::NotFound));
    let (alpha, beta) = (caller("alpha", "member,reader"), caller("beta", "member,reader"));
    for (visibility, invited) in [
        (Visibility::Private, None),
        (Visibility::Shared, None),
        (Visibility::Community, forbidden),
        (Visibility::Public, forbidden),
    ] {
        assert_eq!(kind(sharing::invite(&policy, &alpha, alone(image(visibility)))), invited, "{visibility:?}");
        assert_eq!(kind(sharing::invite(&policy, &beta, alone(image(visibility)))), absent, "{visibility:?}");
        assert_eq!(kind(sharing::list(&policy, &alpha, alone(image(visibility)))), None, "{visibility:?}");
        assert_eq!(kind(sharing::list(&policy, &beta, alone(image(visibility)))), absent, "{visibility:?}");
        // A row without effect gives nothing.
        if visibility != Visibility::Shared {
            let dormant = || as_member(image(visibility), "beta", MemberStatus::Accepted);
            assert_eq!(kind(sharing::list(&policy, &beta, dormant())), absent, "{visibility:?}");
            assert_eq!(kind(sharing::look_up(&policy, &beta, dormant(), &name("beta"))), absent, "{visibility:?}");
        }
    }
    // Community images are their owner's and nobody else's here.
    assert_eq!(kind(permit::<Get>(&policy, &beta, alone(image(Visibility::Community)))), absent);
    assert_eq!(kind(permit::<Get>(&policy, &alpha, alone(image(Visibility::Community)))), None);
    assert_eq!(kind(permit::<Get>(&policy, &beta, alone(image(Visibility::Public)))), None);
    assert_eq!(Visibility::parse(visibility(Visibility::Shared)), Some(Visibility::Private));
}

#[test]
fn product_roles_give_what_an_operation_needs() {
    for (roles, level) in [
        ("observer", Some(Level::Observer)),
        ("cloudimages:observer", Some(Level::Observer)),
        ("cloudimages:creator", Some(Level::Creator)),
        ("cloudimages:admin", Some(Level::Admin)),
        ("identity:user-admin", Some(Level::Admin)),
        ("cloudimages:observer,cloudimages:creator", Some(Level::Creator)),
        ("creator", None),
        ("", None),
    ] {
        for least in [Level::Observer, Level::Creator, Level::Admin] {
            for writes in [false, true] {
                let acted = acting(caller("alpha", roles), least, writes);
                let suffices = level.is_some_and(|level| level >= least);
                assert_eq!(acted.has_role("reader"), level.is_some(), "{roles} {least:?}");
                assert_eq!(acted.has_role("member"), suffices && writes, "{roles} {least:?}");
                assert!(!acted.has_role("admin"));
            }
        }
    }
    // What somebody has beside it stays.
    let both = acting(caller("alpha", "member,reader,observer"), Level::Admin, true);
    assert_eq!(both.roles.len(), 3);
}

#[test]
fn pages() {
    let viewer = || Viewer { project: None, admin: true };
    let parse = |name: &str, value: &str| list::parse(&[(name.to_owned(), value.to_owned())], viewer()).unwrap();
    for (value, limit) in [("1", 1), ("100", 100), ("101", 25), ("99999999999999999999", 25), ("", 25), ("0", 0)] {
        let (query, viewer) = parse("limit", value);
        assert_eq!((query.limit, viewer.admin), (limit, false), "{value}");
    }
    let many: Vec<_> = (0..65).map(|at| (format!("p{at}"), "v".to_owned())).collect();
    assert!(list::parse(&many, viewer()).is_err());
    assert!(list::parse(&many[..64], viewer()).is_ok());
}
