//! What becomes of machines that did not do what was awaited, in one transaction each: they are set up again.

use std::time::Duration;

use rusqlite::Connection;

use crate::crash;
use crate::model::task::{Step, Task, TaskKind, TaskState};
use crate::rules::deploy;
use crate::store::seal::Sealer;
use crate::store::{self, StoreError};
use crate::time::{self, Timestamp};
use crate::worker::Context;
use crate::worker::outcome::{add_attempt, current};
use crate::worker::pace::jittered;
use crate::worker::runner::Round;
use crate::worker::tried::Tried;

/// The pause after the first round of a delete that did not wipe its machine. It doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Takes a deploy back to where its machine is turned off, if it has a try left. Says whether.
pub(super) async fn set_up_again(
    context: &Context,
    task: &Task,
    tried: Tried,
) -> Result<bool, StoreError> {
    let (task, settings) = (task.clone(), context.settings());
    context
        .store
        .write(move |connection| {
            let now = time::now();
            let Some(mut current) = current(connection, &task)? else {
                // It is another by now: the next round sees that.
                return Ok(true);
            };
            if came_after_all(connection, &current)? {
                return Ok(true);
            }
            let tries = store::netboot::tries(connection, current.id)?;
            let from = deploy::set_up_from(&current.steps, current.step);
            let has_one_left = tries.is_some_and(|tries| tries < settings.netboot.retries);
            // A delete has no end of tries: it begins again from its first step.
            let is_deploy = current.kind == TaskKind::Deploy;
            add_attempt(connection, &current, &tried, now)?;
            let Some(from) = from.filter(|_| has_one_left && is_deploy) else {
                return Ok(false);
            };
            store::netboot::add_try(connection, current.id)?;
            begin_at(&mut current, from, now);
            current.error.clone_from(&tried.detail);
            current.deadline_at = now.plus(settings.change_deadline);
            store::task::update(connection, &current)?;
            crash::commit("set_up_again");
            Ok(true)
        })
        .await
}

/// Whether what a task waits for was seen after it was last looked for: the power was read meanwhile, which may take a while.
pub(super) fn came_after_all(connection: &Connection, task: &Task) -> Result<bool, StoreError> {
    let Some(Step::Await(awaited)) = task.steps.get(task.step) else {
        return Ok(false);
    };
    let seen = store::netboot::list(connection, task.id)?;
    Ok(seen.iter().any(|reached| reached.milestone >= *awaited))
}

/// Begins a delete again that has not wiped its machine, after a pause that grows.
pub(super) fn scrub_again(
    connection: &Connection,
    sealer: &Sealer,
    mut task: Task,
    reason: String,
    pace: Again,
    now: Timestamp,
) -> Result<Round, StoreError> {
    let tries = store::netboot::tries(connection, task.id)?.unwrap_or_default();
    store::netboot::add_try(connection, task.id)?;
    // What was wrong with the image may have been set right.
    store::netboot::renew(connection, sealer, task.id)?;
    let grown = FIRST_PAUSE.saturating_mul(1 << tries.min(16));
    let pause = jittered(grown.min(pace.longest_pause.max(FIRST_PAUSE)));
    begin_at(&mut task, 0, now);
    task.error = Some(reason);
    task.deadline_at = now.plus(pause + pace.first_step);
    store::task::update(connection, &task)?;
    crash::commit("scrub_again");
    Ok(Round::Wait(pause))
}

/// How a delete begins again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Again {
    /// The longest pause before.
    pub(super) longest_pause: Duration,
    /// How long its first step has.
    pub(super) first_step: Duration,
}

fn begin_at(task: &mut Task, step: usize, now: Timestamp) {
    task.step = step;
    task.state = TaskState::Observing;
    task.issued_at = None;
    task.accepted = 0;
    task.updated_at = now;
}
