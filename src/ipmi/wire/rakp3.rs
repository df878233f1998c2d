//! RAKP Message 3 (IPMI v2.0 §13.22).
//!
//! | byte | field |
//! |---|---|
//! | 0 | message tag |
//! | 1 | status |
//! | 2–3 | reserved |
//! | 4–7 | managed system session id |
//! | 8… | key exchange authentication code, absent with an error |

use super::status::Status;

/// RAKP Message 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rakp3<'a> {
    /// Message tag.
    pub tag: u8,
    /// The BMC's id for the session.
    pub managed_id: u32,
    /// The proof that the console knows the password, or why it gives up: then the BMC drops the session that is being set up.
    pub outcome: Result<&'a [u8], Status>,
}

impl Rakp3<'_> {
    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let (status, code) = match self.outcome {
            Ok(code) => (Status::Ok, code),
            Err(status) => (status, &[][..]),
        };
        let mut out = Vec::with_capacity(40);
        out.extend_from_slice(&[self.tag, status.to_wire(), 0x00, 0x00]);
        out.extend_from_slice(&self.managed_id.to_le_bytes());
        out.extend_from_slice(code);
        out
    }
}

#[cfg(test)]
impl<'a> Rakp3<'a> {
    /// Reads it, as the scripted peers of the tests do.
    pub(crate) fn decode(payload: &'a [u8]) -> Result<Self, super::Malformed> {
        let mut reader = super::reader::Reader::new(payload);
        let [tag, status, _, _] = reader.array()?;
        let managed_id = reader.u32()?;
        Ok(Self {
            tag,
            managed_id,
            outcome: if status == 0 {
                Ok(reader.rest())
            } else {
                Err(Status::from_wire(status))
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_bytes_of_the_specification_with_and_without_an_error() {
        let mut message = Rakp3 {
            tag: 0x55,
            managed_id: 0xB4B3_B2B1,
            outcome: Ok(&[0xCC, 0xDD]),
        };
        assert_eq!(
            message.encode(),
            [0x55, 0x00, 0x00, 0x00, 0xB1, 0xB2, 0xB3, 0xB4, 0xCC, 0xDD]
        );
        assert_eq!(Rakp3::decode(&message.encode()), Ok(message));
        message.outcome = Err(Status::InvalidIntegrityCheck);
        assert_eq!(
            message.encode(),
            [0x55, 0x0F, 0x00, 0x00, 0xB1, 0xB2, 0xB3, 0xB4]
        );
        assert_eq!(Rakp3::decode(&message.encode()), Ok(message));
    }
}
