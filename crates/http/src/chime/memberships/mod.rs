//! Operations on the members of rooms.

mod create;
mod create_many;
mod delete;
mod list;
mod update;
mod wire;

pub(super) use self::{create::create, create_many::create_many, delete::delete, list::list, update::update};
