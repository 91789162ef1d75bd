//! Use cases: one function per thing a caller can do, whatever dialect it speaks.
//!
//! This is the only place where metadata, bytes and events meet. Every function has the same walk: load, let
//! `salon-core` decide on plain values, write in one transaction, answer. No rule of authorisation or of the
//! protocols lives here, and no SQL and no HTTP.

pub mod accounts;
mod background;
pub mod bots;
mod context;
pub mod data;
pub mod images;
pub mod maintenance;
pub mod messages;
pub mod people;
pub mod rackspace;
mod retry;
pub mod rooms;
mod service;
pub mod sharing;
mod slots;
mod stripes;
pub mod tasks;
pub mod v1;
pub mod webhooks;

pub use context::Ctx;
pub use service::{Messages, Parts, Retention, Service, Settings};
