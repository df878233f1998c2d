//! Networks, as the API shows them.

use serde::ser::SerializeMap;

use crate::model::network::Network;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

impl View for Network {
    const PLURAL: &'static str = "networks";
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "name",
        "vlan",
        "subnets",
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
            "vlan" => map.serialize_entry(field, &self.vlan),
            "subnets" => map.serialize_entry(field, &self.subnets),
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
