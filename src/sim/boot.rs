//! System boot options (IPMI v2.0 §28.12 to §28.13): what a client wants the machine to start from.

use std::time::{Duration, Instant};

use serde::Serialize;

/// How long boot flags stay valid while no Chassis Control comes.
const VALID_FOR: Duration = Duration::from_secs(60);
/// Boot flags, first byte: valid, persistent, EFI.
const VALID: u8 = 0x80;
const PERSISTENT: u8 = 0x40;
const EFI: u8 = 0x20;
/// Parameter 3: do not clear the valid bit after 60 seconds without Chassis Control.
const KEEP_WITHOUT_CONTROL: u8 = 0x08;
/// Parameter 3: do not clear the valid bit when the power button starts the machine.
const KEEP_ON_BUTTON: u8 = 0x01;

/// From what a machine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Boot {
    /// The device of the boot flags, or `None` where there were no valid ones.
    pub device: Option<BootSource>,
    /// In UEFI mode; only boot flags say so.
    pub efi: bool,
    /// Because of flags that stay for every boot.
    pub persistent: bool,
}

/// The boot device selector of the boot flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BootSource {
    /// Valid flags that override nothing.
    NoOverride,
    /// The network.
    Pxe,
    /// The default hard disk.
    Disk,
    /// CD or DVD.
    Cdrom,
    /// The firmware's set-up.
    Bios,
    /// Another selector, 0 to 15.
    Other(u8),
}

impl BootSource {
    fn from_selector(selector: u8) -> Self {
        match selector {
            0x0 => Self::NoOverride,
            0x1 => Self::Pxe,
            0x2 => Self::Disk,
            0x5 => Self::Cdrom,
            0x6 => Self::Bios,
            other => Self::Other(other),
        }
    }
}

/// Who starts the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartedBy {
    Command,
    Button,
}

/// Why a boot option cannot be set or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BootOptionError {
    NoSuchParameter,
    AlreadyInProgress,
    WrongLength,
}

/// The parameters 0, 3, 4 and 5. The others are not supported, which the specification allows.
#[derive(Debug, Clone, Default)]
pub(super) struct BootOptions {
    set_in_progress: u8,
    valid_bit_clearing: u8,
    acknowledge: [u8; 2],
    flags: [u8; 5],
    /// Bit n: parameter n is marked invalid or locked.
    locked: u8,
    expires: Option<Instant>,
}

impl BootOptions {
    /// Set System Boot Options: selector with the lock bit, then the parameter's data.
    pub(super) fn set(&mut self, now: Instant, data: &[u8]) -> Result<(), BootOptionError> {
        let (selector, data) = data.split_first().ok_or(BootOptionError::WrongLength)?;
        let number = selector & 0x7f;
        if !matches!(number, 0 | 3 | 4 | 5) {
            return Err(BootOptionError::NoSuchParameter);
        }
        // A bare selector only marks the parameter valid or not.
        if !data.is_empty() {
            self.store(now, number, data)?;
        }
        let bit = 1 << number;
        self.locked = if selector & 0x80 == 0 {
            self.locked & !bit
        } else {
            self.locked | bit
        };
        Ok(())
    }

    fn store(&mut self, now: Instant, number: u8, data: &[u8]) -> Result<(), BootOptionError> {
        match (number, data) {
            (0, &[state]) => {
                if state & 0x03 == 1 && self.set_in_progress == 1 {
                    return Err(BootOptionError::AlreadyInProgress);
                }
                // 2 is "commit write", which this BMC has no use for: it ends the change as 0 does.
                self.set_in_progress = u8::from(state & 0x03 == 1);
            }
            (3, &[clearing]) => self.valid_bit_clearing = clearing & 0x1f,
            (4, &[mask, value]) => {
                let [_, old] = self.acknowledge;
                self.acknowledge = [0, (old & !mask) | (value & mask)];
            }
            (5, flags) => {
                self.flags = *flags.first_chunk().ok_or(BootOptionError::WrongLength)?;
                self.expires = self.is_valid().then(|| now + VALID_FOR);
            }
            _ => return Err(BootOptionError::WrongLength),
        }
        Ok(())
    }

    /// Get System Boot Options: parameter version, selector with its lock bit, data.
    pub(super) fn read(&self, selector: u8) -> Result<Vec<u8>, BootOptionError> {
        let number = selector & 0x7f;
        let data: &[u8] = match number {
            0 => &[self.set_in_progress],
            3 => &[self.valid_bit_clearing],
            4 => &self.acknowledge,
            5 => &self.flags,
            _ => return Err(BootOptionError::NoSuchParameter),
        };
        let lock = u8::from(self.locked & (1 << number) != 0) << 7;
        let mut out = vec![0x01, lock | number];
        out.extend(data);
        Ok(out)
    }

    /// Lets the valid bit go when its time is over.
    pub(super) fn settle(&mut self, now: Instant) {
        let over = self.expires.is_some_and(|at| at <= now);
        if over && self.valid_bit_clearing & KEEP_WITHOUT_CONTROL == 0 {
            self.invalidate();
        }
    }

