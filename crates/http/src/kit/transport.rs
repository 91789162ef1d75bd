//! The socket below hyper: strict framing, time-outs for the peer, and blobs sent by the kernel.

use std::{
    future::Future,
    io::{self, IoSlice},
    os::fd::AsFd,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use crate::kit::{
    framing::{Guard, Violation},
    limits::Limits,
    metrics::Metrics,
    sendfile::{Parts, stands_for_file},
    timer::{Paced, Timer},
};

/// How long a closing connection goes on reading what the peer still sends, so that the peer can read the answer
/// before its system learns that nobody listens.
const LINGER: Duration = Duration::from_secs(5);

/// What the transport and the requests on it tell each other.
#[derive(Debug)]
pub(crate) struct Link {
    /// A request is being answered: silence of the peer is in order.
    pub(crate) busy: AtomicBool,
    /// Parts of files for the slices that hyper will write.
    pub(crate) parts: Arc<Parts>,
    /// Where sent bytes and failures are counted.
    pub(crate) metrics: Arc<Metrics>,
}

impl Link {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { busy: AtomicBool::new(false), parts: Arc::default(), metrics }
    }
}

/// A connection as hyper sees it.
pub(crate) struct Transport {
    socket: TcpStream,
    link: Arc<Link>,
    guard: Guard,
    header_time: Duration,
    keep_alive_time: Duration,
    /// Since when the peer has been idle, or inside the head it is sending.
    waiting: Option<(Waiting, Instant)>,
    read_timer: Timer,
    write_pace: Paced,
    closing: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    ForRequest,
    ForHead,
}

impl Transport {
    pub(crate) fn new(socket: TcpStream, link: Arc<Link>, limits: &Limits) -> Self {
        Self {
            socket,
            link,
            guard: Guard::new(),
            header_time: limits.header_time,
            keep_alive_time: limits.keep_alive_time,
            waiting: None,
            read_timer: Timer::default(),
            write_pace: Paced::new(limits.body_pace()),
            closing: None,
        }
    }

    /// To be polled when there is nothing to read; ready when the peer took too long to send a head.
    fn poll_head_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (waiting, time) = if self.guard.is_in_head() {
            (Waiting::ForHead, self.header_time)
        } else if self.link.busy.load(Ordering::Acquire) || !self.guard.is_idle() {
            self.waiting = None;
            return Poll::Pending;
        } else {
            (Waiting::ForRequest, self.keep_alive_time)
        };
        let since = match self.waiting {
            Some((before, since)) if before == waiting => since,
            _ => {
                let now = Instant::now();
                self.waiting = Some((waiting, now));
                now
            }
        };
        self.read_timer.poll(since + time, cx)
    }

    /// Ends a write: notes progress, or has the peer's time run.
    fn paced<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        match written {
            Poll::Ready(Ok(value)) => {
                self.write_pace.moved(bytes(&value));
                Poll::Ready(Ok(value))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self
                .write_pace
                .poll_expired(cx)
                .map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes the answer too slowly"))),
        }
    }

    fn poll_send_file(&mut self, cx: &mut Context<'_>, slice: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_write_ready(cx))?;
            let sent = self.socket.try_io(Interest::WRITABLE, || self.link.parts.send(slice, self.socket.as_fd()));
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(bytes) => {
                    self.link.metrics.bytes_by_kernel.inc_by(bytes as u64);
                    return Poll::Ready(Ok(bytes));
                }
                Err(error) => {
                    if !is_of_peer(&error) {
                        self.link.metrics.blobs_cut.inc();
                        tracing::error!(%error, "a download was cut: its bytes are missing or cannot be read");
                    }
                    return Poll::Ready(Err(error));
                }
            }
        }
    }
}

/// Whether the peer is the reason: it went away. Everything else that `sendfile` says is about the file.
fn is_of_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, TimedOut};

    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | TimedOut)
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        match Pin::new(&mut this.socket).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                let arrived = buffer.filled().get(before..).unwrap_or_default();
                match this.guard.accept(arrived) {
                    Ok(()) => Poll::Ready(Ok(())),
                    Err(Violation::Head) => {
                        // hyper has the answer to a byte that no head may contain: 400, and the connection is closed.
                        buffer.set_filled(before);
                        buffer.put_slice(b"\0");
                        Poll::Ready(Ok(()))
                    }
                    Err(Violation::Body) => {
                        buffer.set_filled(before);
                        Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "malformed chunked body")))
                    }
                }
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => this
                .poll_head_expired(cx)
                .map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the client did not send a request in time"))),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = if stands_for_file(bytes) {
            this.poll_send_file(cx, bytes)
        } else {
            Pin::new(&mut this.socket).poll_write(cx, bytes)
        };
        this.paced(cx, written, |bytes| *bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let first = slices.iter().position(|slice| !slice.is_empty()).unwrap_or(0);
        let slices = slices.get(first..).unwrap_or_default();
        let memory = slices.iter().position(|slice| stands_for_file(slice)).unwrap_or(slices.len());
        let written = match slices.first() {
            Some(slice) if memory == 0 => this.poll_send_file(cx, slice),
            _ => Pin::new(&mut this.socket).poll_write_vectored(cx, slices.get(..memory).unwrap_or_default()),
        };
        this.paced(cx, written, |bytes| *bytes)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let timer = match &mut this.closing {
            Some(timer) => timer,
            closing => {
                ready!(Pin::new(&mut this.socket).poll_shutdown(cx))?;
                closing.insert(Box::pin(sleep_until(Instant::now() + LINGER)))
            }
        };
        // A peer that is still sending would get a reset, which can destroy the answer before it is read.
        if !this.guard.is_in_body() {
            return Poll::Ready(Ok(()));
        }
        let mut waste = [0_u8; 16 << 10];
        // A bounded number of reads in one go: the peer may be as fast as we are.
        for _ in 0..16 {
            if timer.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut waste);
            match ready!(Pin::new(&mut this.socket).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                Ok(()) | Err(_) => return Poll::Ready(Ok(())),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
