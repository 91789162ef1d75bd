//! A server that stops in the middle, and what the next start makes of it (F-1).

use std::{sync::Arc, time::Duration};

use salon_core::{Clock, Kind, image::Status};
use salon_service::{
    Settings, data, images,
    maintenance::{self, Recovered},
};
use serde_json::json;

use crate::world::{Point, Setup, World, alice, chunks, noise, request};

/// Runs `work` on a runtime of its own, which then ends as abruptly as a process: no task gets to clean up.
fn until_killed<F: Future<Output = ()>>(work: F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(work);
    runtime.shutdown_background();
}

#[test]
fn a_stop_at_every_named_place_is_mended_by_the_next_start() {
    for (start, point) in (2..).zip(Point::UPLOAD) {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let (tell, told) = std::sync::mpsc::channel();
        until_killed(async {
            let world = World::at(dir.clone(), Setup::default(), 1).await;
            let id = world.image(json!({})).await;
            world.store.close(point);
            let service = world.service.clone();
            tokio::spawn({
                let id = id.clone();
                async move { data::upload(&service, &alice(), &id, request(chunks(&noise(31, 900_000)))).await }
            });
            world.store.reached().await;
            assert_eq!(world.status(&id).await, Status::Saving);
            assert_eq!(world.files().len(), usize::from(point == Point::AfterPublish));
            tell.send(id).unwrap();
            // Nothing of this process gets to the store any more.
            std::mem::forget(world);
        });
        let id = told.recv().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let world = World::at(dir, Setup::default(), start).await;
            assert_eq!(world.status(&id).await, Status::Saving);
            let recovered = maintenance::recover(&world.service).await.unwrap();
            assert_eq!(recovered, Recovered { uploads: 1, staged_files: 0 }, "{point:?}");
            world.assert_clean_and_retry(&id, &noise(32, 500_000)).await;
            // The removal that was queued with the taking back finds nothing to do, and takes nothing else.
            maintenance::run_due(&world.service).await.unwrap();
            assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), noise(32, 500_000));
            assert_eq!(maintenance::recover(&world.service).await.unwrap(), Recovered::default());
        });
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
    world.store.open_gate();
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
        world.store.open_gate();
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

/// F-2: what was acknowledged is there after a restart.
#[test]
fn acknowledged_changes_survive_a_stop() {
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let (tell, told) = std::sync::mpsc::channel();
    until_killed(async {
        let world = World::at(dir.clone(), Setup::default(), 1).await;
        let id = world.active(b"kept").await;
        images::add_tag(&world.service, &alice(), &id, "kept").await.unwrap();
        tell.send(id).unwrap();
        std::mem::forget(world);
    });
    let id = told.recv().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let world = World::at(dir, Setup::default(), 2).await;
        maintenance::recover(&world.service).await.unwrap();
        assert!(images::show(&world.service, &alice(), &id).await.unwrap().tags.contains("kept"));
        assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"kept");
    });
}
