//! Durable jobs: taking them, one node at a time each, and doing them.
//!
//! [`kinds`] says which there are; each is a file beside this one with a function `perform`. A job may be done again after
//! a crash or the loss of its lease, by this node or another: whatever it does must bear that.

mod bot_event;
mod copy_image;
mod kinds;
mod removal;
mod remove_bytes;
mod remove_messages;
mod scrub;
mod task;

use std::time::Duration;

use futures_util::future::join_all;
use salon_catalog::jobs::Job;
use salon_core::{Result, Timestamp};
use tokio::{sync::watch, task::JoinSet};

pub(crate) use self::{
    kinds::{Bells, JobKind},
    removal::Removal,
};
use crate::{Service, maintenance::stopped};

/// How long an idle node waits before it looks for jobs that other nodes queued.
const LOOK: Duration = Duration::from_secs(5);

/// First pause after a failure; doubled by each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is nothing left to do.
    Done,
    /// It is too early; try again later.
    NotYet,
    /// It was interrupted; go on as soon as somebody can.
    Interrupted,
    /// It is done for now, and to be done again at this time.
    Again(Timestamp),
}

/// A job that is being done.
pub(crate) struct Work<'a> {
    /// Where.
    pub(crate) service: &'a Service,
    /// Which.
    pub(crate) job: &'a Job,
    /// Turns true when the server stops. A job that takes long ends early then.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Takes and does jobs of every kind until the stop; then waits for those that run.
pub(super) async fn run(service: &Service, stop: watch::Receiver<bool>) {
    join_all(JobKind::ALL.map(|kind| run_kind(service, kind, stop.clone()))).await;
}

/// Takes and does jobs of one kind, several at a time.
async fn run_kind(service: &Service, kind: JobKind, mut stop: watch::Receiver<bool>) {
    if !kind.is_wanted(service.settings()) {
        return;
    }
    let mut running = JoinSet::new();
    let workers = kind.workers(service.settings()).max(1);
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
        let claimed = service.catalog().claim_job(kind.name(), service.now(), service.settings().lease).await;
        match claimed {
            Ok(Some(job)) => {
                let (service, stop) = (service.clone(), stop.clone());
                running.spawn(async move { work(&service, kind, &job, stop).await });
            }
            idle => {
                if let Err(error) = idle {
                    tracing::warn!(error = error.report(), kind = kind.name(), "jobs could not be looked for");
                }
                tokio::select! {
                    () = stopped(&mut stop) => break,
                    () = service.jobs_waiting(kind).notified() => {}
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
    let (_never, stop) = watch::channel(false);
    let mut done = 0;
    for kind in JobKind::ALL {
        while let Some(job) = service.catalog().claim_job(kind.name(), service.now(), service.settings().lease).await? {
            work(service, kind, &job, stop.clone()).await;
            done += 1;
        }
    }
    Ok(done)
}

/// Does one job under its lease, and records how it ended.
async fn work(service: &Service, kind: JobKind, job: &Job, mut stop: watch::Receiver<bool>) {
    let stopping = stop.clone();
    let outcome = tokio::select! {
        biased;
        outcome = kind.perform(Work { service, job, stop: stopping }) => outcome,
        () = lost(service, job) => {
            tracing::warn!(job = job.id, kind = job.kind, "a job went to another node in the middle");
            return;
        }
    };
    let again = match &outcome {
        Ok(Outcome::Again(at)) => Some(*at),
        _ => None,
    };
    let recorded = match outcome {
        Ok(Outcome::Done) => service.catalog().complete_job(&job.id, job.fence).await,
        Ok(Outcome::NotYet) => put_back(service, job).await,
        Ok(Outcome::Again(at)) => service.catalog().retry_job(&job.id, job.fence, at).await,
        Ok(Outcome::Interrupted) => service.catalog().retry_job(&job.id, job.fence, service.now()).await,
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
        Ok(true) => {
            // What is due before the next look is looked for in time.
            let pause = again.and_then(|at| u64::try_from(at.0.saturating_sub(service.now().0)).ok());
            if let Some(pause) = pause.map(Duration::from_micros).filter(|pause| *pause < LOOK) {
                tokio::select! {
                    () = stopped(&mut stop) => {}
                    () = tokio::time::sleep(pause) => service.jobs_waiting(kind).notify_one(),
                }
            }
        }
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
