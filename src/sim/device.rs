//! One BMC without a socket: a datagram comes in, answers come out. Time comes from outside, chance from a seed.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::model::power::PowerState;
use crate::sim::accounts::Accounts;
use crate::sim::chassis::{Chassis, Control};
use crate::sim::command;
use crate::sim::config::SimBmcConfig;
use crate::sim::counters::Counters;
use crate::sim::faults::{Faults, Flapping, Spell, use_up};
use crate::sim::lockout::Lockouts;
use crate::sim::network::Network;
use crate::sim::rng::Rng;
use crate::sim::session::Sessions;
use crate::sim::wire::message::Request;
use crate::sim::wire::rmcp::{
    self, Packet, PayloadType, RMCP_LENGTH, RmcppHeader, RmcppPacket, append_trailer_start,
};

/// A datagram to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    /// How long from now.
    pub(super) after: Duration,
    pub(super) bytes: Vec<u8>,
}

/// One BMC and its machine.
pub(super) struct Device {
    pub(super) config: SimBmcConfig,
    pub(super) guid: [u8; 16],
    pub(super) rng: Rng,
    pub(super) chassis: Chassis,
    pub(super) sessions: Sessions,
    pub(super) lockouts: Lockouts,
    pub(super) accounts: Accounts,
    pub(super) faults: Faults,
    pub(super) counters: Counters,
    network: Network,
    silent_until: Option<Instant>,
    /// When the faults were switched last.
    faults_since: Instant,
    /// A code for every command, and until when.
    spell: Option<(u8, Instant)>,
}

impl Device {
    pub(super) fn new(now: Instant, config: SimBmcConfig) -> Self {
        let mut rng = Rng::for_bmc(config.seed, &config.name);
        let faults = config.faults.clone();
        let mut device = Self {
            guid: random_guid(&mut rng),
            chassis: Chassis::new(config.power),
            config,
            rng,
            sessions: Sessions::default(),
            lockouts: Lockouts::default(),
            accounts: Accounts::default(),
            faults: Faults::default(),
            counters: Counters::default(),
            network: Network::default(),
            silent_until: None,
            faults_since: now,
            spell: None,
        };
        device.set_faults(now, faults);
        device
    }

    /// Takes a datagram and says what to send.
    pub(super) fn on_datagram(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        datagram: &[u8],
    ) -> Vec<Outgoing> {
        self.settle(now);
        self.counters.packets_in += 1;
        let mut out = Vec::new();
        if self.is_out_of_reach(now) {
            return out;
        }
        for _ in 0..Network::arrivals(&self.faults, &mut self.rng) {
            if let Some(answer) = self.answer(now, peer, datagram) {
                self.network
                    .send(&self.faults, &mut self.rng, answer, &mut out);
            }
        }
        self.counters.packets_out += u64::try_from(out.len()).unwrap_or(u64::MAX);
        out
    }

