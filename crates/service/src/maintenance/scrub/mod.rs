//! Reading everything again, slowly, so that damage at rest is found before somebody needs the bytes.
//!
//! One durable job is all there is of it, whatever the number of servers: whoever has its lease reads the images in the order
//! of their ids, around the page cache, at a bounded rate, and keeps in the job how far it is and what it found. Nothing is
//! deleted. What is done by itself is harmless: bytes without sums, or with damaged ones, are compared with the digests of
//! the record, and get sums when they are right.

mod examine;
mod report;
mod throttle;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use salon_catalog::{
    images::StoredImage,
    jobs::{Job, NewJob, SCRUB},
};
use salon_core::Result;
use salon_store::Key;
use tokio::sync::watch;

pub(super) use self::{
    examine::{Depth, Examined, Trouble, examine, is_still_there},
    throttle::Throttle,
};
use crate::{
    Service,
    maintenance::{
        jobs::{Outcome, Work},
        stopped,
    },
};
pub use report::{Damaged, Report};

/// Rows of the catalog read at a time.
const ROWS: u32 = 100;

/// How often it is written down how far the scrub is.
const KEEP: Duration = Duration::from_secs(5);

/// How long a server that finds no scrub in its catalog waits with the first one.
const FIRST: Duration = Duration::from_secs(3600);

/// How the scrub works.
#[derive(Clone, Copy, Debug)]
pub struct Scrub {
    /// Whether this node takes part.
    pub enabled: bool,
    /// Bytes read per second.
    pub bytes_per_second: u64,
    /// Time from the start of one pass to the start of the next; a pass that takes longer is followed by the next at once.
    pub period: Duration,
}

impl Default for Scrub {
    fn default() -> Self {
        Self { enabled: true, bytes_per_second: 20 << 20, period: Duration::from_secs(7 * 86_400) }
    }
}

/// What the scrub of this node has done since its start.
#[derive(Clone, Debug, Default)]
pub struct Scrubbed {
    /// Bytes read.
    pub bytes: Arc<AtomicU64>,
    /// Images read to their end.
    pub images: Arc<AtomicU64>,
    /// Images found damaged or missing; again in each pass.
    pub damaged: Arc<AtomicU64>,
    /// Images that got sums: they had none, or damaged ones, and the bytes are right.
    pub renewed: Arc<AtomicU64>,
    /// Passes that came to their end.
    pub passes: Arc<AtomicU64>,
}

/// What the last passes found; `None` before the first.
///
/// # Errors
/// Unavailable.
pub async fn report(service: &Service) -> Result<Option<Report>> {
    Ok(service.catalog().job_payload(SCRUB).await?.as_deref().map(Report::read))
}

/// Makes sure that there is a scrub, again and again until there is, or until the stop.
pub(super) async fn schedule(service: &Service, mut stop: watch::Receiver<bool>) {
    let scrub = service.settings().scrub;
    if !scrub.enabled {
        return;
    }
    loop {
        let now = service.now();
        let first = NewJob {
            kind: SCRUB.to_owned(),
            payload: Report::default().to_json(),
            run_at: now.plus(scrub.period.min(FIRST)),
        };
        match service.catalog().ensure_job(SCRUB, &first, now).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(error = error.report(), "the scrub could not be scheduled yet"),
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(KEEP) => {}
        }
    }
}

/// Goes on with the scrub where it was left, to the end of the pass.
pub(super) async fn pass(mut work: Work<'_>) -> Result<Outcome> {
    let pass = Pass::new(work.service, work.job);
    let done = tokio::select! {
        biased;
        done = pass.run() => done.map(|()| Outcome::Again(pass.report().next(work.service.settings().scrub.period))),
        () = stopped(&mut work.stop) => Ok(Outcome::Interrupted),
        () = pass.keep_on() => Ok(Outcome::Interrupted),
    };
    // What was found is kept, whatever ended it.
    pass.keep().await?;
    done
}

