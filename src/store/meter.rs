//! What is counted of the database.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::meter::{CounterOf, Gauge, Histogram, Label};
use crate::model::event::EventKind;
use crate::model::task::{TaskKind, TaskState};
use crate::store::{StoreError, Unwritable};
use crate::time;

/// The bounds of commits, in seconds: from a disk that lies about fsync to one that hangs.
const COMMIT_TIMES: &[f64] = &[
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// The bounds of how many changes share a commit.
const COMMIT_SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// The bounds of how long a task takes, in seconds: from a look to a machine that needs its time.
const TASK_TIMES: &[f64] = &[
    0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0,
];

/// Why a commit failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFailure {
    /// There was no room.
    Full,
    /// The file could not be written, or somebody else held it.
    Failing,
    /// Anything else.
    Other,
}

impl From<Option<Unwritable>> for CommitFailure {
    fn from(unwritable: Option<Unwritable>) -> Self {
        match unwritable {
            Some(Unwritable::Full) => Self::Full,
            Some(Unwritable::Failing) => Self::Failing,
            None => Self::Other,
        }
    }
}

impl Label for CommitFailure {
    const ALL: &'static [Self] = &[Self::Full, Self::Failing, Self::Other];

    fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Failing => "failing",
            Self::Other => "other",
        }
    }
}

impl Label for EventKind {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Label for TaskKind {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

/// The numbers of the writer.
#[derive(Debug)]
pub struct Meters {
    /// How long commits took, in seconds.
    pub commit_times: Histogram,
    /// How many changes shared each commit.
    pub commit_sizes: Histogram,
    /// Commits that failed.
    pub commit_failures: CounterOf<CommitFailure>,
    /// Changes that the writer is at.
    pub at_work: Gauge,
    /// Events that were committed.
    pub events: CounterOf<EventKind>,
    /// Tasks that have ended.
    pub tasks: Tasks,
    /// When the writer began with what it is at, in milliseconds since `since`, and one more; zero while it waits.
    busy: Gauge,
    since: Instant,
}

/// Tasks that have ended, each by its kind.
#[derive(Debug)]
pub struct Tasks {
    /// With all states reached.
    pub done: CounterOf<TaskKind>,
    /// Given up.
    pub failed: CounterOf<TaskKind>,
    /// Called off.
    pub cancelled: CounterOf<TaskKind>,
    /// How long each took since it was accepted, in seconds.
    pub times: Vec<(TaskKind, Histogram)>,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            commit_times: Histogram::new(COMMIT_TIMES),
            commit_sizes: Histogram::new(COMMIT_SIZES),
            commit_failures: CounterOf::default(),
            at_work: Gauge::default(),
            events: CounterOf::default(),
            tasks: Tasks::default(),
            busy: Gauge::default(),
            since: time::instant(),
        }
    }
}

impl Default for Tasks {
    fn default() -> Self {
        let times = |kind: &TaskKind| (*kind, Histogram::new(TASK_TIMES));
        Self {
            done: CounterOf::default(),
            failed: CounterOf::default(),
            cancelled: CounterOf::default(),
            times: TaskKind::ALL.iter().map(times).collect(),
        }
    }
}

impl Meters {
    /// For how long the writer has been at the same changes; zero while it waits for some.
    pub fn busy_for(&self) -> Duration {
        match self.busy.get().checked_sub(1) {
            Some(began) => self.age().saturating_sub(Duration::from_millis(began)),
            None => Duration::ZERO,
        }
    }

    /// The writer begins with so many changes.
    pub(super) fn begin(&self, size: usize) -> Instant {
        self.at_work.set(as_u64(size));
        let millis = u64::try_from(self.age().as_millis()).unwrap_or(u64::MAX);
        self.busy.set(millis.saturating_add(1));
        time::instant()
    }

    /// The writer is done with them.
    pub(super) fn end(&self, size: usize, began: Instant, outcome: Result<(), Option<Unwritable>>) {
        self.at_work.set(0);
        self.busy.set(0);
        match outcome {
            Ok(()) => {
                self.commit_times.observe(began.elapsed().as_secs_f64());
                self.commit_sizes
                    .observe(f64::from(u32::try_from(size).unwrap_or(u32::MAX)));
            }
            Err(unwritable) => self.commit_failures.bump(unwritable.into()),
        }
    }

    /// Counts what was committed after this event: the events, and the tasks whose end they tell. Whoever ended a task has
    /// written an event, and what was undone has left none: so nothing is missed and nothing counts twice.
    pub(super) fn tally(&self, connection: &Connection, after: i64) -> Result<(), StoreError> {
        const SQL: &str = "SELECT events.kind, events.new, tasks.kind, tasks.finished_at - tasks.created_at FROM events \
             LEFT JOIN tasks ON events.kind = 'task' AND events.new IN ('done', 'failed', 'cancelled') \
             AND tasks.uuid = json_extract(events.task, '$.uuid') WHERE events.id > ?1";
        let mut statement = connection.prepare_cached(SQL)?;
        let mut rows = statement.query([after])?;
        while let Some(row) = rows.next()? {
            self.events.bump(row.get(0)?);
            if let Some(kind) = row.get::<_, Option<TaskKind>>(2)? {
                self.tasks.ended(kind, row.get(1)?, row.get(3)?);
            }
        }
        Ok(())
    }

    fn age(&self) -> Duration {
        time::instant().saturating_duration_since(self.since)
    }
}

impl Tasks {
    fn ended(&self, kind: TaskKind, state: TaskState, micros: Option<i64>) {
        match state {
            TaskState::Done => self.done.bump(kind),
            TaskState::Failed => self.failed.bump(kind),
            TaskState::Cancelled => self.cancelled.bump(kind),
            TaskState::Queued | TaskState::Observing | TaskState::Issued | TaskState::Waiting => {}
        }
        // Negative where the wall clock was set back meanwhile.
        let took = Duration::from_micros(micros.and_then(|of| of.try_into().ok()).unwrap_or(0));
        for (_, times) in self.times.iter().filter(|(of, _)| *of == kind) {
            times.observe(took.as_secs_f64());
        }
    }
}

fn as_u64(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
