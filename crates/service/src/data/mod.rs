//! The bytes of images: in and out.

mod attempt;
mod copy;
mod download;
mod upload;
mod watch;

pub(crate) use copy::copy;
pub use download::{Download, download};
pub(crate) use upload::upload_checked;
pub use upload::{UploadRequest, upload};
