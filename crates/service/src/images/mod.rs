//! What callers do with image records.

mod create;
mod delete;
mod list;
mod patch;
mod show;
mod status;
mod tags;

pub use create::create;
pub use delete::delete;
pub use list::{Page, list};
pub use patch::patch;
pub use show::show;
pub use status::{deactivate, reactivate};
pub use tags::{add_tag, remove_tag};
