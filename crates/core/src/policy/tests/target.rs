use super::Pairs;
use crate::{
    ProjectId,
    image::{Image, Visibility},
    membership::MemberStatus,
    policy::{ImageTarget, Target},
    testing::{ID, alone, as_member, caller, image},
};

#[test]
fn every_attribute_of_an_image_has_its_name() {
    let of = |image: &Image, name: &str| ImageTarget::new(image).attribute(name).map(|value| value.into_owned());
    let full = Image { protected: true, updated_at: crate::testing::at(2_000_000), ..image(Visibility::Shared) };
    for (name, value) in [
        ("project_id", "alpha"),
        ("owner", "alpha"),
        ("member_id", "None"),
        ("member", "None"),
        ("visibility", "shared"),
        ("id", ID),
        ("image_id", ID),
        ("name", "debian-12"),
        ("status", "active"),
        ("protected", "True"),
        ("os_hidden", "False"),
        ("disk_format", "qcow2"),
        ("container_format", "bare"),
        ("min_disk", "5"),
        ("min_ram", "512"),
        ("size", "476704768"),
        ("virtual_size", "3221225472"),
        ("checksum", "d41d8cd98f00b204e9800998ecf8427e"),
        ("os_hash_algo", "sha512"),
        ("os_hash_value", "cf83e1"),
        ("created_at", "2023-11-14 22:13:20+00:00"),
        ("updated_at", "2023-11-14 22:13:22+00:00"),
        ("os_distro", "debian"),
    ] {
        assert_eq!(of(&full, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(of(&full, "no_such_attribute"), None);
    let bare = Image { size: None, owner: None, name: None, ..full };
    for name in ["size", "owner", "project_id", "name"] {
        assert_eq!(of(&bare, name).as_deref(), Some("None"), "{name}");
    }
}

/// `member_id` is the caller's project when a membership is what lets it reach the image, and nobody otherwise.
#[test]
fn only_a_membership_that_reaches_the_image_makes_a_member() {
    let member = |image: Image, of: &str, who: &str| {
        let view = as_member(image, of, MemberStatus::Accepted);
        ImageTarget::of(&view, &caller(who, "member")).attribute("member_id").map(|value| value.into_owned())
    };
    let none = Some("None".to_owned());
    assert_eq!(member(image(Visibility::Shared), "beta", "beta").as_deref(), Some("beta"));
    assert_eq!(member(image(Visibility::Shared), "beta", "gamma"), none);
    assert_eq!(member(image(Visibility::Shared), "alpha", "alpha"), none, "the owner is no member");
    for visibility in [Visibility::Private, Visibility::Community, Visibility::Public] {
        assert_eq!(member(image(visibility), "beta", "beta"), none, "{visibility:?}");
    }
    let foreign = Image { owner: Some(ProjectId::new("beta")), ..image(Visibility::Shared) };
    assert_eq!(member(foreign, "alpha", "alpha").as_deref(), Some("alpha"));
    let view = alone(image(Visibility::Shared));
    let alone = ImageTarget::of(&view, &caller("beta", "member"));
    assert_eq!(alone.attribute("member_id").as_deref(), Some("None"));
}

#[test]
fn targets_made_on_the_spot_find_by_name() {
    let pairs = [("a", "1"), ("b", "2")];
    assert_eq!(pairs.attribute("b").as_deref(), Some("2"));
    assert_eq!(pairs.attribute("c"), None);
    assert_eq!(Pairs(&pairs).attribute("a").as_deref(), Some("1"));
}
