//! One power order for many machines: a task for each of them, all accepted in one transaction.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;
use serde::Deserialize;
use uuid::Uuid;

use crate::model::caller::Caller;
use crate::model::ids::{NodeId, OperationId, TaskId, TypeId};
use crate::model::operation::{Counts, Entry, EntryState, Operation};
use crate::model::page::Page;
use crate::model::task::TaskState;
use crate::rules::host_range::{HostRangeError, expand};
use crate::rules::input::InvalidInput;
use crate::service::idempotency::{Idempotency, Outcome, once};
use crate::service::power::{PowerOrder, check_status, submit};
use crate::service::task::requester;
use crate::service::{Deadlines, Error, Kind, Service, access, marker};
use crate::store::idempotency::Answer;
use crate::store::list::{Table, exists};
use crate::store::operation::{Machine, MachineFilter, OperationFilter};
use crate::time::Timestamp;
use crate::view::operation::OperationView;
use crate::{store, time};

/// The most names that one request may hold when all lists are written out.
const MAX_NAMES: usize = 10_000;

/// This many unknown names are told.
const TOLD_NAMES: usize = 5;

/// Which machines an order is for. All that is given must hold of a machine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    nodes: Option<Vec<String>>,
    instances: Option<Vec<String>>,
    availability_zone: Option<String>,
    instance_type: Option<String>,
    project_id: Option<String>,
    all: Option<bool>,
}

impl Selection {
    /// Its fields in a body.
    pub const FIELDS: [&str; 6] = [
        "nodes",
        "instances",
        "availability_zone",
        "instance_type",
        "project_id",
        "all",
    ];

    /// Checks what can be checked without looking anything up.
    pub fn check(&self) -> Result<(), InvalidInput> {
        for (field, names) in [("nodes", &self.nodes), ("instances", &self.instances)] {
            let Some(names) = names else { continue };
            if names.is_empty() {
                return Err(InvalidInput::new(field, "must hold at least one name"));
            }
            if names.len() > MAX_NAMES {
                let problem = format!("holds too many names: at most {MAX_NAMES} are allowed");
                return Err(InvalidInput::new(field, problem));
            }
        }
        let is_open = self.nodes.is_none()
            && self.instances.is_none()
            && self.availability_zone.is_none()
            && self.instance_type.is_none()
            && self.project_id.is_none();
        if is_open && self.all != Some(true) {
            let problem = format!(
                "says not which machines: give at least one of {}",
                Self::FIELDS.join(", ")
            );
            return Err(InvalidInput::new("body", problem));
        }
        Ok(())
    }
}

impl Service {
    /// Orders a change of many machines' power. The tasks are on disk when this returns. `render` makes the answer that is kept
    /// under the idempotency key.
    pub async fn order_many(
        &self,
        caller: &Caller,
        order: PowerOrder,
        selection: Selection,
        idempotency: Option<Idempotency>,
        render: impl FnOnce(&OperationView) -> Answer + Send + 'static,
    ) -> Result<Outcome, Error> {
        let (caller, recorder) = (caller.clone(), self.store.clone());
        let deadlines = self.deadlines();
        let ordered = self.store.write(move |connection| {
            let now = time::now();
            once(connection, idempotency.as_ref(), now, |connection| {
                let machines = select(connection, &caller, selection)?;
                let operation = accept(connection, &caller, machines, order, deadlines, now)?;
                recorder.made(operation.id.0);
                Ok(render(&with_entries(connection, &caller, operation)?))
            })
        });
        let outcome = ordered.await?;
        self.wakes.tasks.notify();
        Ok(outcome)
    }

    /// The operations on the own project's instances; all for admins.
    pub fn list_operations(&self, caller: &Caller, page: &Page) -> Result<Vec<Operation>, Error> {
        let own = (!caller.is_admin()).then(|| caller.project_id.clone());
        self.store.read(|connection| {
            marker::check_found(page, |ident| visible(connection, caller, ident))?;
            let filter = OperationFilter { project_id: own };
            Ok(store::operation::list(connection, filter, page)?)
        })
    }

    /// The id of an operation that the caller may see.
    pub fn find_operation(&self, caller: &Caller, ident: &str) -> Result<OperationId, Error> {
        self.store
            .read(|connection| Ok(visible(connection, caller, ident)?.id))
    }

