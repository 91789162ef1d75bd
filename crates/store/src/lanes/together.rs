//! Uploads digested together.
//!
//! A processor makes the digests of several streams at once at little more than the cost of one, so the streams of all
//! uploads meet at one table. A few threads work there: with few streams each takes one, so that several are computed
//! beside each other; from [`ENOUGH`] streams on one thread takes up to [`MOST`] of them together. A stream is at the table
//! only while there is something in its queue.

use std::{
    collections::VecDeque,
    sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use bytes::{Buf, Bytes};
use salon_core::{Error, Result};
use salon_inspect::Inspector;
use tokio::sync::{mpsc, oneshot};

use crate::{
    Block,
    digest::both::{Both, CHUNK_BYTES as CHUNK, ENOUGH, MOST},
};

/// Bytes of each stream in one step of several together, so that all of them fit into the cache: after each step the
/// threads look who else is there.
const STEP: usize = 64 * 1024;

/// The same for a stream alone.
const LONG_STEP: usize = 256 * 1024;

/// Bytes after which a stream makes room for one that waits.
const TURN: usize = 8 * 1024 * 1024;

/// How long a thread without work stays: a stream that waits for its next block finds it again.
const LINGER: Duration = Duration::from_millis(200);

/// What comes back from the table when the queue is empty.
pub(super) struct Returned {
    pub(super) both: Box<Both>,
    pub(super) inspector: Option<Inspector>,
    pub(super) blocks: mpsc::Receiver<Block>,
}

/// A stream at the table.
struct Stream {
    own: Returned,
    /// The block it came with, until that is in work.
    first: Option<Block>,
    /// The pieces of the block in work that are not taken yet.
    pieces: VecDeque<Bytes>,
    /// Bytes it may still take before it makes room.
    turn: usize,
    back: oneshot::Sender<Returned>,
}

impl Stream {
    /// Goes to where whole chunks can be taken; false when there is nothing to take.
    fn is_ready(&mut self) -> bool {
        loop {
            match self.pieces.front_mut() {
                Some(piece) => {
                    let taken = self.own.both.settle(piece);
                    piece.advance(taken);
                    if !piece.is_empty() {
                        return true;
                    }
                    self.pieces.pop_front();
                }
                None => {
                    let Some(block) = self.first.take().or_else(|| self.own.blocks.try_recv().ok()) else {
                        return false;
                    };
                    if let Some(inspector) = &mut self.own.inspector {
                        block.pieces().iter().for_each(|piece| inspector.feed(piece));
                    }
                    self.pieces.extend(block.into_pieces());
                }
            }
        }
    }

    /// Bytes of the piece in work, as whole chunks, of one step at most.
    fn step(&self, together: bool) -> usize {
        let most = if together { STEP } else { LONG_STEP };
        self.pieces.front().map_or(0, |piece| piece.len().min(most) / CHUNK * CHUNK)
    }

    fn taken(&mut self, bytes: usize) {
        if let Some(piece) = self.pieces.front_mut() {
            piece.advance(bytes.min(piece.len()));
        }
        self.turn = self.turn.saturating_sub(bytes);
    }
}

/// Who is at the table and who works there.
#[derive(Default)]
struct Table {
    waiting: VecDeque<Stream>,
    /// Streams that wait or are in work.
    streams: usize,
    /// Threads with streams in work, or about to take some.
    busy: usize,
    /// Threads without any.
    idle: usize,
    /// Idle threads that were told to wake.
    called: usize,
}

static TABLE: LazyLock<(Mutex<Table>, Condvar)> = LazyLock::new(Default::default);

static CORES: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));

fn table() -> MutexGuard<'static, Table> {
    TABLE.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Digests what is in the queue of a stream, together with others; comes back when the queue is empty.
///
/// # Errors
/// Unavailable when there is no thread to be had.
pub(super) async fn digest(own: Returned, first: Block) -> Result<Returned> {
    let (back, returned) = oneshot::channel();
    let stream = Stream { own, first: Some(first), pieces: VecDeque::new(), turn: TURN, back };
    {
        let mut table = table();
        table.streams += 1;
        table.waiting.push_back(stream);
        table.help();
        if table.busy == 0 {
            // Nobody came, and nobody is there to come later.
            table.streams -= 1;
            table.waiting.pop_back();
            return Err(Error::unavailable("no thread could be started for digests"));
        }
    }
    returned.await.map_err(|_| Error::internal("a stage of the transfer ended early"))
}

impl Table {
    /// How many threads the streams are worth.
    fn wanted(&self) -> usize {
        let wanted =
            if self.streams < ENOUGH || !Both::has_lanes() { self.streams } else { self.streams.div_ceil(MOST) };
        wanted.min(*CORES)
    }

    /// Calls threads until there are as many as wanted.
    fn help(&mut self) {
        while self.busy < self.wanted() {
            if self.called < self.idle {
                self.called += 1;
                TABLE.1.notify_one();
            } else if thread::Builder::new().name("salon-digest".to_owned()).spawn(work).is_err() {
                return;
            }
            self.busy += 1;
        }
    }

