//! Power orders, on instances and on nodes.

use std::time::Duration;

use rusqlite::Connection;

use crate::crash;
use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::ids::{InstanceId, NodeId, TaskId};
use crate::model::instance::{Instance, InstanceStatus};
use crate::model::node::Node;
use crate::model::power::PowerTarget;
use crate::model::task::{Attempt, Step, Task, TaskKind, TaskState};
use crate::rules::power::{Admission, admit, steps};
use crate::service::access::{self, check_precondition};
use crate::service::task::requester;
use crate::service::{Deadlines, Error, Kind, Service};
use crate::store;
use crate::time::{self, Timestamp};

/// What a client orders.
#[derive(Debug, Clone, Copy)]
pub struct PowerOrder {
    /// The state to reach.
    pub target: PowerTarget,
    /// How long that may take, all in all, in seconds (1 to 3600).
    pub timeout_secs: Option<u32>,
    /// Whether the power is cut where the operating system does not shut down in time; for soft targets.
    pub escalate: bool,
    /// Whether the machine that the daemon itself runs on may be turned off.
    pub force: bool,
}

impl Service {
    /// Orders a change of an instance's power. It is on disk when this returns, and happens after it.
    pub async fn order_instance_power(
        &self,
        caller: &Caller,
        ident: &str,
        order: PowerOrder,
        precondition: Precondition,
    ) -> Result<Instance, Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let deadlines = self.deadlines();
        let ordered = self.store.write(move |connection| {
            let instance = access::instance(connection, &caller, &ident)?;
            check_status(instance.status, &instance.name)?;
            check_precondition(&precondition, &instance, Kind::Instance, &ident)?;
            submit(
                connection,
                &caller,
                instance.node_id,
                Some(instance.id),
                order,
                deadlines,
            )?;
            Ok::<_, Error>(instance)
        });
        let instance = ordered.await?;
        self.wakes.tasks.notify();
        Ok(instance)
    }

    /// Orders a change of a node's power.
    pub async fn order_node_power(
        &self,
        caller: &Caller,
        ident: &str,
        order: PowerOrder,
        precondition: Precondition,
    ) -> Result<Node, Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let deadlines = self.deadlines();
        let ordered = self.store.write(move |connection| {
            let node = access::node(connection, &ident)?;
            check_precondition(&precondition, &node, Kind::Node, &ident)?;
            submit(
                connection,
                &caller,
                node.id,
                node.instance_id,
                order,
                deadlines,
            )?;
            Ok::<_, Error>(node)
        });
        let node = ordered.await?;
        self.wakes.tasks.notify();
        Ok(node)
    }
}

/// Refuses an order for an instance whose life does not allow one now.
pub(super) fn check_status(status: InstanceStatus, name: &str) -> Result<(), Error> {
    match status {
        InstanceStatus::Active | InstanceStatus::Error => Ok(()),
        InstanceStatus::Building | InstanceStatus::Deleting => Err(Error::PowerNotAllowed {
            name: name.to_owned(),
            status: status.as_str(),
        }),
    }
}

/// Writes the task of an order, or lets the order join or harden the one that is open. Gives that task.
pub(super) fn submit(
    connection: &Connection,
    caller: &Caller,
    node: NodeId,
    instance: Option<InstanceId>,
    order: PowerOrder,
    deadlines: Deadlines,
) -> Result<TaskId, Error> {
    let now = time::now();
    check_own(connection, node, order)?;
    if let Some(open) = store::task::find_open(connection, node)? {
        let id = open.id;
        match admit(&open, order.target) {
            Admission::Joins => join(connection, caller, open, order, now)?,
            Admission::Hardens => harden(connection, caller, open, order, deadlines, now)?,
            Admission::InTheWay => return Err(in_the_way(&open)),
        }
        return Ok(id);
    }
    let steps = steps(order.target);
    let task = Task {
        timeout_secs: order.timeout_secs,
        escalate: order.escalate,
        deadline_at: deadline(&steps, order, deadlines, now),
        ..new_task(
            caller,
            TaskKind::Power,
            Some(order.target),
            steps,
            node,
            instance,
            now,
        )
    };
    crash::commit("order");
    begin(connection, &task)?;
    Ok(task.id)
}

/// A task with nothing done yet, for a client.
pub(super) fn new_task(
    caller: &Caller,
    kind: TaskKind,
    target: Option<PowerTarget>,
    steps: Vec<Step>,
    node: NodeId,
    instance: Option<InstanceId>,
    now: Timestamp,
) -> Task {
    Task::new(kind, target, steps, node, instance, requester(caller), now)
}

