//! SHA-512 with one chain in vector registers, one in the others.
#![allow(unsafe_code, reason = "empty asm that keeps the order of operations, and a load by address")]

use std::{arch::asm, arch::x86_64::*};

use super::{pin, pin_vector};

/// A number of the schedule, as [`round`] wants it.
///
/// # Safety
/// `at` must be readable.
#[inline(always)]
pub(super) unsafe fn number(at: *const u64) -> u64 {
    // SAFETY: the caller's.
    unsafe { *at }
}

/// Keeps the two digests where they are: neither can be moved across it. It emits nothing.
#[inline(always)]
pub(super) fn tie(sha512: &mut State, md5: &mut u32) {
    // SAFETY: no instruction at all.
    unsafe {
        asm!("/* {0} {1:e} */", inout(reg) sha512.e_to_h[0], inout(reg) *md5, options(nomem, nostack, preserves_flags))
    };
}

/// The state of SHA-512 between rounds: `a`, `b`, `c` in the low lanes of vectors, `d`, and `e` to `h`. A value enters a
/// half of the core rounds before it is late, so the way between the halves costs nothing.
#[derive(Clone, Copy)]
pub(super) struct State {
    a_to_c: [__m128i; 3],
    d: u64,
    e_to_h: [u64; 4],
}

impl State {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
    pub(super) fn from_words([a, b, c, d, e, f, g, h]: [u64; 8]) -> Self {
        let vector = |value: u64| _mm_cvtsi64_si128(value.cast_signed());
        Self { a_to_c: [vector(a), vector(b), vector(c)], d, e_to_h: [e, f, g, h] }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
    pub(super) fn into_words(self) -> [u64; 8] {
        let [a, b, c] = self.a_to_c.map(|value| _mm_cvtsi128_si64(value).cast_unsigned());
        let [e, f, g, h] = self.e_to_h;
        [a, b, c, self.d, e, f, g, h]
    }
}

/// One round of SHA-512; `sum` is the word of the schedule with the constant of the round.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx2,bmi1,bmi2")]
pub(super) fn round(state: State, sum: u64) -> State {
    const XOR: i32 = 0x96;
    const MAJORITY: i32 = 0xe8;
    let ([a, b, c], [e, f, g, h]) = (state.a_to_c, state.e_to_h);
    let of_a = _mm_ternarylogic_epi64::<XOR>(_mm_ror_epi64::<28>(a), _mm_ror_epi64::<34>(a), _mm_ror_epi64::<39>(a));
    let majority = _mm_ternarylogic_epi64::<MAJORITY>(a, b, c);
    let of_e = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
    // What does not wait for `e` and `a` is added first, and what waits longest last. The halves of the choice have no bit
    // in common.
    let early = pin(h.wrapping_add(sum));
    let early = pin(pin(early.wrapping_add(e & f)).wrapping_add(!e & g));
    let first = pin(early.wrapping_add(of_e));
    let next_e = state.d.wrapping_add(first);
    let late = pin_vector(_mm_add_epi64(_mm_cvtsi64_si128(first.cast_signed()), majority));
    State {
        a_to_c: [_mm_add_epi64(late, of_a), a, b],
        d: _mm_cvtsi128_si64(c).cast_unsigned(),
        e_to_h: [next_e, e, f, g],
    }
}
