//! The few UDP sockets that serve all BMCs.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use socket2::Domain;

use super::lane::{Buffers, Datagram, Lane};

/// What the kernel charges to the receive buffer for a small datagram, at the most.
const CHARGE: usize = 1_280;
/// As many answers may come at once for each BMC that an exchange is under way with: its own, and a stray.
const ANSWERS: usize = 2;
/// More sockets than this do not help: something else is wrong.
const MOST_LANES: usize = 8;

/// As many sockets for IPv4 as it takes for the answers of all BMCs in flight to fit into their receive buffers, and one for
/// IPv6 where this machine has it. A BMC is always spoken to through the same one: some tie a session to the port.
pub(super) struct Sockets {
    v4: Vec<Lane>,
    v6: Option<Lane>,
    buffers: Buffers,
}

impl Sockets {
    /// Binds them to free ports. `receive_buffer` is in bytes for each: the answers of a rack come in bursts.
    pub(super) fn bind(receive_buffer: usize, in_flight: usize) -> io::Result<Self> {
        let mut v4 = vec![Lane::bind(Domain::IPV4, receive_buffer)?];
        let needed = in_flight.saturating_mul(CHARGE * ANSWERS);
        let granted = |lanes: &[Lane]| lanes.iter().map(|lane| lane.receive_buffer).sum::<usize>();
        while granted(&v4) < needed && v4.len() < MOST_LANES {
            v4.push(Lane::bind(Domain::IPV4, receive_buffer)?);
        }
        Ok(Self {
            v4,
            v6: Lane::bind(Domain::IPV6, receive_buffer).ok(),
            buffers: Buffers::new(),
        })
    }

    /// Puts a datagram behind the others that go the same way; [`Self::flush`] sends them.
    pub(super) fn queue(&mut self, datagram: Datagram) -> Result<(), (SocketAddr, io::Error)> {
        let to = datagram.0;
        match self.lane(to) {
            Some(lane) => {
                lane.queue(datagram);
                Ok(())
            }
            None => Err((to, io::ErrorKind::NetworkUnreachable.into())),
        }
    }

    fn lane(&mut self, to: SocketAddr) -> Option<&mut Lane> {
        match to {
            SocketAddr::V4(v4) => {
                let [_, _, _, last] = v4.ip().octets();
                let index = usize::from(last) % self.v4.len();
                self.v4.get_mut(index)
            }
            SocketAddr::V6(_) => self.v6.as_mut(),
        }
    }

    /// Sends what can be sent without waiting, and says how much that was. `refused` is told what the kernel does not take at
    /// all.
    pub(super) fn flush(&mut self, mut refused: impl FnMut(SocketAddr, io::Error)) -> usize {
        let lanes = self.v4.iter_mut().chain(&mut self.v6);
        lanes.map(|lane| lane.flush(&mut refused)).sum()
    }

    /// Datagrams that wait to be sent.
    pub(super) fn waiting(&self) -> usize {
        self.lanes().map(Lane::waiting).sum()
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_flushed(&self) -> bool {
        self.lanes().all(Lane::is_empty)
    }

    /// Waits until something may have arrived, or something that waits may be sent.
    pub(super) async fn ready(&self) {
        poll_fn(|cx| {
            // All are asked, so that each wakes this task.
            let ready = self.lanes().fold(false, |ready, lane| {
                ready | lane.poll_readable(cx).is_ready() | lane.poll_sendable(cx).is_ready()
            });
            if ready {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Hands what has arrived to `receive`, at most about `limit` datagrams of each socket.
    pub(super) fn receive(&mut self, limit: usize, mut receive: impl FnMut(SocketAddr, &[u8])) {
        for lane in self.v4.iter().chain(&self.v6) {
            lane.receive(limit, &mut self.buffers, &mut receive);
        }
    }

    fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.v4.iter().chain(&self.v6)
    }
}
