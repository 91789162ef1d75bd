//! The versions document of the Image API: what this server speaks, and the prefixes under which it does.
//!
//! What is listed follows from what is there. A minor of the reference stands for the features it brought, and clients
//! switch theirs on by it, so a minor is listed when all of its features are here, and not before.

use http::{HeaderMap, StatusCode, header::ACCEPT};
use serde_json::Value;

/// A feature that a minor of the Image API stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Image data, tags, members, patches, hidden images, digests: what is always here.
    Images,
    /// Staging and interoperable import (2.6).
    Import,
    /// Several stores (2.8, 2.10, 2.11, 2.15) and what came with them.
    Stores,
    /// Tasks of one image (2.12).
    ImageTasks,
    /// Usage against limits (2.13).
    Usage,
    /// The image cache (2.14, 2.16, 2.18).
    Cache,
    /// The new location API (2.17).
    Locations,
}

/// The minors of major version 2, newest first, and what each of them takes.
///
/// With 2.2 the reference also got metadata definitions and its tasks API. No client asks for that minor before it
/// uses them, and all of them take the minors up to 2.5 for granted, so it stands for the property protections that
/// came with it too.
const MINORS: &[(u8, Feature)] = &[
    (18, Feature::Cache),
    (17, Feature::Locations),
    (16, Feature::Cache),
    (15, Feature::Stores),
    (14, Feature::Cache),
    (13, Feature::Usage),
    (12, Feature::ImageTasks),
    (11, Feature::Stores),
    (10, Feature::Stores),
    (9, Feature::Stores),
    (8, Feature::Stores),
    (7, Feature::Images),
    (6, Feature::Import),
    (5, Feature::Images),
    (4, Feature::Images),
    (3, Feature::Images),
    (2, Feature::Images),
    (1, Feature::Images),
    (0, Feature::Images),
];

/// Prefix of a media type that selects a version in place of the path.
const MEDIA_TYPE: &str = "application/vnd.openstack.images-";

/// The versions of one deployment.
#[derive(Clone, Debug)]
pub struct Versions {
    listed: Vec<u8>,
    v1: bool,
}

/// What a path asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// The versions document, with this status.
    Document(StatusCode),
    /// Version 2; the path to route, beginning with `/v2`.
    Version2(String),
    /// Version 1; the path to route, beginning with `/v1`.
    Version1(String),
}

impl Versions {
    /// The versions that these features make; [`Feature::Images`] is always among them.
    pub fn of(features: &[Feature]) -> Self {
        let here = |feature: &Feature| *feature == Feature::Images || features.contains(feature);
        let listed = MINORS.iter().filter(|(_, feature)| here(feature)).map(|(minor, _)| *minor).collect();
        Self { listed, v1: false }
    }

    /// With or without version 1, of which both minors are one.
    #[must_use]
    pub fn with_v1(self, v1: bool) -> Self {
        Self { v1, ..self }
    }

    /// Reads version and path. An unknown first segment asks for the choices (300), `/versions` for the document (200).
    pub fn resolve(&self, path: &str, headers: &HeaderMap) -> Asked {
        let path = path.trim_start_matches('/');
        let (first, rest) = match path.find('/').and_then(|at| path.split_at_checked(at)) {
            Some((first, rest)) => (first, rest),
            None => (path, ""),
        };
        if first == "versions" {
            return Asked::Document(StatusCode::OK);
        }
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Some(version) = accept.strip_prefix(MEDIA_TYPE) {
            return self.version(version, &format!("/{path}"));
        }
        self.version(first, rest)
    }

    fn version(&self, version: &str, rest: &str) -> Asked {
        if self.v1 && matches!(version, "v1" | "v1.0" | "v1.1") {
            return Asked::Version1(format!("/v1{rest}"));
        }
        let known = match version.strip_prefix("v2") {
            Some("") => true,
            Some(minor) => self.listed.iter().any(|own| minor.strip_prefix('.') == Some(own.to_string().as_str())),
            None => false,
        };
        if known { Asked::Version2(format!("/v2{rest}")) } else { Asked::Document(StatusCode::MULTIPLE_CHOICES) }
    }

