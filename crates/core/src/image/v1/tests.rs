//! Tests of the rules of v1.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{
    fields::{Fields, v1_name},
    grants::{Effect, Grant, grant, replace},
    list,
    sharing::Reach,
};
use crate::{
    Kind, ProjectId, Timestamp, Viewer,
    image::{
        draft::Formats,
        list::{Comparison, Filter, TimeField, VisibilityFilter},
    },
    limits::Limits,
    membership::{MemberName, MemberStatus, Membership, ThingKind, ThingRef, rules::Invitation},
};

fn thing() -> ThingRef {
    ThingRef { kind: ThingKind::Image, id: "i".to_owned() }
}

fn name(text: &str) -> MemberName {
    MemberName::parse(text).unwrap()
}

fn row(member: &str, can_share: bool) -> Membership {
    let accepted = Invitation { can_share, status: MemberStatus::Accepted, ..Invitation::pending(name(member)) };
    accepted.into_membership(thing(), Timestamp(1))
}

fn wanted(member: &str, can_share: Option<bool>) -> Grant {
    Grant { member: name(member), can_share }
}

#[test]
fn a_grant_adds_changes_or_keeps() {
    let own = Reach::Own("me".to_owned());
    for (reach, existing, can_share, expected) in [
        (&Reach::Whole, None, None, "added"),
        (&Reach::Whole, None, Some(true), "added+"),
        (&Reach::Whole, Some(false), None, "kept"),
        (&Reach::Whole, Some(true), None, "kept+"),
        (&Reach::Whole, Some(true), Some(false), "amended"),
        (&Reach::Whole, Some(false), Some(true), "amended+"),
        (&Reach::Whole, Some(true), Some(true), "kept+"),
        (&own, None, Some(true), "added+"),
        (&own, Some(false), Some(true), "amended+"),
        (&own, Some(true), Some(false), "kept+"),
    ] {
        let existing = existing.map(|can_share| row("a", can_share));
        let effect = grant(&thing(), reach, 1, existing, &wanted("a", can_share), None, Timestamp(2)).unwrap();
        let (word, after) = match effect {
            Effect::Added(after) => ("added", after),
            Effect::Amended(after) => ("amended", after),
            Effect::Kept(after) => ("kept", after),
        };
        let status = if word == "added" { MemberStatus::Pending } else { MemberStatus::Accepted };
        assert_eq!(after.status, status);
        assert_eq!(format!("{word}{}", if after.can_share { "+" } else { "" }), expected);
    }
    let mine = grant(&thing(), &own, 1, Some(row("me", true)), &wanted("me", Some(false)), None, Timestamp(2)).unwrap();
    assert!(matches!(mine, Effect::Amended(after) if !after.can_share));
    // Only a new row counts against the quota.
    let full = |existing| grant(&thing(), &Reach::Whole, 2, existing, &wanted("a", Some(true)), Some(2), Timestamp(2));
    assert_eq!(full(None).unwrap_err().kind(), Kind::OverLimit);
    assert!(full(Some(row("a", false))).is_ok());
}

proptest! {
    /// Replacing, beside the obvious computation on maps.
    #[test]
    fn replacing(
        before in prop::collection::btree_map("[a-e]", any::<bool>(), 0..5),
        list in prop::collection::vec(("[a-e]", any::<Option<bool>>()), 0..6),
        whole in any::<bool>(),
    ) {
        let reach = if whole { Reach::Whole } else { Reach::Own("a".to_owned()) };
        let rows: Vec<Membership> = before.iter().map(|(member, can_share)| row(member, *can_share)).collect();
        let grants: Vec<Grant> = list.iter().map(|(member, can_share)| wanted(member, *can_share)).collect();
        let replacement = replace(&thing(), &reach, &rows, &grants, None, Timestamp(2)).unwrap();

        let seen = |member: &str| whole || member == "a";
        let last: BTreeMap<&str, Option<bool>> = list.iter().map(|(member, can_share)| (member.as_str(), *can_share)).collect();
        let mut expected = BTreeMap::new();
        for (member, can_share) in &before {
            match last.get(member.as_str()) {
                None if seen(member) => {}
                None | Some(None) => {
                    expected.insert(member.clone(), *can_share);
                }
                Some(Some(flag)) => {
                    expected.insert(member.clone(), if seen(member) { *flag } else { *can_share || *flag });
                }
            }
        }
        for (member, can_share) in &last {
            expected.entry((*member).to_owned()).or_insert(can_share.unwrap_or(false));
        }
        let after: Vec<&Membership> =
            replacement.kept.iter().chain(&replacement.amended).chain(&replacement.added).collect();
        let found: BTreeMap<String, bool> = after.iter().map(|row| (row.member.clone(), row.can_share)).collect();
        prop_assert_eq!(after.len(), found.len());
        prop_assert_eq!(&found, &expected);
        let removed: BTreeSet<&String> = replacement.removed.iter().map(|row| &row.member).collect();
        prop_assert_eq!(removed, before.keys().filter(|member| !expected.contains_key(*member)).collect());
        // A quota of what there is afterwards is enough, and one less is not.
        let size = expected.len() as u64;
        prop_assert!(replace(&thing(), &reach, &rows, &grants, Some(size), Timestamp(2)).is_ok());
        if let Some(less) = size.checked_sub(1) {
            prop_assert!(replace(&thing(), &reach, &rows, &grants, Some(less), Timestamp(2)).is_err());
        }
    }

    /// Reading headers never panics, and never takes a name for two fields.
    #[test]
    fn any_headers(pairs in prop::collection::vec(("[a-z_]{0,12}", "\\PC{0,12}"), 0..6)) {
        let _ = Fields::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &Formats::default());
    }
}

