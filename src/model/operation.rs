//! Operations: one power order for many machines, with what became of each.
//!
//! An operation does nothing by itself. It lists the tasks of one request, and has ended when they all have.

use serde::{Deserialize, Serialize};

use crate::model::ids::{InstanceId, NodeId, OperationId, TaskId};
use crate::model::power::PowerTarget;
use crate::model::task::{Requester, TaskState};
use crate::time::Timestamp;

/// How far a machine of an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryState {
    /// As far as its task.
    Task(TaskState),
    /// The order was not accepted for it.
    Refused,
}

impl EntryState {
    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Task(state) => state.as_str(),
            Self::Refused => "refused",
        }
    }

    /// Reads the spelling of the database.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "refused" => Some(Self::Refused),
            text => TaskState::parse(text).map(Self::Task),
        }
    }
}

/// How many machines of an operation are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Accepted, nothing done yet.
    pub queued: u32,
    /// The state is being read.
    pub observing: u32,
    /// A command is about to leave or has left.
    pub issued: u32,
    /// The BMC has answered; its state is not there yet.
    pub waiting: u32,
    /// As ordered, as the BMC says.
    pub done: u32,
    /// Given up, with a reason.
    pub failed: u32,
    /// Called off.
    pub cancelled: u32,
    /// Not accepted.
    pub refused: u32,
}

impl Counts {
    /// Counts more machines in a state.
    pub fn add(&mut self, state: EntryState, machines: u32) {
        let count = match state {
            EntryState::Task(TaskState::Queued) => &mut self.queued,
            EntryState::Task(TaskState::Observing) => &mut self.observing,
            EntryState::Task(TaskState::Issued) => &mut self.issued,
            EntryState::Task(TaskState::Waiting) => &mut self.waiting,
            EntryState::Task(TaskState::Done) => &mut self.done,
            EntryState::Task(TaskState::Failed) => &mut self.failed,
            EntryState::Task(TaskState::Cancelled) => &mut self.cancelled,
            EntryState::Refused => &mut self.refused,
        };
        *count = count.saturating_add(machines);
    }

    /// Whether any ended otherwise than as ordered.
    fn has_failures(&self) -> bool {
        self.failed > 0 || self.cancelled > 0 || self.refused > 0
    }
}

/// How an operation as a whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationState {
    /// At least one task is open.
    Running,
    /// All machines are as ordered.
    Done,
    /// All tasks have ended, and not all as ordered.
    Failed,
}

impl OperationState {
    /// The spelling of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// One power order for many machines.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What was ordered.
    pub target: PowerTarget,
    /// The project of all its instances; `None` where they are of several, or a machine has none.
    pub project_id: Option<String>,
    /// Who asked for it.
    pub requested_by: Requester,
    /// How many machines it is about.
    pub machines: u32,
    /// How many are in each state.
    pub counts: Counts,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its last task ended.
    pub finished_at: Option<Timestamp>,
}

impl Operation {
    /// How it is as a whole.
    pub fn state(&self) -> OperationState {
        match self.finished_at {
            None => OperationState::Running,
            Some(_) if self.counts.has_failures() => OperationState::Failed,
            Some(_) => OperationState::Done,
        }
    }
}

/// A machine of an operation.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The node.
    pub node_id: NodeId,
    /// Its name when the order came.
    pub node_name: String,
    /// The instance that had the node.
    pub instance_id: Option<InstanceId>,
    /// Its name then.
    pub instance_name: Option<String>,
    /// The task that carries out the order; `None` where it was refused.
    pub task_id: Option<TaskId>,
    /// How far it is.
    pub state: EntryState,
    /// The step that the task is at or ended at; `None` after the last.
    pub step: Option<String>,
    /// Why it was refused or failed, or what the last failure was that is being retried.
    pub error: Option<String>,
    /// When any of this last changed.
    pub changed_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::OperationId;

    #[test]
    fn every_state_has_a_spelling_and_a_count_of_its_own() {
        let states = TaskState::ALL.map(EntryState::Task);
        for state in states.into_iter().chain([EntryState::Refused]) {
            assert_eq!(EntryState::parse(state.as_str()), Some(state));
            let mut counts = Counts::default();
            counts.add(state, 3);
            let shown = serde_json::to_value(counts).unwrap();
            assert_eq!(shown[state.as_str()], 3, "{shown}");
            let sum: u64 = shown
                .as_object()
                .unwrap()
                .values()
                .flat_map(|of| of.as_u64())
                .sum();
            assert_eq!(sum, 3, "{shown}");
        }
    }

    #[test]
    fn an_operation_is_failed_when_it_has_ended_and_anything_did_not_go_as_ordered() {
        let state = |ended: bool, counts: Counts| {
            let at = Timestamp::from_micros(0);
            let operation = Operation {
                id: OperationId::random(),
                target: PowerTarget::On,
                project_id: None,
                requested_by: Requester {
                    user_id: String::new(),
                    project_id: String::new(),
                    transport: String::new(),
                    request_id: String::new(),
                },
                machines: 0,
                counts,
                created_at: at,
                finished_at: ended.then_some(at),
            };
            operation.state()
        };
        let done = Counts {
            done: 2,
            ..Counts::default()
        };
        assert_eq!(state(true, done), OperationState::Done);
        for bad in [
            Counts { failed: 1, ..done },
            Counts {
                cancelled: 1,
                ..done
            },
            Counts { refused: 1, ..done },
        ] {
            assert_eq!(state(true, bad), OperationState::Failed, "{bad:?}");
            assert_eq!(state(false, bad), OperationState::Running, "{bad:?}");
        }
    }
}
