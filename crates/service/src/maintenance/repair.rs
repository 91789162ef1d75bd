//! Putting right what a check found: planned first, done only when somebody agreed.

use std::{fmt, time::Duration};

use salon_core::{Caller, ImageId, ProjectId, Result, Scope, Timestamp, UserId};
use salon_store::Key;

use crate::{
    Ctx, Service, images,
    maintenance::{
        Finding,
        check::{changed, in_use, is_own},
    },
};

/// Objects younger than this are left alone: an upload that this server does not know of may be writing them.
pub const GRACE: Duration = Duration::from_secs(3600);

/// One step of a repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Take an image out of use whose data is missing or damaged, so that nobody is served wrong bytes. The record
    /// stays, for its owner to see and delete.
    Deactivate {
        /// The image.
        image: ImageId,
        /// What is wrong with it.
        reason: String,
    },
    /// Remove an object that no image has.
    Remove {
        /// The image it was written for.
        image: ImageId,
        /// Its key.
        key: Key,
        /// Bytes.
        size: u64,
    },
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deactivate { image, reason } => write!(f, "deactivate image {image} ({reason})"),
            Self::Remove { key, size, .. } => write!(f, "remove object {key} ({size} bytes)"),
        }
    }
}

/// What a repair would do about `finding`; `None` when it is not this server's to repair: foreign objects and stores,
/// and objects younger than [`GRACE`].
pub fn plan(finding: &Finding, now: Timestamp) -> Option<Action> {
    match finding {
        Finding::Missing { image, .. }
        | Finding::WrongSize { image, .. }
        | Finding::WrongDigest { image, .. }
        | Finding::Unreadable { image } => {
            Some(Action::Deactivate { image: image.clone(), reason: finding.to_string() })
        }
        Finding::Orphan { image, key, size, modified } => {
            let old = modified.plus(GRACE) <= now;
            (old && is_own(key)).then(|| Action::Remove { image: image.clone(), key: key.clone(), size: *size })
        }
        Finding::UnknownStore { .. } | Finding::Foreign { .. } => None,
    }
}

/// Does one step, after making sure that what it was planned on is still so.
///
/// # Errors
/// Conflict when it is not; what deactivating and removing answer.
pub async fn apply(service: &Service, request_id: &str, action: &Action) -> Result<()> {
    match action {
        Action::Deactivate { image, reason } => {
            images::deactivate(service, &operator(request_id), image).await?;
            tracing::warn!(image = %image, reason, "image deactivated by repair");
        }
        Action::Remove { image, key, size } => {
            if !is_own(key) || in_use(service, image, key).await? {
                return Err(changed(key));
            }
            service.store().delete(key).await?;
            tracing::warn!(image = %image, key = %key, size, "orphaned object removed by repair");
        }
    }
    Ok(())
}

/// The operator at the console: an administrator, named in history and events.
fn operator(request_id: &str) -> Ctx {
    let caller = Caller {
        user_id: UserId::new("salon-repair"),
        user_name: None,
        user_domain_id: None,
        scope: Scope::Project(ProjectId::new("salon-repair")),
        project_domain_id: None,
        roles: ["admin", "member", "reader"].map(str::to_owned).to_vec(),
        service_roles: Vec::new(),
        is_admin_project: true,
    };
    Ctx::new(caller, request_id)
}
