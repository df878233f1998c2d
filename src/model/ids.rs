//! Identifiers: one type per noun, so that a task is never looked up with the id of a node.

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
            /// A new random id (UUID version 4).
            pub fn random() -> Self {
                Self(Uuid::new_v4())
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
