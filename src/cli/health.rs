//! `ostler node health`: how well BMCs can be spoken to, and what `node show` says of it.

use serde_json::Value;

use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::node::NODE;
use crate::cli::noun::{Noun, Query, each, nothing_special};
use crate::cli::output::Column;
use crate::cli::text::{plain, time};
use crate::model::health::HealthState;

const HEALTH: Noun = Noun {
    singular: "health",
    plural: "health",
    path: "/v1/health",
    list_path: "/v1/health",
    columns: &[
        Column::new("NAME", "/node_name"),
        Column::new("HEALTH", "/state"),
        Column::new("SINCE", "/since").shown_by(time).spare(1),
        Column::new("RTT MS", "/round_trip_ms"),
        Column::new("LOSS %", "/loss_percent"),
        Column::new("BUSY %", "/busy_percent"),
        Column::new("FAILED", "/consecutive_failures"),
        Column::new("LAST CONTACT", "/last_contact_at")
            .shown_by(time)
            .spare(2),
        Column::new("MESSAGE", "/message").spare(3),
    ],
    order: &[],
    special: nothing_special,
};

pub(crate) const EXAMPLES: &str = "\
FAILED is how many exchanges failed in a row until now; LOSS and BUSY are of about the last sixteen.

Examples:
  ostler node health
  ostler node health n1 n2
  ostler --json node health | jq -r '.[] | select(.failures.busy > 0)'";

/// Shows the numbers of these nodes, or of all.
pub(crate) async fn show(context: &Context, names: &[String]) -> Result<(), CliError> {
    let mut entries = Vec::new();
    if names.is_empty() {
        entries = HEALTH.entries(context, &Query::default()).await?;
    }
    let asked = each(names, async |name| {
        let path = format!("{}/health", NODE.at(name));
        entries.push(context.client.get(&path).await?.json()?);
        Ok(())
    })
    .await;
    if entries.is_empty() {
        asked?;
        return context.out.list(entries, HEALTH.columns, NODE.plural);
    }
    for entry in &mut entries {
        // `--quiet` prints the uuid of what it lists.
        if let (Some(uuid), false) = (entry.get("node_uuid").cloned(), context.out.json) {
            entry["uuid"] = uuid;
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(badness(entry)));
    context.out.list(entries, HEALTH.columns, NODE.plural)?;
    asked
}

/// The state decides, and among equals how many exchanges have failed, then how slow it is.
fn badness(entry: &Value) -> (usize, u64, u64) {
    let state = entry.get("state").and_then(Value::as_str);
    let rank = HealthState::ALL
        .iter()
        .position(|of| Some(of.as_str()) == state);
    let failures = entry.get("consecutive_failures").and_then(Value::as_u64);
    let tenths = entry.get("round_trip_ms").and_then(Value::as_f64);
    // A state that this version does not know comes first: it is new.
    (
        rank.unwrap_or(usize::MAX),
        failures.unwrap_or(0),
        tenths.map_or(0, |ms| (ms * 10.0).round().max(0.0).to_bits()),
    )
}

/// `unreachable since 2026-11-24 02:37:21 UTC: the BMC at …`
pub(crate) fn sentence(health: &Value) -> String {
    let field = |name: &str| health.get(name).unwrap_or(&Value::Null);
    let since = if field("since").is_null() {
        String::new()
    } else {
        format!(" since {}", time(field("since")))
    };
    format!(
        "{}{since}: {}",
        plain(field("state")),
        plain(field("message"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_worst_comes_first() {
        let of = |state: &str, failures: u64, ms: f64| {
            badness(&json!({"state": state, "consecutive_failures": failures, "round_trip_ms": ms}))
        };
        let mut all = [
            of("good", 0, 900.0),
            of("unreachable", 3, 1.0),
            of("slow", 0, 1_400.0),
            of("good", 0, 4.5),
            of("bad credentials", 1, 1.0),
            of("unreachable", 9, 1.0),
        ];
        let expected = [
            of("bad credentials", 1, 1.0),
            of("unreachable", 9, 1.0),
            of("unreachable", 3, 1.0),
            of("slow", 0, 1_400.0),
            of("good", 0, 900.0),
            of("good", 0, 4.5),
        ];
        all.sort_by_key(|of| std::cmp::Reverse(*of));
        assert_eq!(all, expected);
    }

    #[test]
    fn a_nodes_health_is_a_sentence() {
        let health = json!({"state": "slow", "since": "2016-09-27T02:37:21.966342+00:00",
            "message": "the BMC answers, but slowly"});
        let said = "slow since 2016-09-27 02:37:21 UTC: the BMC answers, but slowly";
        assert_eq!(sentence(&health), said);
        let unasked = json!({"state": "unknown", "since": null, "message": "not asked"});
        assert_eq!(sentence(&unasked), "unknown: not asked");
    }
}
