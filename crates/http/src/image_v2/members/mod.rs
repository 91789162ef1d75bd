//! Guest lists of images.

mod create;
mod delete;
mod list;
mod show;
mod update;

use salon_core::{Error, Result, membership::MemberName};

pub(super) use self::{create::create, delete::delete, list::list, show::show, update::update};
pub(crate) use self::{create::member_in, update::status_in};
use crate::image_v2::Call;

/// The member the path names. A text that cannot be a member's name names none.
pub(crate) fn named(call: &Call) -> Result<MemberName> {
    let text = call.params.get("member_id");
    MemberName::parse(text).map_err(|error| {
        let image = call.params.get("image_id");
        Error::not_found(format!("{text} not found in the member list of the image {image}.")).with_source(error)
    })
}
