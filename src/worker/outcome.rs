//! What happened becomes durable: task, attempts, node and instance in one transaction.
//!
//! Each function looks again whether the task is still the one that was worked on. A client may have cancelled or hardened
//! it meanwhile; then only what was seen is recorded.

use std::time::Duration;

use rusqlite::Connection;

use crate::bmc::Certainty;
use crate::crash;
use crate::model::instance::InstanceStatus;
use crate::model::netboot::Milestone;
use crate::model::power::{PowerAction, PowerState};
use crate::model::task::{Step, Task, TaskKind, TaskState};
use crate::rules::deploy;
use crate::store::{self, StoreError};
use crate::time::{self, Timestamp};
use crate::worker::ending::{close, end_well, fail_instance, set_instance};
use crate::worker::netboot_record::{Again, came_after_all, scrub_again};
use crate::worker::runner::{Memory, Round};
use crate::worker::tried::{Failure, Tried};
use crate::worker::{Context, NetbootPace, WorkerSettings};

/// Records what was seen, with the task where it was.
pub async fn observed(
    context: &Context,
    task: &Task,
    seen: PowerState,
    tried: Tried,
) -> Result<(), StoreError> {
    let task = task.clone();
    context
        .store
        .write(move |connection| {
            let now = time::now();
            store::power::record_reading(connection, task.node_id, seen, now)?;
            let Some(mut current) = current(connection, &task)? else {
                return Ok(());
            };
            if current.state == TaskState::Queued {
                current.state = TaskState::Observing;
                current.updated_at = now;
                store::task::update(connection, &current)?;
            }
            crash::commit("observed");
            add_attempt(connection, &current, &tried, now)
        })
        .await
}

/// Records an attempt that changes nothing else.
pub async fn tried(context: &Context, task: &Task, tried: Tried) -> Result<(), StoreError> {
    let task = task.clone();
    context
        .store
        .write(move |connection| add_tried(connection, &task, &tried, time::now()))
        .await
}

/// Records that the power cannot be read, which is unknown from now on. Nothing else says so while the task goes on: nodes
/// with a task are not polled.
pub async fn lost(context: &Context, task: &Task, tried: Tried) -> Result<(), StoreError> {
    let (task, last_reading) = (task.clone(), context.last_reading(task.node_id));
    context
        .store
        .write(move |connection| {
            let now = time::now();
            let reason = tried.detail.as_deref().unwrap_or(tried.outcome);
            store::power::record_failure(
                connection,
                task.node_id,
                reason,
                true,
                last_reading,
                now,
            )?;
            if let Some(current) = current(connection, &task)?
                && current.kind == TaskKind::Delete
            {
                set_instance(
                    connection,
                    &current,
                    InstanceStatus::Deleting,
                    Some(reason),
                    now,
                )?;
            }
            crash::commit("lost");
            add_tried(connection, &task, &tried, now)
        })
        .await
}

fn add_tried(
    connection: &Connection,
    task: &Task,
    tried: &Tried,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(mut current) = current(connection, task)? else {
        return Ok(());
    };
    current.error.clone_from(&tried.detail);
    current.updated_at = now;
    if current.state == TaskState::Queued {
        current.state = TaskState::Observing;
    }
    store::task::update(connection, &current)?;
    crash::commit("tried");
    add_attempt(connection, &current, tried, now)
}

/// Records what was seen, and that the next command waits for something other than the BMC, which its deadline does not
/// count. A client's own timeout counts everything.
pub async fn held(
    context: &Context,
    task: &Task,
    seen: PowerState,
    tried: Tried,
    at_least: Duration,
) -> Result<(), StoreError> {
    let (task, change) = (task.clone(), context.settings().change_deadline);
    context
        .store
        .write(move |connection| {
            let now = time::now();
            store::power::record_reading(connection, task.node_id, seen, now)?;
            let Some(mut current) = current(connection, &task)? else {
                return Ok(());
            };
            if current.timeout_secs.is_none() {
                current.deadline_at = now.plus(at_least + change);
            }
            current.state = TaskState::Observing;
            current.updated_at = now;
            store::task::update(connection, &current)?;
            add_attempt(connection, &current, &tried, now)
        })
        .await
}

