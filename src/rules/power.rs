//! Power orders: the steps of each, what happens when two meet, and what to do next at a step.

use std::time::Duration;

use crate::model::power::{PowerAction, PowerState, PowerTarget};
use crate::model::task::{Step, Task, TaskKind};

/// The states that a power order goes through.
pub fn steps(target: PowerTarget) -> Vec<Step> {
    match target {
        PowerTarget::On => vec![Step::EnsureOn],
        PowerTarget::Off => vec![Step::EnsureOff],
        PowerTarget::Reboot => vec![Step::EnsureOff, Step::EnsureOn],
        PowerTarget::SoftOff => vec![Step::SoftOff],
        PowerTarget::SoftReboot => vec![Step::SoftOff, Step::EnsureOn],
    }
}

/// What becomes of an order that finds a task open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It asks for what is under way: it joins.
    Joins,
    /// It makes the task under way hard: `off` during `soft_off`.
    Hardens,
    /// It has to wait or be dropped.
    InTheWay,
}

/// What becomes of a power order that finds this task open.
pub fn admit(open: &Task, target: PowerTarget) -> Admission {
    match (open.kind, open.target) {
        (TaskKind::Power, Some(under_way)) if under_way == target => Admission::Joins,
        (TaskKind::Power, Some(PowerTarget::SoftOff)) if target == PowerTarget::Off => {
            Admission::Hardens
        }
        (
            TaskKind::Power
            | TaskKind::Deploy
            | TaskKind::Delete
            | TaskKind::BootDevice
            | TaskKind::RotatePassword,
            _,
        ) => Admission::InTheWay,
    }
}

/// What is known about the current step when it is decided.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// How long ago its last command was committed to be sent.
    pub since_issue: Option<Duration>,
    /// How many of its commands the BMC accepted.
    pub accepted: u32,
    /// The node's last command, of this task or an earlier one, whose state was not seen since, and how long ago it was
    /// committed to be sent.
    pub unsettled: Option<(PowerAction, Duration)>,
    /// How long after a command the old state is still believed to be a transition.
    pub grace: Duration,
    /// For how long the machine has been seen to be off; zero where it was not, or not before.
    pub off_for: Duration,
    /// How long it has to be off before it is turned on again.
    pub min_off: Duration,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The state is reached.
    Reached,
    /// Commit the intent, then send this.
    Send(PowerAction),
    /// A command is or may be at work: read again.
    Wait,
    /// The machine has not been off for long enough: send it after this.
    Rest(Duration),
}

/// Decides from what was just read what to do about a power step; `None` for a step that is not about power.
///
/// A command is sent when the state is not there and none is at work. One that may be at work is given `grace` before it
/// counts as ignored. A soft-off that the BMC accepted is never repeated: the operating system may take minutes, and a
/// second press of the button means "now" to some. A state that is there but may be about to turn, because an earlier
/// command to the contrary may still be at work, is not reached yet. A machine that has just been turned off rests before it
/// is turned on: power supplies need to discharge.
pub fn next(step: Step, seen: PowerState, progress: Progress) -> Option<Next> {
    let action = action(step)?;
    if seen == action.leads_to() {
        let may_turn = |(last, since): (PowerAction, Duration)| {
            last.leads_to() != seen && since < progress.grace
        };
        return Some(if progress.unsettled.is_some_and(may_turn) {
            Next::Wait
        } else {
            Next::Reached
        });
    }
    let Some(since_issue) = progress.since_issue else {
        let rest = progress.min_off.saturating_sub(progress.off_for);
        let rests = action == PowerAction::On && !rest.is_zero();
        return Some(if rests {
            Next::Rest(rest)
        } else {
            Next::Send(action)
        });
    };
    let soft_and_accepted = action == PowerAction::SoftOff && progress.accepted > 0;
    let at_work = soft_and_accepted || since_issue < progress.grace;
    Some(if at_work {
        Next::Wait
    } else {
        Next::Send(action)
    })
}

