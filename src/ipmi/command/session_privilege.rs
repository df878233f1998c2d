//! Set Session Privilege Level (IPMI v2.0 §22.18; network function App, command 3Bh).
//!
//! A session begins at USER, whatever it may rise to. Completion codes of its own: 80h the level is not available for
//! this user, 81h it exceeds the limit of user or channel, 82h the level cannot be left.

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// Raises or lowers the session's privilege.
#[derive(Debug, Clone, Copy)]
pub struct SessionPrivilegeRequest(pub Privilege);

impl From<SessionPrivilegeRequest> for Message {
    fn from(request: SessionPrivilegeRequest) -> Self {
        Self::new_request(NetFn::App, 0x3B, vec![request.0.to_wire()])
    }
}

impl IpmiCommand for SessionPrivilegeRequest {
    /// The level that the session has now, as the BMC says it.
    type Output = u8;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<u8, NotEnoughData> {
        data.first().copied().ok_or(NotEnoughData)
    }
}

impl Command for SessionPrivilegeRequest {
    const NAME: &'static str = "set session privilege level";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operator_is_level_three() {
        let message = Message::from(SessionPrivilegeRequest(Privilege::Operator));
        assert_eq!((message.netfn_raw(), message.cmd()), (0x06, 0x3B));
        assert_eq!(message.data(), [0x03]);
    }
}
