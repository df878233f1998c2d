//! Get Chassis Status (IPMI v2.0 §28.2; network function Chassis, command 01h).
//!
//! | byte | field |
//! |---|---|
//! | 0 | power state: bits 6–5 restore policy, 4 control fault, 3 power fault, 2 interlock, 1 overload, 0 power is on |
//! | 1 | last event: bit 4 on by command, 3 power fault, 2 interlock, 1 overload, 0 AC failed |
//! | 2 | misc: bits 6 identify supported, 5–4 identify state, 3 fan fault, 2 drive fault, 1 front panel lock-out, 0 intrusion |
//! | 3 | optional: front panel buttons |
//!
//! `ipmi_sim` and others leave byte 3 out.

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// The command.
#[derive(Debug, Clone, Copy)]
pub struct ChassisStatusRequest;

/// What the machine does when AC power comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RestorePolicy {
    /// Stays off.
    AlwaysOff,
    /// Returns to what it was.
    Previous,
    /// Turns on.
    AlwaysOn,
    /// The BMC does not know.
    Unknown,
}

/// The state of the chassis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChassisStatusResponse {
    /// The machine is powered.
    pub power_on: bool,
    /// The main power is overloaded, and was cut for it.
    pub overload: bool,
    /// A panel interlock switch holds the power off.
    pub interlock: bool,
    /// A fault of the main power.
    pub power_fault: bool,
    /// The power controller could not do what it was told.
    pub control_fault: bool,
    /// What happens when AC power comes back.
    pub restore_policy: RestorePolicy,
    /// Why the power last changed.
    pub last_event: LastPowerEvent,
    /// Cooling or fan fault.
    pub fan_fault: bool,
    /// Drive fault.
    pub drive_fault: bool,
    /// The front panel's power and reset buttons are locked out.
    pub front_panel_lockout: bool,
    /// The chassis is open.
    pub intrusion: bool,
}

/// Why the power last changed; several can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LastPowerEvent {
    /// AC power failed.
    pub ac_failed: bool,
    /// Overload.
    pub overload: bool,
    /// Interlock.
    pub interlock: bool,
    /// Power fault.
    pub power_fault: bool,
    /// Turned on by an IPMI command.
    pub on_by_command: bool,
}

impl From<ChassisStatusRequest> for Message {
    fn from(_: ChassisStatusRequest) -> Self {
        Self::new_request(NetFn::Chassis, 0x01, Vec::new())
    }
}

impl IpmiCommand for ChassisStatusRequest {
    type Output = ChassisStatusResponse;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<ChassisStatusResponse, NotEnoughData> {
        let [power, event, misc, ..] = data else {
            return Err(NotEnoughData);
        };
        Ok(ChassisStatusResponse {
            power_on: power & 0x01 != 0,
            overload: power & 0x02 != 0,
            interlock: power & 0x04 != 0,
            power_fault: power & 0x08 != 0,
            control_fault: power & 0x10 != 0,
            restore_policy: match power & 0x60 {
                0x00 => RestorePolicy::AlwaysOff,
                0x20 => RestorePolicy::Previous,
                0x40 => RestorePolicy::AlwaysOn,
                _ => RestorePolicy::Unknown,
            },
            last_event: LastPowerEvent {
                ac_failed: event & 0x01 != 0,
                overload: event & 0x02 != 0,
                interlock: event & 0x04 != 0,
                power_fault: event & 0x08 != 0,
                on_by_command: event & 0x10 != 0,
            },
            fan_fault: misc & 0x08 != 0,
            drive_fault: misc & 0x04 != 0,
            front_panel_lockout: misc & 0x02 != 0,
            intrusion: misc & 0x01 != 0,
        })
    }
}

impl Command for ChassisStatusRequest {
    const NAME: &'static str = "chassis status";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complementary_patterns_set_complementary_fields() {
        let on = ChassisStatusRequest::parse_success_response(&[0x55, 0x15, 0x0A, 0x00]).unwrap();
        assert!(on.power_on && on.interlock && on.control_fault);
        assert!(!on.overload && !on.power_fault);
        assert_eq!(on.restore_policy, RestorePolicy::AlwaysOn);
        assert!(on.last_event.ac_failed && on.last_event.on_by_command && on.fan_fault);
        let off = ChassisStatusRequest::parse_success_response(&[0x2A, 0x0A, 0x05]).unwrap();
        assert!(!off.power_on && !off.interlock && !off.control_fault);
        assert!(off.overload && off.power_fault);
        assert_eq!(off.restore_policy, RestorePolicy::Previous);
        assert!(off.last_event.overload && off.intrusion && off.drive_fault);
    }

    #[test]
    fn less_than_three_bytes_is_not_a_state() {
        for length in 0..3 {
            let cut = ChassisStatusRequest::parse_success_response(&[0x01, 0, 0][..length]);
            assert_eq!(cut, Err(NotEnoughData));
        }
    }
}
