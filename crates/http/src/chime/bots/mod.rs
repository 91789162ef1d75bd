//! Operations on bots.

mod create;
mod events;
mod list;
mod show;
mod token;
mod update;
mod wire;

pub(super) use self::{
    create::create, events::delete_events, events::events, events::set_events, list::list, show::show,
    token::regenerate_token, update::update,
};
