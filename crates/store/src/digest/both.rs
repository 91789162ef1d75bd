//! MD5 and SHA-512 as one digest, where the processor makes that worth while.

use salon_core::id::hex;

use super::{
    scalar,
    tables::{MD5_START, SHA512_START},
    woven::{CHUNK, Weave, many},
};

/// So many streams are worth being taken together: fewer of them leave too many lanes empty.
pub(crate) const ENOUGH: usize = 4;

/// Bytes of the chunks that are taken.
pub(crate) const CHUNK_BYTES: usize = CHUNK;

/// No more than so many are taken together.
pub(crate) const MOST: usize = many::LANES;

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
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let taken = self.settle(bytes);
        let (chunks, rest) = bytes.get(taken..).unwrap_or_default().as_chunks();
        self.take(chunks);
        self.length = self.length.wrapping_add(rest.len() as u64);
        self.rest.extend_from_slice(rest);
    }

    /// Takes what completes the chunk begun before, and everything when no whole chunk is left after that: then whole
    /// chunks can be taken from what is not taken yet. Answers the bytes taken.
    pub(crate) fn settle(&mut self, bytes: &[u8]) -> usize {
        let missing = if self.rest.is_empty() { 0 } else { CHUNK.saturating_sub(self.rest.len()) };
        let (part, more) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
        self.rest.extend_from_slice(part);
        self.length = self.length.wrapping_add(part.len() as u64);
        if let Some(chunk) = self.rest.as_array() {
            self.weave.compress(&mut self.md5, &mut self.sha512, std::slice::from_ref(chunk));
            self.rest.clear();
        }
        if more.len() >= CHUNK {
            return part.len();
        }
        self.rest.extend_from_slice(more);
        self.length = self.length.wrapping_add(more.len() as u64);
        bytes.len()
    }

    /// Takes whole chunks, after [`Both::settle`].
    pub(crate) fn take(&mut self, chunks: &[[u8; CHUNK]]) {
        self.weave.compress(&mut self.md5, &mut self.sha512, chunks);
        self.length = self.length.wrapping_add(chunks.as_flattened().len() as u64);
    }

    /// Whether this processor can take several streams together.
    pub(crate) fn has_lanes() -> bool {
        many::is_available()
    }

    /// Takes whole chunks of up to [`MOST`] streams at once, after [`Both::settle`] of each: as many of each as the shortest
    /// has. Must only be called when [`Both::has_lanes`].
    pub(crate) fn take_together(streams: &mut [(&mut Self, &[[u8; CHUNK]])]) {
        let count = streams.iter().map(|(_, chunks)| chunks.len()).min().unwrap_or(0);
        fn blocks(chunks: &[[u8; CHUNK]], count: usize) -> &[[u8; many::BLOCK]] {
            chunks.get(..count).unwrap_or_default().as_flattened().as_chunks().0
        }
        let mut states = many::States::default();
        // Lanes without a stream work on somebody's bytes, for nobody.
        let mut data = [streams.first().map_or(&[][..], |(_, chunks)| blocks(chunks, count)); many::LANES];
        for (lane, ((both, chunks), data)) in streams.iter().zip(&mut data).enumerate() {
            states.put(lane, &both.md5, &both.sha512);
            *data = blocks(chunks, count);
        }
        many::compress(&mut states, data);
        for (lane, (both, _)) in streams.iter_mut().enumerate().take(many::LANES) {
            (both.md5, both.sha512) = states.get(lane);
            both.length = both.length.wrapping_add((count * CHUNK) as u64);
        }
    }

    /// MD5 and SHA-512 in lower-case hexadecimal.
    pub(crate) fn finish(mut self) -> (String, String) {
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

    #[test]
    fn streams_together_are_as_each_alone() {
        if !Both::has_lanes() || Weave::here().is_none() {
            return;
        }
        for count in 1..=MOST {
            let data: Vec<Vec<u8>> = (0..count)
                .map(|stream| (0..9 * CHUNK + 77 * stream).map(|at| (at * 31 + stream * 7 + (at >> 9)) as u8).collect())
                .collect();
            let mut all: Vec<Both> = data.iter().map(|_| Both::new().unwrap()).collect();
            // Each begins at another place.
            for (stream, both) in all.iter_mut().enumerate() {
                both.update(&data[stream][..3 * stream]);
            }
            let taken: Vec<usize> = all
                .iter_mut()
                .enumerate()
                .map(|(stream, both)| 3 * stream + both.settle(&data[stream][3 * stream..]))
                .collect();
            let mut turns: Vec<(&mut Both, &[[u8; CHUNK]])> = all
                .iter_mut()
                .enumerate()
                .map(|(stream, both)| (both, &data[stream][taken[stream]..].as_chunks().0[..8 - stream % 2]))
                .collect();
            let together = turns.iter().map(|(_, chunks)| chunks.len()).min().unwrap();
            Both::take_together(&mut turns);
            for (stream, mut both) in all.into_iter().enumerate() {
                both.update(&data[stream][taken[stream] + together * CHUNK..]);
                let expected = (reference(HashAlgo::Md5, &data[stream]), reference(HashAlgo::Sha512, &data[stream]));
                assert_eq!(both.finish(), expected, "stream {stream} of {count}");
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
