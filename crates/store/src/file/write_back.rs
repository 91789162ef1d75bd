//! Asking the kernel to write early.
#![allow(unsafe_code, reason = "sync_file_range(2) has no safe form in the crates used here")]

use std::{fs::File, os::fd::AsRawFd};

/// Begins to write the dirty pages of a range to the disk. It may wait for a busy disk, so it is not called where that would
/// hold something up. Nothing depends on it, and errors of the disk are kept for the sync at the end.
pub(super) fn begin(file: &File, from: u64, length: u64) {
    let (Ok(from), Ok(length)) = (i64::try_from(from), i64::try_from(length)) else { return };
    // SAFETY: takes numbers only, and the descriptor is open while `file` is borrowed.
    unsafe { libc::sync_file_range(file.as_raw_fd(), from, length, libc::SYNC_FILE_RANGE_WRITE) };
}
