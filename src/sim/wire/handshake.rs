//! Open Session and RAKP messages (IPMI v2.0 §13.17 to §13.24).

use super::Reader;

/// RMCP+ and RAKP status codes (IPMI v2.0 table 13-15) that this BMC gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Status {
    InsufficientResources,
    InvalidSessionId,
    InvalidAuthenticationAlgorithm,
    InvalidIntegrityAlgorithm,
    InactiveSession,
    InvalidRole,
    UnauthorizedRole,
    InvalidNameLength,
    UnauthorizedName,
    InvalidIntegrityCheck,
    InvalidConfidentialityAlgorithm,
    NoCipherSuiteMatch,
    IllegalParameter,
}

impl Status {
    fn code(self) -> u8 {
        match self {
            Self::InsufficientResources => 0x01,
            Self::InvalidSessionId => 0x02,
            Self::InvalidAuthenticationAlgorithm => 0x04,
            Self::InvalidIntegrityAlgorithm => 0x05,
            Self::InactiveSession => 0x08,
            Self::InvalidRole => 0x09,
            Self::UnauthorizedRole => 0x0a,
            Self::InvalidNameLength => 0x0c,
            Self::UnauthorizedName => 0x0d,
            Self::InvalidIntegrityCheck => 0x0f,
            Self::InvalidConfidentialityAlgorithm => 0x10,
            Self::NoCipherSuiteMatch => 0x11,
            Self::IllegalParameter => 0x12,
        }
    }
}

/// One of the three algorithm records of Open Session: a number, or "whatever you like".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Proposal {
    Any,
    Number(u8),
}

impl Proposal {
    /// Whether an algorithm of this number would do.
    pub(in crate::sim) fn accepts(self, number: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Number(wanted) => wanted == number,
        }
    }
}

/// RMCP+ Open Session Request (§13.17).
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sim) struct OpenSessionRequest {
    pub(in crate::sim) tag: u8,
    /// Highest privilege asked for; 0 is "the highest that the algorithms allow".
    pub(in crate::sim) privilege: u8,
    pub(in crate::sim) console_id: u32,
    /// Authentication, integrity, confidentiality; `None` where a record is malformed.
    pub(in crate::sim) proposals: Option<[Proposal; 3]>,
}

impl OpenSessionRequest {
    pub(in crate::sim) fn decode(payload: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        let [tag, privilege, _, _] = reader.array()?;
        let console_id = reader.u32()?;
        let records: [[u8; 8]; 3] = [reader.array()?, reader.array()?, reader.array()?];
        let [authentication, integrity, confidentiality] = records;
        let proposals = match (
            proposal(0, authentication),
            proposal(1, integrity),
            proposal(2, confidentiality),
        ) {
            (Some(a), Some(i), Some(c)) => Some([a, i, c]),
            _ => None,
        };
        Some(Self {
            tag,
            privilege: privilege & 0x0f,
            console_id,
            proposals,
        })
    }
}

fn proposal(kind: u8, record: [u8; 8]) -> Option<Proposal> {
    let [payload_type, _, _, length, algorithm, ..] = record;
    match length {
        _ if payload_type != kind => None,
        0x00 => Some(Proposal::Any),
        0x08 => Some(Proposal::Number(algorithm & 0x3f)),
        _ => None,
    }
}

/// What was agreed on in Open Session.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct OpenSessionResponse {
    pub(in crate::sim) tag: u8,
    pub(in crate::sim) privilege: u8,
    pub(in crate::sim) console_id: u32,
    pub(in crate::sim) bmc_id: u32,
    /// Authentication, integrity, confidentiality.
    pub(in crate::sim) algorithms: [u8; 3],
}

impl OpenSessionResponse {
    pub(in crate::sim) fn encode(&self) -> Vec<u8> {
        let mut out = vec![self.tag, 0x00, self.privilege, 0x00];
        out.extend(self.console_id.to_le_bytes());
        out.extend(self.bmc_id.to_le_bytes());
        for (kind, algorithm) in (0_u8..).zip(self.algorithms) {
            out.extend([kind, 0, 0, 0x08, algorithm, 0, 0, 0]);
        }
        out
    }
}