    /// An operation with its machines.
    pub fn show_operation(&self, caller: &Caller, ident: &str) -> Result<OperationView, Error> {
        self.store.read(|connection| {
            let operation = visible(connection, caller, ident)?;
            with_entries(connection, caller, operation)
        })
    }

    /// Whether all tasks of an operation have ended.
    pub fn has_operation_ended(&self, id: OperationId) -> Result<bool, Error> {
        self.store
            .read(|connection| Ok(store::operation::has_ended(connection, id)?))
    }
}

/// The machines that a selection means, in the order of its names, else by name.
fn select(
    connection: &Connection,
    caller: &Caller,
    selection: Selection,
) -> Result<Vec<Machine>, Error> {
    let admin_only = |what| Err(Error::AdminOnly { what });
    if !caller.is_admin() && selection.nodes.is_some() {
        return admin_only("name nodes: name instances instead");
    }
    let project_id = match selection.project_id {
        Some(project) if !caller.is_admin() && project != caller.project_id => {
            return admin_only("change the power of another project's instances");
        }
        None if !caller.is_admin() => Some(caller.project_id.clone()),
        project => project,
    };
    let mut lists = Vec::new();
    if let Some(names) = &selection.instances {
        let find = |name: &str| Ok(access::instance(connection, caller, name)?.node_id);
        lists.push(resolve("instances", Kind::Instance, names, find)?);
    }
    if let Some(names) = &selection.nodes {
        let find = |name: &str| node_id(connection, name);
        lists.push(resolve("nodes", Kind::Node, names, find)?);
    }
    let type_id = selection
        .instance_type
        .map(|ident| find_type(connection, caller, &ident));
    let filter = MachineFilter {
        availability_zone: selection.availability_zone,
        type_id: type_id.transpose()?,
        project_id,
    };
    if let Some(zone) = &filter.availability_zone
        && !store::zone::exists(connection, zone)?
    {
        return Err(unknown("availability_zone", Kind::Zone, zone));
    }
    let mut machines = store::operation::list_machines(connection, filter)?;
    for list in lists {
        let places: HashMap<NodeId, usize> = list.into_iter().zip(0..).collect();
        machines.retain(|machine| places.contains_key(&machine.node_id));
        machines.sort_by_key(|machine| places.get(&machine.node_id).copied());
    }
    if machines.is_empty() {
        let problem = "no machine is in all of what was asked for: nothing was changed";
        return Err(InvalidInput::new("body", problem).into());
    }
    Ok(machines)
}

