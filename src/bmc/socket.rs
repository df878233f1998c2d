//! The two UDP sockets that serve all BMCs.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// One socket for IPv4, one for IPv6 where this machine has it.
pub(super) struct Sockets {
    pub(super) v4: UdpSocket,
    pub(super) v6: Option<UdpSocket>,
}

impl Sockets {
    /// Binds them to free ports. `receive_buffer` is in bytes: the answers of a rack come in bursts.
    pub(super) fn bind(receive_buffer: usize) -> io::Result<Self> {
        Ok(Self {
            v4: socket(
                Domain::IPV4,
                (Ipv4Addr::UNSPECIFIED, 0).into(),
                receive_buffer,
            )?,
            v6: socket(
                Domain::IPV6,
                (Ipv6Addr::UNSPECIFIED, 0).into(),
                receive_buffer,
            )
            .ok(),
        })
    }

    /// Sends a datagram, if that is possible without waiting.
    pub(super) fn send(&self, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        let socket = match (to, &self.v6) {
            (SocketAddr::V4(_), _) => &self.v4,
            (SocketAddr::V6(_), Some(v6)) => v6,
            (SocketAddr::V6(_), None) => return Err(io::ErrorKind::NetworkUnreachable.into()),
        };
        socket.try_send_to(datagram, to).map(drop)
    }

    /// Waits until one of them can send again.
    pub(super) async fn writable(&self) -> io::Result<()> {
        match &self.v6 {
            None => self.v4.writable().await,
            Some(v6) => {
                tokio::try_join!(self.v4.writable(), v6.writable())?;
                Ok(())
            }
        }
    }

    /// Waits until one of them has received something.
    pub(super) async fn readable(&self) -> io::Result<()> {
        match &self.v6 {
            None => self.v4.readable().await,
            Some(v6) => tokio::select! {
                ready = self.v4.readable() => ready,
                ready = v6.readable() => ready,
            },
        }
    }

    /// Hands up to `limit` datagrams of each socket to `receive`.
    pub(super) fn receive(
        &self,
        limit: usize,
        buffer: &mut [u8],
        mut receive: impl FnMut(SocketAddr, &[u8]),
    ) {
        for socket in [Some(&self.v4), self.v6.as_ref()].into_iter().flatten() {
            for _ in 0..limit {
                // Any error but "nothing there" is an ICMP message about some BMC; silence will tell the same.
                match socket.try_recv_from(buffer) {
                    Ok((length, from)) => receive(from, buffer.get(..length).unwrap_or_default()),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => {}
                }
            }
        }
    }
}

fn socket(domain: Domain, bind: SocketAddr, receive_buffer: usize) -> io::Result<UdpSocket> {
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    if domain == Domain::IPV6 {
        socket.set_only_v6(true)?;
    }
    // The kernel may allow less (net.core.rmem_max); then a burst is lost and repeated.
    socket.set_recv_buffer_size(receive_buffer).ok();
    socket.set_nonblocking(true)?;
    socket.bind(&bind.into())?;
    UdpSocket::from_std(socket.into())
}
