//! Digests of image data.

pub(crate) mod evp;

use futures_util::{StreamExt, future};
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

/// Reads a blob whole and digests it, for checks and repairs. `progress` is told the bytes of each block.
///
/// # Errors
/// Unavailable when the bytes cannot be read whole.
pub async fn of_blob(blob: &Blob, algo: HashAlgo, mut progress: impl FnMut(u64) + Send) -> Result<Digests> {
    let (checksum_in, checksum) = lanes::digest(HashAlgo::Md5, None)?;
    let (hash_in, hash) = lanes::digest(algo, None)?;
    let mut stream = blob.stream(0..blob.size());
    let feed = async move {
        let mut size = 0;
        while let Some(bytes) = stream.next().await {
            let bytes =
                bytes.map_err(|error| Error::unavailable("image data cannot be read whole").with_source(error))?;
            let length = bytes.len() as u64;
            let block = Block::from(bytes);
            lanes::send(&checksum_in, block.clone()).await?;
            lanes::send(&hash_in, block).await?;
            size += length;
            progress(length);
        }
        Ok(size)
    };
    let (size, (checksum, _), (hash_value, _)) = future::try_join3(feed, checksum, hash).await?;
    Ok(Digests { size, checksum, hash_algo: algo, hash_value })
}
