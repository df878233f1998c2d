//! Get SDR (IPMI v2.0 §33.12; network function Storage, command 23h): sensor data records, as `ipmi-rs` reads them.
//!
//! | byte | request | response |
//! |---|---|---|
//! | 0–1 | reservation id, 0000h for whole records | id of the next record, FFFFh: this was the last |
//! | 2–3 | record id, 0000h the first | the record: id, version, type, length, then `length` bytes |
//! | 4–5 | offset 00h, FFh: the whole record | |

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};
pub use ipmi_rs::storage::sdr::Record;

use super::Command;
use crate::ipmi::privilege::Privilege;

/// The header of a record: id, version, type, length.
const HEADER: usize = 5;

/// Asks for one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SdrRequest {
    /// Its id; 0000h to begin with.
    pub record: u16,
}

/// A record.
#[derive(Debug, Clone)]
pub struct SdrResponse {
    /// The id of the next one, FFFFh after the last.
    pub next: u16,
    /// What it says; `None` where it makes no sense, which does not end the repository.
    pub record: Option<Record>,
}

impl From<SdrRequest> for Message {
    fn from(request: SdrRequest) -> Self {
        let [low, high] = request.record.to_le_bytes();
        Self::new_request(
            NetFn::Storage,
            0x23,
            vec![0x00, 0x00, low, high, 0x00, 0xFF],
        )
    }
}

impl IpmiCommand for SdrRequest {
    type Output = SdrResponse;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<SdrResponse, NotEnoughData> {
        let (next, record) = data.split_first_chunk().ok_or(NotEnoughData)?;
        let claimed = record.get(HEADER - 1).ok_or(NotEnoughData)?;
        let whole = record
            .get(..HEADER + usize::from(*claimed))
            .ok_or(NotEnoughData)?;
        Ok(SdrResponse {
            next: u16::from_le_bytes(*next),
            record: is_bearable(whole)
                .then(|| Record::parse(whole).ok())
                .flatten(),
        })
    }
}

/// Whether `ipmi-rs` 0.6 can read a record without a panic.
///
/// It reads beyond the end of records without the fixed part of their type (IPMI v2.0 §43), up to the length of the name; and it
/// has no answer to a reserved ID string instance modifier in a compact record (table 43-2, byte 24, bits 5:4).
fn is_bearable(record: &[u8]) -> bool {
    let kind = record.get(3);
    let least = match kind {
        Some(0x01) => 48,
        Some(0x02) => 32,
        Some(0x03) => 17,
        Some(0x10..=0x12) => 16,
        Some(_) | None => HEADER,
    };
    let reserved_modifier = kind == Some(&0x02) && record.get(23).is_some_and(|b| b & 0x20 != 0);
    record.len() >= least && !reserved_modifier
}

impl Command for SdrRequest {
    const NAME: &'static str = "get SDR";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A full sensor record: sensor 30h, "CPU", degrees Celsius, one to one.
    fn answer() -> Vec<u8> {
        let mut record = vec![0x01, 0x00, 0x51, 0x01, 46];
        record.extend([0x20, 0x00, 0x30, 0x03, 0x01, 0x7F, 0x68, 0x01, 0x01]);
        record.extend([0x85, 0x7A, 0x85, 0x7A, 0x3F, 0x3F]);
        record.extend([0x80, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00]);
        record.extend([0x07, 0x20, 0x50, 0x10, 0x7F, 0x80, 0x60, 0x5A, 0x55]);
        record.extend([0x00, 0x05, 0x0A, 0x02, 0x02, 0x00, 0x00, 0x00]);
        record.extend([0xC3, b'C', b'P', b'U']);
        assert_eq!(record.len(), HEADER + 46);
        let mut answer = vec![0x02, 0x00];
        answer.extend(record);
        answer
    }

    #[test]
    fn whole_records_are_asked_for_by_id() {
        let message = Message::from(SdrRequest { record: 0x1234 });
        assert_eq!((message.netfn_raw(), message.cmd()), (0x0A, 0x23));
        assert_eq!(message.data(), [0, 0, 0x34, 0x12, 0, 0xFF]);
    }

    #[test]
    fn a_sensor_has_a_name_and_a_number_and_every_truncation_is_refused() {
        let answer = answer();
        for length in 0..answer.len() {
            assert!(SdrRequest::parse_success_response(&answer[..length]).is_err());
        }
        let parsed = SdrRequest::parse_success_response(&answer).unwrap();
        assert_eq!(parsed.next, 2);
        let record = parsed.record.unwrap();
        assert_eq!(record.sensor_number().map(|n| n.get()), Some(0x30));
        let sensor = record.full_sensor().unwrap();
        assert_eq!(sensor.display_reading(40).as_deref(), Some("40.00 °C"));
    }

    #[test]
    fn whatever_a_record_says_or_leaves_out_the_repository_goes_on() {
        let good = answer();
        for position in 2..good.len() {
            for byte in 0..=0xFF {
                let mut answer = good.clone();
                answer[position] = byte;
                SdrRequest::parse_success_response(&answer).ok();
            }
        }
        // Records of every type that are shorter than their type.
        for kind in 0..=0xFF {
            for length in 0..64 {
                let mut answer = good.clone();
                answer.resize(2 + HEADER + 64, 0xFF);
                (answer[5], answer[6]) = (kind, length);
                let parsed = SdrRequest::parse_success_response(&answer).unwrap();
                assert_eq!(parsed.next, 2);
            }
        }
    }

    /// The fuzzer found it: a compact sensor record with the reserved value 3 as the modifier of its name. `ipmi-rs` says "no
    /// fallback available" and panics.
    #[test]
    fn a_compact_record_with_a_reserved_name_modifier_has_no_meaning() {
        let compact = |modifier: u8| {
            let mut record = vec![0x01, 0x00, 0x51, 0x02, 30];
            record.extend([0x20, 0x00, 0x30, 0x03, 0x01, 0x7F, 0x68, 0x01, 0x6F]);
            record.extend([0x00; 9]);
            record.extend([modifier << 4, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00]);
            record.extend([0xC3, b'P', b'S', b'U']);
            SdrRequest::parse_success_response(&[&[0x02, 0x00], &record[..]].concat()).unwrap()
        };
        for (modifier, read) in [(0, true), (1, true), (2, false), (3, false)] {
            assert_eq!(compact(modifier).record.is_some(), read, "{modifier}");
        }
    }
}
