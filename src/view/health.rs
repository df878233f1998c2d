//! The health of BMCs, as the API shows it: what is thought of each, and what was measured.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::model::health::{FailureCounts, FailureKind, Health, Numbers};
use crate::model::ids::NodeId;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

/// The health of a node's BMC, with the numbers of now.
#[derive(Debug, Clone)]
pub struct NodeHealth {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// The zone that it is in.
    pub availability_zone: String,
    /// What is thought of its BMC.
    pub health: Health,
    /// What was measured since the daemon started.
    pub numbers: Numbers,
    /// When the node was registered.
    pub created_at: Timestamp,
    /// Counts its changes.
    pub revision: i64,
}

impl View for NodeHealth {
    const PLURAL: &'static str = "health";
    const FIELDS: &'static [&'static str] = &[
        "node_uuid",
        "node_name",
        "availability_zone",
        "state",
        "message",
        "since",
        "round_trip_ms",
        "loss_percent",
        "busy_percent",
        "last_contact_at",
        "last_success_at",
        "consecutive_failures",
        "last_failure",
        "next_login_at",
        "exchanges",
        "failures",
        "packets_sent",
        "packets_answered",
        "retransmissions",
    ];

    fn field<M: SerializeMap>(
        &self,
        field: &str,
        _base: &Base,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let numbers = &self.numbers;
        let percent = |share: Option<f64>| share.map(|share| tenths(share * 100.0));
        match field {
            "node_uuid" => map.serialize_entry(field, &self.node),
            "node_name" => map.serialize_entry(field, &self.name),
            "availability_zone" => map.serialize_entry(field, &self.availability_zone),
            "state" => map.serialize_entry(field, self.health.state.as_str()),
            "message" => map.serialize_entry(field, &self.health.message),
            "since" => map.serialize_entry(field, &self.health.since),
            "round_trip_ms" => {
                let millis = |took: std::time::Duration| tenths(took.as_secs_f64() * 1e3);
                map.serialize_entry(field, &numbers.round_trip.map(millis))
            }
            "loss_percent" => map.serialize_entry(field, &percent(numbers.loss)),
            "busy_percent" => map.serialize_entry(field, &percent(numbers.busy)),
            "last_contact_at" => map.serialize_entry(field, &numbers.last_contact),
            "last_success_at" => map.serialize_entry(field, &numbers.last_success),
            "consecutive_failures" => map.serialize_entry(field, &numbers.consecutive_failures),
            "last_failure" => {
                map.serialize_entry(field, &numbers.last_failure.map(LastFailureView::of))
            }
            "next_login_at" => map.serialize_entry(field, &numbers.next_login),
            "exchanges" => map.serialize_entry(field, &numbers.exchanges),
            "failures" => map.serialize_entry(field, &CountsView(&numbers.failures)),
            "packets_sent" => map.serialize_entry(field, &numbers.packets_sent),
            "packets_answered" => map.serialize_entry(field, &numbers.packets_answered),
            "retransmissions" => map.serialize_entry(field, &numbers.retransmissions),
            _ => Ok(()),
        }
    }

    fn ident(&self) -> String {
        self.node.to_string()
    }

    fn version(&self) -> (Timestamp, i64) {
        (self.created_at, self.revision)
    }
}

/// The health of a node, inside of the node: only what changes seldom.
pub(super) struct HealthView<'a>(pub(super) &'a Health);

impl Serialize for HealthView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("state", self.0.state.as_str())?;
        map.serialize_entry("message", &self.0.message)?;
        map.serialize_entry("since", &self.0.since)?;
        map.end()
    }
}

#[derive(Serialize)]
struct LastFailureView {
    kind: &'static str,
    at: Timestamp,
}

impl LastFailureView {
    fn of((kind, at): (FailureKind, Timestamp)) -> Self {
        let kind = kind.as_str();
        Self { kind, at }
    }
}

struct CountsView<'a>(&'a FailureCounts);

impl Serialize for CountsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(kind, count)| (kind.as_str(), count)))
    }
}

/// Nobody reads more digits.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
