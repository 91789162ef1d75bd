//! Images: reading one, listing, writing.

mod list;
pub(crate) mod row;
pub(crate) mod write;

use std::sync::LazyLock;

use salon_core::{
    Entropy, Error, ImageId, Permitted, ProjectId, Result, Timestamp, Viewer,
    event::Actor,
    id::uuid_text,
    image::{
        Image, ImageView, Location, Status,
        actions::{Create, Deactivate, Delete, Modify, Reactivate},
        list::ImageQuery,
    },
    membership::MemberName,
};

use crate::{
    Catalog,
    members::{Basis, Guarded as _, Record},
    sql::{Answer, Reader, Tx, values},
};

impl Catalog {
    /// One image and the membership of `project` in it, if any. Proves nothing about the caller.
    ///
    /// # Errors
    /// Unavailable, Internal for a row that makes no sense.
    pub async fn image(&self, id: &ImageId, project: Option<&ProjectId>) -> Result<Option<ImageView>> {
        self.db.read((id.clone(), project.cloned()), find).await
    }

    /// One image that `viewer` can reach, by its visibility, its owner or its guest list, and the membership of the viewer's
    /// project in it. What cannot be reached is not read: it takes no longer than what is not there. Proves nothing
    /// about the caller.
    ///
    /// # Errors
    /// Unavailable, Internal for a row that makes no sense.
    pub async fn image_within_reach(&self, id: &ImageId, viewer: &Viewer) -> Result<Option<ImageView>> {
        let input = (id.clone(), viewer.project.clone());
        if viewer.admin { self.db.read(input, find).await } else { self.db.read(input, find_within_reach).await }
    }

    /// As [`Catalog::image_within_reach`], and what the guest list says of `member` at the same moment: a record from
    /// before or after the time in which it may be shown would be one that nobody could have seen.
    ///
    /// # Errors
    /// Unavailable, Internal for a row that makes no sense.
    pub async fn image_and_member(
        &self,
        id: &ImageId,
        viewer: &Viewer,
        member: &MemberName,
    ) -> Result<Option<(ImageView, Record)>> {
        let input = (id.clone(), viewer.clone(), member.as_str().to_owned());
        self.db.read(input, find_with_member).await
    }

    /// One page of what `viewer` may find, with its membership of what others share with it. It begins after `after`, whose
    /// place is that of its fields as given: the image that `query.marker` names, once it is certain that the caller sees
    /// it. Fewer images than the query's limit are the last ones.
    ///
    /// # Errors
    /// Unavailable, Internal for a row that makes no sense.
    pub async fn images(&self, viewer: &Viewer, query: &ImageQuery, after: Option<&Image>) -> Result<Vec<ImageView>> {
        list::images(&self.db, viewer, query, after).await
    }

    /// How many steps the database takes for a page, so that tests can see that it does not grow with the catalog.
    ///
    /// # Errors
    /// As [`Catalog::images`].
    #[doc(hidden)]
    pub async fn page_steps(&self, viewer: &Viewer, query: &ImageQuery, after: Option<&Image>) -> Result<u64> {
        list::steps(&self.db, viewer, query, after).await
    }

    /// Writes a new image.
    ///
    /// # Errors
    /// Conflict when the id was ever used.
    pub async fn create_image(&self, image: &Permitted<Image, Create>, actor: &Actor) -> Result<()> {
        self.db.write(((**image).clone(), actor.clone()), write::create).await
    }

    /// Replaces the fields, tags and properties of an image by those of `after`, provided nobody else changed it since
    /// `before` was read. Status, location, digests and size stay as they are in the row.
    ///
    /// # Errors
    /// Stale when the image changed or went away in between.
    pub async fn update_image(
        &self,
        before: &Permitted<ImageView, Modify>,
        after: &Image,
        actor: &Actor,
    ) -> Result<Image> {
        let update = write::Update {
            id: before.image.id.clone(),
            revision: before.image.revision,
            after: after.clone(),
            actor: actor.clone(),
        };
        self.db.write(update, write::update).await
    }

