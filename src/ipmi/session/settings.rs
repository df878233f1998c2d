//! What a session needs to know before it begins.

use std::time::Duration;

use crate::ipmi::crypto::keys::{Key, TooLong, Username};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::quirk::Quirks;

use super::suites::SuiteSet;

/// Where unpredictable bytes come from. Session ids, random numbers and initialization vectors depend on it.
pub trait Entropy {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Account and limits of a session.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(super) username: Username,
    pub(super) password: Key,
    pub(super) kg: Option<Key>,
    pub(super) limit: Privilege,
    pub(super) suite: Option<Suite>,
    pub(super) quirks: Quirks,
    pub(super) first_contact: bool,
    pub(super) timing: Timing,
}

/// Settings that no BMC could have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// At most 16 bytes.
    #[error("user name")]
    Username(#[source] TooLong),
    /// At most 20 bytes.
    #[error("password")]
    Password(#[source] TooLong),
    /// At most 20 bytes.
    #[error("K_G")]
    Kg(#[source] TooLong),
}

impl Settings {
    /// An account. `kg` is the BMC's key, where it has one.
    pub fn new(
        username: &[u8],
        password: &[u8],
        kg: Option<&[u8]>,
        limit: Privilege,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            username: Username::new(username).map_err(SettingsError::Username)?,
            password: Key::new(password).map_err(SettingsError::Password)?,
            // An all-zero K_G means that there is none (IPMI v2.0 §13.33).
            kg: kg
                .filter(|kg| kg.iter().any(|byte| *byte != 0))
                .map(Key::new)
                .transpose()
                .map_err(SettingsError::Kg)?,
            limit,
            suite: None,
            quirks: Quirks::default(),
            first_contact: true,
            timing: Timing::default(),
        })
    }

    /// Whether the BMC would be spoken to in the same way: the same name, secrets, limit, suite and quirks.
    pub fn same_account(&self, other: &Self) -> bool {
        let kg = match (&self.kg, &other.kg) {
            (Some(ours), Some(theirs)) => ours.same(theirs),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        kg && self.password.same(&other.password)
            && self.username == other.username
            && self.limit == other.limit
            && self.suite == other.suite
            && self.quirks == other.quirks
    }

    /// Whether a session may take this privilege.
    pub fn allows(&self, privilege: Privilege) -> bool {
        privilege <= self.limit
    }

    /// Only this cipher suite, no other.
    #[must_use]
    pub fn with_suite(mut self, suite: Option<Suite>) -> Self {
        self.suite = suite;
        self
    }

    /// What is known of the BMC beforehand, beside what it shows.
    #[must_use]
    pub fn with_quirks(mut self, quirks: Quirks) -> Self {
        self.quirks = quirks;
        self
    }

    /// Begins with the login, also at a BMC of which nothing is known: for tests and benchmarks that count packets.
    #[must_use]
    pub fn without_first_contact(mut self) -> Self {
        self.first_contact = false;
        self
    }

    /// Other waiting times.
    #[must_use]
    pub fn with_timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Timeout of the questions before the first login: some BMCs do not answer them, and are to cost little.
    pub contact: Duration,
    /// First timeout of Open Session and of commands to a BMC of which nothing is known.
    pub first: Duration,
    /// First timeout of RAKP messages to a BMC of which nothing is known: computing a RAKP code takes OpenBMC on an AST2500
    /// 0.2–0.6 s, and more than a second under load.
    pub first_rakp: Duration,
    /// Least timeout of Open Session and of commands, however fast the BMC was before.
    pub least: Duration,
    /// Least timeout of RAKP messages.
    pub least_rakp: Duration,
    /// Longest timeout between two transmissions.
    pub longest: Duration,
    /// How long the one transmission of a command that must not be repeated is waited for: some BMCs take five seconds.
    pub disruptive: Duration,
    /// A BMC that says nothing for this long is given up.
    pub silence: Duration,
    /// A request takes at most this long.
    pub total: Duration,
    /// First wait when the BMC has no free session; it doubles.
    pub full: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            contact: Duration::from_millis(750),
            first: Duration::from_secs(1),
            first_rakp: Duration::from_secs(2),
            least: Duration::from_millis(300),
            least_rakp: Duration::from_secs(1),
            longest: Duration::from_secs(4),
            disruptive: Duration::from_secs(6),
            silence: Duration::from_secs(8),
            total: Duration::from_secs(25),
            full: Duration::from_secs(1),
        }
    }
}

/// What was learned about a BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Profile {
    /// The cipher suite of the last session that worked.
    pub suite: Option<Suite>,
    /// What the BMC does differently, as far as it showed it.
    pub quirks: Quirks,
    /// Which of our cipher suites it listed when it was asked before its first login: empty where it gave no list, `None`
    /// while it was never asked.
    pub offered: Option<SuiteSet>,
    /// Sessions in a row whose close was not answered.
    pub unanswered_closes: u8,
    /// The highest privilege that the BMC lets the account ask for, where it refused a higher one.
    pub highest: Option<Privilege>,
}
