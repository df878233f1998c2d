//! RMCP+ Open Session Request and Response (IPMI v2.0 §13.17, §13.18).
//!
//! | byte | request | response |
//! |---|---|---|
//! | 0 | message tag | message tag |
//! | 1 | requested maximum privilege, 0 for the highest | status |
//! | 2 | reserved | maximum privilege |
//! | 3 | reserved | reserved |
//! | 4–7 | console session id | console session id |
//! | 8–11 | | managed system session id |
//! | then | authentication, integrity, confidentiality payloads, 8 bytes each | the same |
//!
//! Each payload: type (00h, 01h, 02h), two reserved, length 08h, algorithm, three reserved. A response with an error ends
//! after the console session id, or earlier.

use super::Malformed;
use super::reader::Reader;
use super::status::Status;

/// The numbers of the three algorithms of a cipher suite (IPMI v2.0 tables 13-17 to 13-19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Algorithms {
    /// Authentication.
    pub authentication: u8,
    /// Integrity.
    pub integrity: u8,
    /// Confidentiality.
    pub confidentiality: u8,
}

impl Algorithms {
    fn encode(self, out: &mut Vec<u8>) {
        let numbers = [self.authentication, self.integrity, self.confidentiality];
        for (kind, number) in (0x00..).zip(numbers) {
            out.extend_from_slice(&[kind, 0x00, 0x00, 0x08, number, 0x00, 0x00, 0x00]);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut number = |kind: u8| {
            let [found, _, _, _, number, _, _, _] = reader.array()?;
            if found == kind {
                Ok(number & 0x3F)
            } else {
                Err(Malformed::Invalid)
            }
        };
        Ok(Self {
            authentication: number(0x00)?,
            integrity: number(0x01)?,
            confidentiality: number(0x02)?,
        })
    }
}

/// Open Session Request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenSessionRequest {
    /// Message tag.
    pub tag: u8,
    /// The highest privilege that the session may take.
    pub privilege: u8,
    /// The id that the console chose for the session, not 0.
    pub console_id: u32,
    /// The cipher suite's algorithms.
    pub algorithms: Algorithms,
}

impl OpenSessionRequest {
    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        out.extend_from_slice(&[self.tag, self.privilege, 0x00, 0x00]);
        out.extend_from_slice(&self.console_id.to_le_bytes());
        self.algorithms.encode(&mut out);
        out
    }
}

/// Open Session Response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenSessionResponse {
    /// The tag of the request.
    pub tag: u8,
    /// The console's session id; `None` where a refusal does not repeat it.
    pub console_id: Option<u32>,
    /// What the BMC says.
    pub outcome: Result<Accepted, Status>,
}

/// What an Open Session Response without error carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The highest privilege that the session may take.
    pub privilege: u8,
    /// The BMC's id for the session, not 0.
    pub managed_id: u32,
    /// The algorithms that it will use.
    pub algorithms: Algorithms,
}

impl OpenSessionResponse {
    /// Reads it.
    pub fn decode(payload: &[u8]) -> Result<Self, Malformed> {
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
        let [privilege, _] = reader.array()?;
        let console_id = reader.u32()?;
        let managed_id = reader.u32()?;
        let algorithms = Algorithms::decode(&mut reader)?;
        if managed_id == 0 {
            return Err(Malformed::Invalid);
        }
        Ok(Self {
            tag,
            console_id: Some(console_id),
            outcome: Ok(Accepted {
                privilege,
                managed_id,
                algorithms,
            }),
        })
    }
}

#[cfg(test)]
impl OpenSessionRequest {
    /// Reads it, as the scripted peers of the tests do.
    pub(crate) fn decode(payload: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload);
        let [tag, privilege, _, _] = reader.array()?;
        Ok(Self {
            tag,
            privilege,
            console_id: reader.u32()?,
            algorithms: Algorithms::decode(&mut reader)?,
        })
    }
}

#[cfg(test)]
impl OpenSessionResponse {
    /// Writes it, as the scripted peers of the tests do.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let console_id = self.console_id.unwrap_or(0).to_le_bytes();
        match self.outcome {
            Err(status) => [&[self.tag, status.to_wire(), 0, 0], &console_id[..]].concat(),
            Ok(accepted) => {
                let mut out = vec![self.tag, 0, accepted.privilege, 0];
                out.extend_from_slice(&console_id);
                out.extend_from_slice(&accepted.managed_id.to_le_bytes());
                accepted.algorithms.encode(&mut out);
                out
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE_17: Algorithms = Algorithms {
        authentication: 0x03,
        integrity: 0x04,
        confidentiality: 0x01,
    };

    #[test]
    fn a_request_for_suite_17_is_these_bytes() {
        let request = OpenSessionRequest {
            tag: 0x55,
            privilege: 0x03,
            console_id: 0xA4A3_A2A1,
            algorithms: SUITE_17,
        };
        assert_eq!(
            request.encode(),
            [
                0x55, 0x03, 0x00, 0x00, 0xA1, 0xA2, 0xA3, 0xA4, 0x00, 0x00, 0x00, 0x08, 0x03, 0x00,
                0x00, 0x00, 0x01, 0x00, 0x00, 0x08, 0x04, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x08,
                0x01, 0x00, 0x00, 0x00
            ]
        );
        assert_eq!(OpenSessionRequest::decode(&request.encode()), Ok(request));
    }

    #[test]
    fn a_response_comes_back_and_every_truncation_is_refused() {
        let response = OpenSessionResponse {
            tag: 0xAA,
            console_id: Some(0xA4A3_A2A1),
            outcome: Ok(Accepted {
                privilege: 0x04,
                managed_id: 0x0200_1000,
                algorithms: SUITE_17,
            }),
        };
        let bytes = response.encode();
        assert_eq!(bytes.len(), 36);
        assert_eq!(OpenSessionResponse::decode(&bytes), Ok(response));
        for length in 0..bytes.len() {
            assert!(OpenSessionResponse::decode(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn a_refusal_is_understood_however_short_it_is() {
        let bytes = [0xAA, 0x11, 0x00, 0x00, 0xA1, 0xA2, 0xA3, 0xA4];
        for length in 2..=bytes.len() {
            let refusal = OpenSessionResponse::decode(&bytes[..length]).unwrap();
            assert_eq!(refusal.outcome, Err(Status::NoCipherSuiteMatch));
            assert_eq!(refusal.console_id, (length == 8).then_some(0xA4A3_A2A1));
        }
    }

    #[test]
    fn a_session_id_of_zero_is_refused() {
        let mut bytes = [0u8; 36];
        bytes[20] = 0x01;
        bytes[28] = 0x02;
        assert_eq!(OpenSessionResponse::decode(&bytes), Err(Malformed::Invalid));
    }
}
