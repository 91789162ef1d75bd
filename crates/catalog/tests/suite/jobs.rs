use std::time::Duration;

use salon_catalog::jobs::NewJob;
use salon_core::Timestamp;

use crate::support::{EPOCH, World};

fn at(seconds: i64) -> Timestamp {
    Timestamp(EPOCH + seconds * 1_000_000)
}

const LEASE: Duration = Duration::from_secs(30);

async fn enqueue(world: &World, payload: &str, run_at: Timestamp) -> String {
    let job = NewJob { kind: "work".to_owned(), payload: payload.to_owned(), run_at };
    world.catalog.enqueue(&job, at(0), &*world.entropy).await.unwrap()
}

pub(crate) async fn a_job_is_done_by_one_node_at_a_time(world: World) {
    let catalog = &world.catalog;
    let first = enqueue(&world, "1", at(1)).await;
    let second = enqueue(&world, "2", at(2)).await;
    assert_eq!(catalog.claim_job("work", at(0), LEASE).await.unwrap(), None);
    assert_eq!(catalog.claim_job("other", at(9), LEASE).await.unwrap(), None);
    // Many nodes ask at once; each job goes to one.
    let mut nodes = Vec::new();
    for _ in 0..8 {
        let catalog = catalog.clone();
        nodes.push(tokio::spawn(async move { catalog.claim_job("work", at(3), LEASE).await.unwrap() }));
    }
    let mut taken = Vec::new();
    for node in nodes {
        taken.extend(node.await.unwrap());
    }
    taken.sort_by(|one, other| one.payload.cmp(&other.payload));
    let ids: Vec<_> = taken.iter().map(|job| job.id.clone()).collect();
    assert_eq!(ids, [first, second]);
    assert!(catalog.complete_job(&taken[0].id, taken[0].fence).await.unwrap());
    assert!(!catalog.complete_job(&taken[0].id, taken[0].fence).await.unwrap());
    assert!(catalog.retry_job(&taken[1].id, taken[1].fence, at(100)).await.unwrap());
    assert_eq!(catalog.claim_job("work", at(99), LEASE).await.unwrap(), None);
    let again = catalog.claim_job("work", at(100), LEASE).await.unwrap().unwrap();
    assert_eq!((again.attempts, again.payload.as_str()), (1, "2"));
    assert_eq!(catalog.count_jobs("work", 10).await.unwrap(), 1);
}

pub(crate) async fn a_late_node_is_fenced_off(world: World) {
    let catalog = &world.catalog;
    enqueue(&world, "1", at(0)).await;
    let late = catalog.claim_job("work", at(0), LEASE).await.unwrap().unwrap();
    assert!(catalog.renew_job(&late.id, late.fence, at(50)).await.unwrap());
    assert_eq!(catalog.claim_job("work", at(49), LEASE).await.unwrap(), None);
    let next = catalog.claim_job("work", at(50), LEASE).await.unwrap().unwrap();
    assert_eq!(next.id, late.id);
    assert!(next.fence > late.fence);
    // F-18: the node that comes back late can do nothing any more.
    assert!(!catalog.renew_job(&late.id, late.fence, at(900)).await.unwrap());
    assert!(!catalog.retry_job(&late.id, late.fence, at(900)).await.unwrap());
    assert!(!catalog.complete_job(&late.id, late.fence).await.unwrap());
    assert!(catalog.complete_job(&next.id, next.fence).await.unwrap());
}
