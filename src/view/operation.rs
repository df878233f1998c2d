//! Operations, as the API shows them. Members see what happens to their instances, not on which machines.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::model::ids::{InstanceId, NodeId, TaskId};
use crate::model::operation::{Entry, Operation};
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

/// What a list shows of an operation.
impl View for Operation {
    const PLURAL: &'static str = "operations";
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "target",
        "state",
        "counts",
        "project_id",
        "requested_by",
        "created_at",
        "finished_at",
        "links",
    ];

    fn field<M: SerializeMap>(
        &self,
        field: &str,
        base: &Base,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match field {
            "uuid" => map.serialize_entry(field, &self.id),
            "target" => map.serialize_entry(field, &self.target),
            "state" => map.serialize_entry(field, self.state().as_str()),
            "counts" => map.serialize_entry(field, &self.counts),
            "project_id" => map.serialize_entry(field, &self.project_id),
            "requested_by" => map.serialize_entry(field, &self.requested_by),
            "created_at" => map.serialize_entry(field, &self.created_at),
            "finished_at" => map.serialize_entry(field, &self.finished_at),
            "links" => map.serialize_entry(field, &base.links(Self::PLURAL, self.id)),
            _ => Ok(()),
        }
    }

    fn ident(&self) -> String {
        self.id.to_string()
    }

    fn version(&self) -> (Timestamp, i64) {
        (self.created_at, i64::from(self.finished_at.is_some()))
    }
}

/// An operation with its machines.
#[derive(Debug)]
pub struct OperationView {
    /// The operation.
    pub operation: Operation,
    /// Its machines, in order.
    pub entries: Vec<Entry>,
    /// Whether the nodes are shown.
    pub shows_nodes: bool,
}

impl View for OperationView {
    const PLURAL: &'static str = Operation::PLURAL;
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "target",
        "state",
        "counts",
        "tasks",
        "project_id",
        "requested_by",
        "created_at",
        "finished_at",
        "links",
    ];

    fn field<M: SerializeMap>(
        &self,
        field: &str,
        base: &Base,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match field {
            "tasks" => map.serialize_entry(field, &Entries(self)),
            _ => self.operation.field(field, base, map),
        }
    }

    fn ident(&self) -> String {
        self.operation.ident()
    }

    fn version(&self) -> (Timestamp, i64) {
        // Each of these times only ever grows, and with every change that is shown.
        let changes = self.entries.iter().fold(0_i64, |sum, entry| {
            sum.wrapping_add(entry.changed_at.as_micros())
        });
        (self.operation.created_at, changes)
    }
}

struct Entries<'a>(&'a OperationView);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(view) = self;
        let mut sequence = serializer.serialize_seq(Some(view.entries.len()))?;
        for entry in &view.entries {
            let of_member = OfMember::new(entry);
            if view.shows_nodes {
                sequence.serialize_element(&OfAdmin {
                    node_uuid: entry.node_id,
                    node_name: &entry.node_name,
                    of_member,
                })?;
            } else {
                sequence.serialize_element(&of_member)?;
            }
        }
        sequence.end()
    }
}

#[derive(Serialize)]
struct OfAdmin<'a> {
    node_uuid: NodeId,
    node_name: &'a str,
    #[serde(flatten)]
    of_member: OfMember<'a>,
}

#[derive(Serialize)]
struct OfMember<'a> {
    instance_uuid: Option<InstanceId>,
    instance_name: Option<&'a str>,
    task_uuid: Option<TaskId>,
    state: &'static str,
    step: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> OfMember<'a> {
    fn new(entry: &'a Entry) -> Self {
        Self {
            instance_uuid: entry.instance_id,
            instance_name: entry.instance_name.as_deref(),
            task_uuid: entry.task_id,
            state: entry.state.as_str(),
            step: entry.step.as_deref(),
            error: entry.error.as_deref(),
        }
    }
}
