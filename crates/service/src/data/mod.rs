//! The bytes of images: in and out.

mod download;
mod key;
mod upload;

pub use download::{Download, download};
pub use key::{parse_key, upload_key};
pub use upload::{UploadRequest, upload};
