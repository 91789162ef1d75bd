//! Putting right what a check found: planned first, done only when somebody agreed.

use std::{fmt, time::Duration};

use salon_catalog::strays::Kind as ChatKind;
use salon_core::{Caller, ImageId, ProjectId, Result, Scope, Timestamp, UserId};
use salon_store::Key;

use crate::{
    Ctx, Service, images,
    maintenance::{
        Finding,
        check::{changed, in_use, is_own},
    },
    messages,
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
    /// Take somebody off the list of a room, since one of the two is not there.
    RemoveMember {
        /// The room.
        room: String,
        /// The person or bot.
        member: String,
    },
    /// Remove the messages of a room that is not there: nobody can read them.
    RemoveMessages {
        /// The room.
        room: String,
    },
    /// Remove a webhook of a room that is not there.
    RemoveWebhook {
        /// The webhook.
        id: String,
    },
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deactivate { image, reason } => write!(f, "deactivate image {image} ({reason})"),
            Self::Remove { key, size, .. } => write!(f, "remove object {key} ({size} bytes)"),
            Self::RemoveMember { room, member } => write!(f, "take member {member} off room {room}"),
            Self::RemoveMessages { room } => write!(f, "remove the messages of room {room}"),
            Self::RemoveWebhook { id } => write!(f, "remove webhook {id}"),
        }
    }
}

/// What a repair would do about `finding`; `None` when it is not this server's to repair: foreign objects and stores,
/// objects younger than [`GRACE`], sums, which the scrub makes anew, and what belongs to an account that is missing: with the
/// account from a backup all of it is good again.
pub fn plan(finding: &Finding, now: Timestamp) -> Option<Action> {
    match finding {
        Finding::Missing { image, .. }
        | Finding::WrongSize { image, .. }
        | Finding::WrongDigest { image, .. }
        | Finding::Damaged { image, .. }
        | Finding::Scrubbed { image, .. }
        | Finding::Unreadable { image } => {
            Some(Action::Deactivate { image: image.clone(), reason: finding.to_string() })
        }
        Finding::Orphan { image, key, size, modified } => {
            let old = modified.plus(GRACE) <= now;
            (old && is_own(key)).then(|| Action::Remove { image: image.clone(), key: key.clone(), size: *size })
        }
        Finding::StrayMember { room, member, .. } => {
            Some(Action::RemoveMember { room: room.clone(), member: member.clone() })
        }
        Finding::StrayMessages { room } => Some(Action::RemoveMessages { room: room.clone() }),
        Finding::Stray { kind: ChatKind::Webhook, id, .. } => Some(Action::RemoveWebhook { id: id.clone() }),
        Finding::Stray { kind: ChatKind::Person | ChatKind::Bot | ChatKind::Room, .. }
        | Finding::UnknownStore { .. }
        | Finding::Foreign { .. }
        | Finding::BadSums { .. } => None,
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
        Action::RemoveMember { room, member } => {
            let actor = operator(request_id).actor();
            if !service.catalog().remove_stray_seat(room, member, service.now(), &actor).await? {
                return Err(changed(action));
            }
            tracing::warn!(room, member, "member taken off a room by repair");
        }
        Action::RemoveMessages { room } => {
            // Nothing goes while the room is there.
            messages::retain::remove(service, room).await?;
            tracing::warn!(room, "messages without a room removed by repair");
        }
        Action::RemoveWebhook { id } => {
            if !service.catalog().remove_stray_webhook(id, service.now()).await? {
                return Err(changed(action));
            }
            tracing::warn!(webhook = id, "webhook without a room removed by repair");
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
