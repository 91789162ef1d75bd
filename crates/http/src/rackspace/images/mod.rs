//! Image records.

mod delete;
mod list;
mod patch;
mod show;

pub(super) use self::{delete::delete, list::list, patch::patch, show::show};
