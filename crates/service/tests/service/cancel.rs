//! Uploads whose client goes away: at every place, the image is queued again or active with all its bytes.

use std::{
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use salon_core::image::Status;
use salon_service::data;
use serde_json::json;

use crate::world::{Point, World, alice, chunks, noise, request};

/// Held still at a named place of the store, then dropped.
#[tokio::test]
async fn dropped_at_every_named_place() {
    let (world, alice) = (World::new().await, alice());
    for point in Point::UPLOAD {
        let id = world.image(json!({})).await;
        let bytes = noise(21, 1_200_000);
        world.store.close(point);
        {
            let mut upload = pin!(data::upload(&world.service, &alice, &id, request(chunks(&bytes))));
            tokio::select! {
                _ = &mut upload => panic!("it went through the closed gate"),
                () = world.store.reached() => {}
            }
        }
        world.store.open_gates();
        assert!(world.service.settle(Duration::from_secs(60)).await);
        match point {
            Point::Begin | Point::Write => world.assert_clean(&id).await,
            // The last byte had arrived: then the upload is finished, whoever listens.
            _ => assert_eq!(world.read(&alice, &id).await.unwrap().unwrap(), bytes),
        }
        salon_service::images::delete(&world.service, &alice, &id).await.unwrap();
        salon_service::maintenance::run_due(&world.service).await.unwrap();
        assert_eq!(world.files(), Vec::<String>::new());
    }
}

/// Dropped after each piece of the body.
#[tokio::test]
async fn dropped_after_every_piece() {
    let (world, alice) = (World::new().await, alice());
    let id = world.image(json!({})).await;
    let bytes = noise(22, 1_000_000);
    let pieces: Vec<Bytes> = bytes.chunks(100_000).map(Bytes::copy_from_slice).collect();
    for taken in 0..=pieces.len() {
        let (send, receive) = tokio::sync::mpsc::channel::<io::Result<Bytes>>(1);
        let body = stream::unfold(receive, |mut receive| async move {
            let piece = receive.recv().await?;
            Some((piece, receive))
        });
        {
            let mut upload = pin!(data::upload(&world.service, &alice, &id, request(body)));
            for piece in &pieces[..taken] {
                tokio::select! {
                    outcome = &mut upload => panic!("ended early: {outcome:?}"),
                    sent = send.send(Ok(piece.clone())) => sent.unwrap(),
                }
            }
        }
        world.assert_clean(&id).await;
    }
    world.assert_clean_and_retry(&id, &bytes).await;
}

/// Dropped after every single step of the runtime, until the upload is fast enough to end before.
#[tokio::test]
async fn dropped_after_every_step() {
    let (world, alice) = (World::new().await, alice());
    let bytes = noise(23, 300_000);
    let mut finished = 0;
    let mut steps = 0;
    while finished < 3 {
        let id = world.image(json!({})).await;
        let done = {
            let mut upload = pin!(data::upload(&world.service, &alice, &id, request(chunks(&bytes))));
            drive(&mut upload, steps).await
        };
        assert!(world.service.settle(Duration::from_secs(60)).await);
        match world.status(&id).await {
            Status::Queued => {
                assert!(!done);
                world.assert_clean_and_retry(&id, &bytes).await;
            }
            Status::Active => assert_eq!(world.read(&alice, &id).await.unwrap().unwrap(), bytes),
            other => panic!("left {other:?} after {steps} steps"),
        }
        assert_eq!(world.files().len(), 1);
        salon_service::images::delete(&world.service, &alice, &id).await.unwrap();
        salon_service::maintenance::run_due(&world.service).await.unwrap();
        assert_eq!(world.files(), Vec::<String>::new());
        finished += u32::from(done);
        steps += 1 + steps / 8;
    }
}

/// Polls `steps` times, letting the rest of the runtime run once in between; whether it ended.
async fn drive<F: Future + Unpin>(future: &mut F, steps: u64) -> bool {
    for _ in 0..steps {
        if poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context).is_ready())).await {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}
