//! What is counted of the work in the background.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::meter::{Counter, CounterOf, CounterOfWords, Label};
use crate::model::ids::WebhookId;

/// How a poll of a node ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollOutcome {
    /// The BMC said what the power is.
    Read,
    /// It did not, or not usefully.
    Missed,
    /// The BMC was left alone, because of a miss before.
    NotAsked,
    /// A task had the node, or the node was gone.
    Skipped,
    /// What came of it could not be written down.
    Unrecorded,
}

impl Label for PollOutcome {
    const ALL: &'static [Self] = &[
        Self::Read,
        Self::Missed,
        Self::NotAsked,
        Self::Skipped,
        Self::Unrecorded,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Missed => "missed",
            Self::NotAsked => "not_asked",
            Self::Skipped => "skipped",
            Self::Unrecorded => "unrecorded",
        }
    }
}

/// How a delivery to a webhook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The other side has the events.
    Taken,
    /// It answered with something else than success.
    Refused,
    /// It did not answer in time.
    TimedOut,
    /// There was no way to it.
    Unreachable,
    /// The delivery could not be made.
    Unwritable,
}

impl Label for DeliveryOutcome {
    const ALL: &'static [Self] = &[
        Self::Taken,
        Self::Refused,
        Self::TimedOut,
        Self::Unreachable,
        Self::Unwritable,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Unwritable => "unwritable",
        }
    }
}

/// The numbers of the workers.
#[derive(Debug, Default)]
pub struct Work {
    /// Polls of nodes.
    pub polls: CounterOf<PollOutcome>,
    /// What was tried for tasks, by how it ended.
    pub attempts: CounterOfWords,
    /// Deliveries to webhooks.
    pub deliveries: CounterOf<DeliveryOutcome>,
    /// Where each webhook is.
    pub webhooks: Places,
    /// Rounds in which the files for dnsmasq could not be written.
    pub dhcp_failures: Counter,
}

/// Where each webhook is in the order of events: the last event that was taken, or passed over by the filter.
#[derive(Debug, Default)]
pub struct Places(Mutex<HashMap<WebhookId, i64>>);

impl Places {
    /// A webhook has come this far.
    pub fn set(&self, webhook: WebhookId, seen_to: i64) {
        self.lock().insert(webhook, seen_to);
    }

    /// A webhook is gone.
    pub fn forget(&self, webhook: WebhookId) {
        self.lock().remove(&webhook);
    }

    /// How many events came after the place of the one that is furthest behind.
    pub fn furthest_behind(&self, newest: i64) -> u64 {
        let first = self.lock().values().copied().min().unwrap_or(newest);
        u64::try_from(newest.saturating_sub(first)).unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WebhookId, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_webhook_that_is_furthest_behind_counts_until_it_is_gone() {
        let places = Places::default();
        assert_eq!(places.furthest_behind(100), 0);
        let (near, far) = (WebhookId::random(), WebhookId::random());
        places.set(near, 90);
        places.set(far, 10);
        assert_eq!(places.furthest_behind(100), 90);
        places.set(far, 95);
        assert_eq!(places.furthest_behind(100), 10);
        places.forget(near);
        assert_eq!(places.furthest_behind(100), 5);
        assert_eq!(places.furthest_behind(90), 0);
    }
}
