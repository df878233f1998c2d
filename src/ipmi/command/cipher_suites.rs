//! Get Channel Cipher Suites (IPMI v2.0 §22.15; network function App, command 54h).
//!
//! | byte | request | response |
//! |---|---|---|
//! | 0 | channel, Eh for this one | channel |
//! | 1 | payload type, 00h IPMI | cipher suite records, at most 16 bytes |
//! | 2 | bit 7: list by cipher suite; bits 5–0: list index | |
//!
//! Records: C0h, suite number, algorithms (bits 7–6 say which kind); or C1h, suite number, three bytes IANA, algorithms.
//! Fewer than 16 bytes of records end the list.

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// Asks for sixteen bytes of the list.
#[derive(Debug, Clone, Copy)]
pub struct CipherSuitesRequest {
    /// Which sixteen, 0 to 63.
    pub index: u8,
}

/// At most sixteen bytes of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CipherSuitesResponse {
    /// The bytes.
    pub records: Vec<u8>,
}

impl CipherSuitesResponse {
    /// Whether more can follow.
    pub fn is_full(&self) -> bool {
        self.records.len() >= 16
    }
}

/// The numbers of the standard suites in all the records. Records of an OEM are skipped, garbage ends the list.
pub fn suite_numbers(records: &[u8]) -> Vec<u8> {
    let mut numbers = Vec::new();
    let mut rest = records;
    loop {
        let after = match rest {
            [0xC0, number, after @ ..] => {
                numbers.push(*number);
                after
            }
            [0xC1, _, _, _, _, after @ ..] => after,
            _ => return numbers,
        };
        let end = after.iter().position(|byte| *byte >= 0xC0);
        rest = end.and_then(|end| after.get(end..)).unwrap_or_default();
    }
}

impl From<CipherSuitesRequest> for Message {
    fn from(request: CipherSuitesRequest) -> Self {
        let index = 0x80 | (request.index & 0x3F);
        Self::new_request(NetFn::App, 0x54, vec![0x0E, 0x00, index])
    }
}

impl IpmiCommand for CipherSuitesRequest {
    type Output = CipherSuitesResponse;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<CipherSuitesResponse, NotEnoughData> {
        let (_channel, records) = data.split_first().ok_or(NotEnoughData)?;
        Ok(CipherSuitesResponse {
            records: records.iter().take(16).copied().collect(),
        })
    }
}

impl Command for CipherSuitesRequest {
    const NAME: &'static str = "get channel cipher suites";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_suites_are_listed_and_those_of_an_oem_skipped() {
        let records = [
            0xC0, 3, 0x01, 0x41, 0x81, // 3
            0xC1, 0x80, 0x57, 0x01, 0x00, 0x01, 0x41, 0x81, // an OEM's
            0xC0, 17, 0x03, 0x44, 0x81, // 17
        ];
        assert_eq!(suite_numbers(&records), [3, 17]);
        for length in 0..records.len() {
            assert!(suite_numbers(&records[..length]).len() <= 2);
        }
        assert!(suite_numbers(&[0x00, 0xC0, 3]).is_empty());
    }

    #[test]
    fn a_short_answer_is_the_last() {
        let full = CipherSuitesRequest::parse_success_response(&[0x01; 17]).unwrap();
        assert!(full.is_full());
        let last = CipherSuitesRequest::parse_success_response(&[0x01, 0xC0]).unwrap();
        assert!(!last.is_full());
        assert!(CipherSuitesRequest::parse_success_response(&[]).is_err());
    }
}
