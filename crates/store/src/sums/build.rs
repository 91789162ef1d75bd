//! Making sums.

use std::hash::Hasher as _;

use twox_hash::XxHash3_64;

use super::{BLOCK, HEAD, MAGIC, PER_PAGE, SUM, VERSION, key_hash, seal};
use crate::Key;

/// The first bytes of a file of sums.
pub(crate) type Head = [u8; HEAD];

/// Sums being computed, of bytes as they come.
pub(crate) struct Builder {
    key: u64,
    size: u64,
    block: XxHash3_64,
    /// Bytes in the block so far.
    filled: u64,
    /// Sums of the page so far.
    page: Vec<u8>,
    pages: u64,
}

impl Builder {
    /// Of nothing yet.
    pub(crate) fn new(key: &Key) -> Self {
        Self { key: key_hash(key), size: 0, block: XxHash3_64::new(), filled: 0, page: Vec::new(), pages: 0 }
    }

    /// Takes the next bytes; pages that they complete are appended to `out`.
    pub(crate) fn update(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        self.size = self.size.saturating_add(bytes.len() as u64);
        while !bytes.is_empty() {
            let room = usize::try_from(BLOCK - self.filled).unwrap_or(usize::MAX);
            let (part, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.block.write(part);
            self.filled += part.len() as u64;
            if self.filled == BLOCK {
                self.end_block(out);
            }
            bytes = rest;
        }
    }

    fn end_block(&mut self, out: &mut Vec<u8>) {
        let sum = std::mem::replace(&mut self.block, XxHash3_64::new()).finish();
        self.filled = 0;
        self.page.extend_from_slice(&sum.to_le_bytes());
        if (self.page.len() / SUM) as u64 == PER_PAGE {
            self.end_page(out);
        }
    }

    fn end_page(&mut self, out: &mut Vec<u8>) {
        let sum = seal(&self.page, self.key, self.pages + 1);
        out.append(&mut self.page);
        out.extend_from_slice(&sum.to_le_bytes());
        self.pages += 1;
    }

    /// The last page goes to `out`; answers the head.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> Head {
        if self.filled > 0 {
            self.end_block(out);
        }
        if !self.page.is_empty() {
            self.end_page(out);
        }
        head(self.key, self.size)
    }
}

/// The head for `size` bytes under a key.
pub(super) fn head(key: u64, size: u64) -> Head {
    let block = u32::try_from(BLOCK).unwrap_or(u32::MAX);
    let mut head = [0; HEAD];
    let fields = [&MAGIC[..], &VERSION.to_le_bytes(), &block.to_le_bytes(), &size.to_le_bytes(), &key.to_le_bytes()];
    for (to, from) in head.iter_mut().zip(fields.concat()) {
        *to = from;
    }
    if let Some((fields, sum)) = head.split_last_chunk_mut::<SUM>() {
        *sum = seal(fields, key, 0).to_le_bytes();
    }
    head
}

/// Sums of bytes that are stored already, for [`crate::Store::put_sums`]. Held in memory: a byte for 32 768.
pub struct Sums {
    builder: Builder,
    pages: Vec<u8>,
}

impl Sums {
    /// Of nothing yet; of the bytes under `key`.
    pub fn new(key: &Key) -> Self {
        Self { builder: Builder::new(key), pages: Vec::new() }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.builder.update(bytes, &mut self.pages);
    }

    /// The file of the sums.
    pub(crate) fn finish(self) -> Vec<u8> {
        let Self { builder, mut pages } = self;
        let head = builder.finish(&mut pages);
        let mut file = head.to_vec();
        file.append(&mut pages);
        file
    }
}

impl std::fmt::Debug for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sums").field("size", &self.builder.size).finish_non_exhaustive()
    }
}
