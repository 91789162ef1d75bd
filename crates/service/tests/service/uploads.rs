//! Uploads and downloads that run to their end, well or not.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, future::join_all, stream};
use salon_core::{Error, Kind, Result, image::Status, limits::Limits};
use salon_service::{
    Settings,
    data::{self, UploadRequest},
    images, maintenance,
};
use serde_json::json;

use crate::world::{Point, Setup, World, admin, alice, bob, chunks, noise, person, request, untouched};

fn kind<T>(result: Result<T>) -> Kind {
    result.err().expect("it should have been refused").kind()
}

#[tokio::test]
async fn an_upload_makes_the_image_active_with_size_and_digests() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    let data = noise(1, 3_000_000);
    let image = world.fill(&id, &data).await;
    assert_eq!((image.status, image.size, image.virtual_size), (Status::Active, Some(3_000_000), Some(3_000_000)));
    assert_eq!(image.checksum.as_ref().unwrap().len(), 32);
    assert_eq!((image.os_hash_algo.as_deref(), image.os_hash_value.unwrap().len()), (Some("sha512"), 128));
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), data);
    let location = image.location.unwrap();
    assert!(location.key.starts_with(id.as_str()));
    assert_eq!(world.files(), [location.key]);
}

#[tokio::test]
async fn an_empty_body_makes_an_empty_active_image() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    let image = world.fill(&id, b"").await;
    assert_eq!((image.status, image.size, image.virtual_size), (Status::Active, Some(0), None));
    assert_eq!(image.checksum.as_deref(), Some("d41d8cd98f00b204e9800998ecf8427e"));
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"");
}

#[tokio::test]
async fn whoever_may_not_upload_is_told_before_the_first_byte() {
    let world = World::new().await;
    let bare = json!({"disk_format": null, "container_format": null});
    let unformatted = world.image(bare).await;
    let queued = world.image(json!({})).await;
    let public = world.create(&admin(), json!({"visibility": "public"})).await.unwrap().id;
    let active = world.active(b"data").await;
    let reader = person("rita", "alpha", &["reader"]);
    let upload = |ctx, id, content_length, declared_size| {
        let request = UploadRequest { content_length, declared_size, body: untouched() };
        let service = world.service.clone();
        async move { kind(data::upload(&service, &ctx, &id, request).await) }
    };
    assert_eq!(upload(alice(), unformatted.clone(), None, None).await, Kind::Invalid);
    assert_eq!(upload(alice(), active, None, None).await, Kind::Conflict);
    assert_eq!(upload(bob(), queued.clone(), None, None).await, Kind::NotFound);
    assert_eq!(upload(reader, queued.clone(), None, None).await, Kind::Forbidden);
    assert_eq!(upload(alice(), public, None, None).await, Kind::Forbidden);
    assert_eq!(upload(alice(), queued.clone(), Some(5), Some(6)).await, Kind::Invalid);
    assert_eq!(upload(alice(), queued.clone(), Some(1 << 50), None).await, Kind::OverLimit);
    assert_eq!(upload(alice(), queued.clone(), None, Some(1 << 50)).await, Kind::OverLimit);
    assert_eq!(world.status(&queued).await, Status::Queued);
    assert_eq!(world.status(&unformatted).await, Status::Queued);
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn a_wrong_length_leaves_the_image_queued_and_the_upload_can_be_repeated() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    let data = noise(2, 400_000);
    for (content_length, declared_size) in
        [(Some(400_001), None), (Some(399_999), None), (None, Some(400_001)), (None, Some(1))]
    {
        let request = UploadRequest { content_length, declared_size, body: chunks(&data) };
        assert_eq!(kind(data::upload(&world.service, &alice(), &id, request).await), Kind::Invalid);
        world.assert_clean(&id).await;
    }
    world.assert_clean_and_retry(&id, &data).await;
}

/// T-H2
#[tokio::test]
async fn t_h2_a_broken_body_leaves_the_image_queued_at_every_offset() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    let data = noise(3, 1_500_000);
    for whole_pieces in [0, 1, 7, 22] {
        let broken = stream::once(async { Err(io::Error::from(io::ErrorKind::ConnectionReset)) });
        let body = chunks(&data).take(whole_pieces).chain(broken);
        assert_eq!(kind(data::upload(&world.service, &alice(), &id, request(body)).await), Kind::Invalid);
        world.assert_clean(&id).await;
    }
    world.assert_clean_and_retry(&id, &data).await;
}

#[tokio::test]
async fn the_size_cap_holds_for_bodies_that_do_not_say_their_size() {
    let limits = Limits { image_size_bytes: 100_000, ..Limits::default() };
    let world = World::with(Setup { limits, ..Setup::default() }).await;
    let id = world.image(json!({})).await;
    assert_eq!(kind(world.upload(&id, &noise(4, 100_001)).await), Kind::OverLimit);
    world.assert_clean_and_retry(&id, &noise(4, 100_000)).await;
}

