//! Images: what an instance boots.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::ids::ImageId;
use crate::time::Timestamp;

/// Who boots the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageBoot {
    /// Ostler: kernel, initrd and command line over the network.
    Network,
    /// The machine's own disk; the boot device is left alone.
    Disk,
    /// Somebody else's PXE.
    External,
}

impl ImageBoot {
    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Disk => "disk",
            Self::External => "external",
        }
    }
}

impl fmt::Display for ImageBoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum ImageKind {
    /// Instances are made of it.
    #[default]
    Deploy,
    /// It wipes the machine of a deleted instance, and then phones home.
    Scrub,
}

impl ImageKind {
    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Scrub => "scrub",
        }
    }
}

/// The files that an image may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImagePart {
    /// The kernel.
    Kernel,
    /// The initrd.
    Initrd,
}

impl ImagePart {
    /// The spelling of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Initrd => "initrd",
        }
    }
}

impl fmt::Display for ImagePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When an instance with this image counts as active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Completion {
    /// As soon as the BMC says that the power is on.
    #[default]
    PowerOn,
    /// When the machine reports in.
    PhoneHome,
}

impl Completion {
    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PowerOn => "power-on",
            Self::PhoneHome => "phone-home",
        }
    }
}

/// An image.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Its name, unique.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// What it is for.
    pub kind: ImageKind,
    /// Who boots the machine.
    pub boot: ImageBoot,
    /// Where the kernel is.
    pub kernel_url: Option<String>,
    /// Where the initrd is.
    pub initrd_url: Option<String>,
    /// The SHA-256 of the kernel, 64 lower-case hexadecimal digits: the one that its URL has to give, or that of the upload.
    pub kernel_sha256: Option<String>,
    /// The same of the initrd.
    pub initrd_sha256: Option<String>,
    /// The size of the uploaded kernel, in bytes; `None` where there is no upload.
    pub kernel_size: Option<i64>,
    /// The size of the uploaded initrd, in bytes; `None` where there is no upload.
    pub initrd_size: Option<i64>,
    /// The kernel's command line, in which variables stand for what differs between instances.
    pub kernel_args: Option<String>,
    /// cloud-init user data.
    pub user_data: Option<String>,
    /// When an instance with it counts as active.
    pub completion: Completion,
    /// Whether other projects than `project_id` see it.
    pub is_public: bool,
    /// The project that made it.
    pub project_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Counts changes, for ETags.
    pub revision: i64,
}
