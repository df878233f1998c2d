//! RMCP presence ping and pong (IPMI v2.0 §13.2.3, §13.2.4; ASF 2.0 §3.2.4).
//!
//! | byte | field | value |
//! |---|---|---|
//! | 0–3 | IANA number of ASF, most significant first | 0000_11BEh |
//! | 4 | message type | 80h ping, 40h pong |
//! | 5 | message tag | chosen by the console |
//! | 6 | reserved | 00h |
//! | 7 | data length | 00h ping, 10h pong |
//! | 8–11 | pong: IANA number of the OEM | |
//! | 12–15 | pong: OEM's own | |
//! | 16 | pong: supported entities | bit 7: IPMI |

use super::Malformed;
use super::rmcp::{self, Class};

const ASF_IANA: [u8; 4] = [0x00, 0x00, 0x11, 0xBE];
const PING: u8 = 0x80;
const PONG: u8 = 0x40;

/// A presence pong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pong {
    /// The tag of the ping that it answers.
    pub tag: u8,
    /// Whether it says that IPMI is supported.
    pub ipmi: bool,
}

/// A presence ping, whole datagram.
pub fn encode_ping(tag: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(12);
    rmcp::encode(Class::Asf, &mut out);
    out.extend_from_slice(&ASF_IANA);
    out.extend_from_slice(&[PING, tag, 0x00, 0x00]);
    out
}

/// Reads a presence pong, whole datagram.
pub fn decode_pong(datagram: &[u8]) -> Result<Pong, Malformed> {
    let (class, mut reader) = rmcp::decode(datagram)?;
    let iana: [u8; 4] = reader.array()?;
    let [message, tag, _, _] = reader.array()?;
    if class != Class::Asf || iana != ASF_IANA || message != PONG {
        return Err(Malformed::Invalid);
    }
    let _oem: [u8; 8] = reader.array()?;
    let entities = reader.u8()?;
    Ok(Pong {
        tag,
        ipmi: entities & 0x80 != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PONG_BYTES: [u8; 28] = [
        0x06, 0x00, 0xFF, 0x06, 0x00, 0x00, 0x11, 0xBE, 0x40, 0x55, 0x00, 0x10, 0x00, 0x00, 0x11,
        0xBE, 0x00, 0x00, 0x00, 0x00, 0x81, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ];

    #[test]
    fn a_ping_is_the_bytes_of_the_specification() {
        assert_eq!(
            encode_ping(0x55),
            [
                0x06, 0x00, 0xFF, 0x06, 0x00, 0x00, 0x11, 0xBE, 0x80, 0x55, 0x00, 0x00
            ]
        );
    }

    #[test]
    fn a_pong_says_whether_ipmi_is_there() {
        assert_eq!(
            decode_pong(&PONG_BYTES),
            Ok(Pong {
                tag: 0x55,
                ipmi: true
            })
        );
        for length in 0..21 {
            assert!(decode_pong(&PONG_BYTES[..length]).is_err());
        }
        assert_eq!(decode_pong(&encode_ping(0x55)), Err(Malformed::Invalid));
    }
}
