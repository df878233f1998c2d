//! What some BMCs do differently from the specification, by name.
//!
//! None is assumed. The session finds most of them where the BMC shows them, and its profile remembers them; each can also
//! be set for a node. `doc/bmc-quirks.md` is this list for admins.
//!
//! "FreeIPMI" is its `doc/freeipmi-bugs-issues-and-workarounds.txt`, or the manual page that is named.

use std::fmt;

/// A known fault of some BMCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quirk {
    /// The code of RAKP 2 is one byte too short, or too long. Supermicro H8QME with SIMSO (mended in newer firmware), Sun
    /// Fire 4100 with ILOM. FreeIPMI, "Authentication Issues"; its workarounds `supermicro20` and `sun20`.
    /// Test: `faults_in_the_key_derivation_are_found_and_remembered`.
    Rakp2Length,
    /// RAKP codes and keys are hashed with the privilege of Open Session in place of the role byte of RAKP 1. Supermicro
    /// X8DTH and X8DTG, Sun Fire X4150, Inventec 5441 (mended in newer firmware), Intel S5500WBV and S2600JF, Quanta S4R.
    /// FreeIPMI, "Authentication Issues"; its workaround `opensesspriv`, which MAAS always sets.
    /// Test: `faults_in_the_key_derivation_are_found_and_remembered`.
    OpenSessionPrivilegeKeys,
    /// RAKP codes and keys are hashed with the user name padded with zeros to 16 bytes. Intel SE7520AF2 with Server
    /// Management Module. FreeIPMI, "Authentication Issues"; part of its workaround `intel20`.
    /// Test: `faults_in_the_key_derivation_are_found_and_remembered`.
    PaddedUserName,
    /// The requested privilege has to be the user's limit, nothing lower (answered with D4h, 81h, 09h or 0Ah). Xyratex and
    /// others that are not named. FreeIPMI, "Authentication Issues".
    /// Test: `a_bmc_that_wants_the_users_exact_limit_gets_it`.
    ExactPrivilege,
    /// A disabled cipher suite is refused with 01h, "insufficient resources", which elsewhere means that no session is free.
    /// Intel M50CYP. FreeIPMI, "Authentication Issues".
    /// Test: `where_01h_means_a_disabled_suite_the_one_that_works_is_waited_for_alone`.
    SuiteRefusedAsFull,
    /// Get Channel Cipher Suites is not answered, or refused. BMCs of the first years of IPMI v2.0; ipmitool pull request
    /// 214, where the retries cost tens of seconds.
    /// Test: `a_bmc_that_ignores_a_question_is_asked_twice_once_in_its_life`.
    NoCipherSuiteList,
    /// RMCP presence pings are not answered. Intel M50FCP, OCP Windmill and Winterfell. FreeIPMI, `ipmipower(8)`, `ipmiping`.
    /// A session does not ping, so it costs nothing; who scans a network is told.
    /// Test: `a_bmc_without_pong_is_found_by_its_other_answers`.
    NoPresencePing,
    /// Close Session is not answered. Intel SR870BN4 (Tiger 4), after a reset. FreeIPMI, "Session Issues".
    /// Test: `an_unanswered_close_is_learned_sent_once_from_then_on_and_unlearned`.
    NoCloseReply,
    /// Chassis Control is answered with success long before the power changes, and reads show the old state meanwhile.
    /// Any make; FreeIPMI, `ipmipower(8)`, "on for several seconds"; Redfish implementations that cache for 30 s. The grace
    /// time of the power loop covers it on every BMC; where it is set, the grace time is twice as long. Not found by itself:
    /// every machine takes some time, and no reading says that it is too long.
    /// Test: `a_bmc_that_is_known_to_say_yes_early_has_twice_the_time`.
    EarlySuccess,
    /// The answer to Chassis Control is lost, because the port that BMC and machine share goes down with the machine's power
    /// (pyghmi's `session.py`; OpenBMC issue 2197, VESNIN with a Broadcom port). The control is never repeated, on no BMC;
    /// where it is known, the answer is waited for half as long before the state is read.
    /// Test: `a_control_whose_answer_gets_lost_is_waited_for_half_as_long_the_next_time`.
    ReplyLostWithNic,
}

