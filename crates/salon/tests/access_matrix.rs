//! T-A1, T-A4: who may do what. Every route of the image dialects in every form, by every role and relation, about images
//! of every visibility and state; what is expected is stated here, apart from the code under test.
//!
//! Whoever may not see an image must be told what an id that never existed gets: the same status, headers and body. And
//! what was refused must have changed nothing.
//!
//! `SALON_PROOF=long` runs every cell, otherwise a sample that `SALON_SEED` chooses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking and tells its counts"
)]

#[path = "access_matrix/cells.rs"]
mod cells;
#[path = "access_matrix/chat.rs"]
mod chat;
mod common;
#[path = "access_matrix/counts.rs"]
mod counts;
#[path = "access_matrix/directory.rs"]
mod directory;
#[path = "access_matrix/identity.rs"]
mod identity;
#[path = "access_matrix/laws.rs"]
mod laws;
#[path = "access_matrix/laws_chime.rs"]
mod laws_chime;
#[path = "access_matrix/people.rs"]
mod people;
#[path = "access_matrix/rules_chime.rs"]
mod rules_chime;
#[path = "access_matrix/rules_identity.rs"]
mod rules_identity;
#[path = "access_matrix/rules_rackspace.rs"]
mod rules_rackspace;
#[path = "access_matrix/rules_v1.rs"]
mod rules_v1;
#[path = "access_matrix/rules_v2.rs"]
mod rules_v2;
#[path = "access_matrix/run.rs"]
mod run;
#[path = "access_matrix/stage.rs"]
mod stage;
#[path = "access_matrix/timing.rs"]
mod timing;
#[path = "access_matrix/world.rs"]
mod world;

use common::Setup;
use run::Matrix;
use world::World;

/// Nobody is too fast for these tests.
const SETTINGS: &str = "[rackspace]\nenabled = true\nget_per_minute = 0\npost_per_minute = 0\nput_per_minute = 0\n\
    patch_per_minute = 0\ndelete_per_minute = 0\n[image_v1]\nenabled = true\n[chime]\nrequests_per_second = 0\n";

/// Of a thousand cells, those that the short form of the images has,
const SAMPLE: u64 = 300;
/// and that of the same with other callers and policies.
const FEW: u64 = 6;
/// The same of chat,
const CHAT: u64 = 250;
/// and of chat under other policies.
const FEW_CHATS: u64 = 15;
/// The same of identity,
const PEOPLE: u64 = 500;
/// and once more.
const FEW_PEOPLE: u64 = 50;

/// Asks, and finds everything as the rules have it.
fn holds(matrix: &Matrix) {
    let told = matrix.run();
    eprintln!("{}", told.counts);
    assert!(told.wrong.is_empty(), "{} cells are wrong:\n{}", told.wrong.len(), told.wrong.join("\n"));
    assert!(told.spare.is_empty(), "exceptions for nothing: {:#?}", told.spare);
}

#[test]
fn t_a1_every_route_by_everybody_about_everything() {
    holds(&Matrix::new("images", World::of(Setup::config(SETTINGS).start()), SAMPLE));
}

/// And T-H4: with each request comes what a gateway would say of an administrator, and counts for nothing.
#[test]
fn t_a1_the_same_with_tokens_of_a_keystone() {
    let world = World::with_keystone(Setup::config("").start(), SETTINGS);
    holds(&Matrix::new("images with Keystone", world, FEW));
}

/// And T-H4: the same words from a peer that is not listed count for nothing.
#[test]
fn t_a1_the_same_behind_a_gateway() {
    holds(&Matrix::new("images behind a gateway", World::behind_gateway(&laws::DEFAULT, SETTINGS), FEW));
}

#[test]
fn t_a1_the_same_with_product_roles() {
    holds(&Matrix::new("images, product roles", World::behind_gateway(&laws::PRODUCT, SETTINGS), FEW));
}

#[test]
fn t_a1_the_same_under_a_strict_policy() {
    holds(&Matrix::new("images, strict policy", World::behind_gateway(&laws::STRICT, SETTINGS), FEW));
}

#[test]
fn t_a1_the_same_under_a_loose_policy() {
    holds(&Matrix::new("images, loose policy", World::behind_gateway(&laws::LOOSE, SETTINGS), FEW));
}

fn chat_holds(name: &str, law: &laws_chime::Law, sample: u64) {
    let (counts, wrong) = chat::matrix(name, Setup::config(SETTINGS), law, sample);
    eprintln!("{counts}");
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn t_a1_chat_by_everybody_about_everything() {
    chat_holds("Chime and sharing", &laws_chime::DEFAULT, CHAT);
}

#[test]
fn t_a1_chat_under_a_strict_policy() {
    chat_holds("Chime and sharing, strict policy", &laws_chime::STRICT, FEW_CHATS);
}

#[test]
fn t_a1_chat_under_a_loose_policy() {
    chat_holds("Chime and sharing, loose policy", &laws_chime::LOOSE, FEW_CHATS);
}

fn identity_holds(name: &str, setup: Setup, sample: u64) {
    let (counts, wrong) = identity::matrix(name, setup, sample);
    eprintln!("{counts}");
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn t_a1_identity_by_everybody_about_everything() {
    identity_holds("Identity v3 and v2.0", Setup::default(), PEOPLE);
}

/// Whom a policy of images and rooms makes an administrator is none of people and roles.
#[test]
fn t_a1_identity_is_not_the_policys_matter() {
    let setup = Setup { policy: laws_chime::LOOSE.file.to_owned(), ..Setup::default() };
    identity_holds("Identity v3 and v2.0, loose policy", setup, FEW_PEOPLE);
}

/// By time, too, nobody learns whether there is an image. The short form looks at the answers only: how long they take on a
/// busy machine is no verdict.
#[test]
fn t_a4_invisible_takes_as_long_as_absent() {
    let salon = Setup::config(SETTINGS).start();
    let long = common::long();
    for told in timing::compare(&salon, if long { 5_000 } else { 200 }) {
        eprintln!("{}", told.words);
        assert!(!long || told.is_alike(), "it can be told by time: {}", told.words);
    }
}
