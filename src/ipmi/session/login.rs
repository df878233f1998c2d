//! From nothing to a session: Open Session, RAKP Messages 1 to 4, and what can go wrong between.
//!
//! A lost RAKP message is not repeated: BMCs that get one twice are known to lose their way, and compute a new random
//! number. The login starts over with a new console session id and a new tag, and waits twice as long.

use std::mem;
use std::time::Instant;

use super::active::Active;
use super::channel::Channel;
use super::output::{CredentialsFault, Event, Failure, Stage, SuiteRefusal};
use super::settings::Entropy;
use super::suites::Next;
use super::timer::Timer;
use super::{Session, State};
use crate::ipmi::crypto::keys::SessionKeys;
use crate::ipmi::crypto::mac::Digest;
use crate::ipmi::crypto::rakp::{NAME_ONLY_LOOKUP, Transcript};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::quirk::Quirk;
use crate::ipmi::wire::open_session::{Accepted, OpenSessionRequest, OpenSessionResponse};
use crate::ipmi::wire::rakp1::Rakp1 as Rakp1Message;
use crate::ipmi::wire::rakp2::{Challenge, Rakp2 as Rakp2Message};
use crate::ipmi::wire::rakp3::Rakp3 as Rakp3Message;
use crate::ipmi::wire::rakp4::Rakp4 as Rakp4Message;
use crate::ipmi::wire::v2::{self, PayloadType};

/// Logins that may end in silence after Open Session before the request is given up.
const SILENT_LOGINS: u32 = 4;

/// Open Session Request is out.
#[derive(Debug)]
pub(super) struct Opening {
    suite: Suite,
    privilege: Privilege,
    console_id: u32,
    tag: u8,
    datagram: Vec<u8>,
    pub(super) timer: Timer,
}

/// RAKP Message 1 is out.
#[derive(Debug)]
pub(super) struct Rakp1 {
    privilege: Privilege,
    tag: u8,
    /// The BMC's part is still empty.
    pub(super) transcript: Transcript,
    pub(super) timer: Timer,
}

/// RAKP Message 3 is out.
#[derive(Debug)]
pub(super) struct Rakp3 {
    privilege: Privilege,
    tag: u8,
    pub(super) transcript: Transcript,
    check: Digest,
    pub(super) channel: Channel,
    pub(super) timer: Timer,
}

impl State {
    /// Leaves `Opening` if this is the answer that it waits for.
    fn take_opening(&mut self, answers: impl FnOnce(&Opening) -> bool) -> Option<Opening> {
        let Self::Opening(waiting) = self else {
            return None;
        };
        if !answers(waiting) {
            return None;
        }
        let Self::Opening(taken) = mem::replace(self, Self::Closed) else {
            unreachable!("it was matched above");
        };
        Some(taken)
    }

    /// Leaves `Rakp1` if this is the answer that it waits for.
    fn take_rakp1(&mut self, answers: impl FnOnce(&Rakp1) -> bool) -> Option<Rakp1> {
        let Self::Rakp1(waiting) = self else {
            return None;
        };
        if !answers(waiting) {
            return None;
        }
        let Self::Rakp1(taken) = mem::replace(self, Self::Closed) else {
            unreachable!("it was matched above");
        };
        Some(taken)
    }

    /// Leaves `Rakp3` if this is the answer that it waits for.
    fn take_rakp3(&mut self, answers: impl FnOnce(&Rakp3) -> bool) -> Option<Rakp3> {
        let Self::Rakp3(waiting) = self else {
            return None;
        };
        if !answers(waiting) {
            return None;
        }
        let Self::Rakp3(taken) = mem::replace(self, Self::Closed) else {
            unreachable!("it was matched above");
        };
        Some(taken)
    }
}

impl Session {
    /// Begins what leads to a login: questions to a BMC that was never asked, else the login.
    pub(super) fn open(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        if self.is_stranger() {
            self.make_contact(now, entropy);
        } else {
            self.log_in(now, entropy);
        }
    }

    /// Begins a login, if there is a request and a cipher suite for it.
    pub(super) fn log_in(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        self.state = State::Closed;
        match self.candidates.next() {
            Next::Try(suite) => self.send_open(now, suite, entropy),
            Next::Wait => self.wait_for_free_session(now, entropy),
            Next::Refused(refusals) => {
                if self.candidates.privilege_suspected() && self.ask_otherwise() {
                    self.line_up_suites();
                    self.open(now, entropy);
                } else {
                    // Perhaps it was given other ones: what it lists is asked for again next time.
                    self.profile.offered = None;
                    self.line_up_suites();
                    self.end(now, Failure::Suites(refusals), entropy);
                }
            }
        }
    }

