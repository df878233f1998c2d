//! Get Channel Authentication Capabilities (IPMI v2.0 §22.13; network function App, command 38h), as `ipmi-rs` reads it.
//!
//! Asked before any session, in the v1.5 wrapper: does the BMC speak IPMI v2.0 at all, does it want a K_G?

pub use ipmi_rs::app::auth::{
    ChannelAuthenticationCapabilities, GetChannelAuthenticationCapabilities,
};

use super::Command;
use crate::ipmi::privilege::Privilege;

impl Command for GetChannelAuthenticationCapabilities {
    const NAME: &'static str = "get channel authentication capabilities";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipmi::command::Reply;

    #[test]
    fn a_v2_answer_is_understood_and_its_truncations_are_refused() {
        let data = [0x01, 0x80, 0x24, 0x02, 0x00, 0x00, 0x00, 0x00];
        for length in 0..=data.len() {
            let reply = Reply {
                completion: 0,
                data: data[..length].to_vec(),
            };
            let parsed = reply.parse::<GetChannelAuthenticationCapabilities>();
            assert_eq!(parsed.is_ok(), length == data.len());
            if let Ok(answer) = parsed {
                assert!(answer.ipmi2_connections_supported && answer.kg_status);
            }
        }
    }
}
