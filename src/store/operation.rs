//! The tables `operations` and `operation_nodes`, and finding the machines that a selection means.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::model::ids::{InstanceId, NodeId, OperationId, TaskId, TypeId};
use crate::model::instance::InstanceStatus;
use crate::model::operation::{Counts, Entry, EntryState, Operation};
use crate::model::page::Page;
use crate::model::task::{Step, Task};
use crate::store::StoreError;
use crate::store::list::ListQuery;
use crate::store::sql_types::Json;
use crate::time::Timestamp;

const SELECT: &str = "SELECT operations.uuid, operations.target, operations.project_id, operations.requested_by, \
     operations.machines, operations.counts, operations.created_at, operations.finished_at FROM operations";

/// A machine that a power order may be for.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The node.
    pub node_id: NodeId,
    /// Its name.
    pub node_name: String,
    /// The instance that has it.
    pub instance: Option<Tenant>,
}

/// The instance that has a machine.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id.
    pub id: InstanceId,
    /// Its name.
    pub name: String,
    /// Where it is in its life.
    pub status: InstanceStatus,
    /// Its project.
    pub project_id: String,
}

/// Which machines are asked for; `None` does not ask.
#[derive(Debug, Clone, Default)]
pub struct MachineFilter {
    /// In this zone.
    pub availability_zone: Option<String>,
    /// Whose instance is of this type; without an instance, that serve this type alone.
    pub type_id: Option<TypeId>,
    /// Whose instance is of this project.
    pub project_id: Option<String>,
}

/// The machines that the filter asks for, by name.
pub fn list_machines(
    connection: &Connection,
    filter: MachineFilter,
) -> Result<Vec<Machine>, StoreError> {
    const MACHINES: &str = "SELECT nodes.uuid, nodes.name, instances.uuid, instances.name, instances.status, \
         instances.project_id FROM nodes LEFT JOIN instances ON instances.node_id = nodes.uuid";
    let mut query = ListQuery::new(MACHINES, "nodes");
    query.filter("nodes.availability_zone = ?", filter.availability_zone);
    query.filter(
        "ifnull(instances.type_id, nodes.type_id) = ?",
        filter.type_id,
    );
    query.filter("instances.project_id = ?", filter.project_id);
    let by_name = Page {
        sort_key: "name",
        ..Page::default()
    };
    let mut found = Vec::new();
    query.run(connection, &by_name, |row| {
        let id: Option<InstanceId> = row.get(2)?;
        let tenant = |id| {
            Ok::<_, rusqlite::Error>(Tenant {
                id,
                name: row.get(3)?,
                status: row.get(4)?,
                project_id: row.get(5)?,
            })
        };
        found.push(Machine {
            node_id: row.get(0)?,
            node_name: row.get(1)?,
            instance: id.map(tenant).transpose()?,
        });
        Ok(())
    })?;
    Ok(found)
}

/// Writes a new operation with its machines. It is finished at once where every machine was refused.
pub fn insert(
    connection: &Connection,
    new: &Operation,
    entries: &[Entry],
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO operations (uuid, target, project_id, requested_by, machines, created_at) \
         VALUES (:uuid, :target, :project_id, :requested_by, :machines, :created_at)";
    const ENTRY: &str = "INSERT INTO operation_nodes (operation_id, position, node_id, node_name, instance_id, \
         instance_name, task_id, state, error, ended_at) VALUES (:operation_id, :position, :node_id, :node_name, \
         :instance_id, :instance_name, :task_id, iif(:is_refused, 'refused', NULL), iif(:is_refused, :error, NULL), \
         iif(:is_refused, :now, NULL))";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":target": new.target,
        ":project_id": new.project_id,
        ":requested_by": Json(&new.requested_by),
        ":machines": new.machines,
        ":created_at": new.created_at,
    })?;
    let mut statement = connection.prepare_cached(ENTRY)?;
    for (position, entry) in entries.iter().enumerate() {
        statement.execute(named_params! {
            ":operation_id": new.id,
            ":position": i64::try_from(position).unwrap_or(i64::MAX),
            ":node_id": entry.node_id,
            ":node_name": entry.node_name,
            ":instance_id": entry.instance_id,
            ":instance_name": entry.instance_name,
            ":task_id": entry.task_id,
            ":is_refused": entry.state == EntryState::Refused,
            ":error": entry.error,
            ":now": new.created_at,
        })?;
    }
    finish_if_ended(connection, new.id, new.created_at)
}

/// Which operations a list is to hold; `None` does not ask.
#[derive(Debug, Clone, Default)]
pub struct OperationFilter {
    /// On instances of this project alone.
    pub project_id: Option<String>,
}

