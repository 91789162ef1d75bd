//! The bytes of images: in and out.

mod attempt;
mod download;
mod upload;
mod watch;

pub use download::{Download, download};
pub use upload::{UploadRequest, upload};
