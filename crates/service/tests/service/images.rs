//! Records: creating, listing, changing, at once and one after the other.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use salon_core::{
    ImageId, Kind, Result,
    image::{
        Status,
        list::ImageQuery,
        patch::{Changes, PatchMedia},
    },
    limits::Limits,
    membership::MemberName,
    policy::Policy,
};
use salon_service::{Ctx, Service, images, sharing};
use serde_json::{Value, json};

use crate::world::{Setup, World, admin, alice, bob, person};

fn kind<T>(result: Result<T>) -> Kind {
    result.err().expect("it should have been refused").kind()
}

fn changes(service: &Service, body: &Value) -> Changes {
    Changes::parse(PatchMedia::V21, body, service.formats()).unwrap()
}

fn query(params: &[(&str, &str)]) -> ImageQuery {
    let params: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ImageQuery::parse(&params, &Limits::default()).unwrap()
}

#[tokio::test]
async fn t_i2_a_record_lives_and_its_id_stays_used() {
    let world = World::new().await;
    let id = ImageId::parse("0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb001").unwrap();
    let body = json!({"id": id.as_str(), "name": "first", "color": "red", "tags": ["a", "b"]});
    let image = world.create(&alice(), body.clone()).await.unwrap();
    assert_eq!((image.status, image.owner.unwrap().as_str()), (Status::Queued, "alpha"));
    assert_eq!(images::show(&world.service, &alice(), &id).await.unwrap().properties["color"], "red");
    assert_eq!(kind(images::show(&world.service, &bob(), &id).await), Kind::NotFound);
    assert_eq!(kind(world.create(&bob(), body.clone()).await), Kind::Conflict);
    images::delete(&world.service, &alice(), &id).await.unwrap();
    assert_eq!(kind(images::show(&world.service, &alice(), &id).await), Kind::NotFound);
    assert_eq!(kind(images::delete(&world.service, &alice(), &id).await), Kind::NotFound);
    // T-I2
    assert_eq!(kind(world.create(&bob(), body).await), Kind::Conflict);
}

/// P7: absent and invisible are answered in the same words.
#[tokio::test]
async fn invisible_is_absent() {
    let world = World::new().await;
    let invisible = world.image(json!({})).await;
    let absent = ImageId::parse("0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb0ff").unwrap();
    let (service, bob) = (&world.service, bob());
    let patch = changes(service, &json!([{"op": "add", "path": "/x", "value": "y"}]));
    let empty = changes(service, &json!([]));
    let mut answers = Vec::new();
    for id in [&invisible, &absent] {
        let errors = [
            images::show(service, &bob, id).await.unwrap_err(),
            images::patch(service, &bob, id, &patch).await.unwrap_err(),
            images::patch(service, &bob, id, &empty).await.unwrap_err(),
            images::delete(service, &bob, id).await.unwrap_err(),
            images::add_tag(service, &bob, id, "t").await.unwrap_err(),
            images::remove_tag(service, &bob, id, "t").await.unwrap_err(),
            images::deactivate(service, &bob, id).await.unwrap_err(),
            images::reactivate(service, &bob, id).await.unwrap_err(),
            world.read(&bob, id).await.unwrap_err(),
        ];
        let texts = errors.map(|error| (error.kind(), error.message().replace(id.as_str(), "ID")));
        answers.push(texts);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].iter().all(|(kind, _)| *kind == Kind::NotFound));
}

#[tokio::test]
async fn protection_and_foreign_rights_are_respected() {
    let world = World::new().await;
    let id = world.image(json!({"protected": true})).await;
    assert_eq!(kind(images::delete(&world.service, &alice(), &id).await), Kind::Forbidden);
    assert_eq!(kind(images::delete(&world.service, &admin(), &id).await), Kind::Forbidden);
    let public = world.create(&admin(), json!({"visibility": "public"})).await.unwrap().id;
    assert_eq!(kind(images::delete(&world.service, &bob(), &public).await), Kind::Forbidden);
    assert_eq!(kind(images::add_tag(&world.service, &bob(), &public, "t").await), Kind::Forbidden);
    assert_eq!(kind(world.create(&person("rita", "alpha", &["reader"]), json!({})).await), Kind::Forbidden);
}

