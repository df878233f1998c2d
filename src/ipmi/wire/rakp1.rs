//! RAKP Message 1 (IPMI v2.0 §13.20).
//!
//! | byte | field |
//! |---|---|
//! | 0 | message tag |
//! | 1–3 | reserved |
//! | 4–7 | managed system session id |
//! | 8–23 | console random number |
//! | 24 | requested maximum privilege; bit 4: look the user up by name alone |
//! | 25–26 | reserved |
//! | 27 | length of the user name |
//! | 28… | user name |

use super::Malformed;

/// RAKP Message 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rakp1<'a> {
    /// Message tag.
    pub tag: u8,
    /// The BMC's id for the session.
    pub managed_id: u32,
    /// The console's random number.
    pub console_random: [u8; 16],
    /// Requested maximum privilege and lookup bit, together "the role".
    pub role: u8,
    /// User name, at most 16 bytes.
    pub username: &'a [u8],
}

impl Rakp1<'_> {
    /// Writes it.
    pub fn encode(&self) -> Result<Vec<u8>, Malformed> {
        let length = u8::try_from(self.username.len()).map_err(|_| Malformed::Invalid)?;
        let mut out = Vec::with_capacity(44);
        out.extend_from_slice(&[self.tag, 0x00, 0x00, 0x00]);
        out.extend_from_slice(&self.managed_id.to_le_bytes());
        out.extend_from_slice(&self.console_random);
        out.extend_from_slice(&[self.role, 0x00, 0x00, length]);
        out.extend_from_slice(self.username);
        Ok(out)
    }
}

#[cfg(test)]
impl<'a> Rakp1<'a> {
    /// Reads it, as the scripted peers of the tests do.
    pub(crate) fn decode(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = super::reader::Reader::new(payload);
        let [tag, _, _, _] = reader.array()?;
        let managed_id = reader.u32()?;
        let console_random = reader.array()?;
        let [role, _, _, length] = reader.array()?;
        Ok(Self {
            tag,
            managed_id,
            console_random,
            role,
            username: reader.take(usize::from(length))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_bytes_of_the_specification_and_comes_back() {
        let message = Rakp1 {
            tag: 0x55,
            managed_id: 0xB4B3_B2B1,
            console_random: [0xAA; 16],
            role: 0x14,
            username: b"root",
        };
        let bytes = message.encode().unwrap();
        let mut expected = vec![0x55, 0x00, 0x00, 0x00, 0xB1, 0xB2, 0xB3, 0xB4];
        expected.extend_from_slice(&[0xAA; 16]);
        expected.extend_from_slice(&[0x14, 0x00, 0x00, 0x04, b'r', b'o', b'o', b't']);
        assert_eq!(bytes, expected);
        assert_eq!(Rakp1::decode(&bytes), Ok(message));
        for length in 0..bytes.len() {
            assert!(Rakp1::decode(&bytes[..length]).is_err());
        }
    }
}
