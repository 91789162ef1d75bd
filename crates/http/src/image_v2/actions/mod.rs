//! Taking images out of use and back.

mod deactivate;
mod reactivate;

pub(super) use self::{deactivate::deactivate, reactivate::reactivate};
