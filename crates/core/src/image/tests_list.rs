//! Reading list queries: the reference's tables, and that any query is answered.

use proptest::prelude::*;

use crate::{
    Kind, Timestamp,
    image::{
        Visibility,
        list::{
            Comparison, Filter, ImageQuery, MemberStatusFilter, NumberField, SortDir, SortKey, TextField, TimeField,
            VisibilityFilter,
        },
    },
    limits::Limits,
    membership::MemberStatus,
    testing::ID,
};

type Params<'a> = &'a [(&'a str, &'a str)];

fn parse(params: Params<'_>) -> Result<ImageQuery, String> {
    let params: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ImageQuery::parse(&params, &Limits::default()).map_err(|error| {
        assert_eq!(error.kind(), Kind::Invalid);
        error.message().to_owned()
    })
}

fn one(name: &str, value: &str) -> Result<Filter, String> {
    let query = parse(&[(name, value)])?;
    assert_eq!(query.filters.len(), 1, "{name}={value}");
    Ok(query.filters.into_iter().next().unwrap())
}

const DEFAULT_SORT: [(SortKey, SortDir); 2] = [(SortKey::CreatedAt, SortDir::Desc), (SortKey::Id, SortDir::Desc)];

#[test]
fn nothing_asked() {
    let expected = ImageQuery {
        visibility: VisibilityFilter::Default,
        member_status: MemberStatusFilter::Only(MemberStatus::Accepted),
        hidden: false,
        killed: false,
        filters: Vec::new(),
        sort: DEFAULT_SORT.to_vec(),
        marker: None,
        limit: 25,
    };
    assert_eq!(parse(&[]).unwrap(), expected);
}

#[test]
fn t_d4_paging() {
    let limit = |value: &str| parse(&[("limit", value)]).map(|query| query.limit);
    assert_eq!(limit("0"), Ok(0));
    assert_eq!(limit("7"), Ok(7));
    assert_eq!(limit(" +7 "), Ok(7));
    assert_eq!(limit("1001"), Ok(1000));
    assert_eq!(limit("99999999999999999999999"), Ok(1000));
    assert_eq!(limit("-1"), Err("limit param must be positive".to_owned()));
    for bad in ["", "x", "1.5", "0x1", "1e3", "+", "--1"] {
        assert_eq!(limit(bad), Err("limit param must be an integer".to_owned()), "{bad}");
    }
    let small = Limits { page_default: 50, page_max: 10, ..Limits::default() };
    assert_eq!(ImageQuery::parse(&[], &small).unwrap().limit, 10);
    assert_eq!(parse(&[("marker", ID)]).unwrap().marker.unwrap().as_str(), ID);
    assert_eq!(parse(&[("marker", "x")]).unwrap_err(), "No image found with ID x");
    assert!(parse(&[("marker", "")]).is_err());
}

