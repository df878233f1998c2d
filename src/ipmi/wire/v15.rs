//! The IPMI v1.5 session wrapper without a session (IPMI v2.0 table 13-8, "IPMI v1.5 session").
//!
//! Only for what is asked before any session: Get Channel Authentication Capabilities.
//!
//! | byte | field | value |
//! |---|---|---|
//! | 0 | authentication type | 00h none |
//! | 1–4 | session sequence | 0 |
//! | 5–8 | session id | 0 |
//! | 9 | message length | |

use super::Malformed;
use super::lan::LanRequest;
use super::rmcp::{self, Class};

/// A request outside any session, whole datagram.
pub fn encode(request: &LanRequest<'_>) -> Result<Vec<u8>, Malformed> {
    let mut message = Vec::with_capacity(16);
    request.encode(&mut message);
    let length = u8::try_from(message.len()).map_err(|_| Malformed::Invalid)?;
    let mut out = Vec::with_capacity(32);
    rmcp::encode(Class::Ipmi, &mut out);
    out.extend_from_slice(&[0x00; 9]);
    out.push(length);
    out.extend_from_slice(&message);
    Ok(out)
}

/// The LAN message in an unauthenticated v1.5 datagram. Bytes after it (the "legacy pad") are ignored.
pub fn decode(datagram: &[u8]) -> Result<&[u8], Malformed> {
    let (class, mut reader) = rmcp::decode(datagram)?;
    let authentication = reader.u8()?;
    let _sequence_and_id: [u8; 8] = reader.array()?;
    if class != Class::Ipmi || authentication != 0x00 {
        return Err(Malformed::Invalid);
    }
    let length = reader.u8()?;
    reader.take(usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first packet of `ipmitool -I lanplus`.
    const DATAGRAM: [u8; 23] = [
        0x06, 0x00, 0xFF, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0x20,
        0x18, 0xC8, 0x81, 0x00, 0x38, 0x8E, 0x04, 0xB5,
    ];

    #[test]
    fn get_channel_authentication_capabilities_is_the_known_packet() {
        let request = LanRequest {
            netfn: 0x06,
            rq_seq: 0,
            command: 0x38,
            data: &[0x8E, 0x04],
        };
        assert_eq!(encode(&request).unwrap(), DATAGRAM);
        assert_eq!(decode(&DATAGRAM), Ok(&DATAGRAM[14..]));
        for length in 0..DATAGRAM.len() {
            assert!(decode(&DATAGRAM[..length]).is_err());
        }
    }
}
