//! Checks of the store against the catalog, and repairs (F-12, F-29).

use std::{
    fs,
    time::{Duration, SystemTime},
};

use salon_core::{Clock, ImageId, Kind, Timestamp, image::Status};
use salon_service::{
    data, images,
    maintenance::{self, Action, CheckOptions, Finding, GRACE, Note, Summary},
};
use serde_json::json;

use crate::world::{Point, World, alice, chunks, noise, request};

async fn check(world: &World, deep: bool) -> (Vec<Finding>, Summary) {
    let mut found = Vec::new();
    let mut note = |note: Note| {
        if let Note::Found(finding) = note {
            found.push(finding);
        }
    };
    let summary = maintenance::check(&world.service, CheckOptions { deep }, &mut note).await.unwrap();
    assert_eq!(summary.findings, found.len() as u64);
    (found, summary)
}

fn path(world: &World, key: &str) -> std::path::PathBuf {
    world.images_dir().join(key)
}

async fn key(world: &World, id: &ImageId) -> String {
    world.row(id).await.unwrap().location.unwrap().key
}

/// The moment a file was written, on the clock of the machine, moved by `after`.
fn later_than(file: &std::path::Path, after: Duration) -> Timestamp {
    let written = fs::metadata(file).unwrap().modified().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp(0).plus(written + after)
}

#[tokio::test]
async fn a_sound_store_has_no_findings() {
    let world = World::new().await;
    for seed in 0..5 {
        world.active(&noise(seed, 10_000)).await;
    }
    world.image(json!({})).await;
    for deep in [false, true] {
        let (found, summary) = check(&world, deep).await;
        assert_eq!(found, []);
        assert_eq!((summary.checked.images, summary.checked.objects, summary.checked.bytes), (5, 5, 50_000));
    }
    let extent = maintenance::extent(&world.service).await.unwrap();
    assert_eq!((extent.images, extent.bytes), (5, 50_000));
}

#[tokio::test]
async fn what_is_missing_cut_or_damaged_is_found_and_taken_out_of_use() {
    let world = World::new().await;
    let sound = world.active(&noise(1, 10_000)).await;
    let missing = world.active(&noise(2, 10_000)).await;
    let cut = world.active(&noise(3, 10_000)).await;
    let damaged = world.active(&noise(4, 10_000)).await;
    fs::remove_file(path(&world, &key(&world, &missing).await)).unwrap();
    fs::write(path(&world, &key(&world, &cut).await), noise(3, 9_999)).unwrap();
    let mut bytes = noise(4, 10_000);
    bytes[5_000] ^= 1;
    fs::write(path(&world, &key(&world, &damaged).await), bytes).unwrap();

    let (found, _) = check(&world, false).await;
    assert_eq!(found.len(), 2, "one flipped bit shows only to who reads the bytes: {found:?}");
    let (mut found, summary) = check(&world, true).await;
    assert_eq!(summary.checked.images, 4);
    found.sort_by_key(|finding| format!("{finding:?}"));
    let mut expected = vec![
        Finding::Missing { image: missing.clone(), key: key(&world, &missing).await },
        Finding::Damaged { image: damaged.clone(), offset: 0 },
        Finding::WrongSize { image: cut.clone(), recorded: 10_000, stored: 9_999 },
    ];
    expected.sort_by_key(|finding| format!("{finding:?}"));
    assert_eq!(found, expected);

    for finding in &found {
        let action = maintenance::plan(finding, world.clock.now()).unwrap();
        maintenance::apply(&world.service, "req-repair", &action).await.unwrap();
    }
    for id in [missing, cut, damaged] {
        assert_eq!(world.status(&id).await, Status::Deactivated);
        assert_eq!(world.read(&alice(), &id).await.unwrap_err().kind(), Kind::Forbidden);
        images::delete(&world.service, &alice(), &id).await.unwrap();
    }
    maintenance::run_due(&world.service).await.unwrap();
    assert_eq!(world.read(&alice(), &sound).await.unwrap().unwrap(), noise(1, 10_000));
    assert_eq!(check(&world, true).await.0, []);
}

