//! Path templates shared by the dialects: a path and a method become an operation, a wrong method, or nothing.

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

/// Names the operations of a dialect, once each; `=> "…"` gives one another name in logs and metrics.
macro_rules! operations {
    (@shown $name:ident) => { stringify!($name) };
    (@shown $name:ident $shown:literal) => { $shown };
    ($($(#[$doc:meta])* $name:ident $(=> $shown:literal)?,)*) => {
        /// Everything a client can ask of this dialect, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// The name in logs and metrics.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $crate::kit::operations!(@shown $name $($shown)?),)*
                }
            }
        }
    };
}
pub(crate) use operations;

/// One path template with the operation of each of its methods.
#[derive(Debug)]
pub struct Route<Op: 'static> {
    /// Literal segments and `{name}` segments, for example `/v2/images/{image_id}/members/{member_id}`.
    pub template: &'static str,
    /// What each method does.
    pub methods: &'static [(Method, Op)],
}

/// A route without its operations: what the coverage test and the documents need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    /// The template, with the dialect's own path from its mount.
    pub template: &'static str,
    /// The methods it answers.
    pub methods: Vec<Method>,
}

/// The values of a template's `{name}` segments, percent-decoded once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(&'static str, String)>);

impl Params {
    /// The value of `name`; empty if the template has no such segment.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
    }
}

/// What a path and a method mean.
#[derive(Debug, PartialEq, Eq)]
pub enum Matched<Op> {
    /// An operation.
    Operation {
        /// Which.
        operation: Op,
        /// The template it came from.
        template: &'static str,
        /// The values in the path.
        params: Params,
    },
    /// The path exists, the method does not.
    WrongMethod {
        /// The template.
        template: &'static str,
        /// For the `Allow` header, in the route's order: `GET, PUT`.
        allow: String,
    },
    /// No such path.
    Unknown,
}

/// Finds the operation of `method` on `path` (raw, percent-encoded, without query).
///
/// Literal segments are compared with the decoded segment; a `{name}` segment takes any non-empty segment that decodes
/// to UTF-8 without a slash (the reference decodes before it routes, so an encoded slash never matches one segment).
/// The first matching template wins: put literals before parameters.
pub fn match_path<Op: Copy>(routes: &'static [Route<Op>], method: &Method, path: &str) -> Matched<Op> {
    // Nearly all paths are written plainly; then most templates are out at the first look: at how deep they are, how they
    // begin and how they end.
    let plain = !path.contains('%');
    let depth = |text: &str| text.bytes().filter(|byte| *byte == b'/').count();
    let deep = depth(path);
    let around = |template: &str| match template.split_once('{') {
        None => path == template,
        Some((start, rest)) => {
            path.starts_with(start) && rest.rsplit_once('}').is_none_or(|(_, end)| path.ends_with(end))
        }
    };
    let fits = |template: &str| !plain || (depth(template) == deep && around(template));
    let mut fitting = routes.iter().filter(|route| fits(route.template));
    let Some(route_and_params) = fitting.find_map(|route| Some((route, params_of(route.template, path)?))) else {
        return Matched::Unknown;
    };
    let (route, params) = route_and_params;
    match route.methods.iter().find(|(own, _)| own == method) {
        Some((_, operation)) => Matched::Operation { operation: *operation, template: route.template, params },
        None => Matched::WrongMethod { template: route.template, allow: allow(route) },
    }
}

/// The methods of a route as an `Allow` header's value.
fn allow<Op>(route: &Route<Op>) -> String {
    route.methods.iter().map(|(method, _)| method.as_str()).collect::<Vec<_>>().join(", ")
}

/// Every route with its methods.
pub fn describe<Op>(routes: &'static [Route<Op>]) -> Vec<RouteInfo> {
    routes
        .iter()
        .map(|route| RouteInfo {
            template: route.template,
            methods: route.methods.iter().map(|(method, _)| method.clone()).collect(),
        })
        .collect()
}

fn params_of(template: &'static str, path: &str) -> Option<Params> {
    let mut params = Params::default();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                let value = decode_segment(segment)?;
                if value.is_empty() || value.contains('/') {
                    return None;
                }
                params.0.push((name, value.into_owned()));
            }
            None => {
                if segment != expected && decode_segment(segment)? != expected {
                    return None;
                }
            }
        }
    }
    segments.next().is_none().then_some(params)
}

fn decode_segment(segment: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(segment).decode_utf8().ok()
}

/// Splits a query into decoded pairs, in order; empty parts are left out.
pub fn parse_query(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode_form(name), decode_form(value))
        })
        .collect()
}

fn decode_form(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Op {
        List,
        Show,
        Delete,
    }

    static ROUTES: &[Route<Op>] = &[
        Route { template: "/v2/images", methods: &[(Method::GET, Op::List)] },
        Route { template: "/v2/images/{image_id}", methods: &[(Method::GET, Op::Show), (Method::DELETE, Op::Delete)] },
    ];

    fn show(path: &str) -> Option<String> {
        match match_path(ROUTES, &Method::GET, path) {
            Matched::Operation { operation: Op::Show, params, .. } => Some(params.get("image_id").to_owned()),
            _ => None,
        }
    }

    #[test]
    fn finds_operations_and_params() {
        assert!(matches!(
            match_path(ROUTES, &Method::GET, "/v2/images"),
            Matched::Operation { operation: Op::List, template: "/v2/images", .. }
        ));
        assert_eq!(show("/v2/images/a%20b").as_deref(), Some("a b"));
        assert_eq!(show("/v2/%69mages/x").as_deref(), Some("x"));
    }

    #[test]
    fn trailing_slash_encoded_slash_and_bad_utf8_are_unknown() {
        for path in [
            "/v2/images/",
            "/v2/images/a%2Fb",
            "/v2/images/%ff",
            "/v2/images/a/b",
            "/v2",
            "",
            "v2/images",
            "//v2/images",
        ] {
            assert_eq!(match_path(ROUTES, &Method::GET, path), Matched::Unknown, "{path}");
        }
    }

    #[test]
    fn wrong_method_says_what_is_allowed() {
        assert_eq!(
            match_path(ROUTES, &Method::PUT, "/v2/images/x"),
            Matched::WrongMethod { template: "/v2/images/{image_id}", allow: "GET, DELETE".to_owned() }
        );
    }

    #[test]
    fn query_keeps_order_and_repeats() {
        assert_eq!(
            parse_query("tag=a&tag=b%26c&x+y=1+2&&flag"),
            [("tag", "a"), ("tag", "b&c"), ("x y", "1 2"), ("flag", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
