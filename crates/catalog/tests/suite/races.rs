//! Many at once. Rounds of the longest case: `SALON_ROUNDS`, 10 000 for a thorough run.

use std::{
    collections::BTreeSet,
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use salon_core::{
    Kind, ProjectId, Result,
    image::{
        Status, Visibility,
        actions::{Delete, Modify, Upload},
        sharing,
    },
    membership::{
        MemberStatus, Membership, Shared as _, ThingKind,
        model::{Model, Operation},
        rules::Invitation,
    },
};
use tokio::task::{JoinSet, yield_now};

use crate::support::{EPOCH, Seeded, World, actor, admin, name, stored};

fn rounds(by_default: u64) -> u64 {
    env::var("SALON_ROUNDS").map_or(by_default, |text| text.parse().expect("SALON_ROUNDS is a number"))
}

/// T-M2: sixteen parallel adds of one member, mixed with answers, deletes and lists. Whatever happened must be what some
/// serial order does: the model replays one.
pub(crate) async fn t_m2_parallel_adds_make_one_member(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    let random = Seeded::new(16);
    let invite = Arc::new(world.may_invite(&id).await);
    let revoke = Arc::new(world.may_revoke(&id, "beta").await);
    let list = Arc::new(world.may_list(&id).await);
    world.invite(&id, "beta").await.unwrap();
    let respond = Arc::new(world.may_respond(&id, "beta").await.unwrap());
    world.catalog.revoke(&revoke, &name("beta"), world.now(), &actor()).await.unwrap();
    let thing = list.thing();
    let mut model = Model::default();
    for round in 0..rounds(200) {
        let deletes = random.below(3);
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let (world, invite) = (world.clone(), Arc::clone(&invite));
            tasks.spawn(async move {
                let invitation = Invitation::pending(name("beta"));
                let outcome = world.catalog.invite(&invite, &invitation, Some(1000), world.now(), &actor()).await;
                ("invite", outcome.map(drop))
            });
        }
        for _ in 0..deletes {
            let (world, revoke) = (world.clone(), Arc::clone(&revoke));
            tasks.spawn(async move {
                ("revoke", world.catalog.revoke(&revoke, &name("beta"), world.now(), &actor()).await)
            });
        }
        let (other, respond) = (world.clone(), Arc::clone(&respond));
        tasks.spawn(async move {
            let answer = MemberStatus::Accepted;
            let outcome = other.catalog.respond(&respond, &name("beta"), answer, other.now(), &actor()).await;
            ("respond", outcome.map(drop))
        });
        let (other, list_of) = (world.clone(), Arc::clone(&list));
        tasks.spawn(async move {
            let members = other.catalog.members(&list_of, None, 100).await.unwrap();
            assert!(members.len() <= 1, "{members:?}");
            ("list", Ok(()))
        });
        let mut invited = Vec::new();
        let mut revoked = Vec::new();
        while let Some(task) = tasks.join_next().await {
            match task.unwrap() {
                ("invite", outcome) => invited.push(kind(outcome)),
                ("revoke", outcome) => revoked.push(kind(outcome)),
                ("respond", outcome) => assert!(matches!(kind(outcome), Ok(()) | Err(Kind::NotFound))),
                _ => {}
            }
        }
        let made = invited.iter().filter(|outcome| outcome.is_ok()).count();
        let removed = revoked.iter().filter(|outcome| outcome.is_ok()).count();
        assert!(invited.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Kind::Conflict))), "{invited:?}");
        assert!(revoked.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Kind::NotFound))), "{revoked:?}");
        let left = world.catalog.members(&list, None, 100).await.unwrap();
        assert_eq!(made.checked_sub(removed), Some(left.len()), "round {round}: {invited:?} {revoked:?} {left:?}");
        assert!(left.len() <= 1, "round {round}: {left:?}");

        // One serial order with these outcomes: misses first, then adds and deletes in turn, duplicates after an add.
        let run = |model: &mut Model, operation: &Operation| model.run(&thing, operation, Some(1000), world.now());
        let (add, delete) =
            (Operation::Invite(Invitation::pending(name("beta"))), Operation::Revoke("beta".to_owned()));
        for _ in 0..revoked.len() - removed {
            assert_eq!(run(&mut model, &delete), Err(Kind::NotFound));
        }
        for turn in 0..made {
            assert_eq!(run(&mut model, &add), Ok(()));
            if turn == 0 {
                for _ in 0..invited.len() - made {
                    assert_eq!(run(&mut model, &add), Err(Kind::Conflict));
                }
            }
            if turn < removed {
                assert_eq!(run(&mut model, &delete), Ok(()));
            }
        }
        assert_eq!(model.members(&thing).len(), left.len());

        // P4: after the delete is acknowledged, the member reads nothing through it.
        if !left.is_empty() {
            world.catalog.revoke(&revoke, &name("beta"), world.now(), &actor()).await.unwrap();
            assert_eq!(run(&mut model, &delete), Ok(()));
        }
        assert_eq!(world.view(&id, "beta").await.unwrap().membership, None);
    }
}

