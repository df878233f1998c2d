//! A session that is logged in: raise the privilege, carry the request, close.

use std::mem;
use std::time::{Duration, Instant};

use ipmi_rs::connection::Message;

use super::channel::Channel;
use super::output::{Event, Failure, PrivilegeFault, Stage};
use super::settings::Entropy;
use super::timer::Timer;
use super::{Session, State};
use crate::ipmi::command::close_session::CloseSessionRequest;
use crate::ipmi::command::session_privilege::SessionPrivilegeRequest;
use crate::ipmi::command::{Effect, Reply};
use crate::ipmi::privilege::Privilege;
use crate::ipmi::quirk::Quirk;
use crate::ipmi::wire::lan::{LanResponse, MAX_RQ_SEQ};
use crate::ipmi::wire::v2::Packet;

/// How often a command leaves in one session before the session counts as dead.
const SENDS: u32 = 4;
/// The same in a session that was kept from an earlier request: the BMC may have dropped it since.
const SENDS_KEPT: u32 = 3;
/// How often Close Session leaves.
const SENDS_CLOSE: u32 = 3;
/// The same to a BMC that is known not to answer it: waited for all the same, because the next firmware may answer.
const SENDS_CLOSE_IN_VAIN: u32 = 1;
/// How many closes in a row have to stay unanswered until a BMC is known not to answer them.
const CLOSES_IN_VAIN: u8 = 2;
/// rqSeq of Close Session; commands stay below it.
const CLOSE_RQ_SEQ: u8 = MAX_RQ_SEQ;
/// How many sessions may die under one request.
const DEAD_SESSIONS: u32 = 2;
/// "Insufficient privilege level".
const INSUFFICIENT_PRIVILEGE: u8 = 0xD4;

/// Logged in.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) channel: Channel,
    /// The highest privilege that the session may take.
    granted: Privilege,
    /// The privilege that it has.
    level: Privilege,
    /// rqSeq of the last message.
    rq_seq: u8,
    /// What is out.
    exchange: Option<Exchange>,
    /// Requests that were answered.
    served: u32,
}

/// A message that waits for its response.
#[derive(Debug)]
pub(super) struct Exchange {
    purpose: Purpose,
    message: Message,
    rq_seq: u8,
    timer: Timer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Level(Privilege),
    Request(Effect),
}

/// What leaves at most once.
const ONCE: Purpose = Purpose::Request(Effect::Disruptive);

/// Close Session is out.
#[derive(Debug)]
pub(super) struct Closing {
    channel: Channel,
    message: Message,
    /// Whether the BMC had answered everything in this session until then.
    sound: bool,
    pub(super) timer: Timer,
}

impl Active {
    pub(super) fn new(channel: Channel, granted: Privilege) -> Self {
        Self {
            channel,
            granted,
            // Whatever a session may rise to, it begins as a user's (IPMI v2.0 §13.17).
            level: Privilege::User,
            rq_seq: 0,
            exchange: None,
            served: 0,
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.exchange.as_ref().map(|exchange| exchange.timer.due())
    }

    pub(super) fn stage(&self) -> Stage {
        match self.exchange.as_ref().map(|exchange| exchange.purpose) {
            Some(Purpose::Level(_)) => Stage::Privilege,
            Some(Purpose::Request(_)) | None => Stage::Command,
        }
    }

    fn next_rq_seq(&mut self) -> u8 {
        self.rq_seq = (self.rq_seq + 1) % CLOSE_RQ_SEQ;
        self.rq_seq
    }
}

impl Session {
    /// Does what the request needs next.
    pub(super) fn work(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let reply_is_unlikely = self.quirks().has(Quirk::ReplyLostWithNic);
        let State::Active(active) = &mut self.state else {
            return;
        };
        let Some(pending) = &mut self.pending else {
            return;
        };
        let needed = pending.request.privilege;
        if needed > active.granted {
            self.begin_close(now, entropy);
            return;
        }
        let (purpose, message) = if needed > active.level {
            let message = Message::from(SessionPrivilegeRequest(needed));
            (Purpose::Level(needed), message)
        } else {
            pending.sent = true;
            let effect = pending.request.effect;
            (Purpose::Request(effect), pending.request.message.clone())
        };
        let timing = &self.settings.timing;
        let timeout = match purpose {
            Purpose::Request(Effect::Disruptive) if reply_is_unlikely => timing.disruptive / 2,
            Purpose::Request(Effect::Disruptive) => timing.disruptive,
            Purpose::Request(Effect::Idempotent) | Purpose::Level(_) => {
                self.rtt.command.timeout(timing.first, timing.least)
            }
        };
        if purpose != ONCE {
            self.traffic.on_send();
        }
        let rq_seq = active.next_rq_seq();
        let sealed = active.channel.seal(&message, rq_seq, entropy);
        active.exchange = Some(Exchange {
            purpose,
            message,
            rq_seq,
            timer: Timer::start(now, timeout, entropy),
        });
        if let Ok(datagram) = sealed {
            self.transmit(datagram);
        }
    }

