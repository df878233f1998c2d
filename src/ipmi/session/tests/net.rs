//! A network under virtual time between a session and a BMC, in which a test decides the fate of every packet.

use std::time::{Duration, Instant};

use super::bmc::Bmc;
use crate::ipmi::command::{Reply, Request};
use crate::ipmi::session::{Entropy, Event, Failure, Output, Profile, Rtt, Session, Settings};

/// One way.
const LATENCY: Duration = Duration::from_millis(10);

/// What becomes of a packet.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    Deliver,
    Drop,
    Duplicate,
    Late(Duration),
    /// Overtaken by the next packet of the same direction; if none comes, it arrives when all is over.
    Overtaken,
    Cut(usize),
    FlipBit(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    ToBmc,
    ToConsole,
}

/// Decides what becomes of a packet: its number, where it goes, its bytes.
type Decide<'a> = dyn FnMut(usize, Way, &[u8]) -> Fate + 'a;

pub(super) struct Net<'a> {
    pub(super) session: Session,
    pub(super) bmc: Bmc,
    pub(super) now: Instant,
    pub(super) started: Instant,
    pub(super) entropy: Seeded,
    pub(super) packets: usize,
    pub(super) suites: Vec<u8>,
    fate: Box<Decide<'a>>,
    flying: Vec<(Instant, usize, Way, Vec<u8>)>,
    held: Vec<(Way, Vec<u8>)>,
    /// What comes from the BMC's address ahead of each of its packets.
    pub(super) strays: Vec<Vec<u8>>,
    outcome: Option<Result<Reply, Failure>>,
}

impl<'a> Net<'a> {
    pub(super) fn new(
        settings: Settings,
        bmc: Bmc,
        fate: impl FnMut(usize, Way, &[u8]) -> Fate + 'a,
    ) -> Self {
        let now = some_instant();
        Self {
            session: Session::new(settings.into(), Profile::default(), Rtt::default()),
            bmc,
            now,
            started: now,
            entropy: Seeded(1),
            packets: 0,
            suites: Vec::new(),
            fate: Box::new(fate),
            flying: Vec::new(),
            held: Vec::new(),
            strays: Vec::new(),
            outcome: None,
        }
    }

    /// Submits a request and lets time pass until it has an outcome.
    pub(super) fn request(&mut self, request: Request) -> Result<Reply, Failure> {
        self.submit(request);
        self.run(|net| net.outcome.is_some());
        self.outcome.take().expect("every request has an outcome")
    }

    /// Closes the session and lets time pass until nothing flies any more.
    pub(super) fn close(&mut self) {
        self.session.close(self.now, &mut self.entropy);
        let is_quiet = |net: &Self| net.session.is_closed() && net.flying.is_empty();
        self.run(is_quiet);
        for (way, bytes) in std::mem::take(&mut self.held) {
            self.fly(self.now + LATENCY, way, bytes);
        }
        self.run(is_quiet);
    }

    /// Lets what flies arrive while nothing is asked for.
    pub(super) fn idle(&mut self) {
        self.run(|net| net.flying.is_empty());
    }

    /// Submits a request that nobody waits for yet.
    pub(super) fn submit(&mut self, request: Request) {
        self.session
            .submit(self.now, request, &mut self.entropy)
            .expect("nothing else is under way");
    }

    /// The same BMC and session settings, with what was learned: what a restart leaves.
    pub(super) fn restart(&mut self, settings: Settings) {
        let (profile, rtt) = (self.session.profile(), Rtt::default());
        self.session = Session::new(settings.into(), profile, rtt);
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.started
    }

    fn run(&mut self, done: impl Fn(&Self) -> bool) {
        for _ in 0..10_000 {
            let timeout = self.drain();
            if done(self) {
                return;
            }
            let next = (0..self.flying.len()).min_by_key(|index| {
                let (at, order, _, _) = &self.flying[*index];
                (*at, *order)
            });
            match next {
                Some(next) if timeout.is_none_or(|at| self.flying[next].0 <= at) => {
                    let (at, _, way, bytes) = self.flying.remove(next);
                    self.now = at;
                    self.arrive(way, &bytes);
                }
                _ => {
                    self.now = timeout.expect("a session that is not done waits for something");
                    self.session.on_timeout(self.now, &mut self.entropy);
                }
            }
        }
        panic!("busy loop");
    }

    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.session.poll_output() {
                Output::Transmit(bytes) => self.send(Way::ToBmc, bytes),
                Output::Event(Event::Opened { suite }) => self.suites.push(suite.number()),
                Output::Event(Event::Replied(reply)) => self.finish(Ok(reply)),
                Output::Event(Event::Failed(failure)) => self.finish(Err(failure)),
                Output::Event(Event::Closed) => {}
                Output::Timeout(at) => return at,
            }
        }
    }

    fn finish(&mut self, outcome: Result<Reply, Failure>) {
        assert!(self.outcome.is_none(), "a request has one outcome");
        self.outcome = Some(outcome);
    }

    fn arrive(&mut self, way: Way, bytes: &[u8]) {
        match way {
            Way::ToBmc => {
                if let Some(answer) = self.bmc.receive(bytes) {
                    self.send(Way::ToConsole, answer);
                }
            }
            Way::ToConsole => {
                for stray in &self.strays {
                    self.session.on_datagram(self.now, stray, &mut self.entropy);
                }
                self.session.on_datagram(self.now, bytes, &mut self.entropy);
            }
        }
    }

    fn send(&mut self, way: Way, bytes: Vec<u8>) {
        let index = self.packets;
        self.packets += 1;
        let at = self.now + LATENCY;
        match (self.fate)(index, way, &bytes) {
            Fate::Deliver => self.fly(at, way, bytes),
            Fate::Drop => {}
            Fate::Duplicate => {
                self.fly(at, way, bytes.clone());
                self.fly(at + LATENCY / 2, way, bytes);
            }
            Fate::Overtaken => {
                self.held.push((way, bytes));
                return;
            }
            Fate::Late(delay) => self.fly(at + delay, way, bytes),
            Fate::Cut(length) => self.fly(at, way, bytes[..length.min(bytes.len())].to_vec()),
            Fate::FlipBit(bit) => {
                let mut bytes = bytes;
                let index = (bit / 8) % bytes.len();
                bytes[index] ^= 1 << (bit % 8);
                self.fly(at, way, bytes);
            }
        }
        let (overtaken, held): (Vec<_>, Vec<_>) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|(of_held, _)| *of_held == way);
        self.held = held;
        for (way, bytes) in overtaken {
            self.fly(at + Duration::from_millis(1), way, bytes);
        }
    }

    fn fly(&mut self, at: Instant, way: Way, bytes: Vec<u8>) {
        self.flying
            .push((at, self.packets + self.flying.len(), way, bytes));
    }
}

/// Where virtual time begins; an `Instant` comes from nowhere else.
#[expect(
    clippy::disallowed_methods,
    reason = "this module knows no clock of ours"
)]
fn some_instant() -> Instant {
    Instant::now()
}

/// SplitMix64: the same numbers for the same seed.
pub(super) struct Seeded(pub(super) u64);

impl Seeded {
    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.number() % 100 < percent
    }
}

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.number().to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}
