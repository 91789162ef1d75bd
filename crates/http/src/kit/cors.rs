//! Cross-origin requests of browsers (the WHATWG Fetch standard, with oslo.middleware's options). Off without origins.

use http::{
    HeaderMap, HeaderValue, Method,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};

use crate::kit::{Body, Response};

/// Request headers that need no permission.
const SIMPLE: [&str; 6] = ["accept", "accept-language", "content-type", "cache-control", "content-language", "expires"];

/// Which pages of other origins may use this server from a browser.
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Vec<String>,
    credentials: bool,
    max_age_seconds: u32,
    expose: Option<HeaderValue>,
    methods: Vec<String>,
    headers: Vec<String>,
}

/// The operator's choices.
#[derive(Clone, Debug, Default)]
pub struct CorsOptions {
    /// Origins, such as `https://dashboard.example`; `*` is every origin, then without credentials.
    pub allowed_origin: Vec<String>,
    /// Browsers may send credentials of their own.
    pub allow_credentials: bool,
    /// Seconds a browser may remember a permission.
    pub max_age: u32,
    /// Answer headers that pages may read.
    pub expose_headers: Vec<String>,
    /// Methods that pages may use.
    pub allow_methods: Vec<String>,
    /// Request headers that pages may send.
    pub allow_headers: Vec<String>,
}

impl Cors {
    /// `None` without origins: then no answer carries a header of this kind.
    pub fn new(options: CorsOptions) -> Option<Self> {
        if options.allowed_origin.is_empty() {
            return None;
        }
        let any = options.allowed_origin.iter().any(|origin| origin == "*");
        Some(Self {
            // A page of any origin must never act with the credentials of a browser.
            credentials: options.allow_credentials && !any,
            origins: options.allowed_origin,
            max_age_seconds: options.max_age,
            expose: HeaderValue::try_from(options.expose_headers.join(",")).ok().filter(|value| !value.is_empty()),
            methods: options.allow_methods,
            headers: options.allow_headers.iter().map(|name| name.to_ascii_lowercase()).collect(),
        })
    }

    /// The answer to a browser's question before the request proper; `None` when the request is none.
    pub(crate) fn preflight(&self, method: &Method, request: &HeaderMap) -> Option<Response> {
        let asked = request.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        if method != Method::OPTIONS || !request.contains_key(ORIGIN) {
            return None;
        }
        let mut response = Response::new(Body::empty());
        let wanted = request.get(ACCESS_CONTROL_REQUEST_HEADERS);
        let method_allowed = self.methods.iter().any(|own| own.as_bytes() == asked.as_bytes());
        let headers_allowed = wanted.is_none_or(|list| list.to_str().is_ok_and(|list| self.allows_headers(list)));
        if let Some(origin) = self.origin(request).filter(|_| method_allowed && headers_allowed) {
            let headers = response.headers_mut();
            self.allow(&origin, headers);
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, asked.clone());
            if let Some(wanted) = wanted {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
            if self.max_age_seconds > 0 {
                headers.insert(ACCESS_CONTROL_MAX_AGE, self.max_age_seconds.into());
            }
        }
        Some(response)
    }

    /// The request's origin as the answer is to name it, if it is an allowed one.
    pub(crate) fn origin(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origin = request.get(ORIGIN)?;
        if self.origins.iter().any(|own| own == "*") {
            return Some(HeaderValue::from_static("*"));
        }
        self.origins.iter().any(|own| own.as_bytes() == origin.as_bytes()).then(|| origin.clone())
    }

    /// Lets the page of an allowed origin read the answer.
    pub(crate) fn permit(&self, origin: &HeaderValue, response: &mut HeaderMap) {
        self.allow(origin, response);
        if let Some(expose) = &self.expose {
            response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
        }
    }

    fn allow(&self, origin: &HeaderValue, response: &mut HeaderMap) {
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.append(VARY, HeaderValue::from_name(ORIGIN));
        if self.credentials {
            response.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    fn allows_headers(&self, list: &str) -> bool {
        list.split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .all(|name| SIMPLE.contains(&name.as_str()) || self.headers.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn cors(origins: &[&str], credentials: bool) -> Option<Cors> {
        let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Cors::new(CorsOptions {
            allowed_origin: own(origins),
            allow_credentials: credentials,
            max_age: 600,
            expose_headers: own(&["X-Image-Meta-Checksum", "X-Auth-Token"]),
            allow_methods: own(&["GET", "PUT"]),
            allow_headers: own(&["X-Auth-Token"]),
        })
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn asked(cors: &Cors, origin: &'static str, method: &'static str, names: &'static str) -> HeaderMap {
        let request = headers(&[
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", names),
        ]);
        cors.preflight(&Method::OPTIONS, &request).unwrap().headers().clone()
    }

    #[test]
    fn t_h8_off_unless_configured() {
        assert!(cors(&[], true).is_none());
    }

    #[test]
    fn t_h8_preflight_matrix() {
        let own = cors(&["https://a.example"], true).unwrap();
        for (origin, method, names, allowed) in [
            ("https://a.example", "PUT", "x-auth-token, Content-Type", true),
            ("https://b.example", "PUT", "x-auth-token", false),
            ("https://a.example.evil", "PUT", "x-auth-token", false),
            ("https://a.example", "DELETE", "x-auth-token", false),
            ("https://a.example", "PUT", "x-roles", false),
        ] {
            let answer = asked(&own, origin, method, names);
            let found = answer.get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|value| value.to_str().unwrap());
            assert_eq!(found, allowed.then_some(origin), "{origin} {method} {names}");
            assert_eq!(answer.contains_key(ACCESS_CONTROL_ALLOW_METHODS), allowed);
            assert_eq!(answer.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS), allowed);
        }
        let plain = headers(&[("origin", "https://a.example")]);
        assert!(own.preflight(&Method::OPTIONS, &plain).is_none());
        assert!(own.preflight(&Method::GET, &headers(&[("access-control-request-method", "GET")])).is_none());
    }

    #[test]
    fn t_h8_any_origin_is_without_credentials() {
        let any = cors(&["*"], true).unwrap();
        let mut answer = HeaderMap::new();
        let origin = any.origin(&headers(&[("origin", "https://x.example")])).unwrap();
        any.permit(&origin, &mut answer);
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(answer[ACCESS_CONTROL_EXPOSE_HEADERS], "X-Image-Meta-Checksum,X-Auth-Token");
        assert!(!answer.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }

    #[test]
    fn answers_to_other_clients_stay_as_they_are() {
        let own = cors(&["https://a.example"], false).unwrap();
        assert_eq!(own.origin(&headers(&[("accept", "*/*")])), None);
        assert_eq!(own.origin(&headers(&[("origin", "https://b.example")])), None);
    }
}
