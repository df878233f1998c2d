//! Get SEL Info (IPMI v2.0 §31.2; network function Storage, command 40h), as `ipmi-rs` reads it.

pub use ipmi_rs::storage::sel::{GetSelInfo, SelInfo};

use super::Command;
use crate::ipmi::privilege::Privilege;

impl Command for GetSelInfo {
    const NAME: &'static str = "get SEL info";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use ipmi_rs::connection::Message;

    use super::*;
    use crate::ipmi::command::Reply;

    #[test]
    fn a_log_with_entries_is_read_and_every_truncation_refused() {
        let message = Message::from(GetSelInfo);
        assert_eq!((message.netfn_raw(), message.cmd()), (0x0A, 0x40));
        let data = [0x51, 0x34, 0x12, 0xFF, 0x7F, 1, 2, 3, 4, 5, 6, 7, 8, 0x8A];
        for length in 0..=data.len() {
            let reply = Reply {
                completion: 0,
                data: data[..length].to_vec(),
            };
            let parsed = reply.parse::<GetSelInfo>();
            assert_eq!(parsed.is_ok(), length == data.len());
            if let Ok(info) = parsed {
                assert_eq!((info.entries, info.bytes_free), (0x1234, 0x7FFF));
                assert!(info.overflow);
            }
        }
    }
}
