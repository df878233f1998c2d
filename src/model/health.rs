//! How well a BMC can be spoken to.

use std::fmt;
use std::time::Duration;

use crate::time::Timestamp;

/// What to think of a BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HealthState {
    /// It was not asked yet with these settings.
    Unknown,
    /// It answers.
    Good,
    /// It answers, but late, not always, or that it is busy.
    Slow,
    /// It does not answer, or no session can be had.
    Unreachable,
    /// It refuses the login.
    BadCredentials,
    /// It refuses a login that worked before.
    LockedOut,
    /// Others hold all its sessions.
    SessionsFull,
}

impl HealthState {
    /// All of them, from the best to the worst that only a person can mend.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::Good,
        Self::Slow,
        Self::SessionsFull,
        Self::LockedOut,
        Self::Unreachable,
        Self::BadCredentials,
    ];

    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Good => "good",
            Self::Slow => "slow",
            Self::Unreachable => "unreachable",
            Self::BadCredentials => "bad credentials",
            Self::LockedOut => "locked out",
            Self::SessionsFull => "sessions full",
        }
    }

    /// Reads the spelling of the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether the BMC does what it is asked for.
    pub fn answers(self) -> bool {
        match self {
            Self::Good | Self::Slow => true,
            Self::Unknown
            | Self::Unreachable
            | Self::BadCredentials
            | Self::LockedOut
            | Self::SessionsFull => false,
        }
    }
}

impl fmt::Display for HealthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The health of a node's BMC as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// What to think of it.
    pub state: HealthState,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
    /// Since when it has been in this state; `None` where that was never noted.
    pub since: Option<Timestamp>,
}

impl Health {
    /// What is said of a BMC that was not asked yet.
    pub const UNASKED: &str = "the BMC was not asked yet with these settings";

    /// A BMC that was not asked yet.
    pub fn unasked(since: Timestamp) -> Self {
        Self {
            state: HealthState::Unknown,
            message: Self::UNASKED.to_owned(),
            since: Some(since),
        }
    }
}

/// Why an exchange with a BMC failed, as far as it says something about the BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// It did not answer.
    Silent,
    /// It answered that it cannot now.
    Busy,
    /// It refused user name, password or K_G.
    Credentials,
    /// It has no free session.
    SessionsFull,
    /// It refuses to be spoken to for another reason: no cipher suite in common, no privilege, or one of its own.
    Refused,
    /// No packet gets out to it, or its name does not resolve.
    Network,
    /// The local device.
    Device,
    /// Its answer makes no sense.
    Malformed,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Silent,
        Self::Busy,
        Self::Credentials,
        Self::SessionsFull,
        Self::Refused,
        Self::Network,
        Self::Device,
        Self::Malformed,
    ];

    /// The word in the API and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Busy => "busy",
            Self::Credentials => "credentials",
            Self::SessionsFull => "sessions_full",
            Self::Refused => "refused",
            Self::Network => "network",
            Self::Device => "device",
            Self::Malformed => "malformed",
        }
    }
}

/// A count for each kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FailureCounts([u64; FailureKind::ALL.len()]);

impl FailureCounts {
    /// One more.
    pub fn add(&mut self, kind: FailureKind) {
        for (count, of) in self.0.iter_mut().zip(FailureKind::ALL) {
            *count = count.saturating_add(u64::from(of == kind));
        }
    }

    /// Each kind with its count.
    pub fn iter(&self) -> impl Iterator<Item = (FailureKind, u64)> + '_ {
        FailureKind::ALL.into_iter().zip(self.0)
    }

    /// All together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// What was measured of a BMC since the daemon started or its settings changed. An exchange is one command, with the login
/// that it needed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Numbers {
    /// How long a command waits for its answer, from its first transmission on, smoothed; `None` before the first.
    pub round_trip: Option<Duration>,
    /// The share of packets without an answer among the last about sixteen exchanges in which the BMC was there, 0 to 1.
    pub loss: Option<f64>,
    /// The share of those exchanges that ended with "busy" and the like, 0 to 1.
    pub busy: Option<f64>,
    /// Exchanges that ended; those that were not begun, because the BMC is left alone, are not among them.
    pub exchanges: u64,
    /// Those in which the BMC was there.
    pub heard: u64,
    /// Those that failed.
    pub failures: FailureCounts,
    /// How many failed in a row until now; failures right after a chassis command are not counted.
    pub consecutive_failures: u32,
    /// Packets that wanted an answer.
    pub packets_sent: u64,
    /// Those that were answered.
    pub packets_answered: u64,
    /// Those that were sent again.
    pub retransmissions: u64,
    /// When the BMC last answered anything.
    pub last_contact: Option<Timestamp>,
    /// When it last did what it was asked for.
    pub last_success: Option<Timestamp>,
    /// When its power was last read.
    pub last_reading: Option<Timestamp>,
    /// The last failure, and when that was.
    pub last_failure: Option<(FailureKind, Timestamp)>,
    /// Until when no login is tried, after one was refused.
    pub next_login: Option<Timestamp>,
}
