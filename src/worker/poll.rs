//! Polling: the power of every node that nothing is being done to.
//!
//! Hardware wins: what a BMC says is recorded, and left alone. Nothing is written where nothing has changed.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::beat::Beat;
use crate::bmc::{BmcError, Urgency};
use crate::crash;
use crate::model::ids::NodeId;
use crate::model::power::PowerState;
use crate::processors;
use crate::store::task::IdleMark;
use crate::store::{self, StoreError};
use crate::system::shutdown::Shutdown;
use crate::telemetry::Chain;
use crate::telemetry::work::PollOutcome;
use crate::time;
use crate::wake::Wake;
use crate::worker::enforce::{self, Undone};
use crate::worker::exchange::{NoReach, Reach};
use crate::worker::schedule::{Polling, Schedule};
use crate::worker::{Context, WorkerError, WorkerSettings};

/// The list of nodes is read again at least this often, should a wake be lost.
const REFRESH: Duration = Duration::from_secs(5);

/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(30);

/// Runs until shutdown.
pub async fn run(
    context: Context,
    wake: Wake,
    beat: Beat,
    shutdown: Shutdown,
) -> Result<(), WorkerError> {
    let mut schedule = Schedule::default();
    let mut polls: JoinSet<(NodeId, Result<PollOutcome, StoreError>)> = JoinSet::new();
    let mut refresh_at = time::instant();
    let pace = |of: &WorkerSettings| (of.poll_interval, of.backoff_max);
    let mut last = pace(&context.settings());
    loop {
        let now = time::instant();
        beat.now(now);
        let settings = context.settings();
        let now_wanted = pace(&settings);
        if std::mem::replace(&mut last, now_wanted) != now_wanted {
            schedule.hasten(now, settings.poll_interval, settings.backoff_max);
        }
        if now >= refresh_at {
            schedule.update(context.store.read(store::node::list_polled)?, now);
            refresh_at = now + REFRESH;
        }
        while polls.len() < settings.max_in_flight
            && let Some(node) = schedule.take_due(now)
        {
            let (context, misses) = (context.clone(), schedule.misses(node));
            polls.spawn(async move {
                let poll = processors::giving_way(poll(&context, node, misses));
                (node, poll.await)
            });
        }
        let full = polls.len() >= settings.max_in_flight;
        let due = schedule.next_due().filter(|_| !full);
        let pause = due
            .map_or(refresh_at, |due| due.min(refresh_at))
            .saturating_duration_since(now);
        tokio::select! {
            () = wake.notified() => refresh_at = time::instant(),
            () = tokio::time::sleep(pause) => {}
            Some(ended) = polls.join_next() => {
                let (node, result) = ended?;
                let outcome = result.unwrap_or_else(|error| {
                    tracing::error!(node_uuid = %node, error = %Chain(&error), "a reading cannot be recorded");
                    PollOutcome::Unrecorded
                });
                context.meters.work().polls.bump(outcome);
                let ended = Polling::from(outcome);
                let (interval, longest) = (settings.poll_interval, settings.backoff_max);
                schedule.put_back(node, ended, time::instant(), interval, longest);
            }
            () = shutdown.triggered() => break,
        }
    }
    polls.shutdown().await;
    Ok(())
}

impl From<PollOutcome> for Polling {
    fn from(outcome: PollOutcome) -> Self {
        match outcome {
            PollOutcome::Read | PollOutcome::Skipped => Self::Well,
            PollOutcome::Missed => Self::Missed,
            PollOutcome::NotAsked => Self::NotAsked,
            // No fault of the BMC: it is asked at its pace, and the first record that works has the news.
            PollOutcome::Unrecorded => Self::Well,
        }
    }
}

