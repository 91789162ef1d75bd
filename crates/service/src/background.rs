//! Work that outlives the request that began it: counted, so that a stop can wait for it.

use std::{future::Future, time::Duration};

use tokio::{sync::watch, task::JoinHandle};

/// Counts the tasks spawned through it.
#[derive(Clone, Debug)]
pub(crate) struct Background {
    running: watch::Sender<usize>,
}

/// One counted task; gives its place back however the task ends.
struct Place(watch::Sender<usize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running = running.saturating_sub(1));
    }
}

impl Background {
    /// Nothing running yet.
    pub(crate) fn new() -> Self {
        Self { running: watch::Sender::new(0) }
    }

    /// Runs `work` to its end, whatever becomes of the caller.
    pub(crate) fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.running.send_modify(|running| *running += 1);
        let place = Place(self.running.clone());
        tokio::spawn(async move {
            let _place = place;
            work.await
        })
    }

    /// Waits until nothing runs, at most `longest`; whether that was reached.
    pub(crate) async fn settle(&self, longest: Duration) -> bool {
        let mut running = self.running.subscribe();
        tokio::time::timeout(longest, running.wait_for(|running| *running == 0)).await.is_ok_and(|found| found.is_ok())
    }

    /// How many tasks run now.
    pub(crate) fn running(&self) -> usize {
        *self.running.borrow()
    }
}
