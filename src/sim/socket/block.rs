//! A socket for many IPv4 addresses on one port: datagrams come in batches, each with the address that it was sent to.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};

use nix::libc;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmsg,
    setsockopt, sockopt,
};

use super::LONGEST_DATAGRAM;

/// Datagrams taken by one system call.
const BATCH: usize = 32;
/// What the kernel may keep for this socket: ten thousand clients may ask in the same millisecond, and a waiting datagram
/// counts for about a KiB.
const KERNEL_BUFFER: usize = 64 << 20;

/// Binds the wildcard, and asks for the address that each datagram was sent to.
pub(super) fn bind(wildcard: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(wildcard)?;
    socket.set_nonblocking(true)?;
    setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
    // Root may exceed the system's limit; others get as much as it allows.
    setsockopt(&socket, sockopt::RcvBufForce, &KERNEL_BUFFER)
        .or_else(|_| setsockopt(&socket, sockopt::RcvBuf, &KERNEL_BUFFER))?;
    Ok(socket)
}

/// Room for one batch.
pub(in crate::sim) struct Batch(Vec<[u8; LONGEST_DATAGRAM]>);

impl Batch {
    pub(in crate::sim) fn new() -> Self {
        Self(vec![[0; LONGEST_DATAGRAM]; BATCH])
    }

    /// Takes a batch and gives each datagram to `take`, with the address that it was sent to and where it came from.
    ///
    /// # Errors
    /// `WouldBlock` where the socket is empty now, also after a batch that was not full: what comes later is told anew, and
    /// asking for it again would be a system call more.
    pub(in crate::sim) fn receive(
        &mut self,
        socket: &impl AsRawFd,
        mut take: impl FnMut(Ipv4Addr, SocketAddr, &[u8]),
    ) -> io::Result<()> {
        // Fresh ones each time: the kernel writes the lengths that it used over those that it may use.
        let mut headers: MultiHeaders<SockaddrIn> =
            MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(libc::in_pktinfo)));
        let mut rooms: Vec<[IoSliceMut<'_>; 1]> = self
            .0
            .iter_mut()
            .map(|room| [IoSliceMut::new(room)])
            .collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let received = recvmmsg(
            socket.as_raw_fd(),
            &mut headers,
            rooms.iter_mut(),
            flags,
            None,
        )?;
        let mut count = 0;
        for message in received {
            count += 1;
            let to = message.cmsgs()?.find_map(destination);
            let from = message.address.map(|from| SocketAddrV4::from(from).into());
            if let (Some(to), Some(from), Some(datagram)) = (to, from, message.iovs().next()) {
                take(to, from, datagram);
            }
        }
        if count < BATCH {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(())
    }
}

fn destination(control: ControlMessageOwned) -> Option<Ipv4Addr> {
    let ControlMessageOwned::Ipv4PacketInfo(info) = control else {
        return None;
    };
    Some(Ipv4Addr::from_bits(u32::from_be(info.ipi_addr.s_addr)))
}

/// Sends a datagram from one of the addresses.
///
/// One system call each: `sendmmsg` as nix has it gives all datagrams of a batch the same source address.
pub(in crate::sim) fn send(
    socket: RawFd,
    from: Ipv4Addr,
    to: SocketAddrV4,
    bytes: &[u8],
) -> io::Result<()> {
    let source = libc::in_pktinfo {
        ipi_ifindex: 0,
        ipi_spec_dst: libc::in_addr {
            s_addr: from.to_bits().to_be(),
        },
        ipi_addr: libc::in_addr { s_addr: 0 },
    };
    sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &[ControlMessage::Ipv4PacketInfo(&source)],
        MsgFlags::MSG_DONTWAIT,
        Some(&SockaddrIn::from(to)),
    )?;
    Ok(())
}
