//! Authorisation: oslo.policy's rule language, Glance's rules and defaults, and the decisions made with them.

use crate::{
    Caller, Permitted, Result,
    image::{
        Image, ImageView,
        actions::{Create, ImageAction},
        list::Viewer,
    },
};

/// What a rule is evaluated against: attributes by name.
pub trait Target {
    /// Calls `test` with every value of the attribute as text (a list has several), until it answers true.
    /// An absent attribute has none.
    fn any(&self, name: &str, test: &mut dyn FnMut(&str) -> bool) -> bool;
}

/// The rules in force: defaults overlaid with the operator's files. Immutable; replaced whole on reload.
#[derive(Debug)]
pub struct Policy {}

impl Policy {
    /// Glance's defaults, new style.
    pub fn defaults() -> Self {
        todo!()
    }

    /// Overlays the defaults with the operator's files, given as (name, text), later ones winning.
    ///
    /// # Errors
    /// Invalid, with words for the operator, naming file and rule.
    pub fn load(texts: &[(&str, &str)], enforce_new_defaults: bool) -> Result<Self> {
        let _ = (texts, enforce_new_defaults);
        todo!()
    }

    /// Whether the caller is an administrator (`context_is_admin`).
    pub fn is_admin(&self, caller: &Caller) -> bool {
        let _ = caller;
        todo!()
    }

    /// Whether `rule` holds for the caller on `target`; an unknown rule never does.
    pub fn allows(&self, caller: &Caller, rule: &str, target: &dyn Target) -> bool {
        let _ = (caller, rule, target);
        todo!()
    }

    /// Whether the image is there at all for the caller.
    pub fn can_see(&self, caller: &Caller, view: &ImageView) -> bool {
        let _ = (caller, view);
        todo!()
    }

    /// Proves that `caller` may do `A` with the image, or answers as an observer may be answered:
    /// not found when the image is invisible to the caller, forbidden otherwise.
    ///
    /// # Errors
    /// NotFound, Forbidden.
    pub fn permit<A: ImageAction>(&self, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, A>> {
        let _ = (caller, view);
        todo!()
    }

    /// Proves that the caller may create this image: owner and visibility included.
    ///
    /// # Errors
    /// Forbidden.
    pub fn permit_create(&self, caller: &Caller, image: Image) -> Result<Permitted<Image, Create>> {
        let _ = (caller, image);
        todo!()
    }

    /// Whose eyes a list is seen with.
    ///
    /// # Errors
    /// Forbidden when `get_images` fails.
    pub fn permit_list(&self, caller: &Caller) -> Result<Viewer> {
        let _ = caller;
        todo!()
    }
}
