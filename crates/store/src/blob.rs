//! Bytes to read.

use std::{
    fs::File,
    io,
    ops::Range,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use futures_util::{FutureExt, Stream};
use rustix::io::{Errno, pread};
use tokio::{sync::Semaphore, task::JoinHandle};

use crate::sums::{BLOCK, Known, Marks};

/// Bytes of a read block: large enough that the hop to a blocking thread does not show, small enough for many readers.
pub const READ_BLOCK: usize = BLOCK as usize;

/// Most bytes that are verified before the head of an answer is sent.
const FIRST: u64 = 4 << 20;

/// Threads that may wait for disks on behalf of beginning reads.
const BEGINNING: usize = 64;

static BEGINNERS: Semaphore = Semaphore::const_new(BEGINNING);

/// What reads around the page cache have to be aligned to, in memory and in the file.
const ALIGN: usize = 4096;

/// Open bytes of a store. They stay readable when the key is deleted meanwhile.
///
/// Where the store has sums of the bytes, nothing is read that was not held to them: a damaged block is an error
/// ([`crate::Damage`]) in its place.
#[derive(Clone, Debug)]
pub struct Blob {
    file: Arc<File>,
    size: u64,
    sums: Option<Arc<Known>>,
    marks: Option<Marks>,
    /// Whether reads go around the page cache, and therefore must be aligned.
    direct: bool,
}

impl Blob {
    /// The bytes of an open file that has `size` of them, and no sums.
    pub fn from_file(file: Arc<File>, size: u64) -> Self {
        Self { file, size, sums: None, marks: None, direct: false }
    }

    /// The bytes of a file with sums; `marks` remember what was verified, unless it is read around the page cache.
    pub(crate) fn with_sums(file: File, size: u64, sums: Option<Known>, marks: Option<Marks>, direct: bool) -> Self {
        Self { file: Arc::new(file), size, sums: sums.map(Arc::new), marks, direct }
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The file itself, when there is one, for `sendfile`. A transfer that ends early must cut the connection, and no byte
    /// may be sent that [`Blob::verify`] or [`Blob::is_verified`] does not vouch for.
    pub fn file(&self) -> Option<&Arc<File>> {
        Some(&self.file)
    }

    /// Whether there are sums.
    pub fn has_sums(&self) -> bool {
        self.sums.is_some()
    }

    /// The same bytes, not held to their sums: for comparing them with digests of the whole.
    #[must_use]
    pub fn without_sums(&self) -> Self {
        Self { sums: None, marks: None, ..self.clone() }
    }

    /// Whether the sums themselves are as they were written. Blocks.
    ///
    /// # Errors
    /// As the file system has it.
    pub fn sums_are_sound(&self) -> io::Result<bool> {
        self.sums.as_ref().map_or(Ok(true), |sums| sums.is_sound())
    }

    /// The bytes of `range` (clamped to the size) in blocks of [`READ_BLOCK`], read and verified off the async threads, one
    /// block ahead. Ends with an error when the file turns out shorter, damaged, or cannot be read.
    pub fn stream(&self, range: Range<u64>) -> BlobStream {
        let end = range.end.min(self.size);
        BlobStream { blob: self.clone(), next: range.start.min(end), end, reading: None }
    }

    /// Whether the blocks that `range` touches were verified a moment ago and can be taken from the page cache as they are;
    /// also when there is nothing to verify them by.
    pub fn is_verified(&self, range: &Range<u64>) -> bool {
        self.sums.is_none() || self.marks.as_ref().is_some_and(|marks| marks.cover(&self.file, blocks(range)))
    }

    /// Reads the blocks that `range` touches, which brings them into the page cache, and holds them to their sums. Blocks.
    ///
    /// # Errors
    /// As [`Blob::stream`].
    pub fn verify(&self, range: &Range<u64>) -> io::Result<()> {
        let touched = blocks(range);
        let began = Instant::now();
        let mut buffer = Vec::new();
        for number in touched.clone() {
            self.block(number, &mut buffer)?;
        }
        if let (Some(marks), Some(_)) = (&self.marks, &self.sums) {
            marks.set(&self.file, touched, began);
        }
        Ok(())
    }

    /// Verifies the first bytes of `range`, so that damage there can be answered with a status instead of a cut. Answers up to
    /// where the bytes are known to be good and at hand.
    ///
    /// # Errors
    /// As [`Blob::stream`].
    pub async fn begin(&self, range: &Range<u64>) -> io::Result<u64> {
        let end = range.end.min(self.size);
        let first = range.start..end.min(range.start.saturating_add(FIRST));
        if first.is_empty() || self.is_verified(&first) {
            return Ok(range.start);
        }
        let blob = self.clone();
        let _permit = BEGINNERS.acquire().await.map_err(io::Error::other)?;
        let read = tokio::task::spawn_blocking(move || blob.verify(&first).map(|()| first.end)).await;
        read.map_err(io::Error::other).flatten()
    }

    /// Reads a block into the buffer and verifies it; answers where in the buffer it begins.
    fn block(&self, number: u64, buffer: &mut Vec<u8>) -> io::Result<usize> {
        let offset = number.saturating_mul(BLOCK);
        let length = usize::try_from(self.size.saturating_sub(offset).min(BLOCK)).unwrap_or(0);
        let from = self.read(offset, length, buffer)?;
        let bytes = buffer.get(from..from.saturating_add(length)).unwrap_or_default();
        if let Some(sums) = &self.sums {
            sums.check(number, bytes)?;
        }
        Ok(from)
    }

    /// Reads exactly `length` bytes; answers where in the buffer they begin. What is missing was lost after the image
    /// became active, and must not pass as its end.
    fn read(&self, offset: u64, length: usize, buffer: &mut Vec<u8>) -> io::Result<usize> {
        let (room, align) = if self.direct { (length.next_multiple_of(ALIGN), ALIGN) } else { (length, 1) };
        buffer.resize(room.saturating_add(align), 0);
        let from = buffer.as_ptr().align_offset(align).min(align);
        let mut filled = 0;
        while filled < length {
            let rest = buffer.get_mut(from.saturating_add(filled)..from.saturating_add(room)).unwrap_or_default();
            match pread(&self.file, rest, offset.saturating_add(filled as u64)) {
                Ok(0) => return Err(short()),
                Ok(read) => filled = filled.saturating_add(read),
                // Around the page cache only whole blocks can be asked for, and an odd number is the end.
                Err(Errno::INVAL) if self.direct && filled > 0 => return Err(short()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(from)
    }
}

/// The blocks that a range of bytes touches.
fn blocks(range: &Range<u64>) -> Range<u64> {
    if range.is_empty() { 0..0 } else { range.start / BLOCK..range.end.div_ceil(BLOCK) }
}

fn short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "stored image data is shorter than recorded")
}

/// See [`Blob::stream`].
#[derive(Debug)]
pub struct BlobStream {
    blob: Blob,
    next: u64,
    end: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl BlobStream {
    fn read_ahead(&mut self) {
        if self.reading.is_none() && self.next < self.end {
            let number = self.next / BLOCK;
            let begins = number.saturating_mul(BLOCK);
            let part = self.next - begins..self.end.min(begins.saturating_add(BLOCK)) - begins;
            self.next = begins.saturating_add(part.end);
            let blob = self.blob.clone();
            self.reading = Some(tokio::task::spawn_blocking(move || {
                let mut buffer = Vec::new();
                let from = blob.block(number, &mut buffer)?;
                let place = |at: u64| usize::try_from(at).unwrap_or(0).saturating_add(from);
                Ok(Bytes::from(buffer).slice(place(part.start)..place(part.end)))
            }));
        }
    }
}

impl Stream for BlobStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.read_ahead();
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let Poll::Ready(block) = reading.poll_unpin(context) else { return Poll::Pending };
        self.reading = None;
        let block = block.map_err(io::Error::other).flatten();
        if block.is_ok() {
            self.read_ahead();
        } else {
            self.next = self.end;
        }
        Poll::Ready(Some(block))
    }
}
