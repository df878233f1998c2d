//! What can be wrong with a BMC, as data that is switched while it runs.
//!
//! Probabilities are from 0 to 1 and are drawn from the BMC's own seeded generator, for each datagram in each direction where
//! it applies to both. Counts are used up: `busy: 3` is three commands, and reads as `busy: 2` after the first.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sim::latency::Latency;

/// The faults of one BMC. The default is a healthy one. In JSON, durations are whole milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// No answer to anything.
    pub dead: bool,
    /// Probability that a datagram is lost, in either direction.
    pub loss: f64,
    /// Probability that a datagram arrives twice, in either direction.
    pub duplicate: f64,
    /// Probability that an answer is held back for 5 to 50 ms, so that later ones overtake it.
    pub reorder: f64,
    /// Probability that an answer is cut short.
    pub truncate: f64,
    /// Probability that random bytes come in place of an answer.
    pub garbage: f64,
    /// Probability that the answer before comes again, ahead of the real one.
    pub stale: f64,
    /// Probability that an answer in a session has a wrong integrity check value.
    pub bad_integrity: f64,
    /// Every answer comes this much later.
    #[serde(rename = "extra_delay_ms", with = "millis")]
    pub extra_delay: Duration,
    /// The network: every answer comes so much later.
    pub latency: Option<Latency>,
    /// The BMC itself: answers of the handshake and in a session come so much later, on top of `latency`.
    pub service_time: Option<Latency>,
    /// Answers and does not answer by turns, beginning now with the former. Sessions live on meanwhile.
    pub flapping: Option<Flapping>,
    /// A presence ping is not answered.
    pub no_presence_ping: bool,

    /// The next so many commands inside a session are answered C0h, node busy.
    pub busy: u32,
    /// The next so many commands inside a session are answered with another code, such as D2h while a BMC starts.
    pub refuse: Option<Refuse>,
    /// The next so many Open Session requests are answered 01h, insufficient resources.
    pub no_resources: u32,
    /// Close Session is neither answered nor done.
    pub ignore_close_session: bool,
    /// Get Channel Cipher Suites is not answered.
    pub ignore_cipher_suites: bool,
    /// RAKP 1 or RAKP 3 received twice ends the handshake in silence.
    pub dislikes_repeated_rakp: bool,
    /// Bad passwords lock the account.
    pub lockout: Option<Lockout>,
    /// An unknown or disabled cipher suite is answered 01h, as if there were no resources.
    pub suite_refused_as_no_resources: bool,
    /// Set Session Privilege Level is not needed: a session starts at its limit.
    pub starts_at_full_privilege: bool,
    /// Codes and keys are hashed with the privilege that Open Session asked for in place of the role byte of RAKP 1.
    pub open_session_privilege_keys: bool,
    /// The same, but the lookup bit of RAKP 1 stays: what FreeIPMI's `opensesspriv` is for. A console that asks for the same
    /// privilege in both messages does not notice.
    pub open_session_privilege_and_lookup_keys: bool,
    /// Codes and keys are hashed with the user name padded with zeros to 16 bytes, its length as RAKP 1 had it.
    pub padded_user_name: bool,
    /// The code of RAKP 2 has one byte too few or too many.
    pub rakp2_length: Option<Rakp2Length>,
    /// A session that did not ask for just the user's limit is answered D4h.
    pub exact_privilege: bool,

    /// Chassis control is answered with success and nothing happens.
    pub lying_success: bool,
    /// The next so many chassis controls are done, and their answers lost.
    pub drop_control_replies: u32,
    /// The next so many chassis controls never arrive.
    pub drop_control_requests: u32,
    /// Get Chassis Status shows the state of this long ago.
    #[serde(rename = "status_lag_ms", with = "millis")]
    pub status_lag: Duration,
    /// Set User Password is answered with success and nothing is stored.
    pub keeps_old_password: bool,
    /// The next so many new passwords are stored, and their answers lost.
    pub drop_password_replies: u32,
    /// The next so many new passwords never arrive.
    pub drop_password_requests: u32,
    /// Set User Password is answered with this completion code.
    pub refuse_password: Option<u8>,
    /// Set Boot Options is answered with success and nothing is stored.
    pub forgets_boot_options: bool,
    /// After a chassis control that did something, commands are answered with a code for a while.
    pub after_control: Option<Spell>,
    /// After a restart of the BMC, commands are answered with a code for a while.
    pub waking: Option<Spell>,

    /// From now on, the BMC restarts for so long: silent, and its sessions are gone. Reads as zero afterwards.
    #[serde(rename = "rebooting_ms", with = "millis")]
    pub rebooting: Duration,
}

/// Commands that are refused, whatever they are; Close Session is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// The completion code, such as C3h, C4h, CEh, D2h or FFh.
    pub code: u8,
    /// How many commands are left to refuse.
    pub next: u32,
}

/// A time in which every command in a session but Close Session is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spell {
    /// The completion code, such as C0h, D2h or FFh.
    pub code: u8,
    /// For how long.
    #[serde(rename = "for_ms", with = "millis")]
    pub lasts: Duration,
}

/// How long a BMC that comes and goes is there, and how long it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flapping {
    /// It answers for so long,
    #[serde(rename = "up_ms", with = "millis")]
    pub up: Duration,
    /// and then does not for so long.
    #[serde(rename = "down_ms", with = "millis")]
    pub down: Duration,
}

impl Flapping {
    /// Whether it does not answer so long after it began.
    pub(super) fn is_down(self, since: Duration) -> bool {
        let (up, whole) = (self.up.as_millis(), (self.up + self.down).as_millis());
        let at = since.as_millis().checked_rem(whole);
        at.is_some_and(|at| at >= up)
    }
}

/// What is wrong with the length of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rakp2Length {
    /// The last byte is missing.
    Short,
    /// A byte follows that does not belong to it.
    Long,
}

/// An account that bad passwords lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockout {
    /// Bad passwords in a row until the account is locked.
    pub after: u32,
    /// For how long.
    #[serde(rename = "for_ms", with = "millis")]
    pub lasts: Duration,
}

/// Uses up one of a counted fault; says whether there was one left.
pub(super) fn use_up(count: &mut u32) -> bool {
    match count.checked_sub(1) {
        Some(left) => {
            *count = left;
            true
        }
        None => false,
    }
}

/// Durations as whole milliseconds.
mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_named_in_json_one_by_one() {
        let text = r#"{"loss": 0.05, "busy": 2, "lockout": {"after": 3, "for_ms": 60000}}"#;
        let faults: Faults = serde_json::from_str(text).unwrap();
        assert_eq!(faults.busy, 2);
        assert_eq!(
            faults.lockout.map(|lockout| lockout.lasts),
            Some(Duration::from_secs(60))
        );
        assert!(!faults.dead);
        assert!(serde_json::from_str::<Faults>(r#"{"lose": 1}"#).is_err());
    }

    #[test]
    fn counted_fault_ends_when_it_is_used_up() {
        let mut count = 2;
        assert_eq!([(); 3].map(|()| use_up(&mut count)), [true, true, false]);
    }
}