    /// Takes a packet of a session.
    pub(super) fn on_message(
        &mut self,
        now: Instant,
        packet: &Packet<'_>,
        entropy: &mut dyn Entropy,
    ) {
        if self.orphan_answered(packet) {
            return;
        }
        match &mut self.state {
            State::Active(active) => {
                let Ok(plain) = active.channel.open(packet) else {
                    return;
                };
                let Some((exchange, reply)) = answer(&mut active.exchange, &plain) else {
                    self.traffic.on_late_answer();
                    return;
                };
                self.heard(now);
                // Of something that leaves once it is not the network that is measured, but the machine.
                if exchange.purpose != ONCE {
                    self.measure(now, &exchange.timer);
                }
                match exchange.purpose {
                    Purpose::Level(level) => self.on_level(now, level, reply, entropy),
                    Purpose::Request(effect) => {
                        if effect == Effect::Disruptive {
                            self.profile.quirks.remove(Quirk::ReplyLostWithNic);
                        }
                        self.on_reply(now, reply, entropy);
                    }
                }
            }
            State::Closing(closing) => match closing.reads(packet) {
                Some(true) => {
                    self.close_was_answered();
                    self.closed(now, entropy);
                }
                Some(false) => self.traffic.on_late_answer(),
                None => {}
            },
            State::Closed
            | State::Waiting { .. }
            | State::Contact(_)
            | State::Opening(_)
            | State::Rakp1(_)
            | State::Rakp3(_) => {}
        }
    }

    fn on_level(
        &mut self,
        now: Instant,
        level: Privilege,
        reply: Reply,
        entropy: &mut dyn Entropy,
    ) {
        match reply.completion {
            0x00 => {
                if let State::Active(active) = &mut self.state {
                    active.level = level;
                }
                self.work(now, entropy);
            }
            // 80h to 82h: what Set Session Privilege Level has of its own.
            code @ (0x80..=0x82 | INSUFFICIENT_PRIVILEGE) => {
                if self.ask_for_the_limit(self.granted()) {
                    self.begin_close(now, entropy);
                } else {
                    let needed = level;
                    let fault = PrivilegeFault::Level(code);
                    self.fail(Failure::Privilege { needed, fault });
                }
            }
            _ => self.replied(reply),
        }
    }

    fn on_reply(&mut self, now: Instant, reply: Reply, entropy: &mut dyn Entropy) {
        if let State::Active(active) = &mut self.state {
            active.served = active.served.saturating_add(1);
        }
        // A refusal is certain: nothing was done, so it may be sent again with more privilege.
        if reply.completion == INSUFFICIENT_PRIVILEGE && self.ask_for_the_limit(self.granted()) {
            if let Some(pending) = &mut self.pending {
                pending.sent = false;
            }
            self.begin_close(now, entropy);
            return;
        }
        if reply.completion != INSUFFICIENT_PRIVILEGE {
            self.learn_maximum(self.granted());
        }
        self.replied(reply);
    }

    /// The highest privilege that the session may take.
    fn granted(&self) -> Privilege {
        match &self.state {
            State::Active(active) => active.granted,
            State::Closed
            | State::Waiting { .. }
            | State::Contact(_)
            | State::Opening(_)
            | State::Rakp1(_)
            | State::Rakp3(_)
            | State::Closing(_) => Privilege::User,
        }
    }

    fn replied(&mut self, reply: Reply) {
        if self.pending.take().is_some() {
            self.event(Event::Replied(reply));
        }
    }

    /// No answer to what is out.
    pub(super) fn command_is_silent(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let State::Active(active) = &mut self.state else {
            return;
        };
        let Some(exchange) = &mut active.exchange else {
            return;
        };
        let sends = if active.served > 0 { SENDS_KEPT } else { SENDS };
        let once = exchange.purpose == ONCE;
        if !once && exchange.timer.sends() < sends {
            // The same rqSeq, so that a late answer to the first transmission is an answer.
            exchange
                .timer
                .again(now, self.settings.timing.longest, entropy);
            let sealed = active
                .channel
                .seal(&exchange.message, exchange.rq_seq, entropy);
            self.traffic.on_repeat();
            if let Ok(datagram) = sealed {
                self.transmit(datagram);
            }
            return;
        }
        self.session_is_dead(now, once, entropy);
    }

