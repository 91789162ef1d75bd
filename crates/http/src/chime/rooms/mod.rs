//! Operations on rooms.

mod create;
mod delete;
mod list;
mod show;
mod update;
mod wire;

pub(super) use self::{create::create, delete::delete, list::list, show::show, update::update};
