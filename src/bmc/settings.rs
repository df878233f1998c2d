//! What the driver can be told, and how a BMC is named to it.

use std::sync::Arc;
use std::time::Duration;

use crate::ipmi::session::Timing;
use crate::model::bmc::{BmcConfig, BmcProfile};
use crate::model::ids::NodeId;

/// How the driver behaves.
#[derive(Debug, Clone)]
pub struct BmcSettings {
    /// BMCs that an exchange may be under way with at the same time.
    pub max_in_flight: usize,
    /// How long a session is kept for the next command after one of a user's.
    pub linger: Duration,
    /// The same after polling: zero closes it at once, which is kind to BMCs with few sessions.
    pub poll_linger: Duration,
    /// How long no login is tried after the BMC refused one; BMCs lock accounts.
    pub auth_failure_pause: Duration,
    /// For how long after a chassis command failures say nothing about the health of a BMC.
    pub grace: Duration,
    /// How long polling leaves a BMC alone that did not answer; doubles each time, up to sixteen times this.
    pub silence_pause: Duration,
    /// How long [`close_all`](super::Bmcs::close_all) waits for the BMCs' answers.
    pub close_limit: Duration,
    /// How long a host name may take to resolve.
    pub resolve_limit: Duration,
    /// Size of each socket's receive buffer in bytes, as far as the kernel allows.
    pub receive_buffer: usize,
    /// Packets that leave in a second, to all BMCs together; at least 1.
    pub packets_per_sec: u32,
    /// Whether a BMC that was never logged in to is asked what it has before the first login. Without it, cipher suites are
    /// tried blindly: for tests and benchmarks that count packets.
    pub first_contact: bool,
    /// Waiting times of the sessions.
    pub timing: Timing,
}

impl Default for BmcSettings {
    fn default() -> Self {
        Self {
            max_in_flight: 512,
            linger: Duration::from_secs(3),
            poll_linger: Duration::ZERO,
            auth_failure_pause: Duration::from_secs(300),
            grace: Duration::from_secs(30),
            silence_pause: Duration::from_secs(4),
            close_limit: Duration::from_secs(3),
            resolve_limit: Duration::from_secs(5),
            receive_buffer: 8 << 20,
            packets_per_sec: 50_000,
            first_contact: true,
            timing: Timing::default(),
        }
    }
}

/// A node's BMC.
#[derive(Debug, Clone)]
pub struct BmcRef {
    /// The node.
    pub node: NodeId,
    /// How its BMC is reached.
    pub config: Arc<BmcConfig>,
    /// What was known of the BMC when the daemon started; what the driver learns since outranks it.
    pub profile: BmcProfile,
}

/// Who waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Urgency {
    /// Somebody: goes first.
    User,
    /// Nobody in particular.
    Poll,
}
