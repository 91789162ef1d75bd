//! Inviting to an image that may be private still (Cloud Images).

use salon_core::{
    Permitted, Result, Timestamp,
    event::Actor,
    image::{ImageView, Visibility, actions::Share},
    membership::Membership,
};

use super::{Guarded as _, Invitation, List, find};
use crate::{
    Catalog,
    images::{
        row, still,
        write::{self, Touch},
    },
    sql::{Answer, Tx},
};

impl Catalog {
    /// Adds a member and, in the same transaction, makes a private image a shared one, so that the member has it. A row
    /// that was there while the image was private had no effect: it has one from now on, and is answered as it is.
    ///
    /// # Errors
    /// OverLimit when the list has `quota` members already, Conflict when it is a member with effect already, Stale
    /// when the image's owner or visibility changed or it went away since the permission was given.
    pub async fn share_image(
        &self,
        image: &Permitted<ImageView, Share>,
        invitation: &Invitation,
        quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Membership> {
        let list = List::new(&**image, now, actor);
        let on = Touch::new(&image.image.id, image.basis(), now, actor);
        self.db.write((list, on, invitation.clone(), quota), share).await
    }
}

fn share<'a>(tx: &'a mut Tx, input: &'a (List, Touch, Invitation, Option<u64>)) -> Answer<'a, Membership> {
    let (list, on, invitation, quota) = input;
    Box::pin(async move {
        let before = still(row::lock(tx, on.id.as_str()).await?, &on.basis)?;
        if before.visibility == Visibility::Private {
            write::advance(tx, &before, on, |image| image.visibility = Visibility::Shared).await?;
            if let Some(dormant) = find(tx, &list.thing, invitation.member.as_str()).await? {
                return Ok(dormant);
            }
        }
        let (membership, _) = list.admit(tx, invitation, (*quota).into(), before.created_at).await?;
        Ok(membership)
    })
}
