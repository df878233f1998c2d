//! Identifiers: one type per noun, so that a task is never looked up with the id of a node.
//!
//! New ones are UUIDs of version 7 (RFC 9562 §5.7), which begin with the time: what is made one after the other lies side by
//! side in every index, and a commit of many touches few pages. They tell no more than `created_at` does. Older ones, and
//! those that clients choose, may be of any version.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id: the time, and 74 random bits.
            pub fn random() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A machine and its BMC.
    NodeId;
    /// A node handed to a project.
    InstanceId;
    /// A durable thing that Ostler does to a node.
    TaskId;
    /// One order for many machines.
    OperationId;
    /// An instance type.
    TypeId;
    /// An image: what an instance boots.
    ImageId;
    /// A network.
    NetworkId;
    /// A subnet of a network.
    SubnetId;
    /// A network port of a node.
    PortId;
    /// An API token (not its secret).
    TokenId;
    /// A place that events are sent to.
    WebhookId;
}
