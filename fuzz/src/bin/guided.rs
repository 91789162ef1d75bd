//! One target under libFuzzer, which is guided by coverage; `SALON_FUZZ_TARGET` names it. `fuzz/run` builds and runs it.

#![no_main]
#![expect(clippy::panic, reason = "a target tells what it found by panicking")]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();

fn chosen() -> fn(&[u8]) {
    let name = std::env::var("SALON_FUZZ_TARGET").unwrap_or_default();
    match salon_fuzz::TARGETS.iter().find(|target| target.name == name) {
        Some(target) => target.run,
        None => panic!("SALON_FUZZ_TARGET names no target: {name:?}"),
    }
}

fuzz_target!(|data: &[u8]| TARGET.get_or_init(chosen)(data));