/// The operations that the filter asks for, in the order of the page.
pub fn list(
    connection: &Connection,
    filter: OperationFilter,
    page: &Page,
) -> Result<Vec<Operation>, StoreError> {
    let mut query = ListQuery::new(SELECT, "operations");
    query.filter("operations.project_id = ?", filter.project_id);
    let mut found = Vec::new();
    query.run(connection, page, |row| {
        found.push(from_row(row)?);
        Ok(())
    })?;
    for operation in &mut found {
        count_if_running(connection, operation)?;
    }
    Ok(found)
}

/// One operation.
pub fn find(connection: &Connection, id: OperationId) -> Result<Option<Operation>, StoreError> {
    let sql = format!("{SELECT} WHERE uuid = ?1");
    let mut found = connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?;
    if let Some(operation) = &mut found {
        count_if_running(connection, operation)?;
    }
    Ok(found)
}

/// Whether all tasks of an operation have ended; also where it is gone.
pub fn has_ended(connection: &Connection, id: OperationId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM operations WHERE uuid = ?1 AND finished_at IS NULL";
    Ok(!connection.prepare_cached(SQL)?.exists([id])?)
}

/// The machines of an operation, in order, as they are now or ended.
pub fn list_entries(connection: &Connection, id: OperationId) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "SELECT entry.node_id, entry.node_name, entry.instance_id, entry.instance_name, entry.task_id, \
         ifnull(entry.state, tasks.state), entry.step, entry.error, entry.ended_at, \
         tasks.steps, tasks.step, tasks.error, tasks.updated_at \
         FROM operation_nodes AS entry LEFT JOIN tasks ON entry.state IS NULL AND tasks.uuid = entry.task_id \
         WHERE entry.operation_id = ?1 ORDER BY entry.position";
    let mut statement = connection.prepare_cached(SQL)?;
    Ok(statement
        .query_map([id], entry_from_row)?
        .collect::<Result<_, _>>()?)
}

/// Records how a task ended in the operations that list it.
pub(super) fn record_end(connection: &Connection, ended: &Task) -> Result<(), StoreError> {
    const LISTED: &str =
        "SELECT DISTINCT operation_id FROM operation_nodes WHERE task_id = ?1 AND state IS NULL";
    const SQL: &str = "UPDATE operation_nodes SET state = :state, step = :step, error = :error, ended_at = :now \
         WHERE task_id = :task AND state IS NULL";
    let operations: Vec<OperationId> = connection
        .prepare_cached(LISTED)?
        .query_map([ended.id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if operations.is_empty() {
        return Ok(());
    }
    let now = ended.finished_at.unwrap_or(ended.updated_at);
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":task": ended.id,
        ":state": ended.state,
        ":step": ended.steps.get(ended.step).copied().map(Step::as_str),
        ":error": ended.error,
        ":now": now,
    })?;
    for operation in operations {
        finish_if_ended(connection, operation, now)?;
    }
    Ok(())
}

/// Which ended operations are kept: those for which all of this holds.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// They are no older than this.
    pub since: Timestamp,
    /// They are among this many latest.
    pub operations: u32,
    /// Those that are later have fewer machines than this, all together.
    pub machines: u32,
}

/// Drops at most `limit` ended operations that are not to be kept, the oldest first. Says how many.
pub fn prune(connection: &Connection, kept: Kept, limit: u32) -> Result<usize, StoreError> {
    const SQL: &str = "DELETE FROM operations WHERE uuid IN (SELECT uuid FROM \
         (SELECT uuid, created_at, finished_at, row_number() OVER latest AS place, \
              sum(machines) OVER latest - machines AS machines_after \
          FROM operations WINDOW latest AS (ORDER BY created_at DESC, uuid DESC ROWS UNBOUNDED PRECEDING)) \
         WHERE finished_at IS NOT NULL AND (created_at < ?1 OR place > ?2 OR machines_after >= ?3) \
         ORDER BY created_at, uuid LIMIT ?4)";
    Ok(connection.prepare_cached(SQL)?.execute(params![
        kept.since,
        kept.operations,
        kept.machines,
        limit
    ])?)
}

fn finish_if_ended(
    connection: &Connection,
    id: OperationId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const OPEN: &str = "SELECT 1 FROM operation_nodes WHERE operation_id = ?1 AND state IS NULL";
    const SQL: &str = "UPDATE operations SET finished_at = ?2, counts = ?3 WHERE uuid = ?1";
    if connection.prepare_cached(OPEN)?.exists([id])? {
        return Ok(());
    }
    let counts = count(connection, id)?;
    connection
        .prepare_cached(SQL)?
        .execute(params![id, now, Json(counts)])?;
    Ok(())
}

fn count_if_running(connection: &Connection, operation: &mut Operation) -> Result<(), StoreError> {
    if operation.finished_at.is_none() {
        operation.counts = count(connection, operation.id)?;
    }
    Ok(())
}