    /// A Chassis Control came: the flags wait for the boot now, however long it takes.
    pub(super) fn on_control(&mut self, now: Instant) {
        self.settle(now);
        self.expires = None;
    }

    /// The machine starts: says from what, and uses up flags that were for one boot.
    pub(super) fn on_boot(&mut self, at: Instant, by: StartedBy) -> Boot {
        self.settle(at);
        if by == StartedBy::Button && self.valid_bit_clearing & KEEP_ON_BUTTON == 0 {
            self.invalidate();
        }
        let [first, second, ..] = self.flags;
        let valid = self.is_valid();
        let boot = Boot {
            device: valid.then(|| BootSource::from_selector((second >> 2) & 0x0f)),
            efi: valid && first & EFI != 0,
            persistent: valid && first & PERSISTENT != 0,
        };
        if boot.persistent {
            self.expires = None;
        } else {
            self.invalidate();
        }
        boot
    }

    fn is_valid(&self) -> bool {
        let [first, ..] = self.flags;
        first & VALID != 0
    }

    fn invalidate(&mut self) {
        let [first, ..] = &mut self.flags;
        *first &= !VALID;
        self.expires = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PXE_ONCE: [u8; 6] = [0x05, 0x80, 0x04, 0x00, 0x00, 0x00];
    const PXE_EFI_ALWAYS: [u8; 6] = [0x05, 0xe0, 0x04, 0x00, 0x00, 0x00];

    fn start() -> Instant {
        crate::time::instant()
    }

    #[test]
    fn flags_for_one_boot_are_used_up_by_it() {
        let (now, mut options) = (start(), BootOptions::default());
        options.set(now, &PXE_ONCE).unwrap();
        let first = options.on_boot(now, StartedBy::Command);
        assert_eq!(first.device, Some(BootSource::Pxe));
        assert_eq!(options.on_boot(now, StartedBy::Command).device, None);
        assert_eq!(options.read(5).unwrap()[2], 0x00, "the valid bit is gone");
    }

    #[test]
    fn persistent_efi_flags_stay_for_every_boot() {
        let (now, mut options) = (start(), BootOptions::default());
        options.set(now, &PXE_EFI_ALWAYS).unwrap();
        for _ in 0..3 {
            let boot = options.on_boot(now, StartedBy::Command);
            assert_eq!(boot.device, Some(BootSource::Pxe));
            assert!(boot.efi && boot.persistent);
        }
    }

    #[test]
    fn valid_bit_goes_after_a_minute_unless_parameter_3_or_a_control_keeps_it() {
        let now = start();
        let later = now + Duration::from_secs(60);
        let mut plain = BootOptions::default();
        plain.set(now, &PXE_ONCE).unwrap();
        let mut kept = plain.clone();
        kept.set(now, &[0x03, 0x08]).unwrap();
        let mut ordered = plain.clone();
        ordered.on_control(now);

        plain.settle(later - Duration::from_millis(1));
        assert_eq!(plain.read(5).unwrap()[2], 0x80);
        for options in [&mut plain, &mut kept, &mut ordered] {
            options.settle(later);
        }
        assert_eq!(plain.read(5).unwrap()[2], 0x00);
        assert_eq!(kept.read(5).unwrap()[2], 0x80);
        assert_eq!(ordered.read(5).unwrap()[2], 0x80);
    }

    #[test]
    fn power_button_clears_the_flags_unless_parameter_3_keeps_them() {
        let (now, mut options) = (start(), BootOptions::default());
        options.set(now, &PXE_ONCE).unwrap();
        assert_eq!(options.on_boot(now, StartedBy::Button).device, None);
        options.set(now, &[0x03, 0x01]).unwrap();
        options.set(now, &PXE_ONCE).unwrap();
        let boot = options.on_boot(now, StartedBy::Button);
        assert_eq!(boot.device, Some(BootSource::Pxe));
    }

    #[test]
    fn second_set_in_progress_is_refused_until_the_first_is_complete() {
        let (now, mut options) = (start(), BootOptions::default());
        assert_eq!(options.set(now, &[0x00, 0x01]), Ok(()));
        let again = options.set(now, &[0x00, 0x01]);
        assert_eq!(again, Err(BootOptionError::AlreadyInProgress));
        assert_eq!(options.set(now, &[0x00, 0x00]), Ok(()));
        assert_eq!(options.set(now, &[0x00, 0x01]), Ok(()));
    }

    #[test]
    fn parameters_that_are_not_there_and_data_that_is_too_short_are_refused() {
        let (now, mut options) = (start(), BootOptions::default());
        let unknown = options.set(now, &[0x07, 0x00]);
        assert_eq!(unknown, Err(BootOptionError::NoSuchParameter));
        assert_eq!(options.read(6), Err(BootOptionError::NoSuchParameter));
        for short in [&[][..], &[0x05, 0x80], &[0x04, 0x01], &[0x03, 0x00, 0x00]] {
            assert_eq!(options.set(now, short), Err(BootOptionError::WrongLength));
        }
    }
}