    fn send_open(&mut self, now: Instant, suite: Suite, entropy: &mut dyn Entropy) {
        let privilege = self.maximum();
        let Some(pending) = &mut self.pending else {
            return;
        };
        pending.logins += 1;
        let console_id = console_id(entropy);
        let tag = self.next_tag();
        let request = OpenSessionRequest {
            tag,
            privilege: privilege.to_wire(),
            console_id,
            algorithms: suite.algorithms(),
        };
        let timing = &self.settings.timing;
        let timeout = self.rtt.open.timeout(timing.first, timing.least);
        let Ok(datagram) = v2::encode_plain(PayloadType::OpenSessionRequest, &request.encode())
        else {
            unreachable!("an Open Session Request is 32 bytes");
        };
        self.traffic.on_send();
        self.transmit(datagram.clone());
        self.state = State::Opening(Opening {
            suite,
            privilege,
            console_id,
            tag,
            datagram,
            timer: Timer::start(now, timeout, entropy),
        });
    }

    /// Open Session is the only login message that is repeated as it is: the same id and tag, so that an answer to the first
    /// that comes late is still an answer.
    pub(super) fn repeat_open(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let State::Opening(opening) = &mut self.state else {
            return;
        };
        opening
            .timer
            .again(now, self.settings.timing.longest, entropy);
        let datagram = opening.datagram.clone();
        self.traffic.on_repeat();
        self.transmit(datagram);
    }

    pub(super) fn on_open(&mut self, now: Instant, payload: &[u8], entropy: &mut dyn Entropy) {
        let Ok(response) = OpenSessionResponse::decode(payload) else {
            return;
        };
        let taken = self.state.take_opening(|opening| {
            response.tag == opening.tag
                && response
                    .console_id
                    .is_none_or(|id| id == opening.console_id)
        });
        let Some(opening) = taken else {
            self.drop_second_session(&response);
            return;
        };
        self.heard(now);
        self.traffic.on_answer();
        self.learn_silent_contact();
        if let Some(rtt) = opening.timer.round_trip(now) {
            self.rtt.open.sample(rtt);
        }
        match response.outcome {
            Ok(accepted) if accepted.algorithms == opening.suite.algorithms() => {
                self.send_rakp1(now, &opening, accepted, entropy);
            }
            Ok(accepted) => {
                self.drop_half_open(accepted.managed_id);
                self.candidates
                    .refuse(opening.suite, SuiteRefusal::OtherAlgorithms);
                self.open(now, entropy);
            }
            Err(status) => {
                self.login_refused(now, Stage::OpenSession, opening.suite, status, entropy);
            }
        }
    }

    fn send_rakp1(
        &mut self,
        now: Instant,
        opening: &Opening,
        accepted: Accepted,
        entropy: &mut dyn Entropy,
    ) {
        let mut console_random = [0; 16];
        entropy.fill(&mut console_random);
        let tag = self.next_tag();
        let transcript = Transcript {
            suite: opening.suite,
            console_id: opening.console_id,
            managed_id: accepted.managed_id,
            console_random,
            managed_random: [0; 16],
            guid: [0; 16],
            role: NAME_ONLY_LOOKUP | opening.privilege.to_wire(),
            username: self.settings.username.clone(),
            quirks: self.quirks(),
        };
        let message = Rakp1Message {
            tag,
            managed_id: accepted.managed_id,
            console_random,
            role: transcript.role,
            username: transcript.username.as_bytes(),
        };
        let Ok(datagram) = message
            .encode()
            .and_then(|payload| v2::encode_plain(PayloadType::Rakp1, &payload))
        else {
            unreachable!("a user name is at most 16 bytes");
        };
        self.traffic.on_send();
        self.transmit(datagram);
        self.state = State::Rakp1(Rakp1 {
            privilege: opening.privilege,
            tag,
            transcript,
            timer: self.rakp_timer(now, entropy),
        });
    }

    pub(super) fn on_rakp2(&mut self, now: Instant, payload: &[u8], entropy: &mut dyn Entropy) {
        let Ok(message) = Rakp2Message::decode(payload) else {
            return;
        };
        let taken = self.state.take_rakp1(|rakp| {
            message.tag == rakp.tag
                && message
                    .console_id
                    .is_none_or(|id| id == rakp.transcript.console_id)
        });
        let Some(rakp) = taken else {
            return;
        };
        self.heard(now);
        self.traffic.on_answer();
        if let Some(rtt) = rakp.timer.round_trip(now) {
            self.rtt.rakp.sample(rtt);
        }
        match message.outcome {
            Ok(challenge) => self.answer(now, rakp, challenge, entropy),
            Err(status) => {
                let suite = rakp.transcript.suite;
                self.login_refused(now, Stage::Rakp1, suite, status, entropy);
            }
        }
    }

