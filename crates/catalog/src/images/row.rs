//! The row of an image: its columns, and the way in and out.

use std::collections::{BTreeMap, BTreeSet};

use salon_core::{
    Error, ImageId, ProjectId, Result,
    image::{Image, ImageView, Location, Status, Visibility},
    membership::{MemberRole, MemberStatus, Membership, ThingKind, ThingRef},
};

use crate::sql::{Reader, Tx, Value, values};

/// Columns of an image, in the order [`read_image`] reads them.
pub(crate) const COLUMNS: &str = "i.id, i.name, i.has_name, i.owner, i.status, i.visibility, i.hidden, i.protected, \
    i.disk_format, i.container_format, i.min_disk, i.min_ram, i.size, i.virtual_size, i.checksum, i.os_hash_algo, \
    i.os_hash_value, i.created_at, i.updated_at, i.tags, i.properties, i.store, i.store_key, i.revision";

/// Columns of the viewer's own membership, read after the image's; `member`, and five that say nothing without it.
pub(crate) const MEMBER_COLUMNS: &str = "m.member, m.status, m.role, m.can_share, m.created_at, m.updated_at";

/// What has [`COLUMNS`] and [`MEMBER_COLUMNS`], in the words of an error.
pub(crate) const VIEW: &str = "images with memberships";

/// What stands in `size` when there is none.
pub(crate) const NO_SIZE: i64 = -1;

pub(crate) fn read_image(row: &mut Reader<'_>) -> Result<Image> {
    let id = row.parsed("id", ImageId::parse)?;
    let name = row.text("name")?;
    let has_name = row.flag("has_name")?;
    let owner = row.opt_text("owner")?.map(ProjectId::new);
    let status = row.parsed("status", Status::parse)?;
    let visibility = row.parsed("visibility", Visibility::parse)?;
    let hidden = row.flag("hidden")?;
    let protected = row.flag("protected")?;
    let disk_format = format_out(row.text("disk_format")?);
    let container_format = format_out(row.text("container_format")?);
    let min_disk = row.small("min_disk")?;
    let min_ram = row.small("min_ram")?;
    let size = row.int("size")?;
    let virtual_size = row.opt_size("virtual_size")?;
    let checksum = row.opt_text("checksum")?;
    let os_hash_algo = row.opt_text("os_hash_algo")?;
    let os_hash_value = row.opt_text("os_hash_value")?;
    let created_at = row.time("created_at")?;
    let updated_at = row.time("updated_at")?;
    let tags = row.json::<BTreeSet<String>>("tags")?;
    let properties = row.json::<BTreeMap<String, String>>("properties")?;
    let store = row.opt_text("store")?;
    let key = row.opt_text("store_key")?;
    let revision = row.int("revision")?;
    let location = match (store, key) {
        (Some(store), Some(key)) => Some(Location { store, key }),
        (None, None) => None,
        _ => return Err(Error::internal(format!("table images, row {id}: store and store_key do not agree"))),
    };
    let size = if size == NO_SIZE {
        None
    } else {
        Some(u64::try_from(size).map_err(|_| Error::internal(format!("table images, row {id}: size is negative")))?)
    };
    Ok(Image {
        id,
        name: has_name.then_some(name),
        owner,
        status,
        visibility,
        hidden,
        protected,
        disk_format,
        container_format,
        min_disk,
        min_ram,
        size,
        virtual_size,
        checksum,
        os_hash_algo,
        os_hash_value,
        created_at,
        updated_at,
        tags,
        properties,
        location,
        revision,
    })
}

/// Reads [`COLUMNS`] and then [`MEMBER_COLUMNS`].
pub(crate) fn read_view(row: &mut Reader<'_>) -> Result<ImageView> {
    let image = read_image(row)?;
    let membership = match row.opt_text("member")? {
        None => {
            row.skip(5);
            None
        }
        Some(member) => Some(Membership {
            thing: ThingRef { kind: ThingKind::Image, id: image.id.as_str().to_owned() },
            member,
            status: row.parsed("status", MemberStatus::parse)?,
            role: row.parsed("role", MemberRole::parse)?,
            can_share: row.flag("can_share")?,
            invited_by: None,
            created_at: row.time("created_at")?,
            updated_at: row.time("updated_at")?,
        }),
    };
    Ok(ImageView { image, membership })
}

