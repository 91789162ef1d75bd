//! What waits for SQLite's writer, and how much of it goes into one commit.
//!
//! Whoever was answered by one commit often has the next operation at once: a client that adds a guest after the other. With
//! nothing but what waits at hand, the first of them to come back would have a commit alone, and all others would wait for its
//! end. So right after a commit the writer expects as many operations as were in it, and those that came meanwhile, and waits for
//! them a fraction of the time that the commit took. What comes alone, or later, waits for nobody.

use std::{
    thread,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};

use super::Tx;

/// Operations in one commit.
const BATCH: usize = 256;
/// The writer waits a quarter of the time of the last commit, but within these bounds.
const PART: u32 = 4;
const LEAST: Duration = Duration::from_micros(200);
const MOST: Duration = Duration::from_millis(20);
/// Between two looks at the queue.
const LOOK: Duration = Duration::from_micros(50);

pub(super) enum Job {
    Write(Write),
    Close(oneshot::Sender<()>),
}

/// Runs an operation.
pub(super) type Write = Box<dyn FnOnce(&mut Tx) -> Ran + Send>;

/// Answers the caller once the commit is over; with why, when it failed.
pub(super) type Reply = Box<dyn FnOnce(Option<&str>) + Send>;

pub(super) struct Ran {
    pub(super) failed: bool,
    pub(super) reply: Reply,
}

/// The writer's end of the queue.
pub(super) struct Queue {
    jobs: mpsc::Receiver<Job>,
    /// Whom to tell when the writer is done; nothing is taken after it.
    pub(super) closing: Option<oneshot::Sender<()>>,
    /// How many operations are expected, and until when.
    expected: usize,
    until: Instant,
}

impl Queue {
    pub(super) fn new(jobs: mpsc::Receiver<Job>) -> Self {
        Self { jobs, closing: None, expected: 1, until: Instant::now() }
    }

    /// Waits for an operation; none when there will be none any more.
    pub(super) fn first(&mut self) -> Option<Write> {
        if self.closing.is_some() {
            return None;
        }
        let job = self.jobs.blocking_recv()?;
        self.take(job)
    }

    /// What goes into one commit, beginning with `first`.
    pub(super) fn batch(&mut self, first: Write) -> Batch<'_> {
        Batch { queue: self, first: Some(first), taken: 0 }
    }

    fn take(&mut self, job: Job) -> Option<Write> {
        match job {
            Job::Write(write) => Some(write),
            Job::Close(done) => {
                self.closing = Some(done);
                None
            }
        }
    }

    fn at_hand(&mut self) -> Option<Write> {
        if self.closing.is_some() {
            return None;
        }
        let job = self.jobs.try_recv().ok()?;
        self.take(job)
    }
}

/// The operations of one commit, as they come.
pub(super) struct Batch<'a> {
    queue: &'a mut Queue,
    first: Option<Write>,
    taken: usize,
}

impl Batch<'_> {
    /// The next operation, for which it may wait a little; none when it is time to commit.
    pub(super) fn next(&mut self) -> Option<Write> {
        loop {
            if let Some(write) = self.next_at_hand() {
                return Some(write);
            }
            let waits =
                self.taken < self.queue.expected && self.queue.closing.is_none() && !self.queue.jobs.is_closed();
            if !waits || Instant::now() >= self.queue.until {
                return None;
            }
            thread::sleep(LOOK);
        }
    }

    /// The next operation that waits already.
    pub(super) fn next_at_hand(&mut self) -> Option<Write> {
        if self.taken >= BATCH {
            return None;
        }
        let write = self.first.take().or_else(|| self.queue.at_hand())?;
        self.taken += 1;
        Some(write)
    }

    /// Takes note of a commit that took so long.
    pub(super) fn committed(&mut self, took: Duration) {
        self.queue.expected = self.taken.saturating_add(self.queue.jobs.len()).min(BATCH);
        self.queue.until = Instant::now() + (took / PART).clamp(LEAST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn job() -> Job {
        Job::Write(Box::new(|_| Ran { failed: false, reply: Box::new(|_| ()) }))
    }

    fn queue(waiting: usize) -> (mpsc::Sender<Job>, Queue) {
        let (sender, jobs) = mpsc::channel(1000);
        for _ in 0..waiting {
            assert!(sender.try_send(job()).is_ok());
        }
        (sender, Queue::new(jobs))
    }

    /// How many operations go into the next commit, which takes so long.
    fn commit(queue: &mut Queue, took: Duration) -> usize {
        let first = queue.first().unwrap();
        let mut batch = queue.batch(first);
        while batch.next().is_some() {}
        batch.committed(took);
        batch.taken
    }

    #[test]
    fn all_that_wait_share_a_commit() {
        let (_sender, mut queue) = queue(300);
        assert_eq!(commit(&mut queue, Duration::ZERO), BATCH);
        assert_eq!(commit(&mut queue, Duration::ZERO), 300 - BATCH);
    }

    #[test]
    fn who_was_answered_is_expected_back() {
        let (sender, mut queue) = queue(3);
        let first = queue.first().unwrap();
        let mut batch = queue.batch(first);
        while batch.next().is_some() {}
        // Comes while the others are committed.
        assert!(sender.try_send(job()).is_ok());
        batch.committed(Duration::ZERO);
        assert_eq!(queue.expected, 4);
        queue.until = Instant::now() + LONG;
        let back = thread::spawn(move || {
            for _ in 0..3 {
                thread::sleep(Duration::from_millis(2));
                assert!(sender.try_send(job()).is_ok());
            }
            sender
        });
        assert_eq!(commit(&mut queue, Duration::ZERO), 4);
        back.join().unwrap();
    }

    #[test]
    fn nobody_is_waited_for_longer_than_a_part_of_a_commit() {
        let (sender, mut queue) = queue(3);
        assert_eq!(commit(&mut queue, LONG), 3);
        assert!(queue.until <= Instant::now() + MOST);
        assert!(sender.try_send(job()).is_ok());
        assert_eq!(commit(&mut queue, Duration::ZERO), 1, "the others do not come");
        assert!(queue.until <= Instant::now() + LEAST);
    }

    #[test]
    fn who_is_alone_waits_for_nobody() {
        let (sender, mut queue) = queue(1);
        for _ in 0..3 {
            let begun = Instant::now();
            queue.until = begun + LONG;
            assert_eq!(commit(&mut queue, Duration::ZERO), 1);
            assert!(begun.elapsed() < LONG);
            assert!(sender.try_send(job()).is_ok());
        }
    }

    #[test]
    fn nothing_is_taken_after_the_end() {
        let (sender, mut queue) = queue(2);
        let (done, _told) = oneshot::channel();
        assert!(sender.try_send(Job::Close(done)).is_ok() && sender.try_send(job()).is_ok());
        assert_eq!(commit(&mut queue, Duration::ZERO), 2);
        assert!(queue.first().is_none() && queue.closing.is_some());
    }
}
