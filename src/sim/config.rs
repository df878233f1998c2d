//! What one simulated BMC is like.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::model::power::PowerState;
use crate::sim::crypto::Suite;
use crate::sim::faults::Faults;

/// The user name of a simulated BMC that was told no other.
pub const DEFAULT_USERNAME: &str = "admin";
/// The password of a simulated BMC that was told no other.
pub const DEFAULT_PASSWORD: &str = "admin";

/// The settings of one simulated BMC. Start from [`SimBmcConfig::new`] and change what matters.
#[derive(Debug, Clone)]
pub struct SimBmcConfig {
    /// How the rack finds it: unique in a rack.
    pub name: String,
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Who may log in. User IDs are 2, 3, … in this order, as 1 is the null user on real BMCs.
    pub users: Vec<SimUser>,
    /// The BMC key K_G, at most 20 bytes; without one the user's password takes its place.
    pub kg: Option<Vec<u8>>,
    /// The cipher suites that it offers and accepts, best last as real lists have it.
    pub suites: Vec<Suite>,
    /// Sessions at a time, half-open ones included.
    pub session_cap: usize,
    /// Where more sessions than these are open, the idle limit shrinks with the third power of how many there are too many.
    /// OpenBMC does so: 60 s up to 15 sessions are 7.5 s at 16 and 0.28 s at 20.
    pub session_soft_cap: Option<usize>,
    /// A session that is silent for so long is gone.
    pub session_idle_limit: Duration,
    /// A session that is not active so long after its last handshake message is gone.
    pub session_setup_limit: Duration,
    /// The power at the start.
    pub power: PowerState,
    /// How long things take.
    pub delays: Delays,
    /// Where its chance comes from, together with its name.
    pub seed: u64,
    /// What is wrong with it at the start.
    pub faults: Faults,
}

impl SimBmcConfig {
    /// A healthy BMC on a free port of 127.0.0.1: user `admin`, password `admin`, suites 3 and 17, four sessions, off.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            users: vec![SimUser::administrator(DEFAULT_USERNAME, DEFAULT_PASSWORD)],
            kg: None,
            suites: vec![Suite::Sha1, Suite::Sha256],
            session_cap: 4,
            session_soft_cap: None,
            session_idle_limit: Duration::from_secs(60),
            session_setup_limit: Duration::from_secs(3),
            power: PowerState::Off,
            delays: Delays::default(),
            seed: 0,
            faults: Faults::default(),
        }
    }

    /// How long a session may be silent while so many are open.
    pub(super) fn idle_limit(&self, sessions: usize) -> Duration {
        let over = match self.session_soft_cap {
            Some(cap) => sessions.saturating_sub(cap),
            None => 0,
        };
        let divisor = u32::try_from(over.saturating_add(1)).unwrap_or(u32::MAX);
        self.session_idle_limit / divisor.saturating_pow(3)
    }

    /// Why this cannot be a BMC, if it cannot.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if self.users.iter().any(|user| user.name.len() > 16) {
            return Some("a user name has at most 16 bytes");
        }
        if self.users.iter().any(|user| user.password.len() > 20) {
            return Some("a password has at most 20 bytes");
        }
        if self.kg.as_ref().is_some_and(|kg| kg.len() > 20) {
            return Some("K_G has at most 20 bytes");
        }
        self.suites
            .is_empty()
            .then_some("a BMC offers at least one cipher suite")
    }
}

/// A user of a BMC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimUser {
    /// At most 16 bytes; empty is the null user.
    pub name: String,
    /// At most 20 bytes.
    pub password: String,
    /// The highest privilege that a session of this user gets.
    pub limit: Privilege,
}

impl SimUser {
    /// A user who may do everything.
    pub fn administrator(name: impl Into<String>, password: impl Into<String>) -> Self {
        Self::limited(name, password, Privilege::Administrator)
    }

    /// A user who may do less.
    pub fn limited(name: impl Into<String>, password: impl Into<String>, limit: Privilege) -> Self {
        Self {
            name: name.into(),
            password: password.into(),
            limit,
        }
    }
}

/// Privilege levels (IPMI v2.0 §6.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privilege {
    /// Little more than closing the session.
    Callback = 1,
    /// Read-only commands.
    User = 2,
    /// Also chassis control and boot options.
    Operator = 3,
    /// Everything.
    Administrator = 4,
}

impl Privilege {
    /// The number on the wire.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Callback => 1,
            Self::User => 2,
            Self::Operator => 3,
            Self::Administrator => 4,
        }
    }

    /// Reads the number on the wire. OEM (5) and what is reserved are `None`.
    pub(super) fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Callback),
            2 => Some(Self::User),
            3 => Some(Self::Operator),
            4 => Some(Self::Administrator),
            _ => None,
        }
    }
}

/// How long a simulated machine and its BMC take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// From "power up" until the power is on.
    pub power_on: Duration,
    /// From "power down" until the power is off.
    pub power_off: Duration,
    /// From "soft shutdown" until the power is off; `None` is an operating system that does not listen.
    pub soft_off: Option<Duration>,
    /// How long the power is off at least, before it can be on again.
    pub least_off: Duration,
    /// From a request to its answer.
    pub reply: Duration,
    /// From a handshake message (Open Session, RAKP) to its answer, on top of `reply`.
    pub handshake: Duration,
    /// How long the BMC is silent after a cold reset.
    pub bmc_reset: Duration,
}

impl Default for Delays {
    /// A machine that switches in tenths of seconds and answers at once: real enough to be seen, quick enough for tests.
    fn default() -> Self {
        Self {
            power_on: Duration::from_millis(100),
            power_off: Duration::from_millis(100),
            soft_off: Some(Duration::from_millis(300)),
            least_off: Duration::ZERO,
            reply: Duration::ZERO,
            handshake: Duration::ZERO,
            bmc_reset: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that phosphor-net-ipmid has.
    #[test]
    fn idle_limit_shrinks_as_openbmc_has_it() {
        let config = SimBmcConfig {
            session_soft_cap: Some(15),
            ..SimBmcConfig::new("node-1")
        };
        for (sessions, millis) in [(1, 60_000), (15, 60_000), (16, 7_500), (20, 277), (24, 60)] {
            assert_eq!(config.idle_limit(sessions).as_millis(), millis);
        }
        assert_eq!(SimBmcConfig::new("node-2").idle_limit(200).as_secs(), 60);
    }
}
