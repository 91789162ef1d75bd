//! What a path, a method and `operation=` mean. Paths are taken as they came on the wire: clients sign `/accounts//rooms`
//! and `/accounts/rooms` alike, but mean different things.

use http::Method;
use percent_encoding::percent_decode_str;

use super::model::{OPERATIONS, Spec};

/// What was asked for.
pub(super) enum Routed {
    /// An operation, with the labels in its path.
    Operation { spec: &'static Spec, labels: Labels },
    /// The path and the method exist, this `operation=` does not.
    WrongMarker { template: &'static str },
    /// The path exists, the method does not.
    WrongMethod { template: &'static str, allow: String },
    /// No such path.
    Unknown,
}

impl Routed {
    /// For the log and the metrics.
    pub(super) fn names(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Operation { spec, .. } => Some((spec.uri, spec.name)),
            Self::WrongMarker { template } | Self::WrongMethod { template, .. } => Some((template, "-")),
            Self::Unknown => None,
        }
    }
}

/// Labels by the names of the template, decoded once; `None` for what is not UTF-8.
pub(super) type Labels = Vec<(&'static str, Option<String>)>;

/// Finds the operation of a request; `path` begins with `/accounts`.
pub(super) fn route(method: &Method, path: &str, query: &[(String, String)]) -> Routed {
    let mut at_path = OPERATIONS.iter().filter_map(|spec| Some((spec, labels_of(spec.path, path)?))).peekable();
    let Some((first, _)) = at_path.peek() else { return Routed::Unknown };
    let template = first.path;
    let mut methods: Vec<&Method> = Vec::new();
    let mut markers = query.iter().filter(|(name, _)| name == "operation").map(|(_, value)| value.as_str());
    let (marker, more) = (markers.next(), markers.next().is_some());
    for (spec, labels) in at_path {
        if spec.method == *method && spec.marker == marker && !more {
            return Routed::Operation { spec, labels };
        }
        if !methods.contains(&&spec.method) {
            methods.push(&spec.method);
        }
    }
    if methods.contains(&method) {
        return Routed::WrongMarker { template };
    }
    methods.sort_unstable_by_key(|method| method.as_str());
    Routed::WrongMethod { template, allow: methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ") }
}

/// The labels, if the path has the template's shape. An empty segment is a label too: clients leave an empty id where it
/// stands.
fn labels_of(template: &'static str, path: &str) -> Option<Labels> {
    let mut labels = Vec::new();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                labels.push((name, percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned())));
            }
            None if percent_decode_str(segment).eq(expected.bytes()) => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(labels)
}

/// The query's parameters, decoded as they were signed: `+` is a plus sign.
pub(super) fn query_pairs(query: Option<&str>) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(method: Method, target: &str) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        match route(&method, path, &query_pairs(Some(query))) {
            Routed::Operation { spec, labels } => {
                let labels = labels.into_iter().map(|(name, value)| format!(" {name}={}", value.unwrap_or("?".into())));
                format!("{}{}", spec.name, labels.collect::<String>())
            }
            Routed::WrongMarker { template } => format!("marker {template}"),
            Routed::WrongMethod { template, allow } => format!("method {template} {allow}"),
            Routed::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn the_query_names_what_a_post_does() {
        for (target, operation) in [
            ("/accounts", "CreateAccount"),
            ("/accounts/a", "UpdateAccount accountId=a"),
            (
                "/accounts/a?operation=associate-signin-delegate-groups",
                "AssociateSigninDelegateGroupsWithAccount accountId=a",
            ),
            ("/accounts/a?operation=nothing", "marker /accounts/{accountId}"),
            ("/accounts/a?operation=", "marker /accounts/{accountId}"),
            ("/accounts/a?operation", "marker /accounts/{accountId}"),
            ("/accounts/a/users", "BatchUpdateUser accountId=a"),
            ("/accounts/a/users?operation=add", "InviteUsers accountId=a"),
            ("/accounts/a/users?operation=create", "CreateUser accountId=a"),
            ("/accounts/a/users?operation=%63reate", "CreateUser accountId=a"),
            ("/accounts/a/users?operation=create&operation=create", "marker /accounts/{accountId}/users"),
            ("/accounts/a/users?Operation=create", "BatchUpdateUser accountId=a"),
            ("/accounts/a/rooms/r/messages/m?operation=redact", "RedactRoomMessage accountId=a roomId=r messageId=m"),
            ("/accounts/a/rooms/r/messages/m", "marker /accounts/{accountId}/rooms/{roomId}/messages/{messageId}"),
            ("/accounts/a/rooms/r/memberships/m", "UpdateRoomMembership accountId=a roomId=r memberId=m"),
        ] {
            assert_eq!(asked(Method::POST, target), operation, "{target}");
        }
    }

    #[test]
    fn labels_are_split_before_they_are_decoded() {
        for (target, operation) in [
            ("/accounts/a%2Fb/rooms/%C3%BC", "GetRoom accountId=a/b roomId=ü"),
            ("/accounts//rooms/r", "GetRoom accountId= roomId=r"),
            ("/accounts/../rooms/r", "GetRoom accountId=.. roomId=r"),
            ("/accounts/", "GetAccount accountId="),
            ("/accounts/%ff", "GetAccount accountId=?"),
            ("/accounts/a/b", "unknown"),
            ("/accounts/a/rooms/r/", "unknown"),
            ("/accounts//", "unknown"),
            ("/Accounts", "unknown"),
            ("", "unknown"),
            ("/", "unknown"),
        ] {
            assert_eq!(asked(Method::GET, target), operation, "{target}");
        }
        assert_eq!(asked(Method::PATCH, "/accounts/a"), "method /accounts/{accountId} DELETE, GET, POST");
        assert_eq!(asked(Method::GET, "/accounts?operation=x"), "marker /accounts");
    }

    proptest! {
        #[test]
        fn any_path_is_something(
            path in "(/|accounts|rooms|users|memberships|%2F|%|\\.|\\PC){0,12}",
            query in "(operation|=|&|add|%|\\PC){0,8}",
        ) {
            for method in [Method::GET, Method::POST, Method::DELETE, Method::HEAD] {
                let _ = asked(method, &format!("{path}?{query}"));
            }
        }

        #[test]
        fn what_the_model_names_is_found(at in 0..OPERATIONS.len(), label in "[^/]{1,8}") {
            let spec = OPERATIONS.get(at).unwrap();
            let encoded = percent_encoding::utf8_percent_encode(&label, percent_encoding::NON_ALPHANUMERIC).to_string();
            let path: Vec<&str> =
                spec.path.split('/').map(|part| if part.starts_with('{') { &encoded } else { part }).collect();
            let query = spec.marker.map(|marker| vec![("operation".to_owned(), marker.to_owned())]).unwrap_or_default();
            match route(&spec.method, &path.join("/"), &query) {
                Routed::Operation { spec: found, labels } => {
                    prop_assert_eq!(found.name, spec.name);
                    prop_assert!(labels.iter().all(|(_, value)| value.as_deref() == Some(&label)));
                }
                _ => prop_assert!(false, "{} is not found", spec.name),
            }
        }
    }
}
