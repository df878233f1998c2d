//! Events, as the API shows them. Members see what happened to their instances, not on which machine.

use serde::ser::SerializeMap;

use crate::model::event::Event;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

/// What members see.
pub const FIELDS_OF_MEMBERS: &[&str] = &[
    "id",
    "at",
    "kind",
    "cause",
    "old",
    "new",
    "detail",
    "instance_uuid",
    "instance_name",
    "project_id",
    "task",
    "actor",
];

impl View for Event {
    const PLURAL: &'static str = "events";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "at",
        "kind",
        "cause",
        "old",
        "new",
        "detail",
        "node_uuid",
        "node_name",
        "instance_uuid",
        "instance_name",
        "project_id",
        "task",
        "actor",
        "audit",
    ];

    fn field<M: SerializeMap>(
        &self,
        field: &str,
        _base: &Base,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match field {
            "id" => map.serialize_entry(field, &self.id),
            "at" => map.serialize_entry(field, &self.at),
            "kind" => map.serialize_entry(field, self.kind.as_str()),
            "cause" => map.serialize_entry(field, self.origin.cause.as_str()),
            "old" => map.serialize_entry(field, &self.old),
            "new" => map.serialize_entry(field, &self.new),
            "detail" => map.serialize_entry(field, &self.detail),
            "node_uuid" => map.serialize_entry(field, &self.node_id),
            "node_name" => map.serialize_entry(field, &self.node_name),
            "instance_uuid" => map.serialize_entry(field, &self.instance_id),
            "instance_name" => map.serialize_entry(field, &self.instance_name),
            "project_id" => map.serialize_entry(field, &self.project_id),
            "task" => map.serialize_entry(field, &self.origin.task),
            "actor" => map.serialize_entry(field, &self.origin.actor),
            "audit" => map.serialize_entry(field, &self.audit),
            _ => Ok(()),
        }
    }

    fn ident(&self) -> String {
        self.id.to_string()
    }

    fn version(&self) -> (Timestamp, i64) {
        (self.at, 1)
    }
}
