//! Tokens, as the API shows them.

use serde::ser::SerializeMap;

use crate::model::token::Token;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

impl View for Token {
    const PLURAL: &'static str = "tokens";
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "name",
        "user_id",
        "project_id",
        "role",
        "certificate_subject",
        "networks",
        "expires_at",
        "last_used_at",
        "last_used_from",
        "links",
        "created_at",
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
            "user_id" => map.serialize_entry(field, &self.user_id),
            "project_id" => map.serialize_entry(field, &self.project_id),
            "role" => map.serialize_entry(field, &self.role),
            "certificate_subject" => map.serialize_entry(field, &self.certificate_subject),
            "networks" => map.serialize_entry(field, &self.networks),
            "expires_at" => map.serialize_entry(field, &self.expires_at),
            "last_used_at" => map.serialize_entry(field, &self.last_use.map(|last| last.at)),
            "last_used_from" => map.serialize_entry(field, &self.last_use.map(|last| last.from)),
            "links" => map.serialize_entry(field, &base.links(Self::PLURAL, self.id)),
            "created_at" => map.serialize_entry(field, &self.created_at),
            _ => Ok(()),
        }
    }

    fn ident(&self) -> String {
        self.id.to_string()
    }

    /// Nothing of a token changes but its last use.
    fn version(&self) -> (Timestamp, i64) {
        let used_at = self.last_use.map(|last| last.at);
        (used_at.unwrap_or(self.created_at), 1)
    }
}
