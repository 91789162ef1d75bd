//! The digest functions of AWS-LC, through its C interface.
//!
//! AWS-LC is in the binary already (TLS uses it) and its MD5 is the fastest of those measured (0.85 GB per CPU second
//! against 0.68 for the RustCrypto crate); the safe wrapper crate leaves MD5 out on purpose. MD5 is what limits a single
//! upload, so the difference shows. It serves as a checksum here, never as a protection.
#![allow(unsafe_code, reason = "AWS-LC's EVP functions are C; this module is the only place that calls them")]

use std::ptr::NonNull;

use aws_lc_sys::{
    EVP_DigestFinal_ex, EVP_DigestInit_ex, EVP_DigestUpdate, EVP_MAX_MD_SIZE, EVP_MD, EVP_MD_CTX, EVP_MD_CTX_free,
    EVP_MD_CTX_new, EVP_md5, EVP_sha1, EVP_sha224, EVP_sha256, EVP_sha384, EVP_sha512,
};
use salon_core::{Error, Result, id::hex};

use super::HashAlgo;

/// A digest being computed.
#[derive(Debug)]
pub(crate) struct Digest {
    context: NonNull<EVP_MD_CTX>,
}

// SAFETY: a digest context is plain memory without ties to a thread; `&mut self` keeps its use exclusive.
unsafe impl Send for Digest {}

impl Digest {
    /// Starts a digest.
    ///
    /// # Errors
    /// Unavailable, when there is no memory for it.
    pub(crate) fn new(algo: HashAlgo) -> Result<Self> {
        // SAFETY: takes nothing; answers an owned context or null.
        let context = NonNull::new(unsafe { EVP_MD_CTX_new() }).ok_or_else(out_of_memory)?;
        let digest = Self { context };
        // SAFETY: the context is live and owned by `digest`, the algorithm is a static table, and the engine may be null.
        let begun = unsafe { EVP_DigestInit_ex(digest.context.as_ptr(), table(algo), std::ptr::null_mut()) };
        if begun == 1 { Ok(digest) } else { Err(out_of_memory()) }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        // SAFETY: the context was initialised by `new`, and the pointer and length are those of a live slice. Updating an
        // initialised digest cannot fail.
        unsafe { EVP_DigestUpdate(self.context.as_ptr(), bytes.as_ptr().cast(), bytes.len()) };
    }

    /// The digest in lower-case hexadecimal.
    pub(crate) fn finish(self) -> String {
        let mut out = [0_u8; EVP_MAX_MD_SIZE as usize];
        let mut length = 0;
        // SAFETY: `out` has the room the library promises never to exceed, and `length` is a live integer.
        unsafe { EVP_DigestFinal_ex(self.context.as_ptr(), out.as_mut_ptr(), &raw mut length) };
        hex(out.into_iter().take(length as usize))
    }
}

impl Drop for Digest {
    fn drop(&mut self) {
        // SAFETY: the context came from `EVP_MD_CTX_new` and is freed once, here.
        unsafe { EVP_MD_CTX_free(self.context.as_ptr()) };
    }
}

fn table(algo: HashAlgo) -> *const EVP_MD {
    // SAFETY: these take nothing and answer pointers to static tables.
    unsafe {
        match algo {
            HashAlgo::Md5 => EVP_md5(),
            HashAlgo::Sha1 => EVP_sha1(),
            HashAlgo::Sha224 => EVP_sha224(),
            HashAlgo::Sha256 => EVP_sha256(),
            HashAlgo::Sha384 => EVP_sha384(),
            HashAlgo::Sha512 => EVP_sha512(),
        }
    }
}

fn out_of_memory() -> Error {
    Error::unavailable("no memory for a digest")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published vectors (RFC 1321 and FIPS 180-4 for "abc").
    #[test]
    fn published_vectors() {
        let cases = [
            (HashAlgo::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (HashAlgo::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (HashAlgo::Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (HashAlgo::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                HashAlgo::Sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                HashAlgo::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ];
        for (algo, expected) in cases {
            let mut digest = Digest::new(algo).unwrap();
            digest.update(b"a");
            digest.update(b"");
            digest.update(b"bc");
            assert_eq!(digest.finish(), expected, "{algo:?}");
        }
    }
}
