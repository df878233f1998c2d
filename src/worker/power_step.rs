//! Steps that are states of the power: observe, and only if needed commit the intent, send, observe.

use std::time::{Duration, Instant};

use crate::bmc::{BmcError, Certainty, Urgency};
use crate::crash;
use crate::model::power::{PowerAction, PowerState};
use crate::model::task::{Step, Task};
use crate::rules::power::{Next, Progress, action, next};
use crate::store::power::KnownPower;
use crate::store::{self, StoreError};
use crate::time;
use crate::worker::Context;
use crate::worker::exchange::{NoReach, Reach};
use crate::worker::journal;
use crate::worker::outcome;
use crate::worker::pace::Pace;
use crate::worker::runner::{Memory, Round};
use crate::worker::tried::{Failure, Tried};

/// One round of a power step.
pub async fn advance(
    context: &Context,
    task: Task,
    step: Step,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let reach = match context.reach(task.node_id)? {
        Ok(reach) => reach,
        Err(NoReach::Gone) => return Ok(Round::Ended),
        Err(NoReach::Sealed(error)) => {
            return outcome::give_up(context, task, Failure::contact(error.to_string()), memory)
                .await;
        }
    };
    let started = time::instant();
    let read = reach.bmcs.chassis_status(&reach.bmc, Urgency::User).await;
    context.record_health(&reach).await?;
    match read {
        Ok(status) => {
            context.learn(&reach).await?;
            memory.failures = 0;
            let tried = context.tried(
                step,
                "read",
                Some(format!("the BMC says {}", status.power)),
                started,
            );
            decide(context, task, step, status.power, tried, &reach, memory).await
        }
        Err(error) => unread(context, task, step, &error, started, memory).await,
    }
}

/// What was read is recorded, and decides what happens next.
async fn decide(
    context: &Context,
    task: Task,
    step: Step,
    seen: PowerState,
    tried: Tried,
    reach: &Reach,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let node = task.node_id;
    let known = context
        .store
        .read(|connection| store::power::find(connection, node))?;
    let unsettled = known.as_ref().and_then(|known| known.unsettled);
    let progress = Progress {
        since_issue: task.issued_at.map(|at| memory.anchors.since(at)),
        accepted: task.accepted,
        unsettled: unsettled.map(|(action, at)| (action, memory.anchors.since(at))),
        grace: reach.grace(context.settings().grace),
        off_for: off_for(known.as_ref(), memory),
        min_off: min_off(context, known.as_ref()),
    };
    let Some(next) = next(step, seen, progress) else {
        return Ok(Round::Moved);
    };
    let is_late = memory.left(context, &task).is_zero();
    match next {
        Next::Reached => outcome::reached(context, task, Some(seen), tried).await,
        Next::Wait | Next::Send(_) if is_late && step == Step::SoftOff && task.escalate => {
            escalate(context, task, step).await
        }
        Next::Wait | Next::Rest(_) | Next::Send(_) if is_late => {
            outcome::observed(context, &task, seen, tried).await?;
            let failure = too_late(&task, step, seen);
            outcome::give_up(context, task, failure, memory).await
        }
        Next::Rest(rest) => {
            let tried = tried.held(format!(
                "the machine stays off for {} s before it is turned on",
                progress.min_off.as_secs()
            ));
            outcome::held(context, &task, seen, tried, rest).await?;
            Ok(Round::Wait(rest))
        }
        Next::Wait => {
            outcome::observed(context, &task, seen, tried).await?;
            Ok(Round::Wait(
                memory.pace.next_look().min(memory.left(context, &task)),
            ))
        }
        Next::Send(PowerAction::On) if memory.permit.is_none() => {
            match context.budgets.try_acquire(&context.store, node)? {
                Some(permit) => memory.permit = Some(permit),
                None => return queue(context, &task, seen, tried, memory).await,
            }
            send(context, task, PowerAction::On, seen, tried, reach, memory).await
        }
        Next::Send(action) => send(context, task, action, seen, tried, reach, memory).await,
    }
}

/// Waits for its turn in the budgets of power-ons, and looks again after that.
async fn queue(
    context: &Context,
    task: &Task,
    seen: PowerState,
    tried: Tried,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let tried = tried.held("waits for its turn in the budget of power-ons".to_owned());
    outcome::held(context, task, seen, tried, Duration::ZERO).await?;
    let longest = task.timeout_secs.map(|_| memory.left(context, task));
    Ok(Round::Queue(longest))
}

/// The operating system had its time: the power is cut.
async fn escalate(context: &Context, task: Task, step: Step) -> Result<Round, StoreError> {
    let detail = "the operating system did not shut down in time: the power is cut".to_owned();
    let tried = context.tried(step, "escalated", Some(detail), time::instant());
    outcome::escalated(context, task, tried).await
}

/// For how long the machine has been seen to be off. What was not known before may have been turned off just now.
fn off_for(known: Option<&KnownPower>, memory: &mut Memory) -> Duration {
    known
        .filter(|known| known.state == Some(PowerState::Off))
        .and_then(|known| known.at)
        .map_or(Duration::ZERO, |at| memory.anchors.since(at))
}

