//! Tasks, as the API shows them.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::netboot::Reached;
use crate::model::task::{Attempt, Step, Task};
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

/// A task with what was tried for it.
#[derive(Debug)]
pub struct TaskView {
    /// The task.
    pub task: Task,
    /// What was tried, in order.
    pub attempts: Vec<Attempt>,
    /// What the machine was seen to do, in its order.
    pub milestones: Vec<Reached>,
}

impl View for TaskView {
    const PLURAL: &'static str = "tasks";
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "kind",
        "target",
        "state",
        "step",
        "attempts",
        "milestones",
        "node_uuid",
        "instance_uuid",
        "requested_by",
        "created_at",
        "updated_at",
        "deadline_at",
        "finished_at",
        "error",
    ];

    fn field<M: SerializeMap>(
        &self,
        field: &str,
        _base: &Base,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let task = &self.task;
        match field {
            "uuid" => map.serialize_entry(field, &task.id),
            "kind" => map.serialize_entry(field, task.kind.as_str()),
            "target" => map.serialize_entry(field, &task.target),
            "state" => map.serialize_entry(field, task.state.as_str()),
            "step" => {
                map.serialize_entry(field, &task.steps.get(task.step).copied().map(Step::as_str))
            }
            "attempts" => map.serialize_entry(field, &Attempts(&self.attempts)),
            "milestones" => map.serialize_entry(field, &Milestones(&self.milestones)),
            "node_uuid" => map.serialize_entry(field, &task.node_id),
            "instance_uuid" => map.serialize_entry(field, &task.instance_id),
            "requested_by" => map.serialize_entry(field, &task.requested_by),
            "created_at" => map.serialize_entry(field, &task.created_at),
            "updated_at" => map.serialize_entry(field, &task.updated_at),
            "deadline_at" => map.serialize_entry(field, &task.deadline_at),
            "finished_at" => map.serialize_entry(field, &task.finished_at),
            "error" => map.serialize_entry(field, &task.error),
            _ => Ok(()),
        }
    }

    fn ident(&self) -> String {
        self.task.id.to_string()
    }

    fn version(&self) -> (Timestamp, i64) {
        // Attempts are only ever added and repeated, and so are milestones, unless the task moves too.
        let attempts = self.attempts.iter().map(|attempt| attempt.times);
        let milestones = self.milestones.iter().map(|reached| reached.times);
        let times: i64 = attempts.chain(milestones).map(i64::from).sum();
        (
            self.task.created_at,
            self.task.updated_at.as_micros().saturating_add(times),
        )
    }
}

struct Attempts<'a>(&'a [Attempt]);

impl Serialize for Attempts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct AttemptView<'a> {
            at: Timestamp,
            step: &'a str,
            outcome: &'a str,
            detail: Option<&'a str>,
            elapsed_ms: Option<i64>,
            /// Only where there is more to say than that it was tried.
            #[serde(skip_serializing_if = "Option::is_none")]
            times: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            last_at: Option<Timestamp>,
        }
        serializer.collect_seq(self.0.iter().map(|attempt| AttemptView {
            at: attempt.at,
            step: &attempt.step,
            outcome: &attempt.outcome,
            detail: attempt.detail.as_deref(),
            elapsed_ms: attempt.elapsed_ms,
            times: Some(attempt.times).filter(|times| *times > 1),
            last_at: attempt.last_at,
        }))
    }
}

struct Milestones<'a>(&'a [Reached]);

impl Serialize for Milestones<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct MilestoneView<'a> {
            name: &'static str,
            at: Timestamp,
            detail: Option<&'a str>,
            /// Only where there is more to say than that it was seen.
            #[serde(skip_serializing_if = "Option::is_none")]
            times: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            last_at: Option<Timestamp>,
        }
        serializer.collect_seq(self.0.iter().map(|reached| MilestoneView {
            name: reached.milestone.as_str(),
            at: reached.at,
            detail: reached.detail.as_deref(),
            times: Some(reached.times).filter(|times| *times > 1),
            last_at: Some(reached.last_at).filter(|_| reached.times > 1),
        }))
    }
}
