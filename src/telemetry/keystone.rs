//! What is counted of questions to Keystone.

use crate::meter::{Counter, CounterOf, Histogram, Label};

/// The bounds of the times that Keystone takes, in seconds: from a cache of its own to the longest that the settings allow.
const TIMES: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
];

/// How a question about a token ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// It is good here.
    Good,
    /// It is good, and gives no rights here.
    NoRights,
    /// Keystone does not know it.
    Unknown,
    /// Keystone cannot be reached, or TLS with it fails.
    Unreachable,
    /// Keystone took too long.
    TimedOut,
    /// What Keystone answered cannot be used.
    Unusable,
    /// The daemon's own user is refused, or may not ask.
    OwnUser,
}

impl Label for Validation {
    const ALL: &'static [Self] = &[
        Self::Good,
        Self::NoRights,
        Self::Unknown,
        Self::Unreachable,
        Self::TimedOut,
        Self::Unusable,
        Self::OwnUser,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::NoRights => "no_rights",
            Self::Unknown => "unknown",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Unusable => "unusable",
            Self::OwnUser => "own_user",
        }
    }
}

/// The numbers of Keystone.
#[derive(Debug)]
pub struct Keystone {
    /// Questions about tokens.
    pub validations: CounterOf<Validation>,
    /// How long each took, with signing in as the daemon's own user where that was needed.
    pub times: Histogram,
    /// Tokens that nobody had to be asked about.
    pub remembered: Counter,
}

impl Default for Keystone {
    fn default() -> Self {
        Self {
            validations: CounterOf::default(),
            times: Histogram::new(TIMES),
            remembered: Counter::default(),
        }
    }
}
