//! Creating and patching: the reference's tables, and properties that hold for any request.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    Caller, Kind, Permitted,
    image::{
        Image, ImageView, Status, Visibility,
        actions::Modify,
        draft::{Draft, Formats},
        patch::{Changes, PatchMedia},
        tag,
    },
    limits::Limits,
    policy::Policy,
    testing::{ID, alone, at, caller, image, queued},
};

const UNICODE: &str = "Grüße 統一 \u{ffff}";

fn draft(body: &Value) -> Result<Draft, (Kind, String)> {
    Draft::from_json(body, &Formats::default()).map_err(|error| (error.kind(), error.message().to_owned()))
}

fn make(body: &Value) -> Image {
    let fresh = crate::ImageId::parse("11111111-2222-4333-8444-555555555555").unwrap();
    draft(body).unwrap().into_image(&caller("alpha", "member"), fresh, at(5), &Limits::default()).unwrap()
}

#[test]
fn create_defaults() {
    let image = make(&json!({}));
    assert_eq!(image.id.as_str(), "11111111-2222-4333-8444-555555555555");
    assert_eq!(image.owner.unwrap().as_str(), "alpha");
    assert_eq!((image.status, image.visibility), (Status::Queued, Visibility::Shared));
    assert_eq!((image.hidden, image.protected, image.min_disk, image.min_ram), (false, false, 0, 0));
    assert_eq!((image.name, image.disk_format, image.container_format), (None, None, None));
    assert_eq!((image.size, image.virtual_size, image.checksum), (None, None, None));
    assert_eq!((image.created_at, image.updated_at), (at(5), at(5)));
    assert!(image.tags.is_empty() && image.properties.is_empty() && image.location.is_none());
}

