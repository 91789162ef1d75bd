//! Tasks: imports of objects as images, exports of images as objects.
//!
//! Asking for one writes a record and a durable job; the job does the work by the same use cases as everybody, acting as
//! the caller who asked, and records how it ended.

mod create;
mod export;
mod import;
mod look;
mod work;

pub use create::create;
pub use look::{Page, container, list, show};
pub(crate) use work::perform;

use salon_core::{Error, Result};
use salon_store::Containers;

use crate::Service;

/// The containers, where this node has them.
fn containers(service: &Service) -> Result<&Containers> {
    let containers = service.settings().containers.as_ref();
    containers.ok_or_else(|| Error::unsupported("This server keeps no containers."))
}