/// The command of a power step; `None` for other steps.
pub fn action(step: Step) -> Option<PowerAction> {
    match step {
        Step::EnsureOff => Some(PowerAction::Off),
        Step::EnsureOn => Some(PowerAction::On),
        Step::SoftOff => Some(PowerAction::SoftOff),
        Step::BootDevice(_) | Step::RotatePassword | Step::FetchImage | Step::Await(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(30);

    fn progress(since_issue: Option<u64>, accepted: u32) -> Progress {
        let since_issue = since_issue.map(Duration::from_secs);
        Progress {
            since_issue,
            accepted,
            unsettled: None,
            grace: GRACE,
            off_for: Duration::ZERO,
            min_off: Duration::ZERO,
        }
    }

    #[test]
    fn a_state_that_an_earlier_command_may_still_turn_is_not_reached() {
        let after = |action, secs| Progress {
            unsettled: Some((action, Duration::from_secs(secs))),
            ..progress(None, 0)
        };
        let off_after = |action, secs| next(Step::EnsureOff, PowerState::Off, after(action, secs));
        assert_eq!(off_after(PowerAction::On, 5), Some(Next::Wait));
        assert_eq!(off_after(PowerAction::On, 30), Some(Next::Reached));
        assert_eq!(off_after(PowerAction::Off, 5), Some(Next::Reached));
    }

    #[test]
    fn every_power_step_in_every_situation_does_what_the_table_says() {
        use PowerState::{Off, On};
        let send = |action| Next::Send(action);
        let table = [
            (Step::EnsureOn, On, progress(None, 0), Next::Reached),
            (
                Step::EnsureOn,
                Off,
                progress(None, 0),
                send(PowerAction::On),
            ),
            (Step::EnsureOn, Off, progress(Some(10), 0), Next::Wait),
            (Step::EnsureOn, Off, progress(Some(10), 1), Next::Wait),
            (
                Step::EnsureOn,
                Off,
                progress(Some(30), 1),
                send(PowerAction::On),
            ),
            (Step::EnsureOn, On, progress(Some(30), 1), Next::Reached),
            (Step::EnsureOff, Off, progress(None, 0), Next::Reached),
            (
                Step::EnsureOff,
                On,
                progress(None, 0),
                send(PowerAction::Off),
            ),
            (Step::EnsureOff, On, progress(Some(1), 0), Next::Wait),
            (
                Step::EnsureOff,
                On,
                progress(Some(90), 0),
                send(PowerAction::Off),
            ),
            (Step::SoftOff, Off, progress(None, 0), Next::Reached),
            (
                Step::SoftOff,
                On,
                progress(None, 0),
                send(PowerAction::SoftOff),
            ),
            (Step::SoftOff, On, progress(Some(90), 1), Next::Wait),
            (
                Step::SoftOff,
                On,
                progress(Some(90), 0),
                send(PowerAction::SoftOff),
            ),
        ];
        for (step, seen, progress, expected) in table {
            let got = next(step, seen, progress);
            assert_eq!(got, Some(expected), "{step:?} {seen} {progress:?}");
        }
    }

    #[test]
    fn a_machine_rests_after_it_was_turned_off_and_before_nothing_else() {
        let rested = |secs| Progress {
            off_for: Duration::from_secs(secs),
            min_off: Duration::from_secs(5),
            ..progress(None, 0)
        };
        let on = |secs| next(Step::EnsureOn, PowerState::Off, rested(secs));
        assert_eq!(on(2), Some(Next::Rest(Duration::from_secs(3))));
        assert_eq!(on(5), Some(Next::Send(PowerAction::On)));
        let off = next(Step::EnsureOff, PowerState::On, rested(0));
        assert_eq!(off, Some(Next::Send(PowerAction::Off)));
    }

    #[test]
    fn a_reboot_of_a_machine_that_is_off_ends_on() {
        assert_eq!(
            steps(PowerTarget::Reboot),
            [Step::EnsureOff, Step::EnsureOn]
        );
    }
}
