//! A server that stops in the middle, and what the next start makes of it (F-1).

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use salon_core::{Clock, ImageId, Kind, image::Status};
use salon_service::{
    Settings, data, images,
    maintenance::{self, Recovered},
};
use serde_json::json;

use crate::world::{Point, Setup, World, alice, chunks, noise, request};

/// Tells the child process where to work and where to die.
const DIRECTORY: &str = "SALON_TEST_DIRECTORY";
const PLACE: &str = "SALON_TEST_PLACE";

/// Runs [`child`] in a process of its own, which ends as abruptly as by `kill -9`; answers the id it wrote.
fn killed_at(place: &str, dir: &Path) -> ImageId {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "restart::child", "--ignored", "--test-threads=1"])
        .env(DIRECTORY, dir)
        .env(PLACE, place)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), None, "it should have died: {}", String::from_utf8_lossy(&output.stdout));
    ImageId::parse(&std::fs::read_to_string(dir.join("id")).unwrap()).unwrap()
}

/// Not a test: the process that dies.
#[tokio::test]
#[ignore = "run by the tests here as another process"]
async fn child() {
    let (Ok(dir), Ok(place)) = (std::env::var(DIRECTORY), std::env::var(PLACE)) else { return };
    let dir = PathBuf::from(dir);
    let world = World::in_directory(&dir, Setup::default(), 1).await;
    let id = world.image(json!({})).await;
    std::fs::write(dir.join("id"), id.as_str()).unwrap();
    if let Some(point) = Point::UPLOAD.into_iter().find(|point| format!("{point:?}") == place) {
        world.store.close(point);
        let alice = alice();
        let upload = data::upload(&world.service, &alice, &id, request(chunks(&noise(31, 900_000))));
        tokio::select! {
            outcome = upload => panic!("{outcome:?}"),
            () = world.store.reached() => {}
        }
    } else {
        world.fill(&id, b"kept").await;
        images::add_tag(&world.service, &alice(), &id, "kept").await.unwrap();
    }
    std::process::abort();
}

#[tokio::test]
async fn a_stop_at_every_named_place_is_mended_by_the_next_start() {
    for (start, point) in (2..).zip(Point::UPLOAD) {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let id = killed_at(&format!("{point:?}"), dir.path());
        let world = World::at(dir, Setup::default(), start).await;
        assert_eq!(world.status(&id).await, Status::Saving);
        // Whether there is something in staging too depends on the file system.
        let published = world.files().into_iter().filter(|name| name.len() == 36 + 1 + 32).count();
        assert_eq!(published, usize::from(point == Point::AfterPublish));
        let recovered = maintenance::recover(&world.service).await.unwrap();
        assert_eq!(recovered.uploads, 1, "{point:?}");
        world.assert_clean_and_retry(&id, &noise(32, 500_000)).await;
        // The removal that was queued with the taking back finds nothing to do, and takes nothing else.
        maintenance::run_due(&world.service).await.unwrap();
        assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), noise(32, 500_000));
        assert_eq!(maintenance::recover(&world.service).await.unwrap(), Recovered::default());
    }
}

/// A start that is itself interrupted, between the catalog and the store, still leaves no orphan.
#[tokio::test]
async fn a_recovery_that_cannot_reach_the_store_leaves_the_removal_to_a_job() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    world.store.close(Point::AfterPublish);
    let upload = tokio::spawn({
        let (service, id) = (world.service.clone(), id.clone());
        async move { data::upload(&service, &alice(), &id, request(chunks(b"never to be seen"))).await }
    });
    world.store.reached().await;
    assert_eq!(world.files().len(), 1);
    let neighbour = world.neighbour("node-1");
    // The store does not let recovery remove the file.
    world.store.break_at(Point::Delete, Kind::Unavailable);
    upload.abort();
    assert_eq!(maintenance::recover(&neighbour).await.unwrap().uploads, 1);
    assert_eq!(world.status(&id).await, Status::Queued);
    world.store.open_gates();
    world.clock.advance(Duration::from_secs(3600));
    maintenance::run_due(&neighbour).await.unwrap();
    assert!(world.service.settle(Duration::from_secs(60)).await);
    world.assert_clean_and_retry(&id, b"seen").await;
}

/// F-18, F-30: a node that was silent for longer than its lease finds its upload taken back, and cannot undo that.
#[tokio::test]
async fn a_paused_upload_is_taken_back_by_another_node() {
    let world = World::new().await;
    for point in Point::UPLOAD {
        let id = world.image(json!({})).await;
        world.store.close(point);
        let upload = tokio::spawn({
            let (service, id) = (world.service.clone(), id.clone());
            async move { data::upload(&service, &alice(), &id, request(chunks(&noise(33, 100_000)))).await }
        });
        world.store.reached().await;
        let neighbour = world.neighbour("node-2");
        assert_eq!(maintenance::recover(&neighbour).await.unwrap().uploads, 0, "its lease holds");
        world.clock.advance(Settings::new("").lease * 2);
        let cut = world.catalog.recover_uploads(None, world.clock.now(), 10).await.unwrap();
        assert_eq!(cut.len(), 1);
        // The other node's upload wins; the paused one wakes up later.
        let winner = tokio::spawn({
            let (neighbour, id) = (neighbour.clone(), id.clone());
            async move { data::upload(&neighbour, &alice(), &id, request(chunks(b"the winner"))).await }
        });
        world.store.open_gates();
        winner.await.unwrap().unwrap();
        assert_eq!(upload.await.unwrap().unwrap_err().kind(), Kind::Conflict, "{point:?}");
        assert!(world.service.settle(Duration::from_secs(60)).await);
        world.clock.advance(Duration::from_secs(7200));
        maintenance::run_due(&neighbour).await.unwrap();
        assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"the winner");
        assert_eq!(world.files(), [world.row(&id).await.unwrap().location.unwrap().key]);
        images::delete(&world.service, &alice(), &id).await.unwrap();
        maintenance::run_due(&world.service).await.unwrap();
    }
}

/// F-2: what was acknowledged is there after a stop.
#[tokio::test]
async fn acknowledged_changes_survive_a_stop() {
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let id = killed_at("after all of it", dir.path());
    let world = World::at(dir, Setup::default(), 2).await;
    assert_eq!(maintenance::recover(&world.service).await.unwrap(), Recovered::default());
    assert!(images::show(&world.service, &alice(), &id).await.unwrap().tags.contains("kept"));
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"kept");
}
