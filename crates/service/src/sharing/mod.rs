//! Guest lists: inviting, answering, revoking, looking.
//!
//! The functions here are the front for images. What they call is the same for every shared thing: a rule of
//! `salon-core` that turns a loaded thing into a permission, and one transaction of the catalog's membership engine,
//! which locks the thing, checks that what the permission was computed from still holds, and writes list, history
//! and outbox together.

mod lists;
pub(crate) mod walks;
mod writes;

pub(crate) use lists::{LONGEST, everybody};
pub use lists::{list, show};
pub use salon_catalog::members::{Amendment, Invitation};
pub use writes::{invite, respond, revoke};
