//! The way an upload takes: received, digested, inspected and written at the same time, in bounded stages.

use std::{io, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, Stream, StreamExt, future};
use salon_core::{Error, Result};
use salon_inspect::Inspector;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

use crate::{Block, Digests, HashAlgo, Key, Staged, Store, lanes};

/// Bytes of a block: what the stages hand to each other. Large enough that handing over costs little beside the digests,
/// small enough that the blocks of one transfer (two waiting, one in work, one being filled or sent) are 4 MiB.
const BLOCK: usize = 1024 * 1024;

/// Pieces below this are copied together: a body that comes byte by byte would otherwise keep a whole network buffer
/// alive for each byte.
const SMALL_PIECE: usize = 8 * 1024;

/// A block that holds this much and does not fill up within [`FILL_TIME`] is handed on as it is: otherwise each of ten
/// thousand clients that stop sending would keep most of a block.
const HELD: usize = 2 * 1024;

/// See [`HELD`].
const FILL_TIME: Duration = Duration::from_secs(1);

/// How to take an upload.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// Largest size that is taken, in bytes (`image_size_cap`).
    pub size_cap: u64,
    /// Bytes left of the project's storage quota, if there is one: an early cut, not the reservation itself.
    pub quota_left: Option<u64>,
    /// The size the client declared, if it did: more or less than that is refused.
    pub declared_size: Option<u64>,
    /// The digest beside MD5.
    pub hash_algo: HashAlgo,
    /// Whether to look at the format.
    pub inspect: bool,
}

/// An upload that arrived whole and is not published yet. Dropping it removes it.
pub struct Ingested {
    /// Size and digests.
    pub digests: Digests,
    /// What the data is, when asked for.
    pub inspection: Option<salon_inspect::Report>,
    /// The bytes, ready to publish.
    pub staged: Box<dyn Staged>,
}

/// Takes an upload to the point where only [`Staged::publish`] is missing.
///
/// At most about 4 MiB of the body are held at a time, whatever the sizes of its pieces. Nothing of it computes or
/// writes on the threads that poll it. When the returned future is dropped, or fails, the bytes are gone.
///
/// # Errors
/// - over limit: larger than `size_cap` or `quota_left`, or the store is full;
/// - invalid: the body ended early or broke off, or its length is not the declared one;
/// - unavailable: the store cannot be written.
pub async fn receive<S>(body: S, store: &dyn Store, key: &Key, options: &IngestOptions) -> Result<Ingested>
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin,
{
    let limits = SizeLimits::new(options)?;
    let staged = store.begin(key, options.declared_size).await?;
    let inspector = options.inspect.then(Inspector::new);
    let (mut lanes, digested) = lanes::digest(options.hash_algo, inspector)?;
    let (write_in, blocks) = mpsc::channel(lanes::QUEUE);
    lanes.push(write_in);
    let (size, (digests, inspection), staged) =
        future::try_join3(feed(body, limits, lanes).boxed(), digested.boxed(), write(staged, blocks).boxed()).await?;
    Ok(Ingested { digests: Digests { size, ..digests }, inspection, staged })
}

/// Cuts the body into blocks and hands each to every lane.
async fn feed<S>(mut body: S, limits: SizeLimits, lanes: Vec<lanes::Input>) -> Result<u64>
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin,
{
    let mut size = 0_u64;
    let mut filling = Filling::default();
    loop {
        let piece = match filling.deadline {
            None => body.next().await,
            Some(deadline) => match timeout_at(deadline, body.next()).await {
                Ok(piece) => piece,
                Err(_) => {
                    lanes::send(&lanes, filling.block()).await?;
                    continue;
                }
            },
        };
        let Some(piece) = piece else { break };
        let mut piece = piece.map_err(|error| {
            Error::invalid("The request body ended before all of the image data arrived.").with_source(error)
        })?;
        size = size.saturating_add(piece.len() as u64);
        limits.check(size)?;
        while !piece.is_empty() {
            filling.take(&mut piece);
            if filling.is_full() {
                lanes::send(&lanes, filling.block()).await?;
            }
        }
    }
    limits.check_end(size)?;
    let rest = filling.block();
    if !rest.is_empty() {
        lanes::send(&lanes, rest).await?;
    }
    Ok(size)
}

/// The lane that writes; the store decides where that happens.
async fn write(mut staged: Box<dyn Staged>, mut blocks: mpsc::Receiver<Block>) -> Result<Box<dyn Staged>> {
    while let Some(block) = blocks.recv().await {
        staged.write(block).await?;
    }
    Ok(staged)
}

/// A block being put together.
#[derive(Default)]
struct Filling {
    block: Block,
    /// Small pieces that were copied together and are not in the block yet.
    copied: BytesMut,
    /// When the block is handed on though it is not full.
    deadline: Option<Instant>,
}

impl Filling {
    /// Takes as much of `piece` as still fits.
    fn take(&mut self, piece: &mut Bytes) {
        let room = BLOCK.saturating_sub(self.len());
        let part = piece.split_to(room.min(piece.len()));
        if part.len() < SMALL_PIECE {
            self.copied.extend_from_slice(&part);
        } else {
            self.seal();
            self.block.push(part);
        }
        if self.deadline.is_none() && self.len() >= HELD {
            self.deadline = Some(Instant::now() + FILL_TIME);
        }
    }

    fn len(&self) -> usize {
        self.block.len().saturating_add(self.copied.len())
    }

    fn is_full(&self) -> bool {
        self.len() >= BLOCK
    }

    fn seal(&mut self) {
        if !self.copied.is_empty() {
            self.block.push(self.copied.split().freeze());
        }
    }

    /// The block as it is; filling starts anew.
    fn block(&mut self) -> Block {
        self.seal();
        self.deadline = None;
        std::mem::take(&mut self.block)
    }
}

/// How many bytes may come.
#[derive(Clone, Copy, Debug)]
struct SizeLimits {
    declared: Option<u64>,
    cap: u64,
    quota_left: Option<u64>,
}

impl SizeLimits {
    /// # Errors
    /// Over limit, when the declared size is too much already.
    fn new(options: &IngestOptions) -> Result<Self> {
        let limits = Self { declared: options.declared_size, cap: options.size_cap, quota_left: options.quota_left };
        limits.check(options.declared_size.unwrap_or(0))?;
        Ok(limits)
    }

    /// Checks the bytes that came so far.
    fn check(self, size: u64) -> Result<()> {
        if size > self.cap {
            return Err(Error::over_limit("The provided image is too large."));
        }
        if let Some(left) = self.quota_left.filter(|left| size > *left) {
            return Err(Error::over_limit(format!(
                "The size of the data {size} will exceed the limit. {left} bytes remaining."
            )));
        }
        if let Some(declared) = self.declared.filter(|declared| size > *declared) {
            return Err(Error::invalid(format!("More data arrived than the declared {declared} bytes.")));
        }
        Ok(())
    }

    /// Checks the whole.
    fn check_end(self, size: u64) -> Result<()> {
        match self.declared {
            Some(declared) if declared != size => {
                Err(Error::invalid(format!("The image data has {size} bytes, but {declared} bytes were declared.")))
            }
            _ => Ok(()),
        }
    }
}
