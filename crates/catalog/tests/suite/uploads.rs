use salon_catalog::jobs::REMOVE_BYTES;
use salon_core::{
    Kind, Timestamp,
    image::{
        Status, Visibility,
        actions::{Delete, Upload},
    },
};

use crate::support::{EPOCH, World, actor, stored};

pub(crate) async fn an_upload_makes_an_image_active(world: World) {
    let id = world.image("alpha", Visibility::Private).await;
    let permitted = world.permit::<Upload>(&id).await;
    let claim = world.claim(&id, "token", "node");
    world.catalog.begin_upload(&permitted, &claim, world.now(), &actor()).await.unwrap();
    assert_eq!(world.row(&id).await.unwrap().status, Status::Saving);
    // T-I3: the second is refused at once.
    let second = world.claim(&id, "other", "node");
    let error = world.catalog.begin_upload(&permitted, &second, world.now(), &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(world.catalog.renew_upload("token", Timestamp(EPOCH + 1)).await.unwrap());
    assert!(!world.catalog.renew_upload("other", Timestamp(EPOCH + 1)).await.unwrap());
    let data = stored(&claim, 1234);
    let image = world.catalog.finish_upload(&id, "token", &data, None, world.now(), &actor()).await.unwrap();
    assert_eq!(image, world.row(&id).await.unwrap());
    assert_eq!((image.status, image.size, image.virtual_size), (Status::Active, Some(1234), Some(2468)));
    assert_eq!(image.location, Some(claim.location.clone()));
    assert_eq!(image.checksum, Some(data.checksum.clone()));
    let known = world.catalog.all_locations(None, 10).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!((&known[0].id, &known[0].location, known[0].size), (&id, &claim.location, Some(1234)));
    assert_eq!(world.catalog.all_locations(Some(&id), 10).await.unwrap(), vec![]);
    // T-I1: and never again.
    let error = world.catalog.begin_upload(&permitted, &second, world.now(), &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    let error = world.catalog.finish_upload(&id, "token", &data, None, world.now(), &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Gone);
    assert!(!world.catalog.abandon_upload(&id, "token", world.now()).await.unwrap());
    assert_eq!(world.row(&id).await.unwrap().status, Status::Active);
}

pub(crate) async fn a_lost_token_is_gone(world: World) {
    let id = world.image("alpha", Visibility::Private).await;
    let claim = world.claim(&id, "token", "node");
    let permitted = world.permit::<Upload>(&id).await;
    world.catalog.begin_upload(&permitted, &claim, world.now(), &actor()).await.unwrap();
    let data = stored(&claim, 1);
    let error = world.catalog.finish_upload(&id, "wrong", &data, None, world.now(), &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Gone);
    assert_eq!(world.row(&id).await.unwrap().status, Status::Saving);
    // T-I4: deleted while it runs.
    let delete = world.permit::<Delete>(&id).await;
    let locations = world.catalog.delete_image(&delete, world.now(), &actor(), &*world.entropy).await.unwrap();
    assert_eq!(locations, vec![]);
    let error = world.catalog.finish_upload(&id, "token", &data, None, world.now(), &actor()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Gone);
    assert!(!world.catalog.renew_upload("token", Timestamp(EPOCH)).await.unwrap());
    // Whatever it still publishes is removed by a job.
    let job = world.catalog.claim_job(REMOVE_BYTES, world.now(), std::time::Duration::from_secs(9)).await.unwrap();
    let payload: serde_json::Value = serde_json::from_str(&job.unwrap().payload).unwrap();
    assert_eq!(payload["key"], claim.location.key);
}

pub(crate) async fn an_abandoned_upload_can_be_repeated(world: World) {
    let id = world.image("alpha", Visibility::Private).await;
    let permitted = world.permit::<Upload>(&id).await;
    let claim = world.claim(&id, "token", "node");
    world.catalog.begin_upload(&permitted, &claim, world.now(), &actor()).await.unwrap();
    assert!(!world.catalog.abandon_upload(&id, "wrong", world.now()).await.unwrap());
    assert!(world.catalog.abandon_upload(&id, "token", world.now()).await.unwrap());
    assert!(!world.catalog.abandon_upload(&id, "token", world.now()).await.unwrap());
    let row = world.row(&id).await.unwrap();
    assert_eq!((row.status, row.size, row.checksum, row.location), (Status::Queued, None, None, None));
    assert_eq!(world.catalog.count_jobs(REMOVE_BYTES, 10).await.unwrap(), 0);
    world.upload(&id, 9).await;
    assert_eq!(world.row(&id).await.unwrap().size, Some(9));
}

pub(crate) async fn uploads_of_a_dead_node_are_taken_back(world: World) {
    let mut images = Vec::new();
    for (node, lease) in [("dead", 10), ("dead", 1_000), ("other", 10), ("other", 1_000)] {
        let id = world.image("alpha", Visibility::Private).await;
        let mut claim = world.claim(&id, &format!("of-{id}"), node);
        claim.lease_until = Timestamp(EPOCH + lease);
        let permitted = world.permit::<Upload>(&id).await;
        world.catalog.begin_upload(&permitted, &claim, world.now(), &actor()).await.unwrap();
        images.push(id);
    }
    let at = |micros: i64| Timestamp(EPOCH + micros);
    // Leases only.
    let cut = world.catalog.recover_uploads(None, at(10), 10).await.unwrap();
    assert_eq!(cut, vec![]);
    let cut = world.catalog.recover_uploads(Some("dead"), at(11), 10).await.unwrap();
    let mut ids: Vec<_> = cut.iter().map(|one| one.image_id.clone()).collect();
    ids.sort();
    let mut expected = images[..3].to_vec();
    expected.sort();
    assert_eq!(ids, expected);
    for id in &images[..3] {
        assert_eq!(world.row(id).await.unwrap().status, Status::Queued);
    }
    assert_eq!(world.row(&images[3]).await.unwrap().status, Status::Saving);
    assert_eq!(world.catalog.count_jobs(REMOVE_BYTES, 10).await.unwrap(), 3);
    // The late node finds its token gone.
    let claim = world.claim(&images[0], &format!("of-{}", images[0]), "dead");
    let error = world
        .catalog
        .finish_upload(&images[0], &claim.token, &stored(&claim, 1), None, world.now(), &actor())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Gone);
    world.upload(&images[0], 3).await;
}

pub(crate) async fn the_storage_quota_counts_what_waits_for_removal(world: World) {
    let begin = async || {
        let id = world.image("alpha", Visibility::Private).await;
        let claim = world.claim(&id, &format!("of-{id}"), "node");
        let permitted = world.permit::<Upload>(&id).await;
        world.catalog.begin_upload(&permitted, &claim, world.now(), &actor()).await.unwrap();
        (id, claim)
    };
    let finish = async |id: &salon_core::ImageId, claim: &salon_catalog::uploads::UploadClaim, size: u64| {
        world.catalog.finish_upload(id, &claim.token, &stored(claim, size), Some(100), world.now(), &actor()).await
    };
    let (first, claim) = begin().await;
    finish(&first, &claim, 60).await.unwrap();
    let (second, claim) = begin().await;
    let error = finish(&second, &claim, 41).await.unwrap_err();
    assert_eq!(error.kind(), Kind::OverLimit);
    assert_eq!(error.message(), "The size of the data 41 will exceed the limit. 40 bytes remaining.");
    // Deleted, but its bytes are still there.
    let delete = world.permit::<Delete>(&first).await;
    world.catalog.delete_image(&delete, world.now(), &actor(), &*world.entropy).await.unwrap();
    assert_eq!(finish(&second, &claim, 41).await.unwrap_err().kind(), Kind::OverLimit);
    let lease = std::time::Duration::from_secs(60);
    let job = world.catalog.claim_job(REMOVE_BYTES, world.now(), lease).await.unwrap().unwrap();
    assert!(world.catalog.complete_job(&job.id, job.fence).await.unwrap());
    finish(&second, &claim, 41).await.unwrap();
}
