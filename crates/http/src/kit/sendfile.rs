//! Blobs sent by the kernel.
//!
//! hyper writes what a body yields, and a body yields bytes in memory. To have the kernel copy a file into the socket
//! instead, the body yields slices of one region of zeros that is never read or written, and notes beside each slice
//! which part of which file it stands for. The transport below hyper recognises the slices by their address and calls
//! `sendfile(2)` for them. The zeros themselves must never be sent: a slice that does not agree with the notes is an
//! error that cuts the connection.
//!
//! Before a slice is yielded its part of the file is made sure to be in the page cache, and to be what was stored, on a
//! thread that may block, so that a slow disk stalls this transfer and no other.

use std::{
    collections::VecDeque,
    fs::File,
    future::Future,
    io,
    ops::Range,
    os::fd::BorrowedFd,
    pin::Pin,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use rustix::{
    fs::fstatfs,
    io::{Errno, ReadWriteFlags, preadv2},
};
use salon_store::Blob;
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, spawn_blocking},
};

/// Bytes in one slice, and therefore in one `sendfile` call.
pub(crate) const SLICE: usize = 1 << 20;
/// Distance of the probes for the page cache; the kernel's default read-ahead window.
const PROBE_STEP: usize = 128 << 10;
/// Bytes read ahead at once when the page cache does not have them.
const WARM: u64 = 4 << 20;
/// Threads that may wait for disks on behalf of downloads.
const WARMING: usize = 64;
/// `TMPFS_MAGIC` of statfs(2): its files have no disk behind them and do not know `RWF_NOWAIT` on every kernel.
const TMPFS: rustix::fs::FsWord = 0x0102_1994;

/// Zeroed by the kernel on first touch, and never touched: address space, not memory.
static REGION: LazyLock<&'static [u8]> = LazyLock::new(|| Box::leak(vec![0_u8; SLICE].into_boxed_slice()));

static WARMERS: Semaphore = Semaphore::const_new(WARMING);

/// Whether `slice` lies in the region; its bytes must not be sent then.
pub(crate) fn stands_for_file(slice: &[u8]) -> bool {
    let region = REGION.as_ptr_range();
    region.contains(&slice.as_ptr())
}

/// A part of a file that waits for its slice to be written.
#[derive(Debug)]
struct Part {
    file: Arc<File>,
    offset: u64,
    left: usize,
}

/// The parts noted for one connection, in the order of their slices.
#[derive(Debug, Default)]
pub(crate) struct Parts(Mutex<VecDeque<Part>>);

impl Parts {
    fn push(&self, part: Part) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(part);
    }

    /// Sends what `slice` stands for into `socket`; returns the bytes sent.
    ///
    /// # Errors
    /// `WouldBlock` if the socket is full; everything else means that the connection must be cut.
    pub(crate) fn send(&self, slice: &[u8], socket: BorrowedFd<'_>) -> io::Result<usize> {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let part = parts
            .front_mut()
            .filter(|part| part.left == slice.len())
            .ok_or_else(|| io::Error::other("a slice of a blob has lost its part of the file"))?;
        let mut offset = part.offset;
        let sent = rustix::fs::sendfile(socket, &*part.file, Some(&mut offset), part.left)?;
        if sent == 0 {
            return Err(short_file());
        }
        part.offset = offset;
        part.left = part
            .left
            .checked_sub(sent)
            .ok_or_else(|| io::Error::other("the kernel sent more of a blob than it was asked to"))?;
        if part.left == 0 {
            parts.pop_front();
        }
        Ok(sent)
    }
}

fn short_file() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file of a blob is shorter than the blob")
}

/// A range of a file on its way out, as slices for the kernel.
pub(crate) struct FileBody {
    blob: Blob,
    file: Arc<File>,
    range: Range<u64>,
    /// Up to here the file is known to be in the page cache and good.
    warm: u64,
    cached_for_good: bool,
    parts: Arc<Parts>,
    warming: Option<JoinHandle<io::Result<u64>>>,
}

impl FileBody {
    /// Slices of `range` of a blob and its file, noted in `parts` of the connection they will be written to. Up to `good`
    /// the bytes are verified and at hand.
    pub(crate) fn new(blob: Blob, file: Arc<File>, range: Range<u64>, good: u64, parts: Arc<Parts>) -> Self {
        let cached_for_good = fstatfs(&*file).is_ok_and(|found| found.f_type == TMPFS);
        Self { warm: good, blob, file, range, cached_for_good, parts, warming: None }
    }

    /// Bytes still to be yielded.
    pub(crate) fn left(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// The next slice, the end, or an error that cuts the transfer.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            if let Some(task) = &mut self.warming {
                let done = ready!(Pin::new(task).poll(cx));
                self.warming = None;
                match done.map_err(io::Error::other).flatten() {
                    Ok(warm) => self.warm = warm,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            match self.next_slice() {
                Ok(None) if self.warming.is_some() => {}
                Ok(slice) => return Poll::Ready(slice.map(Ok)),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    /// A slice whose part of the file is at hand; nothing at the end, or after warming was begun.
    fn next_slice(&mut self) -> io::Result<Option<Bytes>> {
        let left = self.left();
        if left == 0 {
            return Ok(None);
        }
        let length = usize::try_from(left).unwrap_or(SLICE).min(SLICE);
        let end = self.range.start + length as u64;
        if self.warm < end && !self.is_at_hand(self.range.start..end)? {
            let blob = self.blob.clone();
            // What is at hand already is not read again.
            let from = self.warm.max(self.range.start);
            let window = from..self.range.end.min(from + WARM);
            self.warming = Some(tokio::spawn(async move {
                let _permit = WARMERS.acquire().await.map_err(io::Error::other)?;
                let read = spawn_blocking(move || blob.verify(&window).map(|()| window.end)).await;
                read.map_err(io::Error::other)?
            }));
            return Ok(None);
        }
        self.parts.push(Part { file: Arc::clone(&self.file), offset: self.range.start, left: length });
        self.range.start = end;
        Ok(Some(Bytes::from_static(REGION.get(..length).unwrap_or_default())))
    }
}

impl FileBody {
    /// Whether a part of the file can be sent as it is: verified, and in the page cache.
    fn is_at_hand(&self, part: Range<u64>) -> io::Result<bool> {
        let length = usize::try_from(part.end - part.start).unwrap_or(SLICE);
        Ok(self.blob.is_verified(&part) && (self.cached_for_good || is_cached(&self.file, part.start, length)?))
    }
}

/// Looks, without waiting for a disk, whether `length` bytes at `offset` are in the page cache.
fn is_cached(file: &File, offset: u64, length: usize) -> io::Result<bool> {
    let last = offset + (length as u64).saturating_sub(1);
    let steps = (offset..last).step_by(PROBE_STEP).chain([last]);
    for at in steps {
        let mut byte = [0_u8; 1];
        let answer = preadv2(file, &mut [io::IoSliceMut::new(&mut byte)], at, ReadWriteFlags::NOWAIT);
        match answer {
            Ok(0) => return Err(short_file()),
            Ok(_) => {}
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
