//! Every limit of the listener, with its default.

use std::time::Duration;

use salon_core::pace::Pace;

/// What a connection may take. Times are waits for the peer, never time the server itself needs.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections over all listeners; further ones are answered on a small reserve that serves health and metrics
    /// only, and beyond that closed at once.
    pub connections: usize,
    /// Bytes of the request line and the headers together.
    pub header_bytes: usize,
    /// Header lines of one request.
    pub header_count: usize,
    /// From the first byte of a head to its last.
    pub header_time: Duration,
    /// Between two requests of a connection.
    pub keep_alive_time: Duration,
    /// Length of the window in which a body must make progress.
    pub body_window: Duration,
    /// Bytes that must arrive (or be taken) in each window.
    pub body_window_bytes: u64,
    /// Characters of an `X-OpenStack-Request-ID` that is taken over.
    pub request_id_chars: usize,
    /// How long running requests may go on after a stop was asked for.
    pub drain_time: Duration,
}

impl Limits {
    /// What a peer is held to while a body comes or goes.
    pub(crate) fn body_pace(&self) -> Pace {
        Pace::new(self.body_window, self.body_window_bytes)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 32_768,
            header_bytes: 64 << 10,
            header_count: 200,
            header_time: Duration::from_secs(30),
            keep_alive_time: Duration::from_secs(75),
            body_window: Duration::from_secs(60),
            body_window_bytes: 4 << 10,
            request_id_chars: 64,
            drain_time: Duration::from_secs(60),
        }
    }
}

/// Connections beyond [`Limits::connections`] that are kept for health and metrics.
pub(crate) const RESERVED_CONNECTIONS: usize = 32;
