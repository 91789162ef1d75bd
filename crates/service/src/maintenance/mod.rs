//! What the server does for itself: recovery at start, durable jobs, trimming, checks of the store against the
//! catalog and of the catalog against itself.

mod check;
mod check_chat;
mod jobs;
mod recover;
mod repair;
mod scrub;
mod trim;

use tokio::sync::watch;

pub use check::{CheckOptions, Extent, Finding, Note, Progress, Summary, check, extent};
pub use jobs::run_due;
pub(crate) use jobs::{Bells, JobKind, Removal};
pub use recover::{Recovered, recover};
pub use repair::{Action, GRACE, apply, plan};
pub use scrub::{Damaged, Report, Scrub, Scrubbed, report};
pub use trim::{Trimmed, trim};

use crate::Service;

/// Runs everything that goes on beside requests, until `stop` turns true (or its sender is gone): jobs, taking back dead
/// uploads, trimming, the scrub's being there. Ends when what was begun has ended.
///
/// Call [`recover`] first. One of it runs per server; any number of servers may share a catalog.
pub async fn run(service: &Service, stop: watch::Receiver<bool>) {
    tokio::join!(
        jobs::run(service, stop.clone()),
        recover::run(service, stop.clone()),
        scrub::schedule(service, stop.clone()),
        trim::run(service, stop)
    );
}

/// Waits for `stop` to turn true, or for its sender to go.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone; there is nobody left to work for.
    let _ = stop.wait_for(|stop| *stop).await;
}
