//! Operations on accounts.

mod create;
mod delegates;
mod delete;
mod list;
mod retention;
mod settings;
mod show;
mod update;
mod wire;

pub(super) use self::{
    create::create, delegates::add_delegates, delegates::remove_delegates, delete::delete, list::list,
    retention::retention, retention::set_retention, settings::set_settings, settings::settings, show::show,
    update::update, wire::license,
};
