//! The keys of a directory, a page at a time.

use std::collections::BTreeSet;

use rustix::{fs::FileType, io::Errno};
use salon_core::Timestamp;

use super::dir::Dir;
use crate::{Entry, Key};

/// The first `limit` keys after `after`, in byte order. Reads all names and keeps a page of them.
pub(super) fn page(directory: &Dir, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Errno> {
    let mut after = after.cloned();
    loop {
        let keys = keys(directory, after.as_ref(), limit)?;
        let mut page = Vec::with_capacity(keys.len());
        for key in &keys {
            if let Some(stat) = directory.stat_file(key.as_str())? {
                let seconds = stat.st_mtime.saturating_mul(1_000_000);
                let micros = i64::try_from(stat.st_mtime_nsec / 1000).unwrap_or(0);
                page.push(Entry {
                    key: key.clone(),
                    size: u64::try_from(stat.st_size).unwrap_or(0),
                    modified: Timestamp(seconds.saturating_add(micros)),
                });
            }
        }
        // An empty page means the end: when everything in it went away meanwhile, the next one is looked at.
        match keys.into_iter().next_back() {
            Some(last) if page.is_empty() => after = Some(last),
            _ => return Ok(page),
        }
    }
}

fn keys(directory: &Dir, after: Option<&Key>, limit: usize) -> Result<BTreeSet<Key>, Errno> {
    let mut first = BTreeSet::new();
    directory.for_each(|name, kind| {
        if matches!(kind, FileType::RegularFile | FileType::Unknown)
            && after.is_none_or(|after| name > after.as_str())
            && (first.len() < limit || first.last().is_some_and(|last: &Key| name < last.as_str()))
            && let Some(key) = Key::read(name)
        {
            first.insert(key);
            if first.len() > limit {
                first.pop_last();
            }
        }
        Ok(())
    })?;
    Ok(first)
}
