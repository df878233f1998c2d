//! Tasks, as clients see them.

use rusqlite::Connection;
use uuid::Uuid;

use crate::model::caller::Caller;
use crate::model::ids::TaskId;
use crate::model::task::{Requester, Task, TaskKind};
use crate::service::power::cancel;
use crate::service::{Error, Kind, Service, access};
use crate::view::task::TaskView;
use crate::{store, time};

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

    /// Calls a task off. What a BMC was told already may still happen, and the task says so.
    pub async fn cancel_task(&self, caller: &Caller, ident: &str) -> Result<(), Error> {
        let not_found = || Error::NotFound {
            kind: Kind::Task,
            ident: ident.to_owned(),
        };
        let id = TaskId(Uuid::parse_str(ident).map_err(|_| not_found())?);
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let cancelled = self.store.write(move |connection| {
            let kind = Kind::Task;
            let task = store::task::find(connection, id)?;
            let task = task.ok_or(Error::NotFound {
                kind,
                ident: ident.clone(),
            })?;
            if !caller.is_admin() && !is_own(connection, &caller, &task)? {
                return Err(Error::OtherProject { kind, ident });
            }
            cancel_open(connection, &caller, task)
        });
        cancelled.await?;
        self.wakes.tasks.notify();
        Ok(())
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

fn cancel_open(connection: &Connection, by: &Caller, task: Task) -> Result<(), Error> {
    let state = task.state;
    if !state.is_open() {
        return Err(Error::TaskEnded {
            task: task.id,
            state,
        });
    }
    match task.kind {
        TaskKind::Power | TaskKind::BootDevice | TaskKind::RotatePassword => {}
        TaskKind::Deploy => {
            let why = "the deploy of an instance is not called off by itself: delete the instance";
            return Err(Error::NotCancellable { why });
        }
        TaskKind::Delete => {
            let why =
                "the delete of an instance cannot be called off: it ends when its machine is off";
            return Err(Error::NotCancellable { why });
        }
    }
    let why = and_what_may_come(connection, &task, format!("cancelled by {}", by.user_id))?;
    let now = time::now();
    store::power::set_target(connection, task.node_id, None, now)?;
    cancel(connection, by, task, &why, now)
}

/// Why a task is called off, with the command that was sent for it and was not seen to act.
pub(super) fn and_what_may_come(
    connection: &Connection,
    task: &Task,
    why: String,
) -> Result<String, Error> {
    if task.kind == TaskKind::RotatePassword
        && store::rotation::is_in_doubt(connection, task.node_id)?
    {
        return Ok(format!("{why}; {}", store::rotation::IN_DOUBT));
    }
    let known = store::power::find(connection, task.node_id)?;
    let sent = known
        .filter(|known| known.unsettled_task == Some(task.id))
        .and_then(|known| known.unsettled);
    Ok(match sent {
        Some((action, _)) => {
            format!("{why}; {action} was sent to the BMC before and may still take effect")
        }
        None => why,
    })
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
    let milestones = store::netboot::list(connection, task.id)?;
    Ok(TaskView {
        task,
        attempts,
        milestones,
    })
}
