//! Bytes as files in one directory.

pub mod containers;
mod dir;
mod list;
mod staged;
mod write_back;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use rustix::{fs::FileType, io::Errno};
use salon_core::{Error, Kind, Result};
use tokio::sync::Semaphore;

use self::{
    dir::Dir,
    staged::{Draft, FileStaged},
};
use crate::{
    Blob, Entry, Key, Staged, Store, Sums,
    lanes::off_thread,
    sums::{Known, Memory},
};

/// The directory of unfinished uploads, inside the store's own: the same file system, so that publishing is a link. Its
/// name is no [`Key`].
const STAGING: &str = ".staging";

/// The directory of the sums of the blocks, under the keys of the bytes they are of. Its name is no [`Key`] either.
const SUMS: &str = ".sums";

/// Blocking calls on one store at a time. A file system that hangs holds these threads, and no others.
const CALLS_AT_ONCE: usize = 64;

/// How long a call waits for its turn before the store counts as not answering.
const TURN: Duration = Duration::from_secs(30);

/// How a file store is set up.
#[derive(Clone, Debug)]
pub struct FileStoreOptions {
    /// The store's name in locations.
    pub id: String,
    /// Directory of the files (`filesystem_store_datadir`); made with mode 0700 when absent.
    pub directory: PathBuf,
    /// Bytes of the file system that uploads must leave free, so that deletes and metadata writes go on working on a
    /// full disk.
    pub reserve_bytes: u64,
}

/// A store of files: `<directory>/<key>`, flat, raw bytes exactly as uploaded. Cheap to clone. The sums of their blocks are
/// in `<directory>/.sums/<key>`; files that came from elsewhere have none until a scrub adds them.
///
/// Unfinished uploads have no name at all where the file system can do that (`O_TMPFILE`), so a crash leaves nothing;
/// elsewhere they are in `<directory>/.staging`, which [`Store::recover`] empties.
#[derive(Clone, Debug)]
pub struct FileStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: String,
    directory: Dir,
    staging: Dir,
    sums: Dir,
    reserve_bytes: u64,
    unnamed_files: bool,
    turns: Arc<Semaphore>,
    suspect: Mutex<Option<String>>,
    verified: Memory,
    damaged: Arc<AtomicU64>,
}

impl FileStore {
    /// Opens (and makes) the directory. Blocks; called at start.
    ///
    /// # Errors
    /// Unavailable, when it cannot be made, or is not a directory this process may write.
    pub fn open(options: FileStoreOptions) -> Result<Self> {
        Self::set_up(options, true)
    }

    /// As [`FileStore::open`], as if the file system had no files without names; the suite runs on both kinds.
    ///
    /// # Errors
    /// As [`FileStore::open`].
    #[doc(hidden)]
    pub fn open_with_named_staging(options: FileStoreOptions) -> Result<Self> {
        Self::set_up(options, false)
    }

