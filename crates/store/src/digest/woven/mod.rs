//! MD5 and SHA-512 of the same bytes on one core, nearly as fast as MD5 alone.
//!
//! MD5 is a chain of dependent operations: it leaves most of a core idle. SHA-512 is two such chains; all three fit beside
//! each other, since registers and arithmetic units of both halves of the core are used. Which of the chains of SHA-512 go
//! into vector registers is a question of the processor, see [`Weave`]. An upload spends its time here, so this is worth
//! its code.
//!
//! Needs AVX-512; elsewhere [`super::evp`] computes the two on two threads. These digests tell whether bytes are the same;
//! nothing here is secret, so nothing needs to be constant in time.
#![allow(
    unsafe_code,
    reason = "vector instructions: loads by address, and empty asm that keeps the order of operations"
)]
#![allow(clippy::indexing_slicing, reason = "indices are constants of the algorithms; a check in the loop would show")]

mod half;
pub(super) mod many;
mod vector;

use std::{arch::asm, arch::x86_64::*};

use super::{
    scalar::{md5_rotation, md5_word},
    tables::{MD5_SINES, SHA512_ROUNDS},
};

/// Bytes taken at a time: four blocks of SHA-512, whose message schedules are computed in the four lanes of a vector.
pub(super) const CHUNK: usize = 512;

/// How the chains are laid out. What is measured is GB of both digests per CPU second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weave {
    /// One chain of SHA-512 in vector registers, one beside MD5 in the others. On AMD Zen 5: 0.88, where AWS-LC makes 0.92 of
    /// MD5 and 0.88 of SHA-512, 0.45 of both in turn.
    Half,
    /// Both chains of SHA-512 in the lanes of the same vectors: fewer operations, and none on the way between the halves of the
    /// core, which is longer on Intel. On Sapphire Rapids: 0.57, where the other way makes 0.47, and AWS-LC 0.61 of MD5 and 0.54
    /// of SHA-512 alone.
    Vector,
}

impl Weave {
    /// Every way.
    #[cfg(test)]
    pub(super) const ALL: [Self; 2] = [Self::Half, Self::Vector];

    /// The better way for this processor, if it has what both need.
    pub(super) fn here() -> Option<Self> {
        let able = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2");
        let vendor = __cpuid(0);
        let intel = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes).as_flattened() == b"GenuineIntel";
        able.then_some(if intel { Self::Vector } else { Self::Half })
    }

    /// Takes `chunks` into both states. Must only be called when [`Weave::here`] has found that this processor can.
    pub(super) fn compress(self, md5: &mut [u32; 4], sha512: &mut [u64; 8], chunks: &[[u8; CHUNK]]) {
        debug_assert!(Self::here().is_some(), "checked once by the caller");
        // SAFETY: the caller has found the processor to have the features.
        unsafe {
            match self {
                Self::Half => weave_half(md5, sha512, chunks),
                Self::Vector => weave_vector(md5, sha512, chunks),
            }
        }
    }
}

/// How far ahead of the block in work bytes are asked for, in bytes. Beyond the end of a piece this asks for nothing of use,
/// and does no harm.
const AHEAD: usize = 2048;

/// A message schedule: word `t` of four consecutive blocks, a block in each lane.
type Words = [__m256i; 80];

/// The same with the round constants added, and a row that is only read beside the last one.
type Sums = [__m256i; 81];

/// The schedules, side by side from the beginning of a cache line on. Where they lay as the stack had it, one caller in two got
/// 0.74 GB of both digests per CPU second on Zen 5, and now all get 0.80.
#[repr(align(64))]
struct Schedules {
    words: Words,
    one: Sums,
    other: Sums,
}

