//! Webhooks: where events are sent.

use crate::model::event::EventKind;
use crate::model::ids::WebhookId;
use crate::time::Timestamp;

/// A place that events are sent to, without its secret.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Its name, unique.
    pub name: String,
    /// Where to: `http` or `https`.
    pub url: String,
    /// Only events of these kinds; empty for all.
    pub kinds: Vec<EventKind>,
    /// Only events of this project's instances.
    pub project_id: Option<String>,
    /// The id of the last event that was taken, or that is none of those asked for.
    pub delivered_to: i64,
    /// When events were last taken.
    pub delivered_at: Option<Timestamp>,
    /// Deliveries in a row that failed.
    pub failures: u32,
    /// Why the last one failed; `None` after one that did not.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, or a delivery went another way than the one before.
    pub updated_at: Option<Timestamp>,
    /// Counts changes, for ETags.
    pub revision: i64,
}
