//! Guest lists.

use futures_util::future::join_all;
use salon_core::{
    ImageId, Kind, Result,
    image::list::ImageQuery,
    limits::Limits,
    membership::{MemberName, MemberStatus, Membership, ThingKind},
    policy::Policy,
};
use salon_service::{Ctx, images, sharing, v1};
use serde_json::json;

use crate::world::{Setup, World, admin, alice, bob, person};

fn kind<T>(result: Result<T>) -> Kind {
    result.err().expect("it should have been refused").kind()
}

fn beta() -> MemberName {
    MemberName::parse("beta").unwrap()
}

fn carol() -> Ctx {
    person("carol", "gamma", &["member", "reader"])
}

fn names(list: &[Membership]) -> Vec<&str> {
    list.iter().map(|membership| membership.member.as_str()).collect()
}

async fn listed(world: &World, ctx: &Ctx, id: &ImageId, params: &[(&str, &str)]) -> bool {
    let params: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let query = ImageQuery::parse(&params, &Limits::default()).unwrap();
    images::list(&world.service, ctx, &query).await.unwrap().images.iter().any(|image| image.id == *id)
}

/// The main job: share, accept, read, remove. T-M1, P4.
#[tokio::test]
async fn an_image_is_shared_accepted_read_and_taken_away_again() {
    let world = World::new().await;
    let id = world.active(b"shared bytes").await;
    let (service, bob) = (&world.service, bob());
    assert_eq!(kind(world.read(&bob, &id).await), Kind::NotFound);

    let invited = sharing::invite(service, &alice(), &id, &beta()).await.unwrap();
    assert_eq!((invited.member.as_str(), invited.status), ("beta", MemberStatus::Pending));
    assert!(!listed(&world, &bob, &id, &[]).await);
    assert!(listed(&world, &bob, &id, &[("member_status", "pending"), ("visibility", "shared")]).await);

    sharing::respond(service, &bob, &id, &beta(), MemberStatus::Accepted).await.unwrap();
    assert!(listed(&world, &bob, &id, &[]).await);
    assert_eq!(world.read(&bob, &id).await.unwrap().unwrap(), b"shared bytes");
    assert_eq!(sharing::show(service, &bob, &id, &beta()).await.unwrap().status, MemberStatus::Accepted);

    sharing::revoke(service, &alice(), &id, &beta()).await.unwrap();
    assert!(!listed(&world, &bob, &id, &[("member_status", "all")]).await);
    assert_eq!(kind(images::show(service, &bob, &id).await), Kind::NotFound);
    assert_eq!(kind(world.read(&bob, &id).await), Kind::NotFound);
    assert_eq!(kind(sharing::revoke(service, &alice(), &id, &beta()).await), Kind::NotFound);
}

#[tokio::test]
async fn each_sees_and_does_what_is_its_own() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    let (service, gamma) = (&world.service, MemberName::parse("gamma").unwrap());
    sharing::invite(service, &alice(), &id, &beta()).await.unwrap();
    sharing::invite(service, &alice(), &id, &gamma).await.unwrap();
    assert_eq!(kind(sharing::invite(service, &alice(), &id, &gamma).await), Kind::Conflict);

    assert_eq!(names(&sharing::list(service, &alice(), &id).await.unwrap()), ["beta", "gamma"]);
    assert_eq!(names(&sharing::list(service, &admin(), &id).await.unwrap()), ["beta", "gamma"]);
    assert_eq!(names(&sharing::list(service, &bob(), &id).await.unwrap()), ["beta"]);
    assert_eq!(kind(sharing::show(service, &bob(), &id, &gamma).await), Kind::NotFound);

    let accept = MemberStatus::Accepted;
    assert_eq!(kind(sharing::respond(service, &alice(), &id, &beta(), accept).await), Kind::Forbidden);
    assert_eq!(kind(sharing::respond(service, &carol(), &id, &beta(), accept).await), Kind::NotFound);
    assert_eq!(
        kind(sharing::invite(service, &bob(), &id, &MemberName::parse("delta").unwrap()).await),
        Kind::Forbidden
    );
    assert_eq!(kind(sharing::revoke(service, &bob(), &id, &beta()).await), Kind::Forbidden);
    sharing::respond(service, &admin(), &id, &beta(), MemberStatus::Rejected).await.unwrap();
    assert_eq!(sharing::show(service, &alice(), &id, &beta()).await.unwrap().status, MemberStatus::Rejected);

    let stranger = person("dora", "delta", &["member", "reader"]);
    for answer in [
        kind(sharing::list(service, &stranger, &id).await),
        kind(sharing::show(service, &stranger, &id, &beta()).await),
        kind(sharing::invite(service, &stranger, &id, &beta()).await),
        kind(sharing::revoke(service, &stranger, &id, &beta()).await),
        kind(sharing::respond(service, &stranger, &id, &beta(), accept).await),
    ] {
        assert_eq!(answer, Kind::NotFound);
    }
    let private = world.image(json!({"visibility": "private"})).await;
    assert_eq!(kind(sharing::invite(service, &alice(), &private, &beta()).await), Kind::Forbidden);
    assert_eq!(kind(sharing::list(service, &alice(), &private).await), Kind::Forbidden);
    assert_eq!(kind(sharing::show(service, &alice(), &private, &beta()).await), Kind::NotFound);
}

