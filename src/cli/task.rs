//! `ostler task`, and the tasks of instances and nodes.

use clap::Subcommand;
use serde_json::Value;

use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::noun::{Noun, each, required};
use crate::cli::output::Column;
use crate::cli::parse;
use crate::cli::progress::{Look, until};
use crate::cli::text::{lines, time};

/// Tasks: what the daemon did to a machine and what came of it.
pub(crate) const TASK: Noun = Noun {
    singular: "task",
    plural: "tasks",
    path: "/v1/tasks",
    list_path: "/v1/tasks",
    columns: &[
        Column::new("UUID", "/uuid"),
        Column::new("KIND", "/kind"),
        Column::new("TARGET", "/target"),
        Column::new("STATE", "/state"),
        Column::new("CREATED", "/created_at")
            .shown_by(time)
            .spare(1),
        Column::new("ERROR", "/error"),
    ],
    order: &[
        "uuid",
        "kind",
        "target",
        "state",
        "step",
        "error",
        "node_uuid",
        "instance_uuid",
        "requested_by",
        "created_at",
        "updated_at",
        "deadline_at",
        "finished_at",
        "milestones",
        "attempts",
    ],
    special,
};

/// `ostler task …`
#[derive(Debug, Subcommand)]
pub(crate) enum TaskCommand {
    /// Show what was done to a machine, attempt by attempt
    Show {
        /// The task's uuid (ostler node tasks NAME lists them)
        #[arg(value_parser = parse::ident)]
        uuid: String,
    },
    /// Call off what has not been done yet; what the BMC was told before may still happen
    Cancel {
        /// The task's uuid
        #[arg(value_parser = parse::ident)]
        uuid: String,
    },
}

/// Runs it.
pub(crate) async fn run(context: &Context, command: TaskCommand) -> Result<(), CliError> {
    match command {
        TaskCommand::Show { uuid } => TASK.show(context, &uuid).await,
        TaskCommand::Cancel { uuid } => {
            context.client.delete(&TASK.at(&uuid)).await?;
            let task = TASK.fetch(context, &uuid).await?;
            let why = task.get("error").and_then(Value::as_str);
            context
                .out
                .say(&format!("task {uuid}: {}", why.unwrap_or("cancelled")))
        }
    }
}

/// Lists the tasks of an instance or a node.
pub(crate) async fn list_of(context: &Context, noun: &Noun, ident: &str) -> Result<(), CliError> {
    let tasks = tasks_of(context, noun, ident).await?;
    TASK.print_list(context, tasks)
}

/// Lists the tasks of each of these, with a column that says whose they are.
pub(crate) async fn list_of_each(
    context: &Context,
    noun: &Noun,
    idents: &[String],
) -> Result<(), CliError> {
    let mut all: Vec<Value> = Vec::new();
    let asked = each(idents, async |ident| {
        for mut task in tasks_of(context, noun, ident).await? {
            if let (Some(task), false) = (task.as_object_mut(), context.out.json) {
                task.insert("of".to_owned(), ident.as_str().into());
            }
            all.push(task);
        }
        Ok(())
    })
    .await;
    let columns = [&[Column::new("OF", "/of")], TASK.columns].concat();
    context.out.list(all, &columns, TASK.plural)?;
    asked
}

/// What was done to an instance or a node, newest first.
pub(crate) async fn tasks_of(
    context: &Context,
    noun: &Noun,
    ident: &str,
) -> Result<Vec<Value>, CliError> {
    let path = format!("{}/tasks", noun.at(ident));
    let mut list = context.client.get(&path).await?.json()?;
    match list.get_mut(TASK.plural).map(Value::take) {
        Some(Value::Array(tasks)) => Ok(tasks),
        _ => Err(CliError::Answer(TASK.plural)),
    }
}

/// Waits until a task has ended well. `part` is how many of how many are done already, where it is one of many.
pub(crate) async fn wait(
    context: &Context,
    uuid: &str,
    what: &str,
    part: Option<(usize, usize)>,
) -> Result<Value, CliError> {
    until(context, what, context.timeout, async || {
        let look = judge(TASK.fetch(context, uuid).await?, what)?;
        Ok(match (look, part) {
            (Look::NotYet(now), Some((done, total))) => Look::Partly { done, total, now },
            (look, _) => look,
        })
    })
    .await
}