fn format_out(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

/// Numbers of bytes as the catalog keeps them.
pub(crate) fn bytes_in(size: u64) -> Result<i64> {
    i64::try_from(size).map_err(|_| Error::invalid("The size is too large."))
}

/// A size as it stands in the row.
pub(crate) fn size_in(size: Option<u64>) -> Result<i64> {
    size.map_or(Ok(NO_SIZE), bytes_in)
}

pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::internal("a value cannot be written as JSON").with_source(error))
}

/// The image a write works on, its row locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Image>> {
    let sql = format!("SELECT {COLUMNS} FROM images i WHERE i.id = ?{}", tx.for_update());
    tx.one(&sql, values![id], "images", read_image).await
}

/// Writes a row that is not there yet; false when the id is taken.
pub(crate) async fn insert(tx: &mut Tx, image: &Image) -> Result<bool> {
    let (tags, properties) = (json(&image.tags)?, json(&image.properties)?);
    let virtual_size = image.virtual_size.map(bytes_in).transpose()?;
    let row = values![
        image.id.as_str(),
        image.name.as_deref().unwrap_or_default(),
        image.name.is_some(),
        image.owner.as_ref().map(ProjectId::as_str),
        image.status.as_str(),
        image.visibility.as_str(),
        image.hidden,
        image.protected,
        image.disk_format.as_deref().unwrap_or_default(),
        image.container_format.as_deref().unwrap_or_default(),
        image.min_disk,
        image.min_ram,
        size_in(image.size)?,
        virtual_size,
        &image.checksum,
        &image.os_hash_algo,
        &image.os_hash_value,
        image.created_at,
        image.updated_at,
        &tags,
        &properties,
        image.location.as_ref().map(|location| location.store.as_str()),
        image.location.as_ref().map(|location| location.key.as_str()),
        image.revision,
    ];
    const INSERT: &str = "INSERT INTO images (id, name, has_name, owner, status, visibility, hidden, protected, \
        disk_format, container_format, min_disk, min_ram, size, virtual_size, checksum, os_hash_algo, os_hash_value, \
        created_at, updated_at, tags, properties, store, store_key, revision) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    if !tx.insert(INSERT, row).await? {
        return Ok(false);
    }
    insert_tags(tx, image.id.as_str(), image.tags.iter().map(String::as_str)).await?;
    insert_properties(tx, image.id.as_str(), image.properties.iter()).await?;
    Ok(true)
}

/// Rewrites what changed of a locked row, side tables included. `image.revision` is the new one.
pub(crate) async fn rewrite(tx: &mut Tx, before: &Image, image: &Image) -> Result<()> {
    // SQLite rewrites every index that has a column of the SET list, changed or not; so only changed ones are listed.
    let mut changes = Changes::default();
    changes.add("name", before.name != image.name, || Ok(image.name.as_deref().unwrap_or_default().into()))?;
    changes.add("has_name", before.name.is_some() != image.name.is_some(), || Ok(image.name.is_some().into()))?;
    changes.add("owner", before.owner != image.owner, || Ok(image.owner.as_ref().map(ProjectId::as_str).into()))?;
    changes.add("status", before.status != image.status, || Ok(image.status.as_str().into()))?;
    changes.add("visibility", before.visibility != image.visibility, || Ok(image.visibility.as_str().into()))?;
    changes.add("hidden", before.hidden != image.hidden, || Ok(image.hidden.into()))?;
    changes.add("protected", before.protected != image.protected, || Ok(image.protected.into()))?;
    let format = |format: &'_ Option<String>| format.clone().unwrap_or_default();
    let (disk, container) = (format(&image.disk_format), format(&image.container_format));
    changes.add("disk_format", before.disk_format != image.disk_format, || Ok(disk.as_str().into()))?;
    changes
        .add("container_format", before.container_format != image.container_format, || Ok(container.as_str().into()))?;
    changes.add("min_disk", before.min_disk != image.min_disk, || Ok(image.min_disk.into()))?;
    changes.add("min_ram", before.min_ram != image.min_ram, || Ok(image.min_ram.into()))?;
    changes.add("size", before.size != image.size, || Ok(size_in(image.size)?.into()))?;
    changes.add("virtual_size", before.virtual_size != image.virtual_size, || {
        Ok(image.virtual_size.map(bytes_in).transpose()?.into())
    })?;
    changes.add("checksum", before.checksum != image.checksum, || Ok((&image.checksum).into()))?;
    changes.add("os_hash_algo", before.os_hash_algo != image.os_hash_algo, || Ok((&image.os_hash_algo).into()))?;
    changes.add("os_hash_value", before.os_hash_value != image.os_hash_value, || Ok((&image.os_hash_value).into()))?;
    changes.add("updated_at", before.updated_at != image.updated_at, || Ok(image.updated_at.into()))?;
    let (tags, properties) = (json(&image.tags)?, json(&image.properties)?);
    changes.add("tags", before.tags != image.tags, || Ok((&tags).into()))?;
    changes.add("properties", before.properties != image.properties, || Ok((&properties).into()))?;
    let location = image.location.as_ref();
    changes.add("store", before.location != image.location, || Ok(location.map(|at| at.store.as_str()).into()))?;
    changes.add("store_key", before.location != image.location, || Ok(location.map(|at| at.key.as_str()).into()))?;
    changes.add("revision", true, || Ok(image.revision.into()))?;
    let Changes { columns, mut values } = changes;
    values.extend_from_slice(values![image.id.as_str(), before.revision]);
    let update = format!("UPDATE images SET {columns} WHERE id = ? AND revision = ?");
    if tx.execute(&update, &values).await? != 1 {
        return Err(Error::stale());
    }
    let id = image.id.as_str();
    for tag in before.tags.difference(&image.tags) {
        tx.execute("DELETE FROM image_tags WHERE tag = ? AND image_id = ?", values![tag, id]).await?;
    }
    insert_tags(tx, id, image.tags.difference(&before.tags).map(String::as_str)).await?;
    for (name, value) in &before.properties {
        if image.properties.get(name) != Some(value) {
            tx.execute(
                "DELETE FROM image_properties WHERE name = ? AND value_hash = ? AND image_id = ?",
                values![name, value_hash(value), id],
            )
            .await?;
        }
    }
    let fresh = image.properties.iter().filter(|(name, value)| before.properties.get(*name) != Some(*value));
    insert_properties(tx, id, fresh).await
}

