//! Callers and images for the tests of this crate.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Caller, ImageId, ProjectId, Scope, Timestamp, UserId,
    image::{Image, ImageView, Status, Visibility},
    membership::{MemberRole, MemberStatus, Membership, ThingKind, ThingRef},
};

pub(crate) const ID: &str = "71c675ab-d94f-49cd-a114-e12490b328d9";

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp(1_700_000_000_000_000 + micros)
}

/// A caller of `project` with `roles`, separated by commas.
pub(crate) fn caller(project: &str, roles: &str) -> Caller {
    Caller {
        user_id: UserId::new(format!("user-of-{project}")),
        user_name: None,
        user_domain_id: Some("default".to_owned()),
        scope: Scope::Project(ProjectId::new(project)),
        project_domain_id: Some("default".to_owned()),
        roles: roles.split(',').filter(|role| !role.is_empty()).map(str::to_owned).collect(),
        service_roles: Vec::new(),
        is_admin_project: true,
    }
}

/// An active image with data, owned by `alpha`.
pub(crate) fn image(visibility: Visibility) -> Image {
    Image {
        id: ImageId::parse(ID).unwrap(),
        name: Some("debian-12".to_owned()),
        owner: Some(ProjectId::new("alpha")),
        status: Status::Active,
        visibility,
        hidden: false,
        protected: false,
        disk_format: Some("qcow2".to_owned()),
        container_format: Some("bare".to_owned()),
        min_disk: 5,
        min_ram: 512,
        size: Some(476_704_768),
        virtual_size: Some(3_221_225_472),
        checksum: Some("d41d8cd98f00b204e9800998ecf8427e".to_owned()),
        os_hash_algo: Some("sha512".to_owned()),
        os_hash_value: Some("cf83e1".to_owned()),
        created_at: at(0),
        updated_at: at(0),
        tags: BTreeSet::from(["linux".to_owned()]),
        properties: BTreeMap::from([("os_distro".to_owned(), "debian".to_owned())]),
        location: None,
        revision: 7,
    }
}

/// A queued image without data, owned by `alpha`.
pub(crate) fn queued() -> Image {
    let data = None;
    Image { status: Status::Queued, size: None, virtual_size: data, checksum: None, ..image(Visibility::Shared) }
}

pub(crate) fn thing() -> ThingRef {
    ThingRef { kind: ThingKind::Image, id: ID.to_owned() }
}

pub(crate) fn membership(member: &str, status: MemberStatus) -> Membership {
    Membership {
        thing: thing(),
        member: member.to_owned(),
        status,
        role: MemberRole::Member,
        can_share: false,
        invited_by: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

/// The image as a project without membership reaches it.
pub(crate) fn alone(image: Image) -> ImageView {
    ImageView { image, membership: None }
}

/// The image as a member reaches it.
pub(crate) fn as_member(image: Image, member: &str, status: MemberStatus) -> ImageView {
    ImageView { image, membership: Some(membership(member, status)) }
}
