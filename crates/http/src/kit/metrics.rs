//! Counters and durations for Prometheus. Labels are names of dialects, route templates, methods and statuses: all of
//! them from the program, none from a request, so their number is bounded.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS: [f64; 12] = [0.000_25, 0.001, 0.002_5, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0, 600.0];

/// What one answered request counts under.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    dialect: &'static str,
    route: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Timed {
    dialect: &'static str,
    route: &'static str,
    method: &'static str,
}

/// A counter that somebody else keeps.
#[derive(Debug)]
struct Watched {
    name: &'static str,
    help: &'static str,
    value: Arc<AtomicU64>,
}

/// The listener's metrics and the registry that others add theirs to.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    watched: Mutex<Vec<Watched>>,
    answered: Family<Answered, Counter>,
    durations: Family<Timed, Histogram, fn() -> Histogram>,
    pub(crate) connections: Gauge<i64, AtomicI64>,
    pub(crate) requests_running: Gauge<i64, AtomicI64>,
    pub(crate) connections_refused: Counter,
    pub(crate) accept_errors: Counter,
    pub(crate) heads_refused: Counter,
    pub(crate) answers_cut: Counter,
    pub(crate) blobs_cut: Counter,
    pub(crate) panics: Counter,
    pub(crate) bytes_sent: Counter<u64, AtomicU64>,
    pub(crate) bytes_received: Counter<u64, AtomicU64>,
    pub(crate) bytes_by_kernel: Counter<u64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry with the listener's own metrics.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("salon");
        let answered = Family::default();
        let durations = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        registry.register("http_requests", "Answered requests", answered.clone());
        registry.register(
            "http_request_duration_seconds",
            "From the last byte of the head to the last byte of the answer",
            durations.clone(),
        );
        let metrics = Self {
            answered,
            durations,
            connections: Gauge::default(),
            requests_running: Gauge::default(),
            connections_refused: Counter::default(),
            accept_errors: Counter::default(),
            heads_refused: Counter::default(),
            answers_cut: Counter::default(),
            blobs_cut: Counter::default(),
            panics: Counter::default(),
            bytes_sent: Counter::default(),
            bytes_received: Counter::default(),
            bytes_by_kernel: Counter::default(),
            registry: Mutex::new(Registry::default()),
            watched: Mutex::default(),
        };
        registry.register("http_connections", "Open connections", metrics.connections.clone());
        registry.register("http_requests_running", "Requests being answered", metrics.requests_running.clone());
        registry.register(
            "http_connections_refused",
            "Connections closed or kept to health and metrics because too many were open",
            metrics.connections_refused.clone(),
        );
        registry.register(
            "http_accept_errors",
            "Connections the system could not accept",
            metrics.accept_errors.clone(),
        );
        registry.register(
            "http_heads_refused",
            "Requests whose head was malformed or too large, answered without a route",
            metrics.heads_refused.clone(),
        );
        registry.register(
            "http_answers_cut",
            "Answers that ended before their last byte, for whatever reason",
            metrics.answers_cut.clone(),
        );
        registry.register(
            "http_blobs_cut",
            "Downloads cut because stored bytes were missing or could not be read",
            metrics.blobs_cut.clone(),
        );
        registry.register("http_panics", "Defects of the server met while answering", metrics.panics.clone());
        registry.register("http_sent_bytes", "Bytes of answers' bodies", metrics.bytes_sent.clone());
        registry.register("http_received_bytes", "Bytes of requests' bodies", metrics.bytes_received.clone());
        registry.register("http_sendfile_bytes", "Bytes of blobs sent by the kernel", metrics.bytes_by_kernel.clone());
        Self { registry: Mutex::new(registry), ..metrics }
    }

    /// Adds metrics of other layers; called while starting.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Shows a counter that somebody else keeps; `name` without `_total`.
    pub fn watch(&self, name: &'static str, help: &'static str, value: Arc<AtomicU64>) {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).push(Watched { name, help, value });
    }

    /// Counts one answer.
    pub(crate) fn answered(
        &self,
        dialect: &'static str,
        route: &'static str,
        method: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        self.answered.get_or_create(&Answered { dialect, route, method, status: status.as_u16() }).inc();
        self.durations.get_or_create(&Timed { dialect, route, method }).observe(took.as_secs_f64());
    }

    /// Everything in the text format.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        if let Some(process) = process_text() {
            text.push_str(&process);
        }
        for Watched { name, help, value } in &*self.watched.lock().unwrap_or_else(PoisonError::into_inner) {
            let value = value.load(Ordering::Relaxed);
            let _ = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} counter\n{name}_total {value}");
        }
        if encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner)).is_err() {
            tracing::error!("the metrics could not be written");
        }
        text
    }
}

/// A method as a label: known ones by name, the rest together.
pub(crate) fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Memory, descriptors and CPU of this process under the names that every Prometheus client uses.
fn process_text() -> Option<String> {
    let memory = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = memory.split(' ').nth(1)?.parse().ok()?;
    let descriptors = std::fs::read_dir("/proc/self/fd").ok()?.count();
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    let seconds = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
    let resident = pages * rustix::param::page_size() as u64;
    let mut text = String::new();
    for (name, kind, value) in [
        ("process_resident_memory_bytes", "gauge", resident.to_string()),
        ("process_open_fds", "gauge", descriptors.to_string()),
        ("process_cpu_seconds", "counter", seconds.to_string()),
    ] {
        let sample = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
        let _ = writeln!(text, "# TYPE {name} {kind}\n{sample} {value}");
    }
    Some(text)
}
