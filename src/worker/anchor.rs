//! Wall-clock times from the database on the monotonic clock.
//!
//! What is stored survives a restart, so it is wall-clock time. Inside the process a wall clock that jumps must neither
//! cut a deadline short nor stretch a grace time, so each stored time is translated once, when it is first seen.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::time::{self, Timestamp};

/// The translations of one task's times.
#[derive(Debug, Default)]
pub struct Anchors {
    seen: HashMap<Timestamp, Instant>,
}

impl Anchors {
    /// How long ago `at` was; zero for what lies ahead.
    pub fn since(&mut self, at: Timestamp) -> Duration {
        let now = time::instant();
        let anchored = *self
            .seen
            .entry(at)
            .or_insert_with(|| now.checked_sub(time::now().since(at)).unwrap_or(now));
        now.duration_since(anchored)
    }

    /// How long it is until `at`; zero for what is past. At most `longest`, whatever the wall clock did over a restart.
    pub fn until(&mut self, at: Timestamp, longest: Duration) -> Duration {
        let now = time::instant();
        let anchored = *self.seen.entry(at).or_insert_with(|| {
            now.checked_add(at.since(time::now()).min(longest))
                .unwrap_or(now)
        });
        anchored.duration_since(now)
    }
}
