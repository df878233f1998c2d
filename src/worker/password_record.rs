//! What happened while a BMC was given another password becomes durable, like in [`outcome`](super::outcome): what is
//! known of the password changes in one transaction with the task.

use std::time::Duration;

use crate::bmc::Certainty;
use crate::crash;
use crate::model::power::PowerState;
use crate::model::task::{Task, TaskState};
use crate::store::{self, StoreError};
use crate::time;
use crate::worker::Context;
use crate::worker::ending::end_well;
use crate::worker::outcome::{add_attempt, current};
use crate::worker::runner::Round;
use crate::worker::tried::Tried;

/// Commits that the new password is about to leave. `None`: the task has changed, do not send it.
pub async fn issue(
    context: &Context,
    task: Task,
    tried: Tried,
) -> Result<Option<Task>, StoreError> {
    let issued = context.store.write(move |connection| {
        let now = time::now();
        let Some(mut current) = current(connection, &task)? else {
            return Ok(None);
        };
        add_attempt(connection, &current, &tried, now)?;
        current.state = TaskState::Issued;
        current.issued_at = Some(now);
        current.updated_at = now;
        store::task::update(connection, &current)?;
        store::rotation::set_sent(connection, current.node_id, now)?;
        crash::commit("rotate_issue");
        Ok::<_, StoreError>(Some(current))
    });
    issued.await
}

/// Commits what came back: `None` if the BMC accepted it. `before`: the password had been sent earlier as well.
pub async fn answered(
    context: &Context,
    task: &mut Task,
    certainty: Option<Certainty>,
    before: bool,
    tried: Tried,
) -> Result<(), StoreError> {
    let issued = task.clone();
    let updated = context.store.write(move |connection| {
        let now = time::now();
        let nothing_sent = matches!(certainty, Some(Certainty::NotSent | Certainty::Refused));
        if nothing_sent {
            store::rotation::take_back(connection, issued.node_id, before)?;
        }
        let Some(mut current) = current(connection, &issued)? else {
            // Called off meanwhile: what became of the password is told all the same.
            if nothing_sent {
                store::rotation::drop_unsent(connection, issued.node_id)?;
            }
            if store::task::find(connection, issued.id)?.is_some() {
                add_attempt(connection, &issued, &tried, now)?;
            }
            return Ok(issued);
        };
        if certainty.is_none() {
            current.accepted = current.accepted.saturating_add(1);
        }
        // Before it could leave there may have been a login, or seconds of silence: it left by now, and no sooner is known.
        current.issued_at = (!nothing_sent).then_some(now);
        current.state = TaskState::Waiting;
        current.error = certainty.and(tried.detail.clone());
        current.updated_at = now;
        store::task::update(connection, &current)?;
        add_attempt(connection, &current, &tried, now)?;
        crash::commit("rotate_answered");
        Ok::<_, StoreError>(current)
    });
    *task = updated.await?;
    Ok(())
}

/// Commits that the BMC has still the old password, so long after the new one was sent.
pub async fn old_seen(context: &Context, task: &Task, tried: Tried) -> Result<(), StoreError> {
    let task = task.clone();
    let recorded = context.store.write(move |connection| {
        let now = time::now();
        store::rotation::set_old_seen(connection, task.node_id)?;
        let Some(mut current) = current(connection, &task)? else {
            return Ok(());
        };
        current.state = TaskState::Observing;
        current.issued_at = None;
        current.updated_at = now;
        store::task::update(connection, &current)?;
        crash::commit("rotate_old");
        add_attempt(connection, &current, &tried, now)
    });
    recorded.await
}

/// Commits that the BMC takes the new password, which is the node's own from now on, and with it the end of the task. It is so
/// also where the task was called off meanwhile.
pub async fn verified(
    context: &Context,
    task: Task,
    seen: PowerState,
    tried: Tried,
) -> Result<Round, StoreError> {
    let store = context.store.clone();
    let recorded = context.store.write(move |connection| {
        let now = time::now();
        let current = current(connection, &task)?;
        store::rotation::adopt(connection, store.sealer(), task.node_id, now)?;
        store::power::record_reading(connection, task.node_id, seen, now)?;
        crash::commit("rotate_verified");
        let Some(mut current) = current else {
            return Ok(Round::Moved);
        };
        add_attempt(connection, &current, &tried, now)?;
        current.step = current.step.saturating_add(1);
        current.issued_at = None;
        current.error = None;
        end_well(connection, current, Duration::ZERO, now)
    });
    let round = recorded.await?;
    context.wakes.nodes.notify();
    Ok(round)
}
