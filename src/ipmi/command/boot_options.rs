//! Set and Get System Boot Options (IPMI v2.0 §28.12, §28.13; network function Chassis, commands 08h and 09h).
//!
//! Parameters in use (table 28-14): 3, whether the BMC clears the boot flags by itself; 4, boot info acknowledge; 5, boot
//! flags. In a response, byte 0 is the parameter version, byte 1 the parameter (bit 7: it is marked invalid), then its data.
//!
//! | boot flags, byte | field |
//! |---|---|
//! | 0 | bit 7 valid, bit 6 persistent, bit 5 EFI |
//! | 1 | bit 7 clear CMOS, bit 6 lock keyboard, bits 5–2 device, bit 1 screen blank, bit 0 lock reset |
//! | 2–4 | console, BIOS mux, device instance |

use ipmi_rs::connection::{IpmiCommand, Message, NetFn, NotEnoughData};

use super::Command;
use crate::ipmi::privilege::Privilege;

const BOOT_FLAG_CLEARING: u8 = 0x03;
const BOOT_INFO_ACKNOWLEDGE: u8 = 0x04;
const BOOT_FLAGS: u8 = 0x05;

/// Device selector in the boot flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BootSelector {
    /// 0h: no override.
    None,
    /// 1h: PXE.
    Pxe,
    /// 2h: default hard disk.
    Disk,
    /// 5h: CD or DVD.
    Cdrom,
    /// 6h: BIOS set-up.
    Bios,
    /// Anything else: safe mode, diagnostics, remote media, floppy.
    Other(u8),
}

impl BootSelector {
    fn to_wire(self) -> u8 {
        match self {
            Self::None => 0x0,
            Self::Pxe => 0x1,
            Self::Disk => 0x2,
            Self::Cdrom => 0x5,
            Self::Bios => 0x6,
            Self::Other(number) => number & 0x0F,
        }
    }

    fn from_wire(number: u8) -> Self {
        match number {
            0x0 => Self::None,
            0x1 => Self::Pxe,
            0x2 => Self::Disk,
            0x5 => Self::Cdrom,
            0x6 => Self::Bios,
            other => Self::Other(other),
        }
    }
}

/// Boot flags: what the firmware does at the next boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootFlags {
    /// The firmware heeds the rest.
    pub valid: bool,
    /// For every boot, not only the next.
    pub persistent: bool,
    /// UEFI boot, not BIOS.
    pub efi: bool,
    /// The device.
    pub device: BootSelector,
}

/// Set System Boot Options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBootOptionsRequest {
    /// Parameter 3: the BMC keeps the boot flags although no chassis command comes within 60 seconds, after which it would
    /// otherwise drop them (bit 3). The other reasons for clearing stay as they are.
    KeepBootFlags,
    /// Parameter 4: as if the firmware and the operating system had not yet seen the boot flags.
    ResetAcknowledge,
    /// Parameter 5.
    Flags(BootFlags),
}

/// Get System Boot Options, parameter 5.
#[derive(Debug, Clone, Copy)]
pub struct GetBootFlagsRequest;

/// The response to [`GetBootFlagsRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetBootFlagsResponse {
    /// The BMC marks the parameter as invalid or locked: the flags mean nothing.
    pub parameter_invalid: bool,
    /// The flags.
    pub flags: BootFlags,
}

impl From<SetBootOptionsRequest> for Message {
    fn from(request: SetBootOptionsRequest) -> Self {
        let data = match request {
            SetBootOptionsRequest::KeepBootFlags => vec![BOOT_FLAG_CLEARING, 0x08],
            SetBootOptionsRequest::ResetAcknowledge => vec![BOOT_INFO_ACKNOWLEDGE, 0x01, 0x01],
            SetBootOptionsRequest::Flags(flags) => {
                let bits = u8::from(flags.valid) << 7
                    | u8::from(flags.persistent) << 6
                    | u8::from(flags.efi) << 5;
                let device = flags.device.to_wire() << 2;
                vec![BOOT_FLAGS, bits, device, 0x00, 0x00, 0x00]
            }
        };
        Self::new_request(NetFn::Chassis, 0x08, data)
    }
}

impl IpmiCommand for SetBootOptionsRequest {
    type Output = ();
    type Error = NotEnoughData;

    fn parse_success_response(_: &[u8]) -> Result<(), NotEnoughData> {
        Ok(())
    }
}

impl Command for SetBootOptionsRequest {
    const NAME: &'static str = "set boot options";
    const PRIVILEGE: Privilege = Privilege::Operator;
}

impl From<GetBootFlagsRequest> for Message {
    fn from(_: GetBootFlagsRequest) -> Self {
        Self::new_request(NetFn::Chassis, 0x09, vec![BOOT_FLAGS, 0x00, 0x00])
    }
}

impl IpmiCommand for GetBootFlagsRequest {
    type Output = GetBootFlagsResponse;
    type Error = NotEnoughData;

    fn parse_success_response(data: &[u8]) -> Result<GetBootFlagsResponse, NotEnoughData> {
        // Bytes after the fifth flag byte come from an HP DL380 G5, twelve of them, and mean nothing.
        let [_version, parameter, bits, device, ..] = data else {
            return Err(NotEnoughData);
        };
        Ok(GetBootFlagsResponse {
            parameter_invalid: parameter & 0x80 != 0,
            flags: BootFlags {
                valid: bits & 0x80 != 0,
                persistent: bits & 0x40 != 0,
                efi: bits & 0x20 != 0,
                device: BootSelector::from_wire((device >> 2) & 0x0F),
            },
        })
    }
}

impl Command for GetBootFlagsRequest {
    const NAME: &'static str = "get boot options";
    const PRIVILEGE: Privilege = Privilege::Operator;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pxe_once_in_uefi_is_a0_04() {
        let message = Message::from(SetBootOptionsRequest::Flags(BootFlags {
            valid: true,
            persistent: false,
            efi: true,
            device: BootSelector::Pxe,
        }));
        assert_eq!((message.netfn_raw(), message.cmd()), (0x00, 0x08));
        assert_eq!(message.data(), [0x05, 0xA0, 0x04, 0x00, 0x00, 0x00]);
        let keep = Message::from(SetBootOptionsRequest::KeepBootFlags);
        assert_eq!(keep.data(), [0x03, 0x08]);
    }

    #[test]
    fn flags_come_back_as_they_were_set_for_every_device_and_bit() {
        for number in 0..16u8 {
            for bits in 0..8u8 {
                let flags = BootFlags {
                    valid: bits & 1 != 0,
                    persistent: bits & 2 != 0,
                    efi: bits & 4 != 0,
                    device: BootSelector::from_wire(number),
                };
                let sent = Message::from(SetBootOptionsRequest::Flags(flags));
                let data = [&[0x01], sent.data()].concat();
                let read = GetBootFlagsRequest::parse_success_response(&data).unwrap();
                assert_eq!(read.flags, flags);
                assert!(!read.parameter_invalid);
            }
        }
    }

    #[test]
    fn truncations_are_refused_and_extra_bytes_ignored() {
        let data = [0x01, 0x85, 0xE0, 0x08, 0, 0, 0, 9, 9, 9];
        for length in 0..4 {
            assert!(GetBootFlagsRequest::parse_success_response(&data[..length]).is_err());
        }
        let read = GetBootFlagsRequest::parse_success_response(&data).unwrap();
        assert!(read.parameter_invalid && read.flags.persistent);
        assert_eq!(read.flags.device, BootSelector::Disk);
    }
}
