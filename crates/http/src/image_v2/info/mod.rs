//! What a site offers.

mod import_methods;
mod stores;

pub(super) use self::{import_methods::import_methods, stores::stores};