/// The nodes that a list of names means, each once. A list that names something unknown means nothing at all.
fn resolve(
    field: &str,
    kind: Kind,
    names: &[String],
    find: impl Fn(&str) -> Result<NodeId, Error>,
) -> Result<Vec<NodeId>, Error> {
    let find = |name: &str| match find(name) {
        Ok(id) => Ok(Some(id)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    let mut missing = Vec::new();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut room = MAX_NAMES;
    for text in names {
        // What is named just so is meant, whatever signs are in its name.
        if let Some(id) = find(text)? {
            room = room.saturating_sub(1);
            found.extend(seen.insert(id).then_some(id));
            continue;
        }
        let names = expand(text, room).map_err(|error| bad_list(field, error))?;
        room -= names.len();
        for name in names {
            match find(&name)? {
                Some(id) => found.extend(seen.insert(id).then_some(id)),
                None => missing.push(name),
            }
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    missing.dedup();
    Err(unknown_names(field, kind, &missing))
}

fn bad_list(field: &str, error: HostRangeError) -> InvalidInput {
    let problem = match &error {
        HostRangeError::Malformed { .. } => error.to_string(),
        HostRangeError::TooMany { .. } => {
            format!("{error}: at most {MAX_NAMES} are allowed in one request")
        }
    };
    InvalidInput::new(field, problem)
}

/// The node with this UUID or name, without all that belongs to it.
fn node_id(connection: &Connection, ident: &str) -> Result<NodeId, Error> {
    if let Ok(id) = Uuid::parse_str(ident)
        && exists(connection, Table::Nodes, id)?
    {
        return Ok(NodeId(id));
    }
    store::node::id_of_name(connection, ident)?.ok_or_else(|| Error::NotFound {
        kind: Kind::Node,
        ident: ident.to_owned(),
    })
}

fn unknown_names(field: &str, kind: Kind, missing: &[String]) -> Error {
    let told: Vec<&str> = missing
        .iter()
        .take(TOLD_NAMES)
        .map(String::as_str)
        .collect();
    let more = match missing.len() - told.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let told = told.join(", ");
    let problem = format!("there is no {kind} {told}{more}: nothing was changed");
    InvalidInput::new(field, problem).into()
}

fn unknown(field: &str, kind: Kind, ident: &str) -> Error {
    Error::Unknown {
        field: field.to_owned(),
        kind,
        ident: ident.to_owned(),
    }
}

fn find_type(connection: &Connection, caller: &Caller, ident: &str) -> Result<TypeId, Error> {
    match access::instance_type(connection, caller, ident) {
        Ok(found) => Ok(found.id),
        Err(Error::NotFound { kind, ident }) => Err(unknown("instance_type", kind, &ident)),
        Err(error) => Err(error),
    }
}

/// Writes the operation and a task for each machine that takes the order.
fn accept(
    connection: &Connection,
    caller: &Caller,
    machines: Vec<Machine>,
    order: PowerOrder,
    deadlines: Deadlines,
    now: Timestamp,
) -> Result<Operation, Error> {
    let mut operation = Operation {
        id: OperationId::random(),
        target: order.target,
        project_id: only_project(&machines),
        requested_by: requester(caller),
        machines: u32::try_from(machines.len()).unwrap_or(u32::MAX),
        counts: Counts::default(),
        created_at: now,
        finished_at: None,
    };
    let mut entries = Vec::with_capacity(machines.len());
    for machine in machines {
        let (task_id, state, error) = match admit(connection, caller, &machine, order, deadlines) {
            Ok(task) => (Some(task), EntryState::Task(TaskState::Queued), None),
            Err(error @ Error::Store(_)) => return Err(error),
            Err(refusal) => (None, EntryState::Refused, Some(refusal.to_string())),
        };
        let instance = machine.instance.map(|of| (of.id, of.name)).unzip();
        entries.push(Entry {
            node_id: machine.node_id,
            node_name: machine.node_name,
            instance_id: instance.0,
            instance_name: instance.1,
            task_id,
            state,
            step: None,
            error,
            changed_at: now,
        });
    }
    store::operation::insert(connection, &operation, &entries)?;
    if let Some(written) = store::operation::find(connection, operation.id)? {
        operation = written;
    }
    Ok(operation)
}

/// The same as for a single order of this machine.
fn admit(
    connection: &Connection,
    caller: &Caller,
    machine: &Machine,
    order: PowerOrder,
    deadlines: Deadlines,
) -> Result<TaskId, Error> {
    let instance = machine.instance.as_ref();
    if let Some(of) = instance {
        check_status(of.status, &of.name)?;
    }
    let instance = instance.map(|of| of.id);
    submit(
        connection,
        caller,
        machine.node_id,
        instance,
        order,
        deadlines,
    )
}

/// The project of all instances, where no machine is without one.
fn only_project(machines: &[Machine]) -> Option<String> {
    let mut projects = machines
        .iter()
        .map(|machine| machine.instance.as_ref().map(|of| &of.project_id));
    let first = projects.next()??;
    projects
        .all(|project| project == Some(first))
        .then(|| first.clone())
}

fn visible(connection: &Connection, caller: &Caller, ident: &str) -> Result<Operation, Error> {
    let not_found = || Error::NotFound {
        kind: Kind::Operation,
        ident: ident.to_owned(),
    };
    let id = OperationId(Uuid::parse_str(ident).map_err(|_| not_found())?);
    let operation = store::operation::find(connection, id)?.ok_or_else(not_found)?;
    if !caller.is_admin() && operation.project_id.as_ref() != Some(&caller.project_id) {
        return Err(Error::OtherProject {
            kind: Kind::Operation,
            ident: ident.to_owned(),
        });
    }
    Ok(operation)
}

fn with_entries(
    connection: &Connection,
    caller: &Caller,
    operation: Operation,
) -> Result<OperationView, Error> {
    Ok(OperationView {
        entries: store::operation::list_entries(connection, operation.id)?,
        operation,
        shows_nodes: caller.is_admin(),
    })
}
