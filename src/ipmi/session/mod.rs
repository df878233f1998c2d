//! The life of an RMCP+ session as a state machine: bytes, clock ticks and orders in, bytes and events out.
//!
//! Knows no socket, clock or random number generator. The user calls [`Session::submit`], [`Session::on_datagram`],
//! [`Session::on_timeout`] and [`Session::close`], and after each of them drains [`Session::poll_output`] until it says
//! [`Output::Timeout`]: when to call [`Session::on_timeout`] next, if nothing else happens before.
//!
//! ```text
//!            submit                 response             RAKP 2              RAKP 4
//! Closed ───────────► Opening ────────────────► Rakp1 ──────────► Rakp3 ──────────────► Active
//!   ▲  ▲  │          ▲ │  ▲ ▲ └─refused suite──┐  │                 │                    │  │
//!   │  │  └► Contact ┘ │  │ └── the next one ◄──┘  │ lost or BMC     │                    │  │ silent, or more
//!   │  │     once      │  │ 01h, full             │ forgot: again   │                    │  │ privilege needed
//!   │  │               ▼  │                       │                 │                    │  │
//!   │  │            Waiting                       ▼                 ▼                    │  ▼
//!   │  └── request failed ─────────────────── (Opening, with a new id and a new tag) ◄───┼──┘
//!   └──────────────────────────────────────────────────────── Closing ◄─────────── close ┘
//! ```
//!
//! Invariants:
//! - One request at a time. It ends in exactly one [`Event::Replied`] or [`Event::Failed`].
//! - A request whose effect is [`Effect::Disruptive`] leaves at most once, whatever happens.
//! - What is not an answer to what was asked last changes nothing and costs no retry.
//! - Whatever the BMC may hold open for us is closed or dropped on every path, as far as the protocol has words for it.
//!
//! Start reading in `contact`, `login`, then `active`.
//!
//! [`Effect::Disruptive`]: crate::ipmi::command::Effect::Disruptive

mod active;
mod asking;
mod channel;
mod contact;
#[cfg(fuzzing)]
mod fuzzing;
mod login;
mod output;
mod refusal;
mod release;
mod rtt;
mod settings;
mod suites;
#[cfg(test)]
mod tests;
mod timer;
mod traffic;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ipmi::command::{Effect, Request};
use crate::ipmi::probe::Probe;
use crate::ipmi::quirk::Quirks;
use crate::ipmi::wire::v2::{self, PayloadType};

pub use output::{CredentialsFault, Event, Failure, Output, PrivilegeFault, Stage, SuiteRefusal};
pub use rtt::Rtt;
pub use settings::{Entropy, Profile, Settings, SettingsError, Timing};
pub use suites::SuiteSet;
pub use traffic::Traffic;

use active::{Active, Closing};
use asking::Asking;
use login::{Opening, Rakp1, Rakp3};
use suites::Candidates;

/// A BMC that has not answered the first packet by then is probably not there. Most answer Open Session, for which nothing is to
/// be computed, within 50 ms.
const STALL: Duration = Duration::from_millis(200);

/// A session with one BMC, and what it takes to open it again.
#[derive(Debug)]
pub struct Session {
    settings: Arc<Settings>,
    profile: Profile,
    rtt: Rtt,
    traffic: Traffic,
    state: State,
    pending: Option<Pending>,
    candidates: Candidates,
    /// Sessions that were given up while the BMC may still hold them open; closed beside whatever else goes on.
    orphans: Vec<Closing>,
    /// Message tag of the last login packet.
    tag: u8,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    /// Nothing is open.
    Closed,
    /// The BMC has no free session; asking again later.
    Waiting { until: Instant },
    /// The BMC is a stranger: questions before the first login are out.
    Contact(Probe),
    /// Open Session Request is out.
    Opening(Opening),
    /// RAKP Message 1 is out.
    Rakp1(Rakp1),
    /// RAKP Message 3 is out.
    Rakp3(Rakp3),
    /// Logged in.
    Active(Active),
    /// Close Session is out.
    Closing(Closing),
}

/// The request that is being worked on.
#[derive(Debug)]
struct Pending {
    request: Request,
    asking: Asking,
    submitted: Instant,
    /// When the BMC last said something that counts, or the request was submitted.
    heard: Instant,
    /// Whether the request itself has left.
    sent: bool,
    /// Whether the BMC answered questions before the login.
    contacted: bool,
    /// Logins in a row that ended in silence after Open Session.
    silent_logins: u32,
    /// Logins in all.
    logins: u32,
    /// How often the BMC had no free session.
    full: u32,
    /// Sessions that fell silent under it.
    dead_sessions: u32,
}

