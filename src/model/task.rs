//! Tasks: durable things that Ostler does to a node.
//!
//! A task is a list of [`Step`]s, each a state to reach. Its life:
//!
//! ```text
//! queued ──► observing ──► issued ──► waiting ──► done
//!               │  ▲          │          │
//!               │  └──────────┴──────────┤ (state not reached after the grace time, or the next step)
//!               └──► done (already there)└──► failed        any open state ──► cancelled
//! ```
//!
//! `issued` is committed before the packet leaves; whoever finds a task in it does not know whether the BMC acted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::bmc::BootSetting;
use crate::model::ids::{InstanceId, NodeId, TaskId};
use crate::model::netboot::Milestone;
use crate::model::power::PowerTarget;
use crate::time::Timestamp;

/// What a task is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// A power order.
    Power,
    /// Setting up a new instance.
    Deploy,
    /// Turning off and freeing the node of a deleted instance.
    Delete,
    /// Setting the boot device.
    BootDevice,
    /// Giving the BMC another password.
    RotatePassword,
}

impl TaskKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Power,
        Self::Deploy,
        Self::Delete,
        Self::BootDevice,
        Self::RotatePassword,
    ];

    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Deploy => "deploy",
            Self::Delete => "delete",
            Self::BootDevice => "boot_device",
            Self::RotatePassword => "rotate_password",
        }
    }

    /// Reads the spelling of the database.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Accepted, nothing done yet.
    Queued,
    /// Reading the state, before or between commands.
    Observing,
    /// A command is about to leave, has left, or was lost: what the BMC did is not known.
    Issued,
    /// The outcome of the command is known; reading until the state is reached.
    Waiting,
    /// All steps reached.
    Done,
    /// Given up, with a reason.
    Failed,
    /// Called off.
    Cancelled,
}

impl Task {
    /// A task with nothing done yet, whose first deadline is still to be set.
    pub fn new(
        kind: TaskKind,
        target: Option<PowerTarget>,
        steps: Vec<Step>,
        node_id: NodeId,
        instance_id: Option<InstanceId>,
        requested_by: Requester,
        now: Timestamp,
    ) -> Self {
        Self {
            id: TaskId::random(),
            kind,
            target,
            state: TaskState::Queued,
            steps,
            step: 0,
            issued_at: None,
            accepted: 0,
            node_id,
            instance_id,
            requested_by,
            escalate: false,
            timeout_secs: None,
            created_at: now,
            updated_at: now,
            deadline_at: now,
            finished_at: None,
            error: None,
        }
    }
}

impl TaskState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Observing,
        Self::Issued,
        Self::Waiting,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Observing => "observing",
            Self::Issued => "issued",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the spelling of the database.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether there is still something to do.
    pub fn is_open(self) -> bool {
        match self {
            Self::Queued | Self::Observing | Self::Issued | Self::Waiting => true,
            Self::Done | Self::Failed | Self::Cancelled => false,
        }
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A state to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The boot device is this.
    BootDevice(BootSetting),
    /// The power is off.
    EnsureOff,
    /// The power is on.
    EnsureOn,
    /// The power is off because the operating system was asked to shut down.
    SoftOff,
    /// The BMC takes the node's staged password.
    RotatePassword,
    /// Kernel and initrd of the image are here, and are what they should be.
    FetchImage,
    /// The machine was seen to get so far.
    Await(Milestone),
}

impl Step {
    /// The spelling of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BootDevice(_) => "boot_device",
            Self::EnsureOff => "ensure_off",
            Self::EnsureOn => "ensure_on",
            Self::SoftOff => "soft_off",
            Self::RotatePassword => "rotate_password",
            Self::FetchImage => "fetch_image",
            Self::Await(Milestone::Script) => "await_script",
            Self::Await(Milestone::Kernel) => "await_kernel",
            Self::Await(Milestone::Initrd) => "await_initrd",
            Self::Await(Milestone::Data) => "await_data",
            Self::Await(Milestone::PhoneHome) => "await_phone_home",
        }
    }

    /// What it does, for sentences.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::BootDevice(_) => "boot device",
            Self::EnsureOff => "power off",
            Self::EnsureOn => "power on",
            Self::SoftOff => "soft power off",
            Self::RotatePassword => "password change",
            Self::FetchImage => "image fetch",
            Self::Await(milestone) => milestone.in_words(),
        }
    }
}

/// Who asked for a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// The user.
    pub user_id: String,
    /// The project that it acted in.
    pub project_id: String,
    /// How the request came in.
    pub transport: String,
    /// The id of the request, `req-<uuid>`.
    pub request_id: String,
}

impl Requester {
    /// The daemon itself, for a node whose policy asks for it.
    pub fn policy() -> Self {
        Self {
            user_id: POLICY.to_owned(),
            project_id: POLICY.to_owned(),
            transport: POLICY.to_owned(),
            request_id: String::new(),
        }
    }

    /// Whether this is [`Requester::policy`].
    pub fn is_policy(&self) -> bool {
        self.transport == POLICY
    }
}

/// No client comes in by this transport.
const POLICY: &str = "power-policy";

/// A durable thing that Ostler does to a node.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What it is for.
    pub kind: TaskKind,
    /// The power order, for [`TaskKind::Power`].
    pub target: Option<PowerTarget>,
    /// Where it is in its life.
    pub state: TaskState,
    /// The states to reach, in order.
    pub steps: Vec<Step>,
    /// The step that it is at; equal to `steps.len()` when all are reached.
    pub step: usize,
    /// When the last command of the current step was committed to be sent.
    pub issued_at: Option<Timestamp>,
    /// How many commands of the current step the BMC accepted.
    pub accepted: u32,
    /// The node that it is done to.
    pub node_id: NodeId,
    /// The instance that it is done for.
    pub instance_id: Option<InstanceId>,
    /// Who asked for it.
    pub requested_by: Requester,
    /// Whether a soft power off becomes a hard one at its deadline.
    pub escalate: bool,
    /// How long all steps together may take, in seconds, where the client said so.
    pub timeout_secs: Option<u32>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// When the current step is given up.
    pub deadline_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why it failed, or what the last failure was that is being retried.
    pub error: Option<String>,
}

/// One thing that was tried for a task.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// For which step.
    pub step: String,
    /// How it ended, in one word.
    pub outcome: String,
    /// What came back, in a sentence.
    pub detail: Option<String>,
    /// How long it took, in milliseconds; the last time, where it was tried several times.
    pub elapsed_ms: Option<i64>,
    /// How often it was tried in a row with this outcome.
    pub times: u32,
    /// When it was last tried, where that was more than once.
    pub last_at: Option<Timestamp>,
}
