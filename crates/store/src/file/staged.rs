//! A file that nobody can see yet.

use std::{
    fs::File,
    io::IoSlice,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use rustix::io::Errno;
use salon_core::{Result, image::Location};
use tokio::task::JoinHandle;

use super::{Inner, dir::Dir, write_back};
use crate::{
    Block, Key, Staged,
    sums::{Builder, Head},
};

/// After so many bytes the kernel is asked to start writing them to the disk, beside the transfer, so that the sync at the
/// end finds little left to do: a third of a second less for 1 GiB on the disk this was measured on.
const WRITE_BACK_BYTES: u64 = 32 * 1024 * 1024;

/// After so many bytes the reserve is looked at again.
const RESERVE_CHECK_BYTES: u64 = 64 * 1024 * 1024;

/// Most pieces in one call of `pwritev` (IOV_MAX is 1024 on Linux).
const MAX_PIECES: usize = 512;

/// Bytes of sums that are held in memory, of half a GiB of data.
const SUMS_HELD: usize = 16 * 1024;

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

struct Open {
    store: Arc<Inner>,
    key: Key,
    data: Draft,
    sums: Mutex<SumsDraft>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A file that has no name yet, or a name in the staging directory only. Dropping it removes it.
pub(super) struct Draft {
    store: Arc<Inner>,
    file: File,
    staging: Staging,
}

impl Draft {
    /// Makes the file; `name` is for a file system that has no files without names. Blocks.
    pub(super) fn create(store: &Arc<Inner>, name: String) -> Result<Self, Errno> {
        let (file, staging) = if store.unnamed_files {
            (store.staging.unnamed_file()?, Staging::Unnamed)
        } else {
            (store.staging.new_file(&name)?, Staging::Named(name))
        };
        Ok(Self { store: Arc::clone(store), file, staging })
    }

    /// Writes bytes at `offset`.
    pub(super) fn write(&self, bytes: &[u8], offset: u64) -> Result<(), Errno> {
        write_slices(&self.file, &mut [IoSlice::new(bytes)], offset).map(drop)
    }

    /// Makes the bytes durable. A failed sync is final: the kernel has dropped the pages it could not write, and a second
    /// sync would succeed.
    pub(super) fn sync(&self) -> Result<(), Errno> {
        rustix::fs::fsync(&self.file).inspect_err(|error| self.store.suspect("sync image data", *error))
    }

    /// Gives the file its name in `directory`, durably, without replacing anything. After an error it has none.
    pub(super) fn name(&self, directory: &Dir, name: &str) -> Result<(), Errno> {
        match &self.staging {
            Staging::Unnamed => directory.link_unnamed(&self.file, name)?,
            Staging::Named(staged) => directory.take(&self.store.staging, staged, name)?,
        }
        directory.sync().inspect_err(|error| {
            self.store.suspect("sync the directory", *error);
            let _ = directory.remove(name);
        })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Staging::Named(name) = &self.staging
            && let Err(error) = self.store.staging.remove(name)
        {
            tracing::warn!(store = %self.store.id, name, %error, "a staged file could not be removed; the next start will");
        }
    }
}

/// The sums of what is written. A file is made for them when they are too many to be held, or are all there: an upload that
/// only waits has one descriptor.
struct SumsDraft {
    builder: Builder,
    /// Pages that are in no file yet.
    pages: Vec<u8>,
    draft: Option<Draft>,
    /// Where the next page goes.
    end: u64,
}

impl SumsDraft {
    fn new(key: &Key) -> Self {
        Self { builder: Builder::new(key), pages: Vec::new(), draft: None, end: size_of::<Head>() as u64 }
    }

    fn update(&mut self, store: &Arc<Inner>, key: &Key, block: &Block) -> Result<(), Errno> {
        block.pieces().iter().for_each(|piece| self.builder.update(piece, &mut self.pages));
        if self.pages.len() < SUMS_HELD {
            return Ok(());
        }
        let draft = match self.draft.take() {
            Some(draft) => draft,
            None => create(store, key)?,
        };
        self.write(&draft)?;
        self.draft = Some(draft);
        Ok(())
    }

    /// Writes the pages that are held.
    fn write(&mut self, draft: &Draft) -> Result<(), Errno> {
        draft.write(&self.pages, self.end)?;
        self.end = self.end.saturating_add(self.pages.len() as u64);
        self.pages.clear();
        Ok(())
    }

    /// Writes the end and makes the sums durable.
    fn finish(&mut self, store: &Arc<Inner>, key: &Key) -> Result<Draft, Errno> {
        let head = std::mem::replace(&mut self.builder, Builder::new(key)).finish(&mut self.pages);
        let draft = match self.draft.take() {
            Some(draft) => draft,
            None => create(store, key)?,
        };
        self.write(&draft)?;
        draft.write(&head, 0)?;
        draft.sync()?;
        Ok(draft)
    }
}

/// The file of the sums.
fn create(store: &Arc<Inner>, key: &Key) -> Result<Draft, Errno> {
    Draft::create(store, format!("{key}.sums.part"))
}

impl FileStaged {
    /// Makes the file. Blocks.
    pub(super) fn create(store: Arc<Inner>, key: Key) -> Result<Self, Errno> {
        let data = Draft::create(&store, format!("{key}.part"))?;
        let sums = Mutex::new(SumsDraft::new(&key));
        Ok(Self { open: Arc::new(Open { store, key, data, sums }), written: 0, asked: 0, asking: None })
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
            write_back::begin(&open.data.file, from, gathered);
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
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).update(&self.store, &self.key, block)?;
        write_all(&self.data.file, block.pieces(), offset)
    }

    fn publish(&self, written: u64) -> Result<(), Errno> {
        let stat = rustix::fs::fstat(&self.data.file)?;
        if u64::try_from(stat.st_size) != Ok(written) {
            return Err(Errno::IO);
        }
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let sums = sums.finish(&self.store, &self.key)?;
        self.data.sync()?;
        // The sums come first: bytes without them would be taken for bytes from before there were sums.
        let name = self.key.as_str();
        sums.name(&self.store.sums, name)?;
        self.data.name(&self.store.directory, name).inspect_err(|_| {
            let _ = self.store.sums.remove(name);
        })
    }
}

/// Writes the pieces one after another at `offset`.
fn write_all(file: &File, pieces: &[Bytes], mut offset: u64) -> Result<(), Errno> {
    for group in pieces.chunks(MAX_PIECES) {
        let mut slices: Vec<IoSlice<'_>> = group.iter().map(|piece| IoSlice::new(piece)).collect();
        offset = write_slices(file, &mut slices, offset)?;
    }
    Ok(())
}

/// Writes the slices at `offset`, whatever the kernel takes at a time; answers where they end.
fn write_slices(file: &File, slices: &mut [IoSlice<'_>], mut offset: u64) -> Result<u64, Errno> {
    let mut rest = slices;
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
    Ok(offset)
}
