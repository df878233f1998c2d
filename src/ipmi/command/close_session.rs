//! Close Session (IPMI v2.0 §22.19; network function App, command 3Ch).

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// Closes the session with this id, the BMC's.
#[derive(Debug, Clone, Copy)]
pub struct CloseSessionRequest(pub u32);

impl From<CloseSessionRequest> for Message {
    fn from(request: CloseSessionRequest) -> Self {
        Self::new_request(NetFn::App, 0x3C, request.0.to_le_bytes().to_vec())
    }
}

impl IpmiCommand for CloseSessionRequest {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

impl Command for CloseSessionRequest {
    const NAME: &'static str = "close session";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_travels_least_significant_byte_first() {
        let message = Message::from(CloseSessionRequest(0x0403_0201));
        assert_eq!(message.data(), [0x01, 0x02, 0x03, 0x04]);
    }
}
