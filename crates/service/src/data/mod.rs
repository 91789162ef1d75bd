//! The bytes of images: in and out.

mod attempt;
mod download;
mod upload;
mod watch;

pub use download::{Download, download};
pub(crate) use upload::upload_checked;
pub use upload::{UploadRequest, upload};
