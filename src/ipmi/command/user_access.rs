//! Get User Access (IPMI v2.0 §22.27; network function App, command 44h): how many users there can be.
//!
//! | byte | request | response |
//! |---|---|---|
//! | 0 | bits 3–0: channel, Eh: this one | bits 5–0: how many user IDs there are |
//! | 1 | bits 5–0: user ID | bits 5–0: how many are enabled |
//!
//! What follows is what the user may, which a session finds out by itself.

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// Asks on the channel that it comes in.
#[derive(Debug, Clone, Copy)]
pub struct UserAccessRequest;

impl From<UserAccessRequest> for Message {
    fn from(_: UserAccessRequest) -> Self {
        Self::new_request(NetFn::App, 0x44, vec![0x0E, 0x01])
    }
}

impl IpmiCommand for UserAccessRequest {
    /// The highest user ID that there is.
    type Output = u8;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<u8, NotEnoughData> {
        data.first().map(|most| most & 0x3F).ok_or(NotEnoughData)
    }
}

impl Command for UserAccessRequest {
    const NAME: &'static str = "get user access";
    const PRIVILEGE: Privilege = Privilege::Operator;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_on_its_own_channel_and_reads_how_many_ids_there_are() {
        let message = Message::from(UserAccessRequest);
        assert_eq!((message.netfn_raw(), message.cmd()), (0x06, 0x44));
        assert_eq!(message.data(), [0x0E, 0x01]);
        let parse = UserAccessRequest::parse_success_response;
        assert_eq!(parse(&[0xCF, 0x42, 0x01, 0x14]), Ok(15));
        assert_eq!(parse(&[]), Err(NotEnoughData));
    }
}
