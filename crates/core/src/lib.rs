//! Nouns and rules of Salon: images, chat accounts, membership, callers, the policy language, patches and filters.
//!
//! Everything here is a pure function of plain values: no I/O, no async, no clock, no randomness.
//! The layers above load values, ask this crate, and write what it answers.

pub mod account;
pub mod bot;
pub mod caller;
pub mod error;
pub mod event;
pub mod id;
pub mod image;
pub mod limits;
pub mod membership;
pub mod message;
pub mod network;
pub mod pace;
pub mod permitted;
pub mod policy;
pub mod rate;
pub mod room;
pub mod task;
pub mod time;

#[cfg(test)]
mod testing;

pub use caller::{Caller, Scope, Viewer};
pub use error::{Error, Kind, Result};
pub use id::{Entropy, ImageId, ProjectId, UserId};
pub use network::Network;
pub use permitted::Permitted;
pub use time::{Clock, Timestamp};
