//! Questions to many BMCs at a polite rate: whom to send what, and when. Without socket and clock.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::ipmi::probe::{Findings, Plan, Probe, Step};

/// Probes under way at a time; the rate keeps them far below.
const IN_FLIGHT: usize = 1_024;

/// What to do next.
#[derive(Debug)]
pub(super) enum Action {
    /// Send this there. It counts as sent.
    Send(SocketAddr, Vec<u8>),
    /// A BMC is there, and this is what it tells.
    Found(SocketAddr, Findings),
    /// Nothing is there that answers.
    Silent,
    /// Nothing before then, unless a datagram comes.
    Wait(Instant),
    /// All addresses have answered or been given up.
    Done,
}

/// How far a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanProgress {
    /// Addresses that have answered all questions or been given up.
    pub done: usize,
    /// Addresses in all.
    pub total: usize,
    /// Those where a BMC was found.
    pub found: usize,
}

/// Addresses, and how far the questions to each are.
pub(super) struct Sweep {
    plan: Plan,
    /// Between two packets.
    pause: Duration,
    waiting: std::vec::IntoIter<SocketAddr>,
    probes: HashMap<SocketAddr, Probe>,
    /// When to look at which probe. Entries may be too early; none is too late.
    due: BinaryHeap<Reverse<(Instant, SocketAddr)>>,
    /// When the next packet may leave.
    next_packet: Option<Instant>,
    progress: ScanProgress,
}

impl Sweep {
    /// Asks these addresses, each named once, with at most `rate` packets a second (at least one) and never two at a time.
    pub(super) fn new(addresses: Vec<SocketAddr>, plan: Plan, rate: u32) -> Self {
        Self {
            plan,
            pause: Duration::from_secs(1) / rate.max(1),
            progress: ScanProgress {
                done: 0,
                total: addresses.len(),
                found: 0,
            },
            waiting: addresses.into_iter(),
            probes: HashMap::new(),
            due: BinaryHeap::new(),
            next_packet: None,
        }
    }

    pub(super) fn progress(&self) -> ScanProgress {
        self.progress
    }

    /// Takes a datagram. One from elsewhere does nothing.
    pub(super) fn on_datagram(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        if let Some(probe) = self.probes.get_mut(&from) {
            probe.on_datagram(datagram);
            self.due.push(Reverse((now, from)));
        }
    }

    /// What to do now.
    pub(super) fn poll(&mut self, now: Instant) -> Action {
        loop {
            if self.progress.done == self.progress.total {
                return Action::Done;
            }
            if let Some(later) = self.next_packet.filter(|later| now < *later) {
                return Action::Wait(later);
            }
            let Some(at) = self.next(now) else {
                let due = self.due.peek().map(|Reverse((due, _))| *due);
                return Action::Wait(due.unwrap_or(now + self.plan.timeout));
            };
            let Some(probe) = self.probes.get_mut(&at) else {
                continue;
            };
            match probe.poll(now) {
                Step::Transmit(datagram) => {
                    self.due.push(Reverse((now + self.plan.timeout, at)));
                    // Counted from now, so that a late call is not made good for by a burst.
                    self.next_packet = Some(now + self.pause);
                    return Action::Send(at, datagram);
                }
                Step::Wait(due) => self.due.push(Reverse((due, at))),
                Step::Done => return self.end(at),
            }
        }
    }

