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

/// Makes the directory if it is not there, for this user only.
///
/// # Errors
/// Invalid when it cannot be made.
pub(crate) fn make(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| Error::invalid(format!("the data directory {} cannot be made: {error}", path.display())))
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
