//! Instances, as the API shows them.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::model::ids::NetworkId;
use crate::model::instance::{Attachment, FixedIp, Instance};
use crate::model::power::{PowerState, PowerTarget};
use crate::time::Timestamp;
use crate::view::View;
use crate::view::links::Base;

/// The fields of a list without details.
pub const SUMMARY: &[&str] = &["name", "description", "uuid", "status", "links"];

/// The fields that callers see who are not admins: all but the node.
pub const FIELDS_OF_MEMBERS: &[&str] = {
    let (fields, _node_uuid) = Instance::FIELDS.split_at(Instance::FIELDS.len() - 1);
    fields
};

impl View for Instance {
    const PLURAL: &'static str = "instances";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "description",
        "instance_type_uuid",
        "image_uuid",
        "availability_zone",
        "network_info",
        "links",
        "uuid",
        "status",
        "power_state",
        "project_id",
        "user_id",
        "updated_at",
        "created_at",
        "launched_at",
        "extra",
        "last_error",
        "node_uuid",
    ];

    fn field<M: SerializeMap>(
        &self,
        field: &str,
        base: &Base,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match field {
            "name" => map.serialize_entry(field, &self.name),
            "description" => map.serialize_entry(field, &self.description),
            "instance_type_uuid" => map.serialize_entry(field, &self.type_id),
            "image_uuid" => map.serialize_entry(field, &self.image_id),
            "availability_zone" => map.serialize_entry(field, &self.availability_zone),
            "network_info" => map.serialize_entry(field, &NetworkInfo(&self.network_info)),
            "links" => map.serialize_entry(field, &base.links(Self::PLURAL, self.id)),
            "uuid" => map.serialize_entry(field, &self.id),
            "status" => map.serialize_entry(field, &self.status),
            "power_state" => map.serialize_entry(field, &self.power_state),
            "project_id" => map.serialize_entry(field, &self.project_id),
            "user_id" => map.serialize_entry(field, &self.user_id),
            "updated_at" => map.serialize_entry(field, &self.updated_at),
            "created_at" => map.serialize_entry(field, &self.created_at),
            "launched_at" => map.serialize_entry(field, &self.launched_at),
            "extra" => map.serialize_entry(field, &self.extra),
            "last_error" => map.serialize_entry(field, &self.last_error),
            "node_uuid" => map.serialize_entry(field, &self.node_id),
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

/// The power of an instance or of a node.
#[derive(Debug, Serialize)]
pub struct States<'a> {
    /// What the BMC last said.
    pub power_state: Option<PowerState>,
    /// The order under way.
    #[serde(serialize_with = "shown_target")]
    pub target_power_state: Option<PowerTarget>,
    /// The last failure.
    pub last_error: Option<&'a str>,
}

/// Writes a power target as `target_power_state` has it.
pub(super) fn shown_target<S: Serializer>(
    target: &Option<PowerTarget>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    target.map(PowerTarget::shown).serialize(serializer)
}

/// `{port uuid: {"network", "mac_address", "fixed_ips"}}`, in the order in which the networks were asked for.
struct NetworkInfo<'a>(&'a [Attachment]);

#[derive(Serialize)]
struct AttachmentView<'a> {
    network: NetworkId,
    mac_address: &'a str,
    fixed_ips: &'a [FixedIp],
}

impl Serialize for NetworkInfo<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|attachment| {
            let view = AttachmentView {
                network: attachment.network,
                mac_address: &attachment.mac_address,
                fixed_ips: &attachment.fixed_ips,
            };
            (attachment.port_id, view)
        }))
    }
}
