//! Digests of image data.

pub(crate) mod both;
pub(crate) mod evp;
mod scalar;
mod tables;
#[cfg(not(target_arch = "x86_64"))]
#[path = "unwoven.rs"]
mod woven;
#[cfg(target_arch = "x86_64")]
mod woven;

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, future};
use salon_core::{Error, Result};

use crate::{Blob, Block, lanes};

/// Algorithms of `os_hash_algo` (`hashing_algorithm` in the configuration), under the names Python's hashlib has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashAlgo {
    /// `md5`
    Md5,
    /// `sha1`
    Sha1,
    /// `sha224`
    Sha224,
    /// `sha256`
    Sha256,
    /// `sha384`
    Sha384,
    /// `sha512`
    Sha512,
}

impl HashAlgo {
    /// Every algorithm.
    pub const ALL: [Self; 6] = [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in the configuration and in `os_hash_algo`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algo| algo.as_str() == name)
    }
}

/// Digests of some bytes, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Bytes digested.
    pub size: u64,
    /// MD5.
    pub checksum: String,
    /// Which other digest.
    pub hash_algo: HashAlgo,
    /// The other digest.
    pub hash_value: String,
}

/// Some of the digests of a stream, being computed on one thread.
pub(crate) enum Hasher {
    /// MD5.
    Checksum(evp::Digest),
    /// The other digest.
    Hash(evp::Digest),
    /// Both at once.
    Both(Box<both::Both>),
}

impl Hasher {
    /// The threads' worth of work that make MD5 and `algo`: one where both can be had from one core, else two.
    ///
    /// # Errors
    /// Unavailable, when there is no memory.
    pub(crate) fn all(algo: HashAlgo) -> Result<Vec<Self>> {
        if algo == HashAlgo::Sha512
            && let Some(both) = both::Both::new()
        {
            return Ok(vec![Self::Both(Box::new(both))]);
        }
        let mut all = vec![Self::Checksum(evp::Digest::new(HashAlgo::Md5)?)];
        if algo != HashAlgo::Md5 {
            all.push(Self::Hash(evp::Digest::new(algo)?));
        }
        Ok(all)
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Checksum(digest) | Self::Hash(digest) => digest.update(bytes),
            Self::Both(both) => both.update(bytes),
        }
    }

    /// Writes what it computed where it belongs.
    pub(crate) fn finish(self, digests: &mut Digests) {
        match self {
            Self::Checksum(digest) => {
                digests.checksum = digest.finish();
                if digests.hash_algo == HashAlgo::Md5 {
                    digests.hash_value.clone_from(&digests.checksum);
                }
            }
            Self::Hash(digest) => digests.hash_value = digest.finish(),
            Self::Both(both) => (digests.checksum, digests.hash_value) = both.finish(),
        }
    }
}

/// The MD5 of a stream, computed by whoever passes it on.
pub struct Checksum(evp::Digest);

impl Checksum {
    /// Of nothing yet.
    ///
    /// # Errors
    /// Unavailable, when there is no memory.
    pub fn new() -> Result<Self> {
        evp::Digest::new(HashAlgo::Md5).map(Self)
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Lower-case hexadecimal.
    pub fn finish(self) -> String {
        self.0.finish()
    }
}

/// Reads a blob whole and digests it, for checks and repairs. `progress` is told the bytes of each block.
///
/// # Errors
/// Unavailable when the bytes cannot be read whole.
pub async fn of_blob(blob: &Blob, algo: HashAlgo, mut progress: impl FnMut(u64) + Send) -> Result<Digests> {
    of_stream(blob.stream(0..blob.size()), algo, |piece| progress(piece.len() as u64)).await
}

/// Digests a stream to its end. `each` is shown every piece.
///
/// # Errors
/// Unavailable when the bytes cannot be read whole.
pub async fn of_stream<S>(mut stream: S, algo: HashAlgo, mut each: impl FnMut(&Bytes) + Send) -> Result<Digests>
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin,
{
    let (lanes, digested) = lanes::digest(algo, None)?;
    let feed = async move {
        let mut size = 0_u64;
        while let Some(bytes) = stream.next().await {
            let bytes =
                bytes.map_err(|error| Error::unavailable("image data cannot be read whole").with_source(error))?;
            each(&bytes);
            size = size.saturating_add(bytes.len() as u64);
            lanes::send(&lanes, Block::from(bytes)).await?;
        }
        Ok(size)
    };
    let (size, (digests, _)) = future::try_join(feed, digested).await?;
    Ok(Digests { size, ..digests })
}