/// Gives the step its whole time again, now that what it waited for is there.
pub async fn renew(context: &Context, task: &Task) -> Result<(), StoreError> {
    let (task, change) = (task.clone(), context.settings().change_deadline);
    context
        .store
        .write(move |connection| {
            let Some(mut current) = current(connection, &task)? else {
                return Ok(());
            };
            if current.timeout_secs.is_none() {
                current.deadline_at = time::now().plus(change);
                store::task::update(connection, &current)?;
            }
            Ok(())
        })
        .await
}

/// Commits that the machine is turned off the hard way, after the operating system was asked in vain.
pub async fn escalated(context: &Context, task: Task, tried: Tried) -> Result<Round, StoreError> {
    let change = context.settings().change_deadline;
    context
        .store
        .write(move |connection| {
            let now = time::now();
            let Some(mut current) = current(connection, &task)? else {
                return Ok(Round::Moved);
            };
            add_attempt(connection, &current, &tried, now)?;
            if let Some(step) = current.steps.get_mut(current.step) {
                *step = Step::EnsureOff;
            }
            current.state = TaskState::Observing;
            current.escalate = false;
            current.issued_at = None;
            current.accepted = 0;
            current.timeout_secs = None;
            current.deadline_at = now.plus(change);
            current.updated_at = now;
            store::task::update(connection, &current)?;
            Ok(Round::Moved)
        })
        .await
}

/// Commits that a command is about to leave. `None`: the task has changed, do not send it.
pub async fn issue(
    context: &Context,
    task: Task,
    action: PowerAction,
    seen: PowerState,
    tried: Tried,
) -> Result<Option<Task>, StoreError> {
    context
        .store
        .write(move |connection| {
            let now = time::now();
            store::power::record_reading(connection, task.node_id, seen, now)?;
            let Some(mut current) = current(connection, &task)? else {
                return Ok(None);
            };
            add_attempt(connection, &current, &tried, now)?;
            current.state = TaskState::Issued;
            current.issued_at = Some(now);
            current.updated_at = now;
            store::task::update(connection, &current)?;
            store::power::set_unsettled(connection, current.node_id, action, current.id, now)?;
            crash::commit("issue");
            Ok(Some(current))
        })
        .await
}

/// Commits what came back for a command: `None` if the BMC accepted it.
pub async fn answered(
    context: &Context,
    task: &mut Task,
    certainty: Option<Certainty>,
    tried: Tried,
) -> Result<(), StoreError> {
    let issued = task.clone();
    let updated = context.store.write(move |connection| {
        let now = time::now();
        if matches!(certainty, Some(Certainty::NotSent | Certainty::Refused)) {
            store::power::clear_unsettled(connection, issued.node_id)?;
        } else {
            store::power::touch_unsettled(connection, issued.node_id, issued.id, now)?;
        }
        let Some(mut current) = current(connection, &issued)? else {
            // Called off meanwhile: what became of the command is told all the same.
            if store::task::find(connection, issued.id)?.is_some() {
                add_attempt(connection, &issued, &tried, now)?;
            }
            return Ok(issued);
        };
        match certainty {
            None => current.accepted = current.accepted.saturating_add(1),
            // Nothing is at work: the next look may send again without waiting.
            Some(Certainty::NotSent | Certainty::Refused) => current.issued_at = None,
            Some(Certainty::MaybeSent) => {}
        }
        // Before it could leave there may have been a login, or seconds of silence: it left by now, and no sooner is known.
        current.issued_at = current.issued_at.and(Some(now));
        current.state = TaskState::Waiting;
        current.error = certainty.and(tried.detail.clone());
        current.updated_at = now;
        store::task::update(connection, &current)?;
        add_attempt(connection, &current, &tried, now)?;
        crash::commit("answered");
        Ok::<_, StoreError>(current)
    });
    *task = updated.await?;
    Ok(())
}

/// Commits that a step's state is reached, and with the last step the end of the task.
pub async fn reached(
    context: &Context,
    task: Task,
    seen: Option<PowerState>,
    tried: Tried,
) -> Result<Round, StoreError> {
    let next_deadline = next_deadline(context, &task);
    let window = context.settings().netboot.window;
    context
        .store
        .write(move |connection| {
            let now = time::now();
            if let Some(seen) = seen {
                store::power::record_reading(connection, task.node_id, seen, now)?;
            }
            let Some(mut current) = current(connection, &task)? else {
                return Ok(Round::Moved);
            };
            add_attempt(connection, &current, &tried, now)?;
            if deploy::boots_after(&current.steps, current.step) {
                // It is off: what it was seen to do was an earlier boot's.
                store::netboot::forget(connection, current.id)?;
            }
            current.step = current.step.saturating_add(1);
            current.state = TaskState::Observing;
            current.issued_at = None;
            current.accepted = 0;
            current.error = None;
            current.deadline_at = next_deadline;
            current.updated_at = now;
            crash::commit("reached");
            if current.step >= current.steps.len() {
                return end_well(connection, current, window, now);
            }
            store::task::update(connection, &current)?;
            Ok(Round::Moved)
        })
        .await
}