struct Pass<'a> {
    service: &'a Service,
    job: &'a Job,
    report: Mutex<Report>,
    throttle: Throttle,
}

impl<'a> Pass<'a> {
    fn new(service: &'a Service, job: &'a Job) -> Self {
        let mut report = Report::read(&job.payload);
        match report.after() {
            Some(after) => tracing::info!(%after, "the scrub goes on where it was left"),
            None => report.begin(service.now()),
        }
        let throttle = Throttle::new(service.settings().scrub.bytes_per_second);
        Self { service, job, report: Mutex::new(report), throttle }
    }

    fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self) -> Result<()> {
        let mut after = self.report().after();
        let interrupted = self.report().reading();
        loop {
            let rows = self.service.catalog().all_locations(after.as_ref(), ROWS).await?;
            // What has come before the image in which it was interrupted is new, and waits for the next pass.
            for row in rows.iter().filter(|row| interrupted.as_ref().is_none_or(|image| row.id >= *image)) {
                self.image(row).await?;
            }
            match rows.last() {
                Some(last) if rows.len() == ROWS as usize => after = Some(last.id.clone()),
                _ => break,
            }
        }
        let mut report = self.report();
        report.end();
        self.service.scrubbed().passes.fetch_add(1, Ordering::Relaxed);
        tracing::info!(images = report.images, bytes = report.bytes, damaged = report.count(), "scrubbed");
        Ok(())
    }

    async fn image(&self, row: &StoredImage) -> Result<()> {
        let service = self.service;
        let read = |bytes: u64| {
            service.scrubbed().bytes.fetch_add(bytes, Ordering::Relaxed);
            self.report().read_on(&row.id, bytes);
        };
        let from = self.report().offset_in(&row.id);
        let Examined { mut trouble, sums, .. } =
            examine(service, row, Depth::Sums { from }, &self.throttle, &read).await?;
        if trouble.is_some() && !is_still_there(service, row).await? {
            trouble = None;
        }
        if let (None, Some(sums), Some(key)) = (&trouble, sums, Key::read(&row.location.key)) {
            service.store().put_sums(&key, sums).await?;
            if is_still_there(service, row).await? {
                service.scrubbed().renewed.fetch_add(1, Ordering::Relaxed);
                tracing::info!(image = %row.id, "the data has the digests of its record, and sums of its blocks now");
            } else {
                // Deleted meanwhile: the removal of the bytes may have come before the sums.
                remove_stray(service, row, &key).await?;
            }
        }
        service.scrubbed().images.fetch_add(1, Ordering::Relaxed);
        if let Some(trouble) = &trouble {
            service.scrubbed().damaged.fetch_add(1, Ordering::Relaxed);
            if !self.report().knows(row, trouble) {
                tracing::error!(image = %row.id, key = row.location.key, %trouble, "the scrub found damage");
            }
        }
        self.report().done(row, trouble);
        Ok(())
    }

    /// Writes down, again and again, how far it is. Does not end.
    async fn keep_on(&self) {
        loop {
            tokio::time::sleep(KEEP).await;
            if let Err(error) = self.keep().await {
                tracing::warn!(error = error.report(), "it could not be written down how far the scrub is");
            }
        }
    }

    async fn keep(&self) -> Result<()> {
        let until = self.service.now().plus(self.service.settings().lease);
        let payload = self.report().to_json();
        // When the lease is lost, another node goes on from what was kept last.
        self.service.catalog().save_job(&self.job.id, self.job.fence, &payload, until).await.map(drop)
    }
}

/// Removes sums that were made while their bytes were removed.
async fn remove_stray(service: &Service, row: &StoredImage, key: &Key) -> Result<()> {
    let gone = service.catalog().image(&row.id, None).await?.is_none();
    if gone { service.store().delete(key).await.map(drop) } else { Ok(()) }
}
