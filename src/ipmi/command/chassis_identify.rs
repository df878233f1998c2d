//! Chassis Identify (IPMI v2.0 §28.5; network function Chassis, command 04h): the light that shows which machine it is.
//!
//! | byte | field |
//! |---|---|
//! | 0 | seconds, 0 turns it off |
//! | 1 | optional: bit 0: on until it is turned off |

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// The command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChassisIdentifyRequest {
    /// Off.
    Off,
    /// On for so many seconds; 0 is off.
    Seconds(u8),
    /// On until it is turned off. Not all BMCs know this.
    On,
}

impl From<ChassisIdentifyRequest> for Message {
    fn from(request: ChassisIdentifyRequest) -> Self {
        let data = match request {
            ChassisIdentifyRequest::Off => vec![0x00],
            ChassisIdentifyRequest::Seconds(seconds) => vec![seconds],
            ChassisIdentifyRequest::On => vec![0x00, 0x01],
        };
        Self::new_request(NetFn::Chassis, 0x04, data)
    }
}

impl IpmiCommand for ChassisIdentifyRequest {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

impl Command for ChassisIdentifyRequest {
    const NAME: &'static str = "chassis identify";
    const PRIVILEGE: Privilege = Privilege::Operator;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_goes_on_for_a_time_or_for_good_and_off() {
        for (request, data) in [
            (ChassisIdentifyRequest::Off, &[0x00][..]),
            (ChassisIdentifyRequest::Seconds(0x55), &[0x55]),
            (ChassisIdentifyRequest::On, &[0x00, 0x01]),
        ] {
            let message = Message::from(request);
            assert_eq!((message.netfn_raw(), message.cmd()), (0x00, 0x04));
            assert_eq!(message.data(), data);
        }
        assert!(ChassisIdentifyRequest::parse_success_response(&[]).is_ok());
    }
}
