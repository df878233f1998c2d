//! Nodes: a machine and its BMC.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::bmc::{BmcProfile, BmcSummary};
use crate::model::health::Health;
use crate::model::ids::{InstanceId, NodeId, PortId, TypeId};
use crate::model::null::null_is_default;
use crate::model::power::{PowerPolicy, PowerState, PowerTarget};
use crate::time::Timestamp;

/// The zone of a node that names none.
pub const DEFAULT_ZONE: &str = "default";

/// A machine and its BMC.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// Its name, unique.
    pub name: String,
    /// The zone that it is in.
    pub availability_zone: String,
    /// The type that it serves; `None` serves every type whose extra_specs it meets.
    pub instance_type: Option<TypeRef>,
    /// What the machine has.
    pub properties: Properties,
    /// Its network ports.
    pub ports: Vec<Port>,
    /// How its BMC is reached.
    pub bmc: BmcSummary,
    /// What was learned about its BMC with these settings.
    pub bmc_learned: BmcProfile,
    /// What the BMC last said; `None` while it cannot be read.
    pub power_state: Option<PowerState>,
    /// When the BMC was first seen to be in this state; readings that confirm it do not move it.
    pub power_state_at: Option<Timestamp>,
    /// While the power cannot be read: what it was when it last could,
    pub last_power_state: Option<PowerState>,
    /// and when that was.
    pub last_power_state_at: Option<Timestamp>,
    /// How well its BMC can be spoken to.
    pub health: Health,
    /// Whether it is the machine that the daemon itself runs on.
    pub runs_ostlerd: bool,
    /// What becomes of a change of its power that nobody here asked for.
    pub power_policy: PowerPolicy,
    /// How long it stays off before it is turned on again, in seconds; `None` for what the settings say.
    pub min_off_secs: Option<u32>,
    /// The power order that is under way, on behalf of the node or of its instance.
    pub target_power_state: Option<PowerTarget>,
    /// The last failure of a task or of polling; `None` after the next success.
    pub last_error: Option<String>,
    /// No automatic work while this is set.
    pub maintenance: bool,
    /// Why.
    pub maintenance_reason: Option<String>,
    /// The instance that has it.
    pub instance_id: Option<InstanceId>,
    /// Free text for admins.
    pub extra: BTreeMap<String, String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Counts changes, for ETags.
    pub revision: i64,
}

/// A type that a node refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeRef {
    /// Its id.
    pub id: TypeId,
    /// Its name, which is what is shown.
    pub name: String,
}

/// What a machine has, for matching types.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Properties {
    /// Number of CPUs.
    pub cpus: Option<u32>,
    /// Memory in MiB.
    pub memory_mb: Option<u64>,
    /// Disk in GiB.
    pub local_gb: Option<u64>,
    /// `x86_64`, `aarch64`, …
    pub cpu_arch: Option<String>,
    /// Anything else that a type may ask for.
    #[serde(deserialize_with = "null_is_default")]
    pub capabilities: BTreeMap<String, String>,
}

impl Properties {
    /// Whether the machine boots by UEFI: its capability `boot_mode` says `uefi`. Else it is told to boot by BIOS.
    pub fn boots_uefi(&self) -> bool {
        self.capabilities
            .get("boot_mode")
            .is_some_and(|mode| mode.eq_ignore_ascii_case("uefi"))
    }
}

/// A network port of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its id.
    pub uuid: PortId,
    /// Its MAC address, `aa:bb:cc:dd:ee:ff`.
    pub mac_address: String,
    /// What kind of port it is, such as `10GE`.
    pub port_type: Option<String>,
    /// Whether the machine can boot from it.
    pub pxe_enabled: bool,
}
