//! RAKP Message 4 (IPMI v2.0 §13.23).
//!
//! | byte | field |
//! |---|---|
//! | 0 | message tag |
//! | 1 | status |
//! | 2–3 | reserved |
//! | 4–7 | console session id |
//! | 8… | integrity check value, absent with an error |

use super::Malformed;
use super::reader::Reader;
use super::status::Status;

/// RAKP Message 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rakp4<'a> {
    /// The tag of RAKP Message 3.
    pub tag: u8,
    /// The console's session id; `None` where a refusal does not repeat it.
    pub console_id: Option<u32>,
    /// The integrity check value, of whatever length came, or what the BMC says is wrong.
    pub outcome: Result<&'a [u8], Status>,
}

impl<'a> Rakp4<'a> {
    /// Reads it.
    pub fn decode(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload);
        let [tag, status] = reader.array()?;
        let status = Status::from_wire(status);
        if status != Status::Ok {
            let console_id = reader.array::<2>().and_then(|_| reader.u32()).ok();
            return Ok(Self {
                tag,
                console_id: console_id.filter(|id| *id != 0),
                outcome: Err(status),
            });
        }
        let _reserved: [u8; 2] = reader.array()?;
        Ok(Self {
            tag,
            console_id: Some(reader.u32()?),
            outcome: Ok(reader.rest()),
        })
    }
}

#[cfg(test)]
impl Rakp4<'_> {
    /// Writes it, as the scripted peers of the tests do.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let console_id = self.console_id.unwrap_or(0).to_le_bytes();
        let (status, value) = match self.outcome {
            Ok(value) => (Status::Ok, value),
            Err(status) => (status, &[][..]),
        };
        [&[self.tag, status.to_wire(), 0, 0], &console_id[..], value].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_a_cut_one_is_refused_or_has_a_shorter_value() {
        let message = Rakp4 {
            tag: 0x55,
            console_id: Some(0xA4A3_A2A1),
            outcome: Ok(&[0xCC; 12]),
        };
        let bytes = message.encode();
        assert_eq!(&bytes[..9], [0x55, 0, 0, 0, 0xA1, 0xA2, 0xA3, 0xA4, 0xCC]);
        assert_eq!(Rakp4::decode(&bytes), Ok(message));
        for length in 0..bytes.len() {
            match Rakp4::decode(&bytes[..length]) {
                Ok(cut) => assert!(cut.outcome.is_ok_and(|v| v.len() == length - 8)),
                Err(error) => assert!(length < 8 && error == Malformed::Truncated),
            }
        }
    }

    #[test]
    fn a_refusal_is_understood_however_short_it_is() {
        let bytes = [0x01, 0x0F, 0x00, 0x00, 0xA1, 0xA2, 0xA3, 0xA4];
        for length in 2..=bytes.len() {
            let refusal = Rakp4::decode(&bytes[..length]).unwrap();
            assert_eq!(refusal.outcome, Err(Status::InvalidIntegrityCheck));
        }
    }
}
