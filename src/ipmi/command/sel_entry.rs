//! Get SEL Entry (IPMI v2.0 §31.5; network function Storage, command 43h).
//!
//! | byte | request | response |
//! |---|---|---|
//! | 0–1 | reservation id, 0000h for whole records | id of the next record, FFFFh: this was the last |
//! | 2–3 | record id, 0000h the first, FFFFh the last | the record, 16 bytes |
//! | 4–5 | offset 00h, FFh: the whole record | |

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};
pub use ipmi_rs::storage::sel::Entry as SelEntry;

use super::Command;
use crate::ipmi::privilege::Privilege;

/// The id with which reading begins.
pub const FIRST: u16 = 0x0000;
/// The id that means "no more" in an answer.
pub const LAST: u16 = 0xFFFF;

/// Asks for one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelEntryRequest {
    /// Its id; [`FIRST`] to begin with.
    pub record: u16,
}

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub struct SelEntryResponse {
    /// The id of the next one, [`LAST`] after the last.
    pub next: u16,
    /// The record as it came: a kind that nobody knows does not end the log.
    pub record: [u8; 16],
    /// What it says, where its kind is known.
    pub entry: Option<SelEntry>,
}

impl From<SelEntryRequest> for Message {
    fn from(request: SelEntryRequest) -> Self {
        let [low, high] = request.record.to_le_bytes();
        Self::new_request(
            NetFn::Storage,
            0x43,
            vec![0x00, 0x00, low, high, 0x00, 0xFF],
        )
    }
}

impl IpmiCommand for SelEntryRequest {
    type Output = SelEntryResponse;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<SelEntryResponse, NotEnoughData> {
        let (next, record) = data.split_first_chunk().ok_or(NotEnoughData)?;
        let record: &[u8; 16] = record.first_chunk().ok_or(NotEnoughData)?;
        Ok(SelEntryResponse {
            next: u16::from_le_bytes(*next),
            record: *record,
            entry: SelEntry::parse(record).ok(),
        })
    }
}

impl Command for SelEntryRequest {
    const NAME: &'static str = "get SEL entry";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A temperature sensor crossed its upper critical threshold.
    const ANSWER: [u8; 18] = [
        0x02, 0x00, 0x01, 0x00, 0x02, 0x10, 0x20, 0x30, 0x40, 0x20, 0x00, 0x04, 0x01, 0x30, 0x01,
        0x59, 0x60, 0x5A,
    ];

    #[test]
    fn whole_records_are_asked_for_by_id() {
        let message = Message::from(SelEntryRequest { record: 0x1234 });
        assert_eq!((message.netfn_raw(), message.cmd()), (0x0A, 0x43));
        assert_eq!(message.data(), [0, 0, 0x34, 0x12, 0, 0xFF]);
    }

    #[test]
    fn a_record_is_sixteen_bytes_and_nothing_less() {
        for length in 0..=ANSWER.len() {
            let parsed = SelEntryRequest::parse_success_response(&ANSWER[..length]);
            assert_eq!(parsed.is_ok(), length == ANSWER.len());
        }
        let parsed = SelEntryRequest::parse_success_response(&ANSWER).unwrap();
        assert_eq!((parsed.next, &parsed.record[..]), (2, &ANSWER[2..]));
        let Some(SelEntry::System { sensor_number, .. }) = parsed.entry else {
            panic!("{parsed:?}");
        };
        assert_eq!(sensor_number, 0x30);
    }

    #[test]
    fn whatever_a_record_says_the_log_goes_on() {
        for byte in 0..=0xFF {
            for position in 2..ANSWER.len() {
                let mut answer = ANSWER;
                answer[position] = byte;
                let parsed = SelEntryRequest::parse_success_response(&answer).unwrap();
                assert_eq!(parsed.next, 2);
            }
        }
    }
}
