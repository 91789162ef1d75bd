//! Authorisation: oslo.policy's rule language, Glance's rules and defaults, and the decisions made with them.

use crate::{
    Caller, Permitted, Result,
    image::{ImageView, actions::ImageAction},
};

/// The rules in force: defaults overlaid with the operator's files. Immutable; replaced whole on reload.
#[derive(Debug)]
pub struct Policy {}

impl Policy {
    /// Proves that `caller` may do `A` with the image, or answers as an observer may be answered:
    /// not found when the image is invisible to the caller, forbidden otherwise.
    pub fn permit<A: ImageAction>(&self, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, A>> {
        let _ = (caller, view);
        todo!()
    }
}
