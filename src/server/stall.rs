//! A client that does not take its answer.
//!
//! Where too little could be written to a socket for [`STALLED`], what is under way on it does not keep the seat any more:
//! the connection may be closed in favour of a new one. After the write timeout it is closed in any case. How little is too
//! little is a matter of the listener. A stream of events that is merely quiet has nothing to write, and waits for ever.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::seat::{Seat, Stalled, UnderWay};

/// So long a client may make no progress before it counts as idle: several retransmissions of a lost packet.
const STALLED: Duration = Duration::from_secs(5);

/// A socket whose writes have to make progress.
pub(super) struct Stall<S> {
    stream: S,
    seat: Arc<Seat>,
    timeout: Duration,
    /// What a client has to take within the timeout, in bytes.
    least: usize,
    waiting: Option<Waiting>,
}

/// Since something could not be written.
struct Waiting {
    timer: Pin<Box<Sleep>>,
    /// The bytes that were written since.
    written: usize,
    seat: Hold,
}

/// What it means for the seat.
enum Hold {
    /// Until [`STALLED`].
    Busy { _until: UnderWay },
    /// From then on.
    LetGo { _until: Stalled },
}

impl<S> Stall<S> {
    pub(super) fn new(stream: S, seat: Arc<Seat>, timeout: Duration, least: usize) -> Self {
        Self {
            stream,
            seat,
            timeout,
            least,
            waiting: None,
        }
    }

    /// Passes on what became of a write, and looks at the time where it has to wait.
    fn watched(
        &mut self,
        outcome: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(outcome) = outcome {
            let length = outcome.as_ref().map_or(self.least, |length| *length);
            self.waiting = self.waiting.take().and_then(|waiting| {
                let written = waiting.written.saturating_add(length);
                (written < self.least).then_some(Waiting { written, ..waiting })
            });
            return Poll::Ready(outcome);
        }
        let timeout = self.timeout;
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            timer: Box::pin(sleep(STALLED.min(timeout))),
            written: 0,
            seat: Hold::Busy {
                _until: self.seat.begin(),
            },
        });
        loop {
            ready!(waiting.timer.as_mut().poll(context));
            if matches!(waiting.seat, Hold::LetGo { .. }) {
                let error = "the client does not take its answer";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, error)));
            }
            waiting.seat = Hold::LetGo {
                _until: self.seat.stalls(),
            };
            waiting.timer = Box::pin(sleep(timeout.saturating_sub(STALLED)));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stall<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stall<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(outcome, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watched(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Sockets have nothing to flush. Whoever does has written all that there was.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waiting = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
