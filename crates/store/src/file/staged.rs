//! A file that nobody can see yet.

use std::{fs::File, io::IoSlice, sync::Arc};

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use rustix::io::Errno;
use salon_core::{Result, image::Location};
use tokio::task::JoinHandle;

use super::{Inner, write_back};
use crate::{Block, Key, Staged};

/// After so many bytes the kernel is asked to start writing them to the disk, beside the transfer, so that the sync at the
/// end finds little left to do: a third of a second less for 1 GiB on the disk this was measured on.
const WRITE_BACK_BYTES: u64 = 32 * 1024 * 1024;

/// After so many bytes the reserve is looked at again.
const RESERVE_CHECK_BYTES: u64 = 64 * 1024 * 1024;

/// Most pieces in one call of `pwritev` (IOV_MAX is 1024 on Linux).
const MAX_PIECES: usize = 512;

/// How a staged file is kept.
#[derive(Debug)]
enum Staging {
    /// Without a name: gone as soon as it is closed, whatever happens.
    Unnamed,
    /// Under this name in the staging directory, where the file system has no files without names.
    Named(String),
}

/// An open staged file. Dropping it removes it.
#[derive(Debug)]
pub(super) struct FileStaged {
    open: Arc<Open>,
    written: u64,
    /// Up to here the kernel has been asked to write.
    asked: u64,
    asking: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Open {
    store: Arc<Inner>,
    key: Key,
    file: File,
    staging: Staging,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Staging::Named(name) = &self.staging
            && let Err(error) = self.store.staging.remove(name)
        {
            tracing::warn!(store = %self.store.id, name, %error, "a staged file could not be removed; the next start will");
        }
    }
}

impl FileStaged {
    /// Makes the file. Blocks.
    pub(super) fn create(store: Arc<Inner>, key: Key) -> Result<Self, Errno> {
        let (file, staging) = if store.unnamed_files {
            (store.staging.unnamed_file()?, Staging::Unnamed)
        } else {
            let name = format!("{key}.part");
            (store.staging.new_file(&name)?, Staging::Named(name))
        };
        Ok(Self { open: Arc::new(Open { store, key, file, staging }), written: 0, asked: 0, asking: None })
    }
}

impl FileStaged {
    /// Begins to write back what has gathered, one request at a time, unless the store is busy.
    fn write_back(&mut self) {
        let gathered = self.written.saturating_sub(self.asked);
        if gathered < WRITE_BACK_BYTES || self.asking.as_ref().is_some_and(|asking| !asking.is_finished()) {
            return;
        }
        let Ok(turn) = Arc::clone(&self.open.store.turns).try_acquire_owned() else { return };
        let (open, from) = (Arc::clone(&self.open), self.asked);
        self.asked = self.written;
        self.asking = Some(tokio::task::spawn_blocking(move || {
            write_back::begin(&open.file, from, gathered);
            drop(turn);
        }));
    }
}

impl Staged for FileStaged {
    fn write(&mut self, block: Block) -> BoxFuture<'_, Result<()>> {
        async move {
            self.write_back();
            let (open, offset) = (Arc::clone(&self.open), self.written);
            self.written = self.written.saturating_add(block.len() as u64);
            let store = Arc::clone(&self.open.store);
            store.run("write image data", move || open.write(&block, offset)).await
        }
        .boxed()
    }

    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<Location>> {
        async move {
            let (open, written) = (Arc::clone(&self.open), self.written);
            // The last handle is the one on the blocking thread: cleaning up is done there.
            drop(self);
            let store = Arc::clone(&open.store);
            let location = Location { store: store.id.clone(), key: open.key.to_string() };
            store.run("publish image data", move || open.publish(written)).await?;
            Ok(location)
        }
        .boxed()
    }
}

impl Open {
    fn write(&self, block: &Block, offset: u64) -> Result<(), Errno> {
        let end = offset.saturating_add(block.len() as u64);
        if end / RESERVE_CHECK_BYTES > offset / RESERVE_CHECK_BYTES {
            self.store.check_room(0)?;
        }
        write_all(&self.file, block.pieces(), offset)
    }

    fn publish(&self, written: u64) -> Result<(), Errno> {
        let stat = rustix::fs::fstat(&self.file)?;
        if u64::try_from(stat.st_size) != Ok(written) {
            return Err(Errno::IO);
        }
        // A failed sync is final: the kernel has dropped the pages it could not write, and a second sync would succeed.
        rustix::fs::fsync(&self.file).inspect_err(|error| self.store.suspect("sync image data", *error))?;
        let directory = &self.store.directory;
        match &self.staging {
            Staging::Unnamed => directory.link_unnamed(&self.file, self.key.as_str())?,
            Staging::Named(name) => directory.take(&self.store.staging, name, self.key.as_str())?,
        }
        directory.sync().inspect_err(|error| {
            self.store.suspect("sync the directory", *error);
            let _ = directory.remove(self.key.as_str());
        })
    }
}

/// Writes the pieces one after another at `offset`, whatever the kernel takes at a time.
fn write_all(file: &File, pieces: &[Bytes], mut offset: u64) -> Result<(), Errno> {
    for group in pieces.chunks(MAX_PIECES) {
        let mut slices: Vec<IoSlice<'_>> = group.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut rest = slices.as_mut_slice();
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            match rustix::io::pwritev(file, rest, offset) {
                Ok(0) => return Err(Errno::IO),
                Ok(written) => {
                    offset = offset.saturating_add(written as u64);
                    IoSlice::advance_slices(&mut rest, written);
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