    fn end(&mut self, at: SocketAddr) -> Action {
        self.progress.done += 1;
        match self.probes.remove(&at).map(Probe::into_findings) {
            Some(findings) if findings.is_there() => {
                self.progress.found += 1;
                Action::Found(at, findings)
            }
            Some(_) | None => Action::Silent,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipmi::wire::lan::LanResponse;
    use crate::time;

    const PLAN: Plan = Plan {
        sends: 3,
        blind_sends: 1,
        timeout: Duration::from_secs(1),
        suites: false,
    };
    const RATE: u32 = 50;
    const PAUSE: Duration = Duration::from_millis(20);

    /// 254 addresses.
    fn network() -> Vec<SocketAddr> {
        (1..255)
            .map(|last| ([10, 1, 0, last], 623).into())
            .collect()
    }

    /// An address on which nothing answers pings, and all else does.
    fn no_ping(at: SocketAddr) -> bool {
        at == SocketAddr::from(([10, 1, 0, 77], 623))
    }

    /// Three BMCs answer, the first and the last of the network among them.
    fn answer(at: SocketAddr, sent: &[u8]) -> Option<Vec<u8>> {
        let first_or_last = [1, 254].map(|last| SocketAddr::from(([10, 1, 0, last], 623)));
        if !first_or_last.contains(&at) && !no_ping(at) {
            return None;
        }
        let is_ping = sent.get(3) == Some(&0x06);
        match is_ping {
            true if no_ping(at) => None,
            true => {
                let mut pong = vec![6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x40, sent[9], 0, 0x10];
                pong.extend([0, 0, 0x11, 0xBE, 0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0]);
                Some(pong)
            }
            false => {
                let mut message = Vec::new();
                LanResponse {
                    netfn: 0x07,
                    rq_seq: sent[18] >> 2,
                    command: sent[19],
                    completion: 0,
                    data: &[1, 0x80, 0x04, 0x02, 0, 0, 0, 0],
                    checksums: true,
                }
                .encode(&mut message);
                let mut datagram = vec![6, 0, 0xFF, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                datagram.push(u8::try_from(message.len()).unwrap());
                datagram.extend(message);
                Some(datagram)
            }
        }
    }

    /// Sweeps the network under virtual time. `late` is how much later than asked for each look is. Gives when packets left, and
    /// who was found.
    fn sweep(late: Duration) -> (Vec<Instant>, Vec<SocketAddr>) {
        let (mut sweep, mut now) = (Sweep::new(network(), PLAN, RATE), time::instant());
        let (mut sent, mut found) = (Vec::new(), Vec::new());
        loop {
            match sweep.poll(now) {
                Action::Send(to, datagram) => {
                    sent.push(now);
                    if let Some(answer) = answer(to, &datagram) {
                        sweep.on_datagram(now, to, &answer);
                    }
                }
                Action::Found(at, _) => found.push(at),
                Action::Silent => {}
                Action::Wait(until) => now = until.max(now) + late,
                Action::Done => break,
            }
        }
        let progress = sweep.progress();
        assert_eq!((progress.done, progress.total), (254, 254));
        assert_eq!(progress.found, found.len());
        found.sort();
        (sent, found)
    }

    #[test]
    fn those_that_answer_are_found_also_without_a_ping_and_nobody_else() {
        let (sent, found) = sweep(Duration::ZERO);
        let addresses: Vec<String> = found.iter().map(|at| at.ip().to_string()).collect();
        assert_eq!(addresses, ["10.1.0.1", "10.1.0.77", "10.1.0.254"]);
        assert_eq!(sent.len(), 2 * 254, "a ping and a question to each");
    }

    #[test]
    fn the_rate_is_kept_and_what_was_missed_is_not_made_up_for() {
        for late in [Duration::ZERO, PAUSE * 10] {
            let (sent, _) = sweep(late);
            let gaps: Vec<Duration> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(gaps.iter().all(|gap| *gap >= PAUSE), "{late:?}");
        }
        let (sent, _) = sweep(Duration::ZERO);
        let took = sent[sent.len() - 1] - sent[0];
        let least = PAUSE * (2 * 254 - 1);
        assert!(
            took < least + PLAN.timeout * 2,
            "{took:?}: and not slower than that"
        );
    }

    #[test]
    fn strangers_are_not_listened_to() {
        let now = time::instant();
        let mut sweep = Sweep::new(network(), PLAN, RATE);
        let Action::Send(_, ping) = sweep.poll(now) else {
            panic!("the first packet leaves at once");
        };
        let stranger = SocketAddr::from(([10, 1, 0, 254], 624));
        let pong = answer(([10, 1, 0, 254], 623).into(), &ping).unwrap();
        sweep.on_datagram(now, stranger, &pong);
        assert!(matches!(sweep.poll(now), Action::Wait(_)));
        assert_eq!(sweep.progress().found, 0);
    }
}
