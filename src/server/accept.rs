//! The accept loop, the same for every kind of listener.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use super::seat::{Seat, Seats};
use super::stall::Stall;
use super::{Handler, Limits, connection};
use crate::model::caller::Peer;
use crate::system::file_body::Outlet;
use crate::system::shutdown::Shutdown;

/// Pauses after an accept that failed because something has run out: file descriptors, memory. The first and the longest.
const PAUSE_FIRST: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A kind of listener.
pub(super) trait Listen: Send + 'static {
    /// What it accepts.
    type Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// What accepting says about the other end, and what it takes to talk to it.
    type Origin: Send + 'static;

    /// For the log.
    const KIND: &'static str;

    /// The next connection. Can be cancelled.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Socket, Self::Origin)>> + Send;

    /// The address that connections are counted for, where [`Limits::max_per_address`] can hold.
    fn address(_: &Self::Origin) -> Option<IpAddr> {
        None
    }

    /// Finds out who is at the other end, and what it speaks. Runs beside the accept loop, and has the time that a head has.
    fn greet(socket: Self::Socket, origin: Self::Origin, watch: Watch) -> Greeting;
}

/// What becomes of a client at the door.
pub(super) type Greeting = Pin<Box<dyn Future<Output = io::Result<Guest>> + Send>>;

/// A connection as HTTP sees it.
pub(super) type Stream = Box<dyn Transported>;

/// What a connection has to be able to do.
pub(super) trait Transported: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transported for S {}

/// A client that was let in.
pub(super) struct Guest {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
    pub(super) version: HttpVersion,
    /// Where files are put down, if the stream sends them.
    pub(super) outlet: Option<Outlet>,
}

/// What it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HttpVersion {
    Http1,
    Http2,
}

/// Keeps an eye on the writes to a socket.
pub(super) struct Watch {
    seat: Arc<Seat>,
    timeout: Duration,
    least: usize,
}

impl Watch {
    fn new(seat: &Arc<Seat>, limits: &Limits) -> Self {
        Self {
            seat: Arc::clone(seat),
            timeout: limits.write_timeout,
            least: limits.least_taken.max(1),
        }
    }

    /// The same socket; one whose client takes nothing breaks in time.
    pub(super) fn over<S>(self, socket: S) -> Stall<S> {
        Stall::new(socket, self.seat, self.timeout, self.least)
    }
}

/// Accepts and serves until `shutdown`, then drains.
pub(super) async fn run<L: Listen, H: Handler>(
    listener: L,
    handler: H,
    limits: Limits,
    shutdown: Shutdown,
) {
    let mut crowd = Crowd::new(L::KIND, &limits);
    let mut pause = PAUSE_FIRST;
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.triggered() => break,
            Some(ended) = crowd.connections.join_next() => {
                crowd.one_has_ended(ended);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, origin)) => {
                pause = PAUSE_FIRST;
                let address = L::address(&origin);
                let has_room = tokio::select! {
                    biased;
                    () = shutdown.triggered() => break,
                    has_room = crowd.make_room(address) => has_room,
                };
                if !has_room {
                    continue;
                }
                let taken = crowd.seats.take(address);
                let (handler, limits, shutdown) =
                    (handler.clone(), limits.clone(), shutdown.clone());
                crowd.connections.spawn(async move {
                    let seat = taken.seat();
                    let greeting = L::greet(socket, origin, Watch::new(&seat, &limits));
                    let patience = limits.head_timeout;
                    let guest = let_in(L::KIND, greeting, patience, seat.clone(), shutdown.clone());
                    if let Some(guest) = guest.await {
                        connection::serve(guest, seat, handler, &limits, shutdown).await;
                    }
                });
            }
            Err(error) if only_that_connection(&error) => {}
            Err(error) => {
                tracing::warn!(listener = L::KIND, %error, "cannot accept a connection; trying again");
                // The end of this pause and shutdown are the same to us: back to the loop.
                timeout(pause, shutdown.triggered()).await.ok();
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
    drop(listener);
    drain(L::KIND, crowd.connections, limits.drain).await;
}

/// The connections of a listener.
struct Crowd {
    kind: &'static str,
    most: usize,
    /// Of one address.
    most_each: usize,
    seats: Seats,
    connections: JoinSet<()>,
    /// What was said about a full listener.
    said_full: bool,
    said_busy: bool,
    said_greedy: bool,
}