fn judge(task: Value, what: &str) -> Result<Look<Value>, CliError> {
    let state = required(&task, "state")?;
    match state {
        "done" => Ok(Look::Reached(task)),
        "failed" | "cancelled" => {
            let error = task.get("error").and_then(Value::as_str);
            Err(CliError::Failed {
                what: what.to_owned(),
                reason: error.unwrap_or(state).to_owned(),
            })
        }
        open => Ok(Look::NotYet(open.to_owned())),
    }
}

fn special(field: &str, value: &Value) -> Option<String> {
    match (field, value) {
        ("attempts", Value::Array(attempts)) if !attempts.is_empty() => {
            Some(lines(attempts, attempt))
        }
        ("milestones", Value::Array(milestones)) if !milestones.is_empty() => {
            Some(lines(milestones, milestone))
        }
        _ => None,
    }
}

/// `02:37:21 kernel: 10.0.0.7, 2 times, last at 02:38:10`
fn milestone(milestone: &Value) -> String {
    let field = |name: &str| milestone.get(name).and_then(Value::as_str);
    let mut line = format!(
        "{} {}",
        clock(field("at").unwrap_or("-")),
        field("name").unwrap_or("-")
    );
    if let Some(detail) = field("detail") {
        line.push_str(&format!(": {detail}"));
    }
    if let Some(times) = milestone.get("times").and_then(Value::as_u64) {
        line.push_str(&format!(", {times} times"));
    }
    if let Some(last) = field("last_at") {
        line.push_str(&format!(", last at {}", clock(last)));
    }
    line
}

/// The time of day.
fn clock(at: &str) -> &str {
    at.get(11..19).unwrap_or(at)
}

/// `02:37:21 ensure_off: accepted, 12 ms: the BMC …`
fn attempt(attempt: &Value) -> String {
    let field = |name: &str| attempt.get(name).and_then(Value::as_str).unwrap_or("-");
    let at = field("at");
    let mut line = format!("{} {}: {}", clock(at), field("step"), field("outcome"));
    if let Some(elapsed) = attempt.get("elapsed_ms").and_then(Value::as_i64) {
        line.push_str(&format!(", {elapsed} ms"));
    }
    if let Some(times) = attempt.get("times").and_then(Value::as_u64) {
        line.push_str(&format!(", {times} times"));
    }
    if let Some(detail) = attempt.get("detail").and_then(Value::as_str) {
        line.push_str(&format!(": {detail}"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_task_that_failed_ends_the_wait_with_its_reason() {
        let task = json!({"state": "failed", "error": "The BMC refused the password."});
        let Err(error) = judge(task, "boot device") else {
            panic!("a failed task was waited for");
        };
        assert_eq!(
            error.to_string(),
            "boot device: The BMC refused the password."
        );
        assert!(matches!(
            judge(json!({"state": "issued"}), "x"),
            Ok(Look::NotYet(_))
        ));
        assert!(matches!(
            judge(json!({"state": "done"}), "x"),
            Ok(Look::Reached(_))
        ));
    }

    #[test]
    fn a_milestone_is_one_line() {
        let at = "2016-09-27T02:37:21.966342+00:00";
        let once = json!({"name": "script", "at": at, "detail": null});
        assert_eq!(milestone(&once), "02:37:21 script");
        let twice = json!({"name": "kernel", "at": at, "detail": "by 10.0.0.7", "times": 2,
            "last_at": "2016-09-27T02:38:10.000000+00:00"});
        let line = "02:37:21 kernel: by 10.0.0.7, 2 times, last at 02:38:10";
        assert_eq!(milestone(&twice), line);
    }

    #[test]
    fn an_attempt_is_one_line() {
        let line = attempt(
            &json!({"at": "2016-09-27T02:37:21.966342+00:00", "step": "ensure_off",
            "outcome": "accepted", "detail": "power off", "elapsed_ms": 12}),
        );
        assert_eq!(line, "02:37:21 ensure_off: accepted, 12 ms: power off");
    }
}
