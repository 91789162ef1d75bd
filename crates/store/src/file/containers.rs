//! Objects that users hand in and fetch, as files: `<directory>/<project>/<container>/<object>`.
//!
//! The names come from clients. Every part of a path is checked before it is used, opened beneath its directory and
//! nowhere else, never through a symbolic link, and only regular files are read. Projects and containers are the
//! operator's to make; a name that is written is never replaced.

use std::{fs::File, io::Write, path::Path, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use rustix::{
    fs::FileType,
    io::{Errno, pread},
};
use salon_core::{Error, Result};

use super::dir::Dir;
use crate::{Blob, lanes::off_thread};

/// Bytes of one name.
const MAX_NAME: usize = 255;
/// Parts of an object's name.
const MAX_DEPTH: usize = 16;
/// Objects of a container that are counted.
const MAX_COUNTED: u64 = 100_000;

/// The directory of all containers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Containers {
    root: Arc<Dir>,
    reserve_bytes: u64,
}

/// How full a container is; at most 100 000 objects at its top are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Files.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// An object that is being written: a file without a name until it is published, so dropping it removes it.
struct Draft {
    directory: Dir,
    file: File,
    name: String,
}

impl Containers {
    /// Opens (and makes) the directory; writes leave `reserve_bytes` of the file system free. Blocks; called at start.
    ///
    /// # Errors
    /// Unavailable when it cannot be made or is no directory this process may use.
    pub fn open(path: &Path, reserve_bytes: u64) -> Result<Self> {
        let root = Dir::open_or_make(path).map_err(|error| {
            Error::unavailable(format!("the containers' directory {} cannot be used", path.display()))
                .with_source(error)
        })?;
        Ok(Self { root: Arc::new(root), reserve_bytes })
    }

    /// Opens an object for reading; `None` when there is none, or the name is not one, or it is no regular file.
    ///
    /// # Errors
    /// Unavailable when the file system does not answer.
    pub async fn object(&self, project: &str, container: &str, object: &str) -> Result<Option<Blob>> {
        let parts: Vec<String> = object.split('/').map(str::to_owned).collect();
        if parts.len() > MAX_DEPTH || !parts.iter().all(|part| is_name(part)) {
            return Ok(None);
        }
        let container = self.container(project, container);
        off_thread(move || {
            let Some(mut directory) = container()? else { return Ok(None) };
            let Some((name, folders)) = parts.split_last() else { return Ok(None) };
            for folder in folders {
                match directory.existing(folder)? {
                    Some(found) => directory = found,
                    None => return Ok(None),
                }
            }
            match directory.open_file(name) {
                Ok((file, size)) => Ok(Some(Blob::from_file(Arc::new(file), size))),
                Err(error) if is_absence(error) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await?
        .map_err(unavailable)
    }

    /// How full a container is; `None` when there is none.
    ///
    /// # Errors
    /// Unavailable when the file system does not answer.
    pub async fn usage(&self, project: &str, container: &str) -> Result<Option<Usage>> {
        let container = self.container(project, container);
        off_thread(move || {
            let Some(directory) = container()? else { return Ok::<_, Errno>(None) };
            let mut usage = Usage::default();
            directory.for_each(|name, kind| {
                if kind == FileType::RegularFile && usage.objects < MAX_COUNTED && is_name(name) {
                    usage.objects += 1;
                    let size = directory.stat_file(name)?.map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0));
                    usage.bytes = usage.bytes.saturating_add(size);
                }
                Ok(())
            })?;
            Ok(Some(usage))
        })
        .await?
        .map_err(unavailable)
    }

    /// Writes a new object of `size` bytes.
    ///
    /// # Errors
    /// NotFound when there is no such container, Conflict when the name is taken, OverLimit when it does not fit,
    /// Internal for bytes that are not as many, Unsupported on a file system without unnamed files, Unavailable when
    /// file system or source do not answer.
    pub async fn write<S>(&self, project: &str, container: &str, name: &str, size: u64, mut bytes: S) -> Result<()>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + Unpin,
    {
        let mut draft = self.draft(project, container, name, size).await?;
        let mut written = 0_u64;
        while let Some(block) = bytes.next().await {
            let block = block.map_err(|error| Error::unavailable("image data cannot be read").with_source(error))?;
            written = written.saturating_add(block.len() as u64);
            if written > size {
                return Err(Error::internal("image data is longer than recorded"));
            }
            draft = off_thread(move || draft.file.write_all(&block).map(|()| draft)).await?.map_err(|error| {
                if error.kind() == std::io::ErrorKind::StorageFull { full() } else { unavailable(error) }
            })?;
        }
        if written != size {
            return Err(Error::internal("image data is shorter than recorded"));
        }
        off_thread(move || draft.publish()).await?.map_err(|error| match error {
            Errno::EXIST => taken(),
            Errno::NOSPC | Errno::DQUOT => full(),
            error => unavailable(error),
        })
    }

    async fn draft(&self, project: &str, container: &str, name: &str, size: u64) -> Result<Draft> {
        if !is_name(name) {
            return Err(Error::invalid("The object has no possible name."));
        }
        let (open, name, reserve) = (self.container(project, container), name.to_owned(), self.reserve_bytes);
        let made = off_thread(move || {
            let Some(directory) = open()? else { return Err(Errno::NOENT) };
            if directory.stat_file(&name)?.is_some() {
                return Err(Errno::EXIST);
            }
            if directory.free_bytes()? < reserve.saturating_add(size) {
                return Err(Errno::NOSPC);
            }
            let file = directory.unnamed_file()?;
            Ok(Draft { directory, file, name })
        });
        made.await?.map_err(|error| match error {
            Errno::NOENT => Error::not_found("The container does not exist."),
            Errno::EXIST => taken(),
            Errno::NOSPC => full(),
            // Files without a name are a matter of the file system.
            Errno::OPNOTSUPP | Errno::ISDIR => {
                Error::unsupported("The container's file system cannot take exports.").with_source(error)
            }
            error => unavailable(error),
        })
    }

    /// Opens a container, on a blocking thread.
    fn container(
        &self,
        project: &str,
        container: &str,
    ) -> impl FnOnce() -> Result<Option<Dir>, Errno> + Send + 'static + use<> {
        let (root, project, container) = (Arc::clone(&self.root), project.to_owned(), container.to_owned());
        move || {
            if !is_name(&project) || !is_name(&container) {
                return Ok(None);
            }
            match root.existing(&project)? {
                Some(project) => project.existing(&container),
                None => Ok(None),
            }
        }
    }
}

