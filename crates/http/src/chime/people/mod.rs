//! Operations on people, whom the wire calls users.

mod batch;
mod create;
mod invite;
mod list;
mod log_out;
mod pin;
mod settings;
mod show;
mod update;
mod wire;

pub(super) use self::{
    batch::suspend, batch::unsuspend, batch::update_many, create::create, invite::invite, list::list, log_out::log_out,
    pin::reset_pin, settings::set_settings, settings::settings, show::show, update::update,
};
