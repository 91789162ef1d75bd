//! What was verified a moment ago.
//!
//! Damage at rest comes into the page cache when a page is read from the disk. A block that was verified and has not left the
//! cache since is therefore still what it was, and reading it again for each of a thousand downloads would cost more than
//! sending it. The kernel does not say whether a page has left and come back, so this is bounded from all sides: a block
//! counts as verified for [`VALID`] only, only while the file's inode, size and times are what they were, and only for
//! those who find it in the page cache without waiting for a disk; whoever does not, reads and verifies it. What remains is
//! a page that leaves the cache and is brought back by somebody else within that time.

use std::{
    collections::HashMap,
    fs::File,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::{fs::fstat, io::Errno};

use super::BLOCK;

/// How long a block counts as verified.
const VALID: Duration = Duration::from_secs(10);

/// How long a file must have looked the same: the times of an inode move in steps, and of two changes within one step
/// the second is not seen.
const SETTLED: Duration = Duration::from_millis(100);

/// Blocks that are remembered at most (a quarter of a TiB, in 4 MiB of memory); beyond, everything is forgotten.
const MOST: usize = 1 << 20;

/// Ticks of the marks.
const TICK: Duration = Duration::from_millis(100);

/// What a file looks like; another inode, or the same one after a change, looks different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Look {
    device: u64,
    inode: u64,
    size: i64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    fn at(file: &File) -> Result<Self, Errno> {
        let stat = fstat(file)?;
        Ok(Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: stat.st_size,
            modified: (stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or(0)),
            changed: (stat.st_ctime, i64::try_from(stat.st_ctime_nsec).unwrap_or(0)),
        })
    }
}

/// The files of a store whose blocks were verified.
#[derive(Debug)]
pub(crate) struct Memory {
    began: Instant,
    files: Mutex<(usize, HashMap<Look, Arc<Blocks>>)>,
}

#[derive(Debug)]
struct Blocks {
    /// Since when the file has looked so.
    since: Instant,
    /// When each block was verified, in ticks since the memory began; 0 is never.
    when: Box<[AtomicU32]>,
}

/// The marks of one open file.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    began: Instant,
    look: Look,
    blocks: Arc<Blocks>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), files: Mutex::default() }
    }

    /// The marks of a file; `None` for one that is too large to be remembered, or cannot be looked at.
    pub(crate) fn of(&self, file: &File) -> Option<Marks> {
        let look = Look::at(file).ok()?;
        let count =
            usize::try_from(u64::try_from(look.size).ok()?.div_ceil(BLOCK)).ok().filter(|count| *count <= MOST)?;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, files) = &mut *files;
        if !files.contains_key(&look) && *total + count + 1 > MOST {
            files.clear();
            *total = 0;
        }
        let blocks = files.entry(look).or_insert_with(|| {
            *total += count + 1;
            let when = std::iter::repeat_with(AtomicU32::default).take(count).collect();
            Arc::new(Blocks { since: Instant::now(), when })
        });
        Some(Marks { began: self.began, look, blocks: Arc::clone(blocks) })
    }
}

impl Marks {
    fn ticks(&self, at: Instant) -> u32 {
        let ticks = at.saturating_duration_since(self.began).as_millis() / TICK.as_millis();
        u32::try_from(ticks).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Whether all these blocks were verified a moment ago, and the file is what it was then.
    pub(crate) fn cover(&self, file: &File, blocks: Range<u64>) -> bool {
        let now = self.ticks(Instant::now());
        let valid = u32::try_from(VALID.as_millis() / TICK.as_millis()).unwrap_or(0);
        let fresh = |when: &AtomicU32| {
            let when = when.load(Ordering::Relaxed);
            when > 0 && now.saturating_sub(when) <= valid
        };
        self.part(&blocks).is_some_and(|part| part.iter().all(fresh)) && Look::at(file) == Ok(self.look)
    }

    /// Notes that a block was verified by a reading that began at `at`.
    pub(crate) fn set(&self, file: &File, blocks: Range<u64>, at: Instant) {
        let settled = at.saturating_duration_since(self.blocks.since) >= SETTLED;
        if settled && Look::at(file) == Ok(self.look) {
            let when = self.ticks(at);
            self.part(&blocks).unwrap_or_default().iter().for_each(|mark| mark.store(when, Ordering::Relaxed));
        }
    }

    fn part(&self, blocks: &Range<u64>) -> Option<&[AtomicU32]> {
        self.blocks.when.get(usize::try_from(blocks.start).ok()?..usize::try_from(blocks.end).ok()?)
    }
}
