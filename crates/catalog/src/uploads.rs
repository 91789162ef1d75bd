//! Uploads: who is writing the data of which image, until when.

use salon_core::{
    Error, ImageId, Permitted, ProjectId, Result, Timestamp,
    event::Actor,
    image::{Image, ImageView, Location, Status, actions::Upload, lifecycle},
};

use crate::{
    Catalog,
    images::{
        row,
        write::{Touch, advance, tell},
    },
    jobs::{self, REMOVE_BYTES},
    members::{Basis, Guarded as _},
    sql::{Answer, Reader, Tx, values},
};

/// The right to write the data of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadClaim {
    /// Unique to this attempt.
    pub token: String,
    /// The server that receives the bytes.
    pub node: String,
    /// When others may consider the attempt dead.
    pub lease_until: Timestamp,
    /// Where it will publish its bytes. Kept in the row: whoever takes the upload back or deletes its image queues a
    /// [`crate::jobs::REMOVE_BYTES`] job for it in the same transaction, so that no crash can leave an orphan.
    pub location: Location,
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredData {
    /// Where the bytes are.
    pub location: Location,
    /// Bytes.
    pub size: u64,
    /// Bytes of the disk in the image.
    pub virtual_size: Option<u64>,
    /// MD5, lower-case hexadecimal.
    pub checksum: String,
    /// Algorithm of the second digest.
    pub os_hash_algo: String,
    /// The second digest, lower-case hexadecimal.
    pub os_hash_value: String,
}

/// An upload that was cut and taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutUpload {
    /// The image, which is `queued` again.
    pub image_id: ImageId,
    /// The dead attempt's token.
    pub token: String,
    /// The server that received it.
    pub node: String,
}

impl Catalog {
    /// `queued` → `saving`, for the one who wins.
    ///
    /// # Errors
    /// Conflict when the image is not `queued`; Stale when it changed owner or went away.
    pub async fn begin_upload(
        &self,
        image: &Permitted<ImageView, Upload>,
        claim: &UploadClaim,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let on = Touch::new(&image.image.id, image.basis(), now, actor);
        self.db.write((on, claim.clone()), begin).await
    }

    /// Extends the lease; false when the upload is no longer this one's (image deleted, taken back).
    ///
    /// # Errors
    /// Unavailable.
    pub async fn renew_upload(&self, token: &str, lease_until: Timestamp) -> Result<bool> {
        self.db.write((token.to_owned(), lease_until), renew).await
    }

    /// `saving` → `active` with everything that was stored, provided the token still holds.
    /// `project_quota` is in bytes, over all images of the owner, bytes that wait for removal included.
    ///
    /// # Errors
    /// Gone when the token was lost; OverLimit when the quota would be exceeded (the upload is still the caller's to
    /// abandon).
    pub async fn finish_upload(
        &self,
        image_id: &ImageId,
        token: &str,
        data: &StoredData,
        project_quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Image> {
        let finish_input = Finish {
            id: image_id.clone(),
            token: token.to_owned(),
            data: data.clone(),
            quota: project_quota,
            now,
            actor: actor.clone(),
        };
        self.db.write(finish_input, finish).await
    }

    /// Bytes that count against the storage quota of `owner`, those that wait for removal included. To refuse early what
    /// cannot fit; [`Catalog::finish_upload`] decides.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn project_bytes(&self, owner: &ProjectId) -> Result<u64> {
        self.db.scan(owner.clone(), project_bytes).await
    }

    /// `saving` → `queued`, provided the token still holds; false when it does not. Queues no job: the caller, who is
    /// alive, has removed the bytes before.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn abandon_upload(&self, image_id: &ImageId, token: &str, now: Timestamp) -> Result<bool> {
        self.db.write(Abandon::alive(image_id, token, Status::Queued, now), abandon).await
    }

    /// As [`Catalog::abandon_upload`], but for good: `saving` → `killed`.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn kill_upload(&self, image_id: &ImageId, token: &str, now: Timestamp) -> Result<bool> {
        self.db.write(Abandon::alive(image_id, token, Status::Killed, now), abandon).await
    }

    /// Takes back uploads that nobody will finish: all of `node` when it is given (call it at that node's start, before
    /// it accepts requests), and those of any node whose lease ended before `now`. At most `limit` per call.
    /// What they may have published is left to a [`crate::jobs::REMOVE_BYTES`] job in the same transaction.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn recover_uploads(&self, node: Option<&str>, now: Timestamp, limit: u32) -> Result<Vec<CutUpload>> {
        let candidates = self.db.scan((node.map(str::to_owned), now, limit), candidates).await?;
        let mut cut = Vec::new();
        // One transaction each, so that no two of them wait for each other's images.
        for (upload, own) in candidates {
            let input = Abandon {
                id: upload.image_id.clone(),
                token: upload.token.clone(),
                dead_before: (!own).then_some(now),
                remove_bytes: true,
                becomes: Status::Queued,
                now,
            };
            if self.db.write(input, abandon).await? {
                cut.push(upload);
            }
        }
        Ok(cut)
    }
}

