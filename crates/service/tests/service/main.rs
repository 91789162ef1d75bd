//! The use cases on a real catalog and a real file store, both made for each test.
//!
//! The catalog is SQLite, or what `SALON_TEST_DATABASE` names: all of this runs on each of the three.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod bots;
mod cancel;
mod check;
mod copies;
mod images;
mod jobs;
mod messages;
mod people;
mod restart;
mod rooms;
mod sharing;
mod uploads;
mod world;
