//! Instances: machines handed to projects.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::ids::{ImageId, InstanceId, NetworkId, NodeId, PortId, SubnetId, TypeId};
use crate::model::power::{PowerState, PowerTarget};
use crate::time::Timestamp;

/// Where an instance is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InstanceStatus {
    /// Its node is being set up.
    Building,
    /// Its project has it.
    Active,
    /// Setting it up failed; `last_error` says why, and the node is kept for the admin to look at.
    Error,
    /// Its node is being turned off and freed.
    Deleting,
}

impl InstanceStatus {
    /// All of them, in the order that error messages list them.
    pub const ALL: [Self; 4] = [Self::Building, Self::Active, Self::Error, Self::Deleting];

    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Active => "active",
            Self::Error => "error",
            Self::Deleting => "deleting",
        }
    }

    /// Reads the spelling of the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl fmt::Display for InstanceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A machine handed to a project.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Its name; not unique.
    pub name: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// The type that it was asked to be.
    pub type_id: TypeId,
    /// The image that it boots.
    pub image_id: ImageId,
    /// The zone of its node.
    pub availability_zone: String,
    /// Its network ports, in the order in which their networks were asked for.
    pub network_info: Vec<Attachment>,
    /// Where it is in its life.
    pub status: InstanceStatus,
    /// What its node's BMC last said; `None` while it cannot be read.
    pub power_state: Option<PowerState>,
    /// The power order that is under way.
    pub target_power_state: Option<PowerTarget>,
    /// The project that has it.
    pub project_id: String,
    /// The user that asked for it.
    pub user_id: String,
    /// Free text of its project.
    pub extra: BTreeMap<String, String>,
    /// Why it is in `error`, or why its last power change failed.
    pub last_error: Option<String>,
    /// Its node.
    pub node_id: NodeId,
    /// When it first became active.
    pub launched_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Counts changes, for ETags.
    pub revision: i64,
}

/// One port of an instance: a real port of its node, in a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The node's port.
    pub port_id: PortId,
    /// The network.
    pub network: NetworkId,
    /// The port's MAC address.
    pub mac_address: String,
    /// One address for each subnet of the network.
    pub fixed_ips: Vec<FixedIp>,
}

/// An address that an instance has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedIp {
    /// The address.
    pub ip_address: IpAddr,
    /// The subnet that it is from.
    pub subnet_id: SubnetId,
}
