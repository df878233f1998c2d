//! Boot devices: between the noun of the model and the boot flags of a BMC.

use crate::ipmi::command::boot_options::{BootFlags, BootSelector, GetBootFlagsResponse};
use crate::model::bmc::{BootDevice, BootSetting};

/// Remote media that stand for the devices that Ostler knows (IPMI v2.0 table 28-14, device selectors 8h and Bh).
const REMOTE_CDROM: u8 = 0x8;
const REMOTE_DISK: u8 = 0xB;
/// What Supermicro's UEFI firmware calls its own hard disk: 24h in the byte, 9h in the bits.
const SUPERMICRO_UEFI_DISK: u8 = 0x9;

/// What the BMC says after a boot device was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootReadBack {
    /// The device that the boot flags name; `None` for one that Ostler has no word for.
    pub boot_device: Option<BootDevice>,
    /// Whether the flags are marked as valid. Some BMCs never do (`ipmi_sim`), others leave old flags behind without it.
    pub valid: bool,
    /// For every boot, not only the next one.
    pub persistent: bool,
    /// UEFI boot, not BIOS.
    pub uefi: bool,
}

impl BootReadBack {
    pub(super) fn new(read: GetBootFlagsResponse) -> Self {
        let flags = read.flags;
        Self {
            boot_device: device(flags.device),
            valid: flags.valid && !read.parameter_invalid,
            persistent: flags.persistent,
            uefi: flags.efi,
        }
    }

    /// Whether the BMC names the device that was asked for.
    pub fn same_device(&self, wanted: &BootSetting) -> bool {
        self.boot_device == Some(wanted.boot_device)
    }

    /// Whether the BMC shows everything as it was asked for: device, and where there is one, valid, persistent and UEFI.
    pub fn confirms(&self, wanted: &BootSetting) -> bool {
        let flags = self.valid && self.persistent == wanted.persistent && self.uefi == wanted.uefi;
        self.same_device(wanted) && (flags || wanted.boot_device == BootDevice::None)
    }

    /// What the firmware will heed; the selector where there is no word for it.
    pub(super) fn in_force(read: GetBootFlagsResponse) -> Result<BootSetting, u8> {
        let back = Self::new(read);
        let boot_device = match (back.valid, back.boot_device, read.flags.device) {
            (false, _, _) => BootDevice::None,
            (true, Some(device), _) => device,
            (true, None, BootSelector::Other(selector)) => return Err(selector),
            (true, None, _) => BootDevice::None,
        };
        Ok(BootSetting {
            boot_device,
            persistent: back.persistent && back.valid,
            uefi: back.uefi && back.valid,
        })
    }
}

/// The boot flags for a setting.
pub(super) fn flags(setting: &BootSetting) -> BootFlags {
    BootFlags {
        valid: true,
        persistent: setting.persistent,
        efi: setting.uefi,
        device: match setting.boot_device {
            BootDevice::None => BootSelector::None,
            BootDevice::Pxe => BootSelector::Pxe,
            BootDevice::Disk => BootSelector::Disk,
            BootDevice::Cdrom => BootSelector::Cdrom,
            BootDevice::Bios => BootSelector::Bios,
        },
    }
}

fn device(selector: BootSelector) -> Option<BootDevice> {
    match selector {
        BootSelector::None => Some(BootDevice::None),
        BootSelector::Pxe => Some(BootDevice::Pxe),
        BootSelector::Disk | BootSelector::Other(SUPERMICRO_UEFI_DISK | REMOTE_DISK) => {
            Some(BootDevice::Disk)
        }
        BootSelector::Cdrom | BootSelector::Other(REMOTE_CDROM) => Some(BootDevice::Cdrom),
        BootSelector::Bios => Some(BootDevice::Bios),
        BootSelector::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: BootFlags) -> GetBootFlagsResponse {
        GetBootFlagsResponse {
            parameter_invalid: false,
            flags,
        }
    }

    #[test]
    fn a_setting_is_confirmed_by_itself_and_by_nothing_else() {
        for boot_device in BootDevice::ALL {
            let wanted = BootSetting {
                boot_device,
                persistent: true,
                uefi: true,
            };
            let back = BootReadBack::new(read(flags(&wanted)));
            assert!(back.confirms(&wanted));
            assert_eq!(BootReadBack::in_force(read(flags(&wanted))), Ok(wanted));
            let stale = BootReadBack {
                valid: false,
                ..back
            };
            assert_eq!(stale.confirms(&wanted), boot_device == BootDevice::None);
            assert!(stale.same_device(&wanted));
        }
    }

    #[test]
    fn flags_that_are_not_valid_are_no_override() {
        let old = BootFlags {
            valid: false,
            persistent: true,
            efi: true,
            device: BootSelector::Pxe,
        };
        let none = BootSetting {
            boot_device: BootDevice::None,
            persistent: false,
            uefi: false,
        };
        assert_eq!(BootReadBack::in_force(read(old)), Ok(none));
        let floppy = BootFlags {
            valid: true,
            device: BootSelector::Other(0xF),
            ..old
        };
        assert_eq!(BootReadBack::in_force(read(floppy)), Err(0xF));
    }
}