#[tokio::test]
async fn orphans_are_removed_after_a_while_and_foreign_files_never() {
    let world = World::new().await;
    let id = world.active(b"kept").await;
    let orphan = format!("{id}.{}", "ab".repeat(16));
    let of_nobody = format!("00000000-0000-4000-8000-000000000000.{}", "cd".repeat(16));
    let glance = "11111111-1111-4111-8111-111111111111";
    for name in [orphan.as_str(), of_nobody.as_str(), glance, "README.txt"] {
        fs::write(path(&world, name), name).unwrap();
    }
    let (found, summary) = check(&world, true).await;
    assert_eq!(summary.checked.objects, 5);
    let removable: Vec<String> = found
        .iter()
        .filter_map(|finding| match finding {
            Finding::Orphan { key, .. } => Some(key.to_string()),
            Finding::Foreign { .. } => None,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(removable, [of_nobody.clone(), orphan.clone()]);
    assert_eq!(found.len(), 4);

    let written = path(&world, &orphan);
    let young = later_than(&written, GRACE - Duration::from_secs(60));
    let old = later_than(&written, GRACE + Duration::from_secs(60));
    assert!(found.iter().all(|finding| maintenance::plan(finding, young).is_none()));
    let actions: Vec<Action> = found.iter().filter_map(|finding| maintenance::plan(finding, old)).collect();
    assert_eq!(actions.len(), 2);
    for action in &actions {
        maintenance::apply(&world.service, "req-repair", action).await.unwrap();
    }
    let mut left = [key(&world, &id).await, glance.to_owned(), "README.txt".to_owned()];
    left.sort();
    assert_eq!(world.files(), left);
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"kept");
}

/// An upload between its file and its row is not mistaken for an orphan, neither by the check nor by a repair.
#[tokio::test]
async fn a_running_upload_is_no_orphan() {
    let world = World::new().await;
    let id = world.image(json!({})).await;
    world.store.close(Point::AfterPublish);
    let upload = tokio::spawn({
        let (service, id) = (world.service.clone(), id.clone());
        async move { data::upload(&service, &alice(), &id, request(chunks(b"on its way"))).await }
    });
    world.store.reached().await;
    assert_eq!(check(&world, true).await.0, []);
    let key = salon_store::Key::parse(&world.files()[0]).unwrap();
    let action = Action::Remove { image: id.clone(), key, size: 10 };
    let refused = maintenance::apply(&world.service, "req-repair", &action).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Conflict);
    world.store.open_gates();
    upload.await.unwrap().unwrap();
    let refused = maintenance::apply(&world.service, "req-repair", &action).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Conflict);
    assert_eq!(world.read(&alice(), &id).await.unwrap().unwrap(), b"on its way");
}

/// Bytes that wait for their removal are counted, so that nobody wonders about them.
#[tokio::test]
async fn deleted_bytes_that_wait_are_told_from_lost_ones() {
    let world = World::new().await;
    let id = world.active(b"going").await;
    images::delete(&world.service, &alice(), &id).await.unwrap();
    let (found, summary) = check(&world, false).await;
    assert_eq!((found.len(), summary.removals_waiting), (1, 1));
    maintenance::run_due(&world.service).await.unwrap();
    let (found, summary) = check(&world, false).await;
    assert_eq!((found.len(), summary.removals_waiting), (0, 0));
}

/// A running server removes while the check looks: what went meanwhile is no finding.
#[tokio::test]
async fn bytes_that_are_removed_during_the_check_are_not_found() {
    let world = World::new().await;
    let id = world.active(b"going").await;
    let file = path(&world, &key(&world, &id).await);
    images::delete(&world.service, &alice(), &id).await.unwrap();
    let mut found = Vec::new();
    let mut note = |note: Note| match note {
        Note::Progress(checked) if checked.objects == 1 && file.exists() => fs::remove_file(&file).unwrap(),
        Note::Progress(_) => {}
        Note::Found(finding) => found.push(finding),
    };
    maintenance::check(&world.service, CheckOptions { deep: false }, &mut note).await.unwrap();
    assert_eq!((found, file.exists()), (vec![], false));
}
