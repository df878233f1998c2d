//! What BMCs said: the power state of a node and of its instance, and why it cannot be read.
//!
//! Node and instance change together. Nothing is written when nothing changes, so that polling a thousand quiet nodes
//! costs no disk.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::model::event::{Cause, EventKind, Origin};
use crate::model::ids::{NodeId, TaskId};
use crate::model::node::Properties;
use crate::model::power::{PowerAction, PowerPolicy, PowerState, PowerTarget};
use crate::rules::event::cause_of_change;
use crate::store::event::Change;
use crate::store::sql_types::Json;
use crate::store::{StoreError, event, task};
use crate::time::Timestamp;

/// What is stored about a node's power.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPower {
    /// What the BMC last said.
    pub state: Option<PowerState>,
    /// When it was first seen to be so.
    pub at: Option<Timestamp>,
    /// The last failure.
    pub error: Option<String>,
    /// The last chassis command, and when it was committed to be sent, until its state was seen.
    pub unsettled: Option<(PowerAction, Timestamp)>,
    /// The task that it was sent for.
    pub unsettled_task: Option<TaskId>,
    /// What becomes of a change that nobody here asked for.
    pub policy: PowerPolicy,
    /// What was last ordered, unless that failed.
    pub wanted: Option<PowerState>,
    /// How long the machine stays off before it is turned on again, in seconds; `None` for what the settings say.
    pub min_off_secs: Option<u32>,
}

/// What kind of failure a node's `last_error` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The BMC cannot be read; over as soon as it answers.
    Contact,
    /// A task failed; over when a task succeeds.
    Task,
}

/// What is stored now; `None` if the node is gone.
pub fn find(connection: &Connection, node: NodeId) -> Result<Option<KnownPower>, StoreError> {
    const SQL: &str = "SELECT power_state, power_state_at, last_error, unsettled_action, unsettled_at, unsettled_task, \
         power_policy, wanted_power, min_off_secs \
         FROM nodes WHERE uuid = ?1";
    let known = connection.prepare_cached(SQL)?.query_row([node], |row| {
        let action: Option<PowerAction> = row.get(3)?;
        Ok(KnownPower {
            state: row.get(0)?,
            at: row.get(1)?,
            error: row.get(2)?,
            unsettled: action.zip(row.get(4)?),
            unsettled_task: row.get(5)?,
            policy: row.get(6)?,
            wanted: row.get(7)?,
            min_off_secs: row.get(8)?,
        })
    });
    Ok(known.optional()?)
}

/// Records that the BMC said `state`, and that it can be read again. Says whether anything was news.
pub fn record_reading(
    connection: &Connection,
    node: NodeId,
    state: PowerState,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SETTLED: &str = "UPDATE nodes SET unsettled_action = NULL, unsettled_at = NULL, unsettled_task = NULL WHERE uuid = :node \
         AND iif(:state = 'power on', unsettled_action = 'power on', \
             unsettled_action IN ('power off', 'soft power off'))";
    const NODE: &str = "UPDATE nodes SET \
         power_state_at = iif(power_state IS :state, power_state_at, :now), power_state = :state, \
         last_power_state = NULL, last_power_state_at = NULL, \
         last_error = iif(last_error_kind = 'contact', NULL, last_error), \
         last_error_kind = iif(last_error_kind = 'contact', NULL, last_error_kind), \
         updated_at = :now, revision = revision + 1 \
         WHERE uuid = :node AND (power_state IS NOT :state OR last_error_kind = 'contact')";
    let Some(before) = find(connection, node)? else {
        return Ok(false);
    };
    if before.state != Some(state) {
        let origin = origin_of_change(connection, &before, state, now)?;
        insert_event(
            connection,
            node,
            before.state,
            Some(state),
            None,
            &origin,
            now,
        )?;
    }
    let params = named_params! { ":node": node, ":state": state, ":now": now };
    let news = connection.prepare_cached(NODE)?.execute(params)? > 0;
    connection
        .prepare_cached(SETTLED)?
        .execute(named_params! { ":node": node, ":state": state })?;
    set_on_instance(connection, node, Some(state), now)?;
    Ok(news)
}

/// Records that the BMC cannot be read: the reason at once, and that the power is unknown if `forget_state`. What it was
/// stays beside that, with the time at which it was last read; where that was before the last start, with the time since
/// when it was so.
pub fn record_failure(
    connection: &Connection,
    node: NodeId,
    reason: &str,
    forget_state: bool,
    last_reading: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const NODE: &str = "UPDATE nodes SET last_error = :reason, last_error_kind = 'contact', \
         last_power_state = iif(:forget, coalesce(power_state, last_power_state), last_power_state), \
         last_power_state_at = iif(:forget AND power_state IS NOT NULL, \
             max(coalesce(:last_reading, power_state_at), power_state_at), last_power_state_at), \
         power_state = iif(:forget, NULL, power_state), updated_at = :now, revision = revision + 1 \
         WHERE uuid = :node AND (last_error IS NOT :reason OR (:forget AND power_state IS NOT NULL))";
    let before = find(connection, node)?.and_then(|known| known.state);
    if forget_state && before.is_some() {
        let lost = Origin::nobody(Cause::Contact);
        insert_event(connection, node, before, None, Some(reason), &lost, now)?;
    }
    connection.prepare_cached(NODE)?.execute(named_params! {
        ":node": node,
        ":reason": reason,
        ":forget": forget_state,
        ":last_reading": last_reading,
        ":now": now,
    })?;
    if forget_state {
        set_on_instance(connection, node, None, now)?;
    }
    Ok(())
}