    /// Adds a tag; adding one that is there changes nothing.
    ///
    /// # Errors
    /// OverLimit beyond `quota` tags; Stale.
    pub async fn add_tag(
        &self,
        image: &Permitted<ImageView, Modify>,
        tag: &str,
        quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let input = write::TagChange {
            on: write::Touch::new(&image.image.id, image.basis(), now, actor),
            tag: tag.to_owned(),
            quota,
        };
        self.db.write(input, write::add_tag).await
    }

    /// Removes a tag.
    ///
    /// # Errors
    /// NotFound when the image does not have it; Stale.
    pub async fn remove_tag(
        &self,
        image: &Permitted<ImageView, Modify>,
        tag: &str,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let input = write::TagChange {
            on: write::Touch::new(&image.image.id, image.basis(), now, actor),
            tag: tag.to_owned(),
            quota: None,
        };
        self.db.write(input, write::remove_tag).await
    }

    /// Takes an image out of use: `active` → `deactivated`. Doing it twice changes nothing.
    ///
    /// # Errors
    /// Stale when it is in any other status, or its owner or visibility changed, or it went away.
    pub async fn deactivate_image(
        &self,
        image: &Permitted<ImageView, Deactivate>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let on = write::Touch::new(&image.image.id, image.basis(), now, actor);
        self.db.write((on, Status::Active, Status::Deactivated), write::set_status).await
    }

    /// Puts an image back into use: `deactivated` → `active`. Doing it twice changes nothing.
    ///
    /// # Errors
    /// Stale when it is in any other status, or its owner or visibility changed, or it went away.
    pub async fn reactivate_image(
        &self,
        image: &Permitted<ImageView, Reactivate>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let on = write::Touch::new(&image.image.id, image.basis(), now, actor);
        self.db.write((on, Status::Deactivated, Status::Active), write::set_status).await
    }

    /// Removes an image with its guest list. Its id stays reserved, its bytes are left to a durable job
    /// ([`crate::jobs::REMOVE_BYTES`]), and a running upload loses its token. All in one transaction.
    /// Answers the locations whose bytes are to go.
    ///
    /// # Errors
    /// Forbidden when it is protected; Stale when owner or visibility changed or it went away in between.
    pub async fn delete_image(
        &self,
        image: &Permitted<ImageView, Delete>,
        now: Timestamp,
        actor: &Actor,
        entropy: &dyn Entropy,
    ) -> Result<Vec<Location>> {
        let on = write::Touch::new(&image.image.id, image.basis(), now, actor);
        self.db.write((on, uuid_text(entropy)), write::delete).await
    }

    /// Every location there is, in the order of image ids, for a check of the store against the catalog.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn all_locations(&self, after: Option<&ImageId>, limit: u32) -> Result<Vec<StoredImage>> {
        self.db.scan((after.cloned(), limit), locations).await
    }
}

/// What a check of the store needs to know about an image with bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    /// The image.
    pub id: ImageId,
    /// Where its bytes are.
    pub location: Location,
    /// Bytes.
    pub size: Option<u64>,
    /// MD5, lower-case hexadecimal.
    pub checksum: Option<String>,
    /// Algorithm of `os_hash_value`.
    pub os_hash_algo: Option<String>,
    /// Digest, lower-case hexadecimal.
    pub os_hash_value: Option<String>,
}

/// The text that finds an image for whoever reaches all. The membership is not looked for, at a place of its own in a large table,
/// when the project is nobody's member, as with most administrators: an index has nothing equal to NULL. Asks for the project
/// twice, for what `beside`, which joins more to the image, asks for, and for the id.
fn finding(columns: &str, beside: &str) -> String {
    format!(
        "SELECT {}, {}{columns} FROM images i LEFT JOIN memberships m ON m.kind = 'image' AND m.member = ? \
         AND m.thing_id = CASE WHEN EXISTS (SELECT 1 FROM memberships o WHERE o.kind = 'image' AND o.member = ?) \
         THEN i.id END{beside} WHERE i.id = ?",
        row::COLUMNS,
        row::MEMBER_COLUMNS
    )
}

