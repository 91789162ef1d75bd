//! Forgetting in time.

use std::{ops::ControlFlow, time::Duration};

use salon_core::{Result, Timestamp};
use tokio::sync::watch;

use crate::{Service, maintenance::stopped, messages::retain::retain};

/// Rows per transaction: short enough that no request waits for it.
const BATCH: u32 = 500;

/// Time between two rounds.
const ROUND: Duration = Duration::from_secs(600);

/// Marks of commits that are kept. One is asked for within seconds after it was made, or never.
const COMMITS: u64 = 100_000;

/// How long the URLs of webhooks are remembered after their end.
const WEBHOOK_URLS: Duration = Duration::from_secs(90 * 86_400);

/// Rows that were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trimmed {
    /// History of guest lists.
    pub history: u64,
    /// Events.
    pub events: u64,
    /// Marks of commits.
    pub commits: u64,
    /// Expired tokens.
    pub tokens: u64,
    /// Messages past the time that their account keeps them, and past the days of grace.
    pub messages: u64,
    /// URLs of webhooks that ended long ago.
    pub webhook_urls: u64,
    /// Records of tasks that ended.
    pub tasks: u64,
}

/// Removes history, events, tokens, messages and records of tasks that are past their time.
///
/// # Errors
/// Unavailable.
pub async fn trim(service: &Service) -> Result<Trimmed> {
    let catalog = service.catalog();
    let now = service.now();
    let retention = &service.settings().retention;
    let (history_before, events_before) = (before(now, retention.history), before(now, retention.events));
    let mut trimmed = Trimmed::default();
    while full(catalog.trim_history(history_before, BATCH).await?, &mut trimmed.history).is_continue() {}
    while full(catalog.trim_events(events_before, retention.events_max, BATCH).await?, &mut trimmed.events)
        .is_continue()
    {}
    while full(catalog.trim_commits(COMMITS, BATCH).await?, &mut trimmed.commits).is_continue() {}
    while full(catalog.trim_tokens(now, BATCH).await?, &mut trimmed.tokens).is_continue() {}
    trimmed.messages = retain(service).await?;
    let urls_before = before(now, WEBHOOK_URLS);
    while full(catalog.trim_webhook_urls(urls_before, BATCH).await?, &mut trimmed.webhook_urls).is_continue() {}
    while full(catalog.trim_tasks(now, BATCH).await?, &mut trimmed.tasks).is_continue() {}
    Ok(trimmed)
}

/// Counts a batch; whether there may be another.
fn full(rows: u64, count: &mut u64) -> ControlFlow<()> {
    *count += rows;
    if rows >= u64::from(BATCH) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// The instant `age` before `now`.
fn before(now: Timestamp, age: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(age.as_micros()).unwrap_or(i64::MAX)))
}

/// Trims again and again, until the stop.
pub(super) async fn run(service: &Service, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        let trimmed = tokio::select! {
            () = stopped(&mut stop) => return,
            trimmed = trim(service) => trimmed,
        };
        match trimmed {
            Ok(trimmed) if trimmed == Trimmed::default() => {}
            Ok(trimmed) => tracing::info!(
                history = trimmed.history,
                events = trimmed.events,
                commits = trimmed.commits,
                tokens = trimmed.tokens,
                messages = trimmed.messages,
                webhook_urls = trimmed.webhook_urls,
                tasks = trimmed.tasks,
                "trimmed old rows"
            ),
            Err(error) => tracing::warn!(error = error.report(), "old rows could not be trimmed"),
        }
    }
}