impl Session {
    /// A closed session. `rtt` is what earlier sessions with this BMC measured.
    pub fn new(settings: Arc<Settings>, profile: Profile, rtt: Rtt) -> Self {
        let quirks = profile.quirks.union(settings.quirks);
        let candidates = Candidates::new(settings.suite, &profile, quirks);
        Self {
            settings,
            profile,
            rtt,
            traffic: Traffic::default(),
            state: State::Closed,
            pending: None,
            candidates,
            orphans: Vec::new(),
            tag: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Takes a request. Gives it back while another one is under way.
    pub fn submit(
        &mut self,
        now: Instant,
        request: Request,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Request> {
        if self.pending.is_some() {
            return Err(request);
        }
        let needed = request.privilege;
        let asking = Asking::new(&request, &self.settings, &self.profile, self.quirks());
        self.pending = Some(Pending {
            request,
            asking,
            submitted: now,
            heard: now,
            sent: false,
            contacted: false,
            silent_logins: 0,
            logins: 0,
            full: 0,
            dead_sessions: 0,
        });
        if !self.settings.allows(needed) {
            let fault = PrivilegeFault::Limit;
            self.fail(Failure::Privilege { needed, fault });
            return Ok(());
        }
        match self.state {
            State::Closed => self.open(now, entropy),
            State::Active(_) => self.work(now, entropy),
            // The session that is being closed is opened again when it is closed.
            State::Closing(_) => {}
            State::Waiting { .. }
            | State::Contact(_)
            | State::Opening(_)
            | State::Rakp1(_)
            | State::Rakp3(_) => {
                unreachable!("a login is only under way for a request")
            }
        }
        Ok(())
    }

    /// Takes a datagram from the BMC's address. Whatever it is, it does no harm.
    pub fn on_datagram(&mut self, now: Instant, datagram: &[u8], entropy: &mut dyn Entropy) {
        let Ok(packet) = v2::decode(datagram) else {
            self.on_contact(now, datagram, entropy);
            return;
        };
        match packet.payload_type {
            PayloadType::Ipmi => self.on_message(now, &packet, entropy),
            PayloadType::OpenSessionResponse => self.on_open(now, packet.payload, entropy),
            PayloadType::Rakp2 => self.on_rakp2(now, packet.payload, entropy),
            PayloadType::Rakp4 => self.on_rakp4(now, packet.payload, entropy),
            // What only a console sends.
            PayloadType::OpenSessionRequest | PayloadType::Rakp1 | PayloadType::Rakp3 => {}
        }
    }

    /// Tells the time. Early calls do nothing.
    pub fn on_timeout(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        self.repeat_orphans(now, entropy);
        if self.give_up_at().is_some_and(|at| now >= at) {
            self.give_up(now, entropy);
            return;
        }
        if self.own_deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.state {
            State::Closed => {}
            State::Waiting { .. } => self.open(now, entropy),
            State::Contact(_) => self.go_on_asking(now, entropy),
            State::Opening(_) => self.repeat_open(now, entropy),
            State::Rakp1(_) | State::Rakp3(_) => self.login_is_silent(now, entropy),
            State::Active(_) => self.command_is_silent(now, entropy),
            State::Closing(_) => self.repeat_close(now, entropy),
        }
    }

    /// Closes what is open. A request that is under way fails; [`Event::Closed`] follows, at the latest when the BMC did not
    /// answer Close Session.
    pub fn close(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        if self.pending.is_some() {
            let sent = self.disruptive_left();
            self.fail(Failure::Aborted { sent });
        }
        match self.state {
            State::Closed | State::Closing(_) => {}
            State::Waiting { .. }
            | State::Contact(_)
            | State::Opening(_)
            | State::Rakp1(_)
            | State::Rakp3(_) => {
                self.abandon(now, entropy);
                self.closed(now, entropy);
            }
            State::Active(_) => self.begin_close(now, entropy),
        }
    }

    /// What to do: datagrams to send and events first, then when to call [`Session::on_timeout`].
    pub fn poll_output(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Timeout(self.deadline()))
    }

    /// Whether nothing is open.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed) && self.orphans.is_empty()
    }

    /// Whether it only waits: for a BMC that did not soon answer the first packet, for a free session, or for the answer to Close
    /// Session. Such a session sends a packet now and then, and takes next to nothing from the network.
    pub fn is_stalled(&self, now: Instant) -> bool {
        match &self.state {
            State::Closed | State::Waiting { .. } | State::Closing(_) => true,
            State::Contact(probe) => probe.sends() > 1,
            State::Opening(_) => self.stalls_at().is_some_and(|at| at <= now),
            State::Rakp1(_) | State::Rakp3(_) | State::Active(_) => false,
        }
    }

    /// When it will be stalled, if nothing comes before: that is no reason for [`Self::on_timeout`].
    pub fn stalls_at(&self) -> Option<Instant> {
        match &self.state {
            State::Opening(opening) => Some(opening.timer.sent_at() + STALL),
            State::Closed
            | State::Waiting { .. }
            | State::Contact(_)
            | State::Rakp1(_)
            | State::Rakp3(_)
            | State::Active(_)
            | State::Closing(_) => None,
        }
    }

    /// What the BMC does differently, as it showed or as was said of it.
    fn quirks(&self) -> Quirks {
        self.profile.quirks.union(self.settings.quirks)
    }

    /// What was learned about the BMC.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// What was measured of the BMC's round trips.
    pub fn rtt(&self) -> Rtt {
        self.rtt
    }

    /// What went to and fro since this was last asked.
    pub fn take_traffic(&mut self) -> Traffic {
        std::mem::take(&mut self.traffic)
    }

    fn deadline(&self) -> Option<Instant> {
        let orphan = self.orphans.iter().map(|orphan| orphan.timer.due()).min();
        [self.own_deadline(), self.give_up_at(), orphan]
            .into_iter()
            .flatten()
            .min()
    }

    /// When the state is due to change by itself.
    fn own_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Closed => None,
            State::Waiting { until } => Some(*until),
            State::Contact(probe) => probe.due(),
            State::Opening(opening) => Some(opening.timer.due()),
            State::Rakp1(rakp) => Some(rakp.timer.due()),
            State::Rakp3(rakp) => Some(rakp.timer.due()),
            State::Active(active) => active.due(),
            State::Closing(closing) => Some(closing.timer.due()),
        }
    }

    /// When the request is given up, whatever the state.
    fn give_up_at(&self) -> Option<Instant> {
        let pending = self.pending.as_ref()?;
        let timing = &self.settings.timing;
        let total = pending.submitted + timing.total;
        let silence = match self.state {
            // Waiting for a free session is not silence, and closing has a limit of its own.
            State::Waiting { .. } | State::Closing(_) => total,
            State::Closed
            | State::Contact(_)
            | State::Opening(_)
            | State::Rakp1(_)
            | State::Rakp3(_)
            | State::Active(_) => pending.heard + timing.silence,
        };
        Some(total.min(silence))
    }

    fn give_up(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let (stage, sent) = (self.stage(), self.disruptive_left());
        if stage == Stage::FirstLogin {
            // Its answers were of no use: they are asked for again, and told of again.
            self.profile.offered = None;
        }
        self.abandon(now, entropy);
        self.fail(Failure::Silence { stage, sent });
        self.closed(now, entropy);
    }

    fn stage(&self) -> Stage {
        match &self.state {
            State::Opening(_) if self.was_only_contacted() => Stage::FirstLogin,
            State::Closed | State::Waiting { .. } | State::Contact(_) | State::Opening(_) => {
                Stage::OpenSession
            }
            State::Rakp1(_) => Stage::Rakp1,
            State::Rakp3(_) => Stage::Rakp3,
            State::Active(active) => active.stage(),
            State::Closing(_) => Stage::Command,
        }
    }

    /// Whether the request is one that must not be repeated, and has left.
    fn disruptive_left(&self) -> bool {
        self.pending
            .as_ref()
            .is_some_and(|pending| pending.sent && pending.request.effect == Effect::Disruptive)
    }

    /// The BMC said something that counts.
    fn heard(&mut self, now: Instant) {
        self.traffic.heard = true;
        if let Some(pending) = &mut self.pending {
            pending.heard = now;
        }
    }

    /// Ends the request. What becomes of the session is the caller's business.
    fn fail(&mut self, failure: Failure) {
        if self.pending.take().is_some() {
            self.event(Event::Failed(failure));
        }
    }

    /// The session is gone. Opens it again if there is something to do.
    fn closed(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        self.state = State::Closed;
        if self.pending.is_some() {
            self.open(now, entropy);
        } else if self.orphans.is_empty() {
            self.event(Event::Closed);
        }
    }

    fn transmit(&mut self, datagram: Vec<u8>) {
        self.outputs.push_back(Output::Transmit(datagram));
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}