impl Draft {
    /// Makes it durable and gives it its name. A failed sync is final.
    fn publish(self) -> Result<(), Errno> {
        rustix::fs::fsync(&self.file)?;
        self.directory.link_unnamed(&self.file, &self.name)?;
        self.directory.sync()
    }
}

/// Reads `length` bytes at `offset` of a blob, or as many as there are.
///
/// # Errors
/// Unavailable when it cannot be read.
pub async fn read_at(blob: &Blob, offset: u64, length: usize) -> Result<Vec<u8>> {
    let Some(file) = blob.file().map(Arc::clone) else { return Err(Error::internal("an object is no file")) };
    off_thread(move || {
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match pread(&*file, rest, offset.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    })
    .await?
    .map_err(unavailable)
}

/// Whether a text may name a file here: what could mean another place, or hide, is no name.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_NAME
        && !text.starts_with('.')
        && !text.chars().any(|letter| letter == '/' || letter == '\\' || letter.is_control())
}

/// What a link, a pipe or a folder in an object's place is to a reader: nothing.
fn is_absence(error: Errno) -> bool {
    matches!(
        error,
        Errno::NOENT | Errno::LOOP | Errno::NOTDIR | Errno::ISDIR | Errno::XDEV | Errno::MEDIUMTYPE | Errno::NXIO
    )
}

