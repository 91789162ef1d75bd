//! Lanes: the stages of a transfer that work beside each other, each on its own queue.
//!
//! A lane takes a blocking thread only while there is something in its queue, so ten thousand uploads that drip hold no
//! threads, and a lane that waits for a slow neighbour gives its thread back. All lanes of a transfer are polled by the
//! transfer's own future: dropping it ends them.

use std::future::Future;

use salon_core::{Error, Result};
use salon_inspect::{Inspector, Report};
use tokio::sync::mpsc;

use crate::{Block, HashAlgo, digest::evp::Digest};

/// Blocks that wait in front of a lane.
pub(crate) const QUEUE: usize = 3;

/// Where the blocks of a lane go in; dropping it ends the lane.
pub(crate) type Input = mpsc::Sender<Block>;

/// Puts a block into a lane, waiting for room.
pub(crate) async fn send(lane: &Input, block: Block) -> Result<()> {
    lane.send(block).await.map_err(|_| Error::internal("a stage of the transfer ended early"))
}

/// What a digest lane ends with: the digest, and the inspection if there was an inspector.
pub(crate) type Digested = (String, Option<Report>);

/// A lane that digests, and looks at the format on the way when it is given an inspector.
pub(crate) fn digest(
    algo: HashAlgo,
    inspector: Option<Inspector>,
) -> Result<(Input, impl Future<Output = Result<Digested>> + Send)> {
    let (input, blocks) = mpsc::channel(QUEUE);
    let digest = Digest::new(algo)?;
    Ok((input, run(digest, inspector, blocks)))
}

async fn run(
    mut digest: Digest,
    mut inspector: Option<Inspector>,
    mut blocks: mpsc::Receiver<Block>,
) -> Result<Digested> {
    while let Some(first) = blocks.recv().await {
        let work = move || {
            let mut next = Some(first);
            while let Some(block) = next {
                for piece in block.pieces() {
                    digest.update(piece);
                    if let Some(inspector) = &mut inspector {
                        inspector.feed(piece);
                    }
                }
                next = blocks.try_recv().ok();
            }
            (digest, inspector, blocks)
        };
        (digest, inspector, blocks) = off_thread(work).await?;
    }
    Ok((digest.finish(), inspector.map(Inspector::finish)))
}

/// Runs `work` on a blocking thread.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::internal("blocking work broke off").with_source(error))
}
