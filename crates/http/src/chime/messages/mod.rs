//! Operations on messages.

mod redact;
mod redact_conversation;

pub(super) use self::{redact::redact, redact_conversation::redact_conversation};