/// The short form that any handshake answer takes when it refuses: tag, status, reserved, console's session ID.
pub(in crate::sim) fn refusal(tag: u8, status: Status, console_id: u32) -> Vec<u8> {
    let mut out = vec![tag, status.code(), 0x00, 0x00];
    out.extend(console_id.to_le_bytes());
    out
}

/// RAKP Message 1 (§13.20).
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sim) struct Rakp1<'a> {
    pub(in crate::sim) tag: u8,
    pub(in crate::sim) bmc_id: u32,
    pub(in crate::sim) console_random: [u8; 16],
    /// The whole role byte: privilege in the low four bits, bit 4 set for a lookup by name alone. The hashes cover it all.
    pub(in crate::sim) role: u8,
    /// `None` where the length is over 16 or more than what is there.
    pub(in crate::sim) username: Option<&'a [u8]>,
}

impl<'a> Rakp1<'a> {
    pub(in crate::sim) fn decode(payload: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        let [tag, _, _, _] = reader.array()?;
        let bmc_id = reader.u32()?;
        let console_random = reader.array()?;
        let [role, _, _, length] = reader.array()?;
        let username = match length {
            0..=16 => reader.bytes(usize::from(length)),
            _ => None,
        };
        Some(Self {
            tag,
            bmc_id,
            console_random,
            role,
            username,
        })
    }
}

/// RAKP Message 2 (§13.21).
pub(in crate::sim) fn rakp2(
    tag: u8,
    console_id: u32,
    bmc_random: &[u8; 16],
    guid: &[u8; 16],
    code: &[u8],
) -> Vec<u8> {
    let mut out = vec![tag, 0x00, 0x00, 0x00];
    out.extend(console_id.to_le_bytes());
    out.extend(bmc_random);
    out.extend(guid);
    out.extend(code);
    out
}

/// RAKP Message 3 (§13.22).
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sim) struct Rakp3<'a> {
    pub(in crate::sim) tag: u8,
    /// Not zero when the console did not like RAKP Message 2.
    pub(in crate::sim) status: u8,
    pub(in crate::sim) bmc_id: u32,
    pub(in crate::sim) code: &'a [u8],
}

impl<'a> Rakp3<'a> {
    pub(in crate::sim) fn decode(payload: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        let [tag, status, _, _] = reader.array()?;
        let bmc_id = reader.u32()?;
        Some(Self {
            tag,
            status,
            bmc_id,
            code: reader.rest(),
        })
    }
}

/// RAKP Message 4 (§13.23).
pub(in crate::sim) fn rakp4(tag: u8, console_id: u32, check: &[u8]) -> Vec<u8> {
    let mut out = vec![tag, 0x00, 0x00, 0x00];
    out.extend(console_id.to_le_bytes());
    out.extend(check);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_session_for_suite_3_is_read_field_by_field() {
        let mut payload = vec![0x5a, 0x04, 0x00, 0x00, 0xa4, 0xa3, 0xa2, 0xa0];
        for kind in 0..3 {
            payload.extend([kind, 0, 0, 8, 1, 0, 0, 0]);
        }
        let request = OpenSessionRequest::decode(&payload).unwrap();
        assert_eq!((request.tag, request.privilege), (0x5a, 4));
        assert_eq!(request.console_id, 0xa0a2_a3a4);
        assert_eq!(request.proposals, Some([Proposal::Number(1); 3]));
        for length in 0..payload.len() {
            assert_eq!(OpenSessionRequest::decode(&payload[..length]), None);
        }
    }

    #[test]
    fn user_name_that_is_longer_than_it_may_be_or_than_the_packet_is_no_name() {
        let mut payload = vec![0x00; 28];
        payload[27] = 17;
        payload.extend([b'a'; 17]);
        assert_eq!(Rakp1::decode(&payload).unwrap().username, None);
        payload[27] = 16;
        assert_eq!(
            Rakp1::decode(&payload).unwrap().username,
            Some(&[b'a'; 16][..])
        );
        payload.truncate(40);
        assert_eq!(Rakp1::decode(&payload).unwrap().username, None);
    }
}