/// Forbids the compiler to regroup additions around `value`. It emits nothing. Which operand arrives last decides how long
/// the chain of a round is, and the compiler does not know.
#[inline(always)]
fn pin(mut value: u64) -> u64 {
    // SAFETY: no instruction at all.
    unsafe { asm!("/* {0} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags)) };
    value
}

/// As [`pin`].
#[inline(always)]
fn pin_narrow(mut value: u32) -> u32 {
    // SAFETY: no instruction at all.
    unsafe { asm!("/* {0:e} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags)) };
    value
}

/// As [`pin`].
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
fn pin_vector(mut value: __m128i) -> __m128i {
    // SAFETY: no instruction at all.
    unsafe { asm!("/* {0} */", inout(xmm_reg) value, options(pure, nomem, nostack, preserves_flags)) };
    value
}

/// One step of MD5; the state comes back turned by one place.
#[inline(always)]
fn md5_step<const STEP: usize>([a, b, c, d]: [u32; 4], block: &[u8; 64]) -> [u32; 4] {
    let mut sum = a;
    // By hand: the compiler would load all words first, and have to put them away and fetch them again.
    // SAFETY: `md5_word` is below 16, so four bytes of the block are read.
    unsafe {
        asm!("add {0:e}, dword ptr [{1} + {2}]", inout(reg) sum, in(reg) block.as_ptr(), const 4 * md5_word(STEP),
            options(pure, readonly, nostack));
    }
    let sum = pin_narrow(sum.wrapping_add(MD5_SINES[STEP]));
    let sum = match STEP / 16 {
        0 => sum.wrapping_add(d ^ (b & (c ^ d))),
        // The two halves have no bit in common, so they may be added; `b`, which is late, then passes one operation less.
        1 => pin_narrow(sum.wrapping_add(!d & c)).wrapping_add(d & b),
        2 => sum.wrapping_add(b ^ pin_narrow(c ^ d)),
        _ => sum.wrapping_add(c ^ (b | !d)),
    };
    [d, sum.rotate_left(md5_rotation(STEP)).wrapping_add(b), b, c]
}

/// The first sixteen words of the schedules: the chunk's own, brought into lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
fn load(words: &mut Words, sums: &mut Sums, chunk: &[u8; CHUNK]) {
    let swap = _mm256_setr_epi8(
        7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,
    );
    for four in 0..4 {
        // SAFETY: block 0 to 3 of 128 bytes, 32 bytes from 0, 32, 64 or 96 on: inside the chunk.
        let row = |block: usize| unsafe { _mm256_loadu_si256(chunk.as_ptr().add(block * 128 + four * 32).cast()) };
        let row = |block: usize| _mm256_shuffle_epi8(row(block), swap);
        let (first, second, third, fourth) = (row(0), row(1), row(2), row(3));
        let (low, high) = (_mm256_unpacklo_epi64(first, second), _mm256_unpackhi_epi64(first, second));
        let (low_too, high_too) = (_mm256_unpacklo_epi64(third, fourth), _mm256_unpackhi_epi64(third, fourth));
        let turned = [
            _mm256_permute2x128_si256::<0x20>(low, low_too),
            _mm256_permute2x128_si256::<0x20>(high, high_too),
            _mm256_permute2x128_si256::<0x31>(low, low_too),
            _mm256_permute2x128_si256::<0x31>(high, high_too),
        ];
        for (place, word) in turned.into_iter().enumerate() {
            put(words, sums, four * 4 + place, word);
        }
    }
}

/// Word `t` of the schedules, from 16 on.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
fn extend(words: &mut Words, sums: &mut Sums, t: usize) {
    const XOR: i32 = 0x96;
    let (early, late) = (words[t - 15], words[t - 2]);
    let early = _mm256_ternarylogic_epi64::<XOR>(
        _mm256_ror_epi64::<1>(early),
        _mm256_ror_epi64::<8>(early),
        _mm256_srli_epi64::<7>(early),
    );
    let late = _mm256_ternarylogic_epi64::<XOR>(
        _mm256_ror_epi64::<19>(late),
        _mm256_ror_epi64::<61>(late),
        _mm256_srli_epi64::<6>(late),
    );
    let word = _mm256_add_epi64(_mm256_add_epi64(words[t - 16], early), _mm256_add_epi64(words[t - 7], late));
    put(words, sums, t, word);
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
fn put(words: &mut Words, sums: &mut Sums, t: usize, word: __m256i) {
    words[t] = word;
    sums[t] = _mm256_add_epi64(word, _mm256_set1_epi64x(SHA512_ROUNDS[t].cast_signed()));
}

/// Five rounds of SHA-512, eight steps of MD5, and one word of the next chunk's schedule.
///
/// Left alone the compiler sorts the two digests apart again, too far for the processor to see both at once. The empty
/// asm takes a value of each, so neither can be moved across it.
macro_rules! strand {
    ($way:ident: $sha:ident, $sum:ident, $t:expr, $md5:ident, $block:ident, $step:expr, $extend:expr) => {
        strand!(@steps $md5 $block $step, 0);
        $sha = $way::round($sha, $sum($t));
        strand!(@steps $md5 $block $step, 1);
        $way::tie(&mut $sha, &mut $md5[1]);
        strand!(@steps $md5 $block $step, 2);
        $sha = $way::round($sha, $sum($t + 1));
        $way::tie(&mut $sha, &mut $md5[1]);
        strand!(@steps $md5 $block $step, 3);
        $sha = $way::round($sha, $sum($t + 2));
        strand!(@steps $md5 $block $step, 4);
        $way::tie(&mut $sha, &mut $md5[1]);
        $extend;
        strand!(@steps $md5 $block $step, 5);
        $sha = $way::round($sha, $sum($t + 3));
        $way::tie(&mut $sha, &mut $md5[1]);
        strand!(@steps $md5 $block $step, 6);
        $sha = $way::round($sha, $sum($t + 4));
        strand!(@steps $md5 $block $step, 7);
        $way::tie(&mut $sha, &mut $md5[1]);
    };
    (@steps $md5:ident $block:ident $step:expr, $more:literal) => {
        $md5 = md5_step::<{ $step + $more }>($md5, $block);
    };
}

macro_rules! weave {
    ($name:ident, $way:ident) => {
        #[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
        fn $name(md5: &mut [u32; 4], sha512: &mut [u64; 8], chunks: &[[u8; CHUNK]]) {
            let Some(first) = chunks.first() else { return };
            let zero = _mm256_setzero_si256();
            let mut schedules = Schedules { words: [zero; 80], one: [zero; 81], other: [zero; 81] };
            let words = &mut schedules.words;
            let (mut sums, mut next_sums) = (&mut schedules.one, &mut schedules.other);
            load(words, sums, first);
            for t in 16..80 {
                extend(words, sums, t);
            }
            let mut m = *md5;
            let mut s = $way::State::from_words(*sha512);
            for (number, chunk) in chunks.iter().enumerate() {
                // While this chunk is compressed, the schedules of the next one are made (of this one again at the end).
                load(words, next_sums, chunks.get(number + 1).unwrap_or(chunk));
                // A block of MD5 is half a block of SHA-512: 64 steps beside 40 rounds.
                for (half, block) in chunk.as_chunks::<64>().0.iter().enumerate() {
                    let (round, lane, t) = (half % 2 * 40, half / 2, 16 + half * 8);
                    let row: *const u64 = sums.as_ptr().cast();
                    // SAFETY: a row has 4 numbers; `round + 39` is below 80 and `lane` below 4: inside the rows, and the
                    // number after it too.
                    let sum = |at: usize| unsafe { $way::number(row.add((round + at) * 4 + lane)) };
                    // The bytes come from another core: asked for early, they are here in time.
                    _mm_prefetch::<_MM_HINT_T0>(block.as_ptr().wrapping_add(AHEAD).cast());
                    let start = m;
                    strand!($way: s, sum, 0, m, block, 0, extend(words, next_sums, t));
                    strand!($way: s, sum, 5, m, block, 8, extend(words, next_sums, t + 1));
                    strand!($way: s, sum, 10, m, block, 16, extend(words, next_sums, t + 2));
                    strand!($way: s, sum, 15, m, block, 24, extend(words, next_sums, t + 3));
                    strand!($way: s, sum, 20, m, block, 32, extend(words, next_sums, t + 4));
                    strand!($way: s, sum, 25, m, block, 40, extend(words, next_sums, t + 5));
                    strand!($way: s, sum, 30, m, block, 48, extend(words, next_sums, t + 6));
                    strand!($way: s, sum, 35, m, block, 56, extend(words, next_sums, t + 7));
                    for (value, start) in m.iter_mut().zip(start) {
                        // Pinned one by one: gathered into a vector and back they would come late to the next block.
                        *value = pin_narrow(value.wrapping_add(start));
                    }
                    if half % 2 == 1 {
                        for (before, value) in sha512.iter_mut().zip(s.into_words()) {
                            *before = before.wrapping_add(value);
                        }
                        s = $way::State::from_words(*sha512);
                    }
                }
                std::mem::swap(&mut sums, &mut next_sums);
            }
            *md5 = m;
        }
    };
}

weave!(weave_half, half);
weave!(weave_vector, vector);
