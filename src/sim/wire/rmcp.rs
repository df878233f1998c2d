//! The outer layers of a datagram: RMCP, ASF presence ping, and the IPMI v1.5 and v2.0 session headers.

use super::Reader;

/// RMCP header of everything that a BMC sends: version 1.0, reserved, no acknowledge wanted, class (IPMI v2.0 §13.1.3).
const RMCP_IPMI: [u8; 4] = [0x06, 0x00, 0xff, 0x07];
const RMCP_ASF: [u8; 4] = [0x06, 0x00, 0xff, 0x06];
/// The ASF's enterprise number, in network order as in all of ASF.
const ASF_IANA: [u8; 4] = [0x00, 0x00, 0x11, 0xbe];
/// The authentication type that says "RMCP+ header follows".
const AUTH_TYPE_RMCPP: u8 = 0x06;
const AUTH_TYPE_NONE: u8 = 0x00;
/// The next-header byte of the session trailer.
const NEXT_HEADER: u8 = 0x07;

/// Payload types (IPMI v2.0 table 13-16) that this BMC knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum PayloadType {
    Ipmi,
    OpenSessionRequest,
    OpenSessionResponse,
    Rakp1,
    Rakp2,
    Rakp3,
    Rakp4,
    Unknown(u8),
}

impl PayloadType {
    fn from_number(number: u8) -> Self {
        match number {
            0x00 => Self::Ipmi,
            0x10 => Self::OpenSessionRequest,
            0x11 => Self::OpenSessionResponse,
            0x12 => Self::Rakp1,
            0x13 => Self::Rakp2,
            0x14 => Self::Rakp3,
            0x15 => Self::Rakp4,
            other => Self::Unknown(other),
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Ipmi => 0x00,
            Self::OpenSessionRequest => 0x10,
            Self::OpenSessionResponse => 0x11,
            Self::Rakp1 => 0x12,
            Self::Rakp2 => 0x13,
            Self::Rakp3 => 0x14,
            Self::Rakp4 => 0x15,
            Self::Unknown(other) => other,
        }
    }
}

/// A datagram that a BMC may have something to say about.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sim) enum Packet<'a> {
    /// ASF presence ping, with its message tag.
    Ping { tag: u8 },
    /// An IPMI v1.5 packet without a session.
    Sessionless { message: &'a [u8] },
    /// An IPMI v2.0 (RMCP+) packet.
    Rmcpp(RmcppPacket<'a>),
}

/// An RMCP+ packet, its trailer not yet checked.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sim) struct RmcppPacket<'a> {
    pub(in crate::sim) payload_type: PayloadType,
    pub(in crate::sim) encrypted: bool,
    pub(in crate::sim) authenticated: bool,
    pub(in crate::sim) session_id: u32,
    pub(in crate::sim) sequence: u32,
    pub(in crate::sim) payload: &'a [u8],
    /// From the authentication type on: what the integrity check covers, followed by the check value.
    pub(in crate::sim) session_bytes: &'a [u8],
}

/// Takes a datagram apart; `None` is anything that a BMC ignores.
pub(in crate::sim) fn decode(datagram: &[u8]) -> Option<Packet<'_>> {
    let mut reader = Reader::new(datagram);
    let [version, _reserved, _sequence, class] = reader.array()?;
    if version != 0x06 {
        return None;
    }
    match class {
        0x06 => decode_asf(reader),
        0x07 => decode_ipmi(reader),
        _ => None,
    }
}

