//! The bytes of images: in and out.

mod attempt;
mod copy;
mod download;
mod upload;
mod watch;
mod whole;

pub(crate) use copy::copy;
pub use download::{Data, Download, download, read};
pub(crate) use upload::upload_checked;
pub use upload::{UploadRequest, upload};
pub use whole::Whole;