/// F-8
#[tokio::test]
async fn a_full_store_refuses_and_leaves_the_image_queued() {
    let world = World::with(Setup { reserve_bytes: 1 << 62, ..Setup::default() }).await;
    let id = world.image(json!({})).await;
    assert_eq!(kind(world.upload(&id, b"some bytes").await), Kind::OverLimit);
    world.assert_clean(&id).await;
}

/// F-7, F-8: whatever step of the store fails, nothing is left, and the next upload works.
#[tokio::test]
async fn a_failing_store_leaves_the_image_queued_whatever_step_fails() {
    let world = World::new().await;
    for failing in [Kind::Unavailable, Kind::OverLimit] {
        for point in Point::UPLOAD {
            let id = world.image(json!({})).await;
            world.store.break_at(point, failing);
            assert_eq!(kind(world.upload(&id, &noise(5, 200_000)).await), failing, "{point:?}");
            world.store.open_gates();
            world.assert_clean_and_retry(&id, b"another try").await;
            images::delete(&world.service, &alice(), &id).await.unwrap();
            assert_eq!(maintenance::run_due(&world.service).await.unwrap(), 1);
            assert_eq!(world.files(), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn content_that_is_not_what_the_record_says_is_refused_and_removed() {
    let world = World::new().await;
    let id = world.image(json!({"disk_format": "qcow2"})).await;
    let error = world.upload(&id, &noise(6, 100_000)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::UnsupportedMedia);
    assert!(error.message().contains("qcow2"), "{error}");
    world.assert_clean(&id).await;
    let mut qcow2 = vec![0_u8; 65_536];
    qcow2[..8].copy_from_slice(b"QFI\xfb\0\0\0\x02");
    qcow2[24..32].copy_from_slice(&(1_u64 << 30).to_be_bytes());
    let image = world.fill(&id, &qcow2).await;
    assert_eq!((image.status, image.virtual_size), (Status::Active, Some(1 << 30)));
}

#[tokio::test]
async fn only_bare_images_are_inspected() {
    let world = World::new().await;
    let id = world.image(json!({"disk_format": "qcow2", "container_format": "ova"})).await;
    let image = world.fill(&id, &noise(7, 10_000)).await;
    assert_eq!((image.status, image.virtual_size), (Status::Active, None));
}

/// T-I3
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_i3_of_many_uploads_to_one_image_exactly_one_wins_and_its_bytes_stay() {
    let world = World::new().await;
    for round in 0..25 {
        let id = world.image(json!({})).await;
        let uploads = (0..4_u64).map(|writer| {
            let (service, id, data) = (world.service.clone(), id.clone(), noise(100 + writer, 150_000));
            tokio::spawn(async move {
                let outcome = data::upload(&service, &alice(), &id, request(chunks(&data))).await;
                (outcome, data)
            })
        });
        let outcomes: Vec<_> = join_all(uploads).await.into_iter().map(|joined| joined.unwrap()).collect();
        let winners: Vec<_> = outcomes.iter().filter(|(outcome, _)| outcome.is_ok()).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        for (outcome, _) in &outcomes {
            assert!(outcome.as_ref().err().is_none_or(|error| error.kind() == Kind::Conflict), "{outcome:?}");
        }
        assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), winners[0].1);
        assert_eq!(world.files().len(), round + 1);
    }
}

#[tokio::test]
async fn who_comes_second_is_refused_without_its_body_being_read() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    world.store.close(Point::BeforePublish);
    let first = tokio::spawn({
        let (service, id) = (world.service.clone(), id.clone());
        async move { data::upload(&service, &alice(), &id, request(chunks(b"the first"))).await }
    });
    world.store.reached().await;
    let second = data::upload(&world.service, &alice(), &id, request(untouched())).await;
    assert_eq!(kind(second), Kind::Conflict);
    world.store.open_gates();
    first.await.unwrap().unwrap();
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"the first");
}

/// T-I4: wherever the upload is when its image is deleted, it ends with 410, and no byte stays.
#[tokio::test]
async fn t_i4_an_upload_whose_image_is_deleted_ends_as_gone_and_leaves_nothing() {
    let world = World::new().await;
    for point in Point::UPLOAD {
        let id = world.image(json!({})).await;
        world.store.close(point);
        let upload = tokio::spawn({
            let (service, id) = (world.service.clone(), id.clone());
            async move { data::upload(&service, &alice(), &id, request(chunks(&noise(8, 300_000)))).await }
        });
        world.store.reached().await;
        images::delete(&world.service, &alice(), &id).await.unwrap();
        world.store.open_gates();
        assert_eq!(kind(upload.await.unwrap()), Kind::Gone, "{point:?}");
        assert!(world.service.settle(Duration::from_secs(60)).await);
        maintenance::run_due(&world.service).await.unwrap();
        assert_eq!(world.files(), Vec::<String>::new(), "{point:?}");
        assert!(world.row(&id).await.is_none());
    }
}

