//! Image records.

mod create;
mod delete;
mod list;
mod patch;
mod show;

pub(crate) use self::list::parameters;
pub(super) use self::{create::create, delete::delete, list::list, patch::patch, show::show};
