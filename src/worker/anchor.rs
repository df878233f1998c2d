//! Wall-clock times from the database on the monotonic clock.
//!
//! What is stored survives a restart, so it is wall-clock time. Inside the process a wall clock that jumps must neither
//! cut a deadline short nor stretch a grace time, so each stored time is translated once, when it is first seen. What was
//! stored before the process started is not trusted further than that: see doc/decisions/0011.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::time::{self, Timestamp};

/// The translations of one task's times.
#[derive(Debug, Default)]
pub struct Anchors {
    seen: HashMap<Timestamp, Instant>,
}

impl Anchors {
    /// How long ago `at` was, as far as this process has lived to see; zero for what lies ahead.
    pub fn since(&mut self, at: Timestamp) -> Duration {
        let now = time::instant();
        let anchored = *self.seen.entry(at).or_insert_with(|| {
            let age = time::now().since(at).min(time::instant_since_start(now));
            now.checked_sub(age).unwrap_or(now)
        });
        now.duration_since(anchored)
    }

    /// How long it is until `at`; zero for what is past. When it is first seen at least `least` and at most `longest`, whatever
    /// the wall clock did over a restart.
    pub fn until(&mut self, at: Timestamp, least: Duration, longest: Duration) -> Duration {
        let now = time::instant();
        let anchored = *self.seen.entry(at).or_insert_with(|| {
            let left = at.since(time::now()).min(longest).max(least);
            now.checked_add(left).unwrap_or(now)
        });
        anchored.duration_since(now)
    }
}
