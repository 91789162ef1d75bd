//! Reading the data of one image and saying what is wrong with it.

use std::{fmt, io, pin::pin};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use salon_catalog::images::StoredImage;
use salon_core::{Kind, Result};
use salon_store::{Blob, Damage, DamagedPart, Digests, HashAlgo, Key, Sums, digest};

use super::throttle::Throttle;
use crate::Service;

/// How thoroughly.
#[derive(Clone, Copy, Debug)]
pub(in crate::maintenance) enum Depth {
    /// By the sums of the blocks, beginning at a byte; by the digests of the record where there are no (good) sums.
    Sums {
        /// What comes before was read already.
        from: u64,
    },
    /// By both.
    Digests,
}

/// What is wrong with an image's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::maintenance) enum Trouble {
    /// There is none.
    Missing,
    /// It has another size than recorded.
    WrongSize {
        /// Bytes the record says.
        recorded: u64,
        /// Bytes there are.
        stored: u64,
    },
    /// A block does not have its sum.
    Damaged {
        /// Where the first such block begins.
        offset: u64,
    },
    /// It has another digest than recorded.
    WrongDigest {
        /// Which.
        algorithm: String,
    },
    /// It cannot be read.
    Unreadable,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "data is missing"),
            Self::WrongSize { recorded, stored } => write!(f, "data has {stored} bytes instead of {recorded}"),
            Self::Damaged { offset } => write!(f, "data is damaged, in the block at byte {offset}"),
            Self::WrongDigest { algorithm } => write!(f, "data is damaged, its {algorithm} is not the recorded one"),
            Self::Unreadable => write!(f, "data cannot be read"),
        }
    }
}

/// What was found out about an image's data.
#[derive(Debug, Default)]
pub(in crate::maintenance) struct Examined {
    /// What is wrong.
    pub(in crate::maintenance) trouble: Option<Trouble>,
    /// Sums to be kept with data that is right: it has none, or they are damaged.
    pub(in crate::maintenance) sums: Option<Sums>,
    /// Whether it has sums that are damaged.
    pub(in crate::maintenance) bad_sums: bool,
}

impl From<Trouble> for Examined {
    fn from(trouble: Trouble) -> Self {
        Self { trouble: Some(trouble), ..Self::default() }
    }
}

/// Reads the data of an image as it is on the disk. `read` is told the bytes of each piece.
///
/// # Errors
/// Unavailable when the store does not answer.
pub(in crate::maintenance) async fn examine(
    service: &Service,
    row: &StoredImage,
    depth: Depth,
    throttle: &Throttle,
    read: &(dyn Fn(u64) + Send + Sync),
) -> Result<Examined> {
    let store = service.store();
    if row.location.is_external() || row.location.store != store.id() {
        return Ok(Examined::default());
    }
    let Some(key) = Key::read(&row.location.key) else { return Ok(Trouble::Missing.into()) };
    let blob = match store.open_at_rest(&key).await {
        Ok(blob) => blob,
        Err(error) if error.kind() == Kind::NotFound => return Ok(Trouble::Missing.into()),
        Err(error) => return Err(error),
    };
    if let Some(recorded) = row.size.filter(|recorded| *recorded != blob.size()) {
        return Ok(Trouble::WrongSize { recorded, stored: blob.size() }.into());
    }
    if blob.has_sums() {
        let sums = match depth {
            Depth::Sums { from } => by_sums(throttle.keep(blob.stream(from..blob.size()), read)).await,
            Depth::Digests => by_digests(row, throttle.keep(blob.stream(0..blob.size()), read), |_| {}).await,
        };
        let trouble = match sums {
            Ok(trouble) => trouble,
            Err(error) => match Damage::of(&*error) {
                Some(Damage { part: DamagedPart::Data, offset, .. }) => Some(Trouble::Damaged { offset: *offset }),
                Some(Damage { part: DamagedPart::Sums, .. }) => None,
                None => Some(unreadable(row, &*error)),
            },
        };
        if trouble.is_some() || are_sound(&blob).await {
            return Ok(Examined { trouble, ..Examined::default() });
        }
    }
    let mut sums = Sums::new(&key);
    let bytes = blob.without_sums().stream(0..blob.size());
    match by_digests(row, throttle.keep(bytes, read), |piece| sums.update(piece)).await {
        // Without a digest in the record nothing says that the bytes are right.
        Ok(None) => {
            let sums = row.checksum.is_some().then_some(sums);
            Ok(Examined { trouble: None, sums, bad_sums: blob.has_sums() })
        }
        Ok(Some(trouble)) => Ok(trouble.into()),
        Err(error) => Ok(unreadable(row, &*error).into()),
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn unreadable(row: &StoredImage, error: &(dyn std::error::Error + 'static)) -> Trouble {
    tracing::error!(image = %row.id, error, "image data cannot be read");
    Trouble::Unreadable
}

/// Reads to the end; whoever yields the bytes holds them to their sums.
async fn by_sums(bytes: impl Stream<Item = io::Result<Bytes>> + Send) -> Result<Option<Trouble>, Failure> {
    let mut bytes = pin!(bytes);
    while let Some(piece) = bytes.next().await {
        piece?;
    }
    Ok(None)
}

/// Reads to the end and compares the digests with the record's.
async fn by_digests(
    row: &StoredImage,
    bytes: impl Stream<Item = io::Result<Bytes>> + Send,
    each: impl FnMut(&Bytes) + Send,
) -> Result<Option<Trouble>, Failure> {
    let algo = row.os_hash_algo.as_deref().and_then(HashAlgo::parse).unwrap_or(HashAlgo::Md5);
    let digests = digest::of_stream(pin!(bytes), algo, each).await?;
    Ok(compare(row, &digests))
}

async fn are_sound(blob: &Blob) -> bool {
    let blob = blob.clone();
    let looked = tokio::task::spawn_blocking(move || blob.sums_are_sound()).await;
    matches!(looked, Ok(Ok(true)))
}

fn compare(row: &StoredImage, digests: &Digests) -> Option<Trouble> {
    let wrong = |algorithm: &str| Some(Trouble::WrongDigest { algorithm: algorithm.to_owned() });
    if row.checksum.as_ref().is_some_and(|recorded| *recorded != digests.checksum) {
        return wrong("md5");
    }
    let same_algo = row.os_hash_algo.as_deref() == Some(digests.hash_algo.as_str());
    if same_algo && row.os_hash_value.as_ref().is_some_and(|recorded| *recorded != digests.hash_value) {
        return wrong(digests.hash_algo.as_str());
    }
    None
}

/// Whether the row is still what it was: an image deleted meanwhile is nothing to report.
///
/// # Errors
/// Unavailable.
pub(in crate::maintenance) async fn is_still_there(service: &Service, row: &StoredImage) -> Result<bool> {
    let found = service.catalog().image(&row.id, None).await?;
    Ok(found.is_some_and(|view| view.image.location.as_ref() == Some(&row.location)))
}
