//! What `/metrics` says of nodes, of their BMCs and of what is done to them.

use std::fmt::Display;

use super::Snapshot;
use super::page::{Kind, Page};
use crate::model::power::PowerState;
use crate::time::Timestamp;
use crate::view::health::NodeHealth;

/// About so many bytes are written for a node.
pub(super) const BYTES_PER_NODE: usize = 1_280;

/// Writes all of it.
pub(super) fn write(page: &mut Page, snapshot: &Snapshot) {
    totals(page, snapshot);
    health(page, snapshot);
    exchanges(page, snapshot);
}

fn totals(page: &mut Page, snapshot: &Snapshot) {
    page.family("ostler_nodes", Kind::Gauge, "Nodes that are registered.")
        .sample(&[], snapshot.nodes.len());
    let mut tasks = page.family(
        "ostler_tasks",
        Kind::Gauge,
        "Tasks that are not finished, by state.",
    );
    for (state, count) in &snapshot.tasks {
        tasks.sample(&[("state", state.as_str())], count);
    }
    let mut instances = page.family(
        "ostler_instances",
        Kind::Gauge,
        "Instances that there are, by status.",
    );
    for (status, count) in &snapshot.instances {
        instances.sample(&[("status", status.as_str())], count);
    }
}

fn health(page: &mut Page, snapshot: &Snapshot) {
    let mut power = page.family(
        "ostler_node_power_state",
        Kind::Gauge,
        "1 where the BMC says on, 0 where it says off; missing while it cannot be read.",
    );
    for (node, state) in &snapshot.nodes {
        if let Some(state) = state {
            power.sample(&of(node), u8::from(*state == PowerState::On));
        }
    }
    each(
        page,
        snapshot,
        "ostler_bmc_up",
        "1 where the BMC does what it is asked for (good or slow), else 0.",
        |node| Some(u8::from(node.health.state.answers())),
    );
    let mut states = page.family(
        "ostler_bmc_health",
        Kind::Gauge,
        "Always 1; the label state says what is thought of the BMC.",
    );
    for (node, _) in &snapshot.nodes {
        let [name, zone] = of(node);
        states.sample(&[name, zone, ("state", node.health.state.as_str())], 1);
    }
    each(
        page,
        snapshot,
        "ostler_bmc_round_trip_seconds",
        "How long a command waits for its answer, smoothed; missing until one was answered.",
        |node| node.numbers.round_trip.map(|took| took.as_secs_f64()),
    );
    each(
        page,
        snapshot,
        "ostler_bmc_loss_ratio",
        "The share of packets without an answer in about the last 16 exchanges; missing until there was one.",
        |node| node.numbers.loss,
    );
    each(
        page,
        snapshot,
        "ostler_bmc_busy_ratio",
        "The share of about the last 16 exchanges that ended with busy and the like; missing until there was one.",
        |node| node.numbers.busy,
    );
    each(
        page,
        snapshot,
        "ostler_bmc_consecutive_failures",
        "Exchanges that failed in a row until now.",
        |node| Some(node.numbers.consecutive_failures),
    );
    each(
        page,
        snapshot,
        "ostler_bmc_last_contact_timestamp_seconds",
        "When the BMC last answered anything, in seconds since 1970; missing until it did.",
        |node| node.numbers.last_contact.map(seconds),
    );
}

fn exchanges(page: &mut Page, snapshot: &Snapshot) {
    let mut total = |name, help, value: fn(&NodeHealth) -> u64| {
        let mut family = page.family(name, Kind::Counter, help);
        for (node, _) in &snapshot.nodes {
            family.sample(&of(node), value(node));
        }
    };
    total(
        "ostler_bmc_exchanges_total",
        "Commands to the BMC that ended, with the logins that they needed.",
        |node| node.numbers.exchanges,
    );
    total(
        "ostler_bmc_retransmissions_total",
        "Packets to the BMC that were sent again.",
        |node| node.numbers.retransmissions,
    );
    let mut failures = page.family(
        "ostler_bmc_failures_total",
        Kind::Counter,
        "Commands to the BMC that failed, by kind; kinds that never happened are missing.",
    );
    for (node, _) in &snapshot.nodes {
        let [name, zone] = of(node);
        for (kind, count) in node.numbers.failures.iter().filter(|(_, count)| *count > 0) {
            failures.sample(&[name, zone, ("kind", kind.as_str())], count);
        }
    }
}

/// A gauge with a value for each node that has one.
fn each<V: Display>(
    page: &mut Page,
    snapshot: &Snapshot,
    name: &'static str,
    help: &str,
    value: impl Fn(&NodeHealth) -> Option<V>,
) {
    let mut family = page.family(name, Kind::Gauge, help);
    for (node, _) in &snapshot.nodes {
        if let Some(value) = value(node) {
            family.sample(&of(node), value);
        }
    }
}

fn of(node: &NodeHealth) -> [(&'static str, &str); 2] {
    [
        ("node", node.name.as_str()),
        ("availability_zone", node.availability_zone.as_str()),
    ]
}

/// Exact to the microsecond, which a floating point number of today is not.
pub(super) fn seconds(at: Timestamp) -> String {
    let micros = at.as_micros().max(0);
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact() {
        let at = Timestamp::from_micros(1_474_943_841_966_342);
        assert_eq!(seconds(at), "1474943841.966342");
    }
}
