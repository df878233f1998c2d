//! One task, step by step, until it ends.

use std::time::{Duration, Instant};

use crate::model::ids::TaskId;
use crate::model::task::{Step, Task, TaskKind};
use crate::store::{self, StoreError};
use crate::wake::Wake;
use crate::worker::anchor::Anchors;
use crate::worker::budget::Permit;
use crate::worker::pace::Pace;
use crate::worker::{
    Context, WorkerError, WorkerSettings, boot_step, fetch_step, netboot_step, outcome,
    password_step, power_step, sleep_or,
};

/// What became of one round.
pub enum Round {
    /// Something moved: go on at once.
    Moved,
    /// Look again after this long.
    Wait(Duration),
    /// Wait for leave to turn the machine on, for at most this long.
    Queue(Option<Duration>),
    /// The task has ended.
    Ended,
}

/// What a runner remembers between rounds; all of it can be lost in a restart.
#[derive(Debug, Default)]
pub struct Memory {
    /// Stored times on the monotonic clock.
    pub anchors: Anchors,
    /// How long the task has at least, whatever its stored deadline says: one that was found at the start of the process is
    /// looked at, and may be tried once more, before it is given up.
    pub least: Duration,
    /// Pauses.
    pub pace: Pace,
    /// Leave to turn the machine on that was waited for.
    pub permit: Option<Permit>,
    /// Attempts of the current step that failed in a row.
    pub failures: u32,
    /// Downloads that are waited for.
    pub joined: fetch_step::Joined,
    /// When the power is read next of a machine that is waited for.
    pub next_reading: Option<Instant>,
}

/// The longest that a machine may be told to rest before it is turned on.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// A database that fails is tried again after this: the disk may be full for a while.
const STORE_RETRY: Duration = Duration::from_secs(1);

/// Works on a task until it is done, failed or cancelled. `at_start`: it is left from an earlier process.
pub async fn run(
    context: Context,
    id: TaskId,
    at_start: bool,
    nudge: Wake,
) -> Result<(), WorkerError> {
    let mut memory = Memory::default();
    if at_start {
        memory.least = context.settings().grace + Pace::last_retry();
    }
    loop {
        let mut result = round(&context, id, &mut memory).await;
        if let Ok(Round::Queue(longest)) = result {
            result = queue(&context, id, &nudge, longest, &mut memory).await;
        }
        let pause = match result {
            Ok(Round::Moved | Round::Queue(_)) => continue,
            Ok(Round::Wait(pause)) => pause,
            Ok(Round::Ended) => return Ok(()),
            Err(error @ (StoreError::WriterGone | StoreError::Closed)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(task = %id, error = %crate::telemetry::Chain(&error), "task cannot be recorded");
                STORE_RETRY
            }
        };
        sleep_or(&nudge, pause).await;
    }
}

/// Waits for a place in the budgets, unless there is something else to look at first. Either way the step has its whole time
/// again: waiting is nobody's failure.
async fn queue(
    context: &Context,
    id: TaskId,
    nudge: &Wake,
    longest: Option<Duration>,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let task = context
        .store
        .read(|connection| store::task::find(connection, id))?;
    let Some(task) = task else {
        return Ok(Round::Ended);
    };
    memory.permit = tokio::select! {
        () = nudge.notified() => None,
        () = tokio::time::sleep(longest.unwrap_or(Duration::MAX)) => None,
        permit = context.budgets.acquire(&context.store, task.node_id) => Some(permit?),
    };
    outcome::renew(context, &task).await?;
    Ok(Round::Moved)
}

async fn round(context: &Context, id: TaskId, memory: &mut Memory) -> Result<Round, StoreError> {
    let task = context
        .store
        .read(|connection| store::task::find(connection, id))?;
    let Some(task) = task.filter(|task| task.state.is_open()) else {
        return Ok(Round::Ended);
    };
    memory.see(context, &task);
    match task.steps.get(task.step).copied() {
        None => outcome::finish(context, task).await,
        Some(Step::BootDevice(setting)) => boot_step::advance(context, task, setting, memory).await,
        Some(Step::RotatePassword) => password_step::advance(context, task, memory).await,
        Some(Step::FetchImage) => fetch_step::advance(context, task, memory).await,
        Some(Step::Await(milestone)) => {
            netboot_step::advance(context, task, milestone, memory).await
        }
        Some(step @ (Step::EnsureOff | Step::EnsureOn | Step::SoftOff)) => {
            power_step::advance(context, task, step, memory).await
        }
    }
}

/// How far ahead the deadline of a task's current step can be, pauses that come before it included.
fn longest_wait(settings: &WorkerSettings, task: &Task) -> Duration {
    let step = task.steps.get(task.step);
    let rest = match step {
        Some(Step::EnsureOn) => LONGEST_REST,
        Some(_) | None => Duration::ZERO,
    };
    let pause = match task.kind {
        // Pauses are a little longer or shorter than they are said to be.
        TaskKind::Delete => settings.backoff_max.saturating_mul(2),
        TaskKind::Power | TaskKind::Deploy | TaskKind::BootDevice | TaskKind::RotatePassword => {
            Duration::ZERO
        }
    };
    outcome::time_for(settings, step) + rest + pause
}

impl Memory {
    /// How long the current step has left.
    pub fn left(&mut self, context: &Context, task: &Task) -> Duration {
        let longest = task.timeout_secs.map_or_else(
            || longest_wait(&context.settings(), task),
            |secs| Duration::from_secs(secs.into()),
        );
        self.anchors.until(task.deadline_at, self.least, longest)
    }

    /// Takes over the task's times before anything is waited for: what was stored a moment ago is as old as it says.
    pub fn see(&mut self, context: &Context, task: &Task) {
        self.left(context, task);
        if let Some(at) = task.issued_at {
            self.anchors.since(at);
        }
    }

    /// The pause after a failure. A delete has no end, and slows down to the pace of polling.
    pub fn retry_pause(&mut self, context: &Context, task: &Task) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let longest = match task.kind {
            TaskKind::Delete => context.settings().backoff_max,
            TaskKind::Power
            | TaskKind::Deploy
            | TaskKind::BootDevice
            | TaskKind::RotatePassword => Pace::last_retry(),
        };
        self.pace.next_retry(longest)
    }
}
