//! Closing without taking the answer away from the client.
//!
//! An answer may be complete before the request is: "413, too large" is said while the client is still sending. If the
//! socket were closed then, the kernel would answer what still comes with a reset, and the client would lose the answer
//! that explains it. So the sending half is closed first, and what still comes is read and thrown away for a while
//! (RFC 9112 §9.6). A daemon that is going down does not wait: an idle client that is slow to close would hold it up.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::system::shutdown::Shutdown;

/// How long the client may go on sending. On a slow line it then loses the answer, as it would have without this.
const PATIENCE: Duration = Duration::from_secs(2);

/// A stream whose `poll_shutdown` waits for the other side to stop sending.
pub(super) struct Linger<S> {
    stream: S,
    closing: Closing,
    shutdown: Shutdown,
}

enum Closing {
    /// In use.
    No,
    /// Our half is closed; theirs is being read until the timer ends.
    Draining(Pin<Box<Sleep>>),
    /// Over.
    Done,
}

impl<S> Linger<S> {
    pub(super) fn new(stream: S, shutdown: Shutdown) -> Self {
        Self {
            stream,
            closing: Closing::No,
            shutdown,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Linger<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Linger<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match &mut this.closing {
                Closing::No => {
                    ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
                    this.closing = if this.shutdown.is_triggered() {
                        Closing::Done
                    } else {
                        Closing::Draining(Box::pin(sleep(PATIENCE)))
                    };
                }
                Closing::Draining(timer) => {
                    let over = timer.as_mut().poll(context).is_ready()
                        || ready!(poll_discard(&mut this.stream, context));
                    if over {
                        this.closing = Closing::Done;
                    }
                }
                Closing::Done => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// Reads and throws away one buffer; ready with whether that was the end.
fn poll_discard<S: AsyncRead + Unpin>(stream: &mut S, context: &mut Context<'_>) -> Poll<bool> {
    let mut bytes = [0; 8192];
    let mut buffer = ReadBuf::new(&mut bytes);
    let read = ready!(Pin::new(stream).poll_read(context, &mut buffer));
    Poll::Ready(read.is_err() || buffer.filled().is_empty())
}
