//! Machines that the daemon boots itself, over the network.

use serde::{Deserialize, Serialize};

use crate::model::ids::{ImageId, InstanceId, NodeId, TaskId};
use crate::model::image::Completion;
use crate::model::secret::Secret;
use crate::time::Timestamp;

/// What a machine is seen to do on its way from the power button to a running system, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// Its firmware asked for its boot script.
    Script,
    /// It asked for its kernel.
    Kernel,
    /// It asked for its initrd.
    Initrd,
    /// Its system asked for its data: what cloud-init reads.
    Data,
    /// Its system said that it is up.
    PhoneHome,
}

impl Milestone {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [
        Self::Script,
        Self::Kernel,
        Self::Initrd,
        Self::Data,
        Self::PhoneHome,
    ];

    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Kernel => "kernel",
            Self::Initrd => "initrd",
            Self::Data => "data",
            Self::PhoneHome => "phone_home",
        }
    }

    /// Reads the spelling of the database.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == text)
    }

    /// What it is, for sentences.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Script => "boot script fetched",
            Self::Kernel => "kernel fetched",
            Self::Initrd => "initrd fetched",
            Self::Data => "data fetched",
            Self::PhoneHome => "phone home",
        }
    }
}

/// A milestone that a machine has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub milestone: Milestone,
    /// When it was first seen.
    pub at: Timestamp,
    /// When it was last seen.
    pub last_at: Timestamp,
    /// How often it was seen.
    pub times: u32,
    /// From where, or what else is known of it, in a sentence; of the last time.
    pub detail: Option<String>,
}

/// A machine that is booted now: what was true when its task was made.
#[derive(Debug)]
pub struct Netboot {
    /// The task that it is a part of.
    pub task_id: TaskId,
    /// The machine.
    pub node_id: NodeId,
    /// The instance that has it.
    pub instance_id: InstanceId,
    /// The image that it boots.
    pub image_id: ImageId,
    /// What its URLs have in them, so that nobody else knows them: 64 hexadecimal digits.
    pub secret: Secret<String>,
    /// When it is up.
    pub completion: Completion,
    /// The kernel's command line, with its variables.
    pub kernel_args: Option<String>,
    /// cloud-init user data.
    pub user_data: Option<String>,
    /// The SHA-256 of the kernel to serve, in hexadecimal; `None` until it is known to be here.
    pub kernel_sha256: Option<String>,
    /// The same of the initrd; also `None` where the image has none.
    pub initrd_sha256: Option<String>,
    /// How often the machine was set up again because it asked for nothing.
    pub tries: u32,
    /// When it ends, where its task is done already.
    pub expires_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
}
