//! Authorisation: oslo.policy's rule language, Glance's rules and defaults, and the decisions made with them.

mod compile;
pub mod expression;
mod load;
pub mod rules;
mod target;

pub(crate) use target::ImageTarget;
pub use target::Target;
#[cfg(test)]
mod tests;

use crate::{
    Caller, Error, ImageId, Permitted, ProjectId, Result, Viewer,
    image::{
        Image, ImageView, Visibility,
        actions::{Action, Create, ImageAction},
        attribute,
        protection::{PropertyAction, Protections},
    },
};

/// The rules in force: defaults overlaid with the operator's files. Immutable; replaced whole on reload.
#[derive(Debug)]
pub struct Policy {
    program: compile::Program,
    strict: bool,
    warnings: Vec<String>,
    protections: Option<Protections>,
}

impl Policy {
    /// Glance's defaults, new style.
    pub fn defaults() -> Self {
        // The registry is a constant that a test loads; should it ever be broken, nothing is allowed.
        Self::load(&[], true).unwrap_or_else(|_| Self {
            program: compile::Program::nothing(),
            strict: true,
            warnings: Vec::new(),
            protections: None,
        })
    }

    /// Overlays the defaults with the operator's files, given as (name, text), later ones winning.
    ///
    /// Files are YAML or JSON maps from rule names to expressions. With `enforce_new_defaults` off, the default of a
    /// rule that no file sets also holds when its legacy default does, and Glance's fixed ownership checks of that
    /// time apply.
    ///
    /// # Errors
    /// Invalid, with words for the operator, naming file and rule: a file that is not such a map, an expression that
    /// cannot be read, a name that is neither a rule of this server nor used by another rule, a reference to a rule
    /// that does not exist, references in a circle, remote checks.
    pub fn load(texts: &[(&str, &str)], enforce_new_defaults: bool) -> Result<Self> {
        Self::load_with(texts, enforce_new_defaults, None)
    }

    /// As [`Policy::load`], with protections of custom properties, whose rules the files may define.
    ///
    /// # Errors
    /// As [`Policy::load`]; and Invalid for a protection that refers to a rule that does not exist.
    pub fn load_with(
        texts: &[(&str, &str)],
        enforce_new_defaults: bool,
        protections: Option<Protections>,
    ) -> Result<Self> {
        let used = protections.as_ref().map_or_else(Vec::new, Protections::rules);
        let (program, warnings) = load::load(texts, enforce_new_defaults, &used)?;
        Ok(Self { program, strict: enforce_new_defaults, warnings, protections })
    }

    /// Whether the caller may do `action` with the custom property `name`; always, without protections.
    pub fn allows_property(&self, caller: &Caller, action: PropertyAction, name: &str) -> bool {
        self.protections.as_ref().is_none_or(|protections| protections.allow(action, name, caller, self))
    }

    /// The image as the caller may see it: without the custom properties that are not the caller's to read.
    #[must_use]
    pub fn shown(&self, caller: &Caller, mut image: Image) -> Image {
        if self.protections.is_some() {
            image.properties.retain(|name, _| self.allows_property(caller, PropertyAction::Read, name));
        }
        image
    }

    /// What the operator should know about the files although they were accepted.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether the caller is an administrator (`context_is_admin`).
    pub fn is_admin(&self, caller: &Caller) -> bool {
        // Every rule is for project scope only; oslo.policy 6 cannot be told otherwise.
        caller.project().is_some() && self.program.is_admin(caller)
    }

    /// Whether `rule` holds for the caller on `target`; an unknown rule never does, nor any rule without project scope.
    pub fn allows(&self, caller: &Caller, rule: &str, target: &dyn Target) -> bool {
        caller.project().is_some() && self.program.holds(rule, caller, target)
    }

    /// [`Policy::allows`] as a result, for rules about no particular thing.
    ///
    /// # Errors
    /// Forbidden.
    pub fn require(&self, caller: &Caller, rule: &str, target: &dyn Target) -> Result<()> {
        if self.allows(caller, rule, target) { Ok(()) } else { Err(refused(rule)) }
    }

    /// Whether the image is there at all for the caller.
    pub fn can_see(&self, caller: &Caller, view: &ImageView) -> bool {
        self.reaches(caller, view) && self.allows(caller, "get_image", &ImageTarget::of(view, caller))
    }

