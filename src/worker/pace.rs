//! How long to wait before the next look or attempt.

use std::time::Duration;

/// While a transition is under way: often at first, because most machines are quick.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LAST_LOOK: Duration = Duration::from_secs(2);
/// After a failure: not faster than this, and slower each time.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(15);

/// The pauses of one task.
#[derive(Debug)]
pub struct Pace {
    look: Duration,
    retry: Duration,
}

impl Pace {
    /// The shortest pauses.
    pub fn new() -> Self {
        Self {
            look: FIRST_LOOK,
            retry: FIRST_RETRY,
        }
    }

    /// The pause until the next look at a transition.
    pub fn next_look(&mut self) -> Duration {
        let pause = self.look;
        self.look = (pause * 3 / 2).min(LAST_LOOK);
        self.retry = FIRST_RETRY;
        pause
    }

    /// The pause until the next attempt after a failure, at most `longest`.
    pub fn next_retry(&mut self, longest: Duration) -> Duration {
        let pause = self.retry;
        self.retry = (pause * 2).min(longest.max(FIRST_RETRY));
        jittered(pause)
    }

    /// The longest pause between retries of what has a deadline.
    pub fn last_retry() -> Duration {
        LAST_RETRY
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

/// A quarter more or less, so that many BMCs that failed together are not tried together.
pub fn jittered(pause: Duration) -> Duration {
    let mut byte = [128];
    // Without randomness there is no jitter, and that is all.
    getrandom::fill(&mut byte).ok();
    let [chance] = byte;
    pause.mul_f64(0.75 + f64::from(chance) / 512.0)
}