fn begin<'a>(tx: &'a mut Tx, input: &'a (Touch, UploadClaim)) -> Answer<'a, ()> {
    let (on, claim) = input;
    Box::pin(async move {
        let before = match row::lock(tx, on.id.as_str()).await? {
            Some(before) if Basis::of(&before) == on.basis => before,
            Some(_) | None => return Err(Error::stale()),
        };
        lifecycle::begin_upload(&before)?;
        const INSERT: &str = "INSERT INTO uploads (token, image_id, node, store, store_key, lease_until, started_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?)";
        let row = values![
            &claim.token,
            on.id.as_str(),
            &claim.node,
            &claim.location.store,
            &claim.location.key,
            claim.lease_until,
            on.now,
        ];
        if !tx.insert(INSERT, row).await? {
            return Err(Error::internal(format!("image {} is queued and has an upload", on.id)));
        }
        let image = advance(tx, &before, on, |image| image.status = Status::Saving).await?;
        tell(tx, "image.prepare", &image, on.now, &on.actor).await
    })
}

fn renew<'a>(tx: &'a mut Tx, input: &'a (String, Timestamp)) -> Answer<'a, bool> {
    let (token, lease_until) = input;
    Box::pin(async move {
        let sql = "UPDATE uploads SET lease_until = ? WHERE token = ?";
        Ok(tx.execute(sql, values![*lease_until, token]).await? > 0)
    })
}

struct Finish {
    id: ImageId,
    token: String,
    data: StoredData,
    quota: Option<u64>,
    now: Timestamp,
    actor: Actor,
}

fn finish<'a>(tx: &'a mut Tx, input: &'a Finish) -> Answer<'a, Image> {
    Box::pin(async move {
        let Finish { id, token, data, quota, now, actor } = input;
        let gone = || Error::gone(format!("Image {id} could not be found after upload."));
        let before = match row::lock(tx, id.as_str()).await? {
            Some(before) if before.status == Status::Saving => before,
            Some(_) | None => return Err(gone()),
        };
        let delete = "DELETE FROM uploads WHERE token = ? AND image_id = ?";
        if tx.execute(delete, values![token, id.as_str()]).await? == 0 {
            return Err(gone());
        }
        if let (Some(quota), Some(owner)) = (quota, &before.owner) {
            check_quota(tx, owner, data.size, *quota).await?;
        }
        let on = Touch { id: id.clone(), basis: Basis::of(&before), now: *now, actor: actor.clone() };
        let image = advance(tx, &before, &on, |image| {
            image.status = Status::Active;
            image.size = Some(data.size);
            image.virtual_size = data.virtual_size;
            image.checksum = Some(data.checksum.clone());
            image.os_hash_algo = Some(data.os_hash_algo.clone());
            image.os_hash_value = Some(data.os_hash_value.clone());
            image.location = Some(data.location.clone());
        })
        .await?;
        tell(tx, "image.upload", &image, *now, actor).await?;
        tell(tx, "image.activate", &image, *now, actor).await?;
        Ok(image)
    })
}

/// Whether `more` bytes fit into what `owner` may store. Nobody else counts until the transaction ends.
async fn check_quota(tx: &mut Tx, owner: &ProjectId, more: u64, quota: u64) -> Result<()> {
    let owner = owner.as_str();
    hold_project(tx, owner).await?;
    let remaining = i128::from(quota) - used(tx, owner).await?;
    if i128::from(more) > remaining {
        return Err(Error::over_limit(format!(
            "The size of the data {more} will exceed the limit. {remaining} bytes remaining."
        )));
    }
    Ok(())
}

/// Whoever counts what a project has holds its row until the transaction ends.
pub(crate) async fn hold_project(tx: &mut Tx, project: &str) -> Result<()> {
    let lock = format!("SELECT project_id FROM storage_locks WHERE project_id = ?{}", tx.for_update());
    if !tx.has(&lock, values![project]).await? {
        tx.insert("INSERT INTO storage_locks (project_id) VALUES (?)", values![project]).await?;
        tx.has(&lock, values![project]).await?;
    }
    Ok(())
}

