//! How much a project may have.

use crate::time::Timestamp;

/// The highest limit that can be set.
pub const MAX_INSTANCES: u32 = 1_000_000;

/// How many instances a project may have, and how many it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The project.
    pub project_id: String,
    /// How many it may have; `None` for any number.
    pub instances: Option<u32>,
    /// How many it has, those included that are being deleted: their machines are still the project's.
    pub in_use: u32,
    /// When an admin set it and when it was last changed; `None` where what the settings say holds.
    pub set: Option<LimitSet>,
}

/// When a limit of a project's own was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSet {
    /// For the first time.
    pub created_at: Timestamp,
    /// To another value.
    pub updated_at: Option<Timestamp>,
}
