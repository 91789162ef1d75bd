//! Guest lists of images.

mod create;
mod delete;
mod list;
mod show;
mod update;

pub(super) use self::{create::create, delete::delete, list::list, show::show, update::update};
