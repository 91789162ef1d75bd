//! Image records.

mod create;
mod delete;
mod list;
mod patch;
mod show;

pub(super) use self::{create::create, delete::delete, list::list, patch::patch, show::show};

/// A guess at the size of one image in JSON, in bytes.
pub(crate) const IMAGE_ROOM: usize = 1024;