impl Crowd {
    fn new(kind: &'static str, limits: &Limits) -> Self {
        let each = limits.max_per_address.unwrap_or(usize::MAX);
        Self {
            kind,
            most: limits.max_connections.max(1),
            most_each: each.max(1),
            seats: Seats::default(),
            connections: JoinSet::new(),
            said_full: false,
            said_busy: false,
            said_greedy: false,
        }
    }

    fn one_has_ended(&mut self, ended: Result<(), JoinError>) {
        report(self.kind, ended);
        // Said again only after half of them have gone, not at each connection of a busy hour.
        if self.connections.len() <= self.most / 2 {
            (self.said_full, self.said_busy) = (false, false);
            self.said_greedy = false;
        }
    }

    /// Waits until there is a seat, if need be by closing the connection that has been idle for longest. There is none where
    /// all that this address may have are busy. Can be cancelled.
    async fn make_room(&mut self, address: Option<IpAddr>) -> bool {
        if let Some(address) = address
            && !self.make_room_among_those_of(address).await
        {
            return false;
        }
        while self.connections.len() >= self.most {
            self.tell();
            tokio::select! {
                biased;
                Some(ended) = self.connections.join_next() => self.one_has_ended(ended),
                () = self.seats.ask_one_to_leave() => {}
            }
        }
        true
    }

    async fn make_room_among_those_of(&mut self, address: IpAddr) -> bool {
        while self.seats.of(address) >= self.most_each {
            let (listener, connections) = (self.kind, self.most_each);
            if !std::mem::replace(&mut self.said_greedy, true) {
                tracing::warn!(
                    listener,
                    %address,
                    connections,
                    "an address has as many connections as one may have; those that have been idle for longest are closed in favour \
                     of its new ones, and new ones are refused where none is idle"
                );
            }
            if !self.seats.ask_one_of(address) {
                return false;
            }
            loop {
                tokio::select! {
                    biased;
                    Some(ended) = self.connections.join_next() => {
                        self.one_has_ended(ended);
                        if self.seats.of(address) < self.most_each {
                            break;
                        }
                    }
                    () = self.seats.one_stays() => break,
                }
            }
        }
        true
    }

    fn tell(&mut self) {
        let (listener, connections) = (self.kind, self.most);
        if self.seats.are_all_busy() {
            if !std::mem::replace(&mut self.said_busy, true) {
                tracing::warn!(
                    listener,
                    connections,
                    "all connections have a request under way, and no further one is served until one ends; \
                     api.max_connections may be too low"
                );
            }
        } else if !std::mem::replace(&mut self.said_full, true) {
            tracing::warn!(
                listener,
                connections,
                "there are as many connections as api.max_connections allows; those that have been idle for longest are \
                 closed in favour of new ones"
            );
        }
    }
}

/// Greets a client, unless it takes too long, the seat is wanted for another, or it is time to stop.
async fn let_in(
    kind: &'static str,
    greeting: Greeting,
    patience: Duration,
    seat: Arc<Seat>,
    shutdown: Shutdown,
) -> Option<Guest> {
    let greeted = tokio::select! {
        biased;
        () = shutdown.triggered() => return None,
        () = seat.has_to_leave() => return None,
        greeted = timeout(patience, greeting) => greeted,
    };
    match greeted {
        Ok(Ok(guest)) => Some(guest),
        Ok(Err(error)) => {
            tracing::debug!(listener = kind, %error, "a connection ended before its first request");
            None
        }
        Err(_) => {
            tracing::debug!(listener = kind, "a handshake took too long");
            None
        }
    }
}

/// Errors of accept(2) that concern a client that has gone already, and say nothing about the listener.
fn only_that_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

async fn drain(kind: &'static str, mut connections: JoinSet<()>, patience: Duration) {
    let all_ended = async {
        while let Some(ended) = connections.join_next().await {
            report(kind, ended);
        }
    };
    if timeout(patience, all_ended).await.is_err() {
        tracing::warn!(
            listener = kind,
            connections = connections.len(),
            "dropping connections that did not end in time"
        );
        connections.shutdown().await;
    }
}

/// A handler that panics is a defect, but not a reason to leave all other clients alone.
pub(super) fn report(kind: &'static str, ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(listener = kind, %error, "a connection ended by a defect in the daemon");
    }
}
