//! Get Device GUID (IPMI v2.0 §20.8, command 08h) and Get System GUID (§22.14, command 37h); network function App.
//!
//! Sixteen bytes. The specification wants them least significant first; many BMCs send them as SMBIOS shows them. They
//! are handed up as they came.

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

/// Get Device GUID: of the BMC.
#[derive(Debug, Clone, Copy)]
pub struct DeviceGuidRequest;

/// Get System GUID: of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemGuidRequest;

impl From<DeviceGuidRequest> for Message {
    fn from(_: DeviceGuidRequest) -> Self {
        Self::new_request(NetFn::App, 0x08, Vec::new())
    }
}

impl From<SystemGuidRequest> for Message {
    fn from(_: SystemGuidRequest) -> Self {
        Self::new_request(NetFn::App, 0x37, Vec::new())
    }
}

impl IpmiCommand for DeviceGuidRequest {
    type Output = [u8; 16];
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<[u8; 16], NotEnoughData> {
        data.first_chunk().copied().ok_or(NotEnoughData)
    }
}

impl IpmiCommand for SystemGuidRequest {
    type Output = [u8; 16];
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<[u8; 16], NotEnoughData> {
        data.first_chunk().copied().ok_or(NotEnoughData)
    }
}

impl Command for DeviceGuidRequest {
    const NAME: &'static str = "get device GUID";
    const PRIVILEGE: Privilege = Privilege::User;
}

impl Command for SystemGuidRequest {
    const NAME: &'static str = "get system GUID";
    const PRIVILEGE: Privilege = Privilege::User;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_sixteen_bytes_and_nothing_less() {
        assert_eq!(
            SystemGuidRequest::parse_success_response(&[0xAA; 16]),
            Ok([0xAA; 16])
        );
        for length in 0..16 {
            let cut = DeviceGuidRequest::parse_success_response(&[0xAA; 16][..length]);
            assert_eq!(cut, Err(NotEnoughData));
        }
    }
}
