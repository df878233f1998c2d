//! What to think of a BMC, from how the last exchange ended and what was measured before.

use std::time::Duration;

use crate::model::health::{FailureKind, HealthState, Numbers};
use crate::time::Timestamp;

/// As many exchanges have to be measured before a BMC is called slow, or no longer is.
const ENOUGH: u64 = 5;
/// A command that waits so long for its answer is slow: healthy BMCs have been seen to need 0.6 s at times, and users notice
/// a second.
const SLOW: Duration = Duration::from_secs(1);
/// Below this it no longer is.
const QUICK: Duration = Duration::from_millis(500);
/// The share of packets lost from which a network is bad: one in five makes logins of five round trips fail now and then.
const LOSSY: f64 = 0.20;
/// Below this it no longer is.
const SOUND: f64 = 0.10;
/// The share of commands answered with "busy" from which a BMC is overloaded.
const BUSY: f64 = 0.20;
/// Below this it no longer is.
const FREE: f64 = 0.10;

/// What is known of a BMC after an exchange.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// What was thought of it until now.
    pub was: HealthState,
    /// What was measured, this exchange included.
    pub numbers: &'a Numbers,
    /// Why the last exchange failed, if it did.
    pub failure: Option<Failure<'a>>,
    /// So many failures in a row make it unreachable; at least 1.
    pub unreachable_after: u32,
    /// Whether a login has worked with these settings, be it before the last start.
    pub worked_before: bool,
    /// When the BMC last did what it was asked for, as far as that is known.
    pub last_success: Option<Timestamp>,
}

/// Why an exchange failed.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// Whether somebody has to change something before it can work.
    pub is_permanent: bool,
    /// What is wrong and what to do, in a sentence.
    pub sentence: &'a str,
}

/// What to think of a BMC, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What to think of it.
    pub state: HealthState,
    /// What is wrong and what to do, in a sentence. Nothing in it changes while the BMC goes on like this, but for the
    /// numbers of a slow one.
    pub message: String,
}

/// What to think of a BMC; `None` while one failure says too little.
pub fn judge(seen: Seen<'_>) -> Option<Verdict> {
    let Some(failure) = seen.failure else {
        return Some(of_one_that_answers(seen));
    };
    let often = seen.numbers.consecutive_failures >= seen.unreachable_after;
    let sentence = failure.sentence;
    let last = worked_until(seen.last_success);
    let (state, message) = match failure.kind {
        FailureKind::Credentials if seen.worked_before => (
            HealthState::LockedOut,
            format!(
                "{sentence}; {last}, so it may have locked the account, or the account was changed in it: look there \
                 before changing anything here"
            ),
        ),
        FailureKind::Credentials => (HealthState::BadCredentials, sentence.to_owned()),
        FailureKind::SessionsFull => (HealthState::SessionsFull, format!("{sentence}; {last}")),
        FailureKind::Busy if often => (HealthState::Slow, format!("{sentence}; {last}")),
        FailureKind::Silent
        | FailureKind::Refused
        | FailureKind::Network
        | FailureKind::Device
        | FailureKind::Malformed
            if often || failure.is_permanent =>
        {
            (HealthState::Unreachable, format!("{sentence}; {last}"))
        }
        FailureKind::Busy
        | FailureKind::Silent
        | FailureKind::Refused
        | FailureKind::Network
        | FailureKind::Device
        | FailureKind::Malformed => return None,
    };
    Some(Verdict { state, message })
}

/// Only what stays as it is while the BMC fails: so the message does, too.
fn worked_until(last_success: Option<Timestamp>) -> String {
    match last_success {
        Some(at) => format!("the same settings worked until {}", to_the_second(at)),
        None => "it has not worked since ostlerd started or the settings were changed".to_owned(),
    }
}

/// `1970-01-01 00:00:00 UTC`.
fn to_the_second(at: Timestamp) -> String {
    let text = at.to_string().replacen('T', " ", 1);
    let (second, _) = text.split_once('.').unwrap_or((&text, ""));
    format!("{second} UTC")
}

