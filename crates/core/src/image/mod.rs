//! The image: its fields, its states, and who may do what with it.

pub mod actions;
pub(crate) mod attribute;
pub mod copy;
pub mod draft;
pub mod lifecycle;
pub mod list;
mod list_parse;
pub mod patch;
pub mod protection;
pub mod rackspace;
pub mod sharing;
pub mod status;
pub mod tag;
#[cfg(test)]
mod tests_access;
#[cfg(test)]
mod tests_list;
#[cfg(test)]
mod tests_write;
pub mod v1;

use std::collections::{BTreeMap, BTreeSet};

pub use attribute::RESERVED_PREFIX;
pub use status::Status;

use crate::{
    ImageId, ProjectId, Timestamp,
    membership::{Membership, Shared, ThingKind, ThingRef},
};

/// Who may find an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Everybody, in default lists.
    Public,
    /// Everybody, but only in lists that ask for it.
    Community,
    /// The owner and the members.
    Shared,
    /// The owner.
    Private,
}

impl Visibility {
    /// The text on the wire and in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Community => "community",
            Self::Shared => "shared",
            Self::Private => "private",
        }
    }

    /// Reads the text on the wire and in the catalog.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "public" => Some(Self::Public),
            "community" => Some(Self::Community),
            "shared" => Some(Self::Shared),
            "private" => Some(Self::Private),
            _ => None,
        }
    }
}

/// Where the bytes of an image are: a store and a key inside it, or a URL ([`Location::is_external`]). Never with
/// credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The store's id.
    pub store: String,
    /// The key inside the store.
    pub key: String,
}

/// An image record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Name, at most 255 characters; not unique.
    pub name: Option<String>,
    /// Owning project; `None` is visible to everybody by id.
    pub owner: Option<ProjectId>,
    /// Where it stands in its life.
    pub status: Status,
    /// Who may find it.
    pub visibility: Visibility,
    /// Left out of default lists (`os_hidden`).
    pub hidden: bool,
    /// Cannot be deleted.
    pub protected: bool,
    /// Disk format, one of the configured ones.
    pub disk_format: Option<String>,
    /// Container format, one of the configured ones.
    pub container_format: Option<String>,
    /// Gigabytes.
    pub min_disk: u32,
    /// Megabytes.
    pub min_ram: u32,
    /// Bytes of data; `None` until there is data.
    pub size: Option<u64>,
    /// Bytes the disk in the image has, from inspection.
    pub virtual_size: Option<u64>,
    /// MD5 of the data, lower-case hexadecimal.
    pub checksum: Option<String>,
    /// Algorithm of `os_hash_value`.
    pub os_hash_algo: Option<String>,
    /// Digest of the data, lower-case hexadecimal.
    pub os_hash_value: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed; never before `created_at`.
    pub updated_at: Timestamp,
    /// Tags, each at most 255 characters.
    pub tags: BTreeSet<String>,
    /// Custom properties.
    pub properties: BTreeMap<String, String>,
    /// Where its bytes are (none or one for now).
    pub location: Option<Location>,
    /// Counts the changes of this row; a write names the revision it was computed from.
    pub revision: i64,
}

/// An image as one caller's project reaches it: the row and that project's own membership, in one read.
///
/// It proves nothing: [`crate::policy::Policy::permit`] turns it into a [`crate::Permitted`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageView {
    /// The row.
    pub image: Image,
    /// The membership of the caller's project, if there is one (whatever the image's visibility).
    pub membership: Option<Membership>,
}

impl Shared for ImageView {
    fn thing(&self) -> ThingRef {
        ThingRef { kind: ThingKind::Image, id: self.image.id.as_str().to_owned() }
    }
}
