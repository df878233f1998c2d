//! Steps that set the boot device.

use std::time::Instant;

use crate::bmc::BmcError;
use crate::crash;
use crate::model::bmc::{BootDevice, BootSetting};
use crate::model::task::{Step, Task, TaskKind};
use crate::store::StoreError;
use crate::time;
use crate::worker::Context;
use crate::worker::exchange::NoReach;
use crate::worker::outcome;
use crate::worker::pace::Pace;
use crate::worker::runner::{Memory, Round};
use crate::worker::tried::Failure;

/// A delete tries this often to reset the boot device, and then goes on: the next deploy sets it anyway.
const TRIES_OF_A_DELETE: u32 = 3;

/// One round of a boot device step. Setting it again does no harm, so nothing has to be observed before.
pub async fn advance(
    context: &Context,
    task: Task,
    setting: BootSetting,
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
    let step = Step::BootDevice(setting);
    let started = time::instant();
    let set = reach.bmcs.set_boot_device(&reach.bmc, setting).await;
    context.record_health(&reach).await?;
    match set {
        Ok(read_back) => {
            crash::point("boot_answered");
            context.learn(&reach).await?;
            let wanted = setting.boot_device;
            // Flags are compared for the attempt's record only: BMCs are known that drop them and boot right all the same.
            if read_back.boot_device == Some(wanted) {
                memory.failures = 0;
                let tried = context.tried(
                    step,
                    "set",
                    Some(format!("the boot device is {wanted}")),
                    started,
                );
                return outcome::reached(context, task, None, tried).await;
            }
            let shown = read_back
                .boot_device
                .map_or("another", |device| device.as_str());
            let reason = format!("the BMC accepted boot device {wanted} but shows {shown}");
            again(
                context,
                task,
                step,
                started,
                "ignored",
                Failure::task(reason),
                memory,
            )
            .await
        }
        Err(BmcError::Stopping { .. }) => Ok(Round::Wait(Pace::last_retry())),
        // The task has ended, or is another since.
        Err(BmcError::CalledOff { .. }) => Ok(Round::Moved),
        Err(error) if error.is_permanent() => {
            refused(context, task, step, started, &error, memory).await
        }
        Err(error) => {
            let word = error.metric_label();
            again(
                context,
                task,
                step,
                started,
                word,
                Failure::of(&error),
                memory,
            )
            .await
        }
    }
}

/// Tries again until the deadline.
async fn again(
    context: &Context,
    task: Task,
    step: Step,
    started: Instant,
    word: &'static str,
    failure: Failure,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let tried = context.tried(step, word, Some(failure.reason().to_owned()), started);
    let enough = goes_on_without(&task, step) && memory.failures + 1 >= TRIES_OF_A_DELETE;
    if enough {
        return outcome::reached(context, task, None, tried).await;
    }
    outcome::tried(context, &task, tried).await?;
    if memory.left(context, &task).is_zero() {
        return outcome::give_up(context, task, failure, memory).await;
    }
    let pause = memory.retry_pause(context, &task);
    Ok(Round::Wait(pause.min(memory.left(context, &task))))
}

/// Whether the step is only a courtesy to whoever has the machine next. What a delete boots to wipe the machine is none.
fn goes_on_without(task: &Task, step: Step) -> bool {
    let resets =
        matches!(step, Step::BootDevice(setting) if setting.boot_device == BootDevice::None);
    task.kind == TaskKind::Delete && resets
}

/// Gives up at once; a delete goes on without.
async fn refused(
    context: &Context,
    task: Task,
    step: Step,
    started: Instant,
    error: &BmcError,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let tried = context.tried(step, error.metric_label(), Some(error.to_string()), started);
    if goes_on_without(&task, step) {
        return outcome::reached(context, task, None, tried).await;
    }
    outcome::tried(context, &task, tried).await?;
    outcome::give_up(context, task, Failure::of(error), memory).await
}
