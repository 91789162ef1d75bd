//! What targets stand on: callers, an image, and inputs cut into parts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use salon_core::{
    Caller, ImageId, ProjectId, Scope, Timestamp, UserId,
    image::{Image, ImageView, Status, Visibility},
    policy::Policy,
};

pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000_000);
pub(crate) const ID: &str = "71c675ab-d94f-49cd-a114-e12490b328d9";

pub(crate) fn caller(project: &str, roles: &[&str]) -> Caller {
    Caller {
        user_id: UserId::new("u1"),
        user_name: Some("alice".to_owned()),
        user_domain_id: Some("default".to_owned()),
        scope: Scope::Project(ProjectId::new(project)),
        project_domain_id: None,
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        service_roles: Vec::new(),
        is_admin_project: true,
    }
}

/// The default rules, read once: reading them takes a hundred times as long as most inputs.
pub(crate) fn policy() -> &'static Policy {
    static DEFAULTS: LazyLock<Policy> = LazyLock::new(Policy::defaults);
    &DEFAULTS
}

/// An administrator (`admin`) or an ordinary member of the project that owns [`view`].
pub(crate) fn owner(admin: bool) -> Caller {
    caller("alpha", if admin { &["admin", "member", "reader"] } else { &["member", "reader"] })
}

/// A queued image, owned by `alpha`.
pub(crate) fn view() -> ImageView {
    let image = Image {
        id: ImageId::parse(ID).unwrap(),
        name: Some("debian".to_owned()),
        owner: Some(ProjectId::new("alpha")),
        status: Status::Queued,
        visibility: Visibility::Shared,
        hidden: false,
        protected: false,
        disk_format: None,
        container_format: None,
        min_disk: 0,
        min_ram: 0,
        size: None,
        virtual_size: None,
        checksum: None,
        os_hash_algo: None,
        os_hash_value: None,
        created_at: NOW,
        updated_at: NOW,
        tags: BTreeSet::from(["linux".to_owned()]),
        properties: BTreeMap::from([
            ("os_distro".to_owned(), "debian".to_owned()),
            ("os_glance_stage_host".to_owned(), "h".to_owned()),
            ("Kernel-Id".to_owned(), "7".to_owned()),
        ]),
        location: None,
        revision: 7,
    };
    ImageView { image, membership: None }
}

/// The input as text; no text is no input.
pub(crate) fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// Whether a text of the value has a NUL.
pub(crate) fn has_nul(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The first byte, which chooses, and the rest.
pub(crate) fn choice(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_first().map(|(first, rest)| (*first, rest))
}

/// The first line and what follows it.
pub(crate) fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => {
            let (line, rest) = data.split_at(at);
            (line, rest.get(1..).unwrap_or_default())
        }
        None => (data, &[]),
    }
}

/// `name: value` lines as headers; lines that are none are left out.
pub(crate) fn headers(mut data: &[u8]) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    while !data.is_empty() && headers.len() < 128 {
        let (one, rest) = line(data);
        data = rest;
        let Some(colon) = one.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = one.split_at(colon);
        let name = http::HeaderName::from_bytes(name);
        let value = http::HeaderValue::from_bytes(value.get(1..).unwrap_or_default().trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}
