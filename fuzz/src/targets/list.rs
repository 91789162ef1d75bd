//! Queries of lists: filters, sort keys and markers, in each dialect.

use salon_core::{
    ProjectId, Viewer,
    image::{
        list::{Filter, ImageQuery, SortKey, TextField},
        rackspace, v1,
    },
    limits::Limits,
    task::TaskQuery,
};
use salon_http::{image_v2::fuzz as door, kit::router::parse_query};

use crate::given::{ID, text};

pub(crate) const WORDS: &[&str] = &[
    "limit=",
    "marker=",
    ID,
    "sort=name:asc,size:desc",
    "sort_key=",
    "sort_dir=",
    "asc",
    "desc",
    "name=in:",
    "\"a,b\"",
    ",",
    "created_at=gte:",
    "2026-01-31T00:00:00Z",
    "size_min=",
    "size_max=",
    "visibility=",
    "all",
    "member_status=",
    "tag=",
    "os_hidden=",
    "protected=",
    "&",
    "=",
    "%2C",
    "%00",
    "%C3",
    "+",
    "property-x=",
    "is_public=",
    "changes-since=",
    "status=",
    "9223372036854775808",
    "-",
];

type Pairs = Vec<(String, String)>;

pub(crate) fn list_query(data: &[u8]) {
    let Some(query) = text(data) else { return };
    let pairs = parse_query(query);
    let limits = Limits::default();
    let read = |pairs: &Pairs| ImageQuery::parse(pairs, &limits).ok();
    if let Some(found) = read(&pairs) {
        keeps_its_bounds(&found, &limits);
        leads_on(&pairs, &found, read);
    }
    for admin in [false, true] {
        let viewer = || Viewer { project: Some(ProjectId::new("alpha")), admin };
        let read = |pairs: &Pairs| v1::list::parse(pairs, &limits, viewer()).ok().map(|(query, _)| query);
        if let Some(found) = read(&pairs) {
            keeps_its_bounds(&found, &limits);
            // v1 has no links: a client adds the marker itself, within the number of parameters that it may send.
            if pairs.len() <= 256 {
                leads_on(&pairs, &found, read);
            }
        }
        let read = |pairs: &Pairs| rackspace::list::parse(pairs, viewer()).ok();
        if let Some((found, eyes)) = read(&pairs) {
            assert!(!eyes.admin, "this dialect shows an administrator no more than anybody");
            keeps_its_bounds(&found, &limits);
            leads_on(&pairs, &found, |pairs| read(pairs).map(|(query, _)| query));
        }
    }
    if let Ok(found) = TaskQuery::parse(&pairs) {
        assert!(found.limit <= 100);
    }
}

fn keeps_its_bounds(query: &ImageQuery, limits: &Limits) {
    assert!(query.limit <= limits.page_max && query.filters.len() <= 64);
    let keys: Vec<SortKey> = query.sort.iter().map(|(key, _)| *key).collect();
    assert!(keys.contains(&SortKey::Id) && keys.contains(&SortKey::CreatedAt), "the order is total");
    assert!(keys.iter().enumerate().all(|(at, key)| !keys.iter().skip(at + 1).any(|later| later == key)));
    for filter in &query.filters {
        match filter {
            Filter::Text(_, values) => {
                assert!((1..=1000).contains(&values.len()) && values.iter().all(|value| !value.contains('\0')));
            }
            Filter::Tag(text) | Filter::Property(_, text) => assert!(!text.contains('\0')),
            Filter::NumberIs(..)
            | Filter::NumberMin(..)
            | Filter::NumberMax(..)
            | Filter::Time(..)
            | Filter::Protected(_) => {}
        }
    }
}

/// The link to the next page asks for the same list behind the marker, and is itself a link to the page after it.
fn leads_on(pairs: &Pairs, query: &ImageQuery, read: impl Fn(&Pairs) -> Option<ImageQuery>) {
    let next = door::link("/v2/images", pairs, Some(ID));
    assert!(next.is_ascii() && !next.contains([' ', '"', '<', '\\']));
    let (path, rest) = next.split_once('?').expect("a marker");
    assert_eq!(path, "/v2/images");
    let again = read(&parse_query(rest)).expect("a link of this server's is accepted by it");
    let marker = salon_core::ImageId::parse(ID);
    assert_eq!(again, ImageQuery { marker, ..query.clone() });
    assert_eq!(door::link("/v2/images", &parse_query(rest), Some(ID)), next);
}

/// Values of `in:` that are quoted come back as they were.
pub(crate) fn in_filter(data: &[u8]) {
    let Some(input) = text(data) else { return };
    let values: Vec<&str> = input.split('\n').take(1001).collect();
    if input.contains('\0') {
        return;
    }
    let quoted: Vec<String> =
        values.iter().map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    let mut wanted: Vec<String> = Vec::new();
    for value in &values {
        if !wanted.iter().any(|known| known == value) {
            wanted.push((*value).to_owned());
        }
    }
    let found = filters(&format!("in:{}", quoted.join(",")));
    if wanted.len() > 1000 {
        assert_eq!(found, None);
    } else {
        assert_eq!(found, Some(vec![Filter::Text(TextField::Name, wanted)]));
    }
    // Whatever else it is, it is read or refused.
    let _ = filters(&format!("in:{input}"));
    let _ = filters(input);
}

fn filters(value: &str) -> Option<Vec<Filter>> {
    ImageQuery::parse(&[("name".to_owned(), value.to_owned())], &Limits::default()).ok().map(|query| query.filters)
}
