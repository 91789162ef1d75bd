//! Use cases of Rackspace Cloud Images, where they are others than the Image API's. They act on the same images, guest
//! lists and bytes.

mod images;
mod members;

pub use images::{add_tag, delete, list, patch, remove_tag, show};
pub use members::{invite, member, members, respond, revoke};
