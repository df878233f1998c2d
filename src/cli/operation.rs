//! `ostler operation`: what became of one order for many machines.

use clap::Subcommand;
use serde_json::{Map, Value};

use crate::cli::noun::{ListArgs, Noun, Query};
use crate::cli::output::Column;
use crate::cli::text::{NOTHING, lines, time};
use crate::cli::{Context, exit::CliError, parse};

/// Operations: one order for many machines.
pub(crate) const OPERATION: Noun = Noun {
    singular: "operation",
    plural: "operations",
    path: "/v1/operations",
    list_path: "/v1/operations",
    columns: &[
        Column::new("UUID", "/uuid"),
        Column::new("TARGET", "/target"),
        Column::new("STATE", "/state"),
        Column::new("MACHINES", "/counts").shown_by(counts),
        Column::new("CREATED", "/created_at")
            .shown_by(time)
            .spare(1),
        Column::new("BY", "/requested_by/user_id").spare(2),
    ],
    order: &[
        "uuid",
        "target",
        "state",
        "counts",
        "project_id",
        "requested_by",
        "created_at",
        "finished_at",
        "tasks",
    ],
    special,
};

/// `ostler operation …`
#[derive(Debug, Subcommand)]
pub(crate) enum OperationCommand {
    /// List the orders for many machines
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show what became of each machine
    Show {
        /// The operation's uuid (ostler power prints it, ostler operation list has them all)
        #[arg(value_parser = parse::ident)]
        uuid: String,
    },
}

/// Runs it.
pub(crate) async fn run(context: &Context, command: OperationCommand) -> Result<(), CliError> {
    match command {
        OperationCommand::List(args) => OPERATION.list(context, &Query::of(&args)).await,
        OperationCommand::Show { uuid } => OPERATION.show(context, &uuid).await,
    }
}

/// `38 done, 1 failed, 1 refused`: the states that machines are in.
pub(crate) fn counts(counts: &Value) -> String {
    // The order in which a task goes through them; a state that is not among them comes last.
    const ORDER: [&str; 8] = [
        "queued",
        "observing",
        "issued",
        "waiting",
        "done",
        "failed",
        "cancelled",
        "refused",
    ];
    let none = Map::new();
    let counts = counts.as_object().unwrap_or(&none);
    let known = ORDER
        .iter()
        .filter_map(|state| counts.get_key_value(*state));
    let others = counts
        .iter()
        .filter(|(state, _)| !ORDER.contains(&state.as_str()));
    let shown: Vec<String> = known
        .chain(others)
        .filter(|(_, count)| count.as_u64() != Some(0))
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    if shown.is_empty() {
        NOTHING.to_owned()
    } else {
        shown.join(", ")
    }
}

fn special(field: &str, value: &Value) -> Option<String> {
    match (field, value) {
        ("counts", value) => Some(counts(value)),
        ("tasks", Value::Array(tasks)) if !tasks.is_empty() => Some(lines(tasks, task)),
        _ => None,
    }
}

/// `r1n01 (web1): waiting, ensure_on: the BMC …`
fn task(task: &Value) -> String {
    let field = |name: &str| task.get(name).and_then(Value::as_str);
    let mut line = match (field("node_name"), field("instance_name")) {
        (Some(node), Some(instance)) => format!("{node} ({instance})"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => NOTHING.to_owned(),
    };
    line.push_str(&format!(": {}", field("state").unwrap_or(NOTHING)));
    if let Some(step) = field("step") {
        line.push_str(&format!(", {step}"));
    }
    if let Some(error) = field("error") {
        line.push_str(&format!(": {error}"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_are_told_in_the_order_of_a_tasks_life_without_those_that_are_none() {
        let shown = json!({"done": 3, "queued": 1, "failed": 0, "waiting": 2, "new_state": 1});
        assert_eq!(counts(&shown), "1 queued, 2 waiting, 3 done, 1 new_state");
        assert_eq!(counts(&json!({})), "-");
    }

    #[test]
    fn a_machine_is_one_line_with_what_its_viewer_knows_of_it() {
        let mut shown = json!({"node_name": "n1", "instance_name": "web1", "state": "failed",
                               "step": "ensure_on", "error": "The BMC does not answer."});
        assert_eq!(
            task(&shown),
            "n1 (web1): failed, ensure_on: The BMC does not answer."
        );
        shown["node_name"] = Value::Null;
        shown["step"] = Value::Null;
        shown["error"] = Value::Null;
        assert_eq!(task(&shown), "web1: failed");
    }
}
