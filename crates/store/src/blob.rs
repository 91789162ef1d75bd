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
use futures_util::Stream;

/// Bytes of a read block: large enough that the hop to a blocking thread does not show.
pub const READ_BLOCK: usize = 512 * 1024;

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
        let _ = range;
        BlobStream {}
    }
}

/// See [`Blob::stream`].
#[derive(Debug)]
pub struct BlobStream {}

impl Stream for BlobStream {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        todo!()
    }
}
