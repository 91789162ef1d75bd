use salon_core::{
    Timestamp,
    image::{Visibility, actions::Delete},
    membership::{ThingKind, rules::Invitation},
};

use crate::support::{World, actor, name};

pub(crate) async fn everything_is_told_once_and_trimmed(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    world.modify(&id, |image| image.name = Some("n".to_owned())).await.unwrap();
    world.invite(&id, "beta").await.unwrap();
    world.invite(&id, "beta").await.unwrap_err();
    let revoke = world.may_revoke(&id, "beta").await;
    world.catalog.revoke(&revoke, &name("beta"), world.now(), &actor()).await.unwrap();
    world.upload(&id, 3).await;
    let middle = world.now();
    let delete = world.permit::<Delete>(&id).await;
    world.catalog.delete_image(&delete, world.now(), &actor(), &*world.entropy).await.unwrap();
    let events = world.catalog.events(0, 100).await.unwrap();
    let topics: Vec<_> = events.iter().map(|event| event.topic.as_str()).collect();
    let expected = [
        "image.create",
        "image.update",
        "image.member.create",
        "image.member.delete",
        "image.update",
        "image.prepare",
        "image.update",
        "image.upload",
        "image.activate",
        "image.delete",
    ];
    assert_eq!(topics, expected);
    assert!(events.iter().all(|event| event.thing_id == id.as_str() && event.kind == "image"));
    let payload: serde_json::Value = serde_json::from_str(&events[0].payload).unwrap();
    assert_eq!(payload["image"]["id"], id.as_str());
    assert_eq!(payload["actor"]["request_id"], "req-1");
    let after = world.catalog.events(events[8].seq, 100).await.unwrap();
    assert_eq!(after, events[9..]);

    assert_eq!(world.catalog.trim_events(middle, 1000, 4).await.unwrap(), 4);
    assert_eq!(world.catalog.trim_events(middle, 1000, 100).await.unwrap(), 5);
    assert_eq!(world.catalog.events(0, 100).await.unwrap(), events[9..]);
    // By number, whatever their age.
    for _ in 0..5 {
        world.image("alpha", Visibility::Private).await;
    }
    world.catalog.trim_events(middle, 2, 100).await.unwrap();
    assert!(world.catalog.events(0, 100).await.unwrap().len() <= 2);
}

/// Whoever has read the outbox up to a number misses nothing after it, whatever was removed.
pub(crate) async fn numbers_of_events_never_come_again(world: World) {
    let mut last = 0;
    for keep in [0, 1000, 0] {
        world.image("alpha", Visibility::Private).await;
        world.catalog.trim_events(world.now(), keep, 100).await.unwrap();
        let left = world.catalog.events(0, 100).await.unwrap();
        assert_eq!(left.len(), 1);
        assert!(left[0].seq > last, "{} after {last}", left[0].seq);
        last = left[0].seq;
    }
}

/// What a clock wrote that was ahead for a while does not keep what is old, nor the other way around.
pub(crate) async fn a_clock_that_was_ahead_keeps_nothing_old(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    let (now, invite) = (world.now(), world.may_invite(&id).await);
    let year = 365 * 24 * 3600 * 1_000_000;
    for (member, at) in [("a", now.0), ("b", now.0 + year), ("c", now.0 + 1), ("d", now.0 + year), ("e", now.0 + 2)] {
        let invitation = Invitation::pending(name(member));
        world.catalog.invite(&invite, &invitation, None, Timestamp(at), &actor()).await.unwrap();
    }
    assert_eq!(world.catalog.trim_history(Timestamp(now.0 + 2), 100).await.unwrap(), 3);
    let left = world.catalog.member_history(ThingKind::Image, id.as_str(), 0, 10).await.unwrap();
    assert_eq!(left.iter().map(|entry| entry.member.as_str()).collect::<Vec<_>>(), ["d", "e"]);
    assert_eq!(world.catalog.trim_history(Timestamp(now.0 + year + 1), 100).await.unwrap(), 1);
    assert_eq!(world.catalog.trim_history(Timestamp(now.0 + year + 1), 100).await.unwrap(), 0);
}
