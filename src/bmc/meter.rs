//! What is counted of all BMCs together, beside what `health` counts of each.

use crate::meter::{Counter, Gauge};

/// The numbers of the driver. The local device has neither packets nor sessions.
#[derive(Debug, Default)]
pub struct Meters {
    /// Datagrams that the kernel took.
    pub packets_sent: Counter,
    /// Datagrams that came in, also those that nobody waited for.
    pub packets_received: Counter,
    /// Sessions that were opened.
    pub sessions_opened: Counter,
    /// Sessions that were closed, or given up.
    pub sessions_closed: Counter,
    /// BMCs that an exchange is under way with, as `power.max_in_flight` counts them.
    pub in_flight: Gauge,
    /// Datagrams that wait for their turn, because of `power.packets_per_sec` or the kernel.
    pub outbox: Gauge,
}

impl Meters {
    /// Sessions that are open now.
    pub fn sessions_open(&self) -> u64 {
        // Closed ones first: one that opens in between is not taken for closed.
        let closed = self.sessions_closed.get();
        self.sessions_opened.get().saturating_sub(closed)
    }
}