#[tokio::test]
async fn another_policy_is_in_force_from_the_next_request_on() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    world.service.replace_policy(Policy::load(&[("policy.yaml", "\"delete_image\": \"!\"")], true).unwrap());
    assert_eq!(kind(images::delete(&world.service, &alice(), &id).await), Kind::Forbidden);
    world.service.replace_policy(Policy::defaults());
    images::delete(&world.service, &alice(), &id).await.unwrap();
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end_and_the_last_one_says_so() {
    let world = World::new().await;
    let mut made = BTreeSet::new();
    for number in 0..7 {
        made.insert(world.image(json!({"name": format!("image {number}")})).await);
    }
    for limit in [1, 3, 7, 8] {
        let pages = pages(&world, &alice(), limit).await;
        assert!(pages.iter().all(|page| !page.is_empty()), "no page is empty");
        assert_eq!(pages.concat().into_iter().collect::<BTreeSet<_>>(), made);
    }
    let none = images::list(&world.service, &alice(), &query(&[("limit", "0")])).await.unwrap();
    assert_eq!((none.images.len(), none.next), (0, None));
    let foreign = images::list(&world.service, &bob(), &query(&[])).await.unwrap();
    assert_eq!(foreign.images.len(), 0);
    let nobody = person("nobody", "alpha", &[]);
    assert_eq!(kind(images::list(&world.service, &nobody, &query(&[])).await), Kind::Forbidden);
}

/// T-M3: no acknowledged change is lost, whoever writes at the same time, on one node or on several.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_m3_of_many_writers_at_once_none_loses_its_change() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    let nodes = [world.service.clone(), world.neighbour("node-2")];
    let writers = (0..32).map(|number| {
        let (service, id) = (nodes[number % 2].clone(), id.clone());
        tokio::spawn(async move {
            if number % 4 < 2 {
                let body = json!([{"op": "add", "path": format!("/p{number}"), "value": "set"}]);
                let outcome = images::patch(&service, &alice(), &id, &changes(&service, &body)).await;
                (format!("p{number}"), outcome.map(|image| assert_eq!(image.properties[&format!("p{number}")], "set")))
            } else {
                let tag = format!("t{number}");
                let outcome = images::add_tag(&service, &alice(), &id, &tag).await;
                (tag, outcome)
            }
        })
    });
    let mut acknowledged = BTreeSet::new();
    for joined in join_all(writers).await {
        let (name, outcome) = joined.unwrap();
        match outcome {
            Ok(()) => {
                acknowledged.insert(name);
            }
            // Allowed only for a writer that was overtaken again and again by the other node.
            Err(error) => assert_eq!(error.kind(), Kind::Conflict),
        }
    }
    let image = images::show(&world.service, &alice(), &id).await.unwrap();
    let kept: BTreeSet<String> = image.properties.keys().cloned().chain(image.tags).collect();
    assert_eq!(kept, acknowledged);
    assert!(!acknowledged.is_empty(), "somebody always wins");
}

/// On one node writers queue up, so none is ever turned away.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_one_node_every_writer_gets_through() {
    let limits = Limits { image_properties: None, ..Limits::default() };
    let world = World::with(Setup { limits, ..Setup::default() }).await;
    let id = world.image(json!({})).await;
    let writers = (0..250).map(|number| {
        let (service, id) = (world.service.clone(), id.clone());
        tokio::spawn(async move {
            let body = json!([{"op": "add", "path": format!("/p{number}"), "value": "set"}]);
            images::patch(&service, &alice(), &id, &changes(&service, &body)).await.map(drop)
        })
    });
    for joined in join_all(writers).await {
        joined.unwrap().unwrap();
    }
    assert_eq!(images::show(&world.service, &alice(), &id).await.unwrap().properties.len(), 250);
}

/// T-M4: a quota at its edge.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_quota_of_tags_is_not_overshot_by_adds_at_once() {
    let limits = Limits { image_tags: Some(5), ..Limits::default() };
    let world = World::with(Setup { limits, ..Setup::default() }).await;
    let id = world.image(json!({"tags": ["1", "2", "3", "4"]})).await;
    let adds = (0..16).map(|number| {
        let (service, id) = (world.service.clone(), id.clone());
        tokio::spawn(async move { images::add_tag(&service, &alice(), &id, &format!("new {number}")).await })
    });
    let outcomes: Vec<_> = join_all(adds).await.into_iter().map(|joined| joined.unwrap()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.into_iter().filter_map(Result::err).all(|error| error.kind() == Kind::OverLimit));
    assert_eq!(images::show(&world.service, &alice(), &id).await.unwrap().tags.len(), 5);
}

