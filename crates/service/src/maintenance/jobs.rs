//! Durable jobs: taking them, one node at a time each, and doing them.

use std::time::Duration;

use salon_catalog::jobs::{Job, REMOVE_BYTES};
use salon_core::{Error, Result, image::Status};
use salon_store::Key;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Service,
    maintenance::{Removal, stopped},
};

/// How long an idle node waits before it looks for jobs that other nodes queued.
const LOOK: Duration = Duration::from_secs(5);

/// First pause after a failure; doubled by each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// There is nothing left to do.
    Done,
    /// It is too early; try again later.
    NotYet,
}

/// Takes and does jobs until the stop, several at a time; then waits for those that run.
pub(super) async fn run(service: &Service, mut stop: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    let workers = service.settings().workers.max(1);
    loop {
        if *stop.borrow() {
            break;
        }
        if running.len() >= workers {
            tokio::select! {
                () = stopped(&mut stop) => break,
                _ = running.join_next() => continue,
            }
        }
        let claimed = service.catalog().claim_job(REMOVE_BYTES, service.now(), service.settings().lease).await;
        match claimed {
            Ok(Some(job)) => {
                let service = service.clone();
                running.spawn(async move { work(&service, &job).await });
            }
            idle => {
                if let Err(error) = idle {
                    tracing::warn!(error = error.report(), "jobs could not be looked for");
                }
                tokio::select! {
                    () = stopped(&mut stop) => break,
                    () = service.jobs_waiting().notified() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
        }
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

/// Does the jobs that are due now, one after the other, and comes back; for commands and tests.
///
/// # Errors
/// Unavailable when the catalog does not answer.
pub async fn run_due(service: &Service) -> Result<u64> {
    let mut done = 0;
    while let Some(job) = service.catalog().claim_job(REMOVE_BYTES, service.now(), service.settings().lease).await? {
        work(service, &job).await;
        done += 1;
    }
    Ok(done)
}

/// Does one job under its lease, and records how it ended.
async fn work(service: &Service, job: &Job) {
    let outcome = tokio::select! {
        biased;
        outcome = perform(service, job) => outcome,
        () = lost(service, job) => {
            tracing::warn!(job = job.id, kind = job.kind, "a job went to another node in the middle");
            return;
        }
    };
    let recorded = match outcome {
        Ok(Outcome::Done) => service.catalog().complete_job(&job.id, job.fence).await,
        Ok(Outcome::NotYet) => put_back(service, job).await,
        Err(error) => {
            tracing::warn!(
                job = job.id,
                kind = job.kind,
                attempts = job.attempts,
                error = error.report(),
                "a job failed and will be tried again"
            );
            put_back(service, job).await
        }
    };
    match recorded {
        Ok(true) => {}
        Ok(false) => tracing::warn!(job = job.id, kind = job.kind, "a job was done by another node too"),
        // The lease ends, and the job is done again: every job may be.
        Err(error) => tracing::warn!(job = job.id, error = error.report(), "the end of a job could not be recorded"),
    }
}

/// Gives a job back for later: the more often it failed, the later.
async fn put_back(service: &Service, job: &Job) -> Result<bool> {
    let doublings = u32::try_from(job.attempts.clamp(0, 12)).unwrap_or(12);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    service.catalog().retry_job(&job.id, job.fence, service.now().plus(pause)).await
}

/// Renews the lease until that fails for good: then the job is somebody else's.
async fn lost(service: &Service, job: &Job) {
    let lease = service.settings().lease;
    loop {
        tokio::time::sleep((lease / 3).max(Duration::from_millis(1))).await;
        match service.catalog().renew_job(&job.id, job.fence, service.now().plus(lease)).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(job = job.id, error = error.report(), "a job's lease could not be renewed"),
        }
    }
}

/// Removes the bytes a job names, unless an image has them.
///
/// The look into the catalog makes it safe to queue a removal on mere suspicion, as recovery does: bytes that an image
/// came to have after all stay, and nothing goes while an upload is on its way to publish.
async fn perform(service: &Service, job: &Job) -> Result<Outcome> {
    let removal = Removal::from_json(&job.payload)?;
    let store = service.store();
    if removal.store != store.id() {
        return Err(Error::unavailable(format!("store {} is not open here", removal.store)));
    }
    if let Some(view) = service.catalog().image(&removal.image_id, None).await? {
        let used = |at: &salon_core::image::Location| at.store == removal.store && at.key == removal.key;
        if view.image.location.as_ref().is_some_and(used) {
            tracing::info!(image = %removal.image_id, key = removal.key, "data is in use after all and stays");
            return Ok(Outcome::Done);
        }
        if view.image.status == Status::Saving {
            return Ok(Outcome::NotYet);
        }
    }
    let removed = store.delete(&Key::parse(&removal.key)?).await?;
    tracing::info!(image = %removal.image_id, key = removal.key, removed, "image data removed from the store");
    Ok(Outcome::Done)
}
