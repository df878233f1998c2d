//! Privilege levels on the wire (IPMI v2.0 §6.8).

use std::fmt;

/// A privilege level that a session can have. Callback and OEM levels are of no use to Ostler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// Reads.
    User,
    /// Also chassis control and boot options.
    Operator,
    /// Everything.
    Administrator,
}

impl Privilege {
    /// The number on the wire (IPMI v2.0 table 22-24).
    pub fn to_wire(self) -> u8 {
        match self {
            Self::User => 0x02,
            Self::Operator => 0x03,
            Self::Administrator => 0x04,
        }
    }

    /// Reads the number on the wire; the upper four bits are not part of it.
    pub fn from_wire(byte: u8) -> Option<Self> {
        match byte & 0x0F {
            0x02 => Some(Self::User),
            0x03 => Some(Self::Operator),
            0x04 => Some(Self::Administrator),
            _ => None,
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        })
    }
}