fn count(connection: &Connection, id: OperationId) -> Result<Counts, StoreError> {
    const SQL: &str = "SELECT ifnull(entry.state, tasks.state), count(*) \
         FROM operation_nodes AS entry LEFT JOIN tasks ON entry.state IS NULL AND tasks.uuid = entry.task_id \
         WHERE entry.operation_id = ?1 GROUP BY 1";
    let mut counts = Counts::default();
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        counts.add(row.get(0)?, row.get(1)?);
    }
    Ok(counts)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let counts: Option<Json<Counts>> = row.get(5)?;
    Ok(Operation {
        id: row.get(0)?,
        target: row.get(1)?,
        project_id: row.get(2)?,
        requested_by: row.get::<_, Json<_>>(3)?.0,
        machines: row.get(4)?,
        counts: counts.map(|json| json.0).unwrap_or_default(),
        created_at: row.get(6)?,
        finished_at: row.get(7)?,
    })
}

fn entry_from_row(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let ended_at: Option<Timestamp> = row.get(8)?;
    let task_id: Option<TaskId> = row.get(4)?;
    let (step, error, changed_at) = match ended_at {
        Some(at) => (row.get(6)?, row.get(7)?, at),
        None => (open_step(row)?, row.get(11)?, row.get(12)?),
    };
    Ok(Entry {
        node_id: row.get(0)?,
        node_name: row.get(1)?,
        instance_id: row.get(2)?,
        instance_name: row.get(3)?,
        task_id,
        state: row.get(5)?,
        step,
        error,
        changed_at,
    })
}

/// The step that an open task is at.
fn open_step(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let steps: Vec<Step> = row.get::<_, Json<_>>(9)?.0;
    let at: i64 = row.get(10)?;
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    Ok(steps.get(at).copied().map(|step| step.as_str().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::power::PowerTarget;
    use crate::model::task::{Requester, TaskState};
    use crate::store::open::open_and_migrate;

    /// Writes an operation of this age in this state on this many machines.
    fn write(connection: &Connection, at: i64, state: EntryState, machines: u32) {
        let operation = Operation {
            id: OperationId::random(),
            target: PowerTarget::On,
            project_id: None,
            requested_by: Requester {
                user_id: "u".to_owned(),
                project_id: "p".to_owned(),
                transport: "unix".to_owned(),
                request_id: "req".to_owned(),
            },
            machines,
            counts: Counts::default(),
            created_at: Timestamp::from_micros(at),
            finished_at: None,
        };
        let entry = || Entry {
            node_id: NodeId::random(),
            node_name: "n".to_owned(),
            instance_id: None,
            instance_name: None,
            task_id: Some(TaskId::random()),
            state,
            step: None,
            error: None,
            changed_at: operation.created_at,
        };
        let entries: Vec<Entry> = (0..machines).map(|_| entry()).collect();
        insert(connection, &operation, &entries).unwrap();
    }

    /// When those were made that are there.
    fn left(connection: &Connection) -> Vec<i64> {
        let sql = "SELECT created_at FROM operations ORDER BY created_at";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_oldest_that_have_ended_are_dropped_by_age_count_and_machines() {
        let all = Kept {
            since: Timestamp::from_micros(0),
            operations: 100,
            machines: 100,
        };
        let since = |at| Kept {
            since: Timestamp::from_micros(at),
            ..all
        };
        let operations = |operations| Kept { operations, ..all };
        let machines = |machines| Kept { machines, ..all };
        for (kept, expected) in [
            (all, &[1, 2, 3, 4][..]),
            (since(3), &[2, 3, 4]),
            (operations(1), &[2, 4]),
            (machines(10), &[1, 2, 3, 4]),
            (machines(9), &[2, 3, 4]),
            (machines(1), &[2, 4]),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let connection = open_and_migrate(&dir.path().join("ostler.db")).unwrap();
            let refused = EntryState::Refused;
            write(&connection, 1, refused, 2);
            // One that runs stays, and counts.
            write(&connection, 2, EntryState::Task(TaskState::Queued), 3);
            write(&connection, 3, refused, 2);
            write(&connection, 4, refused, 4);
            let dropped = prune(&connection, kept, 10).unwrap();
            assert_eq!(left(&connection), expected, "{kept:?}");
            assert_eq!(dropped, 4 - expected.len());
            let orphans = "SELECT 1 FROM operation_nodes WHERE operation_id NOT IN (SELECT uuid FROM operations)";
            assert!(!connection.prepare(orphans).unwrap().exists([]).unwrap());
        }
    }

    #[test]
    fn no_more_go_at_one_go_than_the_limit_says_and_the_oldest_go_first() {
        let dir = tempfile::tempdir().unwrap();
        let connection = open_and_migrate(&dir.path().join("ostler.db")).unwrap();
        for at in 1..=4 {
            write(&connection, at, EntryState::Refused, 1);
        }
        let kept = Kept {
            since: Timestamp::from_micros(4),
            operations: 100,
            machines: 100,
        };
        assert_eq!(prune(&connection, kept, 2).unwrap(), 2);
        assert_eq!(left(&connection), [3, 4]);
    }
}
