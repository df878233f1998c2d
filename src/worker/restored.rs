//! What a database that comes out of a backup may not go on with. It tells of a time that is over: since then machines were turned
//! on and off, deleted and handed out, and nobody can know which.
//!
//! - Power is unknown until it is read.
//! - No task is carried out, and nothing is wanted of a machine: whoever still wants it orders it again.
//! - A password that was about to be sent to a BMC may be the BMC's by now: both are kept until a login has shown which one it has.
//! - A node without an instance is in maintenance, because an instance that is not in the backup may run there.
//! - No machine is served what it boots: the URLs that it knows are of another time.
//! - Ids of events go on behind all that anybody has seen, so that no id means two events.

use rusqlite::Connection;

use crate::model::event::{Audit, Origin};
use crate::model::instance::InstanceStatus;
use crate::model::task::{Requester, Task, TaskKind, TaskState};
use crate::store::event::About;
use crate::store::{self, StoreError};
use crate::time::Timestamp;
use crate::worker::ending::{close, fail_instance, set_instance};

/// Ids of events are left out behind the newest one that is known: more than come in months, where it is not known what came
/// after the backup.
const LEFT_OUT: i64 = 1_000_000;

/// How a backup is made the database.
#[derive(Debug)]
pub struct Restoring {
    /// Who does it.
    pub by: Requester,
    /// The entry of the audit trail.
    pub audit: Audit,
    /// The newest event of the database that it takes the place of; 0 where there is none.
    pub newest_event: i64,
    /// Whether nodes without an instance stay free.
    pub keeps_free: bool,
}

/// What was found, and what became of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// When the newest entry in the backup was written.
    pub as_of: Option<Timestamp>,
    /// How many nodes there are.
    pub nodes: usize,
    /// How many of them have no instance and are in maintenance because of that.
    pub held: usize,
    /// How many tasks were open.
    pub tasks: usize,
}

/// Changes a database that was a backup into one that the daemon may work with. Call it in a transaction.
pub fn settle(
    connection: &Connection,
    restoring: &Restoring,
    now: Timestamp,
) -> Result<Restored, StoreError> {
    let as_of = store::event::last_at(connection)?;
    let when = as_of.map_or_else(|| "an unknown time".to_owned(), |at| at.to_string());
    let newest = store::event::last_id(connection)?.max(restoring.newest_event);
    store::event::skip_to(connection, newest.saturating_add(LEFT_OUT))?;
    let (nobody, origin) = (About::default(), Origin::request(&restoring.by));
    store::event::insert_audit(connection, &restoring.audit, &nobody, &restoring.by, now)?;
    store::rotation::doubt_all(connection, now)?;
    store::netboot::delete_all(connection)?;
    let open = store::task::list_open(connection)?;
    for task in &open {
        if let Some(task) = store::task::find(connection, task.id)? {
            end(connection, task, &when, now)?;
        }
    }
    let mut restored = Restored {
        as_of,
        tasks: open.len(),
        ..Restored::default()
    };
    let unread = format!("restored from a backup of {when}, and not read since");
    let held = format!(
        "restored from a backup of {when}: an instance that was made after it may run here; see that the machine is free, then \
         end the maintenance"
    );
    for node in store::node::list_polled(connection)? {
        restored.nodes += 1;
        store::power::record_failure(connection, node.id, &unread, true, None, now)?;
        store::power::clear_unsettled(connection, node.id)?;
        store::power::forget_wanted(connection, node.id)?;
        let Some(mut node) = store::node::find(connection, node.id)? else {
            continue;
        };
        if node.instance_id.is_none() && !node.maintenance && !restoring.keeps_free {
            node.maintenance = true;
            node.maintenance_reason = Some(held.clone());
            store::node::update_maintenance(connection, &node, &origin, now)?;
            restored.held += 1;
        }
    }
    Ok(restored)
}

/// Ends a task of then. What it was for may have happened, and been undone, since.
fn end(connection: &Connection, task: Task, when: &str, now: Timestamp) -> Result<(), StoreError> {
    let reason = format!(
        "the database was restored from a backup of {when}, when this was under way: look at the machine, and order it again if \
         it is still wanted"
    );
    if task.kind == TaskKind::Delete {
        // The machine may be another's by now, so it is not turned off.
        let reason = format!(
            "was being deleted when the backup of {when} was made: see that the machine is not in use, then delete it again"
        );
        set_instance(connection, &task, InstanceStatus::Error, Some(&reason), now)?;
    } else {
        fail_instance(connection, &task, &reason, now)?;
    }
    close(connection, task, TaskState::Failed, Some(reason), now)
}
