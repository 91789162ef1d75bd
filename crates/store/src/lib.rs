//! Image bytes: the [`Store`] trait, the file store, digests and the way an upload takes.
//!
//! The order that makes an upload durable and atomic (and that every store has to keep): stage under no visible name →
//! write, digest and inspect while streaming → compare length → [`Staged::publish`], which syncs the bytes, gives them
//! their key without replacing anything, and syncs the name. Only then may the catalog call the image active.

pub mod blob;
pub mod digest;
pub mod file;
pub mod ingest;
pub mod key;
mod lanes;
pub mod store;
pub mod sums;

pub use blob::{Blob, BlobStream};
pub use digest::{Digests, HashAlgo};
pub use file::{FileStore, FileStoreOptions, containers::Containers};
pub use ingest::{IngestOptions, Ingested, receive};
pub use key::Key;
pub use store::{Block, Entry, Staged, Store};
pub use sums::{Damage, DamagedPart, Sums};