/// The text that finds an image for whoever may be out of reach of it. The guest list is looked at first, whether there is such an
/// image or not: looked at afterwards, it would make what is out of reach take longer than what is not there. Asks for id and
/// project, for what `beside`, which looks at more of the guest list, asks for, and for id and project.
fn finding_within_reach(columns: &str, beside: &str) -> String {
    format!(
        "SELECT {}, {}{columns} FROM (SELECT 1 AS always) AS a LEFT JOIN memberships m ON m.kind = 'image' AND m.thing_id = ? \
         AND m.member = ?{beside} CROSS JOIN images i WHERE i.id = ? AND (i.visibility IN ('public', 'community') \
         OR i.owner = ? OR i.owner IS NULL OR (i.visibility = 'shared' AND m.member IS NOT NULL))",
        row::COLUMNS,
        row::MEMBER_COLUMNS
    )
}

fn find<'a>(tx: &'a mut Tx, input: &'a (ImageId, Option<ProjectId>)) -> Answer<'a, Option<ImageView>> {
    // One text for every call, so that it is put together once.
    static SQL: LazyLock<String> = LazyLock::new(|| finding("", ""));
    let (id, project) = input;
    let project = project.as_ref().map(ProjectId::as_str);
    Box::pin(async move { tx.one(&SQL, values![project, project, id.as_str()], row::VIEW, row::read_view).await })
}

fn find_within_reach<'a>(tx: &'a mut Tx, input: &'a (ImageId, Option<ProjectId>)) -> Answer<'a, Option<ImageView>> {
    static SQL: LazyLock<String> = LazyLock::new(|| finding_within_reach("", ""));
    let (id, project) = input;
    let (id, project) = (id.as_str(), project.as_ref().map(ProjectId::as_str));
    Box::pin(async move { tx.one(&SQL, values![id, project, id, project], row::VIEW, row::read_view).await })
}

fn find_with_member<'a>(
    tx: &'a mut Tx,
    input: &'a (ImageId, Viewer, String),
) -> Answer<'a, Option<(ImageView, Record)>> {
    const BESIDE: &str = " LEFT JOIN memberships g ON g.kind = 'image' AND g.thing_id = ? AND g.member = ?";
    static COLUMNS: LazyLock<String> = LazyLock::new(|| format!(", {}", Record::columns("g")));
    static SQL: LazyLock<String> = LazyLock::new(|| finding(&COLUMNS, BESIDE));
    static WITHIN_REACH: LazyLock<String> = LazyLock::new(|| finding_within_reach(&COLUMNS, BESIDE));
    let (id, viewer, member) = input;
    let (id, project) = (id.as_str(), viewer.project.as_ref().map(ProjectId::as_str));
    Box::pin(async move {
        let read = |row: &mut Reader<'_>| Ok((row::read_view(row)?, Record::read(row)?));
        if viewer.admin {
            tx.one(&SQL, values![project, project, id, member, id], row::VIEW, read).await
        } else {
            tx.one(&WITHIN_REACH, values![id, project, id, member, id, project], row::VIEW, read).await
        }
    })
}

fn locations<'a>(tx: &'a mut Tx, input: &'a (Option<ImageId>, u32)) -> Answer<'a, Vec<StoredImage>> {
    let (after, limit) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT id, store, store_key, size, checksum, os_hash_algo, os_hash_value FROM images \
             WHERE id > ? AND store IS NOT NULL ORDER BY id LIMIT {limit}"
        );
        let read = |row: &mut Reader<'_>| {
            Ok(StoredImage {
                id: row.parsed("id", ImageId::parse)?,
                location: Location { store: row.text("store")?, key: row.text("store_key")? },
                size: match row.int("size")? {
                    row::NO_SIZE => None,
                    size => Some(u64::try_from(size).map_err(|_| row.wrong("size", "is negative"))?),
                },
                checksum: row.opt_text("checksum")?,
                os_hash_algo: row.opt_text("os_hash_algo")?,
                os_hash_value: row.opt_text("os_hash_value")?,
            })
        };
        tx.all(&sql, values![after.as_ref().map_or("", ImageId::as_str)], "images", read).await
    })
}

/// Refuses to go on when what a permission was computed from is not so any more.
pub(crate) fn still(image: Option<Image>, basis: &Basis) -> Result<Image> {
    match image {
        Some(image) if Basis::of(&image) == *basis => Ok(image),
        Some(_) | None => Err(Error::stale()),
    }
}
