//! Log lines: text or JSON, never waited for.
//!
//! Lines go through a bounded queue to a thread of their own. When the target does not take them (a full disk, a pipe
//! nobody reads) they are dropped and counted; requests go on.

use std::{
    fs::OpenOptions,
    io::{self, IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use salon_core::{Error, Result};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt::MakeWriter, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

use crate::config::{Log, LogFormat};

/// Lines that wait for the target.
const QUEUE: usize = 4096;
/// Longest line.
const LINE_BYTES: usize = 16 << 10;
/// How long the end of the program waits for the last lines.
const FLUSH_TIME: Duration = Duration::from_secs(1);
/// The writer needs no more than this.
const STACK_BYTES: usize = 128 << 10;

enum Item {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Where formatted lines go.
#[derive(Clone)]
struct Lines {
    queue: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut kept = line.get(..LINE_BYTES).unwrap_or(line).to_vec();
        if kept.len() < line.len() {
            kept.push(b'\n');
        }
        match self.queue.try_send(Item::Line(kept)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log, for as long as the program runs.
pub(crate) struct Logging {
    lines: Lines,
    filter: reload::Handle<EnvFilter, Registry>,
}

impl Logging {
    /// Starts the log. Called once.
    ///
    /// # Errors
    /// Invalid for a level that cannot be read or a file that cannot be written.
    pub(crate) fn start(log: &Log) -> Result<Self> {
        let (target, colour): (Box<dyn Write + Send>, bool) = match &log.file {
            Some(path) => {
                let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
                let file = file.map_err(|error| {
                    Error::invalid(format!("the log file {} cannot be written: {error}", path.display()))
                })?;
                (Box::new(file), false)
            }
            None => (Box::new(io::stderr()), io::stderr().is_terminal()),
        };
        let dropped = Arc::new(AtomicU64::new(0));
        let (queue, items) = sync_channel(QUEUE);
        let counted = Arc::clone(&dropped);
        thread::Builder::new()
            .name("log".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || write_lines(&items, target, &counted))
            .map_err(|error| Error::internal("the log's thread could not be started").with_source(error))?;
        let lines = Lines { queue, dropped };
        let (filter, handle) = reload::Layer::new(filter(&log.level)?);
        let format = tracing_subscriber::fmt::layer().with_writer(lines.clone());
        let layer = match log.format {
            LogFormat::Text => format.with_ansi(colour).boxed(),
            LogFormat::Json => format.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
        };
        tracing_subscriber::registry()
            .with(filter)
            .with(layer)
            .try_init()
            .map_err(|error| Error::internal("the log was started twice").with_source(error))?;
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let payload = panic.payload();
            let words = payload
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
                .unwrap_or("no words");
            tracing::error!(place, words, "panic");
        }));
        Ok(Self { lines, filter: handle })
    }

    /// Puts another level in force.
    ///
    /// # Errors
    /// Invalid for a level that cannot be read; the one in force stays.
    pub(crate) fn set_level(&self, level: &str) -> Result<()> {
        let new = filter(level)?;
        self.filter.reload(new).map_err(|error| Error::internal("the log's level could not be set").with_source(error))
    }

    /// Lines lost so far.
    pub(crate) fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.lines.dropped)
    }

    /// Waits, but not long, until the lines so far are written.
    pub(crate) fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.lines.queue.try_send(Item::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(FLUSH_TIME);
        }
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.flush();
    }
}

fn filter(level: &str) -> Result<EnvFilter> {
    EnvFilter::try_new(level)
        .map_err(|error| Error::invalid(format!("the log level {level:?} cannot be read: {error}")))
}

fn write_lines(items: &Receiver<Item>, mut target: Box<dyn Write + Send>, dropped: &AtomicU64) {
    let mut told = 0;
    while let Ok(item) = items.recv() {
        match item {
            Item::Line(line) => {
                let lost = dropped.load(Ordering::Relaxed);
                if lost > told {
                    let _ = writeln!(target, "log lines lost so far: {lost}");
                    told = lost;
                }
                if target.write_all(&line).is_err() {
                    dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
            Item::Flush(done) => {
                let _ = target.flush();
                let _ = done.send(());
            }
        }
    }
}
