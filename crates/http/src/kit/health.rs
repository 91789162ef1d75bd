//! `/healthcheck`, as oslo.middleware answers it, and with `detailed` also what the server itself depends on.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, ALLOW, CONTENT_TYPE},
};
use salon_identity::Network;
use serde_json::json;

use crate::kit::{Body, BoxFuture, Response};

/// How long one probe may take before it counts as failed.
const PROBE_TIME: Duration = Duration::from_secs(2);

/// A question about something the server depends on; `Err` says what is wrong, for operators. `Ok` may have something to
/// say, too, that is no reason to send requests elsewhere.
pub type Probe = Box<dyn Fn() -> BoxFuture<'static, Result<Option<String>, String>> + Send + Sync>;

/// What `/healthcheck` looks at.
#[derive(Default)]
pub struct Health {
    /// Answers what was looked at and why (`[healthcheck] detailed`); also asks the probes.
    pub detailed: bool,
    /// While this file exists the answer is 503 `DISABLED BY FILE`.
    pub disable_by_file: Option<PathBuf>,
    /// While this file does not exist the answer is 503 `FILE PATH MISSING`.
    pub enable_by_file: Option<PathBuf>,
    /// Peers that get an answer; empty means all.
    pub allowed_sources: Vec<Network>,
    /// No answer for requests that came through a proxy.
    pub ignore_proxied: bool,
    /// Asked with `detailed` only: name and question.
    pub probes: Vec<(&'static str, Probe)>,
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").field("detailed", &self.detailed).finish_non_exhaustive()
    }
}

struct Finding {
    class: &'static str,
    healthy: bool,
    reason: String,
    details: String,
}

