//! The bytes of images.

mod download;
mod range;
mod upload;

pub(super) use self::{download::download, upload::upload};
