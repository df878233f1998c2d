//! How many packets may leave now: a thousand BMCs behind one switch are not asked in the same microsecond.

use std::time::{Duration, Instant};

/// What may leave after a time of quiet, as time at the full rate.
const BURST: Duration = Duration::from_millis(2);

/// A budget of packets over time.
#[derive(Debug)]
pub(super) struct Pacer {
    /// What one packet costs.
    each: Duration,
    /// When the budget is used up, if nothing more is taken. In the past, it is what has been saved.
    used_until: Instant,
}

impl Pacer {
    /// A full budget. `per_second` is at least one.
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        Self {
            each: Duration::from_secs(1) / per_second.max(1),
            used_until: now,
        }
    }

    /// Another rate from now on. `per_second` is at least one.
    pub(super) fn set_rate(&mut self, per_second: u32) {
        self.each = Duration::from_secs(1) / per_second.max(1);
    }

    /// Takes one packet out of the budget; where it is used up, says from when on there is one again.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let from = self.used_until.max(now.checked_sub(BURST).unwrap_or(now));
        if from > now {
            return Err(from);
        }
        self.used_until = from + self.each;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    #[test]
    fn after_a_burst_packets_leave_at_the_rate_and_quiet_saves_no_more_than_a_burst() {
        let start = time::instant();
        let mut pacer = Pacer::new(1_000, start);
        for quiet in [Duration::ZERO, Duration::from_secs(60)] {
            let mut now = start + quiet;
            let burst = (0..10).take_while(|_| pacer.take(now).is_ok()).count();
            assert!((1..=3).contains(&burst), "{burst}");
            let later = now + Duration::from_secs(1);
            let mut sent = 0;
            while now < later {
                match pacer.take(now) {
                    Ok(()) => sent += 1,
                    Err(until) => now = until,
                }
            }
            assert!((999..=1_001).contains(&sent), "{sent}");
        }
    }
}
