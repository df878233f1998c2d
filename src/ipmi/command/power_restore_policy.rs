//! Set Power Restore Policy (IPMI v2.0 §28.8; network function Chassis, command 06h): what happens when AC power comes back.
//!
//! | byte | request | response |
//! |---|---|---|
//! | 0 | bits 2–0: 0 stay off, 1 as before, 2 turn on, 3 no change | bits that are supported: 0 stay off, 1 as before, 2 turn on |
//!
//! There is no command that gets the policy: Get Chassis Status tells it. "No change" asks which ones there are.

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use super::chassis_status::RestorePolicy;
use crate::ipmi::privilege::Privilege;

/// Sets the policy. [`RestorePolicy::Unknown`] changes nothing, and only asks which policies there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerRestorePolicyRequest(pub RestorePolicy);

/// The policies that the BMC has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerRestorePolicyResponse {
    /// To stay off.
    pub always_off: bool,
    /// To return to what it was.
    pub previous: bool,
    /// To turn on.
    pub always_on: bool,
}

impl From<PowerRestorePolicyRequest> for Message {
    fn from(request: PowerRestorePolicyRequest) -> Self {
        let policy = match request.0 {
            RestorePolicy::AlwaysOff => 0x00,
            RestorePolicy::Previous => 0x01,
            RestorePolicy::AlwaysOn => 0x02,
            RestorePolicy::Unknown => 0x03,
        };
        Self::new_request(NetFn::Chassis, 0x06, vec![policy])
    }
}

impl IpmiCommand for PowerRestorePolicyRequest {
    type Output = PowerRestorePolicyResponse;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<PowerRestorePolicyResponse, NotEnoughData> {
        let supported = data.first().ok_or(NotEnoughData)?;
        Ok(PowerRestorePolicyResponse {
            always_off: supported & 0x01 != 0,
            previous: supported & 0x02 != 0,
            always_on: supported & 0x04 != 0,
        })
    }
}

impl Command for PowerRestorePolicyRequest {
    const NAME: &'static str = "set power restore policy";
    const PRIVILEGE: Privilege = Privilege::Operator;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_has_its_number_and_asking_changes_nothing() {
        for (policy, number) in [
            (RestorePolicy::AlwaysOff, 0),
            (RestorePolicy::Previous, 1),
            (RestorePolicy::AlwaysOn, 2),
            (RestorePolicy::Unknown, 3),
        ] {
            let message = Message::from(PowerRestorePolicyRequest(policy));
            assert_eq!((message.netfn_raw(), message.cmd()), (0x00, 0x06));
            assert_eq!(message.data(), [number]);
        }
    }

    #[test]
    fn complementary_patterns_set_complementary_fields() {
        let parse = PowerRestorePolicyRequest::parse_success_response;
        let some = parse(&[0x05]).unwrap();
        assert!(some.always_off && !some.previous && some.always_on);
        let others = parse(&[0xFA]).unwrap();
        assert!(!others.always_off && others.previous && !others.always_on);
        assert_eq!(parse(&[]), Err(NotEnoughData));
    }
}