    /// How many streams a thread takes, so that each has its share.
    fn share(&self) -> usize {
        self.streams.div_ceil(self.busy.max(1)).clamp(1, MOST)
    }
}

/// A thread at the table. It counts as busy already.
fn work() {
    let mut own: Vec<Stream> = Vec::with_capacity(MOST);
    while arrange(&mut own) {
        let mut left = Vec::new();
        for at in (0..own.len()).rev() {
            if own.get_mut(at).is_some_and(|stream| !stream.is_ready()) {
                left.push(own.swap_remove(at));
            }
        }
        if !left.is_empty() {
            table().streams -= left.len();
            // Whoever dropped its upload meanwhile does not want it back.
            left.into_iter().for_each(|stream| drop(stream.back.send(stream.own)));
        }
        step(&mut own);
    }
}

/// Takes the next bytes of all.
fn step(own: &mut [Stream]) {
    let together = own.len() >= ENOUGH && Both::has_lanes();
    let least = own.iter().map(|stream| stream.step(together)).min().unwrap_or(0);
    let mut turns = Vec::with_capacity(MOST);
    for stream in own.iter_mut() {
        let bytes = if together { least } else { stream.step(together) };
        if let Some(piece) = stream.pieces.front() {
            turns.push((&mut *stream.own.both, piece.get(..bytes).unwrap_or_default().as_chunks().0));
        }
    }
    if together {
        Both::take_together(&mut turns);
    } else {
        turns.iter_mut().for_each(|(both, chunks)| both.take(chunks));
    }
    drop(turns);
    for stream in own {
        let bytes = if together { least } else { stream.step(together) };
        stream.taken(bytes);
    }
}

/// Gives and takes streams so that every thread has its share; false when this thread is to end.
fn arrange(own: &mut Vec<Stream>) -> bool {
    let mut table = table();
    loop {
        table.help();
        if table.busy > table.wanted().max(1) {
            // Others take them together, or there is nothing left to do.
            table.waiting.extend(own.drain(..));
        } else {
            if !table.waiting.is_empty() {
                for at in (0..own.len()).rev() {
                    if own.get(at).is_some_and(|stream| stream.turn == 0) {
                        table.waiting.push_back(own.swap_remove(at));
                    }
                }
            }
            let share = table.share();
            while own.len() > share {
                table.waiting.extend(own.pop());
            }
            while own.len() < share
                && let Some(mut stream) = table.waiting.pop_front()
            {
                stream.turn = TURN;
                own.push(stream);
            }
            if !own.is_empty() {
                return true;
            }
        }
        table.busy -= 1;
        table.idle += 1;
        let (mut woken, timeout) = TABLE.1.wait_timeout(table, LINGER).unwrap_or_else(PoisonError::into_inner);
        woken.idle -= 1;
        if woken.called > 0 {
            // The caller has counted it as busy.
            woken.called -= 1;
        } else if timeout.timed_out() {
            return false;
        } else {
            woken.busy += 1;
        }
        table = woken;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future;

    use super::*;
    use crate::{Digests, HashAlgo, digest::evp, lanes};

    fn bytes(stream: usize, length: usize) -> Vec<u8> {
        (0..length).map(|at| (at.wrapping_mul(2_654_435_761).wrapping_add(stream * 977) >> 11) as u8).collect()
    }

    fn expected(data: &[u8]) -> (String, String) {
        let [md5, sha512] = [HashAlgo::Md5, HashAlgo::Sha512].map(|algo| {
            let mut digest = evp::Digest::new(algo).unwrap();
            digest.update(data);
            digest.finish()
        });
        (md5, sha512)
    }

    /// Hands `data` over in blocks of uneven pieces; ends in the middle when told to.
    async fn digest(stream: usize, data: &[u8], cut: bool) -> Option<Digests> {
        let (lanes, digested) = lanes::digest(HashAlgo::Sha512, None).unwrap();
        let feed = async move {
            let mut rest = data;
            let mut number = stream;
            while !rest.is_empty() {
                let mut block = Block::default();
                for _ in 0..1 + number % 5 {
                    number += 1;
                    let (piece, more) = rest.split_at(rest.len().min(1 + number * 7919 % 70_000));
                    block.push(Bytes::copy_from_slice(piece));
                    rest = more;
                }
                if cut && rest.len() < data.len() / 2 {
                    return Err(Error::invalid("cut"));
                }
                lanes::send(&lanes, block).await?;
                if number.is_multiple_of(3) {
                    tokio::task::yield_now().await;
                }
            }
            Ok(())
        };
        future::try_join(feed, digested).await.ok().map(|(_, (digests, _))| digests)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_stream_gets_its_own_digests_however_many_there_are() {
        for count in [1, 2, 3, 4, 5, 8, 9, 17, 40] {
            let tasks = (0..count).map(|stream| {
                tokio::spawn(async move {
                    let data = bytes(stream, 300_000 + 50_021 * (stream % 7));
                    let cut = stream % 6 == 5;
                    match digest(stream, &data, cut).await {
                        Some(digests) => {
                            assert_eq!((digests.checksum, digests.hash_value), expected(&data), "{stream} of {count}")
                        }
                        None => assert!(cut, "stream {stream} of {count} broke off"),
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
        }
    }
}
