//! Messages in chat rooms. They are written by webhooks and bots; here they are read.

mod list;

pub(super) use list::list;
