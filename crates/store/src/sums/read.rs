//! Holding blocks to their sums.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use twox_hash::XxHash3_64;

use super::{BLOCK, Damage, DamagedPart, HEAD, PAGE, PER_PAGE, SUM, build, key_hash, seal};
use crate::Key;

/// The sums of some stored bytes, as they are kept.
#[derive(Debug)]
pub(crate) struct Known {
    key: Key,
    hash: u64,
    size: u64,
    file: File,
    /// Whether the head is that of these bytes.
    sound: bool,
    /// The page that was read last, with its number.
    page: Mutex<Option<(u64, Vec<u8>)>>,
    /// Counts damaged blocks that were met.
    damaged: Arc<AtomicU64>,
}

impl Known {
    /// The sums in `file`, of `size` bytes under `key`. A head that is not theirs is damage, found with the first block.
    ///
    /// # Errors
    /// As the file system has it.
    pub(crate) fn open(file: File, key: &Key, size: u64, damaged: Arc<AtomicU64>) -> io::Result<Self> {
        let hash = key_hash(key);
        let mut head = [0; HEAD];
        let sound = match file.read_exact_at(&mut head, 0) {
            Ok(()) => head == build::head(hash, size),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(error) => return Err(error),
        };
        Ok(Self { key: key.clone(), hash, size, file, sound, page: Mutex::default(), damaged })
    }

    /// Whether `bytes` are the block `number`.
    ///
    /// # Errors
    /// [`Damage`] when they are not, or when that cannot be told; as the file system has it.
    pub(crate) fn check(&self, number: u64, bytes: &[u8]) -> io::Result<()> {
        match self.sum(number)? {
            Some(sum) if sum == XxHash3_64::oneshot(bytes) => Ok(()),
            Some(_) => Err(self.damage(number, DamagedPart::Data)),
            None => Err(self.damage(number, DamagedPart::Sums)),
        }
    }

    fn damage(&self, number: u64, part: DamagedPart) -> io::Error {
        self.damaged.fetch_add(1, Ordering::Relaxed);
        Damage { key: self.key.clone(), offset: number.saturating_mul(BLOCK), part }.into()
    }

    /// The sum of a block; `None` when the page it is in is damaged.
    fn sum(&self, number: u64) -> io::Result<Option<u64>> {
        if !self.sound {
            return Ok(None);
        }
        let (page, at) = (number / PER_PAGE, usize::try_from(number % PER_PAGE).unwrap_or(0) * SUM);
        let mut held = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_none_or(|(held, _)| *held != page) {
            *held = self.read(page)?.map(|sums| (page, sums));
        }
        let sum = held.as_ref().and_then(|(_, sums)| sums.get(at..)?.first_chunk::<SUM>());
        Ok(sum.map(|sum| u64::from_le_bytes(*sum)))
    }

    /// The sums of a page; `None` when it is damaged.
    fn read(&self, page: u64) -> io::Result<Option<Vec<u8>>> {
        let blocks = self.size.div_ceil(BLOCK).saturating_sub(page.saturating_mul(PER_PAGE)).min(PER_PAGE);
        let mut bytes = vec![0; usize::try_from(blocks).unwrap_or(0) * SUM + SUM];
        match self.file.read_exact_at(&mut bytes, page.saturating_mul(PAGE as u64).saturating_add(HEAD as u64)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let sealed = bytes.split_last_chunk::<SUM>();
        let sound = sealed.is_some_and(|(sums, sum)| seal(sums, self.hash, page + 1) == u64::from_le_bytes(*sum));
        bytes.truncate(bytes.len().saturating_sub(SUM));
        Ok(sound.then_some(bytes))
    }

    /// Whether the whole of the file is as it was written.
    ///
    /// # Errors
    /// As the file system has it.
    pub(crate) fn is_sound(&self) -> io::Result<bool> {
        let blocks = self.size.div_ceil(BLOCK);
        let pages = blocks.div_ceil(PER_PAGE);
        if !self.sound || self.file.metadata()?.len() != HEAD as u64 + (blocks + pages) * SUM as u64 {
            return Ok(false);
        }
        for page in 0..pages {
            if self.read(page)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
