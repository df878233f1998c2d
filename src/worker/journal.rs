//! Tells the log what happened: one line for each event that has been committed.
//!
//! A line that is written beside the change may tell what is undone a moment later. So the log reads the events, as every
//! other reader does, and tells them in their order, with the names that an admin knows: the node's, the instance's, and the
//! address of the BMC. Audit entries have a line of their own with the answer's status; see `service/audit.rs`.
//!
//! What happened before a start was told before it, but for the last lines before a crash: the events of the API have those.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::beat::Beat;
use crate::bmc::BmcError;
use crate::model::event::Event;
use crate::model::task::{Requester, Task};
use crate::rules::telling::{Line, Weight, tell};
use crate::store::event::EventFilter;
use crate::store::{self, Store, StoreError};
use crate::system::shutdown::Shutdown;
use crate::telemetry::Chain;
use crate::time;
use crate::worker::WorkerError;
use crate::worker::exchange::Reach;

/// The most events that are read at one go.
const BATCH: u32 = 200;
/// The events are looked at again at least this often, should a commit not be noticed.
const REFRESH: Duration = Duration::from_secs(30);
/// A database that fails is tried again after this.
const STORE_RETRY: Duration = Duration::from_secs(1);
/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(90);

/// What the log has been told. Cheap to clone; clones are about the same log.
#[derive(Clone)]
pub struct Journal {
    store: Store,
    told_to: Arc<AtomicI64>,
}

impl Journal {
    /// Tells what happens from now on.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn open(store: &Store) -> Result<Self, StoreError> {
        let newest = store.read(store::event::last_id)?;
        Ok(Self {
            store: store.clone(),
            told_to: Arc::new(AtomicI64::new(newest)),
        })
    }

    /// Runs until shutdown. Other loops end later and have something to tell still: see [`Journal::tell_rest`].
    ///
    /// # Errors
    /// The database is gone.
    pub async fn run(self, beat: Beat, shutdown: Shutdown) -> Result<(), WorkerError> {
        let mut newest = self.store.newest_event();
        loop {
            beat.now(time::instant());
            newest.mark_unchanged();
            let pause = match self.tell_some() {
                // Others on this thread come in between.
                Ok(true) => Duration::ZERO,
                Ok(false) => REFRESH,
                Err(error @ (StoreError::WriterGone | StoreError::Closed)) => {
                    return Err(error.into());
                }
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "what happened cannot be read for the log; trying again");
                    STORE_RETRY
                }
            };
            tokio::select! {
                changed = newest.changed() => if changed.is_err() { return Ok(()) },
                () = tokio::time::sleep(pause) => {}
                () = shutdown.triggered() => return Ok(()),
            }
        }
    }

    /// Tells what is left, when nothing happens any more.
    ///
    /// # Errors
    /// Those of SQLite; what was told until then is not told again.
    pub fn tell_rest(&self) -> Result<(), StoreError> {
        while self.tell_some()? {}
        Ok(())
    }

    /// Tells a batch of what has been committed; says whether there may be more.
    fn tell_some(&self) -> Result<bool, StoreError> {
        let after = self.told_to.load(Ordering::Relaxed);
        let (batch, bmcs) = self.store.read(|connection| {
            let all = EventFilter::default();
            let batch = store::event::list_after(connection, &all, after, BATCH)?;
            let bmcs = batch.events.iter().map(|event| match event.node_id {
                Some(node) => store::bmc::place(connection, node),
                None => Ok(None),
            });
            let bmcs = bmcs.collect::<Result<Vec<_>, StoreError>>()?;
            Ok::<_, StoreError>((batch, bmcs))
        })?;
        for (event, bmc) in batch.events.iter().zip(bmcs) {
            write(event, bmc.as_deref());
        }
        self.told_to.store(batch.seen_to, Ordering::Relaxed);
        Ok(!batch.events.is_empty())
    }
}

/// Tells what a BMC answered to a command that is sent once: what follows from it is an event, what it said is none.
pub fn answered(
    task: &Task,
    reach: &Reach,
    command: &str,
    answer: &Result<(), BmcError>,
    elapsed: Duration,
) {
    let (node, elapsed_ms) = (&reach.node_name, elapsed.as_millis());
    let outcome = answer
        .as_ref()
        .map_or_else(BmcError::metric_label, |()| "accepted");
    macro_rules! line {
        ($level:ident, $($message:tt)*) => {
            tracing::$level!(
                node,
                node_uuid = %task.node_id,
                instance_uuid = task.instance_id.map(display),
                task = %task.id,
                request_id = of_request(&task.requested_by),
                bmc = reach.place(),
                command,
                outcome,
                elapsed_ms,
                $($message)*
            )
        };
    }
    match answer {
        Ok(()) => line!(info, "{node}: the BMC accepted {command}"),
        Err(error) => line!(warn, "{node}: {command} did not work: {error}"),
    }
}

/// The id of the request behind a task; the daemon itself makes none.
fn of_request(requester: &Requester) -> Option<&str> {
    Some(requester.request_id.as_str()).filter(|id| !id.is_empty())
}

/// Writes the line of an event.
fn write(event: &Event, bmc: Option<&str>) {
    let Line { weight, sentence } = tell(event);
    let (task, actor) = (&event.origin.task, &event.origin.actor);
    // The level of a line is constant; the fields are the same for each.
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "ostler::events",
                event = event.id,
                kind = event.kind.as_str(),
                cause = event.origin.cause.as_str(),
                old = event.old,
                new = event.new,
                node = event.node_name,
                node_uuid = event.node_id.map(display),
                instance = event.instance_name,
                instance_uuid = event.instance_id.map(display),
                project = event.project_id,
                task = task.as_ref().map(|of| display(of.uuid)),
                task_kind = task.as_ref().map(|of| of.kind.as_str()),
                user = actor.as_ref().map(|of| of.user_id.as_str()),
                request_id = actor.as_ref().and_then(of_request),
                bmc,
                "{sentence}"
            )
        };
    }
    match weight {
        Weight::Detail => line!(debug),
        Weight::News => line!(info),
        Weight::Trouble => line!(warn),
    }
}
