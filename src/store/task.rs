//! The tables `tasks` and `attempts`.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::event::{Cause, EventKind, Origin};
use crate::model::ids::{InstanceId, NodeId, TaskId};
use crate::model::power::PowerTarget;
use crate::model::task::{Attempt, Requester, Task, TaskState};
use crate::store::event::Change;
use crate::store::sql_types::Json;
use crate::store::{StoreError, event, operation};
use crate::time::Timestamp;

const SELECT: &str = "SELECT uuid, kind, target, state, steps, step, issued_at, accepted, node_id, instance_id, \
     requested_by, timeout_secs, created_at, updated_at, deadline_at, finished_at, error, escalate FROM tasks";

/// This many ended tasks are kept for each node.
const KEPT_TASKS: u32 = 100;

/// This many attempts are kept for each task: one that retries for weeks keeps its latest.
const KEPT_ATTEMPTS: i64 = 500;

/// One task.
pub fn find(connection: &Connection, id: TaskId) -> Result<Option<Task>, StoreError> {
    let sql = format!("{SELECT} WHERE uuid = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?)
}

/// The open task of a node.
pub fn find_open(connection: &Connection, node: NodeId) -> Result<Option<Task>, StoreError> {
    let sql = format!("{SELECT} WHERE node_id = ?1 AND finished_at IS NULL");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([node], from_row)
        .optional()?)
}

/// An open task, with what its worker must be told of when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenTask {
    /// The task.
    pub id: TaskId,
    /// Its node.
    pub node_id: NodeId,
    /// What it is to reach.
    pub target: Option<PowerTarget>,
    /// Which settings of the BMC are in force.
    pub bmc_revision: i64,
    /// How often the machine that is being booted was seen to do something, and when last: it changes with all that it does,
    /// also where that was forgotten in between.
    pub milestones: (i64, Option<Timestamp>),
}