    /// Whether the image's visibility lets the caller reach it by id, before any rule.
    pub(crate) fn reaches(&self, caller: &Caller, view: &ImageView) -> bool {
        let image = &view.image;
        let open = match image.visibility {
            Visibility::Public | Visibility::Community => true,
            Visibility::Shared | Visibility::Private => image.owner.is_none(),
        };
        if open {
            return true;
        }
        let Some(project) = caller.project() else { return false };
        image.owner.as_ref() == Some(project)
            || (image.visibility == Visibility::Shared
                && view.membership.as_ref().is_some_and(|membership| membership.member == project.as_str()))
            || self.is_admin(caller)
    }

    /// Whether the image is the caller's project's own.
    pub(crate) fn owns(caller: &Caller, owner: Option<&ProjectId>) -> bool {
        owner.is_some() && owner == caller.project()
    }

    /// Whether the legacy ownership checks apply.
    pub(crate) fn is_legacy(&self) -> bool {
        !self.strict
    }

    /// Proves that `caller` may do `A` with the image, or answers as an observer may be answered:
    /// not found when the image is invisible to the caller, forbidden otherwise.
    ///
    /// # Errors
    /// NotFound, Forbidden.
    pub fn permit<A: ImageAction>(&self, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, A>> {
        self.check(caller, &view, A::RULE, A::CHANGES)?;
        Ok(Permitted::granted(view))
    }

    fn check(&self, caller: &Caller, view: &ImageView, rule: &str, changes: bool) -> Result<()> {
        let absent = || image_absent(&view.image.id);
        if !self.reaches(caller, view) {
            return Err(absent());
        }
        let target = ImageTarget::of(view, caller);
        let seen = || self.allows(caller, "get_image", &target);
        if !self.allows(caller, rule, &target) {
            return Err(if rule != "get_image" && seen() { refused(rule) } else { absent() });
        }
        // No rule lets a project that is neither owner nor administrator change an image: as in Glance's database layer.
        if changes && !Self::owns(caller, view.image.owner.as_ref()) && !self.is_admin(caller) {
            return Err(if seen() { Error::forbidden("You do not own this image") } else { absent() });
        }
        Ok(())
    }

    /// Proves that the caller may create this image: owner and visibility included.
    ///
    /// # Errors
    /// Forbidden.
    pub fn permit_create(&self, caller: &Caller, image: Image) -> Result<Permitted<Image, Create>> {
        let target = ImageTarget::new(&image);
        let own = image.owner.as_ref() == caller.project();
        let foreign = || {
            let owner = image.owner.as_ref().map_or("None", ProjectId::as_str);
            Error::forbidden(format!("You are not permitted to create images owned by '{owner}'"))
        };
        if !self.allows(caller, Create::RULE, &target) {
            return Err(if own { refused(Create::RULE) } else { foreign() });
        }
        if self.is_legacy() && !own && !self.is_admin(caller) {
            return Err(foreign());
        }
        self.check_visibility(caller, &target, image.visibility)?;
        for name in image.properties.keys() {
            if !self.allows_property(caller, PropertyAction::Create, name) {
                return Err(attribute::reserved(name));
            }
        }
        Ok(Permitted::granted(image))
    }

    /// Whether an image may get `visibility` from the caller.
    pub(crate) fn check_visibility(
        &self,
        caller: &Caller,
        target: &ImageTarget<'_>,
        visibility: Visibility,
    ) -> Result<()> {
        match visibility {
            Visibility::Public => self.require(caller, "publicize_image", target),
            Visibility::Community => self.require(caller, "communitize_image", target),
            Visibility::Shared | Visibility::Private => Ok(()),
        }
    }

    /// Whose eyes a list is seen with. Each image of the list is still to be shown to [`Policy::can_see`].
    ///
    /// # Errors
    /// Forbidden when `get_images` fails.
    pub fn permit_list(&self, caller: &Caller) -> Result<Viewer> {
        let project = caller.project().ok_or_else(|| refused("get_images"))?;
        self.require(caller, "get_images", &[("project_id", project.as_str())])?;
        Ok(Viewer { project: Some(project.clone()), admin: self.is_admin(caller) })
    }
}

/// What a caller who may know of the thing reads when `rule` fails.
pub(crate) fn refused(rule: &str) -> Error {
    Error::forbidden(format!("You are not authorized to complete {rule} action."))
}

/// What everybody reads about an image that is absent or invisible: always the same words.
pub fn image_absent(id: &ImageId) -> Error {
    Error::not_found(format!("No image found with ID {id}"))
}
