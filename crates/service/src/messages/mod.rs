//! Messages in rooms: what comes in through the URLs of webhooks and bots, what is read and taken back, what bots are
//! told of it, and how it is forgotten.

pub mod admin;
mod log;
mod post;
mod prove;
mod redact;
mod redact_conversation;
pub(crate) mod retain;
pub(crate) mod tell;
pub(crate) mod url;

pub use log::{MAX_PAGE, log};
pub use post::post;
pub use prove::prove;
pub use redact::redact;
pub use redact_conversation::redact_conversation;

use salon_core::{Result, message::absent};

use crate::Service;

/// What the answer about a message that is not there is. There is nothing to be seen of it, which is what whoever takes
/// it back wants; so it is an error only where the operator says so.
///
/// # Errors
/// NotFound, if so configured.
fn unknown(service: &Service, id: &str) -> Result<()> {
    if service.settings().messages.unknown_is_error { Err(absent(id)) } else { Ok(()) }
}
