//! TCP.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::net::sockopt::{set_ip_freebind, set_ipv6_freebind};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};

use super::BindError;
use super::accept::{Greeting, Guest, HttpVersion, Listen, Transported, Watch};
use crate::model::caller::{Peer, Transport};

/// How many connections may wait in the kernel's queue; the kernel has a limit of its own (`net.core.somaxconn`).
pub(super) const BACKLOG: i32 = 1024;

/// After this long without a byte the kernel asks whether the client is still there, so that one that lost its power does
/// not keep its connection (and its place among those that are served) for ever.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);

/// Listens on `address`; port 0 lets the system choose. An IPv6 address is IPv6 alone, so that `[::]` and `0.0.0.0` can
/// stand side by side. Call it inside the runtime.
///
/// # Errors
/// [`BindError::Tcp`].
pub fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    listen(address, false).map_err(|source| BindError::Tcp { address, source })
}

/// The same on an address that this machine may not have yet: who comes to it is served from when it is there.
///
/// # Errors
/// [`BindError::Tcp`], where somebody else listens there.
pub fn bind_ahead(address: SocketAddr) -> Result<TcpListener, BindError> {
    listen(address, true).map_err(|source| BindError::Tcp { address, source })
}

/// A listener that the service manager opened. Call it inside the runtime.
///
/// # Errors
/// [`BindError::Inherited`].
pub fn inherited(listener: std::net::TcpListener) -> Result<TcpListener, BindError> {
    listener
        .set_nonblocking(true)
        .and_then(|()| TcpListener::from_std(listener))
        .map_err(|source| BindError::Inherited { source })
}

fn listen(address: SocketAddr, is_ahead: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A restarted daemon gets its port back at once, although old connections still linger in TIME_WAIT.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    match address {
        SocketAddr::V4(_) if is_ahead => set_ip_freebind(&socket, true)?,
        SocketAddr::V6(_) if is_ahead => set_ipv6_freebind(&socket, true)?,
        SocketAddr::V4(_) | SocketAddr::V6(_) => {}
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

impl Listen for TcpListener {
    type Socket = TcpStream;
    type Origin = SocketAddr;

    const KIND: &'static str = "tcp";

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, source) = Self::accept(self).await?;
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_AFTER)
            .with_interval(KEEPALIVE_EVERY);
        // Both fail only where the client has gone already, which the first read will say.
        stream.set_nodelay(true).ok();
        SockRef::from(&stream).set_tcp_keepalive(&keepalive).ok();
        Ok((stream, source))
    }

    fn greet(socket: TcpStream, source: SocketAddr, watch: Watch) -> Greeting {
        Box::pin(std::future::ready(Ok(plain(socket, source, watch))))
    }
}

/// A client that speaks plain HTTP.
pub(super) fn plain(socket: impl Transported + 'static, source: SocketAddr, watch: Watch) -> Guest {
    Guest {
        stream: Box::new(watch.over(socket)),
        peer: Peer {
            transport: Transport::Tcp,
            source: Some(source),
            unix: None,
            certificate: None,
            has_to_use_tls: false,
        },
        version: HttpVersion::Http1,
        outlet: None,
    }
}