fn fields(pairs: &[(&str, &str)]) -> crate::Result<Fields> {
    Fields::parse(pairs.iter().copied(), &Formats::default())
}

#[test]
fn headers_have_their_forms() {
    let read = fields(&[
        ("name", "n"),
        ("min_disk", "2147483647"),
        ("is_public", "YES"),
        ("protected", "2"),
        ("property_a", "1"),
        ("property_b", ""),
        ("created_at", "1900-01-01T00:00:00"),
        ("owner", ""),
    ])
    .unwrap();
    assert_eq!(
        (read.name, read.min_disk, read.is_public, read.protected),
        (Some(Some("n".into())), Some(i32::MAX as u32), Some(true), Some(false))
    );
    assert_eq!(read.owner, Some(None));
    assert_eq!(read.properties, BTreeMap::from([("a".to_owned(), Some("1".to_owned())), ("b".to_owned(), None)]));
    for (name, value, kind) in [
        ("colour", "red", Kind::Invalid),
        ("", "x", Kind::Invalid),
        ("property_", "x", Kind::Invalid),
        ("min_disk", "2147483648", Kind::Invalid),
        ("size", "1.5", Kind::Invalid),
        ("size", "9223372036854775808", Kind::Invalid),
        ("created_at", "1899-12-31T23:59:59", Kind::Invalid),
        ("name", "a\0b", Kind::Invalid),
        ("property_status", "x", Kind::Forbidden),
        ("property_owner", "x", Kind::Forbidden),
        ("property_deleted", "", Kind::Forbidden),
        ("property_os_glance_x", "x", Kind::Forbidden),
    ] {
        assert_eq!(fields(&[(name, value)]).unwrap_err().kind(), kind, "{name}: {value}");
    }
    assert_eq!(fields(&[("name", "a"), ("name", "a")]).unwrap_err().kind(), Kind::Invalid);
}

#[test]
fn formats_of_amazon_agree() {
    let formats = |pairs: &[(&str, &str)]| {
        fields(pairs).map(|read| {
            (read.disk_format.flatten().unwrap_or_default(), read.container_format.flatten().unwrap_or_default())
        })
    };
    let both = |format: &str| (format.to_owned(), format.to_owned());
    assert_eq!(formats(&[("disk_format", "ami")]).unwrap(), both("ami"));
    assert_eq!(formats(&[("container_format", "ari")]).unwrap(), both("ari"));
    assert_eq!(formats(&[("disk_format", "aki"), ("container_format", "aki")]).unwrap(), both("aki"));
    assert!(formats(&[("disk_format", "ami"), ("container_format", "bare")]).is_err());
    assert!(formats(&[("disk_format", "raw"), ("container_format", "aki")]).is_err());
}

#[test]
fn names_have_one_spelling() {
    assert_eq!(v1_name("Kernel-Id"), "kernel_id");
}

#[test]
fn whose_eyes_a_list_is_seen_with() {
    let parse = |admin: bool, value: &str| {
        let viewer = Viewer { project: Some(ProjectId::new("p")), admin };
        let params = [("is_public".to_owned(), value.to_owned())];
        list::parse(&params, &Limits::default(), viewer).map(|(query, viewer)| (query.visibility, viewer.admin))
    };
    for value in ["true", "True", "1"] {
        assert_eq!(parse(true, value).unwrap(), (VisibilityFilter::Default, false));
    }
    for value in ["false", "0"] {
        assert_eq!(parse(true, value).unwrap(), (VisibilityFilter::NonPublic, true));
    }
    assert_eq!(parse(true, "None").unwrap(), (VisibilityFilter::Default, true));
    for value in ["true", "false", "none"] {
        assert_eq!(parse(false, value).unwrap(), (VisibilityFilter::Default, false));
    }
    assert!(parse(false, "perhaps").is_err());
}

#[test]
fn changes_since_is_exact() {
    let viewer = Viewer { project: None, admin: false };
    let params = [("changes-since".to_owned(), "1970-01-01T00:00:01.000002Z".to_owned())];
    let (query, _) = list::parse(&params, &Limits::default(), viewer).unwrap();
    assert_eq!(query.filters[0], Filter::Time(TimeField::UpdatedAt, Comparison::After, Timestamp(1_000_002)));
}