fn decode_asf(mut reader: Reader<'_>) -> Option<Packet<'_>> {
    let iana: [u8; 4] = reader.array()?;
    let [kind, tag, _reserved, _length] = reader.array()?;
    (iana == ASF_IANA && kind == 0x80).then_some(Packet::Ping { tag })
}

fn decode_ipmi(mut reader: Reader<'_>) -> Option<Packet<'_>> {
    let session_bytes = reader.rest();
    match reader.u8()? {
        AUTH_TYPE_NONE => {
            let (_sequence, session_id) = (reader.u32()?, reader.u32()?);
            let length = usize::from(reader.u8()?);
            let message = reader.bytes(length)?;
            (session_id == 0).then_some(Packet::Sessionless { message })
        }
        AUTH_TYPE_RMCPP => {
            let kind = reader.u8()?;
            let payload_type = PayloadType::from_number(kind & 0x3f);
            if payload_type == PayloadType::Unknown(0x02) {
                // An OEM payload has six more header bytes; nobody here speaks one.
                return None;
            }
            let (session_id, sequence) = (reader.u32()?, reader.u32()?);
            let length = usize::from(reader.u16()?);
            let payload = reader.bytes(length)?;
            Some(Packet::Rmcpp(RmcppPacket {
                payload_type,
                encrypted: kind & 0x80 != 0,
                authenticated: kind & 0x40 != 0,
                session_id,
                sequence,
                payload,
                session_bytes,
            }))
        }
        _ => None,
    }
}

/// The answer to a presence ping (ASF 2.0 §3.2.4.3, IPMI v2.0 §13.2.4): IPMI supported, ASF 1.0.
pub(in crate::sim) fn pong(tag: u8) -> Vec<u8> {
    let mut out = RMCP_ASF.to_vec();
    out.extend(ASF_IANA);
    out.extend([0x40, tag, 0x00, 0x10]);
    out.extend(ASF_IANA);
    out.extend([0; 4]);
    out.extend([0x81, 0x00]);
    out.extend([0; 6]);
    out
}

/// Wraps an IPMI message into the v1.5 header of "no session".
pub(in crate::sim) fn sessionless(message: &[u8]) -> Vec<u8> {
    let mut out = RMCP_IPMI.to_vec();
    out.push(AUTH_TYPE_NONE);
    out.extend([0; 8]);
    out.push(u8::try_from(message.len()).unwrap_or(u8::MAX));
    out.extend(message);
    out
}

/// The header of an RMCP+ packet that is to be sent.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct RmcppHeader {
    pub(in crate::sim) payload_type: PayloadType,
    /// Encrypted and authenticated: set for everything inside a session.
    pub(in crate::sim) sealed: bool,
    pub(in crate::sim) session_id: u32,
    pub(in crate::sim) sequence: u32,
}

impl RmcppHeader {
    /// The header of a handshake answer, which is outside any session.
    pub(in crate::sim) fn outside_session(payload_type: PayloadType) -> Self {
        Self {
            payload_type,
            sealed: false,
            session_id: 0,
            sequence: 0,
        }
    }
}

/// Puts the RMCP+ header before a payload. What stands from byte [`RMCP_LENGTH`] on is covered by the integrity check.
pub(in crate::sim) fn rmcpp(header: RmcppHeader, payload: &[u8]) -> Vec<u8> {
    let flags = if header.sealed { 0xc0 } else { 0x00 };
    // Room for the trailer too: 3 bytes of pad, 2 of trailer, a check value of at most 16.
    let mut out = Vec::with_capacity(payload.len().saturating_add(40));
    out.extend(RMCP_IPMI);
    out.extend([AUTH_TYPE_RMCPP, flags | header.payload_type.number()]);
    out.extend(header.session_id.to_le_bytes());
    out.extend(header.sequence.to_le_bytes());
    out.extend(
        u16::try_from(payload.len())
            .unwrap_or(u16::MAX)
            .to_le_bytes(),
    );
    out.extend(payload);
    out
}

/// Length of the RMCP header.
pub(in crate::sim) const RMCP_LENGTH: usize = RMCP_IPMI.len();

/// Appends integrity pad, pad length and next header (IPMI v2.0 table 13-8), so that the covered part with these two bytes
/// is a multiple of four long.
pub(in crate::sim) fn append_trailer_start(packet: &mut Vec<u8>) {
    let covered = packet.len().saturating_sub(RMCP_LENGTH).saturating_add(2);
    let pad = covered.next_multiple_of(4).saturating_sub(covered);
    packet.extend(std::iter::repeat_n(0xff, pad));
    packet.extend([u8::try_from(pad).unwrap_or(u8::MAX), NEXT_HEADER]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_ping_is_answered_with_ipmi_supported() {
        let ping = [
            0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x80, 0x17, 0x00, 0x00,
        ];
        assert_eq!(decode(&ping), Some(Packet::Ping { tag: 0x17 }));
        assert_eq!(
            pong(0x17),
            [
                0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x40, 0x17, 0x00, 0x10, 0x00, 0x00,
                0x11, 0xbe, 0x00, 0x00, 0x00, 0x00, 0x81, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            ]
        );
    }

    #[test]
    fn every_truncation_of_a_packet_is_ignored() {
        let whole = rmcpp(
            RmcppHeader::outside_session(PayloadType::OpenSessionRequest),
            &[0xaa; 32],
        );
        assert!(decode(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(decode(&whole[..length]), None, "length {length}");
        }
    }

    #[test]
    fn covered_part_is_padded_to_a_multiple_of_four() {
        for payload in 0..9 {
            let mut packet = rmcpp(
                RmcppHeader::outside_session(PayloadType::Ipmi),
                &vec![0; payload],
            );
            append_trailer_start(&mut packet);
            assert_eq!((packet.len() - RMCP_LENGTH) % 4, 0);
            assert_eq!(packet.last(), Some(&0x07));
        }
    }
}
