//! SHA-512 with its two chains in the two lanes of vectors: what one instruction does for `e`, it does for `a`.
//!
//! The new `a` needs what the new `e` needs, from the other lane. So that no round waits for the way between the lanes, the
//! chain of `a` runs one round behind: beside `e` of round t stands `a` of round t - 1.
#![allow(unsafe_code, reason = "empty asm that keeps the order of operations, and a load by address")]

use std::{arch::asm, arch::x86_64::*};

use super::pin_vector;

/// A number of the schedule, as [`round`] wants it, and whatever comes after it.
///
/// # Safety
/// `at` and the number after it must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
pub(super) unsafe fn number(at: *const u64) -> __m128i {
    // SAFETY: the caller's; sixteen bytes are read, whatever their alignment.
    unsafe { _mm_loadu_si128(at.cast()) }
}

/// Keeps the two digests where they are: neither can be moved across it. It emits nothing.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
pub(super) fn tie(sha512: &mut State, md5: &mut u32) {
    let [newest, ..] = &mut sha512.rows;
    // SAFETY: no instruction at all.
    unsafe {
        asm!("/* {0} {1:e} */", inout(xmm_reg) * newest, inout(reg) * md5, options(nomem, nostack, preserves_flags))
    };
}

/// The state of SHA-512 between rounds.
#[derive(Clone, Copy)]
pub(super) struct State {
    /// `e` to `h` in the low lanes, `b` to `d` and the one before in the high lanes.
    rows: [__m128i; 4],
    /// In the low lane what the last round added to `d`; `a` is made of it.
    added: __m128i,
    /// Masks of the lanes. The compiler must not know them: it would replace one masked operation by two others.
    low: u8,
    high: u8,
}

/// What a round makes of `a`, `b` and `c`.
fn of_high(a: u64, b: u64, c: u64) -> u64 {
    let majority = (a & b) ^ (a & c) ^ (b & c);
    (a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39)).wrapping_add(majority)
}

impl State {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
    pub(super) fn from_words([a, b, c, d, e, f, g, h]: [u64; 8]) -> Self {
        let row = |low: u64, high: u64| _mm_set_epi64x(high.cast_signed(), low.cast_signed());
        let (mut low, mut high) = (1_u8, 2_u8);
        // SAFETY: no instruction at all.
        unsafe {
            asm!("/* {0} {1} */", inout(kreg) low, inout(kreg) high, options(pure, nomem, nostack, preserves_flags))
        };
        let added = row(a.wrapping_sub(of_high(b, c, d)), 0);
        Self { rows: [row(e, b), row(f, c), row(g, d), row(h, 0)], added, low, high }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
    pub(super) fn into_words(self) -> [u64; 8] {
        let low = |row| _mm_cvtsi128_si64(row).cast_unsigned();
        let [e, f, g, h] = self.rows.map(low);
        let [b, c, d, _] = self.rows.map(|row| low(_mm_unpackhi_epi64(row, row)));
        [low(self.added).wrapping_add(of_high(b, c, d)), b, c, d, e, f, g, h]
    }
}

/// One round of SHA-512 for `e`, and the one before for `a`; the low lane of `sum` is the word of the schedule with the
/// constant of the round.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
pub(super) fn round(state: State, sum: __m128i) -> State {
    const XOR: i32 = 0x96;
    const CHOICE: i32 = 0xca;
    const MAJORITY: i32 = 0xe8;
    let State { rows: [eb, fc, gd, h], added, low, high } = state;
    let d = _mm_unpackhi_epi64(gd, gd);
    // What does not wait for the newest row is added first, and what waits longest last.
    let early = pin_vector(_mm_add_epi64(pin_vector(_mm_add_epi64(h, sum)), d));
    let turn = |by_e: i64, by_b: i64| _mm_rorv_epi64(eb, _mm_set_epi64x(by_b, by_e));
    let turned = _mm_ternarylogic_epi64::<XOR>(turn(14, 28), turn(18, 34), turn(41, 39));
    let mixed = _mm_mask_ternarylogic_epi64::<CHOICE>(eb, low, fc, gd);
    let mixed = _mm_mask_ternarylogic_epi64::<MAJORITY>(mixed, high, fc, gd);
    let next = _mm_add_epi64(turned, pin_vector(_mm_add_epi64(mixed, _mm_unpacklo_epi64(early, added))));
    State { rows: [next, eb, fc, gd], added: _mm_sub_epi64(next, d), low, high }
}
