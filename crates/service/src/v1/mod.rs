//! Use cases of the Image API v1, where they are others than v2's. They act on the same images, guest lists and bytes.

mod delete;
mod external;
mod fields;
mod list;
mod members;
mod read;

pub use delete::delete;
pub use fields::{NewData, Source, create, update};
pub use list::list;
pub use members::{grant, member, members, memberships_of, replace, revoke};
pub use read::read;