/// Writes a new task, and what it wants on its node.
pub(super) fn begin(connection: &Connection, task: &Task) -> Result<(), Error> {
    store::task::insert(connection, task)?;
    store::power::set_target(connection, task.node_id, task.target, task.created_at)?;
    Ok(())
}

/// Ends an open task because something else takes its place.
pub(super) fn cancel(
    connection: &Connection,
    by: &Caller,
    mut task: Task,
    why: &str,
    now: Timestamp,
) -> Result<(), Error> {
    task.state = TaskState::Cancelled;
    task.error = Some(why.to_owned());
    task.finished_at = Some(now);
    task.updated_at = now;
    if task.kind == TaskKind::RotatePassword {
        store::rotation::drop_unsent(connection, task.node_id)?;
    }
    store::power::forget_wanted(connection, task.node_id)?;
    Ok(store::task::update_by(connection, &task, &requester(by))?)
}

/// The refusal because of an open task.
pub(super) fn in_the_way(open: &Task) -> Error {
    let left = open.deadline_at.since(time::now()).as_secs();
    Error::TaskInTheWay {
        task: open.id,
        what: what(open),
        retry_after_secs: left.clamp(1, 10),
    }
}

/// Refuses to turn off the machine that the daemon runs on, unless that is meant.
fn check_own(connection: &Connection, node: NodeId, order: PowerOrder) -> Result<(), Error> {
    let turns_off = match order.target {
        PowerTarget::On => false,
        PowerTarget::Off | PowerTarget::Reboot | PowerTarget::SoftOff | PowerTarget::SoftReboot => {
            true
        }
    };
    if order.force || !turns_off || !store::own_machine::is_own(connection, node)? {
        return Ok(());
    }
    let node = store::node::find(connection, node)?.map(|node| node.name);
    Err(Error::OwnMachine {
        node: node.unwrap_or_default(),
    })
}

/// The same order again. It may add that the power is cut in the end, and takes nothing back.
fn join(
    connection: &Connection,
    by: &Caller,
    mut open: Task,
    order: PowerOrder,
    now: Timestamp,
) -> Result<(), Error> {
    if order.escalate && !open.escalate {
        open.escalate = true;
        open.updated_at = now;
        store::task::update_by(connection, &open, &requester(by))?;
    }
    Ok(())
}

fn what(open: &Task) -> String {
    match (open.kind, open.target) {
        (TaskKind::Power, Some(target)) => format!("the power order {target}"),
        (TaskKind::Power, None) => "a power order".to_owned(),
        (TaskKind::Deploy, _) => "the deploy of an instance".to_owned(),
        (TaskKind::Delete, _) => "the delete of an instance".to_owned(),
        (TaskKind::BootDevice, _) => "the setting of the boot device".to_owned(),
        (TaskKind::RotatePassword, _) => "the change of the BMC's password".to_owned(),
    }
}

fn harden(
    connection: &Connection,
    by: &Caller,
    mut task: Task,
    order: PowerOrder,
    deadlines: Deadlines,
    now: Timestamp,
) -> Result<(), Error> {
    crash::commit("harden");
    task.target = Some(order.target);
    task.steps = steps(order.target);
    task.step = 0;
    task.state = TaskState::Queued;
    task.issued_at = None;
    task.accepted = 0;
    task.timeout_secs = order.timeout_secs;
    task.deadline_at = deadline(&task.steps, order, deadlines, now);
    task.updated_at = now;
    store::task::update_by(connection, &task, &requester(by))?;
    store::power::set_target(connection, task.node_id, task.target, now)?;
    let hardened = Attempt {
        at: now,
        step: Step::SoftOff.as_str().to_owned(),
        outcome: "hardened".to_owned(),
        detail: Some(
            "power off was ordered while the operating system was shutting down".to_owned(),
        ),
        elapsed_ms: None,
        times: 1,
        last_at: None,
    };
    Ok(store::task::insert_attempt(connection, task.id, &hardened)?)
}

fn deadline(steps: &[Step], order: PowerOrder, deadlines: Deadlines, now: Timestamp) -> Timestamp {
    let first = match steps.first() {
        Some(Step::SoftOff) => deadlines.soft,
        // No power order has the later ones.
        Some(
            Step::EnsureOff
            | Step::EnsureOn
            | Step::BootDevice(_)
            | Step::RotatePassword
            | Step::FetchImage
            | Step::Await(_),
        )
        | None => deadlines.change,
    };
    now.plus(
        order
            .timeout_secs
            .map_or(first, |secs| Duration::from_secs(secs.into())),
    )
}