/// Reads one node. `misses` polls before this one were missed.
async fn poll(context: &Context, node: NodeId, misses: u32) -> Result<PollOutcome, StoreError> {
    let idle = context
        .store
        .read(|connection| store::task::idle_mark(connection, node))?;
    let Some(idle) = idle else {
        return Ok(PollOutcome::Skipped);
    };
    let reach = match context.reach(node)? {
        Ok(reach) => reach,
        Err(NoReach::Gone) => return Ok(PollOutcome::Skipped),
        Err(NoReach::Sealed(error)) => {
            context.record_sealed(node, &error).await?;
            miss(context, node, error.to_string(), true, idle).await?;
            return Ok(PollOutcome::Missed);
        }
    };
    let read = context.bmcs.chassis_status(&reach.bmc, Urgency::Poll).await;
    context.record_health(&reach).await?;
    match read {
        Ok(status) => {
            context.learn(&reach).await?;
            record(context, &reach, status.power, idle).await?;
            Ok(PollOutcome::Read)
        }
        Err(error) if error.was_not_asked() => {
            not_asked(context, node, &error, idle).await?;
            Ok(PollOutcome::NotAsked)
        }
        Err(error) => {
            let forget =
                error.is_permanent() || misses + 1 >= context.settings().unreachable_after_misses;
            let (name, bmc) = (&reach.node_name, reach.place());
            tracing::debug!(node = name, node_uuid = %node, bmc, %error, misses = misses + 1, "poll missed");
            miss(context, node, error.to_string(), forget, idle).await?;
            Ok(PollOutcome::Missed)
        }
    }
}

/// Records what the BMC said, unless it was so before, or a task has moved the machine since.
async fn record(
    context: &Context,
    reach: &Reach,
    seen: PowerState,
    idle: IdleMark,
) -> Result<(), StoreError> {
    let node = reach.bmc.node;
    let known = context
        .store
        .read(|connection| store::power::find(connection, node))?;
    let Some(known) = known else { return Ok(()) };
    if known.state == Some(seen) && known.error.is_none() && known.unsettled.is_none() {
        return Ok(());
    }
    let change = context.settings().change_deadline;
    let recorded = context.store.write(move |connection| {
        if store::task::idle_mark(connection, node)? != Some(idle) {
            return Ok::<_, StoreError>(Undone::Nothing);
        }
        crash::commit("poll_read");
        let now = time::now();
        store::power::record_reading(connection, node, seen, now)?;
        enforce::undo(connection, node, &known, seen, change, now)
    });
    match recorded.await? {
        Undone::Nothing => {}
        Undone::Ordered => context.wakes.tasks.notify(),
        Undone::GaveUp(reason) => {
            let (name, bmc) = (&reach.node_name, reach.place());
            tracing::warn!(node = name, node_uuid = %node, bmc, "{name}: {reason}");
        }
    }
    Ok(())
}

/// The BMC was left alone for what is known already: the reason that is there stays, word for word. Only where an order found
/// out first that the login is refused, the power is unknown from now on.
async fn not_asked(
    context: &Context,
    node: NodeId,
    error: &BmcError,
    idle: IdleMark,
) -> Result<(), StoreError> {
    let known = context
        .store
        .read(|connection| store::power::find(connection, node))?;
    match known {
        Some(known) if error.is_permanent() && (known.state.is_some() || known.error.is_none()) => {
            let reason = known.error.unwrap_or_else(|| error.to_string());
            miss(context, node, reason, true, idle).await
        }
        Some(_) | None => Ok(()),
    }
}

/// Records that the BMC could not be read.
async fn miss(
    context: &Context,
    node: NodeId,
    reason: String,
    forget: bool,
    idle: IdleMark,
) -> Result<(), StoreError> {
    let last_reading = context.last_reading(node);
    let recorded = context.store.write(move |connection| {
        if store::task::idle_mark(connection, node)? != Some(idle) {
            return Ok(());
        }
        crash::commit("poll_missed");
        let reason = if store::rotation::is_in_doubt(connection, node)? {
            format!("{reason}; {}", store::rotation::IN_DOUBT)
        } else {
            reason
        };
        store::power::record_failure(connection, node, &reason, forget, last_reading, time::now())
    });
    recorded.await
}
