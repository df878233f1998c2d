//! Webhooks, as the API shows them: the secret only as `"******"`.

use serde::ser::SerializeMap;

use crate::model::event::EventKind;
use crate::model::webhook::Webhook;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;
use crate::view::node::HIDDEN;

impl View for Webhook {
    const PLURAL: &'static str = "webhooks";
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "name",
        "url",
        "secret",
        "kinds",
        "project_id",
        "delivered_to",
        "delivered_at",
        "failures",
        "last_error",
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
            "url" => map.serialize_entry(field, &self.url),
            "secret" => map.serialize_entry(field, HIDDEN),
            "kinds" => {
                let kinds: Vec<_> = self.kinds.iter().copied().map(EventKind::as_str).collect();
                map.serialize_entry(field, &kinds)
            }
            "project_id" => map.serialize_entry(field, &self.project_id),
            "delivered_to" => map.serialize_entry(field, &self.delivered_to),
            "delivered_at" => map.serialize_entry(field, &self.delivered_at),
            "failures" => map.serialize_entry(field, &self.failures),
            "last_error" => map.serialize_entry(field, &self.last_error),
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
