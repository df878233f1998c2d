//! How far a machine has got that the daemon boots, while somebody waits for its instance.

use serde_json::Value;

use crate::cli::Context;
use crate::cli::instance::{INSTANCE, progress_of};
use crate::cli::progress::Look;
use crate::cli::task;
use crate::model::netboot::Milestone;
use crate::time::Timestamp;

/// What is to be said of an instance that is not there yet: the milestones of its machine, or else its status.
pub(crate) async fn not_yet<T>(context: &Context, uuid: &str, instance: &Value) -> Look<T> {
    let now = progress_of(instance);
    // Why a delete does not come to an end is more than how far it had got.
    if instance.get("last_error").is_some_and(Value::is_string) {
        return Look::NotYet(now);
    }
    let steps = steps(context, uuid).await;
    if steps.is_empty() {
        Look::NotYet(now)
    } else {
        Look::Steps(steps)
    }
}

/// What was seen of the machine since its newest task began. Who cannot be told that waits all the same.
pub(crate) async fn steps(context: &Context, uuid: &str) -> Vec<String> {
    let tasks = task::tasks_of(context, &INSTANCE, uuid).await;
    let tasks = tasks.unwrap_or_default();
    tasks.first().map(steps_of).unwrap_or_default()
}

fn steps_of(task: &Value) -> Vec<String> {
    let began = task.get("created_at").and_then(time);
    let seen = task.get("milestones").and_then(Value::as_array);
    seen.into_iter()
        .flatten()
        .map(|milestone| step(milestone, began))
        .collect()
}

/// `kernel fetched, 12 s`
fn step(milestone: &Value, began: Option<Timestamp>) -> String {
    let name = milestone.get("name").and_then(Value::as_str).unwrap_or("-");
    let words = match Milestone::parse(name) {
        Some(known) => known.in_words(),
        None => name,
    };
    let at = milestone.get("at").and_then(time);
    match at.zip(began) {
        Some((at, began)) => format!("{words}, {} s", at.since(began).as_secs()),
        None => words.to_owned(),
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(Timestamp::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_milestone_is_told_with_the_time_since_the_task_began() {
        let task = json!({"created_at": "2026-11-24T00:00:56.156023+00:00", "milestones": [
            {"name": "script", "at": "2026-11-24T00:01:41.900000+00:00", "detail": null},
            {"name": "phone_home", "at": "2026-11-24T00:02:56.156023+00:00"},
            {"name": "of another version"},
        ]});
        let told = [
            "boot script fetched, 45 s",
            "phone home, 120 s",
            "of another version",
        ];
        assert_eq!(steps_of(&task), told);
        assert!(steps_of(&json!({"created_at": null})).is_empty());
    }
}
