//! Lanes: the stages of a transfer that work beside each other, each on its own queue.
//!
//! A lane takes a thread only while there is something in its queue, so ten thousand uploads that drip hold no threads, and
//! a lane that waits for a slow neighbour gives its thread back. All lanes of a transfer are polled by the
//! transfer's own future: dropping it ends them.

mod together;

use std::future::Future;

use futures_util::future;
use salon_core::{Error, Result};
use salon_inspect::{Inspector, Report};
use tokio::sync::mpsc;

use crate::{Block, Digests, HashAlgo, digest::Hasher};

use together::Returned;

/// Blocks that wait in front of a lane.
pub(crate) const QUEUE: usize = 2;

/// Where the blocks of a lane go in; dropping it ends the lane.
pub(crate) type Input = mpsc::Sender<Block>;

/// What the digest lanes end with: the digests (the size is not theirs to know), and the inspection if there was an
/// inspector.
pub(crate) type Digested = (Digests, Option<Report>);

/// Puts a block into every lane, waiting for room.
pub(crate) async fn send(lanes: &[Input], block: Block) -> Result<()> {
    for lane in lanes {
        lane.send(block.clone()).await.map_err(|_| Error::internal("a stage of the transfer ended early"))?;
    }
    Ok(())
}

/// The lanes that make the digests, the first of which also looks at the format when there is an inspector.
pub(crate) fn digest(
    algo: HashAlgo,
    mut inspector: Option<Inspector>,
) -> Result<(Vec<Input>, impl Future<Output = Result<Digested>> + Send)> {
    let (mut inputs, mut lanes) = (Vec::new(), Vec::new());
    for hasher in Hasher::all(algo)? {
        let (input, blocks) = mpsc::channel(QUEUE);
        inputs.push(input);
        lanes.push(run(hasher, inspector.take(), blocks));
    }
    let digested = async move {
        let empty = Digests { size: 0, checksum: String::new(), hash_algo: algo, hash_value: String::new() };
        let mut digested = (empty, None);
        for (hasher, inspector) in future::try_join_all(lanes).await? {
            hasher.finish(&mut digested.0);
            digested.1 = digested.1.or(inspector.map(Inspector::finish));
        }
        Ok(digested)
    };
    Ok((inputs, digested))
}

async fn run(
    hasher: Hasher,
    inspector: Option<Inspector>,
    blocks: mpsc::Receiver<Block>,
) -> Result<(Hasher, Option<Inspector>)> {
    match hasher {
        Hasher::Both(both) => {
            let mut own = Returned { both, inspector, blocks };
            while let Some(first) = own.blocks.recv().await {
                own = together::digest(own, first).await?;
            }
            Ok((Hasher::Both(own.both), own.inspector))
        }
        Hasher::Checksum(_) | Hasher::Hash(_) => alone(hasher, inspector, blocks).await,
    }
}

/// A lane of one digest, on a thread of its own.
async fn alone(
    mut hasher: Hasher,
    mut inspector: Option<Inspector>,
    mut blocks: mpsc::Receiver<Block>,
) -> Result<(Hasher, Option<Inspector>)> {
    while let Some(first) = blocks.recv().await {
        let work = move || {
            let mut next = Some(first);
            while let Some(block) = next {
                for piece in block.pieces() {
                    hasher.update(piece);
                    if let Some(inspector) = &mut inspector {
                        inspector.feed(piece);
                    }
                }
                next = blocks.try_recv().ok();
            }
            (hasher, inspector, blocks)
        };
        (hasher, inspector, blocks) = off_thread(work).await?;
    }
    Ok((hasher, inspector))
}

/// Runs `work` on a blocking thread.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::internal("blocking work broke off").with_source(error))
}