/// All open tasks, oldest first.
pub fn list_open(connection: &Connection) -> Result<Vec<OpenTask>, StoreError> {
    const SQL: &str = "SELECT tasks.uuid, tasks.node_id, tasks.target, nodes.bmc_revision, \
         (SELECT coalesce(sum(times), 0) FROM milestones WHERE task_id = tasks.uuid), \
         (SELECT max(last_at) FROM milestones WHERE task_id = tasks.uuid) \
         FROM tasks JOIN nodes ON nodes.uuid = tasks.node_id \
         WHERE tasks.finished_at IS NULL ORDER BY tasks.created_at, tasks.uuid";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| {
        Ok(OpenTask {
            id: row.get(0)?,
            node_id: row.get(1)?,
            target: row.get(2)?,
            bmc_revision: row.get(3)?,
            milestones: (row.get(4)?, row.get(5)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which task of a node came last. Two equal marks mean that none was there in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleMark(Option<i64>);

/// A mark of a node that nothing is being done to; `None` while a task is open. No clock decides this: what was read between two
/// equal marks was not moved by a task, also when the wall clock was set back meanwhile.
pub fn idle_mark(connection: &Connection, node: NodeId) -> Result<Option<IdleMark>, StoreError> {
    const OPEN: &str = "SELECT 1 FROM tasks WHERE node_id = ?1 AND finished_at IS NULL";
    const LAST: &str = "SELECT max(rowid) FROM tasks WHERE node_id = ?1";
    if connection.prepare_cached(OPEN)?.exists([node])? {
        return Ok(None);
    }
    let last = connection
        .prepare_cached(LAST)?
        .query_row([node], |row| row.get(0))?;
    Ok(Some(IdleMark(last)))
}

/// A node's tasks, newest first.
pub fn list_of_node(connection: &Connection, node: NodeId) -> Result<Vec<Task>, StoreError> {
    let sql = format!("{SELECT} WHERE node_id = ?1 ORDER BY created_at DESC, uuid DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement
        .query_map([node], from_row)?
        .collect::<Result<_, _>>()?)
}

/// An instance's tasks, newest first.
pub fn list_of_instance(
    connection: &Connection,
    instance: InstanceId,
) -> Result<Vec<Task>, StoreError> {
    let sql = format!("{SELECT} WHERE instance_id = ?1 ORDER BY created_at DESC, uuid DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement
        .query_map([instance], from_row)?
        .collect::<Result<_, _>>()?)
}

/// How many tasks there are in each open state.
pub fn count_open(connection: &Connection) -> Result<Vec<(TaskState, u32)>, StoreError> {
    // In the words of the index `one_open_task_per_node`, so that it is used: finished tasks are many.
    const SQL: &str = "SELECT state, count(*) FROM tasks \
         WHERE finished_at IS NULL GROUP BY state";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: HashMap<TaskState, u32> = rows.collect::<Result<_, _>>()?;
    let open = TaskState::ALL.into_iter().filter(|state| state.is_open());
    Ok(open
        .map(|state| (state, found.get(&state).copied().unwrap_or(0)))
        .collect())
}

/// Writes a new task. A node that has an open one violates `tasks.node_id`.
pub fn insert(connection: &Connection, new: &Task) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO tasks (uuid, kind, target, state, steps, step, issued_at, accepted, node_id, \
         instance_id, requested_by, timeout_secs, created_at, updated_at, deadline_at, finished_at, error, escalate) VALUES \
         (:uuid, :kind, :target, :state, :steps, :step, :issued_at, :accepted, :node_id, :instance_id, \
         :requested_by, :timeout_secs, :created_at, :updated_at, :deadline_at, :finished_at, :error, :escalate)";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":kind": new.kind,
        ":target": new.target,
        ":state": new.state,
        ":steps": Json(&new.steps),
        ":step": i64::try_from(new.step).unwrap_or(i64::MAX),
        ":issued_at": new.issued_at,
        ":accepted": new.accepted,
        ":node_id": new.node_id,
        ":instance_id": new.instance_id,
        ":requested_by": Json(&new.requested_by),
        ":timeout_secs": new.timeout_secs,
        ":created_at": new.created_at,
        ":updated_at": new.updated_at,
        ":deadline_at": new.deadline_at,
        ":finished_at": new.finished_at,
        ":error": new.error,
        ":escalate": new.escalate,
    })?;
    let cause = if new.requested_by.is_policy() {
        Cause::Policy
    } else {
        Cause::Request
    };
    let origin = Origin {
        cause,
        ..Origin::task(new)
    };
    insert_event(connection, new, None, &origin, new.created_at)
}

/// Writes where a task is now, by its own progress.
pub fn update(connection: &Connection, changed: &Task) -> Result<(), StoreError> {
    update_for(connection, changed, &Origin::task(changed))
}

/// Writes where a task is now because somebody asked for that.
pub fn update_by(
    connection: &Connection,
    changed: &Task,
    by: &Requester,
) -> Result<(), StoreError> {
    let origin = Origin {
        task: Origin::task(changed).task,
        ..Origin::request(by)
    };
    update_for(connection, changed, &origin)
}

fn update_for(connection: &Connection, changed: &Task, origin: &Origin) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE tasks SET target = :target, state = :state, steps = :steps, step = :step, \
         issued_at = :issued_at, accepted = :accepted, updated_at = :updated_at, deadline_at = :deadline_at, \
         finished_at = :finished_at, error = :error, escalate = :escalate, timeout_secs = :timeout_secs \
         WHERE uuid = :uuid";
    let before = find(connection, changed.id)?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": changed.id,
        ":target": changed.target,
        ":state": changed.state,
        ":steps": Json(&changed.steps),
        ":step": i64::try_from(changed.step).unwrap_or(i64::MAX),
        ":issued_at": changed.issued_at,
        ":accepted": changed.accepted,
        ":updated_at": changed.updated_at,
        ":deadline_at": changed.deadline_at,
        ":finished_at": changed.finished_at,
        ":error": changed.error,
        ":escalate": changed.escalate,
        ":timeout_secs": changed.timeout_secs,
    })?;
    if !changed.state.is_open() {
        operation::record_end(connection, changed)?;
    }
    match before {
        Some(before) if has_moved(&before, changed) => {
            let old = Some(before.state);
            insert_event(connection, changed, old, origin, changed.updated_at)
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether clients should hear of the difference.
fn has_moved(before: &Task, now: &Task) -> bool {
    (before.state, before.step, before.target) != (now.state, now.step, now.target)
}

fn insert_event(
    connection: &Connection,
    task: &Task,
    old: Option<TaskState>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = Change {
        kind: EventKind::Task,
        old: old.map(TaskState::as_str),
        new: Some(task.state.as_str()),
        detail: task.error.as_deref(),
    };
    event::insert(connection, task.node_id, change, origin, now)
}

/// How many tasks of a node its own policy has ordered since then.
pub fn count_by_policy(
    connection: &Connection,
    node: NodeId,
    since: Timestamp,
) -> Result<usize, StoreError> {
    const SQL: &str = "SELECT requested_by FROM tasks WHERE node_id = ?1 AND created_at > ?2";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map(rusqlite::params![node, since], |row| {
        Ok(row.get::<_, Json<Requester>>(0)?.0.is_policy())
    })?;
    let by_policy: Vec<bool> = rows.collect::<Result<_, _>>()?;
    Ok(by_policy.into_iter().filter(|is| *is).count())
}

/// Drops a node's oldest ended tasks.
pub fn prune(connection: &Connection, node: NodeId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM tasks WHERE node_id = ?1 AND finished_at IS NOT NULL AND uuid NOT IN \
         (SELECT uuid FROM tasks WHERE node_id = ?1 ORDER BY created_at DESC, uuid DESC LIMIT ?2)";
    connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![node, KEPT_TASKS])?;
    Ok(())
}

/// What was tried for a task, in order.
pub fn list_attempts(connection: &Connection, task: TaskId) -> Result<Vec<Attempt>, StoreError> {
    const SQL: &str = "SELECT at, step, outcome, detail, elapsed_ms, times, last_at FROM attempts \
         WHERE task_id = ?1 ORDER BY seq";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([task], |row| {
        Ok(Attempt {
            at: row.get(0)?,
            step: row.get(1)?,
            outcome: row.get(2)?,
            detail: row.get(3)?,
            elapsed_ms: row.get(4)?,
            times: row.get(5)?,
            last_at: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds what was tried. A repetition of the last attempt, word for word, is counted there.
pub fn insert_attempt(
    connection: &Connection,
    task: TaskId,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    const LAST: &str = "SELECT seq, step, outcome, detail FROM attempts WHERE task_id = ?1 ORDER BY seq DESC LIMIT 1";
    const SQL: &str = "INSERT INTO attempts (task_id, seq, at, step, outcome, detail, elapsed_ms) \
         VALUES (:task, :seq, :at, :step, :outcome, :detail, :elapsed_ms)";
    const EXPIRE: &str = "DELETE FROM attempts WHERE task_id = ?1 AND seq <= ?2";
    type Last = (i64, String, String, Option<String>);
    let last: Option<Last> = connection
        .prepare_cached(LAST)?
        .query_row([task], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let seq = match last {
        Some((seq, step, outcome, detail))
            if step == attempt.step && outcome == attempt.outcome && detail == attempt.detail =>
        {
            return repeat_attempt(connection, task, seq, attempt);
        }
        Some((seq, ..)) => seq + 1,
        None => 1,
    };
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":task": task,
        ":seq": seq,
        ":at": attempt.at,
        ":step": attempt.step,
        ":outcome": attempt.outcome,
        ":detail": attempt.detail,
        ":elapsed_ms": attempt.elapsed_ms,
    })?;
    connection
        .prepare_cached(EXPIRE)?
        .execute(rusqlite::params![task, seq - KEPT_ATTEMPTS])?;
    Ok(())
}

fn repeat_attempt(
    connection: &Connection,
    task: TaskId,
    seq: i64,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE attempts SET times = times + 1, last_at = :at, elapsed_ms = :elapsed_ms \
         WHERE task_id = :task AND seq = :seq";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":task": task,
        ":seq": seq,
        ":at": attempt.at,
        ":elapsed_ms": attempt.elapsed_ms,
    })?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Task> {
    let step: i64 = row.get(5)?;
    Ok(Task {
        id: row.get(0)?,
        kind: row.get(1)?,
        target: row.get(2)?,
        state: row.get(3)?,
        steps: row.get::<_, Json<_>>(4)?.0,
        step: usize::try_from(step).unwrap_or(usize::MAX),
        issued_at: row.get(6)?,
        accepted: row.get(7)?,
        node_id: row.get(8)?,
        instance_id: row.get(9)?,
        requested_by: row.get::<_, Json<_>>(10)?.0,
        timeout_secs: row.get(11)?,
        created_at: row.get(12)?,
        updated_at: row.get(13)?,
        deadline_at: row.get(14)?,
        finished_at: row.get(15)?,
        error: row.get(16)?,
        escalate: row.get(17)?,
    })
}
