//! The sockets of a rack: one future that serves all BMCs.
//!
//! Each socket has a waker of its own that puts its index into a list and wakes the one task, so that a datagram costs the
//! same with one BMC as with ten thousand, and nothing is spawned.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::time::Sleep;

use crate::sim::rack::Shared;
use crate::time;

/// Longer than any IPMI datagram: what is longer is cut, and then not understood.
const LONGEST_DATAGRAM: usize = 1024;
/// Datagrams taken from one socket before the others have their turn.
const TURN: usize = 16;

/// Runs a rack. Made by [`crate::sim::Rack::bind`].
pub struct RackDriver {
    shared: Arc<Shared>,
    sockets: Vec<std::net::UdpSocket>,
}

impl RackDriver {
    pub(super) fn new(shared: Arc<Shared>, sockets: Vec<std::net::UdpSocket>) -> Self {
        Self { shared, sockets }
    }

    /// Serves all BMCs until the future is dropped. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// The runtime cannot watch the sockets. Once it serves, it does so for ever.
    pub async fn run(self) -> io::Result<()> {
        let ready = Arc::new(Ready::default());
        let sockets: Vec<UdpSocket> = self
            .sockets
            .into_iter()
            .map(UdpSocket::from_std)
            .collect::<io::Result<_>>()?;
        let wakers = (0..sockets.len())
            .map(|index| {
                let ready = Arc::clone(&ready);
                Waker::from(Arc::new(SocketWaker { index, ready }))
            })
            .collect();
        // Every socket is looked at once, which registers its waker.
        ready.lock().indexes = (0..sockets.len()).collect();
        let mut running = Running {
            shared: self.shared,
            sockets,
            wakers,
            ready,
            due: BinaryHeap::new(),
            number: 0,
            timer: Box::pin(tokio::time::sleep_until(time::instant().into())),
            buffer: vec![0; LONGEST_DATAGRAM],
        };
        poll_fn(|cx| running.poll(cx)).await
    }
}

/// The sockets that may have something, and whom to wake.
#[derive(Default)]
struct Ready(Mutex<ReadyState>);

#[derive(Default)]
struct ReadyState {
    indexes: Vec<usize>,
    driver: Option<Waker>,
}

impl Ready {
    fn lock(&self) -> std::sync::MutexGuard<'_, ReadyState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, index: usize) {
        let driver = {
            let mut state = self.lock();
            state.indexes.push(index);
            state.driver.clone()
        };
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}

struct SocketWaker {
    index: usize,
    ready: Arc<Ready>,
}

impl Wake for SocketWaker {
    fn wake(self: Arc<Self>) {
        self.ready.push(self.index);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.push(self.index);
    }
}

/// An answer that is to leave later. Ordered by time, then by age.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Instant,
    number: u64,
    index: usize,
    to: SocketAddr,
    bytes: Vec<u8>,
}

struct Running {
    shared: Arc<Shared>,
    sockets: Vec<UdpSocket>,
    wakers: Vec<Waker>,
    ready: Arc<Ready>,
    due: BinaryHeap<Reverse<Due>>,
    number: u64,
    timer: Pin<Box<Sleep>>,
    buffer: Vec<u8>,
}

impl Running {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let indexes = {
            let mut state = self.ready.lock();
            state.driver = Some(cx.waker().clone());
            std::mem::take(&mut state.indexes)
        };
        for index in indexes {
            self.receive(index);
        }
        self.send_due(cx);
        Poll::Pending
    }

    /// Takes what has arrived at one socket; registers its waker once there is nothing more.
    fn receive(&mut self, index: usize) {
        for _ in 0..TURN {
            let (Some(socket), Some(waker)) = (self.sockets.get(index), self.wakers.get(index))
            else {
                return;
            };
            let mut buffer = ReadBuf::new(&mut self.buffer);
            let mut cx = Context::from_waker(waker);
            match socket.poll_recv_from(&mut cx, &mut buffer) {
                Poll::Pending => return,
                // An error is about one datagram (such as an ICMP message); the socket lives on.
                Poll::Ready(Err(_)) => {}
                Poll::Ready(Ok(peer)) => {
                    let now = time::instant();
                    let answers = self
                        .shared
                        .device(index)
                        .map(|mut device| device.on_datagram(now, peer, buffer.filled()));
                    for answer in answers.unwrap_or_default() {
                        if answer.after.is_zero() {
                            send(&self.sockets, index, peer, &answer.bytes);
                        } else {
                            self.number += 1;
                            self.due.push(Reverse(Due {
                                at: now + answer.after,
                                number: self.number,
                                index,
                                to: peer,
                                bytes: answer.bytes,
                            }));
                        }
                    }
                }
            }
        }
        self.ready.push(index);
    }

    /// Sends what is due and sets the timer to the next.
    fn send_due(&mut self, cx: &mut Context<'_>) {
        loop {
            let now = time::instant();
            while self.due.peek().is_some_and(|Reverse(due)| due.at <= now) {
                if let Some(Reverse(due)) = self.due.pop() {
                    send(&self.sockets, due.index, due.to, &due.bytes);
                }
            }
            let Some(Reverse(next)) = self.due.peek() else {
                return;
            };
            self.timer.as_mut().reset(next.at.into());
            if self.timer.as_mut().poll(cx).is_pending() {
                return;
            }
        }
    }
}

/// Sends or, as UDP may, does not.
fn send(sockets: &[UdpSocket], index: usize, to: SocketAddr, bytes: &[u8]) {
    if let Some(socket) = sockets.get(index) {
        socket.try_send_to(bytes, to).ok();
    }
}
