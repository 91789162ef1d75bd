//! Guest lists: inviting, answering, revoking, looking.
//!
//! The functions here are the front for images. What they call is the same for every shared thing: a rule of
//! `salon-core` that turns a loaded thing into a permission, and one transaction of the catalog's membership engine,
//! which locks the thing, checks that what the permission was computed from still holds, and writes list, history
//! and outbox together.

mod lists;
mod writes;

use salon_core::{Error, ImageId, membership::MemberName};

pub use lists::{list, show, things_of_member};
pub use salon_catalog::members::{Amendment, Invitation};
pub use writes::{amend, invite, replace, respond, revoke};

/// The answer for a membership that is not there, or not the caller's to see.
fn no_member(id: &ImageId, member: &MemberName) -> Error {
    Error::not_found(format!("{} not found in the member list of the image {id}.", member.as_str()))
}
