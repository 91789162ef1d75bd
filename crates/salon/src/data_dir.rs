//! The data directory: private, and one server's at a time.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use rustix::fs::{FlockOperation, flock};
use salon_core::{Error, Result};

/// Name of the file whose lock a running server holds.
const LOCK: &str = "server.lock";

/// Held for as long as the server runs; the kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not used")] File);

/// Makes the directory if it is not there, for this user only. What is acknowledged in it is no safer than its own name, so
/// that is synced.
///
/// # Errors
/// Invalid when it cannot be made.
pub(crate) fn make(path: &Path) -> Result<()> {
    let make = || -> std::io::Result<()> {
        let absent = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let fresh: Vec<&Path> = path.ancestors().take_while(absent).collect();
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        for directory in fresh {
            let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        Ok(())
    };
    make().map_err(|error| Error::invalid(format!("the data directory {} cannot be made: {error}", path.display())))
}

/// Keeps a small file in the directory: whole or not at all, and after a power cut too.
///
/// # Errors
/// The system's.
pub(crate) fn keep(directory: &Path, name: &str, text: &str) -> std::io::Result<()> {
    let fresh = directory.join(format!("{name}.new"));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, directory.join(name))?;
    File::open(directory)?.sync_all()
}

/// Takes the directory for this server.
///
/// # Errors
/// Conflict when another server has it.
pub(crate) fn lock(path: &Path) -> Result<Lock> {
    let file = path.join(LOCK);
    let wrong =
        |error: std::io::Error| Error::invalid(format!("the lock file {} cannot be written: {error}", file.display()));
    let mut held = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(&file)
        .map_err(wrong)?;
    match flock(&held, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::AGAIN) => {
            let mut owner = String::new();
            let _ = Read::by_ref(&mut held).take(32).read_to_string(&mut owner);
            return Err(Error::conflict(format!(
                "another server (process {}) is running on {}; stop it first, or give this one another --data directory",
                owner.trim(),
                path.display()
            )));
        }
        Err(error) => return Err(wrong(error.into())),
    }
    let write = |held: &mut File| -> std::io::Result<()> {
        held.set_len(0)?;
        held.rewind()?;
        writeln!(held, "{}", std::process::id())
    };
    write(&mut held).map_err(wrong)?;
    Ok(Lock(held))
}
