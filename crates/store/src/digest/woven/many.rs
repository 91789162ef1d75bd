//! MD5 and SHA-512 of eight streams at once, a stream in each lane of the vectors.
//!
//! Measured on Intel Sapphire Rapids, per CPU second: 1.7 GB of both, all streams together, where one stream alone
//! ([`super::Weave`]) makes 0.57.
#![allow(
    unsafe_code,
    reason = "vector instructions: loads and stores by address, and empty asm that keeps the order of operations"
)]
#![allow(clippy::indexing_slicing, reason = "indices are constants of the algorithms; a check in the loop would show")]

use std::{arch::asm, arch::x86_64::*};

use crate::digest::{
    scalar::md5_word,
    tables::{MD5_SINES, SHA512_ROUNDS},
};

/// Streams taken at once.
pub(crate) const LANES: usize = 8;

/// Bytes of one block of SHA-512, and of two of MD5.
pub(crate) const BLOCK: usize = 128;

/// States of eight streams, by word and lane.
#[derive(Default)]
pub(crate) struct States {
    md5: [[u32; LANES]; 4],
    sha512: [[u64; LANES]; 8],
}

impl States {
    /// Puts a stream's states into a lane.
    pub(crate) fn put(&mut self, lane: usize, md5: &[u32; 4], sha512: &[u64; 8]) {
        self.md5.iter_mut().zip(md5).for_each(|(lanes, word)| lanes[lane] = *word);
        self.sha512.iter_mut().zip(sha512).for_each(|(lanes, word)| lanes[lane] = *word);
    }

    /// What [`States::put`] put there and the blocks since.
    pub(crate) fn get(&self, lane: usize) -> ([u32; 4], [u64; 8]) {
        (self.md5.map(|lanes| lanes[lane]), self.sha512.map(|lanes| lanes[lane]))
    }
}

/// Whether this processor has what [`compress`] needs.
pub(crate) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx2")
}

