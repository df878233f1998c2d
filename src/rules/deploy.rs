//! What a machine goes through to become an instance, and to be free again.

use crate::model::bmc::{BootDevice, BootSetting};
use crate::model::image::{Completion, ImageBoot};
use crate::model::netboot::Milestone;
use crate::model::task::Step;

/// The firmware's own order again.
const RESET: BootSetting = BootSetting {
    boot_device: BootDevice::None,
    persistent: false,
    uefi: false,
};

/// The steps of a deploy that the daemon does not boot itself. The boot device is set while the machine is off, just before
/// the power edge: BMCs forget it, some after a minute.
pub fn deploy_steps(boot: ImageBoot, uefi: bool) -> Vec<Step> {
    match boot {
        ImageBoot::Disk => vec![Step::EnsureOff, Step::EnsureOn],
        ImageBoot::Network | ImageBoot::External => power_on_to_network(uefi).into(),
    }
}

/// The steps of a deploy that the daemon boots: what it serves is here before the machine is touched.
pub fn netboot_steps(completion: Completion, uefi: bool) -> Vec<Step> {
    let mut steps = vec![Step::FetchImage];
    steps.extend(power_on_to_network(uefi));
    match completion {
        Completion::PowerOn => {}
        Completion::PhoneHome => steps.extend([
            Step::Await(Milestone::Script),
            Step::Await(Milestone::Kernel),
            Step::Await(Milestone::Data),
            Step::Await(Milestone::PhoneHome),
        ]),
    }
    steps
}

/// The steps of a delete: off; and the boot device back, if the deploy had set one.
pub fn delete_steps(boot: Option<ImageBoot>) -> Vec<Step> {
    match boot {
        Some(ImageBoot::Network | ImageBoot::External) => {
            vec![Step::EnsureOff, Step::BootDevice(RESET)]
        }
        Some(ImageBoot::Disk) | None => vec![Step::EnsureOff],
    }
}

/// The steps of a delete that wipes the machine first, with an image that does that and then phones home. It needs no data.
pub fn scrub_steps(uefi: bool) -> Vec<Step> {
    let mut steps = vec![Step::FetchImage];
    steps.extend(power_on_to_network(uefi));
    steps.extend([
        Step::Await(Milestone::Script),
        Step::Await(Milestone::Kernel),
        Step::Await(Milestone::PhoneHome),
        Step::EnsureOff,
        Step::BootDevice(RESET),
    ]);
    steps
}

/// Where a machine is set up again that did not ask for anything: the last power-off before this step.
pub fn set_up_from(steps: &[Step], at: usize) -> Option<usize> {
    steps
        .iter()
        .take(at)
        .rposition(|step| *step == Step::EnsureOff)
}

/// Whether a machine is about to be booted from this power-off on: what was seen of it before was an earlier boot.
pub fn boots_after(steps: &[Step], at: usize) -> bool {
    let rest = steps.get(at..).unwrap_or_default();
    rest.first() == Some(&Step::EnsureOff)
        && rest.contains(&Step::EnsureOn)
        && steps.contains(&Step::FetchImage)
}

/// Whether a delete at this step has not wiped its machine yet: what does not go well there begins again from the first
/// step.
pub fn is_scrubbing(steps: &[Step], at: usize) -> bool {
    let awaits = |step: &Step| matches!(step, Step::Await(_));
    steps
        .iter()
        .rposition(awaits)
        .is_some_and(|last| at <= last)
}

fn power_on_to_network(uefi: bool) -> [Step; 3] {
    let pxe_once = BootSetting {
        boot_device: BootDevice::Pxe,
        persistent: false,
        uefi,
    };
    [Step::EnsureOff, Step::BootDevice(pxe_once), Step::EnsureOn]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(steps: &[Step]) -> Vec<&'static str> {
        steps.iter().map(|step| step.as_str()).collect()
    }

    #[test]
    fn nothing_is_touched_before_what_it_boots_is_here() {
        for completion in [Completion::PowerOn, Completion::PhoneHome] {
            let steps = netboot_steps(completion, true);
            assert_eq!(steps.first(), Some(&Step::FetchImage));
            assert_eq!(
                words(&steps)[1..4],
                ["ensure_off", "boot_device", "ensure_on"]
            );
            assert_eq!(
                steps.len(),
                if completion == Completion::PowerOn {
                    4
                } else {
                    8
                }
            );
        }
        assert_eq!(scrub_steps(false).first(), Some(&Step::FetchImage));
    }

    #[test]
    fn a_machine_is_set_up_again_from_the_power_off_that_began_its_boot() {
        let deploy = netboot_steps(Completion::PhoneHome, false);
        assert_eq!(set_up_from(&deploy, 4), Some(1));
        assert_eq!(set_up_from(&scrub_steps(false), 4), Some(1));
        assert_eq!(set_up_from(&deploy, 1), None);
        assert_eq!(set_up_from(&[], 4), None);
    }

    #[test]
    fn only_the_power_off_that_a_boot_follows_forgets_earlier_boots() {
        let table: [(Vec<Step>, &[usize]); 4] = [
            (netboot_steps(Completion::PowerOn, false), &[1]),
            (scrub_steps(false), &[1]),
            (deploy_steps(ImageBoot::External, false), &[]),
            (delete_steps(Some(ImageBoot::Network)), &[]),
        ];
        for (steps, expected) in table {
            let found: Vec<usize> = (0..=steps.len())
                .filter(|at| boots_after(&steps, *at))
                .collect();
            assert_eq!(found, expected, "{:?}", words(&steps));
        }
    }

    #[test]
    fn a_delete_scrubs_until_the_machine_has_phoned_home() {
        let steps = scrub_steps(true);
        let scrubbing: Vec<bool> = (0..=steps.len())
            .map(|at| is_scrubbing(&steps, at))
            .collect();
        let expected = [
            true, true, true, true, true, true, true, false, false, false,
        ];
        assert_eq!(scrubbing, expected);
        assert!(!is_scrubbing(&delete_steps(Some(ImageBoot::Network)), 0));
    }
}
