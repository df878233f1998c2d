//! "There may be work": a nudge without payload.
//!
//! A service calls [`Wake::notify`] after its commit; a worker waits in [`Wake::notified`] and then reads the database.
//! Losing a nudge loses no work, because workers also look on a timer, and what there is to do is never in the nudge.

use std::sync::Arc;

use tokio::sync::Notify;

/// One thing that can be nudged. Cheap to clone; clones nudge the same waiter.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

/// Who is woken after a commit. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// There may be a new task, or one that has changed.
    pub tasks: Wake,
    /// A node may be new, gone or changed.
    pub nodes: Wake,
    /// A webhook may be new or gone.
    pub webhooks: Wake,
}

impl Wake {
    /// A new one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that there may be work. Any number of these before the next wait count as one.
    pub fn notify(&self) {
        self.0.notify_one();
    }

    /// Waits for the next nudge; returns at once if there was one since the last wait.
    pub async fn notified(&self) {
        self.0.notified().await;
    }
}