#[derive(Default)]
struct Changes<'a> {
    columns: String,
    values: Vec<Value<'a>>,
}

impl<'a> Changes<'a> {
    fn add(&mut self, column: &str, changed: bool, value: impl FnOnce() -> Result<Value<'a>>) -> Result<()> {
        if changed {
            if !self.columns.is_empty() {
                self.columns.push_str(", ");
            }
            self.columns.push_str(column);
            self.columns.push_str(" = ?");
            self.values.push(value()?);
        }
        Ok(())
    }
}

async fn insert_tags(tx: &mut Tx, id: &str, tags: impl Iterator<Item = &str> + Send) -> Result<()> {
    for tag in tags {
        tx.insert("INSERT INTO image_tags (tag, image_id) VALUES (?, ?)", values![tag, id]).await?;
    }
    Ok(())
}

async fn insert_properties(
    tx: &mut Tx,
    id: &str,
    properties: impl Iterator<Item = (&String, &String)> + Send,
) -> Result<()> {
    for (name, value) in properties {
        tx.insert(
            "INSERT INTO image_properties (name, value_hash, image_id, value) VALUES (?, ?, ?, ?)",
            values![name, value_hash(value), id, value],
        )
        .await?;
    }
    Ok(())
}

/// Removes a locked row with its tags and properties.
pub(crate) async fn remove(tx: &mut Tx, id: &str) -> Result<()> {
    for sql in [
        "DELETE FROM image_tags WHERE image_id = ?",
        "DELETE FROM image_properties WHERE image_id = ?",
        "DELETE FROM images WHERE id = ?",
    ] {
        tx.execute(sql, values![id]).await?;
    }
    Ok(())
}

/// A short stand-in for a long value in an index (FNV-1a, 64 bits). Equal values have equal hashes; the value itself is
/// compared as well.
pub(crate) fn value_hash(value: &str) -> i64 {
    let hash = value
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    i64::from_ne_bytes(hash.to_ne_bytes())
}

/// Values for a statement that is put together piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    values: Vec<Owned>,
}

#[derive(Debug, Clone)]
enum Owned {
    Int(i64),
    Text(Option<String>),
}

impl Bound {
    pub(crate) fn int(&mut self, value: i64) {
        self.values.push(Owned::Int(value));
    }

    pub(crate) fn text(&mut self, value: impl Into<String>) {
        self.values.push(Owned::Text(Some(value.into())));
    }

    pub(crate) fn opt_text(&mut self, value: Option<String>) {
        self.values.push(Owned::Text(value));
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.values.extend_from_slice(&other.values);
    }

    pub(crate) fn values(&self) -> Vec<Value<'_>> {
        self.values
            .iter()
            .map(|value| match value {
                Owned::Int(value) => Value::from(*value),
                Owned::Text(value) => Value::from(value),
            })
            .collect()
    }
}
