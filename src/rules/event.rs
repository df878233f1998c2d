//! Why a machine's power is another than it was.

use std::time::Duration;

use crate::model::event::Cause;
use crate::model::power::{PowerAction, PowerState};

/// A hard command that shows this late is no longer believed to be the cause: BMCs that queue one act within minutes.
const LATE: Duration = Duration::from_secs(15 * 60);
/// Operating systems have been seen to shut down after an hour of installing updates.
const LATE_SOFT: Duration = Duration::from_secs(2 * 60 * 60);

/// The cause of a reading that is another than the one before. `unsettled` is the last chassis command whose state was not
/// seen since, and how long ago it was committed to be sent.
pub fn cause_of_change(
    before: Option<PowerState>,
    seen: PowerState,
    unsettled: Option<(PowerAction, Duration)>,
) -> Cause {
    if let Some((action, since)) = unsettled
        && action.leads_to() == seen
        && since < latest_effect(action)
    {
        return Cause::Task;
    }
    match before {
        Some(_) => Cause::Outside,
        None => Cause::Contact,
    }
}

fn latest_effect(action: PowerAction) -> Duration {
    match action {
        PowerAction::On | PowerAction::Off => LATE,
        PowerAction::SoftOff => LATE_SOFT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_tasks_only_if_its_command_leads_there_and_is_recent() {
        use PowerState::{Off, On};
        let after = |action, secs| Some((action, Duration::from_secs(secs)));
        let table = [
            (Some(On), Off, None, Cause::Outside),
            (None, Off, None, Cause::Contact),
            (Some(On), Off, after(PowerAction::Off, 3), Cause::Task),
            (None, Off, after(PowerAction::Off, 3), Cause::Task),
            (Some(Off), On, after(PowerAction::Off, 3), Cause::Outside),
            (Some(On), Off, after(PowerAction::Off, 3600), Cause::Outside),
            (
                Some(On),
                Off,
                after(PowerAction::SoftOff, 3600),
                Cause::Task,
            ),
            (
                Some(On),
                Off,
                after(PowerAction::SoftOff, 9000),
                Cause::Outside,
            ),
        ];
        for (before, seen, unsettled, expected) in table {
            let got = cause_of_change(before, seen, unsettled);
            assert_eq!(got, expected, "{before:?} {seen} {unsettled:?}");
        }
    }
}