/// Takes as many blocks of each stream as the shortest has. Must only be called when [`is_available`].
pub(crate) fn compress(states: &mut States, streams: [&[[u8; BLOCK]]; LANES]) {
    debug_assert!(is_available(), "checked once by the caller");
    let count = streams.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
    // SAFETY: the caller has found the processor to have the features, and each stream has `count` blocks.
    unsafe { lanes(states, streams.map(|blocks| blocks.as_ptr().cast()), count) };
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx2")]
fn md5_step<const STEP: usize>([a, b, c, d]: [__m256i; 4], word: __m256i) -> [__m256i; 4] {
    let sum = _mm256_add_epi32(_mm256_add_epi32(a, word), _mm256_set1_epi32(MD5_SINES[STEP].cast_signed()));
    let mixed = match STEP / 16 {
        0 => _mm256_ternarylogic_epi32::<0xca>(b, c, d),
        1 => _mm256_ternarylogic_epi32::<0xca>(d, b, c),
        2 => _mm256_ternarylogic_epi32::<0x96>(b, c, d),
        _ => _mm256_ternarylogic_epi32::<0x39>(b, c, d),
    };
    let sum = _mm256_add_epi32(sum, mixed);
    let turned = match (STEP / 16, STEP % 4) {
        (0, 0) => _mm256_rol_epi32::<7>(sum),
        (0, 1) => _mm256_rol_epi32::<12>(sum),
        (0, 2) => _mm256_rol_epi32::<17>(sum),
        (0, _) => _mm256_rol_epi32::<22>(sum),
        (1, 0) => _mm256_rol_epi32::<5>(sum),
        (1, 1) => _mm256_rol_epi32::<9>(sum),
        (1, 2) => _mm256_rol_epi32::<14>(sum),
        (1, _) => _mm256_rol_epi32::<20>(sum),
        (2, 0) => _mm256_rol_epi32::<4>(sum),
        (2, 1) => _mm256_rol_epi32::<11>(sum),
        (2, 2) => _mm256_rol_epi32::<16>(sum),
        (2, _) => _mm256_rol_epi32::<23>(sum),
        (_, 0) => _mm256_rol_epi32::<6>(sum),
        (_, 1) => _mm256_rol_epi32::<10>(sum),
        (_, 2) => _mm256_rol_epi32::<15>(sum),
        _ => _mm256_rol_epi32::<21>(sum),
    };
    [d, _mm256_add_epi32(turned, b), b, c]
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx2")]
fn sha512_round([a, b, c, d, e, f, g, h]: [__m512i; 8], word: __m512i, constant: u64) -> [__m512i; 8] {
    const XOR: i32 = 0x96;
    let sum = _mm512_add_epi64(_mm512_add_epi64(h, word), _mm512_set1_epi64(constant.cast_signed()));
    let early = _mm512_add_epi64(sum, _mm512_ternarylogic_epi64::<0xca>(e, f, g));
    let of_e = _mm512_ternarylogic_epi64::<XOR>(
        _mm512_ror_epi64::<14>(e),
        _mm512_ror_epi64::<18>(e),
        _mm512_ror_epi64::<41>(e),
    );
    let of_a = _mm512_ternarylogic_epi64::<XOR>(
        _mm512_ror_epi64::<28>(a),
        _mm512_ror_epi64::<34>(a),
        _mm512_ror_epi64::<39>(a),
    );
    let first = _mm512_add_epi64(early, of_e);
    let second = _mm512_add_epi64(of_a, _mm512_ternarylogic_epi64::<0xe8>(a, b, c));
    [_mm512_add_epi64(first, second), a, b, c, _mm512_add_epi64(d, first), e, f, g]
}

/// Eight rows of eight numbers turned into eight columns.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx2")]
fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    // Pair `k` of these: columns `2k` (low) and `2k + 1` (high) of two rows beside each other.
    let (pairs, _) = rows.as_chunks::<2>();
    let low = [0, 1, 2, 3].map(|at: usize| _mm512_unpacklo_epi64(pairs[at][0], pairs[at][1]));
    let high = [0, 1, 2, 3].map(|at: usize| _mm512_unpackhi_epi64(pairs[at][0], pairs[at][1]));
    let gather = |[first, second, third, fourth]: [__m512i; 4]| {
        let front = (_mm512_shuffle_i64x2::<0x44>(first, second), _mm512_shuffle_i64x2::<0x44>(third, fourth));
        let back = (_mm512_shuffle_i64x2::<0xee>(first, second), _mm512_shuffle_i64x2::<0xee>(third, fourth));
        [
            _mm512_shuffle_i64x2::<0x88>(front.0, front.1),
            _mm512_shuffle_i64x2::<0xdd>(front.0, front.1),
            _mm512_shuffle_i64x2::<0x88>(back.0, back.1),
            _mm512_shuffle_i64x2::<0xdd>(back.0, back.1),
        ]
    };
    let ([a, c, e, g], [b, d, f, h]) = (gather(low), gather(high));
    [a, b, c, d, e, f, g, h]
}

macro_rules! steps {
    ($m:ident, $words:ident, $from:expr; $($more:literal)*) => { $( $m = md5_step::<{ $from + $more }>($m, $words[md5_word($from + $more)]); )* };
}

/// # Safety
/// Each stream must have `count` blocks.
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx2")]
unsafe fn lanes(states: &mut States, streams: [*const u8; LANES], count: usize) {
    // SAFETY: arrays of 32 and 64 bytes.
    let (mut m, mut s) = unsafe {
        (
            [0, 1, 2, 3].map(|at: usize| _mm256_loadu_si256(states.md5[at].as_ptr().cast())),
            [0, 1, 2, 3, 4, 5, 6, 7].map(|at: usize| _mm512_loadu_si512(states.sha512[at].as_ptr().cast())),
        )
    };
    let swap = _mm512_broadcast_i32x4(_mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
    for number in 0..count {
        let at = number * BLOCK;
        let half = |from: usize| {
            // SAFETY: each stream has `count` blocks.
            transpose(unsafe { streams.map(|stream| _mm512_loadu_si512(stream.add(at + from).cast())) })
        };
        let (front, back) = (half(0), half(64));
        let mut w = [_mm512_setzero_si512(); 16];
        let mut words = [[_mm256_setzero_si256(); 16]; 2];
        for t in 0..8 {
            w[t] = _mm512_shuffle_epi8(front[t], swap);
            w[t + 8] = _mm512_shuffle_epi8(back[t], swap);
            words[0][2 * t] = _mm512_cvtepi64_epi32(front[t]);
            words[0][2 * t + 1] = _mm512_cvtepi64_epi32(_mm512_srli_epi64::<32>(front[t]));
            words[1][2 * t] = _mm512_cvtepi64_epi32(back[t]);
            words[1][2 * t + 1] = _mm512_cvtepi64_epi32(_mm512_srli_epi64::<32>(back[t]));
        }
        let [first, second] = words;
        let before = s;
        macro_rules! round {
            ($t:expr) => {
                if $t >= 16 {
                    let (early, late) = (w[($t + 1) % 16], w[($t + 14) % 16]);
                    let early = _mm512_ternarylogic_epi64::<0x96>(
                        _mm512_ror_epi64::<1>(early),
                        _mm512_ror_epi64::<8>(early),
                        _mm512_srli_epi64::<7>(early),
                    );
                    let late = _mm512_ternarylogic_epi64::<0x96>(
                        _mm512_ror_epi64::<19>(late),
                        _mm512_ror_epi64::<61>(late),
                        _mm512_srli_epi64::<6>(late),
                    );
                    w[$t % 16] =
                        _mm512_add_epi64(_mm512_add_epi64(w[$t % 16], early), _mm512_add_epi64(w[($t + 9) % 16], late));
                }
                s = sha512_round(s, w[$t % 16], SHA512_ROUNDS[$t]);
            };
        }
        macro_rules! strand {
            ($words:ident, $t:expr, $step:expr) => {
                steps!(m, $words, $step; 0);
                round!($t);
                steps!(m, $words, $step; 1 2);
                round!($t + 1);
                steps!(m, $words, $step; 3);
                round!($t + 2);
                steps!(m, $words, $step; 4 5);
                round!($t + 3);
                steps!(m, $words, $step; 6);
                round!($t + 4);
                steps!(m, $words, $step; 7);
                // SAFETY: no instruction at all.
                unsafe { asm!("/* {0} {1} */", inout(zmm_reg) s[4], inout(ymm_reg) m[1], options(nomem, nostack, preserves_flags)) };
            };
        }
        let start = m;
        strand!(first, 0, 0);
        strand!(first, 5, 8);
        strand!(first, 10, 16);
        strand!(first, 15, 24);
        strand!(first, 20, 32);
        strand!(first, 25, 40);
        strand!(first, 30, 48);
        strand!(first, 35, 56);
        for (value, start) in m.iter_mut().zip(start) {
            *value = _mm256_add_epi32(*value, start);
        }
        let start = m;
        strand!(second, 40, 0);
        strand!(second, 45, 8);
        strand!(second, 50, 16);
        strand!(second, 55, 24);
        strand!(second, 60, 32);
        strand!(second, 65, 40);
        strand!(second, 70, 48);
        strand!(second, 75, 56);
        for (value, start) in m.iter_mut().zip(start) {
            *value = _mm256_add_epi32(*value, start);
        }
        for (value, before) in s.iter_mut().zip(before) {
            *value = _mm512_add_epi64(*value, before);
        }
    }
    // SAFETY: arrays of 32 and 64 bytes.
    unsafe {
        for (to, value) in states.md5.iter_mut().zip(m) {
            _mm256_storeu_si256(to.as_mut_ptr().cast(), value);
        }
        for (to, value) in states.sha512.iter_mut().zip(s) {
            _mm512_storeu_si512(to.as_mut_ptr().cast(), value);
        }
    }
}
