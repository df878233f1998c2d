//! The IPMI LAN message (IPMI v2.0 §13.8, tables 13-8 and 13-9).
//!
//! | byte | request | response |
//! |---|---|---|
//! | 0 | rsAddr: 20h, the BMC | rqAddr: 81h, the console |
//! | 1 | netFn (6 bits), rsLUN (2) | netFn + 1, rqLUN |
//! | 2 | checksum of 0–1 | checksum of 0–1 |
//! | 3 | rqAddr: 81h | rsAddr: 20h |
//! | 4 | rqSeq (6 bits), rqLUN (2) | rqSeq, rsLUN |
//! | 5 | command | command |
//! | 6… | data | completion code, data |
//! | last | checksum of 3… | checksum of 3… |

use super::Malformed;
use super::reader::Reader;

/// The BMC's address.
const BMC: u8 = 0x20;
/// The software id of a remote console.
const CONSOLE: u8 = 0x81;

/// The largest value of the six bits of rqSeq.
pub const MAX_RQ_SEQ: u8 = 0x3F;

/// A request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanRequest<'a> {
    /// Network function, even.
    pub netfn: u8,
    /// Sequence number, at most [`MAX_RQ_SEQ`].
    pub rq_seq: u8,
    /// Command.
    pub command: u8,
    /// Its data.
    pub data: &'a [u8],
}

/// A response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanResponse<'a> {
    /// Network function, odd.
    pub netfn: u8,
    /// The sequence number of the request.
    pub rq_seq: u8,
    /// Command.
    pub command: u8,
    /// Completion code, 00h for success.
    pub completion: u8,
    /// Its data.
    pub data: &'a [u8],
    /// Whether both checksums are right. Some BMCs get them wrong (Supermicro X9); where the session protects the
    /// message by an integrity code, they say nothing that the code does not say better.
    pub checksums: bool,
}

impl LanRequest<'_> {
    /// Writes the request.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let head = [BMC, self.netfn << 2];
        let body = [CONSOLE, (self.rq_seq & MAX_RQ_SEQ) << 2, self.command];
        out.extend_from_slice(&head);
        out.push(checksum(&[&head]));
        out.extend_from_slice(&body);
        out.extend_from_slice(self.data);
        out.push(checksum(&[&body, self.data]));
    }
}

impl<'a> LanResponse<'a> {
    /// Reads a response.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let head: [u8; 2] = reader.array()?;
        let head_checksum = reader.u8()?;
        let body: [u8; 3] = reader.array()?;
        let completion = reader.u8()?;
        let (last, data) = reader.rest().split_last().ok_or(Malformed::Truncated)?;
        let [_, netfn] = head;
        let [_, sequence, command] = body;
        Ok(Self {
            netfn: netfn >> 2,
            rq_seq: sequence >> 2,
            command,
            completion,
            data,
            checksums: checksum(&[&head]) == head_checksum
                && checksum(&[&body, &[completion], data]) == *last,
        })
    }
}

/// The two's complement of the sum, so that all bytes together with it sum to zero.
fn checksum(parts: &[&[u8]]) -> u8 {
    parts
        .iter()
        .flat_map(|part| part.iter())
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte))
        .wrapping_neg()
}

#[cfg(test)]
impl LanResponse<'_> {
    /// Writes a response, as the scripted peers of the tests do.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let head = [CONSOLE, self.netfn << 2];
        let body = [
            BMC,
            (self.rq_seq & MAX_RQ_SEQ) << 2,
            self.command,
            self.completion,
        ];
        out.extend_from_slice(&head);
        out.push(checksum(&[&head]));
        out.extend_from_slice(&body);
        out.extend_from_slice(self.data);
        out.push(checksum(&[&body, self.data]));
    }
}

#[cfg(test)]
impl<'a> LanRequest<'a> {
    /// Reads a request, as the scripted peers of the tests do.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let [_, netfn, _] = reader.array()?;
        let [_, sequence, command] = reader.array()?;
        let (_, data) = reader.rest().split_last().ok_or(Malformed::Truncated)?;
        Ok(Self {
            netfn: netfn >> 2,
            rq_seq: sequence >> 2,
            command,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Get Channel Authentication Capabilities for channel Eh, administrator, as every console sends it.
    const REQUEST: [u8; 9] = [0x20, 0x18, 0xC8, 0x81, 0x00, 0x38, 0x8E, 0x04, 0xB5];

    #[test]
    fn a_request_is_the_known_bytes() {
        let request = LanRequest {
            netfn: 0x06,
            rq_seq: 0,
            command: 0x38,
            data: &[0x8E, 0x04],
        };
        let mut out = Vec::new();
        request.encode(&mut out);
        assert_eq!(out, REQUEST);
        assert_eq!(LanRequest::decode(&REQUEST), Ok(request));
    }

    #[test]
    fn a_response_comes_back_as_it_was_written_and_no_truncation_passes_its_checksums() {
        let response = LanResponse {
            netfn: 0x07,
            rq_seq: 0x2A,
            command: 0x38,
            completion: 0x00,
            data: &[0xAA, 0x55],
            checksums: true,
        };
        let mut out = Vec::new();
        response.encode(&mut out);
        assert_eq!(LanResponse::decode(&out), Ok(response));
        for length in 0..out.len() {
            let passes = LanResponse::decode(&out[..length]).is_ok_and(|cut| cut.checksums);
            assert!(!passes, "cut to {length}");
        }
    }

    #[test]
    fn a_flipped_bit_fails_a_checksum() {
        let mut out = Vec::new();
        LanResponse {
            netfn: 0x01,
            rq_seq: 1,
            command: 0x01,
            completion: 0,
            data: &[0x21, 0x10, 0x40],
            checksums: true,
        }
        .encode(&mut out);
        for index in 0..out.len() {
            out[index] ^= 0x10;
            assert!(
                !LanResponse::decode(&out).unwrap().checksums,
                "byte {index}"
            );
            out[index] ^= 0x10;
        }
    }
}
