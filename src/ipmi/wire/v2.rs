//! The RMCP+ (IPMI v2.0) session wrapper (IPMI v2.0 table 13-8, "IPMI v2.0 / RMCP+ session").
//!
//! | byte | field | value |
//! |---|---|---|
//! | 0 | authentication type / format | 06h RMCP+ |
//! | 1 | payload type | bit 7 encrypted, bit 6 authenticated, bits 5–0 type |
//! | 2–5 | session id | 0 outside a session |
//! | 6–9 | session sequence number | 0 outside a session |
//! | 10–11 | payload length | |
//! | 12… | payload | |
//! | then, if authenticated: | integrity pad | FFh until the length from byte 0 to the next header is a multiple of 4 |
//! | | pad length | |
//! | | next header | 07h |
//! | | integrity code | over everything from byte 0 to the next header |

use super::Malformed;
use super::reader::Reader;
use super::rmcp::{self, Class};

const FORMAT_RMCP_PLUS: u8 = 0x06;
const ENCRYPTED: u8 = 0x80;
const AUTHENTICATED: u8 = 0x40;
const NEXT_HEADER: u8 = 0x07;
/// Where the integrity code begins to count: after the RMCP header.
const RMCP_HEADER: usize = 4;

/// What a datagram carries (IPMI v2.0 table 13-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayloadType {
    /// 00h: an IPMI message.
    Ipmi,
    /// 10h.
    OpenSessionRequest,
    /// 11h.
    OpenSessionResponse,
    /// 12h.
    Rakp1,
    /// 13h.
    Rakp2,
    /// 14h.
    Rakp3,
    /// 15h.
    Rakp4,
}

impl PayloadType {
    fn to_wire(self) -> u8 {
        match self {
            Self::Ipmi => 0x00,
            Self::OpenSessionRequest => 0x10,
            Self::OpenSessionResponse => 0x11,
            Self::Rakp1 => 0x12,
            Self::Rakp2 => 0x13,
            Self::Rakp3 => 0x14,
            Self::Rakp4 => 0x15,
        }
    }

    fn from_wire(byte: u8) -> Option<Self> {
        match byte & 0x3F {
            0x00 => Some(Self::Ipmi),
            0x10 => Some(Self::OpenSessionRequest),
            0x11 => Some(Self::OpenSessionResponse),
            0x12 => Some(Self::Rakp1),
            0x13 => Some(Self::Rakp2),
            0x14 => Some(Self::Rakp3),
            0x15 => Some(Self::Rakp4),
            _ => None,
        }
    }
}

/// A datagram taken apart. The integrity code is not checked yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What the payload is.
    pub payload_type: PayloadType,
    /// Whether the payload is encrypted.
    pub encrypted: bool,
    /// The receiver's session id, 0 outside a session.
    pub session_id: u32,
    /// Session sequence number.
    pub sequence: u32,
    /// The payload.
    pub payload: &'a [u8],
    /// What the integrity code covers, and pad, next header and code: present if the packet says that it is authenticated.
    pub trailer: Option<Trailer<'a>>,
}

/// The part of an authenticated packet that proves where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer<'a> {
    /// Everything after the RMCP header.
    session: &'a [u8],
    /// How much of it comes before the trailer.
    covered: usize,
}

impl<'a> Trailer<'a> {
    /// What the code covers and the code, if the code is `length` bytes long and what stands before it is a trailer.
    pub fn split(&self, length: usize) -> Result<(&'a [u8], &'a [u8]), Malformed> {
        let covered = self
            .session
            .len()
            .checked_sub(length)
            .ok_or(Malformed::Truncated)?;
        let (data, code) = self
            .session
            .split_at_checked(covered)
            .ok_or(Malformed::Truncated)?;
        let pad = data.get(self.covered..).ok_or(Malformed::Truncated)?;
        match pad {
            [.., _, NEXT_HEADER] => Ok((data, code)),
            _ => Err(Malformed::Invalid),
        }
    }
}

/// Writes a datagram without integrity and encryption, as before a session: session id and sequence number are 0.
pub fn encode_plain(payload_type: PayloadType, payload: &[u8]) -> Result<Vec<u8>, Malformed> {
    encode_head(payload_type.to_wire(), 0, 0, payload)
}

