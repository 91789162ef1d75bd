//! Writes on images. Each locks the row first, checks what its permission was computed from, and leaves a note in the
//! outbox, all in one transaction.

use salon_core::{
    Error, ImageId, Result, Timestamp,
    event::Actor,
    image::{Image, Location, Status, lifecycle},
};
use serde_json::json;

use super::{row, still};
use crate::{
    jobs,
    members::{self, Basis},
    outbox::{self, Note},
    sql::{Answer, Tx, values},
    uploads,
};

/// Which image, under which permission, when and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    pub(crate) id: ImageId,
    pub(crate) basis: Basis,
    pub(crate) now: Timestamp,
    pub(crate) actor: Actor,
}

impl Touch {
    pub(crate) fn new(id: &ImageId, basis: Basis, now: Timestamp, actor: &Actor) -> Self {
        Self { id: id.clone(), basis, now, actor: actor.clone() }
    }
}

/// An image as the outbox tells of it. Locations are never part of it.
pub(crate) fn told(image: &Image, actor: &Actor) -> Result<String> {
    row::json(&json!({
        "actor": actor,
        "image": {
            "id": image.id,
            "name": image.name,
            "owner": image.owner,
            "status": image.status.as_str(),
            "visibility": image.visibility.as_str(),
            "hidden": image.hidden,
            "protected": image.protected,
            "disk_format": image.disk_format,
            "container_format": image.container_format,
            "min_disk": image.min_disk,
            "min_ram": image.min_ram,
            "size": image.size,
            "virtual_size": image.virtual_size,
            "checksum": image.checksum,
            "created_at": image.created_at.0,
            "updated_at": image.updated_at.0,
            "tags": image.tags,
            "properties": image.properties,
        },
    }))
}

pub(crate) async fn tell(tx: &mut Tx, topic: &str, image: &Image, at: Timestamp, actor: &Actor) -> Result<()> {
    let payload = told(image, actor)?;
    outbox::note(tx, &Note { topic, kind: "image", thing_id: image.id.as_str(), at, payload: &payload }).await
}

pub(crate) fn create<'a>(tx: &'a mut Tx, input: &'a (Image, Actor)) -> Answer<'a, ()> {
    let (image, actor) = input;
    Box::pin(async move {
        let taken = || Error::conflict(format!("Image ID {} already exists!", image.id));
        if !tx.insert("INSERT INTO used_ids (id) VALUES (?)", values![image.id.as_str()]).await? {
            return Err(taken());
        }
        if !row::insert(tx, image).await? {
            return Err(taken());
        }
        tell(tx, "image.create", image, image.created_at, actor).await
    })
}

/// A change that was computed from one revision.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) id: ImageId,
    pub(super) revision: i64,
    pub(super) after: Image,
    pub(super) actor: Actor,
}

pub(super) fn update<'a>(tx: &'a mut Tx, input: &'a Update) -> Answer<'a, Image> {
    Box::pin(async move {
        let before = match row::lock(tx, input.id.as_str()).await? {
            Some(before) if before.revision == input.revision => before,
            Some(_) | None => return Err(Error::stale()),
        };
        let image = Image {
            id: before.id.clone(),
            status: before.status,
            size: before.size,
            virtual_size: before.virtual_size,
            checksum: before.checksum.clone(),
            os_hash_algo: before.os_hash_algo.clone(),
            os_hash_value: before.os_hash_value.clone(),
            location: before.location.clone(),
            created_at: before.created_at,
            updated_at: input.after.updated_at.max(before.created_at),
            revision: before.revision + 1,
            ..input.after.clone()
        };
        row::rewrite(tx, &before, &image).await?;
        tell(tx, "image.update", &image, image.updated_at, &input.actor).await?;
        Ok(image)
    })
}

/// Writes the locked image's next revision.
pub(crate) async fn advance(
    tx: &mut Tx,
    before: &Image,
    on: &Touch,
    change: impl FnOnce(&mut Image) + Send,
) -> Result<Image> {
    let mut image = before.clone();
    change(&mut image);
    image.revision = before.revision + 1;
    image.updated_at = on.now.max(before.created_at);
    row::rewrite(tx, before, &image).await?;
    tell(tx, "image.update", &image, image.updated_at, &on.actor).await?;
    Ok(image)
}

#[derive(Debug)]
pub(super) struct TagChange {
    pub(super) on: Touch,
    pub(super) tag: String,
    pub(super) quota: Option<u64>,
}

pub(super) fn add_tag<'a>(tx: &'a mut Tx, input: &'a TagChange) -> Answer<'a, ()> {
    Box::pin(async move {
        let before = still(row::lock(tx, input.on.id.as_str()).await?, &input.on.basis)?;
        if before.tags.contains(&input.tag) {
            return Ok(());
        }
        let attempted = u64::try_from(before.tags.len()).unwrap_or(u64::MAX).saturating_add(1);
        if let Some(quota) = input.quota.filter(|quota| attempted > *quota) {
            return Err(Error::over_limit(format!(
                "The limit has been exceeded on the number of allowed image tags. \
                 Attempted: {attempted}, Maximum: {quota}"
            )));
        }
        advance(tx, &before, &input.on, |image| {
            image.tags.insert(input.tag.clone());
        })
        .await
        .map(drop)
    })
}

pub(super) fn remove_tag<'a>(tx: &'a mut Tx, input: &'a TagChange) -> Answer<'a, ()> {
    Box::pin(async move {
        let before = still(row::lock(tx, input.on.id.as_str()).await?, &input.on.basis)?;
        if !before.tags.contains(&input.tag) {
            return Err(Error::not_found(format!("Tag {} is not found on image {}", input.tag, input.on.id)));
        }
        advance(tx, &before, &input.on, |image| {
            image.tags.remove(&input.tag);
        })
        .await
        .map(drop)
    })
}

pub(super) fn set_status<'a>(tx: &'a mut Tx, input: &'a (Touch, Status, Status)) -> Answer<'a, ()> {
    let (on, from, to) = input;
    Box::pin(async move {
        let before = still(row::lock(tx, on.id.as_str()).await?, &on.basis)?;
        if before.status == *to {
            return Ok(());
        }
        if before.status != *from {
            return Err(Error::stale());
        }
        advance(tx, &before, on, |image| image.status = *to).await.map(drop)
    })
}

pub(super) fn delete<'a>(tx: &'a mut Tx, input: &'a (Touch, String)) -> Answer<'a, Vec<Location>> {
    let (on, job) = input;
    Box::pin(async move {
        let image = still(row::lock(tx, on.id.as_str()).await?, &on.basis)?;
        lifecycle::delete(&image)?;
        members::revoke_all(tx, "image", on.id.as_str(), on.now, &on.actor).await?;
        if let Some(upload) = uploads::upload_of(tx, on.id.as_str()).await? {
            // It will find its token lost; if it never gets that far, the job removes what it published.
            tx.execute("DELETE FROM uploads WHERE token = ?", values![&upload.token]).await?;
            jobs::remove_bytes(tx, &upload.token, &image, &upload.location, on.now).await?;
        }
        row::remove(tx, on.id.as_str()).await?;
        let mut locations = Vec::new();
        // What is somewhere else is not this server's to remove.
        if let Some(location) = image.location.as_ref().filter(|location| !location.is_external()) {
            jobs::remove_bytes(tx, job, &image, location, on.now).await?;
            locations.push(location.clone());
        }
        let gone = Image { status: Status::Deleted, updated_at: on.now.max(image.created_at), ..image };
        tell(tx, "image.delete", &gone, on.now, &on.actor).await?;
        Ok(locations)
    })
}
