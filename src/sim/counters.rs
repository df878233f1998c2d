//! What happened at a BMC, for tests that assert "exactly one".

use std::collections::BTreeMap;

use serde::Serialize;

use crate::sim::boot::Boot;
use crate::sim::chassis::Control;

/// What one BMC has seen and done since it started. A snapshot: take it again to see more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Datagrams that came, whatever became of them, also while the BMC is dead.
    pub packets_in: u64,
    /// Datagrams that were sent.
    pub packets_out: u64,
    /// Open Session requests that came through.
    pub open_session_requests: u64,
    /// RAKP Message 1 that came through: each is a login that was begun.
    pub rakp1_requests: u64,
    /// Sessions that became active.
    pub sessions_opened: u64,
    /// Active sessions that Close Session ended.
    pub sessions_closed: u64,
    /// Active sessions that the idle limit ended: what a client leaked.
    pub sessions_expired: u64,
    /// Active sessions that a restart of the BMC ended.
    pub sessions_dropped: u64,
    /// Active sessions now.
    pub sessions_open: u64,
    /// Expired and still open: what its clients would have left behind if they ended now.
    pub sessions_leaked: u64,
    /// Sessions in their handshake now.
    pub sessions_half_open: u64,
    /// Open Session requests refused with 01h because all sessions were taken, or because a fault said so.
    pub sessions_refused: u64,
    /// Logins that failed for the name, the password, the role or a locked account, on either side's word.
    pub logins_refused: u64,
    /// Logins that failed because the account was locked; also in `logins_refused`.
    pub logins_locked_out: u64,
    /// Commands that were carried out or refused, by name; what has no name here is `unknown`.
    pub commands: BTreeMap<&'static str, u64>,
    /// Commands that were answered D4h, insufficient privilege.
    pub privilege_refusals: u64,
    /// Chassis controls that were received, by kind.
    pub controls_received: ControlCounts,
    /// Of those, the ones that did something: started a transition, reset a machine that was on, or changed a plan.
    pub controls_acted: ControlCounts,
    /// Passwords that were stored.
    pub passwords_set: u64,
    /// Changes of the power, whoever made them.
    pub power_transitions: u64,
    /// How often the machine started: power on, and reset.
    pub boots: u64,
    /// From what it started last.
    pub last_boot: Option<Boot>,
}

impl Counters {
    /// Commands of this name so far.
    pub fn command(&self, name: &str) -> u64 {
        self.commands.get(name).copied().unwrap_or(0)
    }

    /// Adds another BMC's. Of `last_boot`, which is no number, there is none in a sum.
    pub fn add(&mut self, other: &Self) {
        let Self {
            packets_in,
            packets_out,
            open_session_requests,
            rakp1_requests,
            sessions_opened,
            sessions_closed,
            sessions_expired,
            sessions_dropped,
            sessions_open,
            sessions_leaked,
            sessions_half_open,
            sessions_refused,
            logins_refused,
            logins_locked_out,
            commands,
            privilege_refusals,
            controls_received,
            controls_acted,
            passwords_set,
            power_transitions,
            boots,
            last_boot: _,
        } = other;
        self.packets_in += packets_in;
        self.packets_out += packets_out;
        self.open_session_requests += open_session_requests;
        self.rakp1_requests += rakp1_requests;
        self.sessions_opened += sessions_opened;
        self.sessions_closed += sessions_closed;
        self.sessions_expired += sessions_expired;
        self.sessions_dropped += sessions_dropped;
        self.sessions_open += sessions_open;
        self.sessions_leaked += sessions_leaked;
        self.sessions_half_open += sessions_half_open;
        self.sessions_refused += sessions_refused;
        self.logins_refused += logins_refused;
        self.logins_locked_out += logins_locked_out;
        for (name, count) in commands {
            *self.commands.entry(name).or_default() += count;
        }
        self.privilege_refusals += privilege_refusals;
        self.controls_received.add(*controls_received);
        self.controls_acted.add(*controls_acted);
        self.passwords_set += passwords_set;
        self.power_transitions += power_transitions;
        self.boots += boots;
        self.last_boot = None;
    }
}

/// Chassis controls by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ControlCounts {
    /// Power down.
    pub down: u64,
    /// Power up.
    pub up: u64,
    /// Power cycle.
    pub cycle: u64,
    /// Hard reset.
    pub reset: u64,
    /// Pulse of a diagnostic interrupt.
    pub diag: u64,
    /// Soft shutdown through ACPI.
    pub soft: u64,
}

impl ControlCounts {
    /// All kinds together.
    pub fn total(&self) -> u64 {
        self.down + self.up + self.cycle + self.reset + self.diag + self.soft
    }

    fn add(&mut self, other: Self) {
        self.down += other.down;
        self.up += other.up;
        self.cycle += other.cycle;
        self.reset += other.reset;
        self.diag += other.diag;
        self.soft += other.soft;
    }

    pub(super) fn count(&mut self, control: Control) {
        let counter = match control {
            Control::Down => &mut self.down,
            Control::Up => &mut self.up,
            Control::Cycle => &mut self.cycle,
            Control::Reset => &mut self.reset,
            Control::Diag => &mut self.diag,
            Control::Soft => &mut self.soft,
        };
        *counter += 1;
    }
}
