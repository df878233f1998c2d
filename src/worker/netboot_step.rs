//! Steps that wait for what a machine does on its way from the power button to a running system.
//!
//! Who saw it has written it to the table `milestones`, and the runner is woken. Nothing is sent to the BMC; now and then the
//! power is read, because a node with a task is not polled: what is shown of it stays true, and a machine that somebody has
//! turned off is told as that.

use std::time::{Duration, Instant};

use crate::bmc::{BmcError, Urgency};
use crate::model::netboot::{Milestone, Reached};
use crate::model::power::PowerState;
use crate::model::task::{Step, Task};
use crate::store::{self, StoreError};
use crate::time;
use crate::worker::Context;
use crate::worker::netboot_record;
use crate::worker::outcome;
use crate::worker::pace::jittered;
use crate::worker::runner::{Memory, Round};
use crate::worker::tried::{Failure, Tried};

/// Why there is nothing to wait for after a restart with other settings.
pub(super) const NOBODY_BOOTS: &str =
    "network boot was turned off meanwhile: set netboot.listen again, and restart ostlerd";

/// One round of waiting. What comes after the awaited milestone counts for it too: not all that boots asks for all.
pub async fn advance(
    context: &Context,
    task: Task,
    awaited: Milestone,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let (step, started) = (Step::Await(awaited), time::instant());
    let seen = context
        .store
        .read(|connection| store::netboot::list(connection, task.id))?;
    if let Some(reached) = seen.iter().find(|of| of.milestone >= awaited) {
        let tried = context.tried(step, "seen", Some(told(reached)), started);
        memory.next_reading = None;
        return outcome::reached(context, task, None, tried).await;
    }
    if !context.settings().netboot.is_on {
        let failure = Failure::task(NOBODY_BOOTS.to_owned());
        return outcome::give_up(context, task, failure, memory).await;
    }
    let is_late = memory.left(context, &task).is_zero();
    let power = read_if_due(context, &task, step, is_late, memory).await?;
    if !is_late {
        return Ok(Round::Wait(pause(context, &task, memory)));
    }
    let failure = Failure::task(missed(context, awaited, &seen, power));
    if awaited == Milestone::Script {
        let detail = Some(failure.reason().to_owned());
        let tried = context.tried(step, "missed", detail, started);
        if power == Some(PowerState::Off) {
            // Somebody wants it off: it is left alone.
            outcome::tried(context, &task, tried).await?;
        } else if netboot_record::set_up_again(context, &task, tried).await? {
            memory.next_reading = None;
            return Ok(Round::Moved);
        }
    }
    outcome::give_up(context, task, failure, memory).await
}

/// Until the next reading or the deadline, whichever is first; a milestone ends it.
fn pause(context: &Context, task: &Task, memory: &mut Memory) -> Duration {
    let left = memory.left(context, task);
    let next = memory.next_reading;
    next.map_or(left, |next| {
        left.min(next.saturating_duration_since(time::instant()))
    })
}

/// Reads the power at the pace of polling, and at the end in any case. Gives what the BMC said now.
async fn read_if_due(
    context: &Context,
    task: &Task,
    step: Step,
    is_late: bool,
    memory: &mut Memory,
) -> Result<Option<PowerState>, StoreError> {
    let now = time::instant();
    let interval = context.settings().poll_interval;
    // The step before this one has just read it.
    let next = *memory
        .next_reading
        .get_or_insert_with(|| later(now, interval));
    if now < next && !is_late {
        return Ok(None);
    }
    memory.next_reading = Some(later(now, interval));
    let Ok(reach) = context.reach(task.node_id)? else {
        return Ok(None);
    };
    let read = reach.bmcs.chassis_status(&reach.bmc, Urgency::Poll).await;
    context.record_health(&reach).await?;
    match read {
        Ok(status) => {
            context.learn(&reach).await?;
            memory.failures = 0;
            let detail = Some(format!("the BMC says {}", status.power));
            let tried = context.tried(step, "read", detail, now);
            outcome::observed(context, task, status.power, tried).await?;
            Ok(Some(status.power))
        }
        Err(BmcError::Stopping { .. } | BmcError::CalledOff { .. }) => Ok(None),
        Err(error) => {
            memory.failures = memory.failures.saturating_add(1);
            let tried = context.tried(step, error.metric_label(), Some(error.to_string()), now);
            unread(context, task, &error, tried, memory.failures).await?;
            Ok(None)
        }
    }
}

/// The machine goes on all the same; but its power is unknown after a few of these.
async fn unread(
    context: &Context,
    task: &Task,
    error: &BmcError,
    tried: Tried,
    failures: u32,
) -> Result<(), StoreError> {
    if error.is_permanent() || failures >= context.settings().unreachable_after_misses {
        outcome::lost(context, task, tried).await
    } else {
        outcome::tried(context, task, tried).await
    }
}

fn later(now: Instant, interval: Duration) -> Instant {
    now.checked_add(jittered(interval)).unwrap_or(now)
}

/// `kernel fetched by 10.0.0.7`
fn told(reached: &Reached) -> String {
    let what = reached.milestone.in_words();
    match &reached.detail {
        Some(detail) => format!("{what}: {detail}"),
        None => what.to_owned(),
    }
}

/// Why a milestone was not reached, and what to look at.
fn missed(
    context: &Context,
    awaited: Milestone,
    seen: &[Reached],
    power: Option<PowerState>,
) -> String {
    let time = outcome::time_for(&context.settings(), Some(&Step::Await(awaited)));
    let did_not = match awaited {
        Milestone::Script => "the machine did not ask for its boot script",
        Milestone::Kernel => "the machine asked for its boot script and then not for its kernel",
        Milestone::Initrd => "the machine asked for its kernel and then not for its initrd",
        Milestone::Data => "the machine fetched its kernel and then did not ask for its data",
        Milestone::PhoneHome => "the machine did not phone home",
    };
    let look = match awaited {
        _ if power == Some(PowerState::Off) => {
            "its power is off, which ostlerd did not order: find out who or what turned it off"
        }
        Milestone::Script => {
            "see that it boots from the network, that DHCP gives it the URL of /boot.ipxe, and that its ports are registered with \
             their MAC addresses"
        }
        Milestone::Kernel | Milestone::Initrd => {
            "look at its console, and see that it reaches the boot service"
        }
        Milestone::Data => {
            "look at its console; its system has to read the data at ${data_url}, which the image's kernel_args pass on"
        }
        Milestone::PhoneHome => {
            "look at its console; cloud-init does it at the end of its first boot, other systems have to POST to \
             ${phone_home_url}"
        }
    };
    let last = seen.last().map_or(String::new(), |last| {
        format!(" (the last that was seen is: {})", told(last))
    });
    format!("{did_not} within {}{last}: {look}", in_words(time))
}

/// `15 min`, `90 s`
fn in_words(time: Duration) -> String {
    let secs = time.as_secs();
    if secs >= 120 && secs.is_multiple_of(60) {
        format!("{} min", secs / 60)
    } else {
        format!("{secs} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_minutes_where_they_are_whole() {
        let table = [
            (900, "15 min"),
            (60, "60 s"),
            (119, "119 s"),
            (121, "121 s"),
        ];
        for (secs, words) in table {
            assert_eq!(in_words(Duration::from_secs(secs)), words);
        }
    }
}