#[test]
fn sorting() {
    use {SortDir::*, SortKey::*};
    let sort = |params: &[(&str, &str)]| parse(params).map(|query| query.sort);
    let rows: [(Params<'_>, &[(SortKey, SortDir)]); 13] = [
        (&[("sort", "name")], &[(Name, Desc), (CreatedAt, Desc), (Id, Desc)]),
        (&[("sort", "name:asc")], &[(Name, Asc), (CreatedAt, Asc), (Id, Asc)]),
        (&[("sort", "name:asc,size:desc")], &[(Name, Asc), (Size, Desc), (CreatedAt, Desc), (Id, Desc)]),
        (&[("sort", " name : asc , size")], &[(Name, Asc), (Size, Desc), (CreatedAt, Desc), (Id, Desc)]),
        (&[("sort", "created_at:asc,id:desc")], &[(CreatedAt, Asc), (Id, Desc)]),
        (&[("sort", "id:asc")], &[(Id, Asc), (CreatedAt, Asc)]),
        (&[("sort_key", "name")], &[(Name, Desc), (CreatedAt, Desc), (Id, Desc)]),
        (&[("sort_key", "name"), ("sort_dir", "asc")], &[(Name, Asc), (CreatedAt, Asc), (Id, Asc)]),
        (
            &[("sort_key", "name"), ("sort_key", "size"), ("sort_dir", "asc")],
            &[(Name, Asc), (Size, Asc), (CreatedAt, Asc), (Id, Asc)],
        ),
        (
            &[("sort_key", "status"), ("sort_dir", "asc"), ("sort_key", "disk_format"), ("sort_dir", "desc")],
            &[(Status, Asc), (DiskFormat, Desc), (CreatedAt, Desc), (Id, Desc)],
        ),
        (&[("sort_dir", "asc")], &[(CreatedAt, Asc), (Id, Asc)]),
        (&[("sort_key", "name"), ("sort_key", "name")], &[(Name, Desc), (CreatedAt, Desc), (Id, Desc)]),
        (
            &[("sort", "container_format,updated_at")],
            &[(ContainerFormat, Desc), (UpdatedAt, Desc), (CreatedAt, Desc), (Id, Desc)],
        ),
    ];
    for (params, expected) in rows {
        assert_eq!(sort(params).as_deref(), Ok(expected), "{params:?}");
    }
    let refused: [(Params<'_>, &str); 11] = [
        (&[("sort", "")], "Invalid sort key"),
        (&[("sort", "owner")], "Invalid sort key: owner. It must be one of the following: name, status"),
        (&[("sort", "name,")], "Invalid sort key"),
        (&[("sort", "name:up")], "Invalid sort direction: up"),
        (&[("sort", "name:asc:desc")], "Invalid sort direction"),
        (&[("sort", "name"), ("sort", "size")], "once"),
        (&[("sort", "name"), ("sort_key", "size")], "cannot be combined"),
        (&[("sort", "name"), ("sort_dir", "asc")], "cannot be combined"),
        (&[("sort_key", "NAME")], "Invalid sort key"),
        (&[("sort_dir", "ASC")], "Invalid sort direction"),
        (&[("sort_key", "name"), ("sort_dir", "asc"), ("sort_dir", "asc")], "does not match"),
    ];
    for (params, words) in refused {
        let message = sort(params).unwrap_err();
        assert!(message.contains(words), "{params:?}: {message}");
    }
}

#[test]
fn whose_images() {
    let visibility = |value: &str| parse(&[("visibility", value)]).map(|query| query.visibility);
    assert_eq!(visibility("all"), Ok(VisibilityFilter::All));
    for one in [Visibility::Public, Visibility::Private, Visibility::Shared, Visibility::Community] {
        assert_eq!(visibility(one.as_str()), Ok(VisibilityFilter::Only(one)));
    }
    for bad in ["", "Public", "everyone", "public,private"] {
        assert_eq!(visibility(bad), Err(format!("Invalid visibility value: {bad}")));
    }
    let status = |value: &str| parse(&[("member_status", value)]).map(|query| query.member_status);
    assert_eq!(status("all"), Ok(MemberStatusFilter::All));
    for one in [MemberStatus::Pending, MemberStatus::Accepted, MemberStatus::Rejected] {
        assert_eq!(status(one.as_str()), Ok(MemberStatusFilter::Only(one)));
    }
    assert_eq!(status("x"), Err("Invalid status: x".to_owned()));
    let hidden = |value: &str| parse(&[("os_hidden", value)]).map(|query| query.hidden);
    assert_eq!((hidden("true"), hidden("FALSE"), hidden("True")), (Ok(true), Ok(false), Ok(true)));
    assert!(hidden("1").unwrap_err().contains("Invalid value '1' for 'os_hidden' filter"));
}

#[test]
fn text_filters() {
    let text =
        |field, values: &[&str]| Ok(Filter::Text(field, values.iter().map(|value| (*value).to_owned()).collect()));
    let rows: [(&str, &str, TextField, &[&str]); 20] = [
        ("name", "debian", TextField::Name, &["debian"]),
        ("name", "", TextField::Name, &[""]),
        ("name", "eq:a:b", TextField::Name, &["a:b"]),
        ("name", "in:a,b", TextField::Name, &["a", "b"]),
        ("name", "in:a,a", TextField::Name, &["a"]),
        ("name", "in:a,", TextField::Name, &["a"]),
        ("name", "in:a,,b", TextField::Name, &["a", "", "b"]),
        ("name", "in:", TextField::Name, &[""]),
        ("name", "in:\"a,b\",c", TextField::Name, &["a,b", "c"]),
        ("name", "in:\"say \\\"hi\\\"\",\"back\\\\slash\"", TextField::Name, &["say \"hi\"", "back\\slash"]),
        ("name", "in:c:d", TextField::Name, &["c:d"]),
        ("name", "2026-01-01T00:00:00Z", TextField::Name, &["2026-01-01T00:00:00Z"]),
        ("id", "in:x", TextField::Id, &["x"]),
        ("status", "active", TextField::Status, &["active"]),
        ("container_format", "in:bare,ovf", TextField::ContainerFormat, &["bare", "ovf"]),
        ("disk_format", "eq:raw", TextField::DiskFormat, &["raw"]),
        ("checksum", "in:a", TextField::Checksum, &["in:a"]),
        ("os_hash_value", "a:b", TextField::OsHashValue, &["a:b"]),
        ("os_hash_algo", "sha512", TextField::OsHashAlgo, &["sha512"]),
        ("owner", "beta", TextField::Owner, &["beta"]),
    ];
    for (name, value, field, values) in rows {
        assert_eq!(one(name, value), text(field, values), "{name}={value}");
    }
    for (value, words) in [
        ("neq:a", "unknown operator 'neq'"),
        ("a:b", "unknown operator 'a'"),
        ("in:\"a", "The quote is not closed."),
        ("in:\"a\\\"", "The quote is not closed."),
        ("in:\"a\"b", "no comma after closing"),
        ("in:a\"b\"", "no comma before opening"),
    ] {
        let message = one("name", value).unwrap_err();
        assert!(message.contains(words), "{value}: {message}");
    }
}

#[test]
fn number_filters() {
    use {Filter::*, NumberField::*};
    for (name, value, expected) in [
        ("size", "7", NumberIs(Size, 7)),
        ("virtual_size", "7", NumberIs(VirtualSize, 7)),
        ("min_ram", "7", NumberIs(MinRam, 7)),
        ("min_disk", "-7", NumberIs(MinDisk, -7)),
        ("size_min", " 7 ", NumberMin(Size, 7)),
        ("size_max", "99999999999999999999", NumberMax(Size, i64::MAX)),
        ("virtual_size_min", "1", NumberMin(VirtualSize, 1)),
        ("min_ram_min", "1", NumberMin(MinRam, 1)),
        ("min_ram_max", "1", NumberMax(MinRam, 1)),
        ("min_disk_max", "-99999999999999999999", NumberMax(MinDisk, -i64::MAX)),
    ] {
        assert_eq!(one(name, value), Ok(expected), "{name}={value}");
    }
    for (name, value) in [
        ("size", "x"),
        ("size_min", "x"),
        ("size_max", "1.5"),
        ("size_min", ""),
        ("color_min", "1"),
        ("name_max", "1"),
        ("_min", "1"),
        ("created_at_min", "1"),
    ] {
        assert!(one(name, value).is_err(), "{name}={value}");
    }
}

#[test]
fn time_filters() {
    use Comparison::*;
    let at = Timestamp(1_767_225_600_000_000);
    for (value, comparison) in [
        ("2026-01-01T00:00:00Z", Eq),
        ("eq:2026-01-01T00:00:00Z", Eq),
        ("neq:2026-01-01T00:00:00", Neq),
        ("gt:2026-01-01", Gt),
        ("gte:2026-01-01 00:00", Gte),
        ("lt:20260101T000000Z", Lt),
        ("lte:2026-01-01T01:00:00+01:00", Lte),
    ] {
        assert_eq!(one("created_at", value), Ok(Filter::Time(TimeField::CreatedAt, comparison, at)), "{value}");
        assert_eq!(one("updated_at", value), Ok(Filter::Time(TimeField::UpdatedAt, comparison, at)), "{value}");
    }
    assert!(one("created_at", "in:2026-01-01").unwrap_err().contains("unknown operator"));
    for bad in ["gt:yesterday", "", "gt:", "2026-13-01", "gt:2026-01-01T25:00:00"] {
        assert!(one("updated_at", bad).unwrap_err().contains("Bad \"updated_at\" query filter format"), "{bad}");
    }
}

#[test]
fn the_rest() {
    assert_eq!(one("protected", "true"), Ok(Filter::Protected(true)));
    assert_eq!(one("protected", "false"), Ok(Filter::Protected(false)));
    for bad in ["True", "1", ""] {
        assert!(one("protected", bad).unwrap_err().contains("'protected' filter"));
    }
    let query = parse(&[("tag", " a "), ("tag", "b"), ("tag", "a")]).unwrap();
    let tag = |text: &str| Filter::Tag(text.to_owned());
    assert_eq!(query.filters, [tag("a"), tag("b"), tag("a")]);
    let property = |name: &str, value: &str| Ok(Filter::Property(name.to_owned(), value.to_owned()));
    assert_eq!(one("os_distro", "in:debian"), property("os_distro", "in:debian"));
    assert_eq!(one("is_public", "True"), property("is_public", "True"));
    assert_eq!(one("", ""), property("", ""));
    assert_eq!(parse(&[("deleted", "true")]).unwrap(), parse(&[]).unwrap());
    assert!(parse(&[("changes-since", "2026-01-01")]).unwrap_err().contains("no longer available on v2"));
    for name in ["locations", "properties", "members"] {
        assert!(one(name, "x").is_err());
    }
    assert!(parse(&[("name", "a\0")]).is_err());
    assert!(parse(&[("a\0", "x")]).is_err());
}

#[test]
fn of_repeated_parameters_the_last_counts() {
    let query =
        parse(&[("name", "in:\""), ("limit", "x"), ("limit", "3"), ("name", "b"), ("visibility", "all")]).unwrap();
    assert_eq!(query.limit, 3);
    assert_eq!(query.filters, [Filter::Text(TextField::Name, vec!["b".to_owned()])]);
}

#[test]
fn t_d8_everything_is_bounded() {
    let many = |count: usize| (0..count).map(|at| (format!("p{at}"), String::new())).collect::<Vec<_>>();
    assert!(ImageQuery::parse(&many(64), &Limits::default()).is_ok());
    assert!(ImageQuery::parse(&many(65), &Limits::default()).is_err());
    assert!(ImageQuery::parse(&vec![("deleted".to_owned(), String::new()); 257], &Limits::default()).is_err());
    let values = |count: usize| format!("in:{}", (0..count).map(|at| at.to_string()).collect::<Vec<_>>().join(","));
    assert!(one("id", &values(1000)).is_ok());
    assert!(one("id", &values(1001)).is_err());
    let keys: Vec<_> = (0..200).map(|_| ("sort_key".to_owned(), "name".to_owned())).collect();
    assert_eq!(ImageQuery::parse(&keys, &Limits::default()).unwrap().sort.len(), 3);
}

fn any_param() -> impl Strategy<Value = (String, String)> {
    let names = [
        "name",
        "id",
        "status",
        "size",
        "size_min",
        "min_ram_max",
        "x_min",
        "created_at",
        "visibility",
        "member_status",
        "os_hidden",
        "protected",
        "tag",
        "sort",
        "sort_key",
        "sort_dir",
        "limit",
        "marker",
        "owner",
        "deleted",
        "x",
    ];
    let values = prop_oneof![
        "(in|eq|gt|lte|x):[a\",\\\\0-9]{0,8}",
        "[0-9T:+Z -]{0,20}",
        ".{0,12}",
        prop::sample::select(vec!["true", "false", "all", "public", "asc", "name:asc,size", "accepted", ID])
            .prop_map(str::to_owned),
    ];
    (prop::sample::select(names.to_vec()).prop_map(str::to_owned), values)
}

proptest! {
    #[test]
    fn any_query_is_a_query_or_invalid(params in prop::collection::vec(any_param(), 0..8)) {
        match ImageQuery::parse(&params, &Limits::default()) {
            Ok(query) => {
                prop_assert!(query.limit <= 1000);
                prop_assert!(query.sort.len() <= 8);
                let keys: Vec<_> = query.sort.iter().map(|(key, _)| *key).collect();
                prop_assert!(keys.contains(&SortKey::Id) && keys.contains(&SortKey::CreatedAt), "the order is total");
                let has_no_empty_list = |filter: &Filter| !matches!(filter, Filter::Text(_, values) if values.is_empty());
                prop_assert!(query.filters.iter().all(has_no_empty_list));
            }
            Err(error) => prop_assert_eq!(error.kind(), Kind::Invalid),
        }
    }

    #[test]
    fn quoted_values_survive(values in prop::collection::btree_set("[^\\x00]{0,6}", 1..5)) {
        let quoted: Vec<_> = values
            .iter()
            .map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
            .collect();
        let filter = one("name", &format!("in:{}", quoted.join(","))).unwrap();
        prop_assert_eq!(filter, Filter::Text(TextField::Name, values.into_iter().collect()));
    }
}
