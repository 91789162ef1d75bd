//! MD5 and SHA-512 as one digest, where the processor makes that worth while.

use super::{
    hex, scalar,
    tables::{MD5_START, SHA512_START},
    woven::{CHUNK, Weave},
};

/// Both digests being computed.
#[derive(Clone, Debug)]
pub(crate) struct Both {
    weave: Weave,
    md5: [u32; 4],
    sha512: [u64; 8],
    /// Bytes taken so far.
    length: u64,
    /// Bytes that do not make a chunk yet.
    rest: Vec<u8>,
}

impl Both {
    /// Starts both, if this processor can weave them.
    pub(super) fn new() -> Option<Self> {
        Weave::here().map(Self::with)
    }

    fn with(weave: Weave) -> Self {
        Self { weave, md5: MD5_START, sha512: SHA512_START, length: 0, rest: Vec::with_capacity(CHUNK) }
    }

    /// Takes the next bytes.
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if !self.rest.is_empty() {
            let missing = CHUNK.saturating_sub(self.rest.len());
            let (part, more) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
            self.rest.extend_from_slice(part);
            bytes = more;
            if let Some(chunk) = self.rest.as_array() {
                self.weave.compress(&mut self.md5, &mut self.sha512, std::slice::from_ref(chunk));
                self.rest.clear();
            }
        }
        let (chunks, rest) = bytes.as_chunks();
        self.weave.compress(&mut self.md5, &mut self.sha512, chunks);
        self.rest.extend_from_slice(rest);
    }

    /// MD5 and SHA-512 in lower-case hexadecimal.
    pub(super) fn finish(mut self) -> (String, String) {
        let bits = u128::from(self.length) * 8;
        // RFC 1321: the length is kept modulo 2^64.
        let short_bits = self.length.wrapping_mul(8);
        for block in padded::<64>(&self.rest, &short_bits.to_le_bytes()).as_chunks().0 {
            scalar::md5(&mut self.md5, block);
        }
        for block in padded::<128>(&self.rest, &bits.to_be_bytes()).as_chunks().0 {
            scalar::sha512(&mut self.sha512, block);
        }
        (hex(self.md5.into_iter().flat_map(u32::to_le_bytes)), hex(self.sha512.into_iter().flat_map(u64::to_be_bytes)))
    }
}

/// The end of a message: a one bit, zeros, and the length at the end of a block.
fn padded<const BLOCK: usize>(rest: &[u8], length: &[u8]) -> Vec<u8> {
    let mut end = rest.to_vec();
    end.push(0x80);
    let whole = (end.len() + length.len()).next_multiple_of(BLOCK);
    end.resize(whole.saturating_sub(length.len()), 0);
    end.extend_from_slice(length);
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::{HashAlgo, evp::Digest};

    fn reference(algo: HashAlgo, bytes: &[u8]) -> String {
        let mut digest = Digest::new(algo).unwrap();
        digest.update(bytes);
        digest.finish()
    }

    /// Every way this processor can go.
    fn ways() -> impl Iterator<Item = Both> {
        Weave::ALL.into_iter().filter(|_| Weave::here().is_some()).map(Both::with)
    }

    /// The scalar forms alone: they have to be right on every processor.
    fn by_blocks(bytes: &[u8]) -> (String, String) {
        let (mut md5, mut sha512) = (MD5_START, SHA512_START);
        let bits = bytes.len() as u64 * 8;
        for block in padded::<64>(bytes, &bits.to_le_bytes()).as_chunks().0 {
            scalar::md5(&mut md5, block);
        }
        for block in padded::<128>(bytes, &u128::from(bits).to_be_bytes()).as_chunks().0 {
            scalar::sha512(&mut sha512, block);
        }
        (hex(md5.into_iter().flat_map(u32::to_le_bytes)), hex(sha512.into_iter().flat_map(u64::to_be_bytes)))
    }

    #[test]
    fn every_length_around_the_blocks() {
        let bytes: Vec<u8> = (0..3000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        for length in (0..=1100).chain([1535, 1536, 1537, 2047, 2048, 2049, 3000]) {
            let part = &bytes[..length];
            let expected = (reference(HashAlgo::Md5, part), reference(HashAlgo::Sha512, part));
            assert_eq!(by_blocks(part), expected, "{length} bytes, in blocks");
            for mut both in ways() {
                both.update(part);
                let way = both.weave;
                assert_eq!(both.finish(), expected, "{length} bytes, {way:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

        /// The pieces do not matter, and the result is AWS-LC's.
        #[test]
        fn agrees_with_aws_lc(
            seed in any::<u64>(),
            pieces in proptest::collection::vec(prop_oneof![0..3_usize, 60..70_usize, 500..520_usize, 1..9000_usize], 0..20),
        ) {
            let mut state = seed | 1;
            let mut bytes = Vec::new();
            let mut all: Vec<Both> = ways().collect();
            for length in pieces {
                let from = bytes.len();
                bytes.extend(std::iter::repeat_with(|| {
                    state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                    (state >> 40) as u8
                }).take(length));
                for both in &mut all {
                    both.update(&bytes[from..]);
                }
            }
            let expected = (reference(HashAlgo::Md5, &bytes), reference(HashAlgo::Sha512, &bytes));
            prop_assert_eq!(by_blocks(&bytes), expected.clone());
            for both in all {
                prop_assert_eq!(both.finish(), expected.clone());
            }
        }
    }
}
