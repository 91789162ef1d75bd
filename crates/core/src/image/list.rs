//! Lists of images: what can be asked for, as plain values.

use crate::{
    Error, ImageId, Timestamp,
    image::{Status, Visibility},
    membership::MemberStatus,
};

/// A column a list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// `name` (nullable).
    Name,
    /// `status`.
    Status,
    /// `container_format` (nullable).
    ContainerFormat,
    /// `disk_format` (nullable).
    DiskFormat,
    /// `size` (nullable).
    Size,
    /// `id`.
    Id,
    /// `created_at`.
    CreatedAt,
    /// `updated_at`.
    UpdatedAt,
}

/// Direction of one sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortDir {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// `visibility=` of a list, and what its absence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VisibilityFilter {
    /// No parameter: everything but other projects' community images.
    Default,
    /// `visibility=all`.
    All,
    /// Everything that is not public, other projects' community images left out (Image API v1, `is_public=false`).
    NonPublic,
    /// What the viewer's project owns and is not public (Cloud Images, `visibility=private`).
    Own,
    /// What is shared with the viewer's project (Cloud Images, `visibility=shared`).
    Received,
    /// One visibility.
    Only(Visibility),
}

/// `member_status=` of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberStatusFilter {
    /// `member_status=all`.
    All,
    /// One status; `accepted` when the parameter is absent.
    Only(MemberStatus),
}

/// A text column that takes equality and `in:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextField {
    /// `name`
    Name,
    /// `id`
    Id,
    /// `status`
    Status,
    /// `container_format`
    ContainerFormat,
    /// `disk_format`
    DiskFormat,
    /// `checksum`
    Checksum,
    /// `os_hash_value`
    OsHashValue,
    /// `os_hash_algo`
    OsHashAlgo,
    /// `owner`
    Owner,
}

/// A number column that takes equality, `_min` and `_max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberField {
    /// `size`, bytes
    Size,
    /// `virtual_size`, bytes
    VirtualSize,
    /// `min_ram`, megabytes
    MinRam,
    /// `min_disk`, gigabytes
    MinDisk,
}

/// A time column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeField {
    /// `created_at`
    CreatedAt,
    /// `updated_at`
    UpdatedAt,
}

/// Comparison of a time filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `gt:`
    Gt,
    /// `gte:`
    Gte,
    /// `lt:`
    Lt,
    /// `lte:`
    Lte,
    /// `eq:`
    Eq,
    /// `neq:`
    Neq,
    /// Later, to the microsecond (Image API v1, `changes-since`); the others go by whole seconds.
    After,
}

/// One condition on the list; all must hold. None of them ever widens the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The column is one of the values (one value for plain equality).
    Text(TextField, Vec<String>),
    /// Equal to the number.
    NumberIs(NumberField, i64),
    /// At least.
    NumberMin(NumberField, i64),
    /// At most.
    NumberMax(NumberField, i64),
    /// Compared with an instant (whole seconds, as answers show them).
    Time(TimeField, Comparison, Timestamp),
    /// `protected=`.
    Protected(bool),
    /// Has the tag.
    Tag(String),
    /// Has the custom property with this value.
    Property(String, String),
}

/// One page of images to ask the catalog for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageQuery {
    /// `visibility=`
    pub visibility: VisibilityFilter,
    /// `member_status=`
    pub member_status: MemberStatusFilter,
    /// `os_hidden=`
    pub hidden: bool,
    /// Whether images that were killed are part of it.
    pub killed: bool,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Order; always ends in `created_at` and `id`, so it is total.
    pub sort: Vec<(SortKey, SortDir)>,
    /// The last image of the page before, as the caller names it: nobody has looked yet whether it sees such an image.
    pub marker: Option<ImageId>,
    /// Rows at most; already clamped to the configured maximum.
    pub limit: u64,
}

/// There is no such marker, or it is not to be seen: never distinguishable.
#[must_use]
pub fn unknown_marker(marker: &str) -> Error {
    Error::invalid(format!("No image found with ID {marker}"))
}

/// Statuses that no list shows.
pub const UNLISTED: [Status; 2] = [Status::Killed, Status::Deleted];
