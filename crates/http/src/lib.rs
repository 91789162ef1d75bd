//! Wire dialects, one folder each, over one HTTP kit.
//!
//! A dialect parses a request into a named operation, calls one function of the service, and renders the answer.
//! No rule lives here. Listening, limits, time-outs, request ids, the access log, metrics and the sending of blobs
//! are the [`kit`]'s, written once under all dialects.

pub mod chime;
pub mod description;
pub mod identity;
pub mod identity_v2;
pub mod image_v1;
pub mod image_v2;
pub mod kit;
pub mod rackspace;
pub mod sharing;
pub mod versions;
pub mod webhook;
