//! Tasks: their records, for those who asked for them and for the job that does them.
//!
//! A record is looked up together with its owner. The job that does a task is queued in the transaction that makes the
//! record; what it writes goes through only while the task has not ended.

use salon_core::{
    Error, ImageId, Permitted, ProjectId, Result, Timestamp,
    task::{CreateTask, Outcome, Task, TaskId, TaskKind, TaskQuery, TaskStatus, absent},
};

use crate::{
    Catalog,
    images::row::json,
    jobs::{self, NewJob},
    sql::{Answer, Reader, Tx, Value, values},
    uploads,
};

/// Kind of the job that does a task. Its payload is the task's id.
pub const TASK: &str = "task";

/// How many records a project may have.
#[derive(Clone, Copy, Debug)]
pub struct TaskLimits {
    /// That have not ended.
    pub running: u64,
    /// In all.
    pub records: u64,
}

impl Catalog {
    /// Writes a new task and queues the job `job` that does it.
    ///
    /// # Errors
    /// OverLimit beyond the project's limits.
    pub async fn create_task(
        &self,
        task: &Permitted<Task, CreateTask>,
        job: &str,
        limits: TaskLimits,
        now: Timestamp,
    ) -> Result<()> {
        self.db.write(((**task).clone(), job.to_owned(), limits, now), create).await
    }

    /// A task of a project, unless its time is over.
    ///
    /// # Errors
    /// Unavailable, Internal for a row that makes no sense.
    pub async fn task(&self, id: &TaskId, owner: &ProjectId, now: Timestamp) -> Result<Option<Task>> {
        self.db.read((id.clone(), owner.clone(), now), find).await
    }

    /// A page of a project's tasks, in the order of their creation.
    ///
    /// # Errors
    /// Invalid for a marker that is no task of the project's.
    pub async fn tasks(&self, owner: &ProjectId, query: &TaskQuery, now: Timestamp) -> Result<Vec<Task>> {
        self.db.read((owner.clone(), query.clone(), now), page).await
    }

    /// For the job: marks the task as being done and answers it; `None` when it has ended or is gone.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn begin_task(&self, id: &TaskId, now: Timestamp) -> Result<Option<Task>> {
        self.db.write((id.clone(), now), begin).await
    }

    /// For the job: records how the task ended; false when it had ended before.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn finish_task(
        &self,
        id: &TaskId,
        outcome: &Outcome,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool> {
        self.db.write((id.clone(), outcome.clone(), now, expires_at), finish).await
    }

    /// Removes records whose time is over, at most `limit` per call. Answers how many went.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_tasks(&self, now: Timestamp, limit: u32) -> Result<u64> {
        self.db.write((now, limit), trim).await
    }
}

const COLUMNS: &str =
    "id, kind, status, owner, input, result, message, image_id, author, created_at, updated_at, expires_at";

fn read(row: &mut Reader<'_>) -> Result<Task> {
    Ok(Task {
        id: row.parsed("id", TaskId::parse)?,
        kind: row.parsed("kind", TaskKind::parse)?,
        status: row.parsed("status", TaskStatus::parse)?,
        owner: ProjectId::new(row.text("owner")?),
        input: row.json("input")?,
        result: match row.opt_text("result")? {
            Some(text) => Some(serde_json::from_str(&text).map_err(|_| row.wrong("result", "is not JSON"))?),
            None => None,
        },
        message: row.opt_text("message")?,
        image_id: row.parsed("image_id", ImageId::parse)?,
        author: row.json("author")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        expires_at: row.opt_int("expires_at")?.map(Timestamp),
    })
}

fn create<'a>(tx: &'a mut Tx, input: &'a (Task, String, TaskLimits, Timestamp)) -> Answer<'a, ()> {
    let (task, job, limits, now) = input;
    Box::pin(async move {
        let owner = task.owner.as_str();
        // Nobody else counts this project's tasks until the transaction ends.
        uploads::hold_project(tx, owner).await?;
        for (condition, limit) in [("AND expires_at IS NULL", limits.running), ("", limits.records)] {
            let sql = format!("SELECT COUNT(*) FROM tasks WHERE owner = ? {condition}");
            let count = tx.count(&sql, values![owner], "tasks").await?;
            if count >= limit {
                return Err(Error::over_limit(format!("The account has {count} tasks; {limit} are allowed.")));
            }
        }
        let (asked, author) = (json(&task.input)?, json(&task.author)?);
        let row = values![
            task.id.as_str(),
            task.kind.as_str(),
            task.status.as_str(),
            owner,
            &asked,
            None::<&str>,
            None::<&str>,
            task.image_id.as_str(),
            &author,
            task.created_at,
            task.updated_at,
            None::<i64>,
        ];
        let insert = format!("INSERT INTO tasks ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        tx.execute(&insert, row).await?;
        let work = NewJob { kind: TASK.to_owned(), payload: task.id.as_str().to_owned(), run_at: *now };
        jobs::put(tx, job, &work, *now).await
    })
}

fn find<'a>(tx: &'a mut Tx, input: &'a (TaskId, ProjectId, Timestamp)) -> Answer<'a, Option<Task>> {
    let (id, owner, now) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT {COLUMNS} FROM tasks WHERE id = ? AND owner = ? AND (expires_at IS NULL OR expires_at > ?)"
        );
        tx.one(&sql, values![id.as_str(), owner.as_str(), *now], "tasks", read).await
    })
}

