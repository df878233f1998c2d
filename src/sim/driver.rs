//! What runs a rack: one future that serves all sockets of it.
//!
//! Each socket has a waker of its own that puts its index into a list and wakes the one task, so that a datagram costs the
//! same with one BMC as with ten thousand, and nothing is spawned.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;
use tokio::time::Sleep;

use crate::sim::late::LateAnswers;
use crate::sim::rack::Shared;
use crate::sim::socket::block::{self, Batch};
use crate::sim::socket::{Bound, LONGEST_DATAGRAM, Serves};
use crate::time;

/// Datagrams, or batches of them, taken from one socket before the others have their turn.
const TURN: usize = 16;

/// Runs a rack. Made by [`crate::sim::Rack::bind`].
pub struct RackDriver {
    shared: Arc<Shared>,
    sockets: Vec<Bound>,
}

impl RackDriver {
    pub(super) fn new(shared: Arc<Shared>, sockets: Vec<Bound>) -> Self {
        Self { shared, sockets }
    }

    /// Serves all BMCs until the future is dropped. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// The runtime cannot watch the sockets. Once it serves, it does so for ever.
    pub async fn run(self) -> io::Result<()> {
        let ready = Arc::new(Ready::default());
        let mut doors = Vec::with_capacity(self.sockets.len());
        for (index, bound) in self.sockets.into_iter().enumerate() {
            let ready = Arc::clone(&ready);
            doors.push(Door {
                socket: UdpSocket::from_std(bound.socket)?,
                serves: bound.serves,
                waker: Waker::from(Arc::new(SocketWaker { index, ready })),
            });
        }
        // Every socket is looked at once, which registers its waker.
        ready.lock().indexes = (0..doors.len()).collect();
        let mut running = Running {
            post: Post::new(self.shared, &doors),
            doors,
            ready,
            timer: Box::pin(tokio::time::sleep_until(time::instant().into())),
            batch: Batch::new(),
            buffer: vec![0; LONGEST_DATAGRAM],
        };
        poll_fn(|cx| running.poll(cx)).await
    }
}

/// A socket at work.
struct Door {
    socket: UdpSocket,
    serves: Serves,
    waker: Waker,
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

struct Running {
    doors: Vec<Door>,
    post: Post,
    ready: Arc<Ready>,
    timer: Pin<Box<Sleep>>,
    batch: Batch,
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
        let Some(door) = self.doors.get(index) else {
            return;
        };
        let mut cx = Context::from_waker(&door.waker);
        for _ in 0..TURN {
            let polled = match &door.serves {
                Serves::One(bmc) => {
                    let mut buffer = ReadBuf::new(&mut self.buffer);
                    door.socket
                        .poll_recv_from(&mut cx, &mut buffer)
                        .map_ok(|peer| {
                            let (now, post) = (time::instant(), &mut self.post);
                            post.take(&self.doors, now, *bmc, peer, buffer.filled());
                        })
                }
                Serves::Block(bmcs) => door.socket.poll_recv_ready(&mut cx).map_ok(|()| {
                    let take = || {
                        let now = time::instant();
                        self.batch.receive(&door.socket, |to, peer, datagram| {
                            if let Some(bmc) = bmcs.get(&to) {
                                self.post.take(&self.doors, now, *bmc, peer, datagram);
                            }
                        })
                    };
                    door.socket.try_io(Interest::READABLE, take).ok();
                }),
            };
            // An error is about one datagram (such as an ICMP message); the socket lives on.
            if polled.is_pending() {
                return;
            }
        }
        self.ready.push(index);
    }

    /// Sends what is due and sets the timer to the next.
    fn send_due(&mut self, cx: &mut Context<'_>) {
        loop {
            let Some(next) = self.post.send_due(&self.doors, time::instant()) else {
                return;
            };
            self.timer.as_mut().reset(next.into());
            if self.timer.as_mut().poll(cx).is_pending() {
                return;
            }
        }
    }
}

/// Brings datagrams to their BMCs, and the answers out.
struct Post {
    shared: Arc<Shared>,
    /// The socket of each BMC.
    door_of: Vec<usize>,
    late: LateAnswers,
}

impl Post {
    fn new(shared: Arc<Shared>, doors: &[Door]) -> Self {
        let mut door_of = vec![0; shared.len()];
        let mut set = |bmc: usize, door| {
            if let Some(place) = door_of.get_mut(bmc) {
                *place = door;
            }
        };
        for (index, door) in doors.iter().enumerate() {
            match &door.serves {
                Serves::One(bmc) => set(*bmc, index),
                Serves::Block(bmcs) => bmcs.values().for_each(|bmc| set(*bmc, index)),
            }
        }
        Self {
            shared,
            door_of,
            late: LateAnswers::default(),
        }
    }

    fn take(
        &mut self,
        doors: &[Door],
        now: Instant,
        bmc: usize,
        peer: SocketAddr,
        datagram: &[u8],
    ) {
        let answers = self
            .shared
            .device(bmc)
            .map(|mut device| device.on_datagram(now, peer, datagram));
        for answer in answers.unwrap_or_default() {
            if answer.after.is_zero() {
                self.send(doors, bmc, peer, &answer.bytes);
            } else {
                self.late.push(now + answer.after, bmc, peer, answer.bytes);
            }
        }
    }

    /// Sends what is due; when the next one is.
    fn send_due(&mut self, doors: &[Door], now: Instant) -> Option<Instant> {
        while let Some(late) = self.late.pop_due(now) {
            self.send(doors, late.bmc, late.to, &late.bytes);
        }
        self.late.next_at()
    }

    /// Sends or, as UDP may, does not.
    fn send(&self, doors: &[Door], bmc: usize, to: SocketAddr, bytes: &[u8]) {
        let door = self.door_of.get(bmc).and_then(|door| doors.get(*door));
        let Some(door) = door else { return };
        match (&door.serves, self.shared.address(bmc), to) {
            (Serves::Block(_), Some(SocketAddr::V4(from)), SocketAddr::V4(to)) => {
                block::send(door.socket.as_raw_fd(), *from.ip(), to, bytes).ok();
            }
            _ => {
                door.socket.try_send_to(bytes, to).ok();
            }
        }
    }
}
