use salon_core::image::{Visibility, actions::Delete};

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