    /// Checks the BMC's proof and sends ours.
    fn answer(
        &mut self,
        now: Instant,
        mut rakp: Rakp1,
        challenge: Challenge<'_>,
        entropy: &mut dyn Entropy,
    ) {
        let settings = self.settings.clone();
        let transcript = &mut rakp.transcript;
        transcript.managed_random = challenge.managed_random;
        transcript.guid = challenge.guid;
        if !transcript.accept_rakp2(&settings.password, challenge.code) {
            self.drop_half_open(transcript.managed_id);
            let fault = CredentialsFault::Password;
            self.end(now, Failure::Credentials(fault), entropy);
            return;
        }
        self.profile.quirks = transcript.quirks.without(settings.quirks);
        let sik = transcript.sik(&settings.password, settings.kg.as_ref());
        let keys = SessionKeys::derive(transcript.suite, &sik, &settings.password);
        let proof = rakp.transcript.rakp3_code(&settings.password);
        let tag = self.next_tag();
        let message = Rakp3Message {
            tag,
            managed_id: rakp.transcript.managed_id,
            outcome: Ok(proof.as_bytes()),
        };
        self.traffic.on_send();
        self.transmit_rakp3(&message);
        self.state = State::Rakp3(Rakp3 {
            privilege: rakp.privilege,
            tag,
            check: rakp.transcript.rakp4_check(&sik),
            channel: Channel::new(keys, rakp.transcript.console_id, rakp.transcript.managed_id),
            transcript: rakp.transcript,
            timer: self.rakp_timer(now, entropy),
        });
    }

    pub(super) fn on_rakp4(&mut self, now: Instant, payload: &[u8], entropy: &mut dyn Entropy) {
        let Ok(message) = Rakp4Message::decode(payload) else {
            return;
        };
        let taken = self.state.take_rakp3(|rakp| {
            message.tag == rakp.tag
                && message
                    .console_id
                    .is_none_or(|id| id == rakp.transcript.console_id)
        });
        let Some(rakp) = taken else {
            return;
        };
        self.heard(now);
        self.traffic.on_answer();
        if let Some(rtt) = rakp.timer.round_trip(now) {
            self.rtt.rakp.sample(rtt);
        }
        let suite = rakp.transcript.suite;
        match message.outcome {
            Ok(check) if rakp.check.matches(check, rakp.transcript.check_length()) => {
                self.learn_suite(suite);
                self.event(Event::Opened { suite });
                self.state = State::Active(Active::new(rakp.channel, rakp.privilege));
                self.work(now, entropy);
            }
            // Password and user are right, or RAKP 2 would have been wrong: the key that SIK is made with is not. What the
            // BMC now holds open cannot be closed, because its keys are not known; it closes by itself when idle.
            Ok(_) => {
                let fault = match &self.settings.kg {
                    Some(_) => CredentialsFault::Kg,
                    None => CredentialsFault::KgMissing,
                };
                self.end(now, Failure::Credentials(fault), entropy);
            }
            Err(status) => self.login_refused(now, Stage::Rakp3, suite, status, entropy),
        }
    }

    /// This suite works.
    fn learn_suite(&mut self, suite: Suite) {
        // A better one is not given up for a moment without a free session.
        if !self.candidates.is_way_out(suite) {
            let waited = self.pending.as_ref().is_some_and(|p| p.full > 0);
            if self.profile.suite.is_some_and(|before| before != suite) {
                self.profile.quirks.remove(Quirk::SuiteRefusedAsFull);
            }
            // After a wait a session may have become free; at once, hardly.
            if !waited && self.candidates.refused_as_full(suite) {
                self.learn(Quirk::SuiteRefusedAsFull);
            }
            self.profile.suite = Some(suite);
        }
        self.line_up_suites();
    }

    /// No answer to RAKP Message 1 or 3.
    pub(super) fn login_is_silent(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let stage = self.stage();
        self.abandon(now, entropy);
        let Some(pending) = &mut self.pending else {
            return;
        };
        pending.silent_logins += 1;
        if pending.silent_logins >= SILENT_LOGINS {
            self.end(now, Failure::Silence { stage, sent: false }, entropy);
        } else {
            self.traffic.on_restart();
            self.open(now, entropy);
        }
    }

    /// Waits longer after each login that ended in silence.
    fn rakp_timer(&self, now: Instant, entropy: &mut dyn Entropy) -> Timer {
        let timing = &self.settings.timing;
        let silent = self.pending.as_ref().map_or(0, |p| p.silent_logins.min(8));
        let timeout = self.rtt.rakp.timeout(timing.first_rakp, timing.least_rakp);
        let timeout = (timeout * (1 << silent)).min(timing.longest.max(timeout));
        Timer::start(now, timeout, entropy)
    }

    pub(super) fn next_tag(&mut self) -> u8 {
        self.tag = self.tag.wrapping_add(1);
        self.tag
    }
}

/// A session id for our side: not 0, which means "no session".
fn console_id(entropy: &mut dyn Entropy) -> u32 {
    let mut bytes = [0; 4];
    entropy.fill(&mut bytes);
    u32::from_le_bytes(bytes).max(1)
}
