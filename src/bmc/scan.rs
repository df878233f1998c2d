//! Asks addresses what they tell anybody, without a session: a handful of packets each, at a polite rate.
//!
//! Needs no driver and no node: it has a socket of its own, and ends when all addresses have answered or been given up.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;

use crate::ipmi::probe::{Findings, Plan, Probe, Step};
use crate::time;

/// Most addresses of one scan: those of a /16.
pub const MOST_ADDRESSES: usize = 1 << 16;
/// Probes under way at a time; the rate keeps them far below.
const IN_FLIGHT: usize = 1_024;
/// Packets that an address may take on the average before the scan ends early.
const PACKETS: u32 = 6;
/// No answer is longer.
const LONGEST_DATAGRAM: usize = 2_048;

/// How a scan goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanProgress {
    /// Addresses that answered or were given up.
    pub done: usize,
    /// Addresses in all.
    pub total: usize,
    /// Those that answered.
    pub found: usize,
}

/// What one address is asked: everything, with patience.
const ONE: Plan = Plan {
    sends: 3,
    blind_sends: 2,
    timeout: Duration::from_millis(1_000),
    suites: true,
};

/// What each of many is asked: two packets to those that are silent.
const MANY: Plan = Plan {
    sends: 3,
    blind_sends: 1,
    timeout: Duration::from_millis(1_000),
    suites: false,
};

/// Asks one address everything. Takes some seconds where nothing answers.
pub async fn look(at: SocketAddr) -> io::Result<Findings> {
    let mut scan = Scan::begin(vec![at], ONE, 100).await?;
    scan.run(&mut |_| ()).await?;
    Ok(scan.found.pop().map(|(_, found)| found).unwrap_or_default())
}

/// Asks many addresses of one family for presence and logins, with at most `rate` packets a second (at least one). Gives those
/// that answered, in the order of their addresses.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] for more than [`MOST_ADDRESSES`]; what the kernel says to the socket.
pub async fn scan(
    addresses: Vec<SocketAddr>,
    rate: u32,
    progress: &mut dyn FnMut(ScanProgress),
) -> io::Result<Vec<(SocketAddr, Findings)>> {
    if addresses.len() > MOST_ADDRESSES {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut scan = Scan::begin(addresses, MANY, rate).await?;
    scan.run(progress).await?;
    let mut found = scan.found;
    found.sort_by_key(|(at, _)| *at);
    Ok(found)
}

struct Scan {
    socket: UdpSocket,
    plan: Plan,
    /// Between two packets.
    pause: Duration,
    waiting: std::vec::IntoIter<SocketAddr>,
    total: usize,
    probes: HashMap<SocketAddr, Probe>,
    /// When to look at which probe. Entries may be too early; none is too late.
    due: BinaryHeap<Reverse<(Instant, SocketAddr)>>,
    found: Vec<(SocketAddr, Findings)>,
    done: usize,
    /// When the next packet may leave.
    next_packet: Instant,
    ends: Instant,
}

impl Scan {
    async fn begin(addresses: Vec<SocketAddr>, plan: Plan, rate: u32) -> io::Result<Self> {
        let any: IpAddr = match addresses.first() {
            Some(SocketAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
            Some(SocketAddr::V4(_)) | None => Ipv4Addr::UNSPECIFIED.into(),
        };
        let pause = Duration::from_secs(1) / rate.max(1);
        let total = addresses.len();
        let packets = u32::try_from(total)
            .unwrap_or(u32::MAX)
            .saturating_mul(PACKETS);
        let now = time::instant();
        Ok(Self {
            socket: UdpSocket::bind((any, 0)).await?,
            plan,
            pause,
            waiting: addresses.into_iter(),
            total,
            probes: HashMap::new(),
            due: BinaryHeap::new(),
            found: Vec::new(),
            done: 0,
            next_packet: now,
            ends: now + pause.saturating_mul(packets) + plan.timeout * 10,
        })
    }

    async fn run(&mut self, progress: &mut dyn FnMut(ScanProgress)) -> io::Result<()> {
        let mut buffer = vec![0; LONGEST_DATAGRAM];
        loop {
            let now = time::instant();
            let wake = self.step(now).await?.min(self.ends);
            progress(ScanProgress {
                done: self.done,
                total: self.total,
                found: self.found.len(),
            });
            if self.done == self.total {
                return Ok(());
            }
            if now >= self.ends {
                for (at, probe) in self.probes.drain() {
                    keep(&mut self.found, at, probe);
                }
                return Ok(());
            }
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => {
                    // An error is an ICMP message about some address; silence will tell the same.
                    if let Ok((length, from)) = received
                        && let Some(probe) = self.probes.get_mut(&from)
                    {
                        probe.on_datagram(buffer.get(..length).unwrap_or_default());
                        self.due.push(Reverse((now, from)));
                    }
                }
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// Does what is due, at most one packet of it, and says when to look again.
    async fn step(&mut self, now: Instant) -> io::Result<Instant> {
        while now >= self.next_packet {
            let Some(at) = self.next(now) else {
                break;
            };
            let Some(probe) = self.probes.get_mut(&at) else {
                continue;
            };
            match probe.poll(now) {
                Step::Transmit(datagram) => {
                    self.due.push(Reverse((now + self.plan.timeout, at)));
                    self.next_packet = now + self.pause;
                    // What cannot be sent (no route, a broadcast address) is as good as lost.
                    self.socket.send_to(&datagram, at).await.ok();
                }
                Step::Wait(due) => self.due.push(Reverse((due, at))),
                Step::Done => {
                    self.done += 1;
                    if let Some(probe) = self.probes.remove(&at) {
                        keep(&mut self.found, at, probe);
                    }
                }
            }
        }
        let more = self.waiting.len() > 0 && self.probes.len() < IN_FLIGHT;
        let due = match self.due.peek() {
            _ if more => now,
            Some(Reverse((due, _))) => *due,
            None => now,
        };
        Ok(due.max(self.next_packet))
    }

    /// The probe that is due, or a new one.
    fn next(&mut self, now: Instant) -> Option<SocketAddr> {
        if let Some(Reverse((due, at))) = self.due.peek().copied()
            && due <= now
        {
            self.due.pop();
            return Some(at);
        }
        if self.probes.len() >= IN_FLIGHT {
            return None;
        }
        let at = self.waiting.next()?;
        self.probes.insert(at, Probe::new(self.plan));
        Some(at)
    }
}

fn keep(found: &mut Vec<(SocketAddr, Findings)>, at: SocketAddr, probe: Probe) {
    if probe.findings().is_there() {
        found.push((at, probe.into_findings()));
    }
}
