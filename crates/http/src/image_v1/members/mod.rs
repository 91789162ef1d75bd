//! Members.

pub(super) mod body;
mod delete;
mod list;
mod memberships;
mod put;
mod replace;
mod show;

pub(super) use self::{delete::delete, list::list, memberships::memberships, put::put, replace::replace, show::show};
