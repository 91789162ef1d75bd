//! Tasks: imports and exports that are asked for, done in the background, and looked after (Cloud Images, tasks).

mod input;
mod permit;
mod query;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::{
    input::{Export, Import, Input},
    permit::{CreateTask, New, absent, create, list, show},
    query::TaskQuery,
};
use crate::{
    Caller, Error, ImageId, ProjectId, Scope, Timestamp, UserId,
    image::{Image, Visibility, draft::Draft},
};

/// How long the record of a task that has ended is kept.
pub const KEPT: Duration = Duration::from_secs(48 * 3600);

/// The id of a task: a UUID in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(String);

impl TaskId {
    /// Reads an id from the wire; `None` when no task has such an id.
    pub fn parse(text: &str) -> Option<Self> {
        // Of the same shape as an image's.
        let shaped = ImageId::parse(text).is_some() && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        shaped.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The text on the wire and in the catalog.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Reads the text on the wire and in the catalog.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    )*};
}

words! {
    /// What is done.
    TaskKind {
        /// An object becomes an image.
        Import = "import",
        /// An image becomes an object.
        Export = "export",
    }
    /// How far it is.
    TaskStatus {
        /// Waits for its turn.
        Pending = "pending",
        /// Is being done.
        Processing = "processing",
        /// Has ended well.
        Success = "success",
        /// Has ended, and there is nothing of it.
        Failure = "failure",
    }
}

impl TaskStatus {
    /// Whether there is nothing left to do.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Success | Self::Failure)
    }
}

/// Who asked for it, as the work in the background acts: with the roles of that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    user_id: String,
    user_domain_id: Option<String>,
    project_id: String,
    project_domain_id: Option<String>,
    roles: Vec<String>,
    is_admin_project: bool,
    /// The request under which it was asked for.
    pub request_id: String,
}

impl Author {
    /// The caller of a request; `None` without a project.
    pub fn of(caller: &Caller, request_id: &str) -> Option<Self> {
        Some(Self {
            user_id: caller.user_id.as_str().to_owned(),
            user_domain_id: caller.user_domain_id.clone(),
            project_id: caller.project()?.as_str().to_owned(),
            project_domain_id: caller.project_domain_id.clone(),
            roles: caller.roles.clone(),
            is_admin_project: caller.is_admin_project,
            request_id: request_id.to_owned(),
        })
    }

    /// The caller again.
    pub fn caller(&self) -> Caller {
        Caller {
            user_id: UserId::new(self.user_id.clone()),
            user_name: None,
            user_domain_id: self.user_domain_id.clone(),
            scope: Scope::Project(ProjectId::new(self.project_id.clone())),
            project_domain_id: self.project_domain_id.clone(),
            roles: self.roles.clone(),
            service_roles: Vec::new(),
            is_admin_project: self.is_admin_project,
        }
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What is done.
    pub kind: TaskKind,
    /// How far it is.
    pub status: TaskStatus,
    /// For whom.
    pub owner: ProjectId,
    /// With what, as the client said it.
    pub input: Value,
    /// What came of it.
    pub result: Option<Value>,
    /// What is to be said about it.
    pub message: Option<String>,
    /// The id that an import gives its image, chosen with the task: however often the work is begun, it is one image.
    pub image_id: ImageId,
    /// Who asked for it.
    pub author: Author,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
    /// When the record goes; only when it has ended.
    pub expires_at: Option<Timestamp>,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Well, with this result.
    Success(Value),
    /// Not, for this reason.
    Failure(String),
}

/// What an import makes: a private image of the formats that images have on that cloud.
pub fn import_draft(id: &ImageId, name: Option<String>) -> Draft {
    Draft {
        id: Some(id.clone()),
        owner: None,
        name,
        visibility: Visibility::Private,
        hidden: false,
        protected: false,
        disk_format: Some("vhd".to_owned()),
        container_format: Some("ovf".to_owned()),
        min_disk: 0,
        min_ram: 0,
        tags: BTreeSet::new(),
        properties: BTreeMap::new(),
    }
}

/// The name of an export's object.
pub fn object_name(image: &ImageId) -> String {
    format!("{image}.vhd")
}

/// Whether an image may be exported: the caller's own, complete, a VHD, and without licences of others.
///
/// # Errors
/// Forbidden or Conflict, with the words for the task's message.
pub fn check_export(caller: &Caller, image: &Image) -> crate::Result<()> {
    if image.owner.is_none() || image.owner.as_ref() != caller.project() {
        return Err(Error::forbidden(format!("Image {} is not owned by this account.", image.id)));
    }
    if image.status != crate::image::Status::Active || image.location.is_none() {
        return Err(Error::conflict(format!("Image {} is {}, not active.", image.id, image.status.as_str())));
    }
    if image.disk_format.as_deref() != Some("vhd") {
        return Err(Error::conflict(format!("Image {} is no VHD, and images are not converted.", image.id)));
    }
    let licensed = |name: &str, free: &str| image.properties.get(name).is_some_and(|value| value.trim() != free);
    let os = |name: &str| image.properties.get(name).map(|value| value.trim().to_lowercase());
    let bound = licensed("com.rackspace__1__options", "0")
        || licensed("rax_options", "0")
        || os("os_type").as_deref() == Some("windows")
        || ["os_distro", "org.openstack__1__os_distro"].iter().any(|name| {
            os(name).is_some_and(|distro| {
                ["rhel", "redhat", "red hat", "windows", "com.redhat", "com.microsoft"]
                    .iter()
                    .any(|word| distro.starts_with(word))
            })
        });
    if bound {
        return Err(Error::forbidden(format!("Image {} has a licensed operating system and stays here.", image.id)));
    }
    Ok(())
}