fn min_off(context: &Context, known: Option<&KnownPower>) -> Duration {
    known
        .and_then(|known| known.min_off_secs)
        .map_or(context.settings().min_off, |secs| {
            Duration::from_secs(secs.into())
        })
}

/// The intent is on disk before the packet leaves; what came back is on disk before anything else is done.
async fn send(
    context: &Context,
    task: Task,
    action: PowerAction,
    seen: PowerState,
    tried: Tried,
    reach: &Reach,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let step = task
        .steps
        .get(task.step)
        .copied()
        .unwrap_or(Step::EnsureOff);
    memory.permit = None;
    let Some(mut task) = outcome::issue(context, task, action, seen, tried).await? else {
        return Ok(Round::Moved);
    };
    let started = time::instant();
    let result = reach.bmcs.chassis_control(&reach.bmc, action).await;
    crash::point("control_answered");
    let (word, detail) = match &result {
        Ok(()) => ("accepted", format!("the BMC accepted {action}")),
        Err(error) => (error.metric_label(), error.to_string()),
    };
    journal::answered(&task, reach, action.as_str(), &result, started.elapsed());
    let tried = context.tried(step, word, Some(detail), started);
    let certainty = result.as_ref().err().map(BmcError::certainty);
    outcome::answered(context, &mut task, certainty, tried).await?;
    memory.see(context, &task);
    match result {
        Err(error) if error.is_permanent() && certainty != Some(Certainty::MaybeSent) => {
            outcome::give_up(context, task, Failure::of(&error), memory).await
        }
        Err(_) if certainty != Some(Certainty::MaybeSent) => {
            Ok(Round::Wait(memory.retry_pause(context, &task)))
        }
        Ok(()) | Err(_) => Ok(Round::Wait(memory.pace.next_look())),
    }
}

/// The state could not be read: try again, unless that is pointless or too late.
async fn unread(
    context: &Context,
    task: Task,
    step: Step,
    error: &BmcError,
    started: Instant,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    if matches!(error, BmcError::Stopping { .. }) {
        return Ok(Round::Wait(Pace::last_retry()));
    }
    if matches!(error, BmcError::CalledOff { .. }) {
        // The task has ended, or is another since.
        return Ok(Round::Moved);
    }
    let tried = context.tried(step, error.metric_label(), Some(error.to_string()), started);
    if error.is_permanent() || is_lost(context, &task, memory) {
        outcome::lost(context, &task, tried).await?;
    } else {
        outcome::tried(context, &task, tried).await?;
    }
    let is_late = memory.left(context, &task).is_zero();
    if is_late && step == Step::SoftOff && task.escalate {
        return escalate(context, task, step).await;
    }
    if error.is_permanent() || is_late {
        return outcome::give_up(context, task, Failure::of(error), memory).await;
    }
    let pause = memory.retry_pause(context, &task);
    Ok(Round::Wait(pause.min(memory.left(context, &task))))
}

/// Whether so many reads have failed that the power is unknown. Right after a command they do not count: BMCs are known that
/// fail for seconds when the power changes.
fn is_lost(context: &Context, task: &Task, memory: &mut Memory) -> bool {
    let settings = context.settings();
    let settling = task
        .issued_at
        .is_some_and(|at| memory.anchors.since(at) < settings.grace);
    !settling && memory.failures + 1 >= settings.unreachable_after_misses
}

/// Why a state that can be read was not reached in time.
fn too_late(task: &Task, step: Step, seen: PowerState) -> Failure {
    let action = action(step).unwrap_or(PowerAction::Off);
    let times = match task.accepted {
        1 => String::new(),
        count => format!(" {count} times"),
    };
    let (seen_word, last) = (word(seen), task.error.as_deref());
    let opposite = match seen {
        PowerState::On => PowerState::Off,
        PowerState::Off => PowerState::On,
    };
    Failure::task(match (step, task.accepted) {
        _ if seen == action.leads_to() => format!(
            "the power is {seen_word}, but an earlier command may still be at work that turns it {}: order it again in a \
             minute, or raise the timeout",
            word(opposite)
        ),
        (Step::SoftOff, 1..) => {
            "the operating system was asked to shut down and did not in time: order off to cut \
             the power, or raise the timeout"
                .to_owned()
        }
        (_, 0) if task.issued_at.is_some() => format!(
            "the BMC did not confirm {action} and the power stayed {seen_word}: look at the machine, then order it again"
        ),
        (_, 0) => match last {
            Some(last) => format!(
                "the power stayed {seen_word}: {action} could not be delivered in time; the last attempt: {last}"
            ),
            None => format!(
                "the power stayed {seen_word}: the time was over before {action} could be sent; order it again"
            ),
        },
        _ => format!(
            "the BMC accepted {action}{times} but the power stayed {seen_word}: look at the machine"
        ),
    })
}

fn word(state: PowerState) -> &'static str {
    match state {
        PowerState::On => "on",
        PowerState::Off => "off",
    }
}
