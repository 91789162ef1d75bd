//! Shows the corpus and mutations of it to every target: the short form of fuzzing. The long form is `fuzz/run`.
//!
//! `SALON_SEED` and `SALON_PROOF=long` choose other and more mutations.

#![expect(clippy::print_stdout, clippy::panic, reason = "a test tells its counts, and fails by panicking")]

use std::{fs, panic, path::Path, time::Instant};

use salon_fuzz::{
    TARGETS, Target,
    mutate::{Numbers, mutated},
};

/// Mutations of one target.
const SHORT: u64 = 1000;
const LONG: u64 = 100_000;

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))).collect()
}

/// Runs one input; what makes the target panic is kept, so that it can become part of the corpus.
fn try_one(target: &Target, input: &[u8], what: &str) -> bool {
    if panic::catch_unwind(|| (target.run)(input)).is_ok() {
        return true;
    }
    let name = input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("found").join(target.name);
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let file = folder.join(format!("found-{name:016x}"));
    fs::write(&file, input).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    println!("{}: {what} fails, kept as {}: {:?}", target.name, file.display(), String::from_utf8_lossy(input));
    false
}

#[test]
fn every_target_bears_its_corpus_and_mutations_of_it() {
    let seed: u64 = std::env::var("SALON_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mutations = if std::env::var("SALON_PROOF").is_ok_and(|form| form == "long") { LONG } else { SHORT };
    let (mut inputs, mut failed) = (0, Vec::new());
    let began = Instant::now();
    for (at, target) in TARGETS.iter().enumerate() {
        let corpus = corpus(target);
        assert!(corpus.len() >= 3, "{} has hardly a corpus", target.name);
        inputs += corpus.len();
        let mut bears = corpus.iter().all(|input| try_one(target, input, "an input of the corpus"));
        let mut numbers = Numbers::new(seed.wrapping_mul(1000).wrapping_add(at as u64));
        for number in 0..mutations {
            bears =
                bears && try_one(target, &mutated(&corpus, target.words, &mut numbers), &format!("mutation {number}"));
        }
        if !bears {
            failed.push(target.name);
        }
    }
    println!(
        "fuzz: seed {seed}, {} targets, {inputs} inputs, {} mutations, {} failing, {} s",
        TARGETS.len(),
        mutations * TARGETS.len() as u64,
        failed.len(),
        began.elapsed().as_secs()
    );
    assert!(failed.is_empty(), "{failed:?}");
}

/// The corpus has a folder for each target and no others: a target that is renamed takes its inputs along.
#[test]
fn the_corpus_belongs_to_the_targets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut found: Vec<String> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let mut wanted: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}
