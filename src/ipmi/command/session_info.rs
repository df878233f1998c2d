//! Get Session Info (IPMI v2.0 §22.20; network function App, command 3Dh): how many sessions there can be, and are.
//!
//! | byte | response |
//! |---|---|
//! | 0 | session handle, 00h: no such session |
//! | 1 | bits 5–0: sessions that can be open at a time |
//! | 2 | bits 5–0: sessions that are open |
//! | 3 | if there is such a session: bits 5–0: user id |
//! | 4 | bits 3–0: its privilege level |
//! | 5 | bits 7–4: 0 IPMI v1.5, 1 RMCP+; bits 3–0: channel |
//!
//! What follows is the address of the console, which is ours.

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// Asks about the session that it comes in.
#[derive(Debug, Clone, Copy)]
pub struct SessionInfoRequest;

/// The sessions of the BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionInfoResponse {
    /// How many can be open at a time.
    pub possible: u8,
    /// How many are, this one included.
    pub active: u8,
    /// This session, where the BMC tells.
    pub own: Option<OwnSession>,
}

/// The session that asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnSession {
    /// The number of the user in the BMC.
    pub user: u8,
    /// The number of the privilege level that it has now.
    pub privilege: u8,
}

impl From<SessionInfoRequest> for Message {
    fn from(_: SessionInfoRequest) -> Self {
        Self::new_request(NetFn::App, 0x3D, vec![0x00])
    }
}

impl IpmiCommand for SessionInfoRequest {
    type Output = SessionInfoResponse;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<SessionInfoResponse, NotEnoughData> {
        let [handle, possible, active, rest @ ..] = data else {
            return Err(NotEnoughData);
        };
        let own = match rest {
            [user, privilege, _, ..] if *handle != 0 => Some(OwnSession {
                user: user & 0x3F,
                privilege: privilege & 0x0F,
            }),
            _ => None,
        };
        Ok(SessionInfoResponse {
            possible: possible & 0x3F,
            active: active & 0x3F,
            own,
        })
    }
}

impl Command for SessionInfoRequest {
    const NAME: &'static str = "get session info";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_about_its_own_session() {
        let message = Message::from(SessionInfoRequest);
        assert_eq!((message.netfn_raw(), message.cmd()), (0x06, 0x3D));
        assert_eq!(message.data(), [0x00]);
    }

    #[test]
    fn the_numbers_are_there_from_three_bytes_on_and_the_session_from_six_on() {
        let data = [0x01, 0x0F, 0x02, 0x42, 0x14, 0x11, 127, 0, 0, 1];
        for length in 0..=data.len() {
            let parsed = SessionInfoRequest::parse_success_response(&data[..length]);
            assert_eq!(parsed.is_ok(), length >= 3);
            if let Ok(info) = parsed {
                assert_eq!((info.possible, info.active), (15, 2));
                let own = OwnSession {
                    user: 2,
                    privilege: 4,
                };
                assert_eq!(info.own, (length >= 6).then_some(own));
            }
        }
        let none = SessionInfoRequest::parse_success_response(&[0x00, 0xFF, 0xC1, 0, 0, 0]);
        let none = none.unwrap();
        assert_eq!((none.possible, none.active, none.own), (63, 1, None));
    }
}
