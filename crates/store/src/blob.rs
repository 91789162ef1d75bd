//! Bytes to read.

use std::{
    fs::File,
    io,
    ops::Range,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{FutureExt, Stream};
use rustix::buffer::spare_capacity;
use tokio::task::JoinHandle;

/// Bytes of a read block: large enough that the hop to a blocking thread does not show, small enough for many readers.
pub const READ_BLOCK: usize = 256 * 1024;

/// Open bytes of a store. They stay readable when the key is deleted meanwhile.
#[derive(Clone, Debug)]
pub struct Blob {
    file: Arc<File>,
    size: u64,
}

impl Blob {
    /// The bytes of an open file that has `size` of them.
    pub fn from_file(file: Arc<File>, size: u64) -> Self {
        Self { file, size }
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The file itself, when there is one, for `sendfile`. A transfer that ends early must cut the connection.
    pub fn file(&self) -> Option<&Arc<File>> {
        Some(&self.file)
    }

    /// The bytes of `range` (clamped to the size) in blocks of [`READ_BLOCK`], read off the async threads, one block
    /// ahead. Ends with an error when the file turns out shorter or cannot be read.
    pub fn stream(&self, range: Range<u64>) -> BlobStream {
        let end = range.end.min(self.size);
        BlobStream { file: Arc::clone(&self.file), next: range.start.min(end), end, reading: None }
    }
}

/// See [`Blob::stream`].
#[derive(Debug)]
pub struct BlobStream {
    file: Arc<File>,
    next: u64,
    end: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl BlobStream {
    fn read_ahead(&mut self) {
        let length = usize::try_from(self.end - self.next).unwrap_or(READ_BLOCK).min(READ_BLOCK);
        if self.reading.is_none() && length > 0 {
            let (file, offset) = (Arc::clone(&self.file), self.next);
            self.next = self.next.saturating_add(length as u64);
            self.reading = Some(tokio::task::spawn_blocking(move || read_exact(&file, offset, length)));
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

/// Reads exactly `length` bytes: what is missing was lost after the image became active, and must not pass as its end.
fn read_exact(file: &File, mut offset: u64, length: usize) -> io::Result<Bytes> {
    let mut block = Vec::with_capacity(length);
    while block.len() < length {
        match rustix::io::pread(file, spare_capacity(&mut block), offset) {
            Ok(0) => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "stored image data is shorter than recorded"));
            }
            Ok(read) => offset = offset.saturating_add(read as u64),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // The allocation may be larger than asked for, and so may the last read.
    block.truncate(length);
    Ok(Bytes::from(block))
}
