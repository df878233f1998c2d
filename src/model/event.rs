//! Events: what changed, why, and who wanted it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::caller::Role;
use crate::model::ids::{InstanceId, NodeId, TaskId, TokenId};
use crate::model::power::PowerTarget;
use crate::model::task::{Requester, Step, Task};
use crate::time::Timestamp;

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// What a BMC says the power is, or that it can no longer be read.
    Power,
    /// Where an instance is in its life; its end has no new value.
    Status,
    /// How well a BMC can be spoken to.
    Health,
    /// Where a task is in its life.
    Task,
    /// Whether automatic work on a node is stopped.
    Maintenance,
    /// What a client changed; for admins, and only where it is asked for by its name.
    Audit,
    /// How far a machine that is booted over the network has got.
    Netboot,
}

impl EventKind {
    /// All of them, in the order that error messages list them.
    pub const ALL: [Self; 7] = [
        Self::Power,
        Self::Status,
        Self::Health,
        Self::Task,
        Self::Maintenance,
        Self::Audit,
        Self::Netboot,
    ];

    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Status => "status",
            Self::Health => "health",
            Self::Task => "task",
            Self::Maintenance => "maintenance",
            Self::Audit => "audit",
            Self::Netboot => "netboot",
        }
    }

    /// Reads the spelling of the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Why something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A client asked for just this.
    Request,
    /// A task brought it about.
    Task,
    /// Nobody here did: the front panel, another client of the BMC, the machine itself.
    Outside,
    /// The BMC was found, lost or found again; the machine may not have changed at all.
    Contact,
    /// The node's own policy asked for it.
    Policy,
}

impl Cause {
    const ALL: [Self; 5] = [
        Self::Request,
        Self::Task,
        Self::Outside,
        Self::Contact,
        Self::Policy,
    ];

    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Task => "task",
            Self::Outside => "outside",
            Self::Contact => "contact",
            Self::Policy => "policy",
        }
    }

    /// Reads the spelling of the database.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

/// The task that an event is about, as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRef {
    /// Its id.
    pub uuid: TaskId,
    /// What it is for.
    pub kind: String,
    /// The power order.
    pub target: Option<PowerTarget>,
    /// The step that it was at; `None` after the last.
    pub step: Option<String>,
}

impl TaskRef {
    /// The task as it is now.
    pub fn of(task: &Task) -> Self {
        Self {
            uuid: task.id,
            kind: task.kind.as_str().to_owned(),
            target: task.target,
            step: task
                .steps
                .get(task.step)
                .copied()
                .map(|step| Step::as_str(step).to_owned()),
        }
    }
}

/// Why something changes, and who wants it: what each change takes along to its event.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Why.
    pub cause: Cause,
    /// The task that does it.
    pub task: Option<TaskRef>,
    /// Who asked for it.
    pub actor: Option<Requester>,
}

impl Origin {
    /// A client asked for just this.
    pub fn request(by: &Requester) -> Self {
        Self {
            cause: Cause::Request,
            task: None,
            actor: Some(by.clone()),
        }
    }

    /// A task brings it about, for whoever asked for the task.
    pub fn task(task: &Task) -> Self {
        Self {
            cause: Cause::Task,
            task: Some(TaskRef::of(task)),
            actor: Some(task.requested_by.clone()),
        }
    }

    /// Nobody here wanted it.
    pub fn nobody(cause: Cause) -> Self {
        Self {
            cause,
            task: None,
            actor: None,
        }
    }
}

/// What a client asked for, and from where: who it was is the event's actor. Holds names of fields and never a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The method and the route, such as `PATCH /v1/nodes/{ident}`.
    pub action: String,
    /// The id of the thing; `None` where it has none.
    pub uuid: Option<Uuid>,
    /// What the path calls the thing; `None` where the path names none.
    pub ident: Option<String>,
    /// The fields that the body names, such as `bmc.password`.
    pub fields: Vec<String>,
    /// What the client may do.
    pub role: Role,
    /// The token that it signed in with; `None` for whom the kernel names.
    pub token: Option<TokenId>,
    /// The address that it came from, or its process on the Unix socket.
    pub source: Option<String>,
}

/// One change, as it is stored.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the order of all events.
    pub id: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What kind of thing changed.
    pub kind: EventKind,
    /// What it was; `None` where it was unknown or not there.
    pub old: Option<String>,
    /// What it is; `None` where it is unknown or gone.
    pub new: Option<String>,
    /// The reason, in a sentence.
    pub detail: Option<String>,
    /// The machine; `None` where the change of a client was not about one.
    pub node_id: Option<NodeId>,
    /// Its name then.
    pub node_name: Option<String>,
    /// The instance that had the machine.
    pub instance_id: Option<InstanceId>,
    /// Its name then.
    pub instance_name: Option<String>,
    /// Its project.
    pub project_id: Option<String>,
    /// Why, and who wanted it.
    pub origin: Origin,
    /// What a client asked for; where the kind is [`EventKind::Audit`].
    pub audit: Option<Audit>,
}
