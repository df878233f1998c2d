//! One UDP socket, with many datagrams to a system call.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::task::{Context, Poll};

use nix::sys::socket::{
    ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg, setsockopt,
    sockopt,
};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::crash;

/// Datagrams for one system call. More would save nothing: by then, it is the kernel's work on each that counts.
const BATCH: usize = 32;
/// No IPMI packet is longer.
const LONGEST_DATAGRAM: usize = 2_048;

/// A datagram, and where it goes.
pub(super) type Datagram = (SocketAddr, Vec<u8>);

/// A socket, and what waits to be sent through it.
pub(super) struct Lane {
    socket: UdpSocket,
    queue: VecDeque<Datagram>,
    /// As many bytes of datagrams wait in the kernel to be received, with its own costs for each.
    pub(super) receive_buffer: usize,
}

impl Lane {
    /// Binds a socket to a free port. `receive_buffer` is in bytes; without the privilege to demand it, the kernel allows less
    /// (`net.core.rmem_max`).
    pub(super) fn bind(domain: Domain, receive_buffer: usize) -> io::Result<Self> {
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        let any: SocketAddr = if domain == Domain::IPV6 {
            socket.set_only_v6(true)?;
            (Ipv6Addr::UNSPECIFIED, 0).into()
        } else {
            (Ipv4Addr::UNSPECIFIED, 0).into()
        };
        if setsockopt(&socket, sockopt::RcvBufForce, &receive_buffer).is_err() {
            socket.set_recv_buffer_size(receive_buffer).ok();
        }
        socket.set_nonblocking(true)?;
        socket.bind(&any.into())?;
        let receive_buffer = socket.recv_buffer_size()?;
        Ok(Self {
            socket: UdpSocket::from_std(socket.into())?,
            queue: VecDeque::new(),
            receive_buffer,
        })
    }

    pub(super) fn queue(&mut self, datagram: Datagram) {
        self.queue.push_back(datagram);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Datagrams that wait to be sent.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether something may have arrived, or else a wake-up for when it has.
    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_recv_ready(cx).map(drop)
    }

    /// Whether something waits that may be sent, or else a wake-up for when it may.
    pub(super) fn poll_sendable(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.queue.is_empty() {
            return Poll::Pending;
        }
        self.socket.poll_send_ready(cx).map(drop)
    }

    /// Sends what can be sent without waiting, and says how much that was. `refused` is told what the kernel does not take at
    /// all.
    pub(super) fn flush(&mut self, refused: &mut impl FnMut(SocketAddr, io::Error)) -> usize {
        let mut all = 0;
        while !self.queue.is_empty() {
            match self.send_batch() {
                Ok(sent) => {
                    crash::point("packets_left");
                    drop(self.queue.drain(..sent));
                    all += sent;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The error is about the first datagram.
                Err(error) => {
                    if let Some((to, _)) = self.queue.pop_front() {
                        refused(to, error);
                    }
                }
            }
        }
        all
    }

    fn send_batch(&self) -> io::Result<usize> {
        let batch = || self.queue.iter().take(BATCH);
        let bytes: Vec<_> = batch().map(|(_, bytes)| [IoSlice::new(bytes)]).collect();
        let to: Vec<_> = batch()
            .map(|(to, _)| Some(SockaddrStorage::from(*to)))
            .collect();
        let mut headers = MultiHeaders::preallocate(to.len(), None);
        self.socket.try_io(Interest::WRITABLE, || {
            let sent = sendmmsg(
                self.socket.as_raw_fd(),
                &mut headers,
                &bytes,
                &to,
                &[] as &[ControlMessage<'_>],
                MsgFlags::MSG_DONTWAIT,
            )?;
            Ok(sent.count())
        })
    }

    /// Hands what has arrived to `receive`, at most about `limit` datagrams.
    pub(super) fn receive(
        &self,
        limit: usize,
        buffers: &mut Buffers,
        receive: &mut impl FnMut(SocketAddr, &[u8]),
    ) {
        let mut taken = 0;
        while taken < limit {
            match self.receive_batch(buffers, receive) {
                Ok(received) => {
                    taken += received;
                    if received < BATCH {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP message about some BMC; silence will tell the same.
                Err(_) => taken += 1,
            }
        }
    }

    fn receive_batch(
        &self,
        buffers: &mut Buffers,
        receive: &mut impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        let mut parts: Vec<_> = buffers
            .0
            .chunks_exact_mut(LONGEST_DATAGRAM)
            .map(|buffer| [IoSliceMut::new(buffer)])
            .collect();
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(parts.len(), None);
        self.socket.try_io(Interest::READABLE, || {
            let received = recvmmsg(
                self.socket.as_raw_fd(),
                &mut headers,
                parts.iter_mut(),
                MsgFlags::MSG_DONTWAIT,
                None,
            )?;
            let mut count = 0;
            for datagram in received {
                count += 1;
                let from = datagram.address.as_ref().and_then(socket_addr);
                if let (Some(from), Some(bytes)) = (from, datagram.iovs().next()) {
                    receive(from, bytes);
                }
            }
            Ok(count)
        })
    }
}

/// Where a batch of datagrams is received.
pub(super) struct Buffers(Vec<u8>);

impl Buffers {
    pub(super) fn new() -> Self {
        Self(vec![0; BATCH * LONGEST_DATAGRAM])
    }
}

/// Without flow information, which the kernel may add: the address as it was looked up.
fn socket_addr(storage: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = storage.as_sockaddr_in() {
        return Some(SocketAddr::V4((*v4).into()));
    }
    let mut v6: std::net::SocketAddrV6 = (*storage.as_sockaddr_in6()?).into();
    v6.set_flowinfo(0);
    Some(SocketAddr::V6(v6))
}
