//! The way an upload takes: received, digested, inspected and written at the same time, in bounded stages.

use std::io;

use bytes::Bytes;
use futures_util::Stream;
use salon_core::Result;

use crate::{Digests, HashAlgo, Key, Staged, Store};

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
    let _ = (body, store, key, options);
    todo!()
}