/// T-I4: a long upload does not go on to its end for an image that is not there any more.
#[tokio::test]
async fn a_running_upload_notices_that_its_image_was_deleted() {
    let settings = Settings { check_every_bytes: 100_000, ..Settings::new("node-1") };
    let world = World::with(Setup { settings, ..Setup::default() }).await;
    let id = world.image(json!({})).await;
    let (send, receive) = tokio::sync::mpsc::channel::<io::Result<Bytes>>(1);
    let body = stream::unfold(receive, |mut receive| async move {
        let piece = receive.recv().await?;
        Some((piece, receive))
    });
    let upload = tokio::spawn({
        let (service, id) = (world.service.clone(), id.clone());
        async move { data::upload(&service, &alice(), &id, request(body)).await }
    });
    send.send(Ok(Bytes::from(noise(9, 50_000)))).await.unwrap();
    send.send(Ok(Bytes::from(noise(9, 10_000)))).await.unwrap();
    images::delete(&world.service, &alice(), &id).await.unwrap();
    // The body never ends of itself: only the look into the catalog can end this upload.
    let mut sent = 0;
    while send.send(Ok(Bytes::from(noise(9, 50_000)))).await.is_ok() {
        sent += 1;
        assert!(sent < 20_000, "a gigabyte was taken for an image that is not there");
    }
    assert_eq!(kind(upload.await.unwrap()), Kind::Gone);
    assert!(world.service.settle(Duration::from_secs(60)).await);
    assert_eq!(world.files(), Vec::<String>::new());
}

/// T-M4
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_m4_the_storage_quota_is_not_overshot_by_uploads_at_once() {
    let limits = Limits { project_bytes: Some(250_000), ..Limits::default() };
    let world = World::with(Setup { limits, ..Setup::default() }).await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(world.image(json!({})).await);
    }
    let uploads = ids.iter().map(|id| {
        let (service, id) = (world.service.clone(), id.clone());
        tokio::spawn(async move { data::upload(&service, &alice(), &id, request(chunks(&noise(10, 100_000)))).await })
    });
    let outcomes: Vec<_> = join_all(uploads).await.into_iter().map(|joined| joined.unwrap()).collect();
    let refused: Vec<&Error> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert_eq!(refused.len(), 4);
    assert!(refused.iter().all(|error| error.kind() == Kind::OverLimit));
    assert_eq!(world.files().len(), 2);
    let mut queued = Vec::new();
    for id in &ids {
        if world.status(id).await == Status::Queued {
            queued.push(id.clone());
        }
    }
    assert_eq!(queued.len(), 4);
    // Announced or not, what does not fit is refused; deleted bytes count until they are gone, and then no more.
    let announced = UploadRequest { content_length: Some(100_000), declared_size: None, body: untouched() };
    assert_eq!(kind(data::upload(&world.service, &alice(), &queued[0], announced).await), Kind::OverLimit);
    let active = ids.iter().find(|id| !queued.contains(id)).unwrap();
    images::delete(&world.service, &alice(), active).await.unwrap();
    assert_eq!(kind(world.upload(&queued[0], &noise(10, 100_000)).await), Kind::OverLimit);
    maintenance::run_due(&world.service).await.unwrap();
    world.fill(&queued[0], &noise(10, 100_000)).await;
}

/// T-I1
#[tokio::test]
async fn t_i1_active_bytes_never_change() {
    let world = World::new().await;
    let id = world.active(b"the bytes").await;
    for _ in 0..3 {
        assert_eq!(kind(world.upload(&id, b"other bytes").await), Kind::Conflict);
    }
    images::deactivate(&world.service, &alice(), &id).await.unwrap();
    assert_eq!(kind(world.upload(&id, b"other bytes").await), Kind::Conflict);
    images::reactivate(&world.service, &alice(), &id).await.unwrap();
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"the bytes");
}

#[tokio::test]
async fn downloads_answer_by_status_and_role() {
    let world = World::new().await;
    let queued = world.image(json!({})).await;
    assert_eq!(world.read(&alice(), &queued).await.unwrap(), None);
    let id = world.active(b"secret").await;
    assert_eq!(kind(world.read(&bob(), &id).await), Kind::NotFound);
    let reader = person("rita", "alpha", &["reader"]);
    assert_eq!(kind(world.read(&reader, &id).await), Kind::Forbidden);
    images::deactivate(&world.service, &alice(), &id).await.unwrap();
    assert_eq!(kind(world.read(&alice(), &id).await), Kind::Forbidden);
    assert_eq!(world.read(&admin(), &id).await.unwrap().unwrap(), b"secret");
}

