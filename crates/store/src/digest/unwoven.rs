//! Stands in for [`super::woven`] on processors that it is not written for.

/// As there.
pub(super) const CHUNK: usize = 512;

/// Never: the two digests are computed beside each other instead.
pub(super) const fn is_available() -> bool {
    false
}

/// Takes the chunks into both states, block by block.
pub(super) fn compress(md5: &mut [u32; 4], sha512: &mut [u64; 8], chunks: &[[u8; CHUNK]]) {
    for chunk in chunks {
        chunk.as_chunks().0.iter().for_each(|block| super::scalar::md5(md5, block));
        chunk.as_chunks().0.iter().for_each(|block| super::scalar::sha512(sha512, block));
    }
}
