//! Hostile clients: requests that no client should send and speeds that no client should have. Each is refused in the words
//! of its dialect, never as an error of the server, and everybody else is served.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and its counts are printed"
)]

#[path = "hostile/bodies.rs"]
mod bodies;
#[path = "hostile/broken_off.rs"]
mod broken_off;
mod common;
#[path = "hostile/crowd.rs"]
mod crowd;
#[path = "hostile/heads.rs"]
mod heads;
#[path = "hostile/targets.rs"]
mod targets;
#[path = "chime/world.rs"]
#[allow(dead_code, reason = "only what operations need is used here")]
mod world;

use common::{Salon, Setup, long};

/// Nobody is too fast for these tests.
const UNTHROTTLED: &str = "[chime]\nrequests_per_second = 0\n[rackspace]\nget_per_minute = 0\npost_per_minute = 0\n\
                           put_per_minute = 0\npatch_per_minute = 0\ndelete_per_minute = 0\n";

fn unthrottled() -> Salon {
    Setup::config(UNTHROTTLED).start()
}

/// Nothing went wrong inside: no panic (the harness looks for these, too), and no answer that blames the server.
fn nothing_broke(salon: &Salon) {
    let metrics = salon.nobody().get("/metrics");
    let broken: Vec<&str> = metrics
        .text()
        .lines()
        .filter(|line| {
            line.contains("status=\"5") || (line.starts_with("salon_http_panics_total") && !line.ends_with(" 0"))
        })
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!(salon.alice().get("/v2/images").status, 200);
}
