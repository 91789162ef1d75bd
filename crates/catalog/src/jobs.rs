//! Durable jobs: work that outlives a request, taken by one node at a time under a lease with a fencing number.

use std::time::Duration;

use salon_core::{
    Entropy, Error, ProjectId, Result, Timestamp,
    id::uuid_text,
    image::{Image, Location},
};

use crate::{
    Catalog,
    images::row::{bytes_in, json},
    sql::{Answer, Reader, Tx, values},
};

/// Kind of the job that removes the bytes of a deleted image. Its payload is JSON: `{"image_id","store","key"}`.
pub const REMOVE_BYTES: &str = "remove-bytes";

/// Kind of the job that fetches the data of an image. Its payload is a [`salon_core::image::copy::CopyOrder`].
pub const COPY_IMAGE: &str = "copy-image";

/// Kind and id of the job that reads everything again; there is one. Its payload says how far it is.
pub const SCRUB: &str = "scrub";

/// A job to be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// What to do.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
}

/// A job that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// What to do.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// Counts the claims; a write on behalf of the job names it, and a late node's write is refused.
    pub fence: i64,
    /// How often it was claimed before.
    pub attempts: i64,
}

impl Catalog {
    /// Queues a job; answers its id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn enqueue(&self, job: &NewJob, now: Timestamp, entropy: &dyn Entropy) -> Result<String> {
        self.db.write((uuid_text(entropy), job.clone(), now), enqueue).await
    }

    /// Takes the oldest job of `kind` that is due and that nobody works on.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn claim_job(&self, kind: &str, now: Timestamp, lease: Duration) -> Result<Option<Job>> {
        self.db.write((kind.to_owned(), now, now.plus(lease)), claim).await
    }

    /// Extends the lease; false when the job went to somebody else.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn renew_job(&self, id: &str, fence: i64, lease_until: Timestamp) -> Result<bool> {
        self.db.write((id.to_owned(), fence, lease_until), renew).await
    }

    /// Removes a job that is done; false when it went to somebody else.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn complete_job(&self, id: &str, fence: i64) -> Result<bool> {
        self.db.write((id.to_owned(), fence), complete).await
    }

    /// Gives a job back to be tried at `run_at`; false when it went to somebody else.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn retry_job(&self, id: &str, fence: i64, run_at: Timestamp) -> Result<bool> {
        self.db.write((id.to_owned(), fence, run_at), retry).await
    }

    /// Makes sure that there is a job with this id, which says what it is about.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn ensure_job(&self, id: &str, job: &NewJob, now: Timestamp) -> Result<()> {
        if self.job_payload(id).await?.is_some() {
            return Ok(());
        }
        self.db.write((id.to_owned(), job.clone(), now), ensure).await
    }

    /// With what a job is queued, or how far it is; `None` when there is none.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn job_payload(&self, id: &str) -> Result<Option<String>> {
        self.db.read(id.to_owned(), payload).await
    }

    /// Writes down how far a job is, and extends its lease; false when the job went to somebody else.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn save_job(&self, id: &str, fence: i64, payload: &str, lease_until: Timestamp) -> Result<bool> {
        self.db.write((id.to_owned(), fence, payload.to_owned(), lease_until), save).await
    }

    /// Jobs of `kind` that wait or run, at most `limit` counted.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn count_jobs(&self, kind: &str, limit: u32) -> Result<u64> {
        self.db.scan((kind.to_owned(), limit), count).await
    }
}

pub(crate) const INSERT: &str = "INSERT INTO jobs (id, kind, payload, due_at, fence, attempts, created_at, subject, weight) \
    VALUES (?, ?, ?, ?, 0, 0, ?, ?, ?)";

fn enqueue<'a>(tx: &'a mut Tx, input: &'a (String, NewJob, Timestamp)) -> Answer<'a, String> {
    let (id, job, now) = input;
    Box::pin(async move { put(tx, id, job, *now).await.map(|()| id.clone()) })
}

/// Queues a job as part of a larger transaction.
pub(crate) async fn put(tx: &mut Tx, id: &str, job: &NewJob, now: Timestamp) -> Result<()> {
    let row = values![id, &job.kind, &job.payload, job.run_at, now, None::<&str>, 0_i64];
    tx.execute(INSERT, row).await.map(drop)
}

/// Queues a job of `subject` under an id that says what it is about; false when there is one already.
pub(crate) async fn insert_once(
    tx: &mut Tx,
    id: &str,
    job: &NewJob,
    subject: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    tx.insert(INSERT, values![id, &job.kind, &job.payload, job.run_at, now, subject, 0_i64]).await
}

