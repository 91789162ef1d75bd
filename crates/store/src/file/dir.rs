//! Directories held open, and names opened inside them and nowhere else.

use std::{
    fs::File,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{self, AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags},
    io::Errno,
};

/// Data and directories are for the server's own user only.
const DIRECTORY_MODE: Mode = Mode::RWXU;
const FILE_MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// A directory held open: what happens to its path later does not matter.
#[derive(Debug)]
pub(super) struct Dir {
    fd: OwnedFd,
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Dir {
    /// Opens the directory at `path`, making it (and its parents) when absent. The path is the operator's: symbolic
    /// links in it are followed.
    pub(super) fn open_or_make(path: &Path) -> Result<Self, Errno> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let parent = path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
        if let Some(parent) = parent.filter(|parent| !parent.exists()) {
            Self::open_or_make(parent)?;
        }
        match fs::mkdirat(CWD, path, DIRECTORY_MODE) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        if let Some(parent) = parent {
            // Also when the directory was there: whoever made it may not have come to the sync. A parent that may not be
            // read is not this server's, and then neither was the making.
            match fs::openat(CWD, parent, flags, Mode::empty()) {
                Ok(parent) => fs::fsync(parent)?,
                Err(Errno::ACCESS) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { fd: fs::openat(CWD, path, flags, Mode::empty())? })
    }

    /// Opens the directory `name` in this one, making it when absent.
    pub(super) fn sub(&self, name: &str) -> Result<Self, Errno> {
        match fs::mkdirat(self, name, DIRECTORY_MODE) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        self.open_sub(name)
    }

    /// Opens the directory `name` in this one, which must be there.
    pub(super) fn open_sub(&self, name: &str) -> Result<Self, Errno> {
        Ok(Self { fd: self.open_beneath(name, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty())? })
    }

    /// Whether others than its owner can reach into it.
    pub(super) fn is_open_to_others(&self) -> Result<bool, Errno> {
        Ok(Mode::from_raw_mode(fs::fstat(self)?.st_mode).intersects(Mode::RWXG | Mode::RWXO))
    }

    /// Opens the regular file `name` for reading; anything else under that name is [`Errno::LOOP`] or
    /// [`Errno::MEDIUMTYPE`].
    pub(super) fn open_file(&self, name: &str) -> Result<(File, u64), Errno> {
        // Non-blocking, so that a pipe planted under the name cannot hold the thread; it means nothing to a file.
        let fd = self.open_beneath(name, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty())?;
        let stat = fs::fstat(&fd)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Errno::MEDIUMTYPE);
        }
        Ok((File::from(fd), u64::try_from(stat.st_size).unwrap_or(0)))
    }

    /// As [`Dir::open_file`], for reads that go around the page cache; whether they do depends on the file system.
    pub(super) fn open_file_at_rest(&self, name: &str) -> Result<(File, u64, bool), Errno> {
        let (file, size) = self.open_file(name)?;
        let direct = fs::fcntl_getfl(&file).and_then(|flags| fs::fcntl_setfl(&file, flags | OFlags::DIRECT)).is_ok();
        Ok((file, size, direct))
    }

    /// A new file without a name. Not every file system has such files.
    pub(super) fn unnamed_file(&self) -> Result<File, Errno> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        Ok(File::from(fs::openat(self, ".", flags, FILE_MODE)?))
    }

    /// A new file under `name`, which must be free.
    pub(super) fn new_file(&self, name: &str) -> Result<File, Errno> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR;
        Ok(File::from(self.open_beneath(name, flags, FILE_MODE)?))
    }

    /// Gives a file without a name its name here. [`Errno::EXIST`] when it is taken.
    pub(super) fn link_unnamed(&self, file: &File, name: &str) -> Result<(), Errno> {
        use std::os::fd::AsRawFd;
        // Linking the descriptor itself needs a capability; linking its entry in /proc does not.
        let entry = format!("/proc/self/fd/{}", file.as_raw_fd());
        match fs::linkat(CWD, entry.as_str(), self, name, AtFlags::SYMLINK_FOLLOW) {
            Err(Errno::NOENT) => fs::linkat(file, "", self, name, AtFlags::EMPTY_PATH),
            done => done,
        }
    }

    /// Moves `name` of `from` to `to` here, without replacing. [`Errno::EXIST`] when it is taken.
    pub(super) fn take(&self, from: &Self, name: &str, to: &str) -> Result<(), Errno> {
        match fs::linkat(from, name, self, to, AtFlags::empty()) {
            Ok(()) => match fs::unlinkat(from, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => Ok(()),
                Err(error) => Err(error),
            },
            // No hard links here.
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::MLINK) => {
                fs::renameat_with(from, name, self, to, fs::RenameFlags::NOREPLACE)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes `name`; whether it was there.
    pub(super) fn remove(&self, name: &str) -> Result<bool, Errno> {
        match fs::unlinkat(self, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes the names durable.
    pub(super) fn sync(&self) -> Result<(), Errno> {
        fs::fsync(self)
    }

    /// The status of `name` itself; `None` when it is absent or no regular file.
    pub(super) fn stat_file(&self, name: &str) -> Result<Option<fs::Stat>, Errno> {
        match fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => Ok(Some(stat)),
            Ok(_) | Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Calls `each` with the name and type of everything inside.
    pub(super) fn for_each(&self, mut each: impl FnMut(&str, FileType) -> Result<(), Errno>) -> Result<(), Errno> {
        for entry in fs::Dir::read_from(self)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().to_str()
                && !matches!(name, "." | "..")
            {
                each(name, entry.file_type())?;
            }
        }
        Ok(())
    }

    /// Bytes that this process may still write in the file system.
    pub(super) fn free_bytes(&self) -> Result<u64, Errno> {
        let stat = fs::fstatvfs(self)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Opens `name` so that it can only be something inside this directory, reached without a symbolic link.
    fn open_beneath(&self, name: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        loop {
            match fs::openat2(self, name, flags, mode, resolve) {
                // Asked again by the kernel: something was renamed meanwhile.
                Err(Errno::AGAIN | Errno::INTR) => {}
                // An old kernel, or a sandbox that does not know the call. A name without a separator cannot leave the
                // directory, and O_NOFOLLOW keeps it from being a link.
                Err(Errno::NOSYS | Errno::PERM) if !name.contains('/') && !matches!(name, "." | "..") => {
                    return fs::openat(self, name, flags, mode);
                }
                done => return done,
            }
        }
    }
}
