//! Asks addresses what they tell anybody, without a session: a handful of packets each, at a polite rate.
//!
//! Needs no driver and no node: it has sockets of its own, and ends when all addresses have answered or been given up.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::socket::Sockets;
use super::sweep::{Action, Sweep};
use crate::ipmi::probe::{Findings, Plan};
use crate::time;

pub use super::sweep::ScanProgress;

/// Most addresses of one scan: those of a /16, or in IPv6 of a /112.
pub const MOST_ADDRESSES: usize = 1 << 16;
/// Datagrams that are taken at one go.
const BATCH: usize = 256;
/// Bytes: answers come no faster than questions leave.
const RECEIVE_BUFFER: usize = 1 << 20;

/// What one address is asked: everything, with patience.
const ONE: Plan = Plan {
    sends: 3,
    blind_sends: 2,
    timeout: Duration::from_millis(1_000),
    suites: true,
};

/// What each of many is asked: two packets to those that are silent, everything to those that answer.
const MANY: Plan = Plan {
    blind_sends: 1,
    ..ONE
};

/// What a scan has to tell.
#[derive(Debug)]
pub enum News {
    /// A BMC is there, and this is what it tells anybody.
    Found(SocketAddr, Findings),
    /// An address was given up.
    Silent,
}

/// A scan under way. Nothing happens unless [`Scan::next`] is polled; dropping it ends it.
pub struct Scan {
    sockets: Sockets,
    sweep: Sweep,
}

/// Asks one address everything. Takes some seconds where nothing answers.
pub async fn look(at: SocketAddr) -> io::Result<Findings> {
    let mut scan = Scan::start(vec![at], ONE, 100)?;
    match scan.next().await? {
        Some(News::Found(_, findings)) => Ok(findings),
        Some(News::Silent) | None => Ok(Findings::default()),
    }
}

/// Asks each of many addresses once for presence, logins and cipher suites, with at most `rate` packets a second (at least one).
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] for more than [`MOST_ADDRESSES`]; what the kernel says to the sockets.
pub fn scan(addresses: Vec<SocketAddr>, rate: u32) -> io::Result<Scan> {
    if addresses.len() > MOST_ADDRESSES {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Scan::start(addresses, MANY, rate)
}

impl Scan {
    fn start(mut addresses: Vec<SocketAddr>, plan: Plan, rate: u32) -> io::Result<Self> {
        let mut known = HashSet::new();
        addresses.retain(|at| known.insert(*at));
        Ok(Self {
            sockets: Sockets::bind(RECEIVE_BUFFER, 1)?,
            sweep: Sweep::new(addresses, plan, rate),
        })
    }

    /// How far it is.
    pub fn progress(&self) -> ScanProgress {
        self.sweep.progress()
    }

    /// The next news, as they come; `None` at the end. A call that is dropped loses nothing.
    ///
    /// # Errors
    ///
    /// What the kernel says to the sockets.
    pub async fn next(&mut self) -> io::Result<Option<News>> {
        loop {
            // What cannot be sent (no route, a broadcast address) is as good as lost.
            self.sockets.flush(|_, _| ());
            match self.sweep.poll(time::instant()) {
                Action::Send(to, datagram) => {
                    self.sockets.queue((to, datagram)).ok();
                }
                Action::Found(at, findings) => return Ok(Some(News::Found(at, findings))),
                Action::Silent => return Ok(Some(News::Silent)),
                Action::Done => return Ok(None),
                Action::Wait(until) => {
                    tokio::select! {
                        () = self.sockets.ready() => {}
                        () = tokio::time::sleep_until(until.into()) => {}
                    }
                    self.receive();
                }
            }
        }
    }

    fn receive(&mut self) {
        let (now, sweep) = (time::instant(), &mut self.sweep);
        self.sockets.receive(BATCH, |from, datagram| {
            sweep.on_datagram(now, from, datagram);
        });
    }
}
