//! What placing an instance on a node looks at.

use crate::model::ids::{NodeId, TypeId};
use crate::model::node::{Port, Properties};
use crate::model::power::PowerState;

/// What placing an instance needs to know of a node.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The node.
    pub id: NodeId,
    /// Its zone.
    pub availability_zone: String,
    /// The type that it names.
    pub type_id: Option<TypeId>,
    /// What the machine has.
    pub properties: Properties,
    /// Its ports.
    pub ports: Vec<Port>,
    /// What its BMC last said.
    pub power_state: Option<PowerState>,
}

/// How many nodes the simple filters leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All nodes.
    pub all: u32,
    /// In another zone.
    pub other_zone: u32,
    /// In the zone, and have an instance.
    pub taken: u32,
    /// Not taken, in maintenance.
    pub maintenance: u32,
    /// None of these, the machine that the daemon runs on.
    pub own: u32,
    /// None of these, with a task under way.
    pub busy: u32,
}
