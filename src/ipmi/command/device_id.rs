//! Get Device ID (IPMI v2.0 §20.1; network function App, command 01h), as `ipmi-rs` reads it.

pub use ipmi_rs::app::{DeviceId, GetDeviceId};

use super::Command;
use crate::ipmi::privilege::Privilege;

impl Command for GetDeviceId {
    const NAME: &'static str = "get device id";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipmi::command::Reply;

    #[test]
    fn every_truncation_is_refused_or_lacks_only_the_auxiliary_revision() {
        let data = vec![
            0x20, 0x81, 0x02, 0x15, 0x02, 0xBF, 0x57, 0x01, 0x00, 0x34, 0x12, 1, 2, 3, 4,
        ];
        for length in 0..=data.len() {
            let reply = Reply {
                completion: 0,
                data: data[..length].to_vec(),
            };
            let parsed = reply.parse::<GetDeviceId>();
            assert_eq!(parsed.is_ok(), length >= 11);
            if let Ok(id) = parsed {
                assert_eq!((id.manufacturer_id, id.product_id), (343, 0x1234));
                assert_eq!(id.aux_revision.is_some(), length >= 15);
            }
        }
    }
}
