//! Get Sensor Reading (IPMI v2.0 §35.14; network function Sensor/Event, command 2Dh), as `ipmi-rs` reads it.
//!
//! What the number means is in the sensor's record, see [`sdr`](super::sdr).

pub use ipmi_rs::sensor_event::{GetSensorReading, RawSensorReading, ThresholdReading};

use super::Command;
use crate::ipmi::privilege::Privilege;

impl Command for GetSensorReading {
    const NAME: &'static str = "get sensor reading";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipmi::command::Reply;

    #[test]
    fn a_reading_has_a_value_unless_the_bmc_says_that_it_has_none() {
        let data = [0x55, 0xC0, 0x10, 0x80];
        for length in 0..=data.len() {
            let reply = Reply {
                completion: 0,
                data: data[..length].to_vec(),
            };
            let parsed = reply.parse::<GetSensorReading>();
            assert_eq!(parsed.is_ok(), length >= 2);
            if let Ok(raw) = parsed {
                let reading = ThresholdReading::from(&raw);
                assert_eq!(reading.reading, Some(0x55));
                assert_eq!(reading.threshold_status.is_some(), length >= 3);
            }
        }
        let none = Reply {
            completion: 0,
            data: vec![0x55, 0xE0],
        };
        let raw = none.parse::<GetSensorReading>().unwrap();
        assert_eq!(ThresholdReading::from(&raw).reading, None);
    }
}