/// Bytes of a project: those of its images, and those that wait for removal.
async fn used(tx: &mut Tx, owner: &str) -> Result<i128> {
    let stored = format!("SELECT {} FROM images WHERE owner = ? AND size > 0", tx.sum("size"));
    let leaving = format!("SELECT {} FROM jobs WHERE kind = ? AND subject = ?", tx.sum("weight"));
    let stored = tx.number(&stored, values![owner], "images").await?.unwrap_or(0);
    let leaving = tx.number(&leaving, values![REMOVE_BYTES, owner], "jobs").await?.unwrap_or(0);
    Ok(i128::from(stored) + i128::from(leaving))
}

fn project_bytes<'a>(tx: &'a mut Tx, owner: &'a ProjectId) -> Answer<'a, u64> {
    Box::pin(async move { Ok(u64::try_from(used(tx, owner.as_str()).await?).unwrap_or(0)) })
}

struct Abandon {
    id: ImageId,
    token: String,
    /// Only when its lease ended before.
    dead_before: Option<Timestamp>,
    /// Nobody is left to remove what was stored.
    remove_bytes: bool,
    /// What the image is afterwards.
    becomes: Status,
    now: Timestamp,
}

impl Abandon {
    /// By the one who made the upload, who has removed what was stored.
    fn alive(id: &ImageId, token: &str, becomes: Status, now: Timestamp) -> Self {
        Self { id: id.clone(), token: token.to_owned(), dead_before: None, remove_bytes: false, becomes, now }
    }
}

fn abandon<'a>(tx: &'a mut Tx, input: &'a Abandon) -> Answer<'a, bool> {
    Box::pin(async move {
        let Some(before) = row::lock(tx, input.id.as_str()).await? else { return Ok(false) };
        let Some(upload) = upload_of(tx, input.id.as_str()).await? else { return Ok(false) };
        let dead = input.dead_before.is_none_or(|bound| upload.lease_until < bound);
        if upload.token != input.token || !dead {
            return Ok(false);
        }
        tx.execute("DELETE FROM uploads WHERE token = ?", values![&upload.token]).await?;
        if input.remove_bytes {
            jobs::remove_bytes(tx, &upload.token, &before, &upload.location, input.now).await?;
        }
        if before.status == Status::Saving {
            let on = Touch {
                id: input.id.clone(),
                basis: Basis::of(&before),
                now: input.now,
                actor: Actor { user_id: "salon".to_owned(), project_id: None, request_id: String::new() },
            };
            advance(tx, &before, &on, |image| image.status = input.becomes).await?;
        }
        Ok(true)
    })
}

fn candidates<'a>(tx: &'a mut Tx, input: &'a (Option<String>, Timestamp, u32)) -> Answer<'a, Vec<(CutUpload, bool)>> {
    let (node, now, limit) = input;
    Box::pin(async move {
        let mut found = Vec::new();
        if let Some(node) = node {
            let sql = format!("SELECT token, image_id, node FROM uploads WHERE node = ? ORDER BY token LIMIT {limit}");
            let own = tx.all(&sql, values![node], "uploads", read).await?;
            found.extend(own.into_iter().map(|upload| (upload, true)));
        }
        let sql = format!(
            "SELECT token, image_id, node FROM uploads WHERE lease_until < ? ORDER BY lease_until LIMIT {limit}"
        );
        for upload in tx.all(&sql, values![*now], "uploads", read).await? {
            if !found.iter().any(|(known, _)| *known == upload) {
                found.push((upload, false));
            }
        }
        Ok(found)
    })
}

fn read(row: &mut Reader<'_>) -> Result<CutUpload> {
    let token = row.text("token")?;
    Ok(CutUpload { image_id: row.parsed("image_id", ImageId::parse)?, token, node: row.text("node")? })
}

/// A running upload.
pub(crate) struct Running {
    pub(crate) token: String,
    pub(crate) lease_until: Timestamp,
    pub(crate) location: Location,
}

/// The upload of an image whose row is locked.
pub(crate) async fn upload_of(tx: &mut Tx, image: &str) -> Result<Option<Running>> {
    const SQL: &str = "SELECT token, lease_until, store, store_key FROM uploads WHERE image_id = ?";
    tx.one(SQL, values![image], "uploads", |row| {
        Ok(Running {
            token: row.text("token")?,
            lease_until: row.time("lease_until")?,
            location: Location { store: row.text("store")?, key: row.text("store_key")? },
        })
    })
    .await
}
