//! Tags, one at a time.

mod add;
mod remove;

pub(super) use self::{add::add, remove::remove};