/// How many jobs of `kind` a subject has, at most `limit` counted.
pub(crate) async fn count_of(tx: &mut Tx, kind: &str, subject: &str, limit: u32) -> Result<u64> {
    let sql =
        format!("SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE kind = ? AND subject = ? LIMIT {limit}) AS counted");
    tx.count(&sql, values![kind, subject], "jobs").await
}

/// Queues the removal of an image's bytes, which count against its project until they are gone.
pub(crate) async fn remove_bytes(
    tx: &mut Tx,
    id: &str,
    image: &Image,
    location: &Location,
    now: Timestamp,
) -> Result<()> {
    let payload = json(&serde_json::json!({
        "image_id": image.id,
        "store": location.store,
        "key": location.key,
    }))?;
    let owner = image.owner.as_ref().map(ProjectId::as_str);
    let weight = bytes_in(image.size.unwrap_or(0))?;
    tx.execute(INSERT, values![id, REMOVE_BYTES, &payload, now, now, owner, weight]).await.map(drop)
}

fn claim<'a>(tx: &'a mut Tx, input: &'a (String, Timestamp, Timestamp)) -> Answer<'a, Option<Job>> {
    let (kind, now, lease_until) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT id, payload, fence, attempts FROM jobs WHERE kind = ? AND due_at <= ? \
             ORDER BY due_at, id LIMIT 1{}",
            tx.for_update_skip_locked()
        );
        let read = |row: &mut Reader<'_>| {
            Ok(Job {
                id: row.text("id")?,
                kind: kind.clone(),
                payload: row.text("payload")?,
                fence: row.int("fence")? + 1,
                attempts: row.int("attempts")?,
            })
        };
        let Some(job) = tx.one(&sql, values![kind, *now], "jobs", read).await? else { return Ok(None) };
        const UPDATE: &str = "UPDATE jobs SET due_at = ?, fence = ?, attempts = ? WHERE id = ?";
        match tx.execute(UPDATE, values![*lease_until, job.fence, job.attempts + 1, &job.id]).await? {
            1 => Ok(Some(job)),
            _ => Err(Error::internal(format!("job {} changed under its lock", job.id))),
        }
    })
}

fn renew<'a>(tx: &'a mut Tx, input: &'a (String, i64, Timestamp)) -> Answer<'a, bool> {
    let (id, fence, lease_until) = input;
    Box::pin(async move {
        let sql = "UPDATE jobs SET due_at = ? WHERE id = ? AND fence = ?";
        Ok(tx.execute(sql, values![*lease_until, id, *fence]).await? > 0)
    })
}

fn ensure<'a>(tx: &'a mut Tx, input: &'a (String, NewJob, Timestamp)) -> Answer<'a, ()> {
    let (id, job, now) = input;
    Box::pin(async move { insert_once(tx, id, job, None, *now).await.map(drop) })
}

fn payload<'a>(tx: &'a mut Tx, id: &'a String) -> Answer<'a, Option<String>> {
    Box::pin(async move {
        tx.one("SELECT payload FROM jobs WHERE id = ?", values![id], "jobs", |row| row.text("payload")).await
    })
}

fn save<'a>(tx: &'a mut Tx, input: &'a (String, i64, String, Timestamp)) -> Answer<'a, bool> {
    let (id, fence, payload, lease_until) = input;
    Box::pin(async move {
        let sql = "UPDATE jobs SET payload = ?, due_at = ? WHERE id = ? AND fence = ?";
        Ok(tx.execute(sql, values![payload, *lease_until, id, *fence]).await? > 0)
    })
}

fn complete<'a>(tx: &'a mut Tx, input: &'a (String, i64)) -> Answer<'a, bool> {
    let (id, fence) = input;
    Box::pin(
        async move { Ok(tx.execute("DELETE FROM jobs WHERE id = ? AND fence = ?", values![id, *fence]).await? > 0) },
    )
}

fn retry<'a>(tx: &'a mut Tx, input: &'a (String, i64, Timestamp)) -> Answer<'a, bool> {
    let (id, fence, run_at) = input;
    Box::pin(async move {
        let sql = "UPDATE jobs SET due_at = ?, fence = fence + 1 WHERE id = ? AND fence = ?";
        Ok(tx.execute(sql, values![*run_at, id, *fence]).await? > 0)
    })
}

fn count<'a>(tx: &'a mut Tx, input: &'a (String, u32)) -> Answer<'a, u64> {
    let (kind, limit) = input;
    Box::pin(async move {
        let sql = format!("SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE kind = ? LIMIT {limit}) AS counted");
        tx.count(&sql, values![kind], "jobs").await
    })
}
