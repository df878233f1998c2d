//! Nodes, as the API shows them: BMC secrets only as `"******"`.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::model::bmc::BmcSummary;
use crate::model::node::Node;
use crate::time::Timestamp;
use crate::view::View;
use crate::view::health::HealthView;
use crate::view::links::Base;

/// What stands where a secret is.
pub const HIDDEN: &str = "******";

impl View for Node {
    const PLURAL: &'static str = "nodes";
    const FIELDS: &'static [&'static str] = &[
        "uuid",
        "name",
        "availability_zone",
        "instance_type",
        "properties",
        "ports",
        "bmc",
        "bmc_learned",
        "power_state",
        "target_power_state",
        "power_state_at",
        "last_power_state",
        "last_power_state_at",
        "health",
        "power_policy",
        "min_off_secs",
        "last_error",
        "runs_ostlerd",
        "maintenance",
        "maintenance_reason",
        "instance_uuid",
        "extra",
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
            "availability_zone" => map.serialize_entry(field, &self.availability_zone),
            "instance_type" => {
                map.serialize_entry(field, &self.instance_type.as_ref().map(|of| &of.name))
            }
            "properties" => map.serialize_entry(field, &self.properties),
            "ports" => map.serialize_entry(field, &self.ports),
            "bmc" => map.serialize_entry(field, &BmcView(&self.bmc)),
            "bmc_learned" => map.serialize_entry(field, &self.bmc_learned),
            "power_state" => map.serialize_entry(field, &self.power_state),
            "target_power_state" => {
                map.serialize_entry(field, &self.target_power_state.map(|target| target.shown()))
            }
            "power_state_at" => map.serialize_entry(field, &self.power_state_at),
            "last_power_state" => map.serialize_entry(field, &self.last_power_state),
            "last_power_state_at" => map.serialize_entry(field, &self.last_power_state_at),
            "health" => map.serialize_entry(field, &HealthView(&self.health)),
            "power_policy" => map.serialize_entry(field, &self.power_policy),
            "min_off_secs" => map.serialize_entry(field, &self.min_off_secs),
            "last_error" => map.serialize_entry(field, &self.last_error),
            "runs_ostlerd" => map.serialize_entry(field, &self.runs_ostlerd),
            "maintenance" => map.serialize_entry(field, &self.maintenance),
            "maintenance_reason" => map.serialize_entry(field, &self.maintenance_reason),
            "instance_uuid" => map.serialize_entry(field, &self.instance_id),
            "extra" => map.serialize_entry(field, &self.extra),
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

struct BmcView<'a>(&'a BmcSummary);

impl Serialize for BmcView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            BmcSummary::Lan {
                address,
                port,
                username,
                has_kg,
                privilege_level,
                cipher_suite,
                quirks,
            } => {
                map.serialize_entry("interface", "lan")?;
                map.serialize_entry("address", address)?;
                map.serialize_entry("port", port)?;
                map.serialize_entry("username", username)?;
                map.serialize_entry("password", HIDDEN)?;
                map.serialize_entry("kg", &has_kg.then_some(HIDDEN))?;
                map.serialize_entry("privilege_level", privilege_level)?;
                map.serialize_entry("cipher_suite", cipher_suite)?;
                map.serialize_entry("quirks", quirks)?;
            }
            BmcSummary::Open { device } => {
                map.serialize_entry("interface", "open")?;
                map.serialize_entry("device", device)?;
            }
        }
        map.end()
    }
}
