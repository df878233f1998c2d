//! The page `/metrics`, in Prometheus' text format 0.0.4.
//!
//! A new metric is one more call of [`Page::family`] with its samples. Labels have values out of few: names of nodes, zones,
//! and words of enums.

use std::fmt::{Display, Write as _};

use crate::model::instance::InstanceStatus;
use crate::model::power::PowerState;
use crate::model::task::TaskState;
use crate::time::Timestamp;
use crate::view::health::NodeHealth;

/// The media type of the page.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// About so many bytes are written for a node.
const BYTES_PER_NODE: usize = 1_280;

/// How a metric's values move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Up and down.
    Gauge,
    /// Only up, until the daemon starts again.
    Counter,
}

/// A page that is being written.
#[derive(Debug, Default)]
pub struct Page(String);

/// A metric that samples are added to.
pub struct Family<'a> {
    page: &'a mut String,
    name: &'static str,
}

/// What the page shows.
#[derive(Debug)]
pub struct Snapshot {
    /// Every node, with the last power that was read.
    pub nodes: Vec<(NodeHealth, Option<PowerState>)>,
    /// How many tasks there are in each open state.
    pub tasks: Vec<(TaskState, u32)>,
    /// How many instances there are in each status.
    pub instances: Vec<(InstanceStatus, u32)>,
}

impl Page {
    /// Begins a metric. Each name once.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let page = &mut self.0;
        let kind = match kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
        };
        *page += "# HELP ";
        *page += name;
        *page += " ";
        escape(page, help, false);
        *page += "\n# TYPE ";
        *page += name;
        *page += " ";
        *page += kind;
        *page += "\n";
        Family { page, name }
    }

    /// The page as it is sent.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// One value.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let page = &mut *self.page;
        *page += self.name;
        for (index, (name, value)) in labels.iter().enumerate() {
            *page += if index == 0 { "{" } else { "," };
            *page += name;
            *page += "=\"";
            escape(page, value, true);
            *page += "\"";
        }
        if !labels.is_empty() {
            *page += "}";
        }
        // A `String` takes everything.
        writeln!(page, " {value}").ok();
    }
}

/// In label values also the quotation mark is escaped.
fn escape(page: &mut String, text: &str, is_label: bool) {
    for char in text.chars() {
        match char {
            '\\' => *page += "\\\\",
            '\n' => *page += "\\n",
            '"' if is_label => *page += "\\\"",
            _ => page.push(char),
        }
    }
}

/// Writes the page.
pub fn write(snapshot: &Snapshot) -> String {
    let mut page = Page(String::with_capacity(
        snapshot.nodes.len() * BYTES_PER_NODE + 4_096,
    ));
    page.family(
        "ostler_build_info",
        Kind::Gauge,
        "Always 1; the label says which version runs.",
    )
    .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    totals(&mut page, snapshot);
    health(&mut page, snapshot);
    exchanges(&mut page, snapshot);
    page.into_text()
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
fn seconds(at: Timestamp) -> String {
    let micros = at.as_micros().max(0);
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_and_labels_are_escaped_as_the_format_says() {
        let mut page = Page::default();
        let mut family = page.family("x", Kind::Counter, "a \"b\"\\\nc");
        family.sample(&[("node", "a \"b\"\\\nc"), ("zone", "")], 1.5);
        family.sample(&[], 0);
        assert_eq!(
            page.into_text(),
            "# HELP x a \"b\"\\\\\\nc\n# TYPE x counter\nx{node=\"a \\\"b\\\"\\\\\\nc\",zone=\"\"} 1.5\nx 0\n"
        );
    }

    #[test]
    fn times_are_exact() {
        let at = Timestamp::from_micros(1_474_943_841_966_342);
        assert_eq!(seconds(at), "1474943841.966342");
    }
}