/// Who exists but is not to be seen, by its visibility or by the operator's rules, is no marker, in the words for one that
/// does not exist.
#[tokio::test]
async fn t_a4_a_marker_is_seen_with_the_callers_eyes() {
    let world = World::new().await;
    let mut made = Vec::new();
    for body in [json!({}), json!({"visibility": "community"}), json!({"visibility": "shared"}), json!({"name": "x"})] {
        made.push(world.image(body).await);
    }
    let [private, community, shared, hidden] = made.as_slice() else { panic!("{made:?}") };
    let absent = ImageId::parse("0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb0ff").unwrap();
    world.service.replace_policy(hiding(&[hidden]));
    let ask = async |ctx: &Ctx, marker: &ImageId| {
        images::list(&world.service, ctx, &query(&[("marker", marker.as_str())])).await.map(drop)
    };
    for (ctx, markers) in [
        (bob(), [&absent, private, shared, hidden].as_slice()),
        (alice(), &[&absent, hidden]),
        (admin(), &[&absent, hidden]),
    ] {
        for marker in markers {
            let error = ask(&ctx, marker).await.unwrap_err();
            let text = format!("No image found with ID {marker}");
            assert_eq!((error.kind(), error.message()), (Kind::Invalid, text.as_str()));
        }
    }
    sharing::invite(&world.service, &alice(), shared, &MemberName::parse("beta").unwrap()).await.unwrap();
    for (ctx, marker) in [(bob(), community), (bob(), shared), (alice(), private), (admin(), private)] {
        ask(&ctx, marker).await.unwrap();
    }
}

fn hiding(ids: &[&ImageId]) -> Policy {
    let rules: Vec<_> = ids.iter().map(|id| format!("'{id}':%(id)s")).collect();
    Policy::load(&[("policy.yaml", &format!("get_image: \"not ({})\"", rules.join(" or ")))], true).unwrap()
}

/// All pages of a list in the order of names; none but the last one is short, and each but it names its last image as the marker.
async fn pages(world: &World, ctx: &Ctx, limit: usize) -> Vec<Vec<ImageId>> {
    let mut pages: Vec<Vec<ImageId>> = Vec::new();
    let (length, mut marker) = (limit.to_string(), None::<ImageId>);
    loop {
        let mut params = vec![("limit", length.as_str()), ("sort", "name:asc")];
        params.extend(marker.as_ref().map(|marker| ("marker", marker.as_str())));
        let page = images::list(&world.service, ctx, &query(&params)).await.unwrap();
        let ids: Vec<_> = page.images.into_iter().map(|image| image.id).collect();
        if let Some(next) = &page.next {
            assert_eq!((ids.len(), ids.last()), (limit, Some(next)));
        }
        pages.push(ids);
        marker = page.next;
        if marker.is_none() {
            return pages;
        }
    }
}

/// What the operator's rules hide takes no place in a list, however the pages are cut, and no page names it.
#[tokio::test]
async fn t_a4_pages_pass_over_what_the_policy_hides() {
    let world = World::new().await;
    let mut made = Vec::new();
    for number in 10..22 {
        made.push(world.image(json!({"name": format!("image {number}")})).await);
    }
    for hidden in [vec![0], vec![11], vec![3, 4, 5, 6], vec![0, 1, 5, 10, 11], (1..12).collect(), (0..12).collect()] {
        let (gone, there): (Vec<_>, Vec<_>) = made.iter().enumerate().partition(|(at, _)| hidden.contains(at));
        world.service.replace_policy(hiding(&gone.into_iter().map(|(_, id)| id).collect::<Vec<_>>()));
        let there: Vec<_> = there.into_iter().map(|(_, id)| id.clone()).collect();
        for limit in [1, 2, 3, 5, 12, 13] {
            let pages = pages(&world, &alice(), limit).await;
            assert_eq!(pages.len(), there.len().div_ceil(limit).max(1), "{hidden:?} by {limit}");
            assert_eq!(pages.concat(), there, "{hidden:?} by {limit}");
        }
    }
}

