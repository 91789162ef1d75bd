//! What of an image its owner may change (Cloud Images, `PATCH /v2/images/{id}`).

use crate::{Error, Result, image::patch::Changes};

/// What properties of the service itself begin with.
const OWN_PREFIX: &str = "com.rackspace";

/// Attributes of the engine that this dialect does not let anybody set: a private image is shared through its guest list,
/// and what the dialect does not show it does not change.
const NOT_HERE: [&str; 3] = ["visibility", "owner", "os_hidden"];

/// Refuses changes of what is not a customer's to change.
///
/// # Errors
/// Forbidden.
pub fn check(changes: &Changes) -> Result<()> {
    match changes.names().find(|name| NOT_HERE.contains(name) || is_own(name)) {
        Some(name) => Err(Error::forbidden(format!("Attribute '{name}' is read-only."))),
        None => Ok(()),
    }
}

/// Whether a property is the service's own.
fn is_own(name: &str) -> bool {
    name.get(..OWN_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN_PREFIX))
}
