//! The use cases on a real catalog (SQLite) and a real file store, both in a directory of their own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod cancel;
mod check;
mod images;
mod jobs;
mod restart;
mod sharing;
mod uploads;
mod world;