fn page<'a>(tx: &'a mut Tx, input: &'a (ProjectId, TaskQuery, Timestamp)) -> Answer<'a, Vec<Task>> {
    let (owner, query, now) = input;
    Box::pin(async move {
        let place = match &query.marker {
            None => None,
            Some(marker) => {
                let sql = "SELECT created_at FROM tasks WHERE id = ? AND owner = ?";
                match tx.number(sql, values![marker.as_str(), owner.as_str()], "tasks").await? {
                    Some(created_at) => Some((created_at, marker.as_str())),
                    None => return Err(Error::invalid(absent(marker.as_str()).message().to_owned())),
                }
            }
        };
        let (sign, word) = if query.oldest_first { (">", "ASC") } else { ("<", "DESC") };
        let mut sql = format!("SELECT {COLUMNS} FROM tasks WHERE owner = ? AND (expires_at IS NULL OR expires_at > ?)");
        let mut bound = values![owner.as_str(), *now].to_vec();
        for (column, text) in
            [("kind", query.kind.map(TaskKind::as_str)), ("status", query.status.map(TaskStatus::as_str))]
        {
            if let Some(text) = text {
                sql.push_str(&format!(" AND {column} = ?"));
                bound.push(Value::from(text));
            }
        }
        if let Some((at, id)) = place {
            sql.push_str(&format!(" AND (created_at {sign} ? OR (created_at = ? AND id {sign} ?))"));
            bound.extend_from_slice(values![at, at, id]);
        }
        sql.push_str(&format!(" ORDER BY created_at {word}, id {word} LIMIT {}", query.limit));
        tx.all(&sql, &bound, "tasks", read).await
    })
}

/// The task, locked, if it has not ended.
async fn unfinished(tx: &mut Tx, id: &TaskId) -> Result<Option<Task>> {
    let sql = format!("SELECT {COLUMNS} FROM tasks WHERE id = ?{}", tx.for_update());
    let task = tx.one(&sql, values![id.as_str()], "tasks", read).await?;
    Ok(task.filter(|task| !task.status.has_ended()))
}

fn begin<'a>(tx: &'a mut Tx, input: &'a (TaskId, Timestamp)) -> Answer<'a, Option<Task>> {
    let (id, now) = input;
    Box::pin(async move {
        let Some(task) = unfinished(tx, id).await? else { return Ok(None) };
        if task.status == TaskStatus::Processing {
            return Ok(Some(task));
        }
        let updated_at = (*now).max(task.created_at);
        let status = TaskStatus::Processing;
        let sql = "UPDATE tasks SET status = ?, updated_at = ? WHERE id = ?";
        tx.execute(sql, values![status.as_str(), updated_at, id.as_str()]).await?;
        Ok(Some(Task { status, updated_at, ..task }))
    })
}

fn finish<'a>(tx: &'a mut Tx, input: &'a (TaskId, Outcome, Timestamp, Timestamp)) -> Answer<'a, bool> {
    let (id, outcome, now, expires_at) = input;
    Box::pin(async move {
        let Some(task) = unfinished(tx, id).await? else { return Ok(false) };
        let (status, result, message) = match outcome {
            Outcome::Success(result) => (TaskStatus::Success, Some(json(result)?), None),
            Outcome::Failure(message) => (TaskStatus::Failure, None, Some(message.clone())),
        };
        let row = values![
            status.as_str(),
            &result,
            &message,
            (*now).max(task.created_at),
            (*expires_at).max(task.created_at),
            id.as_str(),
        ];
        let sql = "UPDATE tasks SET status = ?, result = ?, message = ?, updated_at = ?, expires_at = ? WHERE id = ?";
        Ok(tx.execute(sql, row).await? > 0)
    })
}

fn trim<'a>(tx: &'a mut Tx, input: &'a (Timestamp, u32)) -> Answer<'a, u64> {
    let (now, limit) = input;
    Box::pin(async move {
        let sql = format!("SELECT id FROM tasks WHERE expires_at <= ? ORDER BY expires_at LIMIT {limit}");
        let mut gone = 0;
        for id in tx.all(&sql, values![*now], "tasks", |row| row.text("id")).await? {
            gone += tx.execute("DELETE FROM tasks WHERE id = ? AND expires_at <= ?", values![&id, *now]).await?;
        }
        Ok(gone)
    })
}
