use serde_json::json;

use super::*;
use crate::{
    Kind,
    image::{Location, Visibility},
    policy::Policy,
    testing::{ID, at, caller, image},
};

fn ids() -> (TaskId, ImageId) {
    (TaskId::parse("0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb001").unwrap(), ImageId::parse(ID).unwrap())
}

fn new(kind: TaskKind, input: Value) -> New {
    New { kind, input }
}

#[test]
fn inputs() {
    let parse = |kind, input: Value| Input::parse(kind, &input);
    let import = |object: &str, name: Option<&str>, stray: Option<&str>| {
        Input::Import(Import {
            container: "c".to_owned(),
            object: object.to_owned(),
            name: name.map(str::to_owned),
            stray: stray.map(str::to_owned),
        })
    };
    for (input, read) in [
        (json!({"import_from": "c/o.vhd", "image_properties": {"name": "n"}}), import("o.vhd", Some("n"), None)),
        (json!({"import_from": "c/a/o.vhd", "import_from_format": "VHD"}), import("a/o.vhd", None, None)),
        (json!({"import_from": "c/o", "image_properties": {"name": "n", "x": 1}}), import("o", Some("n"), Some("x"))),
        (json!({"import_from": "c/o", "more": [1]}), import("o", None, None)),
    ] {
        assert_eq!(parse(TaskKind::Import, input).unwrap(), read);
    }
    let container = "x".repeat(2000);
    for refused in [
        json!([]),
        json!({}),
        json!({"import_from": "c"}),
        json!({"import_from": "/o"}),
        json!({"import_from": "c/"}),
        json!({"import_from": 1}),
        json!({"import_from": format!("c/{container}")}),
        json!({"import_from": "c/o", "import_from_format": "qcow2"}),
        json!({"import_from": "c/o", "image_properties": []}),
        json!({"import_from": "c/o", "image_properties": {"name": 1}}),
        json!({"import_from": "c/o", "x": "y".repeat(20_000)}),
    ] {
        assert_eq!(parse(TaskKind::Import, refused.clone()).unwrap_err().kind(), Kind::Invalid, "{refused}");
    }
    assert!(parse(TaskKind::Export, json!({"image_uuid": ID, "receiving_swift_container": "c"})).is_ok());
    for refused in [
        json!({"image_uuid": ID}),
        json!({"image_uuid": "x", "receiving_swift_container": "c"}),
        json!({"image_uuid": ID, "receiving_swift_container": "a/b"}),
        json!({"image_uuid": ID, "receiving_swift_container": "a?b"}),
        json!({"image_uuid": ID, "receiving_swift_container": "a.b"}),
        json!({"image_uuid": ID, "receiving_swift_container": ""}),
    ] {
        assert_eq!(parse(TaskKind::Export, refused.clone()).unwrap_err().kind(), Kind::Invalid, "{refused}");
    }
}

#[test]
fn whoever_asks_has_it_done() {
    let policy = Policy::defaults();
    let export = json!({"image_uuid": ID, "receiving_swift_container": "c"});
    let ask = |caller: &Caller| create(&policy, caller, new(TaskKind::Export, export.clone()), ids(), "req-1", at(0));
    let task = ask(&caller("alpha", "member,reader")).unwrap();
    assert_eq!((task.owner.as_str(), task.status), ("alpha", TaskStatus::Pending));
    let again = task.author.caller();
    assert_eq!((again.project().unwrap().as_str(), again.roles.len()), ("alpha", 2));
    assert_eq!(ask(&caller("alpha", "reader")).unwrap_err().kind(), Kind::Forbidden);
    let unscoped = Caller { scope: Scope::Unscoped, ..caller("alpha", "member,reader") };
    assert_eq!(ask(&unscoped).unwrap_err().kind(), Kind::Forbidden);
    assert_eq!(list(&policy, &caller("alpha", "reader")).unwrap().as_str(), "alpha");
    assert!(list(&policy, &caller("alpha", "")).is_err());
    assert_eq!(show(&policy, &caller("ops", "admin,member,reader")).unwrap().as_str(), "ops");
    let bad = new(TaskKind::Import, json!({}));
    let refused = create(&policy, &caller("alpha", "member,reader"), bad, ids(), "req-1", at(0));
    assert_eq!(refused.unwrap_err().kind(), Kind::Invalid);
}

#[test]
fn what_can_be_exported() {
    let location = Some(Location { store: "file".to_owned(), key: "k".to_owned() });
    let vhd = Image { disk_format: Some("vhd".to_owned()), location, ..image(Visibility::Private) };
    let own = caller("alpha", "member,reader");
    assert!(check_export(&own, &vhd).is_ok());
    assert!(check_export(&caller("beta", "admin,member,reader"), &vhd).is_err());
    assert!(check_export(&own, &Image { owner: None, ..vhd.clone() }).is_err());
    assert!(check_export(&own, &Image { status: crate::image::Status::Deactivated, ..vhd.clone() }).is_err());
    assert!(check_export(&own, &Image { location: None, ..vhd.clone() }).is_err());
    assert!(check_export(&own, &Image { disk_format: Some("raw".to_owned()), ..vhd.clone() }).is_err());
    for (name, value, free) in [
        ("com.rackspace__1__options", "0", true),
        ("com.rackspace__1__options", "4", false),
        ("rax_options", "1", false),
        ("os_type", "linux", true),
        ("os_type", "Windows", false),
        ("os_distro", "rhel", false),
        ("org.openstack__1__os_distro", "com.redhat", false),
        ("org.openstack__1__os_distro", "org.debian", true),
    ] {
        let mut image = vhd.clone();
        image.properties.insert(name.to_owned(), value.to_owned());
        assert_eq!(check_export(&own, &image).is_ok(), free, "{name}={value}");
    }
}

#[test]
fn ids_are_lower_case() {
    assert!(TaskId::parse("0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb001").is_some());
    for bad in ["", "x", "0F57B1A2-7d32-4bb0-8df4-9c0a9e1bb001", "../../../../../../../../../../../../"] {
        assert!(TaskId::parse(bad).is_none());
    }
}
