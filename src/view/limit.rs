//! Limits of projects, as the API shows them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::ser::SerializeMap;

use crate::model::limit::Limit;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

/// A project's name is free text; in a path it is one segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

impl View for Limit {
    const PLURAL: &'static str = "limits";
    const FIELDS: &'static [&'static str] = &[
        "project_id",
        "instances",
        "instances_in_use",
        "is_default",
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
            "project_id" => map.serialize_entry(field, &self.project_id),
            "instances" => map.serialize_entry(field, &self.instances),
            "instances_in_use" => map.serialize_entry(field, &self.in_use),
            "is_default" => map.serialize_entry(field, &self.set.is_none()),
            "links" => {
                let segment = utf8_percent_encode(&self.project_id, SEGMENT).to_string();
                map.serialize_entry(field, &base.links(Self::PLURAL, &segment))
            }
            "created_at" => map.serialize_entry(field, &self.set.map(|set| set.created_at)),
            "updated_at" => map.serialize_entry(field, &self.set.and_then(|set| set.updated_at)),
            _ => Ok(()),
        }
    }

    fn ident(&self) -> String {
        self.project_id.clone()
    }

    fn version(&self) -> (Timestamp, i64) {
        let changed_at = self.set.map(|set| set.updated_at.unwrap_or(set.created_at));
        (
            changed_at.unwrap_or(Timestamp::from_micros(0)),
            self.in_use.into(),
        )
    }

    /// What holds by default has no version of its own.
    fn etag(&self) -> String {
        let (changed_at, in_use) = self.version();
        let most = self
            .instances
            .map_or_else(|| "any".to_owned(), |most| most.to_string());
        format!("\"{:x}-{in_use}-{most}\"", changed_at.as_micros())
    }
}
