//! What every store can do.

use std::sync::{Arc, atomic::AtomicU64};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use salon_core::{Result, Timestamp, image::Location};

use crate::{Blob, Key, Sums};

/// Some consecutive bytes of an upload: pieces as they came from the network, so that nothing is copied.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pieces: Vec<Bytes>,
    len: usize,
}

impl Block {
    /// Appends a piece.
    pub fn push(&mut self, piece: Bytes) {
        self.len = self.len.saturating_add(piece.len());
        self.pieces.push(piece);
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// The pieces, in order, for good.
    pub(crate) fn into_pieces(self) -> Vec<Bytes> {
        self.pieces
    }

    /// Bytes in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl From<Bytes> for Block {
    fn from(piece: Bytes) -> Self {
        Self { len: piece.len(), pieces: vec![piece] }
    }
}

/// Something found in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// Its bytes.
    pub size: u64,
    /// When it was last written to, as the store's own clock has it.
    pub modified: Timestamp,
}

/// A place that keeps bytes under keys.
///
/// Bytes under a key never change: they appear whole or not at all, and only [`Store::delete`] ends them.
pub trait Store: Send + Sync + 'static {
    /// The store's name in locations and configuration.
    fn id(&self) -> &str;

    /// Starts an upload. `declared` is its size, if known, so that a full store says so early.
    ///
    /// # Errors
    /// Over limit when the bytes do not fit (or would eat into the reserve); unavailable.
    fn begin<'a>(&'a self, key: &'a Key, declared: Option<u64>) -> BoxFuture<'a, Result<Box<dyn Staged>>>;

    /// Opens what is under `key`; deleting it later does not end a running read.
    ///
    /// # Errors
    /// Not found; unavailable.
    fn open<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Blob>>;

    /// As [`Store::open`], for reading what is on the disk and not what a cache has of it. Slower, and no load on the cache.
    ///
    /// # Errors
    /// As [`Store::open`].
    fn open_at_rest<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Blob>>;

    /// Keeps sums of the bytes under `key`, in the place of those there are: for bytes that came without, and for sums that are
    /// damaged. Whoever calls it has compared the bytes with their digests.
    ///
    /// # Errors
    /// As [`Staged::publish`].
    fn put_sums<'a>(&'a self, key: &'a Key, sums: Sums) -> BoxFuture<'a, Result<()>>;

    /// Counts the damaged blocks that readers met.
    fn damaged(&self) -> Arc<AtomicU64>;

    /// Removes what is under `key`, durably. Answers whether there was anything: a second delete is not an error.
    ///
    /// # Errors
    /// Unavailable.
    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<bool>>;

    /// Bytes under `key`, `None` when there is nothing.
    ///
    /// # Errors
    /// Unavailable.
    fn size<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<u64>>>;

    /// Keys in byte order, from the first one after `after`, at most `limit`; an empty list is the end. Names that are no
    /// keys are left out: they are not this server's.
    ///
    /// # Errors
    /// Unavailable.
    fn list<'a>(&'a self, after: Option<&'a Key>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>>;

    /// Bytes that can still be uploaded (the reserve taken off), `None` when the store has no such limit.
    ///
    /// # Errors
    /// Unavailable.
    fn free_space(&self) -> BoxFuture<'_, Result<Option<u64>>>;

    /// Removes what interrupted uploads of an earlier run left in staging; how many there were. Called once, before the
    /// first upload.
    ///
    /// # Errors
    /// Unavailable.
    fn recover(&self) -> BoxFuture<'_, Result<u64>>;

    /// Why this store should not be trusted any more (a failed sync, an input/output error), if anything happened.
    fn suspect(&self) -> Option<String>;
}

/// An upload that nobody can see yet. Dropping it removes it.
pub trait Staged: Send {
    /// Appends a block.
    ///
    /// # Errors
    /// Over limit when the store is full; unavailable. After an error only dropping makes sense.
    fn write(&mut self, block: Block) -> BoxFuture<'_, Result<()>>;

    /// Makes the bytes durable and visible under the key they were begun with. Nothing is replaced.
    ///
    /// # Errors
    /// Conflict when there is something under the key; over limit; unavailable. After an error nothing is visible,
    /// and the bytes are gone: a failed sync is final.
    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<Location>>;
}
