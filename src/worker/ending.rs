//! The end of a task: what it means for the task itself, for its node, and for the instance that it was for.

use std::time::Duration;

use rusqlite::Connection;

use crate::crash;
use crate::model::event::Origin;
use crate::model::instance::{Instance, InstanceStatus};
use crate::model::task::{Task, TaskKind, TaskState};
use crate::store::{self, StoreError};
use crate::time::Timestamp;
use crate::worker::runner::Round;

/// Ends a task whose states are all reached, and moves its instance on.
///
/// A machine that the daemon boots and that is active at its power-on is served for `window` after that.
pub fn end_well(
    connection: &Connection,
    task: Task,
    window: Duration,
    now: Timestamp,
) -> Result<Round, StoreError> {
    store::power::set_last_error(connection, task.node_id, None, now)?;
    match task.kind {
        TaskKind::Deploy => {
            store::netboot::set_expiry(connection, task.id, now.plus(window))?;
            set_instance(connection, &task, InstanceStatus::Active, None, now)?;
        }
        TaskKind::Power => {
            // What put an instance into `error` stays true after a power change.
            if let Some(instance) = find_instance(connection, &task)?
                && instance.status != InstanceStatus::Error
            {
                set_instance(connection, &task, instance.status, None, now)?;
            }
        }
        TaskKind::BootDevice | TaskKind::RotatePassword => {}
        TaskKind::Delete => {
            if let Some(instance) = find_instance(connection, &task)? {
                store::instance::delete(connection, &instance, None, &Origin::task(&task), now)?;
            }
        }
    }
    close(connection, task, TaskState::Done, None, now)?;
    crash::commit("done");
    Ok(Round::Ended)
}

/// Ends a task like this, whatever it was for.
pub fn close(
    connection: &Connection,
    mut task: Task,
    state: TaskState,
    error: Option<String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    task.state = state;
    task.error = error;
    task.finished_at = Some(now);
    task.updated_at = now;
    store::task::update(connection, &task)?;
    store::power::set_target(connection, task.node_id, None, now)?;
    if state != TaskState::Done {
        store::power::forget_wanted(connection, task.node_id)?;
        if task.kind == TaskKind::RotatePassword {
            store::rotation::drop_unsent(connection, task.node_id)?;
        }
    }
    store::task::prune(connection, task.node_id)
}

/// Tells the instance of a task that is given up.
pub fn fail_instance(
    connection: &Connection,
    task: &Task,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(instance) = find_instance(connection, task)? else {
        return Ok(());
    };
    let status = match task.kind {
        TaskKind::Deploy => InstanceStatus::Error,
        TaskKind::Power | TaskKind::BootDevice | TaskKind::Delete | TaskKind::RotatePassword => {
            instance.status
        }
    };
    let step = task.steps.get(task.step);
    let step = step.map_or("end", |step| step.in_words());
    let reason = match task.kind {
        TaskKind::Deploy => format!("the deploy failed at the step \"{step}\": {reason}"),
        TaskKind::BootDevice | TaskKind::RotatePassword => return Ok(()),
        // Why it is in `error` is what its owner has to know; the order's failure is in its task and on the node.
        TaskKind::Power if instance.status == InstanceStatus::Error => return Ok(()),
        TaskKind::Power | TaskKind::Delete => reason.to_owned(),
    };
    set_instance(connection, task, status, Some(&reason), now)
}

fn find_instance(connection: &Connection, task: &Task) -> Result<Option<Instance>, StoreError> {
    Ok(task
        .instance_id
        .map(|id| store::instance::find(connection, id))
        .transpose()?
        .flatten())
}

/// Moves the instance of a task, if it is for one.
pub fn set_instance(
    connection: &Connection,
    task: &Task,
    status: InstanceStatus,
    last_error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    match task.instance_id {
        Some(id) => {
            let origin = Origin::task(task);
            store::instance::update_status(connection, id, status, last_error, &origin, now)
        }
        None => Ok(()),
    }
}