/// Writes an authenticated, encrypted datagram up to the next header, and hands what the integrity code covers to `seal`,
/// which returns the code.
pub fn encode_sealed<C: AsRef<[u8]>>(
    payload_type: PayloadType,
    session_id: u32,
    sequence: u32,
    payload: &[u8],
    seal: impl FnOnce(&[u8]) -> C,
) -> Result<Vec<u8>, Malformed> {
    let flags = payload_type.to_wire() | ENCRYPTED | AUTHENTICATED;
    let mut out = encode_head(flags, session_id, sequence, payload)?;
    let mut pad: u8 = 0;
    // The RMCP header has four bytes itself; pad length and next header are two more.
    while out.len().wrapping_add(2) % 4 != 0 {
        out.push(0xFF);
        pad = pad.wrapping_add(1);
    }
    out.extend_from_slice(&[pad, NEXT_HEADER]);
    let code = seal(out.get(RMCP_HEADER..).unwrap_or_default());
    out.extend_from_slice(code.as_ref());
    Ok(out)
}

fn encode_head(
    payload_type: u8,
    session_id: u32,
    sequence: u32,
    payload: &[u8],
) -> Result<Vec<u8>, Malformed> {
    let length = u16::try_from(payload.len()).map_err(|_| Malformed::Invalid)?;
    let mut out = Vec::with_capacity(payload.len().saturating_add(40));
    rmcp::encode(Class::Ipmi, &mut out);
    out.extend_from_slice(&[FORMAT_RMCP_PLUS, payload_type]);
    out.extend_from_slice(&session_id.to_le_bytes());
    out.extend_from_slice(&sequence.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(payload);
    Ok(out)
}

/// Takes a datagram apart.
pub fn decode(datagram: &[u8]) -> Result<Packet<'_>, Malformed> {
    let (class, reader) = rmcp::decode(datagram)?;
    if class != Class::Ipmi {
        return Err(Malformed::Invalid);
    }
    let session = reader.rest();
    let mut reader = Reader::new(session);
    let [format, payload_type] = reader.array()?;
    let session_id = reader.u32()?;
    let sequence = reader.u32()?;
    let length = reader.u16()?;
    let payload = reader.take(usize::from(length))?;
    let kind = PayloadType::from_wire(payload_type).filter(|_| format == FORMAT_RMCP_PLUS);
    Ok(Packet {
        payload_type: kind.ok_or(Malformed::Invalid)?,
        encrypted: payload_type & ENCRYPTED != 0,
        session_id,
        sequence,
        payload,
        trailer: (payload_type & AUTHENTICATED != 0).then(|| Trailer {
            session,
            covered: session.len().saturating_sub(reader.rest().len()),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_packet_is_the_known_bytes_and_comes_back() {
        let datagram = encode_plain(PayloadType::Rakp3, &[0xAA, 0x55]).unwrap();
        assert_eq!(
            datagram,
            [
                0x06, 0x00, 0xFF, 0x07, 0x06, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x02, 0x00, 0xAA, 0x55
            ]
        );
        let packet = decode(&datagram).unwrap();
        assert_eq!(packet.payload_type, PayloadType::Rakp3);
        assert_eq!(packet.payload, [0xAA, 0x55]);
        assert_eq!(packet.trailer, None);
    }

    #[test]
    fn a_sealed_packet_is_padded_to_four_and_its_code_covers_all_but_the_rmcp_header() {
        for payload in [&[0x01][..], &[0x01, 0x02], &[0x01; 3], &[0x01; 4]] {
            let mut covered = Vec::new();
            let datagram = encode_sealed(PayloadType::Ipmi, 0x0403_0201, 5, payload, |data| {
                covered = data.to_vec();
                [0xCC; 12]
            })
            .unwrap();
            assert_eq!(covered.len() % 4, 0);
            let packet = decode(&datagram).unwrap();
            assert_eq!((packet.session_id, packet.sequence), (0x0403_0201, 5));
            assert_eq!(packet.payload, payload);
            assert!(packet.encrypted);
            let (data, code) = packet.trailer.unwrap().split(12).unwrap();
            assert_eq!(data, covered);
            assert_eq!(code, [0xCC; 12]);
        }
    }

    #[test]
    fn truncations_of_a_sealed_packet_have_no_valid_trailer() {
        let datagram = encode_sealed(PayloadType::Ipmi, 1, 1, &[0x11; 16], |_| [0xCC; 12]).unwrap();
        for length in 0..datagram.len() {
            let cut = decode(&datagram[..length]);
            let code = cut.and_then(|packet| {
                packet
                    .trailer
                    .ok_or(Malformed::Invalid)?
                    .split(12)
                    .map(|(_, code)| code)
            });
            assert!(code.is_err(), "cut to {length}: {code:?}");
        }
    }

    #[test]
    fn a_length_that_lies_and_an_unknown_payload_are_refused() {
        let mut datagram = encode_plain(PayloadType::Rakp4, &[0x00; 8]).unwrap();
        datagram[14] = 0xFF;
        assert_eq!(decode(&datagram), Err(Malformed::Truncated));
        datagram[14] = 0x08;
        datagram[5] = 0x3F;
        assert_eq!(decode(&datagram), Err(Malformed::Invalid));
    }
}
