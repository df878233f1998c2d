//! RAKP Message 2 (IPMI v2.0 §13.21).
//!
//! | byte | field |
//! |---|---|
//! | 0 | message tag |
//! | 1 | status |
//! | 2–3 | reserved |
//! | 4–7 | console session id |
//! | 8–23 | managed system random number |
//! | 24–39 | managed system GUID |
//! | 40… | key exchange authentication code, as long as the authentication algorithm's digest |
//!
//! A message with an error ends after the console session id, or earlier.

use super::Malformed;
use super::reader::Reader;
use super::status::Status;

/// RAKP Message 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rakp2<'a> {
    /// The tag of RAKP Message 1.
    pub tag: u8,
    /// The console's session id; `None` where a refusal does not repeat it.
    pub console_id: Option<u32>,
    /// What the BMC says.
    pub outcome: Result<Challenge<'a>, Status>,
}

/// What a RAKP Message 2 without error carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The BMC's random number.
    pub managed_random: [u8; 16],
    /// The BMC's GUID.
    pub guid: [u8; 16],
    /// The code that proves that the BMC knows the password; its length is whatever came.
    pub code: &'a [u8],
}

impl<'a> Rakp2<'a> {
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
        let console_id = reader.u32()?;
        Ok(Self {
            tag,
            console_id: Some(console_id),
            outcome: Ok(Challenge {
                managed_random: reader.array()?,
                guid: reader.array()?,
                code: reader.rest(),
            }),
        })
    }
}

#[cfg(test)]
impl Rakp2<'_> {
    /// Writes it, as the scripted peers of the tests do.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let console_id = self.console_id.unwrap_or(0).to_le_bytes();
        match self.outcome {
            Err(status) => [&[self.tag, status.to_wire(), 0, 0], &console_id[..]].concat(),
            Ok(challenge) => [
                &[self.tag, 0, 0, 0],
                &console_id[..],
                &challenge.managed_random,
                &challenge.guid,
                challenge.code,
            ]
            .concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_a_cut_one_is_refused_or_has_a_shorter_code() {
        let code = [0xCC; 20];
        let message = Rakp2 {
            tag: 0xAA,
            console_id: Some(0xA4A3_A2A1),
            outcome: Ok(Challenge {
                managed_random: [0x55; 16],
                guid: [0x77; 16],
                code: &code,
            }),
        };
        let bytes = message.encode();
        assert_eq!(bytes.len(), 60);
        assert_eq!(&bytes[..9], [0xAA, 0, 0, 0, 0xA1, 0xA2, 0xA3, 0xA4, 0x55]);
        assert_eq!(Rakp2::decode(&bytes), Ok(message));
        for length in 0..bytes.len() {
            match Rakp2::decode(&bytes[..length]) {
                Ok(cut) => assert!(cut.outcome.is_ok_and(|c| c.code.len() == length - 40)),
                Err(error) => assert!(length < 40 && error == Malformed::Truncated),
            }
        }
    }

    #[test]
    fn a_refusal_is_understood_however_short_it_is() {
        let bytes = [0x01, 0x0D, 0x00, 0x00, 0xA1, 0xA2, 0xA3, 0xA4];
        for length in 2..=bytes.len() {
            let refusal = Rakp2::decode(&bytes[..length]).unwrap();
            assert_eq!(refusal.outcome, Err(Status::UnauthorizedName));
        }
    }
}
