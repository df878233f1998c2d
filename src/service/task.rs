//! Tasks, as clients see them.

use rusqlite::Connection;
use uuid::Uuid;

use crate::model::caller::Caller;
use crate::model::ids::TaskId;
use crate::model::task::{Requester, Task};
use crate::service::{Error, Kind, Service, access};
use crate::store;
use crate::view::task::TaskView;

impl Service {
    /// One task. Members see those of their project's instances, and those that their project asked for.
    pub fn show_task(&self, caller: &Caller, ident: &str) -> Result<TaskView, Error> {
        let not_found = || Error::NotFound {
            kind: Kind::Task,
            ident: ident.to_owned(),
        };
        let id = TaskId(Uuid::parse_str(ident).map_err(|_| not_found())?);
        self.store.read(|connection| {
            let task = store::task::find(connection, id)?.ok_or_else(not_found)?;
            if !caller.is_admin() && !is_own(connection, caller, &task)? {
                return Err(Error::OtherProject {
                    kind: Kind::Task,
                    ident: ident.to_owned(),
                });
            }
            with_attempts(connection, task)
        })
    }

    /// What was done to a node, newest first.
    pub fn list_node_tasks(&self, ident: &str) -> Result<Vec<TaskView>, Error> {
        self.store.read(|connection| {
            let node = access::node(connection, ident)?;
            let tasks = store::task::list_of_node(connection, node.id)?;
            tasks
                .into_iter()
                .map(|task| with_attempts(connection, task))
                .collect()
        })
    }

    /// What was done for an instance, newest first.
    pub fn list_instance_tasks(
        &self,
        caller: &Caller,
        ident: &str,
    ) -> Result<Vec<TaskView>, Error> {
        self.store.read(|connection| {
            let instance = access::instance(connection, caller, ident)?;
            let tasks = store::task::list_of_instance(connection, instance.id)?;
            tasks
                .into_iter()
                .map(|task| with_attempts(connection, task))
                .collect()
        })
    }
}

/// Who asks, as a task remembers it.
pub(super) fn requester(caller: &Caller) -> Requester {
    Requester {
        user_id: caller.user_id.clone(),
        project_id: caller.project_id.clone(),
        transport: caller.transport.as_str().to_owned(),
        request_id: caller.request_id.clone(),
    }
}

fn is_own(connection: &Connection, caller: &Caller, task: &Task) -> Result<bool, Error> {
    let instance = task
        .instance_id
        .map(|id| store::instance::find(connection, id))
        .transpose()?;
    let project = match instance.flatten() {
        Some(instance) => instance.project_id,
        None => task.requested_by.project_id.clone(),
    };
    Ok(project == caller.project_id)
}

fn with_attempts(connection: &Connection, task: Task) -> Result<TaskView, Error> {
    let attempts = store::task::list_attempts(connection, task.id)?;
    Ok(TaskView { task, attempts })
}
