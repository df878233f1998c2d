//! Get User Name (IPMI v2.0 §22.29; network function App, command 46h).
//!
//! | byte | request | response |
//! |---|---|---|
//! | 0 | bits 5–0: user ID | |
//! | 0–15 | | the name, padded with zeros |

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// Asks for the name of the user with this ID (1 to 63; 1 is the null user).
#[derive(Debug, Clone, Copy)]
pub struct UserNameRequest(pub u8);

impl From<UserNameRequest> for Message {
    fn from(request: UserNameRequest) -> Self {
        Self::new_request(NetFn::App, 0x46, vec![request.0 & 0x3F])
    }
}

impl IpmiCommand for UserNameRequest {
    /// The name without its padding; empty for a user that is not there.
    type Output = Vec<u8>;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<Vec<u8>, NotEnoughData> {
        let name = data.get(..16).ok_or(NotEnoughData)?;
        Ok(name.iter().copied().take_while(|byte| *byte != 0).collect())
    }
}

impl Command for UserNameRequest {
    const NAME: &'static str = "get user name";
    const PRIVILEGE: Privilege = Privilege::Operator;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_ends_at_its_first_zero_and_needs_all_its_bytes() {
        let message = Message::from(UserNameRequest(2));
        assert_eq!((message.netfn_raw(), message.cmd()), (0x06, 0x46));
        assert_eq!(message.data(), [0x02]);
        let data = *b"admin\0\0\0\0\0\0\0\0\0\0\0";
        for length in 0..=data.len() {
            let parsed = UserNameRequest::parse_success_response(&data[..length]);
            let name = (length == 16).then(|| b"admin".to_vec());
            assert_eq!(parsed.ok(), name);
        }
        let full = UserNameRequest::parse_success_response(b"sixteen-letters-and-more");
        assert_eq!(full.unwrap(), b"sixteen-letters-");
    }
}
