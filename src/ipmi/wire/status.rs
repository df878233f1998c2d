//! RMCP+ and RAKP status codes (IPMI v2.0 table 13-15).

use std::fmt;

/// How a BMC answered Open Session or a RAKP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// 00h.
    Ok,
    /// 01h.
    InsufficientResources,
    /// 02h.
    InvalidSessionId,
    /// 03h.
    InvalidPayloadType,
    /// 04h.
    InvalidAuthenticationAlgorithm,
    /// 05h.
    InvalidIntegrityAlgorithm,
    /// 06h.
    NoMatchingAuthenticationPayload,
    /// 07h.
    NoMatchingIntegrityPayload,
    /// 08h.
    InactiveSessionId,
    /// 09h.
    InvalidRole,
    /// 0Ah.
    UnauthorizedRole,
    /// 0Bh.
    InsufficientResourcesForRole,
    /// 0Ch.
    InvalidNameLength,
    /// 0Dh.
    UnauthorizedName,
    /// 0Eh.
    UnauthorizedGuid,
    /// 0Fh.
    InvalidIntegrityCheck,
    /// 10h.
    InvalidConfidentialityAlgorithm,
    /// 11h.
    NoCipherSuiteMatch,
    /// 12h.
    IllegalParameter,
    /// Not in the table.
    Unknown(u8),
}

impl Status {
    /// The byte on the wire.
    pub fn to_wire(self) -> u8 {
        match self {
            Self::Ok => 0x00,
            Self::InsufficientResources => 0x01,
            Self::InvalidSessionId => 0x02,
            Self::InvalidPayloadType => 0x03,
            Self::InvalidAuthenticationAlgorithm => 0x04,
            Self::InvalidIntegrityAlgorithm => 0x05,
            Self::NoMatchingAuthenticationPayload => 0x06,
            Self::NoMatchingIntegrityPayload => 0x07,
            Self::InactiveSessionId => 0x08,
            Self::InvalidRole => 0x09,
            Self::UnauthorizedRole => 0x0A,
            Self::InsufficientResourcesForRole => 0x0B,
            Self::InvalidNameLength => 0x0C,
            Self::UnauthorizedName => 0x0D,
            Self::UnauthorizedGuid => 0x0E,
            Self::InvalidIntegrityCheck => 0x0F,
            Self::InvalidConfidentialityAlgorithm => 0x10,
            Self::NoCipherSuiteMatch => 0x11,
            Self::IllegalParameter => 0x12,
            Self::Unknown(byte) => byte,
        }
    }

    /// Reads the byte on the wire.
    pub fn from_wire(byte: u8) -> Self {
        match byte {
            0x00 => Self::Ok,
            0x01 => Self::InsufficientResources,
            0x02 => Self::InvalidSessionId,
            0x03 => Self::InvalidPayloadType,
            0x04 => Self::InvalidAuthenticationAlgorithm,
            0x05 => Self::InvalidIntegrityAlgorithm,
            0x06 => Self::NoMatchingAuthenticationPayload,
            0x07 => Self::NoMatchingIntegrityPayload,
            0x08 => Self::InactiveSessionId,
            0x09 => Self::InvalidRole,
            0x0A => Self::UnauthorizedRole,
            0x0B => Self::InsufficientResourcesForRole,
            0x0C => Self::InvalidNameLength,
            0x0D => Self::UnauthorizedName,
            0x0E => Self::UnauthorizedGuid,
            0x0F => Self::InvalidIntegrityCheck,
            0x10 => Self::InvalidConfidentialityAlgorithm,
            0x11 => Self::NoCipherSuiteMatch,
            0x12 => Self::IllegalParameter,
            other => Self::Unknown(other),
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "no error",
            Self::InsufficientResources => "no free session",
            Self::InvalidSessionId => "invalid session id",
            Self::InvalidPayloadType => "invalid payload type",
            Self::InvalidAuthenticationAlgorithm => "invalid authentication algorithm",
            Self::InvalidIntegrityAlgorithm => "invalid integrity algorithm",
            Self::NoMatchingAuthenticationPayload => "no matching authentication payload",
            Self::NoMatchingIntegrityPayload => "no matching integrity payload",
            Self::InactiveSessionId => "inactive session id",
            Self::InvalidRole => "invalid role",
            Self::UnauthorizedRole => "unauthorized role or privilege level",
            Self::InsufficientResourcesForRole => "no free session for this role",
            Self::InvalidNameLength => "invalid user name length",
            Self::UnauthorizedName => "unauthorized user name",
            Self::UnauthorizedGuid => "unauthorized GUID",
            Self::InvalidIntegrityCheck => "invalid integrity check value",
            Self::InvalidConfidentialityAlgorithm => "invalid confidentiality algorithm",
            Self::NoCipherSuiteMatch => "no cipher suite match",
            Self::IllegalParameter => "illegal or unrecognized parameter",
            Self::Unknown(_) => "unknown status",
        }
    }
}

/// `11h no cipher suite match`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}h {}", self.to_wire(), self.meaning())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_status_and_comes_back_the_same() {
        for byte in 0..=u8::MAX {
            assert_eq!(Status::from_wire(byte).to_wire(), byte);
        }
        assert_eq!(
            Status::from_wire(0x11).to_string(),
            "11h no cipher suite match"
        );
    }
}