/// Sets or clears a node's last failure after a task.
pub fn set_last_error(
    connection: &Connection,
    node: NodeId,
    error: Option<(&str, ErrorKind)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET last_error = :error, last_error_kind = :kind, updated_at = :now, \
         revision = revision + 1 WHERE uuid = :node AND last_error IS NOT :error";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":node": node,
        ":error": error.map(|(text, _)| text),
        ":kind": error.map(|(_, kind)| match kind {
            ErrorKind::Contact => "contact",
            ErrorKind::Task => "task",
        }),
        ":now": now,
    })?;
    Ok(())
}

/// Records that a chassis command is about to leave: until its state is seen it may be at work.
pub fn set_unsettled(
    connection: &Connection,
    node: NodeId,
    action: PowerAction,
    task: TaskId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET unsettled_action = :action, unsettled_at = :now, unsettled_task = :task, \
         turned_on_at = iif(:action = 'power on', :now, turned_on_at) WHERE uuid = :node";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":node": node,
        ":action": action,
        ":now": now,
        ":task": task,
    })?;
    Ok(())
}

/// Records that the last chassis command of this task has left by now, if its state was not seen meanwhile.
pub fn touch_unsettled(
    connection: &Connection,
    node: NodeId,
    task: TaskId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE nodes SET unsettled_at = :now WHERE uuid = :node AND unsettled_task = :task";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":node": node,
        ":task": task,
        ":now": now,
    })?;
    Ok(())
}

/// Records that the last chassis command never left, or that the BMC refused it.
pub fn clear_unsettled(connection: &Connection, node: NodeId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET unsettled_action = NULL, unsettled_at = NULL, unsettled_task = NULL \
         WHERE uuid = ?1";
    connection.prepare_cached(SQL)?.execute([node])?;
    Ok(())
}

/// Says which power order is under way, and with it what is wanted of the machine.
pub fn set_target(
    connection: &Connection,
    node: NodeId,
    target: Option<PowerTarget>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET target_power_state = :target, wanted_power = coalesce(:wanted, wanted_power), \
         updated_at = :now, revision = revision + 1 \
         WHERE uuid = :node AND target_power_state IS NOT :target";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":node": node,
        ":target": target,
        ":wanted": target.map(PowerTarget::leads_to),
        ":now": now,
    })?;
    Ok(())
}

/// Forgets what is wanted of a machine: an order failed or was called off, and what its owner wants now is not known.
pub fn forget_wanted(connection: &Connection, node: NodeId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET wanted_power = NULL WHERE uuid = ?1";
    connection.prepare_cached(SQL)?.execute([node])?;
    Ok(())
}

/// When machines were last told to turn on, with what decides which budgets that counts in; those that were since then.
pub fn list_turned_on(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<(Timestamp, String, Properties)>, StoreError> {
    const SQL: &str = "SELECT turned_on_at, availability_zone, properties FROM nodes WHERE turned_on_at > ?1 \
         ORDER BY turned_on_at";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([since], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, Json<_>>(2)?.0))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What decides which power-on budgets a machine counts in; `None` if the node is gone.
pub fn find_group(
    connection: &Connection,
    node: NodeId,
) -> Result<Option<(String, Properties)>, StoreError> {
    const SQL: &str = "SELECT availability_zone, properties FROM nodes WHERE uuid = ?1";
    let group = connection
        .prepare_cached(SQL)?
        .query_row([node], |row| Ok((row.get(0)?, row.get::<_, Json<_>>(1)?.0)));
    Ok(group.optional()?)
}

/// Whose doing it is that the power is another than it was.
fn origin_of_change(
    connection: &Connection,
    before: &KnownPower,
    seen: PowerState,
    now: Timestamp,
) -> Result<Origin, StoreError> {
    let unsettled = before.unsettled.map(|(action, at)| (action, now.since(at)));
    let cause = cause_of_change(before.state, seen, unsettled);
    let by = match (cause, before.unsettled_task) {
        (Cause::Task, Some(id)) => task::find(connection, id)?,
        (Cause::Task | Cause::Request | Cause::Outside | Cause::Contact | Cause::Policy, _) => None,
    };
    Ok(by.map_or_else(|| Origin::nobody(cause), |by| Origin::task(&by)))
}

fn insert_event(
    connection: &Connection,
    node: NodeId,
    old: Option<PowerState>,
    new: Option<PowerState>,
    detail: Option<&str>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = Change {
        kind: EventKind::Power,
        old: old.map(PowerState::as_str),
        new: new.map(PowerState::as_str),
        detail,
    };
    event::insert(connection, node, change, origin, now)
}

fn set_on_instance(
    connection: &Connection,
    node: NodeId,
    state: Option<PowerState>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE instances SET power_state = :state, updated_at = :now, revision = revision + 1 \
         WHERE node_id = :node AND power_state IS NOT :state";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":node": node,
        ":state": state,
        ":now": now,
    })?;
    Ok(())
}