    /// The document. `base` is the server's own address without a trailing slash.
    pub fn document(&self, base: &str) -> String {
        let href = Value::from(format!("{base}/v2/"));
        let mut entries: Vec<String> = self
            .listed
            .iter()
            .enumerate()
            .map(|(at, minor)| {
                let status = if at == 0 { "CURRENT" } else { "SUPPORTED" };
                format!(
                    "{{\"id\": \"v2.{minor}\", \"status\": \"{status}\", \
                     \"links\": [{{\"rel\": \"self\", \"href\": {href}}}]}}"
                )
            })
            .collect();
        if self.v1 {
            let href = Value::from(format!("{base}/v1/"));
            entries.extend([1, 0].map(|minor| {
                format!(
                    "{{\"id\": \"v1.{minor}\", \"status\": \"DEPRECATED\", \
                     \"links\": [{{\"rel\": \"self\", \"href\": {href}}}]}}"
                )
            }));
        }
        format!("{{\"versions\": [{}]}}", entries.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn resolve(path: &str) -> Asked {
        Versions::of(&[]).resolve(path, &HeaderMap::new())
    }

    #[test]
    fn paths_select_versions() {
        for path in ["/", "", "/foo", "/v1/images", "/v3", "/v2.6/images", "/v2.8", "/v2.17/images", "/v2.99/x", "/v2."]
        {
            assert_eq!(resolve(path), Asked::Document(StatusCode::MULTIPLE_CHOICES), "{path}");
        }
        for path in ["/versions", "/versions/", "/versions/anything"] {
            assert_eq!(resolve(path), Asked::Document(StatusCode::OK), "{path}");
        }
        for (path, routed) in [
            ("/v2", "/v2"),
            ("/v2/", "/v2/"),
            ("//v2/images", "/v2/images"),
            ("/v2.7/images/x", "/v2/images/x"),
            ("/v2.0/images", "/v2/images"),
        ] {
            assert_eq!(resolve(path), Asked::Version2(routed.to_owned()), "{path}");
        }
    }

    #[test]
    fn the_media_type_selects_a_version() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.openstack.images-v2.3"));
        let versions = Versions::of(&[]);
        assert_eq!(versions.resolve("/images", &headers), Asked::Version2("/v2/images".into()));
        assert_eq!(versions.resolve("/versions", &headers), Asked::Document(StatusCode::OK));
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.openstack.images-v9"));
        assert_eq!(versions.resolve("/v2/images", &headers), Asked::Document(StatusCode::MULTIPLE_CHOICES));
    }

    #[test]
    fn version_1_is_there_when_switched_on() {
        let versions = Versions::of(&[]).with_v1(true);
        let none = HeaderMap::new();
        for (path, routed) in [
            ("/v1", "/v1"),
            ("/v1/", "/v1/"),
            ("/v1.0/images", "/v1/images"),
            ("//v1.1/images/detail", "/v1/images/detail"),
        ] {
            assert_eq!(versions.resolve(path, &none), Asked::Version1(routed.to_owned()), "{path}");
        }
        assert_eq!(versions.resolve("/v1.2/images", &none), Asked::Document(StatusCode::MULTIPLE_CHOICES));
        assert_eq!(versions.resolve("/v2/images", &none), Asked::Version2("/v2/images".to_owned()));
        let mut headers = HeaderMap::new();
        for media_type in ["v1", "v1.0", "v1.1"] {
            let value = HeaderValue::from_str(&format!("{MEDIA_TYPE}{media_type}")).unwrap();
            headers.insert(ACCEPT, value);
            assert_eq!(versions.resolve("/images", &headers), Asked::Version1("/v1/images".to_owned()));
            assert_eq!(Versions::of(&[]).resolve("/images", &headers), Asked::Document(StatusCode::MULTIPLE_CHOICES));
        }
        let document: Value = serde_json::from_str(&versions.document("http://h")).unwrap();
        let last: Vec<&Value> = document["versions"].as_array().unwrap().iter().rev().take(2).collect();
        for (entry, id) in last.into_iter().zip(["v1.0", "v1.1"]) {
            let link = serde_json::json!([{"rel": "self", "href": "http://h/v1/"}]);
            assert_eq!(*entry, serde_json::json!({"id": id, "status": "DEPRECATED", "links": link}));
        }
    }

    #[test]
    fn features_add_minors_and_the_newest_is_current() {
        let ids = |features: &[Feature]| -> Vec<String> {
            let document: Value = serde_json::from_str(&Versions::of(features).document("http://h:1/p")).unwrap();
            document["versions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| {
                    assert_eq!(entry["links"][0]["href"], "http://h:1/p/v2/");
                    format!("{} {}", entry["id"].as_str().unwrap(), entry["status"].as_str().unwrap())
                })
                .collect()
        };
        assert_eq!(
            ids(&[]),
            [
                "v2.7 CURRENT",
                "v2.5 SUPPORTED",
                "v2.4 SUPPORTED",
                "v2.3 SUPPORTED",
                "v2.2 SUPPORTED",
                "v2.1 SUPPORTED",
                "v2.0 SUPPORTED"
            ]
        );
        assert_eq!(ids(&[Feature::Locations, Feature::Import]).first().unwrap(), "v2.17 CURRENT");
        assert!(ids(&[Feature::Import]).contains(&"v2.6 SUPPORTED".to_owned()));
    }

    #[test]
    fn a_hostile_host_stays_inside_its_string() {
        let document = Versions::of(&[]).document("http://a\",\"x\":\"");
        let value: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(value["versions"][0]["links"][0]["href"], "http://a\",\"x\":\"/v2/");
    }
}