/// Whether a proxy handed the request on.
pub(crate) fn is_proxied(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

impl Health {
    /// The answer; `None` when this peer is not to get one.
    pub(crate) async fn answer(&self, method: &Method, headers: &HeaderMap, peer: IpAddr) -> Option<Response> {
        if self.ignore_proxied && is_proxied(headers) {
            return None;
        }
        if !self.allowed_sources.is_empty() && !self.allowed_sources.iter().any(|network| network.contains(peer)) {
            return None;
        }
        if method != Method::GET && method != Method::HEAD {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Some(response);
        }
        let findings = self.look().await;
        let healthy = findings.iter().all(|finding| finding.healthy);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = match (healthy, method == Method::HEAD) {
            (false, _) => StatusCode::SERVICE_UNAVAILABLE,
            (true, true) => StatusCode::NO_CONTENT,
            (true, false) => StatusCode::OK,
        };
        if method != Method::HEAD {
            let (media, text) = self.render(&findings, preferred(headers));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
            *response.body_mut() = Body::text(text);
        }
        Some(response)
    }

    async fn look(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let disabled = match &self.disable_by_file {
            Some(path) => tokio::fs::try_exists(path).await.unwrap_or(true),
            None => false,
        };
        findings.push(Finding {
            class: "DisableByFile",
            healthy: !disabled,
            reason: if disabled { "DISABLED BY FILE" } else { "OK" }.to_owned(),
            details: described(self.disable_by_file.as_ref(), disabled),
        });
        if let Some(path) = &self.enable_by_file {
            let there = tokio::fs::try_exists(path).await.unwrap_or(false);
            findings.push(Finding {
                class: "EnableByFile",
                healthy: there,
                reason: if there { "OK" } else { "FILE PATH MISSING" }.to_owned(),
                details: described(Some(path), there),
            });
        }
        if self.detailed {
            for (class, probe) in &self.probes {
                let answer = tokio::time::timeout(PROBE_TIME, probe()).await;
                let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {} s", PROBE_TIME.as_secs())));
                let healthy = answer.is_ok();
                let reason = if healthy { "OK" } else { "FAILED" }.to_owned();
                let details = answer.map_or_else(|problem| problem, Option::unwrap_or_default);
                findings.push(Finding { class, healthy, reason, details });
            }
        }
        findings
    }

    fn render(&self, findings: &[Finding], media: &'static str) -> (&'static str, String) {
        match media {
            "application/json" => {
                let reasons: Vec<serde_json::Value> = findings
                    .iter()
                    .map(|finding| {
                        if self.detailed {
                            json!({"class": finding.class, "details": finding.details, "reason": finding.reason})
                        } else {
                            json!(finding.reason)
                        }
                    })
                    .collect();
                (media, json!({"detailed": self.detailed, "reasons": reasons}).to_string())
            }
            "text/html" => {
                let mut rows = String::new();
                for finding in findings {
                    let line = if self.detailed {
                        format!("{}: {} {}", finding.class, finding.reason, finding.details)
                    } else {
                        finding.reason.clone()
                    };
                    rows.push_str(&format!("<p>{}</p>\n", escape(&line)));
                }
                (
                    "text/html; charset=UTF-8",
                    format!(
                        "<!doctype html>\n<html><head><title>Healthcheck Status</title></head><body>\n{rows}</body></html>\n"
                    ),
                )
            }
            _ => {
                let lines: Vec<&str> = findings.iter().map(|finding| finding.reason.as_str()).collect();
                let text = if lines.iter().all(|line| *line == "OK") {
                    "OK".to_owned()
                } else {
                    let wrong: Vec<&str> = lines.into_iter().filter(|line| *line != "OK").collect();
                    wrong.join("\n")
                };
                ("text/plain; charset=UTF-8", text)
            }
        }
    }
}

fn described(path: Option<&PathBuf>, there: bool) -> String {
    match path {
        Some(path) => format!("Path '{}' was {}found", path.display(), if there { "" } else { "not " }),
        None => "No file is configured".to_owned(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The media type that the request prefers among the three; plain text when it says nothing or knows none of them.
fn preferred(headers: &HeaderMap) -> &'static str {
    const OFFERS: [&str; 3] = ["text/plain", "text/html", "application/json"];
    let accept = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let quality = |offer: &str| {
        accept
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let media = parts.next()?;
                let exact = if media.eq_ignore_ascii_case(offer) {
                    2
                } else if media.strip_suffix("/*").is_some_and(|kind| offer.starts_with(kind)) {
                    1
                } else if media == "*/*" {
                    0
                } else {
                    return None;
                };
                let q = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                Some((exact, q))
            })
            .max_by_key(|(exact, _)| *exact)
            .map_or(0.0, |(_, q)| q)
    };
    let mut best = ("text/plain", 0.0);
    for offer in OFFERS {
        let q = quality(offer);
        if q > best.1 {
            best = (offer, q);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, value.parse().unwrap());
        headers
    }

    #[test]
    fn negotiates_between_three_forms() {
        assert_eq!(preferred(&HeaderMap::new()), "text/plain");
        assert_eq!(preferred(&accepting("*/*")), "text/plain");
        assert_eq!(preferred(&accepting("application/json")), "application/json");
        assert_eq!(preferred(&accepting("text/html,application/xhtml+xml,*/*;q=0.8")), "text/html");
        assert_eq!(preferred(&accepting("text/html;q=0.2, application/*;q=0.5")), "application/json");
        assert_eq!(preferred(&accepting("image/png")), "text/plain");
    }

    #[tokio::test]
    async fn says_why_it_is_not_healthy() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("disable");
        let mut health = Health { disable_by_file: Some(file.clone()), ..Health::default() };
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        let none = HeaderMap::new();
        assert_eq!(health.answer(&Method::GET, &none, peer).await.unwrap().status(), StatusCode::OK);
        assert_eq!(health.answer(&Method::HEAD, &none, peer).await.unwrap().status(), StatusCode::NO_CONTENT);
        std::fs::write(&file, "").unwrap();
        assert_eq!(health.answer(&Method::GET, &none, peer).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(health.answer(&Method::HEAD, &none, peer).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
        health.allowed_sources = vec!["127.0.0.0/8".parse().unwrap()];
        assert!(health.answer(&Method::GET, &none, peer).await.is_none());
    }

    #[tokio::test]
    async fn probes_are_asked_only_in_detail() {
        let probe: Probe = Box::new(|| Box::pin(async { Err("away".to_owned()) }));
        let mut health = Health { probes: vec![("Database", probe)], ..Health::default() };
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        let none = HeaderMap::new();
        assert_eq!(health.answer(&Method::GET, &none, peer).await.unwrap().status(), StatusCode::OK);
        health.detailed = true;
        assert_eq!(health.answer(&Method::GET, &none, peer).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
