//! When something that was sent is due to be sent again or given up.

use std::time::{Duration, Instant};

use super::settings::Entropy;

/// A retransmission timer: doubles with each transmission, with jitter, so that a thousand BMCs behind a switch that was
/// rebooted are not asked again in the same millisecond.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timer {
    sent_at: Instant,
    due: Instant,
    timeout: Duration,
    sends: u32,
}

impl Timer {
    /// Something was sent for the first time.
    pub(super) fn start(now: Instant, timeout: Duration, entropy: &mut dyn Entropy) -> Self {
        Self {
            sent_at: now,
            due: now + jittered(timeout, entropy),
            timeout,
            sends: 1,
        }
    }

    /// It was sent again.
    pub(super) fn again(&mut self, now: Instant, longest: Duration, entropy: &mut dyn Entropy) {
        self.timeout = (self.timeout * 2).min(longest);
        self.due = now + jittered(self.timeout, entropy);
        self.sends += 1;
    }

    /// When it was sent for the first time.
    pub(super) fn sent_at(&self) -> Instant {
        self.sent_at
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn sends(&self) -> u32 {
        self.sends
    }

    /// The round trip, if it is sure which transmission was answered (Karn's rule).
    pub(super) fn round_trip(&self, now: Instant) -> Option<Duration> {
        (self.sends == 1).then(|| now.saturating_duration_since(self.sent_at))
    }
}

/// Up to an eighth longer.
pub(super) fn jittered(duration: Duration, entropy: &mut dyn Entropy) -> Duration {
    let mut byte = [0];
    entropy.fill(&mut byte);
    let [byte] = byte;
    duration + duration / 8 * u32::from(byte) / 256
}