    fn is_out_of_reach(&self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.faults_since);
        let down = |flapping: Flapping| flapping.is_down(since);
        self.faults.dead || self.silent_until.is_some() || self.faults.flapping.is_some_and(down)
    }

    /// Brings power, boot flags, sessions and a restart under way up to `now`.
    pub(super) fn settle(&mut self, now: Instant) {
        self.chassis.settle(now);
        if let Some(back) = self.silent_until.take_if(|until| now >= *until) {
            self.begin_spell(back, self.faults.waking);
        }
        self.spell.take_if(|(_, until)| now >= *until);
        self.sessions.expire(
            now,
            self.config.idle_limit(self.sessions.len()),
            self.config.session_setup_limit,
            &mut self.counters,
        );
    }

    pub(super) fn set_faults(&mut self, now: Instant, mut faults: Faults) {
        let rebooting = std::mem::take(&mut faults.rebooting);
        if !rebooting.is_zero() {
            self.reboot(now, rebooting);
        }
        self.faults = faults;
        self.faults_since = now;
        self.spell = None;
    }

    /// From now on commands are answered with a code, if there is to be such a time.
    pub(super) fn begin_spell(&mut self, now: Instant, spell: Option<Spell>) {
        if let Some(spell) = spell {
            self.spell = Some((spell.code, now + spell.lasts));
        }
    }

    /// The code with which every command is answered now, if there is one.
    pub(super) fn spell(&self) -> Option<u8> {
        self.spell.map(|(code, _)| code)
    }

    /// The BMC (not the machine) restarts.
    pub(super) fn reboot(&mut self, now: Instant, lasts: Duration) {
        self.sessions.drop_all(&mut self.counters);
        self.silent_until = Some(now + lasts);
    }

    /// The same, once the answer that is being made is out.
    pub(super) fn reboot_after_answer(&mut self, now: Instant, lasts: Duration) {
        self.silent_until = Some(now + lasts);
    }

    /// The counters as of now.
    pub(super) fn counters(&mut self, now: Instant) -> Counters {
        self.settle(now);
        let mut counters = self.counters.clone();
        (counters.sessions_open, counters.sessions_half_open) = self.sessions.count();
        counters.sessions_leaked = counters.sessions_expired + counters.sessions_open;
        counters.power_transitions = self.chassis.transitions;
        counters.boots = self.chassis.boots;
        counters.last_boot = self.chassis.last_boot;
        counters
    }

    /// The power as of now.
    pub(super) fn power(&mut self, now: Instant) -> PowerState {
        self.settle(now);
        self.chassis.power()
    }

    fn answer(&mut self, now: Instant, peer: SocketAddr, datagram: &[u8]) -> Option<Outgoing> {
        let delay = self.config.delays.reply;
        let (extra, bytes) = match rmcp::decode(datagram)? {
            Packet::Ping { .. } if self.faults.no_presence_ping => return None,
            Packet::Ping { tag } => (Duration::ZERO, rmcp::pong(tag)),
            Packet::Sessionless { message } => {
                let answer = command::sessionless(self, now, message)?;
                (Duration::ZERO, rmcp::sessionless(&answer))
            }
            Packet::Rmcpp(packet) if packet.session_id == 0 => {
                self.outside_session(now, peer, &packet)?
            }
            Packet::Rmcpp(packet) => {
                let bytes = self.in_session(now, &packet)?;
                (self.service_time(), bytes)
            }
        };
        Some(Outgoing {
            after: delay + extra,
            bytes,
        })
    }

    fn outside_session(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        packet: &RmcppPacket<'_>,
    ) -> Option<(Duration, Vec<u8>)> {
        if packet.encrypted || packet.authenticated {
            return None;
        }
        let handshake = self.config.delays.handshake + self.service_time();
        let (delay, kind, payload) = match packet.payload_type {
            PayloadType::Ipmi => (
                Duration::ZERO,
                PayloadType::Ipmi,
                command::sessionless(self, now, packet.payload)?,
            ),
            PayloadType::OpenSessionRequest => (
                handshake,
                PayloadType::OpenSessionResponse,
                self.open_session(now, packet.payload)?,
            ),
            PayloadType::Rakp1 => (
                handshake,
                PayloadType::Rakp2,
                self.rakp1(now, packet.payload)?,
            ),
            PayloadType::Rakp3 => (
                handshake,
                PayloadType::Rakp4,
                self.rakp3(now, peer, packet.payload)?,
            ),
            PayloadType::OpenSessionResponse
            | PayloadType::Rakp2
            | PayloadType::Rakp4
            | PayloadType::Unknown(_) => return None,
        };
        let header = RmcppHeader::outside_session(kind);
        Some((delay, rmcp::rmcpp(header, &payload)))
    }

    fn in_session(&mut self, now: Instant, packet: &RmcppPacket<'_>) -> Option<Vec<u8>> {
        let bmc_id = packet.session_id;
        let active = self.sessions.active(bmc_id)?;
        let sealed = packet.encrypted && packet.authenticated;
        if !sealed
            || !active.keys.is_genuine(packet.session_bytes)
            || !active.received.would_accept(packet.sequence)
            || packet.payload_type != PayloadType::Ipmi
        {
            return None;
        }
        let message = active.keys.decrypt(packet.payload)?;
        let request = Request::decode(&message)?;
        let control = command::as_control(&request);
        let sets_password = command::sets_password(&request);
        if control.is_some() && use_up(&mut self.faults.drop_control_requests)
            || sets_password && use_up(&mut self.faults.drop_password_requests)
        {
            return None;
        }
        active.received.note(packet.sequence);
        if let Some(session) = self.sessions.find(bmc_id) {
            session.last_seen = now;
        }
        let answer = command::in_session(self, now, bmc_id, &request)?;
        let out = self.seal(bmc_id, &answer);
        self.sessions.sweep();
        if self.silent_until.is_some() {
            self.sessions.drop_all(&mut self.counters);
        }
        let survives = self.answer_survives(control, sets_password);
        survives.then_some(out).flatten()
    }

    fn service_time(&mut self) -> Duration {
        let latency = self.faults.service_time;
        latency.map_or(Duration::ZERO, |latency| latency.draw(&mut self.rng))
    }

    fn answer_survives(&mut self, control: Option<Control>, sets_password: bool) -> bool {
        let lost = control.is_some() && use_up(&mut self.faults.drop_control_replies)
            || sets_password && use_up(&mut self.faults.drop_password_replies);
        !lost
    }

    /// Encrypts, numbers and signs a message of an active session.
    pub(super) fn seal(&mut self, bmc_id: u32, message: &[u8]) -> Option<Vec<u8>> {
        let iv = self.rng.block();
        let spoilt = self.rng.chance(self.faults.bad_integrity);
        let session_id = self.sessions.find(bmc_id)?.console_id;
        let active = self.sessions.active(bmc_id)?;
        active.sent = active.sent.checked_add(1).unwrap_or(1);
        let header = RmcppHeader {
            payload_type: PayloadType::Ipmi,
            sealed: true,
            session_id,
            sequence: active.sent,
        };
        let mut out = rmcp::rmcpp(header, &active.keys.encrypt(iv, message));
        append_trailer_start(&mut out);
        let check = active.keys.sign(out.get(RMCP_LENGTH..)?);
        let at = out.len();
        out.extend(check.iter());
        if let (true, Some(first)) = (spoilt, out.get_mut(at)) {
            *first = !*first;
        }
        Some(out)
    }
}

/// A random (version 4) GUID in the byte order of IPMI v2.0 §20.8: last field first, each least significant byte first.
fn random_guid(rng: &mut Rng) -> [u8; 16] {
    let mut guid = rng.block();
    let [_, _, _, _, _, _, _, variant, _, version, ..] = &mut guid;
    *variant = 0x80 | (*variant & 0x3f);
    *version = 0x40 | (*version & 0x0f);
    guid
}
