//! The bytes of images.

mod download;
pub(super) mod range;
mod upload;

pub(super) use self::{download::download, upload::upload};
