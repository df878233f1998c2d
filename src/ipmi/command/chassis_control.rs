//! Chassis Control (IPMI v2.0 §28.3; network function Chassis, command 02h).
//!
//! | byte | field |
//! |---|---|
//! | 0 | bits 3–0: 0 down, 1 up, 2 cycle, 3 hard reset, 4 diagnostic interrupt, 5 soft shutdown |

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::{Command, Effect};
use crate::ipmi::privilege::Privilege;

/// What to do to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChassisControlRequest {
    /// 0h: power off at once (ACPI S4/S5).
    PowerDown,
    /// 1h: power on.
    PowerUp,
    /// 2h: off, and on again after at least one second. Whether it happened cannot be observed afterwards.
    PowerCycle,
    /// 3h: hard reset. Whether it happened cannot be observed afterwards.
    HardReset,
    /// 4h: diagnostic interrupt (NMI).
    DiagnosticInterrupt,
    /// 5h: emulate a fatal overtemperature, so that ACPI asks the operating system to shut down.
    SoftShutdown,
}

impl ChassisControlRequest {
    fn to_wire(self) -> u8 {
        match self {
            Self::PowerDown => 0x00,
            Self::PowerUp => 0x01,
            Self::PowerCycle => 0x02,
            Self::HardReset => 0x03,
            Self::DiagnosticInterrupt => 0x04,
            Self::SoftShutdown => 0x05,
        }
    }
}

impl From<ChassisControlRequest> for Message {
    fn from(control: ChassisControlRequest) -> Self {
        Self::new_request(NetFn::Chassis, 0x02, vec![control.to_wire()])
    }
}

impl IpmiCommand for ChassisControlRequest {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

impl Command for ChassisControlRequest {
    const NAME: &'static str = "chassis control";
    const PRIVILEGE: Privilege = Privilege::Operator;
    const EFFECT: Effect = Effect::Disruptive;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_control_is_its_byte() {
        for (control, byte) in [
            (ChassisControlRequest::PowerDown, 0x00),
            (ChassisControlRequest::PowerUp, 0x01),
            (ChassisControlRequest::PowerCycle, 0x02),
            (ChassisControlRequest::HardReset, 0x03),
            (ChassisControlRequest::DiagnosticInterrupt, 0x04),
            (ChassisControlRequest::SoftShutdown, 0x05),
        ] {
            let message = Message::from(control);
            assert_eq!((message.netfn_raw(), message.cmd()), (0x00, 0x02));
            assert_eq!(message.data(), [byte]);
        }
    }
}
