//! MD5 (RFC 1321) and SHA-512 (FIPS 180-4) a block at a time: the ends of streams whose bulk [`super::woven`] takes.
#![allow(
    clippy::indexing_slicing,
    reason = "indices are constants of the algorithms, or reduced to the table's length"
)]

use super::tables::{MD5_ROTATIONS, MD5_SINES, SHA512_ROUNDS};

/// Which word of the block a step of MD5 takes.
pub(super) const fn md5_word(step: usize) -> usize {
    match step / 16 {
        0 => step,
        1 => (5 * step + 1) % 16,
        2 => (3 * step + 5) % 16,
        _ => (7 * step) % 16,
    }
}

/// How far a step of MD5 rotates.
pub(super) const fn md5_rotation(step: usize) -> u32 {
    MD5_ROTATIONS[step / 16 * 4 + step % 4]
}

/// Takes one block of MD5.
pub(super) fn md5(state: &mut [u32; 4], block: &[u8; 64]) {
    let (words, _) = block.as_chunks::<4>();
    let [mut a, mut b, mut c, mut d] = *state;
    for step in 0..64 {
        let mixed = match step / 16 {
            0 => (b & c) | (!b & d),
            1 => (b & d) | (c & !d),
            2 => b ^ c ^ d,
            _ => c ^ (b | !d),
        };
        let word = u32::from_le_bytes(words[md5_word(step)]);
        let sum = a.wrapping_add(mixed).wrapping_add(word).wrapping_add(MD5_SINES[step]);
        (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(md5_rotation(step))));
    }
    for (state, value) in state.iter_mut().zip([a, b, c, d]) {
        *state = state.wrapping_add(value);
    }
}

/// Takes one block of SHA-512.
pub(super) fn sha512(state: &mut [u64; 8], block: &[u8; 128]) {
    let mut schedule = [0_u64; 80];
    for (word, bytes) in schedule.iter_mut().zip(block.as_chunks::<8>().0) {
        *word = u64::from_be_bytes(*bytes);
    }
    for at in 16..80 {
        let (early, late) = (schedule[at - 15], schedule[at - 2]);
        let early = early.rotate_right(1) ^ early.rotate_right(8) ^ (early >> 7);
        let late = late.rotate_right(19) ^ late.rotate_right(61) ^ (late >> 6);
        schedule[at] = schedule[at - 16].wrapping_add(early).wrapping_add(schedule[at - 7]).wrapping_add(late);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, constant) in schedule.into_iter().zip(SHA512_ROUNDS) {
        let sum_e = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
        let choice = (e & f) ^ (!e & g);
        let first = h.wrapping_add(sum_e).wrapping_add(choice).wrapping_add(constant).wrapping_add(word);
        let sum_a = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        (h, g, f, e) = (g, f, e, d.wrapping_add(first));
        (d, c, b, a) = (c, b, a, first.wrapping_add(sum_a).wrapping_add(majority));
    }
    for (state, value) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state = state.wrapping_add(value);
    }
}