/// T-I4: who has begun to read, reads to the end.
#[tokio::test]
async fn t_i4_a_download_outlives_the_image() {
    let world = World::new().await;
    let data = noise(11, 2_000_000);
    let id = world.active(&data).await;
    let blob = data::download(&world.service, &alice(), &id).await.unwrap().blob.unwrap();
    images::delete(&world.service, &alice(), &id).await.unwrap();
    maintenance::run_due(&world.service).await.unwrap();
    assert_eq!(world.files(), Vec::<String>::new());
    let pieces: Vec<_> = blob.stream(0..blob.size()).map(|piece| piece.unwrap()).collect().await;
    assert_eq!(pieces.concat(), data);
    assert_eq!(kind(world.read(&alice(), &id).await), Kind::NotFound);
}

/// F-10, P5: damage that shows before the first byte is not served.
#[tokio::test]
async fn lost_or_cut_data_is_not_served() {
    let world = World::new().await;
    let id = world.active(b"all of it").await;
    let file = world.images_dir().join(&world.files()[0]);
    std::fs::write(&file, b"a part").unwrap();
    assert_eq!(kind(world.read(&alice(), &id).await), Kind::Internal);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(kind(world.read(&alice(), &id).await), Kind::NotFound);
}

/// T-I4: uploads and deletes in any order; afterwards the files are those of the rows, no more and no less.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_i4_after_uploads_and_deletes_at_once_files_and_rows_agree() {
    let settings = Settings { check_every_bytes: 50_000, ..Settings::new("node-1") };
    let world = World::with(Setup { settings, ..Setup::default() }).await;
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(world.image(json!({})).await);
    }
    let runs = ids.iter().enumerate().map(|(number, id)| {
        let (service, id) = (world.service.clone(), id.clone());
        tokio::spawn(async move {
            let alice = alice();
            let data = noise(number as u64, 60_000 * (number % 5));
            let upload = data::upload(&service, &alice, &id, request(chunks(&data)));
            let delete = async {
                for _ in 0..number * 7 {
                    tokio::task::yield_now().await;
                }
                if number % 4 != 0 {
                    images::delete(&service, &alice, &id).await.unwrap();
                }
            };
            let (uploaded, ()) = tokio::join!(upload, delete);
            match uploaded {
                Ok(_) => {}
                Err(error) => {
                    assert!(number % 4 != 0, "nobody deleted it: {error:?}");
                    assert!(matches!(error.kind(), Kind::Gone | Kind::NotFound), "{error:?}");
                }
            }
        })
    });
    for joined in join_all(runs).await {
        joined.unwrap();
    }
    assert!(world.service.settle(Duration::from_secs(60)).await);
    maintenance::run_due(&world.service).await.unwrap();
    let mut expected = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        let row = world.row(id).await;
        assert_eq!(row.is_some(), number % 4 == 0);
        expected.extend(row.map(|image| image.location.unwrap().key));
    }
    expected.sort();
    assert_eq!(world.files(), expected);
}

/// F-14: the catalog goes away between the file and its row. The client is told to come back; the next start mends it.
#[tokio::test]
async fn a_catalog_that_goes_away_at_the_end_of_an_upload_leaves_nothing_wrong() {
    let dir = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let world = World::at(dir.clone(), Setup::default(), 1).await;
    let id = world.image(json!({})).await;
    world.store.close(Point::AfterPublish);
    let upload = tokio::spawn({
        let (service, id) = (world.service.clone(), id.clone());
        async move { data::upload(&service, &alice(), &id, request(chunks(b"all of it"))).await }
    });
    world.store.reached().await;
    world.catalog.close().await;
    world.store.open_gates();
    assert_eq!(kind(upload.await.unwrap()), Kind::Unavailable);
    assert_eq!(world.files().len(), 1, "nobody knows yet whose it is");

    let world = World::at(dir, Setup::default(), 2).await;
    maintenance::recover(&world.service).await.unwrap();
    world.assert_clean_and_retry(&id, b"all of it").await;
}

/// The store fails in the middle and cannot even clean up: the image is queued at once, and a job goes on with the file.
#[tokio::test]
async fn data_that_cannot_be_removed_yet_is_left_to_a_job() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    world.store.break_at(Point::AfterPublish, Kind::Unavailable);
    world.store.break_at(Point::Delete, Kind::Unavailable);
    assert_eq!(kind(world.upload(&id, b"never to be seen").await), Kind::Unavailable);
    assert_eq!(world.status(&id).await, Status::Queued);
    assert_eq!(world.files().len(), 1);
    world.store.open_gates();
    world.clock.advance(Duration::from_secs(3600));
    maintenance::run_due(&world.service).await.unwrap();
    world.assert_clean_and_retry(&id, b"seen").await;
}
