//! What becomes of a new password that a BMC was sent and does not take.

use std::time::Duration;

/// A password that was lost on its way is sent so often.
const MOST_SENDS: u32 = 3;

/// What to do when a BMC refuses the new password and takes the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillOld {
    /// It may need time: look again after this.
    Wait(Duration),
    /// It never got the new one: send it again.
    Again,
    /// It will not take it.
    GiveUp,
}

/// Decides from how long ago the password was sent, how long the BMC may take, whether it said yes, and how often it was
/// sent. A BMC that said yes is not told again: it would say yes again.
pub fn still_old(since_sent: Duration, grace: Duration, accepted: bool, sends: u32) -> StillOld {
    let left = grace.saturating_sub(since_sent);
    if !left.is_zero() {
        StillOld::Wait(left)
    } else if accepted || sends >= MOST_SENDS {
        StillOld::GiveUp
    } else {
        StillOld::Again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_not_taken_is_waited_for_and_sent_again_only_if_it_was_lost() {
        let grace = Duration::from_secs(30);
        let at = Duration::from_secs;
        for (since, accepted, sends, then) in [
            (at(0), true, 1, StillOld::Wait(grace)),
            (at(10), false, 1, StillOld::Wait(at(20))),
            (at(30), true, 1, StillOld::GiveUp),
            (at(30), false, 1, StillOld::Again),
            (at(90), false, 2, StillOld::Again),
            (at(90), false, 3, StillOld::GiveUp),
        ] {
            assert_eq!(still_old(since, grace, accepted, sends), then);
        }
    }
}