    fn set_up(options: FileStoreOptions, try_unnamed: bool) -> Result<Self> {
        let FileStoreOptions { id, directory: path, reserve_bytes } = options;
        let failed = |error: Errno| {
            Error::unavailable(format!("the image directory {} cannot be used", path.display())).with_source(error)
        };
        let directory = Dir::open_or_make(&path).map_err(failed)?;
        let staging = directory.sub(STAGING).map_err(failed)?;
        let sums = directory.sub(SUMS).map_err(failed)?;
        for (dir, name) in [(&directory, ""), (&staging, STAGING), (&sums, SUMS)] {
            if dir.is_open_to_others().map_err(failed)? {
                let path = path.join(name);
                tracing::warn!(store = %id, path = %path.display(), "image data can be reached by other users; mode 0700 is meant");
            }
        }
        let unnamed_files = try_unnamed && has_unnamed_files(&staging).map_err(failed)?;
        directory.sync().map_err(failed)?;
        let turns = Arc::new(Semaphore::new(CALLS_AT_ONCE));
        let inner = Inner {
            id,
            directory,
            staging,
            sums,
            reserve_bytes,
            unnamed_files,
            turns,
            suspect: Mutex::new(None),
            verified: Memory::new(),
            damaged: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens bytes and their sums; `at_rest` reads around the page cache, where the file system can.
    fn open_as<'a>(&'a self, key: &'a Key, at_rest: bool) -> BoxFuture<'a, Result<Blob>> {
        let name = key.clone();
        let opening = self.call("open image data", move |store| match store.open(&name, at_rest) {
            Ok(blob) => Ok(Some(blob)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error),
        });
        async move {
            let missing = || {
                Error::not_found("Image data was not found in the store.")
                    .with_detail(format!("store {}: no file {key}", self.inner.id))
            };
            opening.await?.ok_or_else(missing)
        }
        .boxed()
    }

    fn call<'a, T: Send + 'static>(
        &'a self,
        what: &'static str,
        work: impl FnOnce(&Inner) -> Result<T, Errno> + Send + 'static,
    ) -> BoxFuture<'a, Result<T>> {
        let inner = Arc::clone(&self.inner);
        async move { self.inner.run(what, move || work(&inner)).await }.boxed()
    }
}

/// Tries it out, down to the link: some file systems make such files and cannot name them.
fn has_unnamed_files(staging: &Dir) -> Result<bool, Errno> {
    const PROBE: &str = "probe.part";
    staging.remove(PROBE)?;
    let Ok(file) = staging.unnamed_file() else { return Ok(false) };
    let linked = staging.link_unnamed(&file, PROBE).is_ok();
    staging.remove(PROBE)?;
    Ok(linked)
}

impl Inner {
    /// Runs `work` on a blocking thread, when it is this call's turn.
    async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce() -> Result<T, Errno> + Send + 'static,
    ) -> Result<T> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Error::unavailable(format!("store {} does not answer: {what}", self.id)));
        };
        let done = off_thread(move || {
            let done = work();
            // Held by the thread, not by the caller: who stops waiting for a hung disk does not free its thread.
            drop(turn);
            done
        });
        done.await?.map_err(|error| self.error(what, error))
    }

    fn error(&self, what: &'static str, error: Errno) -> Error {
        let detail = format!("store {}: {what}", self.id);
        match error {
            Errno::EXIST => Error::new(Kind::Conflict, "The store has data under this key.").with_detail(detail),
            // Glance's words for a full store.
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Error::over_limit(
                "Image storage media is full: There is not enough disk space on the image storage media.",
            )
            .with_detail(detail),
            Errno::IO => {
                self.suspect(what, error);
                Error::unavailable(detail)
            }
            _ => Error::unavailable(detail),
        }
        .with_source(error)
    }

    /// Remembers the first reason not to trust the store.
    fn suspect(&self, what: &'static str, error: Errno) {
        tracing::error!(store = %self.id, %error, "the store failed to {what}");
        self.suspect.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| format!("{what}: {error}"));
    }

    fn open(&self, key: &Key, at_rest: bool) -> Result<Blob, Errno> {
        let (file, size, direct) = match at_rest {
            true => self.directory.open_file_at_rest(key.as_str())?,
            false => self.directory.open_file(key.as_str()).map(|(file, size)| (file, size, false))?,
        };
        let sums = match self.sums.open_file(key.as_str()) {
            Ok((sums, _)) => {
                let known = Known::open(sums, key, size, Arc::clone(&self.damaged));
                Some(known.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?)
            }
            // From before there were sums, or taken over from elsewhere.
            Err(Errno::NOENT) => None,
            Err(error) => return Err(error),
        };
        let marks = if at_rest { None } else { self.verified.of(&file) };
        Ok(Blob::with_sums(file, size, sums, marks, direct))
    }

    /// Whether `wanted` bytes fit without touching the reserve.
    fn check_room(&self, wanted: u64) -> Result<(), Errno> {
        let free = self.directory.free_bytes()?;
        if free < self.reserve_bytes.saturating_add(wanted) { Err(Errno::NOSPC) } else { Ok(()) }
    }
}

impl Store for FileStore {
    fn id(&self) -> &str {
        &self.inner.id
    }

    fn begin<'a>(&'a self, key: &'a Key, declared: Option<u64>) -> BoxFuture<'a, Result<Box<dyn Staged>>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        self.call("stage image data", move |store| {
            store.check_room(declared.unwrap_or(0))?;
            let staged: Box<dyn Staged> = Box::new(FileStaged::create(inner, key)?);
            Ok(staged)
        })
    }

    fn open<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Blob>> {
        self.open_as(key, false)
    }

    fn open_at_rest<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Blob>> {
        self.open_as(key, true)
    }

    fn put_sums<'a>(&'a self, key: &'a Key, sums: Sums) -> BoxFuture<'a, Result<()>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        self.call("write sums of image data", move |store| {
            let draft = Draft::create(&inner, format!("{key}.again.part"))?;
            draft.write(&sums.finish(), 0)?;
            draft.sync()?;
            store.sums.remove(key.as_str())?;
            draft.name(&store.sums, key.as_str())
        })
    }

    fn damaged(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.inner.damaged)
    }

    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<bool>> {
        let key = key.clone();
        self.call("remove image data", move |store| {
            let removed = store.directory.remove(key.as_str())?;
            store.sums.remove(key.as_str())?;
            // Also when nothing was there: the delete that removed it may not have come to its sync.
            store.directory.sync()?;
            store.sums.sync()?;
            Ok(removed)
        })
    }

    fn size<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<u64>>> {
        let key = key.clone();
        self.call("look for image data", move |store| {
            let stat = store.directory.stat_file(key.as_str())?;
            Ok(stat.map(|stat| u64::try_from(stat.st_size).unwrap_or(0)))
        })
    }

    fn list<'a>(&'a self, after: Option<&'a Key>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        let after = after.cloned();
        self.call("list image data", move |store| list::page(&store.directory, after.as_ref(), limit))
    }

    fn free_space(&self) -> BoxFuture<'_, Result<Option<u64>>> {
        self.call("ask for free space", |store| {
            Ok(Some(store.directory.free_bytes()?.saturating_sub(store.reserve_bytes)))
        })
    }

    fn recover(&self) -> BoxFuture<'_, Result<u64>> {
        self.call("remove leftovers", |store| {
            let mut leftovers = Vec::new();
            store.staging.for_each(|name, kind| {
                if name.ends_with(".part") && kind != FileType::Directory {
                    leftovers.push(name.to_owned());
                }
                Ok(())
            })?;
            for name in &leftovers {
                store.staging.remove(name)?;
            }
            store.staging.sync()?;
            Ok(leftovers.len() as u64)
        })
    }

    fn suspect(&self) -> Option<String> {
        self.inner.suspect.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
