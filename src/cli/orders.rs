//! Orders that become a task at each node: given to one or many, and waited for.

use serde_json::Value;

use crate::cli::Context;
use crate::cli::answer::Answer;
use crate::cli::exit::CliError;
use crate::cli::noun::each;
use crate::cli::task;

/// Gives an order to each of these nodes, and waits for each in turn where asked to: they go on side by side meanwhile.
/// `what` is what is ordered, such as `new password`.
///
/// # Errors
///
/// As of [`each`], the first of ordering or else of waiting.
pub(crate) async fn order_each(
    context: &Context,
    names: &[String],
    what: &str,
    wait: bool,
    mut order: impl AsyncFnMut(&str) -> Result<Answer, CliError>,
) -> Result<(), CliError> {
    let mut ordered: Vec<(String, String)> = Vec::new();
    let accepted = each(names, async |name| {
        let answer = order(name).await?;
        ordered.push((name.clone(), task_of(&answer)?));
        if wait {
            return Ok(());
        }
        context.out.say(&format!(
            "node {name}: {what} accepted (see how it goes: ostler node tasks {name})"
        ))
    })
    .await;
    if let Err(CliError::Interrupted | CliError::Output(_)) = accepted {
        return accepted;
    }
    let waited = if wait {
        wait_for_each(context, &ordered, what).await
    } else {
        Ok(())
    };
    accepted.and(waited)
}

async fn wait_for_each(
    context: &Context,
    ordered: &[(String, String)],
    what: &str,
) -> Result<(), CliError> {
    let names: Vec<&String> = ordered.iter().map(|(name, _)| name).collect();
    let mut tasks = ordered.iter().map(|(_, task)| task).enumerate();
    let mut done: Vec<Value> = Vec::new();
    let outcome = each(&names, async |name| {
        let (ended, task) = tasks.next().ok_or(CliError::Answer("tasks"))?;
        let what = format!("node {name}: {what}");
        let part = (ordered.len() > 1).then_some((ended, ordered.len()));
        done.push(task::wait(context, task, &what, part).await?);
        if context.out.json {
            return Ok(());
        }
        context.out.say(&format!("{what} is set"))
    })
    .await;
    if context.out.json {
        match done.as_slice() {
            [only] if ordered.len() == 1 => context.out.json(only)?,
            all => context.out.json(&Value::Array(all.to_vec()))?,
        }
    }
    outcome
}

/// The task that an accepted order became: in the body, or at the end of `Location`.
fn task_of(answer: &Answer) -> Result<String, CliError> {
    let body = answer.json()?;
    if let Some(uuid) = body.get("uuid").and_then(Value::as_str) {
        return Ok(uuid.to_owned());
    }
    answer
        .header("location")
        .and_then(|location| location.rsplit_once("/tasks/"))
        .map(|(_, uuid)| uuid.to_owned())
        .ok_or(CliError::Answer("Location"))
}
