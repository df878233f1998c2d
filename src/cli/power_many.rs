//! `ostler power`: one order for many machines, and waiting for all of them.

use clap::Args;
use serde_json::Value;

use crate::cli::exit::{CliError, Exit};
use crate::cli::noun::required;
use crate::cli::operation::{OPERATION, counts};
use crate::cli::output::Column;
use crate::cli::power::{HEAR_THE_REASON, OrderArgs};
use crate::cli::progress::{Look, until};
use crate::cli::{Context, parse};

/// The help behind the options.
pub(crate) const EXAMPLES: &str = "\
Of what is given all must hold: names and --zone az1 means those of the names that are in az1. With \
--project P only the instances of project P are meant.

Quote the brackets. A shell takes r1n[01-40] for a pattern of file names: bash leaves it alone only \
where no file fits, zsh never.

Examples:
  ostler power on 'r1n[01-40]' --wait
  ostler power off 'r[1-2]n[01-40,43]' r3n01 --wait --timeout 120
  ostler power soft-off --instances 'web[1-9]' db1
  ostler power reboot --zone az1 --type small
  ostler power off --all --wait";

/// `ostler power …`
#[derive(Debug, Args)]
pub(crate) struct PowerArgs {
    #[command(flatten)]
    order: OrderArgs,
    /// Names, uuids, or lists such as 'r1n[01-40,43]' of nodes
    #[arg(value_name = "NAME", value_parser = parse::ident)]
    names: Vec<String>,
    /// The names are of instances, not of nodes; who is no admin can name only these
    #[arg(long, requires = "names")]
    instances: bool,
    /// Only machines in this zone
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Only machines with an instance of this type, or that serve this type alone
    #[arg(long = "type", value_name = "TYPE")]
    of_type: Option<String>,
    /// All machines; for those who are no admins, all instances of their project
    #[arg(long)]
    all: bool,
}

/// What did not go as ordered, and why.
const FAILED: &[Column] = &[
    Column::new("NODE", "/node_name"),
    Column::new("INSTANCE", "/instance_name"),
    Column::new("STATE", "/state"),
    Column::new("WHY", "/error"),
];

/// The same for those who do not see nodes.
const FAILED_OF_MEMBERS: &[Column] = FAILED.split_at(1).1;

/// Runs it.
pub(crate) async fn run(context: &Context, args: PowerArgs) -> Result<(), CliError> {
    let is_open = args.names.is_empty() && args.zone.is_none() && args.of_type.is_none();
    if is_open && context.project.is_none() && !args.all {
        return Err(CliError::Usage(
            "say which machines: names, --zone, --type, --project or --all".to_owned(),
        ));
    }
    let (nodes, instances) = match (args.names.is_empty(), args.instances) {
        (true, _) => (None, None),
        (false, true) => (None, Some(args.names)),
        (false, false) => (Some(args.names), None),
    };
    let body = args
        .order
        .body(context)
        .with_some("nodes", nodes)
        .with_some("instances", instances)
        .with_some("availability_zone", args.zone)
        .with_some("instance_type", args.of_type)
        .with_some("project_id", context.project.clone())
        .with_some("all", args.all.then_some(true))
        .build();
    order(context, &args.order, &body).await
}

/// Orders it of these nodes, all of them in one operation.
pub(crate) async fn order_nodes(
    context: &Context,
    args: &OrderArgs,
    names: Vec<String>,
) -> Result<(), CliError> {
    let body = args.body(context).with("nodes", names).build();
    order(context, args, &body).await
}

async fn order(context: &Context, args: &OrderArgs, body: &Value) -> Result<(), CliError> {
    let accepted = context.client.post("/v1/power", body).await?.json()?;
    let what = args.target().shown();
    let operation = if args.wait {
        wait(context, &accepted, what).await?
    } else {
        accepted
    };
    report(context, &operation, what)
}

/// Waits until all have ended, and says meanwhile how many are in which state.
async fn wait(context: &Context, accepted: &Value, what: &str) -> Result<Value, CliError> {
    let path = OPERATION.at(required(accepted, "uuid")?);
    let brief = format!("{path}?fields=state,counts");
    let patience = context.timeout.map(|timeout| timeout + HEAR_THE_REASON);
    until(context, what, patience, async || {
        let now = context.client.get(&brief).await?.json()?;
        if required(&now, "state")? == "running" {
            let (done, total) = ended(&now);
            let now = shown_counts(&now);
            return Ok(Look::Partly { done, total, now });
        }
        // All of it only once: of thousands of machines it is megabytes.
        Ok(Look::Reached(context.client.get(&path).await?.json()?))
    })
    .await
}

/// Tells how many are how, and of those that did not go as ordered why.
fn report(context: &Context, operation: &Value, what: &str) -> Result<(), CliError> {
    let Some(tasks) = operation.get("tasks").and_then(Value::as_array) else {
        return Err(CliError::Answer("tasks"));
    };
    let failed: Vec<Value> = tasks
        .iter()
        .filter(|task| has_failed(task))
        .cloned()
        .collect();
    let uuid = required(operation, "uuid")?;
    if context.out.json {
        context.out.json(operation)?;
    } else if context.out.quiet {
        context.out.line(uuid)?;
    } else {
        let counts = shown_counts(operation);
        let more = match required(operation, "state")? {
            "running" => format!("see how it goes: ostler operation show {uuid}"),
            _ => format!("operation {uuid}"),
        };
        context.out.say(&format!("{what}: {counts} ({more})"))?;
        if let Some(first) = failed.first() {
            let columns = match first.get("node_name") {
                Some(_) => FAILED,
                None => FAILED_OF_MEMBERS,
            };
            context.out.list(failed.clone(), columns, "machines")?;
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(CliError::Several {
        failed: failed.len(),
        total: tasks.len(),
        first: Exit::Failed,
    })
}

/// How many machines have ended in some way, and of how many.
fn ended(operation: &Value) -> (usize, usize) {
    let counts = operation.get("counts").and_then(Value::as_object);
    let mut sums = (0, 0);
    for (state, count) in counts.into_iter().flatten() {
        let count = count.as_u64().and_then(|count| usize::try_from(count).ok());
        let count = count.unwrap_or(0);
        sums.1 += count;
        if matches!(state.as_str(), "done" | "failed" | "cancelled" | "refused") {
            sums.0 += count;
        }
    }
    sums
}

fn shown_counts(operation: &Value) -> String {
    operation.get("counts").map_or_else(String::new, counts)
}

fn has_failed(task: &Value) -> bool {
    let state = task.get("state").and_then(Value::as_str);
    matches!(state, Some("failed" | "cancelled" | "refused"))
}
