//! Log lines: text or JSON, never waited for.
//!
//! Lines gather in a bounded buffer, and a thread of their own writes what has gathered, after the first line at once, then
//! every [`GATHER`]: a busy server would otherwise wake that thread for each request. When the target does not take
//! them (a full disk, a pipe nobody reads) they are dropped and counted; requests go on.

mod plain;

use std::{
    fs::OpenOptions,
    io::{self, IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use salon_core::{Error, Result};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt::MakeWriter, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

use self::plain::PlainFields;
use crate::config::{Log, LogFormat};

/// Bytes of lines that wait for the target.
const WAITING_BYTES: usize = 1 << 20;
/// How long lines gather before they are written.
const GATHER: Duration = Duration::from_millis(5);
/// Bytes of the buffer that stay when it is empty.
const KEPT_BYTES: usize = 64 << 10;
/// Longest line.
const LINE_BYTES: usize = 16 << 10;
/// How long the end of the program waits for the last lines.
const FLUSH_TIME: Duration = Duration::from_secs(1);
/// The writer needs no more than this.
const STACK_BYTES: usize = 128 << 10;

/// What has gathered.
#[derive(Default)]
struct Gathered {
    text: Vec<u8>,
    lines: u64,
    /// Who waits until everything so far is written.
    flushes: Vec<SyncSender<()>>,
    /// The writer waits to be woken.
    idle: bool,
}

/// Where formatted lines go.
#[derive(Clone, Default)]
struct Lines {
    gathered: Arc<(Mutex<Gathered>, Condvar)>,
    dropped: Arc<AtomicU64>,
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the writer if it waits.
    fn wake(&self, mut gathered: MutexGuard<'_, Gathered>) {
        if std::mem::take(&mut gathered.idle) {
            drop(gathered);
            self.gathered.1.notify_one();
        }
    }

    /// What has gathered, once there is something; `spare` takes its place.
    fn take(&self, spare: Vec<u8>) -> Gathered {
        let mut gathered = self.lock();
        while gathered.text.is_empty() && gathered.flushes.is_empty() {
            gathered.idle = true;
            gathered = self.gathered.1.wait(gathered).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::replace(&mut gathered, Gathered { text: spare, ..Gathered::default() })
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let kept = line.get(..LINE_BYTES).unwrap_or(line);
        let mut gathered = self.lock();
        if gathered.text.len() + kept.len() >= WAITING_BYTES {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(line.len());
        }
        gathered.text.extend_from_slice(kept);
        if kept.len() < line.len() {
            gathered.text.push(b'\n');
        }
        gathered.lines += 1;
        self.wake(gathered);
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
        let lines = Lines::default();
        let written = lines.clone();
        thread::Builder::new()
            .name("log".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || write_lines(&written, target))
            .map_err(|error| Error::internal("the log's thread could not be started").with_source(error))?;
        let (filter, handle) = reload::Layer::new(filter(&log.level)?);
        let format = tracing_subscriber::fmt::layer().with_writer(lines.clone());
        let layer = match log.format {
            LogFormat::Text if colour => format.boxed(),
            LogFormat::Text => format.with_ansi(false).fmt_fields(PlainFields).boxed(),
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
        let mut gathered = self.lines.lock();
        gathered.flushes.push(done);
        self.lines.wake(gathered);
        let _ = wait.recv_timeout(FLUSH_TIME);
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

fn write_lines(lines: &Lines, mut target: Box<dyn Write + Send>) {
    let mut told = 0;
    let mut spare = Vec::new();
    loop {
        let mut gathered = lines.take(spare);
        let lost = lines.dropped.load(Ordering::Relaxed);
        if lost > told {
            let _ = writeln!(target, "log lines lost so far: {lost}");
            told = lost;
        }
        if target.write_all(&gathered.text).is_err() {
            lines.dropped.fetch_add(gathered.lines, Ordering::Relaxed);
        }
        let _ = target.flush();
        for done in &gathered.flushes {
            let _ = done.send(());
        }
        gathered.text.clear();
        // One long burst is not worth keeping its memory.
        gathered.text.shrink_to(KEPT_BYTES);
        spare = gathered.text;
        thread::sleep(GATHER);
    }
}