/// Ends a task that has no step left.
pub async fn finish(context: &Context, task: Task) -> Result<Round, StoreError> {
    let window = context.settings().netboot.window;
    context
        .store
        .write(move |connection| match current(connection, &task)? {
            Some(current) => end_well(connection, current, window, time::now()),
            None => Ok(Round::Moved),
        })
        .await
}

/// Gives a task up, with the reason. A delete is never given up: after a pause that grows it has its whole time again.
pub async fn give_up(
    context: &Context,
    task: Task,
    failure: Failure,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let pause = memory.retry_pause(context, &task);
    let settings = context.settings();
    let next_round = pause + settings.change_deadline;
    let again = Again {
        longest_pause: settings.backoff_max,
        first_step: time_for(&settings, task.steps.first()),
    };
    let store = context.store.clone();
    context
        .store
        .write(move |connection| {
            let now = time::now();
            let Some(mut current) = current(connection, &task)? else {
                return Ok(Round::Moved);
            };
            if came_after_all(connection, &current)? {
                return Ok(Round::Moved);
            }
            crash::commit("give_up");
            let (reason, kind) = failure.into_parts();
            store::power::set_last_error(connection, current.node_id, Some((&reason, kind)), now)?;
            if current.kind == TaskKind::Delete {
                set_instance(
                    connection,
                    &current,
                    InstanceStatus::Deleting,
                    Some(&reason),
                    now,
                )?;
                if deploy::is_scrubbing(&current.steps, current.step) {
                    let sealer = store.sealer();
                    return scrub_again(connection, sealer, current, reason, again, now);
                }
                current.error = Some(reason);
                current.deadline_at = now.plus(next_round);
                current.updated_at = now;
                store::task::update(connection, &current)?;
                return Ok(Round::Wait(pause));
            }
            fail_instance(connection, &current, &reason, now)?;
            close(connection, current, TaskState::Failed, Some(reason), now)?;
            Ok(Round::Ended)
        })
        .await
}

/// When the step after this one is given up; a client's own timeout covers all steps and does not move.
fn next_deadline(context: &Context, task: &Task) -> Timestamp {
    if task.timeout_secs.is_some() {
        return task.deadline_at;
    }
    let next = task.steps.get(task.step.saturating_add(1));
    time::now().plus(time_for(&context.settings(), next))
}

/// How long a step may take where the client does not say.
pub(super) fn time_for(settings: &WorkerSettings, step: Option<&Step>) -> Duration {
    match step {
        Some(Step::SoftOff) => settings.soft_deadline,
        Some(Step::FetchImage) => settings.netboot.fetch,
        Some(Step::Await(milestone)) => awaited_for(settings.netboot, *milestone),
        Some(Step::EnsureOff | Step::EnsureOn | Step::BootDevice(_) | Step::RotatePassword)
        | None => settings.change_deadline,
    }
}

fn awaited_for(pace: NetbootPace, milestone: Milestone) -> Duration {
    match milestone {
        Milestone::Script => pace.script,
        Milestone::Kernel | Milestone::Initrd => pace.kernel,
        Milestone::Data => pace.data,
        Milestone::PhoneHome => pace.phone_home,
    }
}

/// The task as it is now, if it is still at the step that was worked on.
pub(super) fn current(
    connection: &Connection,
    worked_on: &Task,
) -> Result<Option<Task>, StoreError> {
    let now = store::task::find(connection, worked_on.id)?;
    Ok(now.filter(|now| {
        now.state.is_open() && now.step == worked_on.step && now.steps == worked_on.steps
    }))
}

pub(super) fn add_attempt(
    connection: &Connection,
    task: &Task,
    tried: &Tried,
    now: Timestamp,
) -> Result<(), StoreError> {
    store::task::insert_attempt(connection, task.id, &tried.at(now))
}
