//! Requests to URLs that a client or an administrator gave this server.
//!
//! Such a URL is a way to make the server talk to whom its author cannot reach: to its own loopback interface, to the
//! machines beside it, to the metadata service of its cloud. [`Guard`] is the only way out for them. It parses a URL
//! itself, resolves names itself, and connects to nothing but the addresses it has checked, at every hop anew.
//!
//! What a client reads of a failure never depends on what is behind a URL; the operator's log tells all of it.

mod address;
mod body;
mod error;
mod guard;
mod options;
mod resolve;
mod target;

pub use address::special;
pub use body::Body;
pub use error::{Failure, Reason};
pub use guard::{Answer, Fetched, Guard, Post};
pub use options::{Options, Scheme};
pub use resolve::{Resolve, SystemResolver};
pub use target::Target;