/// A rule that hides very many images costs a request no more than a bound, and what is behind them can still be asked for.
#[tokio::test]
async fn t_d8_a_page_passes_over_a_bounded_number() {
    let world = World::with(Setup { limits: Limits { page_reads: 10, ..Limits::default() }, ..Setup::default() }).await;
    let (mut seen, mut hidden) = (Vec::new(), Vec::new());
    for number in 10..40 {
        let there = [10, 11, 39].contains(&number);
        let tags: &[&str] = if number == 39 { &["last"] } else { &[] };
        let id = world.image(json!({"name": format!("image {number}"), "tags": tags})).await;
        if there { &mut seen } else { &mut hidden }.push(id);
    }
    world.service.replace_policy(hiding(&hidden.iter().collect::<Vec<_>>()));
    let ask = async |params: &[(&str, &str)]| {
        let params = [&[("sort", "name:asc"), ("limit", "9")], params].concat();
        let page = images::list(&world.service, &alice(), &query(&params)).await?;
        Ok((page.images.into_iter().map(|image| image.id).collect::<Vec<_>>(), page.next))
    };
    // Ten are read, and two of them are there.
    assert_eq!(ask(&[]).await.unwrap(), (seen[..2].to_vec(), Some(seen[1].clone())));
    let behind = ("marker", seen[1].as_str());
    assert_eq!(kind(ask(&[behind]).await), Kind::OverLimit);
    assert_eq!(ask(&[behind, ("tag", "last")]).await.unwrap(), (seen[2..].to_vec(), None));
    world.service.replace_policy(Policy::defaults());
    assert_eq!(ask(&[]).await.unwrap().0.len(), 9);
}

#[tokio::test]
async fn tags_come_and_go_and_states_switch_back_and_forth() {
    let world = World::new().await;
    let id = world.active(b"x").await;
    let (service, alice) = (&world.service, alice());
    images::add_tag(service, &alice, &id, "t").await.unwrap();
    images::add_tag(service, &alice, &id, "t").await.unwrap();
    images::remove_tag(service, &alice, &id, "t").await.unwrap();
    assert_eq!(kind(images::remove_tag(service, &alice, &id, "t").await), Kind::NotFound);
    assert_eq!(kind(images::add_tag(service, &alice, &id, &"x".repeat(256)).await), Kind::Invalid);
    for _ in 0..2 {
        images::deactivate(service, &alice, &id).await.unwrap();
        assert_eq!(world.status(&id).await, Status::Deactivated);
    }
    for _ in 0..2 {
        images::reactivate(service, &alice, &id).await.unwrap();
        assert_eq!(world.status(&id).await, Status::Active);
    }
    let queued = world.image(json!({})).await;
    assert_eq!(kind(images::deactivate(service, &alice, &queued).await), Kind::Forbidden);
}

/// Every use case can be spawned: its future is `Send` for any caller.
#[tokio::test]
async fn use_cases_can_be_spawned() {
    fn spawnable<F: Future + Send>(_: F) {}
    let world = World::new().await;
    let (service, ctx) = (&world.service, &alice());
    let id = &ImageId::parse("0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb001").unwrap();
    let member = &salon_core::membership::MemberName::parse("beta").unwrap();
    let patch = changes(service, &json!([]));
    spawnable(images::patch(service, ctx, id, &patch));
    spawnable(images::delete(service, ctx, id));
    spawnable(images::add_tag(service, ctx, id, "t"));
    spawnable(images::deactivate(service, ctx, id));
    spawnable(images::list(service, ctx, &query(&[])));
    spawnable(salon_service::data::download(service, ctx, id));
    spawnable(salon_service::sharing::invite(service, ctx, id, member));
    spawnable(salon_service::sharing::list(service, ctx, id));
    spawnable(salon_service::v1::memberships_of(service, ctx, member));
    spawnable(salon_service::maintenance::recover(service));
    spawnable(salon_service::maintenance::run(service, tokio::sync::watch::channel(false).1));
}
