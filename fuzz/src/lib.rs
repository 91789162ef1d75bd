//! What the fuzzer does with everything that is parsed by hand: one function of bytes per parser.
//!
//! A target panics when the parser panics, and when an oracle disagrees: what is printed must be read again as the same,
//! a slow and plain second implementation must say the same, what no key signed must not be accepted, and the result must
//! keep its bounds. Bytes that are no input for the parser are let go.
//!
//! The test run replays the corpus and a bounded number of mutations of it (`tests/replay.rs`); `fuzz/run` is the long form,
//! guided by coverage.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a target tells what it found by panicking"
)]

mod given;
pub mod mutate;
mod targets;

/// One parser with its oracles.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Panics for an input that shows a defect.
    pub run: fn(&[u8]),
    /// What inputs are made of; for mutations.
    pub words: &'static [&'static str],
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "json_patch", run: targets::image::json_patch, words: targets::image::PATCH_WORDS },
    Target { name: "image_create", run: targets::image::image_create, words: targets::image::PATCH_WORDS },
    Target { name: "list_query", run: targets::list::list_query, words: targets::list::WORDS },
    Target { name: "in_filter", run: targets::list::in_filter, words: &["\"", "\\", ",", "a", "\n"] },
    Target { name: "policy_expression", run: targets::policy::expression, words: targets::policy::WORDS },
    Target { name: "policy_file", run: targets::policy::file, words: targets::policy::FILE_WORDS },
    Target { name: "property_protection", run: targets::policy::protection, words: targets::policy::PROTECTION_WORDS },
    Target { name: "sigv4_read", run: targets::sigv4::read, words: targets::sigv4::WORDS },
    Target { name: "sigv4_signed", run: targets::sigv4::signed, words: targets::sigv4::WORDS },
    Target {
        name: "sigv4_canonical",
        run: targets::sigv4::canonical,
        words: &["/", "..", ".", "%2F", "%", "&", "=", "+"],
    },
    Target { name: "access_rule", run: targets::identity::access_rule, words: &["*", "**", "{", "}", "/", "\n", "a"] },
    Target { name: "proxy_headers", run: targets::identity::proxy_headers, words: targets::identity::WORDS },
    Target { name: "range", run: targets::v2::range, words: targets::v2::RANGE_WORDS },
    Target { name: "accept", run: targets::v2::accept, words: targets::v2::ACCEPT_WORDS },
    Target { name: "routes", run: targets::v2::routes, words: targets::v2::ROUTE_WORDS },
    Target { name: "v1_headers", run: targets::v1::headers, words: targets::v1::WORDS },
    Target { name: "v1_written", run: targets::v1::written, words: targets::image::PATCH_WORDS },
    Target { name: "v1_members", run: targets::v1::members, words: targets::v1::MEMBER_WORDS },
    Target { name: "chime_route", run: targets::chime::route, words: targets::chime::ROUTE_WORDS },
    Target { name: "chime_input", run: targets::chime::input, words: targets::chime::INPUT_WORDS },
    Target { name: "chime_page_token", run: targets::chime::page_token, words: &["0", "f", "\n", "ListRooms"] },
    Target { name: "framing", run: targets::kit::framing, words: targets::kit::FRAMING_WORDS },
    Target { name: "host", run: targets::kit::host, words: targets::kit::HOST_WORDS },
    Target {
        name: "rackspace_path",
        run: targets::kit::rackspace_path,
        words: &["/", "v2", "images", ".json", "v1", "%2F"],
    },
    Target { name: "instant", run: targets::plain::instant, words: &["T", "Z", ":", "+", "-", ".", "2026"] },
    Target { name: "network", run: targets::plain::network, words: &["/", "::", "10.0.0.0", "128", "ffff"] },
    Target {
        name: "message",
        run: targets::plain::message,
        words: &["@", "all", "present", "bot", "(Bot)", ".", "\n"],
    },
    Target { name: "task_input", run: targets::plain::task_input, words: targets::plain::TASK_WORDS },
    Target { name: "store_key", run: targets::plain::store_key, words: &[".", "-", "_", "/", "0"] },
    Target { name: "outbound_url", run: targets::plain::outbound_url, words: targets::plain::URL_WORDS },
    Target { name: "inspect", run: targets::inspect::stream, words: targets::inspect::WORDS },
    Target { name: "vhd", run: targets::inspect::vhd, words: targets::inspect::WORDS },
];
