//! Imports and exports.

mod create;
mod list;
mod show;

pub(super) use self::{create::create, list::list, show::show};
