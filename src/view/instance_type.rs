//! Instance types, as the API shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::model::instance_type::InstanceType;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

impl View for InstanceType {
    const PLURAL: &'static str = "types";
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "name",
        "description",
        "is_public",
        "extra_specs",
        "links",
        "created_at",
        "updated_at",
    ];

    fn field<M: SerializeMap>(
        &self,
        field: &str,
        base: &Base,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match field {
            "uuid" => map.serialize_entry(field, &self.id),
            "name" => map.serialize_entry(field, &self.name),
            "description" => map.serialize_entry(field, &self.description),
            "is_public" => map.serialize_entry(field, &self.is_public),
            "extra_specs" => map.serialize_entry(field, &self.extra_specs),
            "links" => map.serialize_entry(field, &base.links(Self::PLURAL, self.id)),
            "created_at" => map.serialize_entry(field, &self.created_at),
            "updated_at" => map.serialize_entry(field, &self.updated_at),
            _ => Ok(()),
        }
    }

    fn ident(&self) -> String {
        self.id.to_string()
    }

    fn version(&self) -> (Timestamp, i64) {
        (self.created_at, self.revision)
    }
}

/// The answer of the calls on `extraspecs`.
#[derive(Debug, Serialize)]
pub struct ExtraSpecs<'a> {
    /// What a node must have.
    pub extra_specs: &'a BTreeMap<String, String>,
}