fn kind(outcome: Result<()>) -> Result<(), Kind> {
    outcome.map_err(|error| error.kind())
}

/// T-M3: writers that add distinct properties and tags at once; what was acknowledged is there.
pub(crate) async fn t_m3_no_acknowledged_change_is_lost(world: World) {
    for writers in [8_usize, 64] {
        let id = world.image("alpha", Visibility::Private).await;
        let mut tasks = JoinSet::new();
        for writer in 0..writers {
            let (world, id) = (world.clone(), id.clone());
            tasks.spawn(async move {
                let tag = format!("t{writer}");
                let permitted = world.permit::<Modify>(&id).await;
                world.catalog.add_tag(&permitted, &tag, None, world.now(), &actor()).await.unwrap();
                loop {
                    let property = (format!("p{writer}"), "v".to_owned());
                    match world.modify(&id, |image| drop(image.properties.insert(property.0, property.1))).await {
                        Ok(_) => break,
                        Err(error) => assert_eq!(error.kind(), Kind::Stale, "{error:?}"),
                    }
                }
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        let image = world.row(&id).await.unwrap();
        let tags: BTreeSet<_> = (0..writers).map(|writer| format!("t{writer}")).collect();
        assert_eq!(image.tags, tags);
        assert_eq!(image.properties.len(), writers);
        assert_eq!(image.revision, 1 + 2 * writers as i64);
    }
}

/// T-M4: sixteen at once, one place left.
pub(crate) async fn t_m4_one_passes_at_the_edge_of_a_quota(world: World) {
    for _ in 0..5 {
        let id = world.image("alpha", Visibility::Shared).await;
        for member in ["a", "b"] {
            world.invite(&id, member).await.unwrap();
        }
        let invite = Arc::new(world.may_invite(&id).await);
        let modify = Arc::new(world.permit::<Modify>(&id).await);
        let (mut members, mut tags) = (JoinSet::new(), JoinSet::new());
        for at in 0..16 {
            let (other, invite) = (world.clone(), Arc::clone(&invite));
            members.spawn(async move {
                let invitation = Invitation::pending(name(&format!("m{at}")));
                other.catalog.invite(&invite, &invitation, Some(3), other.now(), &actor()).await.map(drop)
            });
            let (other, modify) = (world.clone(), Arc::clone(&modify));
            tags.spawn(async move {
                other.catalog.add_tag(&modify, &format!("t{at}"), Some(1), other.now(), &actor()).await
            });
        }
        for mut tasks in [members, tags] {
            let mut passed = 0;
            while let Some(task) = tasks.join_next().await {
                match kind(task.unwrap()) {
                    Ok(()) => passed += 1,
                    Err(kind) => assert_eq!(kind, Kind::OverLimit),
                }
            }
            assert_eq!(passed, 1);
        }
        assert_eq!(world.members(&id).await.len(), 3);
        assert_eq!(world.row(&id).await.unwrap().tags.len(), 1);
    }
}

/// T-I3: four uploads at once; one wins, and the data is the winner's.
pub(crate) async fn t_i3_one_of_several_uploads_wins(world: World) {
    for _ in 0..rounds(20).min(1000) {
        let id = world.image("alpha", Visibility::Private).await;
        let permitted = Arc::new(world.permit::<Upload>(&id).await);
        let mut tasks = JoinSet::new();
        for at in 0..4_u64 {
            let (world, permitted, id) = (world.clone(), Arc::clone(&permitted), id.clone());
            tasks.spawn(async move {
                let claim = world.claim(&id, &format!("{id}-{at}"), "node");
                world.catalog.begin_upload(&permitted, &claim, world.now(), &actor()).await?;
                let data = stored(&claim, 100 + at);
                world.catalog.finish_upload(&id, &claim.token, &data, Some(1 << 40), world.now(), &actor()).await?;
                Ok::<_, salon_core::Error>((claim, 100 + at))
            });
        }
        let mut winner = None;
        while let Some(task) = tasks.join_next().await {
            match task.unwrap() {
                Ok(won) => assert!(winner.replace(won).is_none(), "two winners"),
                Err(error) => assert_eq!(error.kind(), Kind::Conflict, "{error:?}"),
            }
        }
        let (claim, size) = winner.unwrap();
        let row = world.row(&id).await.unwrap();
        assert_eq!((row.status, row.location, row.size), (Status::Active, Some(claim.location), Some(size)));
    }
}

/// T-I4: a delete while data is uploaded and members are added. Afterwards nothing of the image is left but its id and a
/// job for whatever may have been published.
pub(crate) async fn t_i4_delete_against_upload_and_add(world: World) {
    for _ in 0..rounds(20).min(1000) {
        let id = world.image("alpha", Visibility::Shared).await;
        let (upload, delete) = (world.permit::<Upload>(&id).await, world.permit::<Delete>(&id).await);
        let invite = world.may_invite(&id).await;
        let claim = world.claim(&id, &format!("of-{id}"), "node");
        let mut tasks = JoinSet::new();
        let (other, cloned) = (world.clone(), claim.clone());
        let image = id.clone();
        tasks.spawn(async move {
            let begun = other.catalog.begin_upload(&upload, &cloned, other.now(), &actor()).await;
            if begun.is_ok() {
                let data = stored(&cloned, 10);
                let done = other.catalog.finish_upload(&image, &cloned.token, &data, None, other.now(), &actor()).await;
                assert!(matches!(kind(done.map(drop)), Ok(()) | Err(Kind::Gone)));
            } else {
                assert_eq!(kind(begun), Err(Kind::Stale));
            }
        });
        let other = world.clone();
        tasks.spawn(async move {
            for at in 0..4 {
                let invitation = Invitation::pending(name(&format!("m{at}")));
                let outcome = other.catalog.invite(&invite, &invitation, None, other.now(), &actor()).await;
                assert!(matches!(kind(outcome.map(drop)), Ok(()) | Err(Kind::Stale)));
            }
        });
        let other = world.clone();
        tasks.spawn(async move {
            other.catalog.delete_image(&delete, other.now(), &actor(), &*other.entropy).await.unwrap();
        });
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        assert!(world.row(&id).await.is_none());
        for at in 0..4 {
            let member = name(&format!("m{at}"));
            let left: Vec<Membership> =
                world.catalog.things_of_member(ThingKind::Image, &member, None, 10).await.unwrap();
            assert_eq!(left, vec![]);
        }
        assert!(!world.catalog.renew_upload(&claim.token, salon_core::Timestamp(EPOCH)).await.unwrap());
        // One job if data came to be named in the catalog, none if the delete was first.
        let events = world.catalog.events(0, 1000).await.unwrap();
        let begun = events.iter().any(|event| event.topic == "image.prepare" && event.thing_id == id.as_str());
        let lease = std::time::Duration::from_secs(60);
        let job = world.catalog.claim_job(salon_catalog::jobs::REMOVE_BYTES, world.now(), lease).await.unwrap();
        assert_eq!(job.is_some(), begun);
        if let Some(job) = job {
            world.catalog.complete_job(&job.id, job.fence).await.unwrap();
        }
        world.catalog.trim_events(world.now(), 0, 1000).await.unwrap();
    }
}

/// T-M4 for bytes: parallel uploads to different images of one project.
pub(crate) async fn the_storage_quota_holds_against_parallel_uploads(world: World) {
    let mut images = Vec::new();
    for _ in 0..8 {
        let id = world.image("alpha", Visibility::Private).await;
        let claim = world.claim(&id, &format!("of-{id}"), "node");
        let permitted = world.permit::<Upload>(&id).await;
        world.catalog.begin_upload(&permitted, &claim, world.now(), &actor()).await.unwrap();
        images.push((id, claim));
    }
    let mut tasks = JoinSet::new();
    for (id, claim) in images {
        let world = world.clone();
        tasks.spawn(async move {
            let data = stored(&claim, 10);
            world.catalog.finish_upload(&id, &claim.token, &data, Some(35), world.now(), &actor()).await.map(drop)
        });
    }
    let mut passed = 0;
    while let Some(task) = tasks.join_next().await {
        match kind(task.unwrap()) {
            Ok(()) => passed += 1,
            Err(kind) => assert_eq!(kind, Kind::OverLimit),
        }
    }
    assert_eq!(passed, 3);
}

/// P4, P7: beta is on the list only while gamma owns the image. Whoever reads the image with beta's record, or the list by a
/// permission of alpha's time, sees nobody there, however often the image goes back and forth meanwhile.
pub(crate) async fn t_a4_a_guest_list_is_of_the_moment_that_permits_it(world: World) {
    let id = world.image("alpha", Visibility::Shared).await;
    let ended = Arc::new(AtomicBool::new(false));
    let (mut records, mut lists) = (JoinSet::new(), JoinSet::new());
    for _ in 0..2 {
        let (reader, image, done) = (world.clone(), id.clone(), Arc::clone(&ended));
        records.spawn(async move {
            let mut met = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                let (view, record) = reader.with_member(&image, "beta").await.unwrap();
                let image = sharing::look_up(&reader.policy, &admin(), view, &name("beta")).unwrap();
                met.insert((image.image.owner.clone().unwrap(), record.shown(&image).is_some()));
                // A read of the embedded database waits for nothing, so the writer might never have its turn.
                yield_now().await;
            }
            met
        });
        let (reader, alphas, done) = (world.clone(), world.may_list(&id).await, Arc::clone(&ended));
        lists.spawn(async move {
            let mut met = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                match reader.catalog.members(&alphas, None, 10).await {
                    Ok(list) => met.insert(Some(list.len())),
                    Err(error) if error.kind() == Kind::Stale => met.insert(None),
                    Err(error) => panic!("{error}"),
                };
                yield_now().await;
            }
            met
        });
    }
    for _ in 0..rounds(150) {
        world.modify(&id, |image| image.owner = Some(ProjectId::new("gamma"))).await.unwrap();
        world.invite(&id, "beta").await.unwrap();
        let revoke = world.may_revoke(&id, "beta").await;
        world.catalog.revoke(&revoke, &name("beta"), world.now(), &actor()).await.unwrap();
        world.modify(&id, |image| image.owner = Some(ProjectId::new("alpha"))).await.unwrap();
    }
    ended.store(true, Ordering::Relaxed);
    let records: BTreeSet<_> = records.join_all().await.into_iter().flatten().collect();
    let may_be = [("alpha", false), ("gamma", false), ("gamma", true)];
    assert_eq!(records, may_be.map(|(owner, there)| (ProjectId::new(owner), there)).into());
    let lists: BTreeSet<_> = lists.join_all().await.into_iter().flatten().collect();
    assert_eq!(lists, [None, Some(0)].into());
}