impl Dir {
    /// Opens the directory `name` in this one, if there is one.
    fn existing(&self, name: &str) -> Result<Option<Self>, Errno> {
        match self.open_sub(name) {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_absence(error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn taken() -> Error {
    Error::conflict("The container has an object of this name.")
}

fn full() -> Error {
    Error::over_limit("There is not enough room in the container.")
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::unavailable("the containers' directory cannot be used").with_source(error)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use futures_util::stream;

    use super::*;

    fn bytes(text: &'static str) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin {
        stream::iter([Ok(Bytes::from_static(text.as_bytes()))])
    }

    /// A directory with an object, and beside it everything that is none.
    fn place() -> (tempfile::TempDir, Containers) {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("containers");
        let containers = Containers::open(&root, 0).unwrap();
        fs::create_dir_all(root.join("alpha/box/deep")).unwrap();
        fs::create_dir_all(root.join("beta/box")).unwrap();
        fs::write(root.join("alpha/box/disk.vhd"), "disk").unwrap();
        fs::write(root.join("alpha/box/deep/disk.vhd"), "deep").unwrap();
        fs::write(root.join("beta/box/secret"), "secret").unwrap();
        fs::write(home.path().join("outside"), "outside").unwrap();
        symlink(home.path().join("outside"), root.join("alpha/box/link")).unwrap();
        symlink(root.join("beta/box"), root.join("alpha/linked")).unwrap();
        symlink("../../beta/box", root.join("alpha/box/folder")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, root.join("alpha/box/pipe"), FileType::Fifo, rustix::fs::Mode::RWXU, 0)
            .unwrap();
        (home, containers)
    }

    #[tokio::test]
    async fn only_what_is_there_is_read() {
        let (_home, containers) = place();
        for (object, text) in [("disk.vhd", "disk"), ("deep/disk.vhd", "deep")] {
            let blob = containers.object("alpha", "box", object).await.unwrap().unwrap();
            assert_eq!(read_at(&blob, 0, 10).await.unwrap(), text.as_bytes());
            assert_eq!(read_at(&blob, 2, 1).await.unwrap(), &text.as_bytes()[2..3]);
            assert_eq!(read_at(&blob, 99, 1).await.unwrap(), b"");
        }
        let deep = "deep/".repeat(40) + "x";
        for (project, container, object) in [
            ("alpha", "box", "absent"),
            ("alpha", "box", ""),
            ("alpha", "box", "deep"),
            ("alpha", "box", "link"),
            ("alpha", "box", "pipe"),
            ("alpha", "box", "folder/secret"),
            ("alpha", "linked", "secret"),
            ("alpha", "box", "../../beta/box/secret"),
            ("alpha", "box", "deep/../disk.vhd"),
            ("alpha", "box", "/disk.vhd"),
            ("alpha", "box", "deep//disk.vhd"),
            ("alpha", "box", "disk.vhd/"),
            ("alpha", "box", ".hidden"),
            ("alpha", "box", "disk\0.vhd"),
            ("alpha", "box", &deep),
            ("alpha", "..", "beta"),
            ("alpha", "box/deep", "disk.vhd"),
            ("alpha/box", "deep", "disk.vhd"),
            ("..", "containers", "alpha"),
            ("", "alpha", "box"),
            (".", "alpha", "box/disk.vhd"),
            ("alpha", &"x".repeat(256), "x"),
            ("gamma", "box", "disk.vhd"),
        ] {
            assert!(
                containers.object(project, container, object).await.unwrap().is_none(),
                "{project} {container} {object}"
            );
        }
        let usage = containers.usage("alpha", "box").await.unwrap();
        assert_eq!(usage, Some(Usage { objects: 1, bytes: 4 }));
        assert_eq!(containers.usage("alpha", "linked").await.unwrap(), None);
    }

    #[tokio::test]
    async fn nothing_is_replaced_and_nothing_is_left() {
        let (home, containers) = place();
        let container = home.path().join("containers/alpha/box");
        containers.write("alpha", "box", "new.vhd", 3, bytes("new")).await.unwrap();
        assert_eq!(fs::read(container.join("new.vhd")).unwrap(), b"new");
        let before = fs::read_dir(&container).unwrap().count();
        for (project, name, size, kind) in [
            ("alpha", "new.vhd", 5, salon_core::Kind::Conflict),
            ("alpha", "link", 5, salon_core::Kind::Conflict),
            ("alpha", "../escaped", 5, salon_core::Kind::Invalid),
            ("gamma", "x", 5, salon_core::Kind::NotFound),
            ("alpha", "x", u64::MAX, salon_core::Kind::OverLimit),
            ("alpha", "x", 6, salon_core::Kind::Internal),
            ("alpha", "x", 4, salon_core::Kind::Internal),
        ] {
            let refused = containers.write(project, "box", name, size, bytes("other")).await.unwrap_err();
            assert_eq!(refused.kind(), kind, "{project} {name} {size}");
        }
        assert_eq!(fs::read_dir(&container).unwrap().count(), before);
        assert_eq!(fs::read(container.join("new.vhd")).unwrap(), b"new");
        assert_eq!(fs::read(home.path().join("outside")).unwrap(), b"outside");
    }
}