#[tokio::test]
async fn a_member_finds_what_is_shared_with_it_and_nothing_else() {
    let world = World::new().await;
    let service = &world.service;
    let mut shared = Vec::new();
    for number in 0..3 {
        let id = world.image(json!({"os_hidden": number == 1})).await;
        sharing::invite(service, &alice(), &id, &beta()).await.unwrap();
        shared.push(id);
    }
    let found = v1::memberships_of(service, &bob(), &beta()).await.unwrap();
    let mut ids: Vec<_> = found.iter().map(|membership| membership.thing.id.clone()).collect();
    ids.sort();
    let mut expected: Vec<_> = shared.iter().map(|id| id.as_str().to_owned()).collect();
    expected.sort();
    assert_eq!(ids, expected);
    // An image that is private now is none of its members' business, though its rows wait for it to be shared again.
    let body = json!([{"op": "replace", "path": "/visibility", "value": "private"}]);
    let media = salon_core::image::patch::PatchMedia::V21;
    let changes = salon_core::image::patch::Changes::parse(media, &body, service.formats()).unwrap();
    images::patch(service, &alice(), &shared[0], &changes).await.unwrap();
    assert_eq!(v1::memberships_of(service, &bob(), &beta()).await.unwrap().len(), 2);
    assert_eq!(v1::memberships_of(service, &carol(), &beta()).await.unwrap(), []);
    // Nor is one that the operator's rules hide, from its members or from its owner.
    let policy = |text: &str| Policy::load(&[("policy.yaml", text)], true).unwrap();
    let hidden = format!("get_image: \"not '{}':%(id)s\"", shared[1]);
    service.replace_policy(policy(&hidden));
    for (caller, visible) in [(bob(), vec![&shared[2]]), (alice(), vec![&shared[0], &shared[2]])] {
        let found = v1::memberships_of(service, &caller, &beta()).await.unwrap();
        let mut ids: Vec<_> = found.iter().map(|membership| membership.thing.id.as_str()).collect();
        ids.sort_unstable();
        let mut visible: Vec<_> = visible.into_iter().map(salon_core::ImageId::as_str).collect();
        visible.sort_unstable();
        assert_eq!(ids, visible);
    }
}

/// T-M2: of parallel invitations exactly one makes a row, and one revocation ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_m2_of_parallel_invitations_one_counts_and_one_revocation_ends_it() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    let nodes = [world.service.clone(), world.neighbour("node-2")];
    for round in 0..60 {
        let invitations = (0..16).map(|number: usize| {
            let (service, id) = (nodes[number % 2].clone(), id.clone());
            tokio::spawn(async move { sharing::invite(&service, &alice(), &id, &beta()).await })
        });
        let outcomes: Vec<_> = join_all(invitations).await.into_iter().map(|joined| joined.unwrap()).collect();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "round {round}");
        assert!(outcomes.into_iter().filter_map(Result::err).all(|error| error.kind() == Kind::Conflict));
        assert_eq!(sharing::list(&world.service, &alice(), &id).await.unwrap().len(), 1);
        sharing::revoke(&world.service, &alice(), &id, &beta()).await.unwrap();
        assert_eq!(kind(images::show(&nodes[1], &bob(), &id).await), Kind::NotFound);
        assert_eq!(sharing::list(&world.service, &alice(), &id).await.unwrap().len(), 0);
    }
}

/// T-M4
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_m4_the_quota_of_members_is_not_overshot_by_invitations_at_once() {
    let limits = Limits { image_members: Some(3), ..Limits::default() };
    let world = World::with(Setup { limits, ..Setup::default() }).await;
    let id = world.image(json!({})).await;
    for name in ["one", "two"] {
        sharing::invite(&world.service, &alice(), &id, &MemberName::parse(name).unwrap()).await.unwrap();
    }
    let invitations = (0..16).map(|number| {
        let (service, id) = (world.service.clone(), id.clone());
        let member = MemberName::parse(&format!("member {number}")).unwrap();
        tokio::spawn(async move { sharing::invite(&service, &alice(), &id, &member).await })
    });
    let outcomes: Vec<_> = join_all(invitations).await.into_iter().map(|joined| joined.unwrap()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.into_iter().filter_map(Result::err).all(|error| error.kind() == Kind::OverLimit));
    assert_eq!(sharing::list(&world.service, &alice(), &id).await.unwrap().len(), 3);
}

/// P4: a permission computed before a change does not outlive it. An image that stops being shared while
/// invitations are on their way has no member that was not there before.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_invitation_gets_past_the_end_of_sharing() {
    let world = World::new().await;
    for _ in 0..20 {
        let id = world.image(json!({})).await;
        let invitations = (0..8).map(|number| {
            let (service, id) = (world.service.clone(), id.clone());
            let member = MemberName::parse(&format!("member {number}")).unwrap();
            tokio::spawn(async move { sharing::invite(&service, &alice(), &id, &member).await })
        });
        let invitations: Vec<_> = invitations.collect();
        let body = json!([{"op": "replace", "path": "/visibility", "value": "private"}]);
        let media = salon_core::image::patch::PatchMedia::V21;
        let changes = salon_core::image::patch::Changes::parse(media, &body, world.service.formats()).unwrap();
        images::patch(&world.service, &alice(), &id, &changes).await.unwrap();
        let history = world.catalog.member_history(ThingKind::Image, id.as_str(), 0, 100).await.unwrap();
        let before = history.len();
        let mut invited = 0;
        for joined in join_all(invitations).await {
            match joined.unwrap() {
                Ok(_) => invited += 1,
                Err(error) => assert_eq!(error.kind(), Kind::Forbidden),
            }
        }
        assert_eq!(before, invited, "whoever was told yes was on the list when sharing ended, and nobody else");
    }
}