impl Quirk {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Rakp2Length,
        Self::OpenSessionPrivilegeKeys,
        Self::PaddedUserName,
        Self::ExactPrivilege,
        Self::SuiteRefusedAsFull,
        Self::NoCipherSuiteList,
        Self::NoPresencePing,
        Self::NoCloseReply,
        Self::EarlySuccess,
        Self::ReplyLostWithNic,
    ];

    /// Its name, as settings and profiles have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rakp2Length => "rakp2_length",
            Self::OpenSessionPrivilegeKeys => "open_session_privilege_keys",
            Self::PaddedUserName => "padded_user_name",
            Self::ExactPrivilege => "exact_privilege",
            Self::SuiteRefusedAsFull => "suite_refused_as_full",
            Self::NoCipherSuiteList => "no_cipher_suite_list",
            Self::NoPresencePing => "no_presence_ping",
            Self::NoCloseReply => "no_close_reply",
            Self::EarlySuccess => "early_success",
            Self::ReplyLostWithNic => "reply_lost_with_nic",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quirk| quirk.as_str() == name)
    }

    fn bit(self) -> u16 {
        match self {
            Self::Rakp2Length => 0x0001,
            Self::OpenSessionPrivilegeKeys => 0x0002,
            Self::PaddedUserName => 0x0004,
            Self::ExactPrivilege => 0x0008,
            Self::SuiteRefusedAsFull => 0x0010,
            Self::NoCipherSuiteList => 0x0020,
            Self::NoPresencePing => 0x0040,
            Self::NoCloseReply => 0x0080,
            Self::EarlySuccess => 0x0100,
            Self::ReplyLostWithNic => 0x0200,
        }
    }
}

/// A set of quirks.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Quirks(u16);

impl Quirks {
    /// Whether it is in the set.
    pub fn has(self, quirk: Quirk) -> bool {
        self.0 & quirk.bit() != 0
    }

    /// Adds one.
    pub fn insert(&mut self, quirk: Quirk) {
        self.0 |= quirk.bit();
    }

    /// Takes one out: the BMC no longer shows it.
    pub fn remove(&mut self, quirk: Quirk) {
        self.0 &= !quirk.bit();
    }

    /// Puts one in or takes it out.
    pub fn set(&mut self, quirk: Quirk, present: bool) {
        if present {
            self.insert(quirk);
        } else {
            self.remove(quirk);
        }
    }

    /// Those that are in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in the other set.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those in the set.
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.into_iter().filter(move |quirk| self.has(*quirk))
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<I: IntoIterator<Item = Quirk>>(quirks: I) -> Self {
        let mut set = Self::default();
        quirks.into_iter().for_each(|quirk| set.insert(quirk));
        set
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_is_found_again_under_its_name() {
        for quirk in Quirk::ALL {
            assert_eq!(Quirk::parse(quirk.as_str()), Some(quirk));
            assert_eq!(
                Quirks::from_iter([quirk]).iter().collect::<Vec<_>>(),
                [quirk]
            );
        }
        assert_eq!(Quirk::parse("no_such_quirk"), None);
        assert_eq!(
            Quirks::from_iter(Quirk::ALL).iter().count(),
            Quirk::ALL.len()
        );
    }

    #[test]
    fn sets_are_joined_and_taken_apart() {
        let (one, other) = (Quirk::Rakp2Length, Quirk::ReplyLostWithNic);
        let both = Quirks::from_iter([one]).union(Quirks::from_iter([other]));
        assert!(both.has(one) && both.has(other));
        assert_eq!(
            both.without(Quirks::from_iter([other])),
            Quirks::from_iter([one])
        );
        let mut set = both;
        set.set(one, false);
        assert_eq!(set, Quirks::from_iter([other]));
    }
}