#[test]
fn create_takes_every_writable_attribute() {
    let image = make(&json!({
        "id": "ABCDEF01-0000-0000-0000-00000000000a", "name": UNICODE, "visibility": "private", "owner": "beta",
        "protected": true, "os_hidden": true, "disk_format": "raw", "container_format": "bare",
        "min_disk": 2_147_483_647, "min_ram": 1.0, "tags": ["b", "a", "b"], "kernel_id": "k", "os_hash_algo": "md5",
        "os_hash_value": null, "image_id": "harmless", "member": "x", "context": "y",
    }));
    assert_eq!(image.id.as_str(), "ABCDEF01-0000-0000-0000-00000000000a");
    assert_eq!(image.name.as_deref(), Some(UNICODE));
    assert_eq!(image.owner.unwrap().as_str(), "beta");
    assert_eq!(image.visibility, Visibility::Private);
    assert!(image.protected && image.hidden);
    assert_eq!((image.disk_format.as_deref(), image.container_format.as_deref()), (Some("raw"), Some("bare")));
    assert_eq!((image.min_disk, image.min_ram), (2_147_483_647, 1));
    assert_eq!(image.tags.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(image.os_hash_algo, None, "accepted without effect");
    let names: Vec<_> = image.properties.keys().map(String::as_str).collect();
    assert_eq!(names, ["context", "image_id", "kernel_id", "member"]);
}

#[test]
fn create_refuses() {
    let long = "x".repeat(256);
    let rows = [
        (json!([]), Kind::Invalid),
        (json!("text"), Kind::Invalid),
        (json!({"name": 7}), Kind::Invalid),
        (json!({"name": long}), Kind::Invalid),
        (json!({"name": "a\u{0}b"}), Kind::Invalid),
        (json!({"name": "\u{1f600}"}), Kind::Invalid),
        (json!({"tags": ["\u{1f600}"]}), Kind::Invalid),
        (json!({"tags": [long]}), Kind::Invalid),
        (json!({"tags": [7]}), Kind::Invalid),
        (json!({"tags": "a"}), Kind::Invalid),
        (json!({"tags": null}), Kind::Invalid),
        (json!({"visibility": "everyone"}), Kind::Invalid),
        (json!({"visibility": null}), Kind::Invalid),
        (json!({"visibility": "PUBLIC"}), Kind::Invalid),
        (json!({"protected": "true"}), Kind::Invalid),
        (json!({"protected": 1}), Kind::Invalid),
        (json!({"os_hidden": null}), Kind::Invalid),
        (json!({"disk_format": "exe"}), Kind::Invalid),
        (json!({"disk_format": 1}), Kind::Invalid),
        (json!({"container_format": "BARE"}), Kind::Invalid),
        (json!({"min_disk": -1}), Kind::Invalid),
        (json!({"min_disk": 2_147_483_648_u64}), Kind::Invalid),
        (json!({"min_disk": 1e300}), Kind::Invalid),
        (json!({"min_disk": u64::MAX}), Kind::Invalid),
        (json!({"min_disk": 1.5}), Kind::Invalid),
        (json!({"min_disk": true}), Kind::Invalid),
        (json!({"min_disk": "1"}), Kind::Invalid),
        (json!({"min_ram": null}), Kind::Invalid),
        (json!({"id": "not-a-uuid"}), Kind::Invalid),
        (json!({"id": format!("{ID}\n")}), Kind::Invalid),
        (json!({"id": null}), Kind::Invalid),
        (json!({"owner": long}), Kind::Invalid),
        (json!({"owner": 1}), Kind::Invalid),
        (json!({"size": "big"}), Kind::Invalid),
        (json!({"status": "nice"}), Kind::Invalid),
        (json!({"checksum": "x".repeat(33)}), Kind::Invalid),
        (json!({"custom": null}), Kind::Invalid),
        (json!({"custom": true}), Kind::Invalid),
        (json!({"custom": 1}), Kind::Invalid),
        (json!({"custom": ["a"]}), Kind::Invalid),
        (json!({"custom": {}}), Kind::Invalid),
        (json!({"custom": "\u{1f600}"}), Kind::Invalid),
        (json!({"custom": "a\u{0}"}), Kind::Invalid),
        (json!({"": "x"}), Kind::Invalid),
        (json!({"\u{1f600}": "x"}), Kind::Invalid),
        (json!({"a\u{0}": "x"}), Kind::Invalid),
        (json!({long: "x"}), Kind::Invalid),
        (json!({"locations": [{"url": "file:///etc/passwd"}]}), Kind::Invalid),
        (json!({"deleted": true}), Kind::Invalid),
        (json!({"locations": []}), Kind::Forbidden),
        (json!({"locations": [{"url": "http://x", "metadata": {}}]}), Kind::Forbidden),
        (json!({"created_at": "2026-01-01T00:00:00Z"}), Kind::Forbidden),
        (json!({"updated_at": "x"}), Kind::Forbidden),
        (json!({"status": "active"}), Kind::Forbidden),
        (json!({"checksum": null}), Kind::Forbidden),
        (json!({"size": 1}), Kind::Forbidden),
        (json!({"virtual_size": null}), Kind::Forbidden),
        (json!({"direct_url": 7}), Kind::Forbidden),
        (json!({"self": "x"}), Kind::Forbidden),
        (json!({"file": "x"}), Kind::Forbidden),
        (json!({"schema": "x"}), Kind::Forbidden),
        (json!({"stores": "x"}), Kind::Forbidden),
        (json!({"location": "x"}), Kind::Forbidden),
        (json!({"deleted": "x"}), Kind::Forbidden),
        (json!({"deleted_at": "x"}), Kind::Forbidden),
        (json!({"os_glance_import_task": "x"}), Kind::Forbidden),
        (json!({"os_glance": "x"}), Kind::Forbidden),
        // Shape before permission.
        (json!({"size": 1, "name": 1}), Kind::Invalid),
        (json!({"self": "x", "name": 1}), Kind::Forbidden),
    ];
    for (body, kind) in rows {
        let answer = draft(&body).map(drop).map_err(|(kind, _)| kind);
        assert_eq!(answer, Err(kind), "{body}");
    }
    assert_eq!(draft(&json!({"status": "active"})).unwrap_err().1, "Attribute 'status' is read-only.");
    assert_eq!(draft(&json!({"deleted": "x"})).unwrap_err().1, "Attribute 'deleted' is reserved.");
    assert!(draft(&json!({"disk_format": "exe"})).unwrap_err().1.contains("'qcow2'"));
}

#[test]
fn duplicate_members_count_as_given_last() {
    let body: Value = serde_json::from_str(r#"{"name": "a", "name": "b"}"#).unwrap();
    assert_eq!(make(&body).name.as_deref(), Some("b"));
}

#[test]
fn create_respects_quotas() {
    let names = |count: usize| (0..count).map(|at| format!("n{at}")).collect::<Vec<_>>();
    let with = |tags: usize, properties: usize, limits: &Limits| {
        let mut body = json!({"tags": names(tags)});
        for name in names(properties) {
            body[name] = json!("x");
        }
        let fresh = crate::ImageId::parse(ID).unwrap();
        draft(&body).unwrap().into_image(&caller("alpha", "member"), fresh, at(0), limits).map(drop)
    };
    let limits = Limits::default();
    assert!(with(128, 128, &limits).is_ok());
    let error = with(129, 0, &limits).unwrap_err();
    assert_eq!(error.kind(), Kind::OverLimit);
    assert_eq!(
        error.message(),
        "The limit has been exceeded on the number of allowed image tags. Attempted: 129, Maximum: 128"
    );
    assert_eq!(with(0, 129, &limits).unwrap_err().kind(), Kind::OverLimit);
    let unlimited = Limits { image_tags: None, image_properties: None, ..limits };
    assert!(with(500, 500, &unlimited).is_ok());
}

fn permitted(image: Image) -> Permitted<ImageView, Modify> {
    Policy::defaults().permit::<Modify>(&owner(), alone(image)).unwrap()
}

fn owner() -> Caller {
    caller("alpha", "member,reader")
}

fn admin() -> Caller {
    caller("ops", "admin")
}

fn patch_as(caller: &Caller, media: PatchMedia, image: Image, body: &Value) -> Result<Image, (Kind, String)> {
    Changes::parse(media, body, &Formats::default())
        .and_then(|changes| {
            changes.apply(&permitted(image), caller, &Policy::defaults(), &Limits::default(), at(9_000_000))
        })
        .map_err(|error| (error.kind(), error.message().to_owned()))
}

fn patch(body: &Value) -> Result<Image, (Kind, String)> {
    patch_as(&owner(), PatchMedia::V21, image(Visibility::Shared), body)
}

fn patch_v20(body: &Value) -> Result<Image, (Kind, String)> {
    patch_as(&owner(), PatchMedia::V20, image(Visibility::Shared), body)
}

#[test]
fn media_types() {
    let read = PatchMedia::from_content_type;
    assert_eq!(read("application/openstack-images-v2.1-json-patch"), Some(PatchMedia::V21));
    assert_eq!(read("Application/OpenStack-Images-v2.1-JSON-patch; charset=utf-8"), Some(PatchMedia::V21));
    assert_eq!(read(" application/openstack-images-v2.0-json-patch ;x=y"), Some(PatchMedia::V20));
    for other in ["", "application/json", "application/json-patch+json", "application/openstack-images-v2.2-json-patch"]
    {
        assert_eq!(read(other), None);
    }
    assert!(PatchMedia::ACCEPT.split(", ").all(|media| read(media).is_some()));
}

#[test]
fn patch_changes_what_it_says() {
    let before = queued();
    let body = json!([
        {"op": "replace", "path": "/name", "value": "new"},
        {"op": "add", "path": "/visibility", "value": "community"},
        {"op": "replace", "path": "/protected", "value": true},
        {"op": "replace", "path": "/os_hidden", "value": true},
        {"op": "replace", "path": "/disk_format", "value": "raw"},
        {"op": "add", "path": "/container_format", "value": null},
        {"op": "replace", "path": "/min_disk", "value": 3.0},
        {"op": "replace", "path": "/min_ram", "value": 4},
        {"op": "replace", "path": "/tags", "value": ["x", "y", "x"]},
        {"op": "add", "path": "/a~1b~0c~01", "value": "odd"},
        {"op": "add", "path": "/os_distro", "value": "fedora"},
        {"op": "replace", "path": "/os_distro", "value": "suse"},
        {"op": "add", "path": "/gone", "value": "x"},
        {"op": "remove", "path": "/gone"},
        {"op": "add", "path": "/ blank ", "value": "trimmed"},
        {"op": "add", "path": "/member", "value": "just a name"},
        {"op": "add", "path": "/extra_properties", "value": "just a name"},
    ]);
    let after = patch_as(&owner(), PatchMedia::V21, before.clone(), &body).unwrap();
    let properties = [
        ("a/b~c~1", "odd"),
        ("blank", "trimmed"),
        ("extra_properties", "just a name"),
        ("member", "just a name"),
        ("os_distro", "suse"),
    ];
    let expected = Image {
        name: Some("new".to_owned()),
        visibility: Visibility::Community,
        protected: true,
        hidden: true,
        disk_format: Some("raw".to_owned()),
        container_format: None,
        min_disk: 3,
        min_ram: 4,
        tags: ["x", "y"].map(str::to_owned).into(),
        properties: properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        updated_at: at(9_000_000),
        ..before
    };
    assert_eq!(after, expected);
}

#[test]
fn patch_shapes() {
    let op = |op: &str, path: &str| json!([{"op": op, "path": path, "value": "x"}]);
    let rows = [
        (json!({}), Kind::Invalid, "must be a JSON array"),
        (json!("x"), Kind::Invalid, "must be a JSON array"),
        (json!([7]), Kind::Invalid, "must be JSON objects"),
        (json!([{"path": "/a", "value": "x"}]), Kind::Invalid, "Unable to find `op`"),
        (json!([{"op": null, "path": "/a"}]), Kind::Invalid, "Unable to find `op`"),
        (json!([{"op": 7, "path": "/a"}]), Kind::Invalid, "Invalid operation: `7`"),
        (op("move", "/a"), Kind::Invalid, "Invalid operation: `move`"),
        (op("copy", "/a"), Kind::Invalid, "Invalid operation"),
        (op("test", "/a"), Kind::Invalid, "Invalid operation"),
        (op("Add", "/a"), Kind::Invalid, "Invalid operation"),
        (json!([{"op": "add", "value": "x"}]), Kind::Invalid, "Unable to find 'path'"),
        (json!([{"op": "add", "path": 7, "value": "x"}]), Kind::Invalid, "not a string"),
        (json!([{"op": "add", "path": "/a"}]), Kind::Invalid, "requires a member named \"value\""),
        (op("add", "name"), Kind::Invalid, "does not start with"),
        (op("add", ""), Kind::Invalid, "does not start with"),
        (op("add", "/"), Kind::Invalid, "valid token"),
        (op("add", "/ "), Kind::Invalid, "valid token"),
        (op("add", "//"), Kind::Invalid, "end with"),
        (op("add", "//a"), Kind::Invalid, "adjacent"),
        (op("add", "/a//b"), Kind::Invalid, "adjacent"),
        (op("add", "/a/ /b"), Kind::Invalid, "adjacent"),
        (op("add", "/a/"), Kind::Invalid, "end with"),
        (op("add", "/a~2"), Kind::Invalid, "escape"),
        (op("add", "/a~"), Kind::Invalid, "escape"),
        (op("add", "/a/b"), Kind::Invalid, "'/a/b'"),
        (op("add", "/tags/-"), Kind::Invalid, "'/tags/-'"),
        (op("remove", "/tags/0"), Kind::Invalid, "Invalid JSON pointer"),
        (op("add", "/locations"), Kind::Invalid, "Invalid JSON pointer"),
        (op("remove", "/locations"), Kind::Invalid, "Invalid JSON pointer"),
        (op("replace", "/locations/0"), Kind::Invalid, "Invalid JSON pointer"),
        (op("add", "/locations/-"), Kind::Invalid, "schema"),
        (op("replace", "/locations"), Kind::Invalid, "schema"),
        (json!([{"op": "add", "path": "/a", "value": 7}]), Kind::Invalid, "schema"),
        (json!([{"op": "replace", "path": "/min_disk", "value": -1}]), Kind::Invalid, "negative"),
        (json!([{"op": "replace", "path": "/tags", "value": ["\u{1f600}"]}]), Kind::Invalid, "4 byte"),
        (json!([{"op": "add", "path": "/a", "value": "\u{1f600}"}]), Kind::Invalid, "A can't contain 4 byte"),
        (json!([{"op": "add", "path": "/\u{1f600}", "value": ""}]), Kind::Invalid, "4 byte"),
        (json!([{"op": "add", "path": format!("/{}", "x".repeat(256)), "value": ""}]), Kind::Invalid, "255"),
        (
            json!([{"op": "add", "path": "/locations/-", "value": {"url": "http://x", "metadata": {}}}]),
            Kind::Forbidden,
            "add locations",
        ),
        (json!([{"op": "replace", "path": "/locations", "value": []}]), Kind::Forbidden, "empty list"),
        (
            json!([{"op": "replace", "path": "/locations", "value": [{"url": "x", "metadata": {}}]}]),
            Kind::Forbidden,
            "update locations",
        ),
        (json!([{"op": "remove", "path": "/locations/0"}]), Kind::Forbidden, "remove locations"),
        (op("remove", "/name"), Kind::Forbidden, "Property name may not be removed."),
        (op("remove", "/tags"), Kind::Forbidden, "may not be removed"),
        (op("remove", "/owner"), Kind::Forbidden, "may not be removed"),
        (op("remove", "/absent"), Kind::Conflict, "Property absent does not exist."),
        (op("replace", "/absent"), Kind::Conflict, "Property absent does not exist."),
        (op("replace", "/owner"), Kind::Forbidden, "Owner can't be updated by non admin."),
        (op("add", "/owner"), Kind::Forbidden, "Owner can't be updated by non admin."),
        (json!([{"op": "replace", "path": "/disk_format", "value": "qcow2"}]), Kind::Forbidden, "queued image"),
        (json!([{"op": "add", "path": "/container_format", "value": "bare"}]), Kind::Forbidden, "queued image"),
        (json!([{"op": "replace", "path": "/visibility", "value": "public"}]), Kind::Forbidden, "publicize_image"),
    ];
    for (body, kind, words) in rows {
        let (answer, message) = patch(&body).unwrap_err();
        assert_eq!(answer, kind, "{body}: {message}");
        assert!(message.contains(words), "{body}: {message}");
    }
}

#[test]
fn t_a7_protected_attributes_stay() {
    for name in [
        "created_at",
        "updated_at",
        "status",
        "checksum",
        "size",
        "virtual_size",
        "direct_url",
        "self",
        "file",
        "schema",
        "id",
        "os_hash_algo",
        "os_hash_value",
        "stores",
    ] {
        for op in ["add", "replace", "remove"] {
            let body = json!([{"op": op, "path": format!("/{name}"), "value": "x"}]);
            assert_eq!(patch(&body).unwrap_err(), (Kind::Forbidden, format!("Attribute '{name}' is read-only.")));
        }
    }
    for name in ["location", "deleted", "deleted_at", "os_glance_import_task", "os_glance_x", "os_glance"] {
        for op in ["add", "replace", "remove"] {
            let body = json!([{"op": op, "path": format!("/{name}"), "value": "x"}]);
            assert_eq!(patch(&body).unwrap_err(), (Kind::Forbidden, format!("Attribute '{name}' is reserved.")));
        }
    }
    // Other spellings are only custom properties.
    for name in ["Status", "STATUS", "os-hash-value", "created-at", "Owner", "image_id"] {
        let body = json!([{"op": "add", "path": format!("/{name}"), "value": "x"}]);
        let after = patch(&body).unwrap();
        let before = image(Visibility::Shared);
        assert_eq!(after.properties.get(name).map(String::as_str), Some("x"));
        assert_eq!(Image { properties: before.properties.clone(), updated_at: before.updated_at, ..after }, before);
    }
}

#[test]
fn the_older_media_type() {
    let after = patch_v20(&json!([
        {"replace": "/name", "value": "n"}, {"add": "/fresh", "value": "f"}, {"remove": "/os_distro"},
    ]))
    .unwrap();
    assert_eq!(after.name.as_deref(), Some("n"));
    assert_eq!(after.properties.into_iter().collect::<Vec<_>>(), [("fresh".to_owned(), "f".to_owned())]);
    for (body, kind, words) in [
        (json!([{"add": "/os_distro", "value": "x"}]), Kind::Conflict, "Property os_distro already present."),
        (json!([{"add": "/name", "value": "x"}]), Kind::Conflict, "Property name already present."),
        (json!([{"add": "/visibility", "value": "private"}]), Kind::Conflict, "already present"),
        (json!([{"add": "/visibility", "value": "public"}]), Kind::Forbidden, "publicize_image"),
        (json!([{"add": "/owner", "value": "beta"}]), Kind::Forbidden, "non admin"),
        (json!([{"value": "x"}]), Kind::Invalid, "exactly one member"),
        (json!([{"add": "/a", "remove": "/b", "value": "x"}]), Kind::Invalid, "only one member"),
        (json!([{"op": "add", "path": "/a", "value": "x"}]), Kind::Invalid, "exactly one member"),
        (json!([{"add": "/a"}]), Kind::Invalid, "\"value\""),
        (json!([{"add": 7, "value": "x"}]), Kind::Invalid, "not a string"),
    ] {
        let (answer, message) = patch_v20(&body).unwrap_err();
        assert_eq!(answer, kind, "{body}: {message}");
        assert!(message.contains(words), "{body}: {message}");
    }
    let owner = json!([{"add": "/owner", "value": "beta"}]);
    let answer = patch_as(&admin(), PatchMedia::V20, image(Visibility::Shared), &owner).unwrap_err();
    assert_eq!(answer, (Kind::Conflict, "Property owner already present.".to_owned()));
}

#[test]
fn administrators_change_owner_and_publish() {
    for op in ["add", "replace"] {
        for (owner, expected) in [(json!("beta"), Some("beta")), (json!(null), None)] {
            let body = json!([
                {"op": op, "path": "/owner", "value": owner}, {"op": op, "path": "/visibility", "value": "public"},
            ]);
            let after = patch_as(&admin(), PatchMedia::V21, image(Visibility::Shared), &body).unwrap();
            assert_eq!(after.owner.as_ref().map(crate::ProjectId::as_str), expected);
            assert_eq!(after.visibility, Visibility::Public);
        }
    }
}

#[test]
fn formats_change_only_without_data() {
    for status in Status::ALL {
        let body = json!([{"op": "replace", "path": "/disk_format", "value": "raw"}]);
        let answer = patch_as(&owner(), PatchMedia::V21, Image { status, ..image(Visibility::Shared) }, &body);
        assert_eq!(answer.is_ok(), matches!(status, Status::Queued | Status::Importing), "{status:?}");
    }
}

#[test]
fn quotas_count_when_something_is_added() {
    let mut full = image(Visibility::Shared);
    full.properties = (0..200).map(|at| (format!("p{at}"), String::new())).collect();
    full.properties.insert("os_glance_failed_import".to_owned(), String::new());
    let apply = |body: Value| patch_as(&owner(), PatchMedia::V21, full.clone(), &body).map(drop).map_err(|e| e.0);
    assert_eq!(apply(json!([{"op": "replace", "path": "/p1", "value": "x"}])), Ok(()));
    assert_eq!(apply(json!([{"op": "remove", "path": "/p1"}])), Ok(()));
    assert_eq!(apply(json!([{"op": "add", "path": "/new", "value": "x"}])), Err(Kind::OverLimit));
    let tags: Vec<_> = (0..129).map(|at| at.to_string()).collect();
    assert_eq!(apply(json!([{"op": "replace", "path": "/tags", "value": tags}])), Err(Kind::OverLimit));
    let exactly: Vec<_> = (0..127).map(|at| json!({"op": "add", "path": format!("/q{at}"), "value": ""})).collect();
    assert!(patch(&Value::Array(exactly.clone())).is_ok());
    let one_more: Vec<_> = exactly.into_iter().chain([json!({"op": "add", "path": "/z", "value": ""})]).collect();
    assert_eq!(patch(&Value::Array(one_more)).unwrap_err().0, Kind::OverLimit);
}

#[test]
fn an_empty_patch_is_known_as_such() {
    let changes = Changes::parse(PatchMedia::V21, &json!([]), &Formats::default()).unwrap();
    assert!(changes.is_empty());
    assert!(Changes::parse(PatchMedia::V21, &json!([{}]), &Formats::default()).is_err());
}

#[test]
fn all_or_nothing_and_time_never_runs_back() {
    let body = json!([{"op": "replace", "path": "/name", "value": "x"}, {"op": "remove", "path": "/absent"}]);
    assert_eq!(patch(&body).unwrap_err().0, Kind::Conflict);
    let changes = json!([{"op": "replace", "path": "/name", "value": "x"}]);
    let changes = Changes::parse(PatchMedia::V21, &changes, &Formats::default()).unwrap();
    let before = permitted(image(Visibility::Shared));
    let after = changes.apply(&before, &owner(), &Policy::defaults(), &Limits::default(), at(-1_000_000)).unwrap();
    assert_eq!(after.updated_at, after.created_at);
}

#[test]
fn tags_from_urls() {
    assert!(tag::check("\u{1f600}").is_ok());
    assert!(tag::check(&"ü".repeat(255)).is_ok());
    assert_eq!(tag::check(&"x".repeat(256)).unwrap_err().kind(), Kind::Invalid);
    assert_eq!(tag::check("a\0").unwrap_err().kind(), Kind::Invalid);
    assert_eq!(tag::absent("x").kind(), Kind::NotFound);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::String),
        prop::sample::select(vec!["public", "raw", "bare", "active", "beta", "x"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(".{0,6}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    let known = [
        "name",
        "id",
        "owner",
        "status",
        "size",
        "virtual_size",
        "checksum",
        "os_hash_algo",
        "os_hash_value",
        "tags",
        "visibility",
        "protected",
        "os_hidden",
        "min_disk",
        "min_ram",
        "disk_format",
        "container_format",
        "created_at",
        "updated_at",
        "locations",
        "locations/0",
        "locations/-",
        "stores",
        "self",
        "file",
        "schema",
        "direct_url",
        "deleted",
        "os_glance_x",
        "image_id",
        "os_distro",
        "x",
    ];
    prop_oneof![3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn any_operation() -> impl Strategy<Value = Value> {
    (prop::sample::select(vec!["add", "replace", "remove"]), any_name(), any_json(), any::<bool>()).prop_map(
        |(op, name, value, new)| {
            let path = format!("/{name}");
            if new { json!({"op": op, "path": path, "value": value}) } else { json!({op: path, "value": value}) }
        },
    )
}

/// What no request may change.
fn fixed(image: &Image) -> Image {
    Image {
        name: None,
        owner: None,
        visibility: Visibility::Shared,
        hidden: false,
        protected: false,
        disk_format: None,
        container_format: None,
        min_disk: 0,
        min_ram: 0,
        updated_at: at(0),
        tags: Default::default(),
        properties: Default::default(),
        ..image.clone()
    }
}

proptest! {
    #[test]
    fn t_a7_no_patch_changes_what_is_read_only(
        operations in prop::collection::vec(any_operation(), 1..4),
        old in any::<bool>(),
        as_admin in any::<bool>(),
        active in any::<bool>(),
    ) {
        let media = if old { PatchMedia::V20 } else { PatchMedia::V21 };
        let before = if active { image(Visibility::Shared) } else { queued() };
        let who = if as_admin { admin() } else { owner() };
        let body = Value::Array(operations);
        match patch_as(&who, media, before.clone(), &body) {
            Ok(after) => {
                prop_assert_eq!(fixed(&after), fixed(&before));
                prop_assert!(after.updated_at >= after.created_at);
                prop_assert!(after.properties.keys().all(|name| !name.starts_with("os_glance") && !name.is_empty()));
                prop_assert!(!after.properties.contains_key("stores") && !after.properties.contains_key("locations"));
                if active {
                    prop_assert_eq!(&after.disk_format, &before.disk_format);
                    prop_assert_eq!(&after.container_format, &before.container_format);
                }
                if !as_admin {
                    prop_assert_eq!(&after.owner, &before.owner);
                    prop_assert_ne!(after.visibility, Visibility::Public);
                }
            }
            Err((kind, _)) => prop_assert!(
                matches!(kind, Kind::Invalid | Kind::Forbidden | Kind::Conflict | Kind::OverLimit)
            ),
        }
    }

    #[test]
    fn t_a7_no_create_sets_what_is_read_only(
        body in prop::collection::btree_map(any_name(), any_json(), 0..6),
    ) {
        let body: Value = body.into_iter().collect();
        match draft(&body) {
            Ok(draft) => {
                let fresh = crate::ImageId::parse(ID).unwrap();
                let image = draft.into_image(&owner(), fresh, at(1), &Limits::default()).unwrap();
                let bare = Image { id: image.id.clone(), ..make(&json!({})) };
                prop_assert_eq!(
                    Image { created_at: at(0), ..fixed(&image) },
                    Image { created_at: at(0), ..fixed(&bare) }
                );
                prop_assert!(image.properties.keys().all(|name| !name.starts_with("os_glance") && !name.is_empty()));
            }
            Err((kind, _)) => prop_assert!(matches!(kind, Kind::Invalid | Kind::Forbidden)),
        }
    }

    #[test]
    fn any_body_is_answered(body in any_json(), old in any::<bool>()) {
        let media = if old { PatchMedia::V20 } else { PatchMedia::V21 };
        let _ = Changes::parse(media, &body, &Formats::default());
        let _ = draft(&body);
    }

    #[test]
    fn any_pointer_is_answered(pointer in "[/~a-c01 \\-]{0,12}") {
        let body = json!([{"op": "add", "path": pointer, "value": "x"}]);
        if let Ok(after) = patch(&body) {
            prop_assert_eq!(after.properties.len(), 2);
        }
    }
}