fn of_one_that_answers(seen: Seen<'_>) -> Verdict {
    let numbers = seen.numbers;
    let was_slow = seen.was == HealthState::Slow;
    let over = |value: Option<f64>, enter: f64, leave: f64| {
        value.filter(|value| *value >= if was_slow { leave } else { enter })
    };
    let limit = if was_slow { QUICK } else { SLOW };
    let mut reasons = Vec::new();
    if let Some(took) = numbers.round_trip.filter(|took| *took >= limit) {
        reasons.push(format!(
            "a command waits {:.1} s for its answer (the BMC may be overloaded: see who else asks it, and for firmware \
             updates)",
            took.as_secs_f64()
        ));
    }
    if let Some(loss) = over(numbers.loss, LOSSY, SOUND) {
        reasons.push(format!(
            "{:.0} % of the packets are lost (check cable, switch port and route of the BMC)",
            loss * 100.0
        ));
    }
    if let Some(busy) = over(numbers.busy, BUSY, FREE) {
        reasons.push(format!(
            "{:.0} % of the commands are answered with busy (see who else uses the BMC; reset it if it stays so)",
            busy * 100.0
        ));
    }
    // After a start too little is known to call a slow one good, and at no time one good exchange too few to call it slow.
    let measured = numbers.heard >= ENOUGH;
    if (measured && !reasons.is_empty()) || (!measured && was_slow) {
        return Verdict {
            state: HealthState::Slow,
            message: format!("the BMC answers, but slowly: {}", reasons.join("; ")),
        };
    }
    Verdict {
        state: HealthState::Good,
        message: "the BMC answers".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTENCE: &str = "the BMC at 10.0.0.7:623 has a problem: solve it";

    fn measured(round_trip_ms: u64, loss: f64, busy: f64) -> Numbers {
        Numbers {
            round_trip: Some(Duration::from_millis(round_trip_ms)),
            loss: Some(loss),
            busy: Some(busy),
            exchanges: ENOUGH,
            heard: ENOUGH,
            ..Numbers::default()
        }
    }

    fn failed(was: HealthState, kind: FailureKind, permanent: bool, times: u32) -> Option<Verdict> {
        let numbers = Numbers {
            consecutive_failures: times,
            ..measured(10, 0.0, 0.0)
        };
        judge(Seen {
            was,
            numbers: &numbers,
            failure: Some(Failure {
                kind,
                is_permanent: permanent,
                sentence: SENTENCE,
            }),
            unreachable_after: 3,
            worked_before: false,
            last_success: Some(Timestamp::from_micros(0)),
        })
    }

    fn answered(was: HealthState, numbers: &Numbers) -> Verdict {
        let seen = Seen {
            was,
            numbers,
            failure: None,
            unreachable_after: 3,
            worked_before: true,
            last_success: None,
        };
        judge(seen).unwrap()
    }

    #[test]
    fn a_failure_that_may_pass_counts_from_the_third_on_and_one_that_does_not_at_once() {
        use FailureKind::{
            Busy, Credentials, Device, Malformed, Network, Refused, SessionsFull, Silent,
        };
        let at_the_third = [
            (Silent, HealthState::Unreachable),
            (Network, HealthState::Unreachable),
            (Device, HealthState::Unreachable),
            (Malformed, HealthState::Unreachable),
            (Refused, HealthState::Unreachable),
            (Busy, HealthState::Slow),
        ];
        for (kind, state) in at_the_third {
            for was in HealthState::ALL {
                assert_eq!(failed(was, kind, false, 2), None, "{kind:?}");
                let verdict = failed(was, kind, false, 3).unwrap();
                assert_eq!(verdict.state, state, "{kind:?}");
                assert!(verdict.message.starts_with(SENTENCE), "{verdict:?}");
                assert!(
                    verdict.message.contains("1970-01-01 00:00:00 UTC"),
                    "{verdict:?}"
                );
            }
        }
        let at_once = [
            (Refused, HealthState::Unreachable),
            (Device, HealthState::Unreachable),
            (Credentials, HealthState::BadCredentials),
        ];
        for (kind, state) in at_once {
            let verdict = failed(HealthState::Good, kind, true, 1).unwrap();
            assert_eq!(verdict.state, state, "{kind:?}");
        }
        let full = failed(HealthState::Good, SessionsFull, false, 1).unwrap();
        assert_eq!(full.state, HealthState::SessionsFull);
    }

    #[test]
    fn a_refused_login_is_a_lock_out_where_the_same_settings_worked() {
        let numbers = measured(10, 0.0, 0.0);
        let seen = |worked_before| Seen {
            was: HealthState::Good,
            numbers: &numbers,
            failure: Some(Failure {
                kind: FailureKind::Credentials,
                is_permanent: true,
                sentence: SENTENCE,
            }),
            unreachable_after: 3,
            worked_before,
            last_success: Some(Timestamp::from_micros(0)),
        };
        let locked = judge(seen(true)).unwrap();
        assert_eq!(locked.state, HealthState::LockedOut);
        assert!(locked.message.contains("worked until 1970"), "{locked:?}");
        assert!(locked.message.contains("locked the account"), "{locked:?}");
        let bad = judge(seen(false)).unwrap();
        assert_eq!(
            (bad.state, bad.message.as_str()),
            (HealthState::BadCredentials, SENTENCE)
        );
    }

    #[test]
    fn a_bmc_is_slow_above_one_threshold_and_good_again_only_below_a_lower_one() {
        use HealthState::{Good, Slow};
        let table = [
            (Good, measured(10, 0.0, 0.0), Good),
            (Good, measured(999, 0.19, 0.19), Good),
            (Good, measured(1_000, 0.0, 0.0), Slow),
            (Good, measured(10, 0.20, 0.0), Slow),
            (Good, measured(10, 0.0, 0.20), Slow),
            (Slow, measured(500, 0.0, 0.0), Slow),
            (Slow, measured(10, 0.10, 0.0), Slow),
            (Slow, measured(10, 0.0, 0.10), Slow),
            (Slow, measured(499, 0.09, 0.09), Good),
            (HealthState::Unreachable, measured(999, 0.19, 0.19), Good),
            (HealthState::Unknown, measured(1_000, 0.0, 0.0), Slow),
        ];
        for (was, numbers, expected) in table {
            assert_eq!(answered(was, &numbers).state, expected, "{was} {numbers:?}");
        }
    }

    #[test]
    fn a_slow_bmc_is_told_with_everything_that_is_slow_and_what_to_do_about_it() {
        let all = answered(HealthState::Good, &measured(1_440, 0.31, 0.5)).message;
        for words in [
            "1.4 s",
            "31 % of the packets",
            "check cable",
            "50 % of the commands",
        ] {
            assert!(all.contains(words), "{all}");
        }
    }

    #[test]
    fn a_few_exchanges_say_nothing_of_slowness_and_a_slow_one_stays_so_until_enough_are_known() {
        let few = |numbers: Numbers| Numbers {
            heard: ENOUGH - 1,
            ..numbers
        };
        let bad = answered(HealthState::Good, &few(measured(5_000, 0.9, 0.9)));
        assert_eq!(bad.state, HealthState::Good);
        let fine = answered(HealthState::Slow, &few(measured(10, 0.0, 0.0)));
        assert_eq!(fine.state, HealthState::Slow);
    }
}
