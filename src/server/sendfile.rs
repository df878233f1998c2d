//! Connections that have the kernel send files.
//!
//! The stream beneath hyper. Where a stand-in of `system::file_body` is to be written, the part of the file that it stands for is
//! sent, by sendfile(2). A stand-in must never be sent itself: the client would have a file of nothing that looks whole. So where
//! not all that the outlet holds is seen in its place, the connection breaks before a byte is written.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::net::sockopt::set_tcp_cork;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::accept::{Greeting, Guest, Listen, Watch};
use super::tcp::plain;
use crate::system::file_body::{Outlet, Part, is_stand_in};

/// A TCP listener for those who fetch files, in plain HTTP.
pub(super) struct FileListener(pub(super) TcpListener);

impl Listen for FileListener {
    type Socket = TcpStream;
    type Origin = SocketAddr;

    const KIND: &'static str = "boot";

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        Listen::accept(&self.0).await
    }

    fn address(source: &SocketAddr) -> Option<IpAddr> {
        Some(source.ip().to_canonical())
    }

    fn greet(socket: TcpStream, source: SocketAddr, watch: Watch) -> Greeting {
        let outlet = Outlet::default();
        let sending = Sending {
            socket,
            outlet: outlet.clone(),
            is_corked: false,
        };
        let guest = Guest {
            outlet: Some(outlet),
            ..plain(sending, source, watch)
        };
        Box::pin(std::future::ready(Ok(guest)))
    }
}

/// A socket with an outlet.
struct Sending {
    socket: TcpStream,
    outlet: Outlet,
    is_corked: bool,
}

impl Sending {
    fn poll_send(&self, part: &Part, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_write_ready(context))?;
            let sent = self.socket.try_io(Interest::WRITABLE, || {
                let mut from = part.from;
                let to = &self.socket;
                Ok(rustix::fs::sendfile(
                    to,
                    &part.file,
                    Some(&mut from),
                    part.length,
                )?)
            });
            match sent {
                // A file of ours never gets shorter; whoever does that to it must not leave a client waiting.
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                    ) => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    /// While there are files to send, the kernel fills its packets, and sends the head of the answer with them.
    fn cork(&mut self, is_corked: bool) {
        if self.is_corked != is_corked && set_tcp_cork(&self.socket, is_corked).is_ok() {
            self.is_corked = is_corked;
        }
    }
}

impl AsyncRead for Sending {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Sending {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let is_of_memory = |slice: &&io::IoSlice<'_>| !is_stand_in(slice);
        let stand_ins = slices.iter().filter(|slice| is_stand_in(slice));
        let seen: usize = stand_ins.map(|slice| slice.len()).sum();
        if seen != this.outlet.length() {
            let error = "a part of a file is not where it should be among what is to be sent";
            return Poll::Ready(Err(io::Error::other(error)));
        }
        this.cork(seen > 0);
        let in_memory = slices.iter().take_while(is_of_memory).count();
        let next = this.outlet.next().filter(|_| in_memory == 0);
        let Some(part) = next else {
            let (in_memory, _) = slices.split_at(in_memory);
            return Pin::new(&mut this.socket).poll_write_vectored(context, in_memory);
        };
        let sent = ready!(this.poll_send(&part, context))?;
        this.outlet.sent(sent);
        if this.outlet.next().is_none() {
            this.cork(false);
        }
        Poll::Ready(Ok(sent))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Sockets have nothing to flush.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