    fn session_is_dead(&mut self, now: Instant, once: bool, entropy: &mut dyn Entropy) {
        let stage = self.stage();
        if once {
            self.learn(Quirk::ReplyLostWithNic);
        }
        self.abandon(now, entropy);
        let Some(pending) = &mut self.pending else {
            self.closed(now, entropy);
            return;
        };
        pending.dead_sessions += 1;
        if once || pending.dead_sessions > DEAD_SESSIONS {
            self.end(now, Failure::Silence { stage, sent: once }, entropy);
        } else {
            self.open(now, entropy);
        }
    }

    /// Asks the BMC to close the session.
    pub(super) fn begin_close(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        if !matches!(self.state, State::Active(_)) {
            return;
        }
        let State::Active(active) = mem::replace(&mut self.state, State::Closed) else {
            unreachable!("it was matched above");
        };
        let sound = active.exchange.is_none();
        self.state = State::Closing(self.send_close(now, active.channel, sound, entropy));
    }

    /// Sends the first Close Session.
    pub(super) fn send_close(
        &mut self,
        now: Instant,
        mut channel: Channel,
        sound: bool,
        entropy: &mut dyn Entropy,
    ) -> Closing {
        let message = Message::from(CloseSessionRequest(channel.managed_id()));
        let timing = &self.settings.timing;
        let timeout = self.rtt.command.timeout(timing.first, timing.least);
        if let Ok(datagram) = channel.seal(&message, CLOSE_RQ_SEQ, entropy) {
            self.transmit(datagram);
        }
        Closing {
            channel,
            message,
            sound,
            timer: Timer::start(now, timeout, entropy),
        }
    }

    /// How often Close Session is sent to this BMC.
    pub(super) fn close_sends(&self) -> u32 {
        if self.quirks().has(Quirk::NoCloseReply) {
            SENDS_CLOSE_IN_VAIN
        } else {
            SENDS_CLOSE
        }
    }

    /// No answer to Close Session. Some BMCs give none, so this ends soon.
    pub(super) fn repeat_close(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let sends = self.close_sends();
        let State::Closing(closing) = &mut self.state else {
            return;
        };
        match closing.again(now, sends, self.settings.timing.longest, entropy) {
            Some(datagram) => self.transmit(datagram),
            None => {
                if closing.sound {
                    self.close_was_in_vain();
                }
                self.closed(now, entropy);
            }
        }
    }

    /// Close Session was not answered. Once means little: if only the answer was lost, the session that the repetitions are
    /// for is gone.
    fn close_was_in_vain(&mut self) {
        let profile = &mut self.profile;
        profile.unanswered_closes = profile.unanswered_closes.saturating_add(1);
        if profile.unanswered_closes >= CLOSES_IN_VAIN {
            self.learn(Quirk::NoCloseReply);
        }
    }

    /// The BMC showed a fault. What was set beforehand is not learned.
    pub(super) fn learn(&mut self, quirk: Quirk) {
        if !self.settings.quirks.has(quirk) {
            self.profile.quirks.insert(quirk);
        }
    }
}

impl Closing {
    /// Close Session once more, unless that was enough.
    pub(super) fn again(
        &mut self,
        now: Instant,
        sends: u32,
        longest: Duration,
        entropy: &mut dyn Entropy,
    ) -> Option<Vec<u8>> {
        if self.timer.sends() >= sends {
            return None;
        }
        self.timer.again(now, longest, entropy);
        self.channel.seal(&self.message, CLOSE_RQ_SEQ, entropy).ok()
    }

    /// Whether this packet is the answer.
    pub(super) fn is_answered_by(&mut self, packet: &Packet<'_>) -> bool {
        self.reads(packet) == Some(true)
    }

    /// The same, if it is a packet of this session at all.
    fn reads(&mut self, packet: &Packet<'_>) -> Option<bool> {
        let plain = self.channel.open(packet).ok()?;
        Some(response(&plain, &self.message, CLOSE_RQ_SEQ).is_some())
    }
}

/// Takes the exchange if this is its answer.
fn answer(slot: &mut Option<Exchange>, plain: &[u8]) -> Option<(Exchange, Reply)> {
    let exchange = slot.as_ref()?;
    let reply = response(plain, &exchange.message, exchange.rq_seq)?;
    Some((slot.take()?, reply))
}

/// The reply in a LAN message, if it answers this request. The checksums are not looked at: the integrity code has said more,
/// and a Supermicro X9 gets them wrong.
fn response(plain: &[u8], request: &Message, rq_seq: u8) -> Option<Reply> {
    let response = LanResponse::decode(plain).ok()?;
    let ours = response.netfn == request.netfn_raw() | 0x01
        && response.command == request.cmd()
        && response.rq_seq == rq_seq;
    ours.then(|| Reply {
        completion: response.completion,
        data: response.data.to_vec(),
    })
}
