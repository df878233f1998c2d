//! The RMCP header (IPMI v2.0 §13.1.3).
//!
//! | byte | field | value |
//! |---|---|---|
//! | 0 | version | 06h, ASF RMCP 1.0 |
//! | 1 | reserved | 00h |
//! | 2 | sequence | FFh: no RMCP acknowledgement |
//! | 3 | class | 06h ASF, 07h IPMI |

use super::Malformed;
use super::reader::Reader;

const VERSION: u8 = 0x06;
const NO_ACK: u8 = 0xFF;

/// What follows the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// ASF: presence ping and pong.
    Asf,
    /// IPMI: a session wrapper.
    Ipmi,
}

/// Writes the header.
pub fn encode(class: Class, out: &mut Vec<u8>) {
    let class = match class {
        Class::Asf => 0x06,
        Class::Ipmi => 0x07,
    };
    out.extend_from_slice(&[VERSION, 0x00, NO_ACK, class]);
}

/// Reads the header; the rest is in the reader. Acknowledgements (bit 7 of the class) carry nothing and are refused.
pub fn decode<'a>(datagram: &'a [u8]) -> Result<(Class, Reader<'a>), Malformed> {
    let mut reader = Reader::new(datagram);
    let [version, _, _, class] = reader.array()?;
    match (version, class) {
        (VERSION, 0x06) => Ok((Class::Asf, reader)),
        (VERSION, 0x07) => Ok((Class::Ipmi, reader)),
        _ => Err(Malformed::Invalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipmi_header_is_the_four_bytes_of_the_specification() {
        let mut out = Vec::new();
        encode(Class::Ipmi, &mut out);
        assert_eq!(out, [0x06, 0x00, 0xFF, 0x07]);
        assert_eq!(decode(&out).unwrap().0, Class::Ipmi);
    }

    #[test]
    fn truncations_acknowledgements_and_other_versions_are_refused() {
        for length in 0..4 {
            assert_eq!(
                decode(&[0x06, 0x00, 0xFF, 0x07][..length]).err(),
                Some(Malformed::Truncated)
            );
        }
        for header in [[0x06, 0x00, 0x01, 0x87], [0x05, 0x00, 0xFF, 0x07]] {
            assert_eq!(decode(&header).err(), Some(Malformed::Invalid));
        }
    }
}
