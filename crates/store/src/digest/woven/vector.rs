//! SHA-512 with both chains in vector registers.
#![allow(unsafe_code, reason = "empty asm that keeps the order of operations, and a load by address")]

use std::{arch::asm, arch::x86_64::*};

use super::pin_vector;

/// A number of the schedule, as [`round`] wants it.
///
/// # Safety
/// `at` must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
pub(super) unsafe fn number(at: *const u64) -> __m128i {
    // SAFETY: the caller's; eight bytes are read, whatever their alignment.
    unsafe { _mm_loadl_epi64(at.cast()) }
}

/// Keeps the two digests where they are: neither can be moved across it. It emits nothing.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
pub(super) fn tie(sha512: &mut State, md5: &mut u32) {
    let [.., e, _, _, _] = &mut sha512.0;
    // SAFETY: no instruction at all.
    unsafe { asm!("/* {0} {1:e} */", inout(xmm_reg) * e, inout(reg) * md5, options(nomem, nostack, preserves_flags)) };
}

/// The state of SHA-512 between rounds: `a` to `h` in the low lanes of vectors.
#[derive(Clone, Copy)]
pub(super) struct State([__m128i; 8]);

impl State {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
    pub(super) fn from_words(words: [u64; 8]) -> Self {
        Self(words.map(|word| _mm_cvtsi64_si128(word.cast_signed())))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
    pub(super) fn into_words(self) -> [u64; 8] {
        self.0.map(|word| _mm_cvtsi128_si64(word).cast_unsigned())
    }
}

/// One round of SHA-512; `sum` is the word of the schedule with the constant of the round.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
pub(super) fn round(state: State, sum: __m128i) -> State {
    const XOR: i32 = 0x96;
    const CHOICE: i32 = 0xca;
    const MAJORITY: i32 = 0xe8;
    let State([a, b, c, d, e, f, g, h]) = state;
    // What does not wait for `e` and `a` is added first, and what waits longest last.
    let early = pin_vector(_mm_add_epi64(_mm_add_epi64(h, sum), _mm_ternarylogic_epi64::<CHOICE>(e, f, g)));
    let of_e = _mm_ternarylogic_epi64::<XOR>(_mm_ror_epi64::<14>(e), _mm_ror_epi64::<18>(e), _mm_ror_epi64::<41>(e));
    let of_a = _mm_ternarylogic_epi64::<XOR>(_mm_ror_epi64::<28>(a), _mm_ror_epi64::<34>(a), _mm_ror_epi64::<39>(a));
    let majority = _mm_ternarylogic_epi64::<MAJORITY>(a, b, c);
    let next_e = _mm_add_epi64(pin_vector(_mm_add_epi64(early, d)), of_e);
    let late = pin_vector(_mm_add_epi64(pin_vector(_mm_add_epi64(early, majority)), of_e));
    State([_mm_add_epi64(late, of_a), a, b, c, next_e, e, f, g])
}
