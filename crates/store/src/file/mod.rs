//! Bytes as files in one directory.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use salon_core::Result;

use crate::{Blob, Entry, Key, Staged, Store};

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

/// A store of files: `<directory>/<key>`, flat, raw bytes exactly as uploaded. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FileStore {}

impl FileStore {
    /// Opens (and makes) the directory. Blocks; called at start.
    ///
    /// # Errors
    /// Unavailable, when it cannot be made, or is not a directory this process may write.
    pub fn open(options: FileStoreOptions) -> Result<Self> {
        let _ = options;
        todo!()
    }
}

impl Store for FileStore {
    fn id(&self) -> &str {
        todo!()
    }

    fn begin<'a>(&'a self, _key: &'a Key, _declared: Option<u64>) -> BoxFuture<'a, Result<Box<dyn Staged>>> {
        todo!()
    }

    fn open<'a>(&'a self, _key: &'a Key) -> BoxFuture<'a, Result<Blob>> {
        todo!()
    }

    fn delete<'a>(&'a self, _key: &'a Key) -> BoxFuture<'a, Result<bool>> {
        todo!()
    }

    fn size<'a>(&'a self, _key: &'a Key) -> BoxFuture<'a, Result<Option<u64>>> {
        todo!()
    }

    fn list<'a>(&'a self, _after: Option<&'a Key>, _limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        todo!()
    }

    fn free_space(&self) -> BoxFuture<'_, Result<Option<u64>>> {
        todo!()
    }

    fn recover(&self) -> BoxFuture<'_, Result<u64>> {
        todo!()
    }

    fn suspect(&self) -> Option<String> {
        todo!()
    }
}
