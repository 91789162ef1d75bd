//! Durable jobs, and trimming.

use std::time::Duration;

use salon_catalog::jobs::{NewJob, REMOVE_BYTES};
use salon_core::{Clock, Kind};
use salon_service::{
    Retention, Settings, data, images,
    maintenance::{self, Trimmed},
    sharing,
};
use serde_json::json;
use tokio::sync::watch;

use crate::world::{Counter, Point, Setup, World, alice, chunks, request};

async fn waiting(world: &World) -> u64 {
    world.catalog.count_jobs(REMOVE_BYTES, 100).await.unwrap()
}

/// F-3: a delete leaves a job, never a row without bytes or bytes without a job.
#[tokio::test]
async fn deleting_leaves_a_job_and_the_job_removes_the_bytes() {
    let world = World::new().await;
    let id = world.active(b"to be removed").await;
    let other = world.active(b"to be kept").await;
    images::delete(&world.service, &alice(), &id).await.unwrap();
    assert_eq!((world.files().len(), waiting(&world).await), (2, 1));
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert_eq!((world.files().len(), waiting(&world).await), (1, 0));
    assert_eq!(world.read(&alice(), &other).await.unwrap().unwrap(), b"to be kept");
}

#[tokio::test]
async fn a_failing_job_is_tried_again_later_and_later() {
    let world = World::new().await;
    let id = world.active(b"stubborn").await;
    images::delete(&world.service, &alice(), &id).await.unwrap();
    world.store.break_at(Point::Delete, Kind::Unavailable);
    for pause in [1, 2, 4, 8] {
        assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
        assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 0, "not at once");
        world.clock.advance(Duration::from_secs(pause));
    }
    world.store.open_gates();
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert_eq!((world.files().len(), waiting(&world).await), (0, 0));
}

/// T-I5: a job cannot remove what an image has, whatever its payload says.
#[tokio::test]
async fn t_i5_bytes_of_an_image_are_not_removed_by_a_stray_job() {
    let world = World::new().await;
    let id = world.active(b"in use").await;
    let location = world.row(&id).await.unwrap().location.unwrap();
    let payload = json!({"image_id": id.as_str(), "store": location.store, "key": location.key}).to_string();
    let now = world.clock.now();
    for payload in [payload.as_str(), "{}", "not json"] {
        let job = NewJob { kind: REMOVE_BYTES.to_owned(), payload: payload.to_owned(), run_at: now };
        world.catalog.enqueue(&job, now, &Counter::new(payload.len() as u64)).await.unwrap();
    }
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 3);
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"in use");
    assert_eq!(waiting(&world).await, 2, "what cannot be read stays for the operator to see");
}

/// A removal on suspicion waits while an upload is between its file and its row.
#[tokio::test]
async fn nothing_is_removed_while_an_upload_is_about_to_finish() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    world.store.close(Point::AfterPublish);
    let upload = tokio::spawn({
        let (service, id) = (world.service.clone(), id.clone());
        async move { data::upload(&service, &alice(), &id, request(chunks(b"nearly there"))).await }
    });
    world.store.reached().await;
    let payload = json!({"image_id": id.as_str(), "store": "file", "key": world.files()[0]}).to_string();
    let now = world.clock.now();
    let job = NewJob { kind: REMOVE_BYTES.to_owned(), payload, run_at: now };
    world.catalog.enqueue(&job, now, &Counter::new(9)).await.unwrap();
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert_eq!((world.files().len(), waiting(&world).await), (1, 1));
    world.store.open_gates();
    upload.await.unwrap().unwrap();
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert_eq!(waiting(&world).await, 0);
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"nearly there");
}

/// F-18: a job whose node fell silent goes to another one; the late node's end of it is refused.
#[tokio::test]
async fn a_job_of_a_silent_node_goes_to_another() {
    let world = World::new().await;
    let id = world.active(b"contested").await;
    images::delete(&world.service, &alice(), &id).await.unwrap();
    let lease = Settings::new("").lease;
    let late = world.catalog.claim_job(REMOVE_BYTES, world.clock.now(), lease).await.unwrap().unwrap();
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 0);
    world.clock.advance(lease * 2);
    assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
    assert!(!world.catalog.complete_job(&late.id, late.fence).await.unwrap());
    assert_eq!((world.files().len(), waiting(&world).await), (0, 0));
}

/// F-30: a node that wakes up in the middle of a job that another one does by now harms nothing.
#[tokio::test]
async fn two_nodes_in_the_middle_of_one_job_end_it_once() {
    let world = World::new().await;
    let id = world.active(b"contested").await;
    let kept = world.active(b"kept").await;
    images::delete(&world.service, &alice(), &id).await.unwrap();
    world.store.close(Point::Delete);
    let run = |service: salon_service::Service| tokio::spawn(async move { maintenance::run_due(&service).await });
    let first = run(world.service.clone());
    world.store.reached().await;
    world.clock.advance(Settings::new("").lease * 2);
    world.store.close(Point::Delete);
    let second = run(world.neighbour("node-2"));
    world.store.reached().await;
    world.store.open_gates();
    assert_eq!(first.await.unwrap().unwrap(), 1);
    assert_eq!(second.await.unwrap().unwrap(), 1);
    assert_eq!((world.files().len(), waiting(&world).await), (1, 0));
    assert_eq!(world.read(&alice(), &kept).await.unwrap().unwrap(), b"kept");
}

#[tokio::test]
async fn the_runner_does_jobs_as_they_come_and_finishes_them_when_it_is_stopped() {
    let world = World::new().await;
    let (stop, stopped) = watch::channel(false);
    let runner = tokio::spawn({
        let service = world.service.clone();
        async move { maintenance::run(&service, stopped).await }
    });
    let id = world.active(b"one").await;
    world.store.close(Point::Delete);
    images::delete(&world.service, &alice(), &id).await.unwrap();
    world.store.reached().await;
    stop.send(true).unwrap();
    world.store.open_gates();
    tokio::time::timeout(Duration::from_secs(60), runner).await.expect("the runner did not stop").unwrap();
    assert_eq!((world.files().len(), waiting(&world).await), (0, 0));
}

#[tokio::test]
async fn old_rows_are_trimmed_and_young_ones_stay() {
    let day = Duration::from_secs(86_400);
    let retention = Retention { history: day * 30, events: day * 7, events_max: 1000 };
    let settings = Settings { retention, ..Settings::new("node-1") };
    let world = World::with(Setup { settings, ..Setup::default() }).await;
    let id = world.image(json!({})).await;
    let invite = async |member: &str| {
        let member = salon_core::membership::MemberName::parse(member).unwrap();
        sharing::invite(&world.service, &alice(), &id, &member).await.unwrap();
    };
    invite("beta").await;
    assert_eq!(maintenance::trim(&world.service).await.unwrap(), Trimmed::default());
    world.clock.advance(day * 8);
    invite("gamma").await;
    let trimmed = maintenance::trim(&world.service).await.unwrap();
    assert_eq!((trimmed.events, trimmed.history), (2, 0));
    world.clock.advance(day * 30);
    assert_eq!(maintenance::trim(&world.service).await.unwrap().history, 1);
}
