//! How a BMC is reached, what was learned about it, and which device a machine boots from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::null::null_is_default;
use crate::model::secret::Secret;

/// The UDP port of RMCP (IPMI v2.0 §13.1.2).
pub const RMCP_PORT: u16 = 623;

/// How a node's BMC is reached.
#[derive(Debug, Clone)]
pub enum BmcConfig {
    /// Over the network: IPMI v2.0 RMCP+.
    Lan(LanConfig),
    /// Through the kernel's driver on the machine that the daemon runs on.
    Open {
        /// The device file, `/dev/ipmi0` by default.
        device: String,
    },
}

impl BmcConfig {
    /// Where it is: see [`lan_place`], or the device file.
    pub fn place(&self) -> String {
        match self {
            Self::Lan(lan) => lan_place(&lan.address, lan.port),
            Self::Open { device } => device.clone(),
        }
    }

    /// Whether both name the same user of the same BMC, whatever the password.
    pub fn is_same_account(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Lan(one), Self::Lan(other)) => {
                (&one.address, one.port, &one.username)
                    == (&other.address, other.port, &other.username)
            }
            (Self::Open { device: one }, Self::Open { device: other }) => one == other,
            (Self::Lan(_), Self::Open { .. }) | (Self::Open { .. }, Self::Lan(_)) => false,
        }
    }
}

/// Where a BMC on the network is, as an admin would type it: its address, with the port where that is not the usual one.
pub fn lan_place(address: &str, port: u16) -> String {
    match port {
        RMCP_PORT => address.to_owned(),
        _ if address.contains(':') => format!("[{address}]:{port}"),
        _ => format!("{address}:{port}"),
    }
}

/// The settings of an IPMI LAN connection.
#[derive(Debug, Clone)]
pub struct LanConfig {
    /// IPv4 or IPv6 address, or a host name.
    pub address: String,
    /// UDP port, 623 by default.
    pub port: u16,
    /// User name, at most 16 bytes; may be empty.
    pub username: String,
    /// Password, at most 20 bytes; may be empty.
    pub password: Secret<String>,
    /// The BMC key K_G, at most 20 bytes; absent where the BMC has none (then the password takes its place).
    pub kg: Option<Secret<Vec<u8>>>,
    /// The highest privilege that the session may ask for.
    pub privilege_level: PrivilegeLevel,
    /// The cipher suite to use; `None` tries those that the BMC lists, 17 first, then 17 and 3.
    pub cipher_suite: Option<CipherSuite>,
    /// Names of the faults that it is known to have, see `ipmi::quirk`; those that it shows are found all the same.
    pub quirks: Vec<String>,
}

/// How a node's BMC is reached, without the secrets: what lists and answers are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BmcSummary {
    /// Over the network.
    Lan {
        /// IPv4 or IPv6 address, or a host name.
        address: String,
        /// UDP port.
        port: u16,
        /// User name.
        username: String,
        /// Whether a K_G is set.
        has_kg: bool,
        /// The highest privilege that a session may ask for.
        privilege_level: PrivilegeLevel,
        /// The cipher suite to use; `None` leaves it to the BMC's list.
        cipher_suite: Option<CipherSuite>,
        /// Names of the faults that it is known to have.
        quirks: Vec<String>,
    },
    /// Through the kernel's driver.
    Open {
        /// The device file.
        device: String,
    },
}

/// The RMCP+ cipher suites that Ostler speaks (IPMI v2.0 table 22-20). Suites without integrity are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum CipherSuite {
    /// RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128.
    S3,
    /// RAKP-HMAC-MD5, HMAC-MD5-128, AES-CBC-128.
    S8,
    /// RAKP-HMAC-MD5, MD5-128, AES-CBC-128.
    S12,
    /// RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    S17,
}

impl From<CipherSuite> for u8 {
    fn from(suite: CipherSuite) -> Self {
        match suite {
            CipherSuite::S3 => 3,
            CipherSuite::S8 => 8,
            CipherSuite::S12 => 12,
            CipherSuite::S17 => 17,
        }
    }
}

impl TryFrom<u8> for CipherSuite {
    type Error = UnsupportedCipherSuite;

    fn try_from(number: u8) -> Result<Self, UnsupportedCipherSuite> {
        match number {
            3 => Ok(Self::S3),
            8 => Ok(Self::S8),
            12 => Ok(Self::S12),
            17 => Ok(Self::S17),
            other => Err(UnsupportedCipherSuite(other)),
        }
    }
}

impl fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        u8::from(*self).fmt(f)
    }
}

/// A cipher suite number that is unknown or not safe to use.
#[derive(Debug, thiserror::Error)]
#[error("cipher suite {0} is not supported: use 17 or 3 (8 and 12 work too)")]
pub struct UnsupportedCipherSuite(pub u8);

/// Privilege levels (IPMI v2.0 §6.8). Ostler asks for the lowest that a command needs, up to the node's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivilegeLevel {
    /// Read-only commands, such as Get Chassis Status.
    User,
    /// Also chassis control and boot options.
    Operator,
    /// Everything.
    Administrator,
}

impl PrivilegeLevel {
    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for PrivilegeLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was learned about one BMC and is worth keeping over a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BmcProfile {
    /// The cipher suite of the last session that worked.
    pub cipher_suite: Option<CipherSuite>,
    /// Names of the faults that this BMC showed, see `ipmi::quirk`.
    pub quirks: Vec<String>,
    /// Which of Ostler's cipher suites it listed when it was asked before its first login: empty where it gave no list,
    /// `None` while it was never asked.
    pub offered_suites: Option<Vec<CipherSuite>>,
}

/// Where a machine boots from next (IPMI v2.0 §28.13, boot flags).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BootDevice {
    /// No override: the firmware's own order.
    None,
    /// The network.
    Pxe,
    /// The first hard disk.
    Disk,
    /// CD or DVD.
    Cdrom,
    /// Into the firmware's set-up.
    Bios,
}

impl BootDevice {
    /// All of them, in the order that error messages list them.
    pub const ALL: [Self; 5] = [Self::Pxe, Self::Disk, Self::Cdrom, Self::Bios, Self::None];

    /// The spelling of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pxe => "pxe",
            Self::Disk => "disk",
            Self::Cdrom => "cdrom",
            Self::Bios => "bios",
        }
    }
}

impl fmt::Display for BootDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A boot device override.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootSetting {
    /// The device.
    pub boot_device: BootDevice,
    /// For every boot, not only the next one.
    #[serde(default, deserialize_with = "null_is_default")]
    pub persistent: bool,
    /// UEFI boot, not BIOS.
    #[serde(default, deserialize_with = "null_is_default")]
    pub uefi: bool,
}
