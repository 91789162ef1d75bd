//! Telling others what happened: today, bots in rooms.
//!
//! Everything here goes out through the guard of `salon-outbound`: somebody gave this server the URLs. What is to be told
//! and when is decided above; here it is only told.

mod bot;

pub use bot::{BotEvents, Outcome, signature};
