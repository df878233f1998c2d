//! The one thread that writes, and its group commit.
//!
//! An fsync costs a thousand times what a row costs, so everything that has queued up while the last one ran shares the
//! next. Each job runs in its own savepoint: one that fails undoes itself and does not touch its neighbours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::crash;
use crate::processors;
use crate::store::commits::Commits;
use crate::store::error::unwritable;
use crate::store::herald::Heralds;
use crate::store::job::{self, Job, Ran};
use crate::store::meter::Meters;
use crate::store::{StoreError, Unwritable, WriteError, event};

/// More jobs than this wait for the next commit, so that the first does not wait for all.
const MAX_GROUP: usize = 256;

/// As many jobs may wait; then callers wait for a place.
const QUEUE: usize = 1024;

/// A handle to the writer thread.
pub struct Writer {
    orders: mpsc::Sender<Order>,
    gone: Arc<Notify>,
    newest_event: watch::Receiver<i64>,
    meters: Arc<Meters>,
    commits: Arc<Commits>,
    rush: Arc<Rush>,
    heralds: Arc<Heralds>,
}

/// Whose change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A client waits for it.
    Client,
    /// A loop in the background records what it did, or is about to do.
    Loop,
}

/// How much clients change at a time.
#[derive(Debug, Default)]
struct Rush {
    asked: AtomicU64,
    together: AtomicUsize,
}

impl Writer {
    /// Starts the thread, which owns the connection until the last handle is gone.
    pub fn start(mut connection: Connection) -> Result<Self, StoreError> {
        let (orders, queue) = mpsc::channel(QUEUE);
        let gone = Arc::new(Notify::new());
        let on_exit = SayOnDrop(gone.clone());
        let (tell, newest_event) = watch::channel(0);
        let meters = Arc::new(Meters::default());
        let commits = Commits::of(&mut connection)?;
        let rush = Arc::new(Rush::default());
        let counted = (meters.clone(), commits.clone(), rush.clone());
        let heralds = Arc::new(Heralds::default());
        let telling = heralds.clone();
        // The daemon opens its store where clients are served.
        heralds.stand_ready(Side::Client);
        thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || {
                let _on_exit = on_exit;
                processors::leave_one();
                let (meters, commits, rush) = &counted;
                let committer = Committer {
                    meters,
                    commits,
                    heralds: &telling,
                };
                write_until_closed(connection, queue, &tell, &committer, rush);
            })
            .map_err(StoreError::Thread)?;
        Ok(Self {
            orders,
            gone,
            newest_event,
            meters,
            commits,
            rush,
            heralds,
        })
    }

    /// Queues a job and waits for its commit.
    pub async fn run<T, E, F>(&self, side: Side, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: WriteError + Send + 'static,
    {
        let (job, answered) = job::new(job);
        self.heralds.stand_ready(side);
        if side == Side::Client {
            self.rush.asked.fetch_add(1, Ordering::Relaxed);
        }
        self.orders
            .send(Order::Run(side, job))
            .await
            .map_err(|_| StoreError::WriterGone)?;
        match answered.await {
            Ok(result) => result,
            Err(_) => Err(StoreError::WriterGone.into()),
        }
    }

    /// Commits what has queued up, brings the write-ahead log back into the file and closes it. Whatever comes later is
    /// refused.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.orders.send(Order::Close(done)).await.is_ok() {
            closed.await.ok();
        }
    }

    /// The id of the newest event, as it is after each commit.
    pub fn newest_event(&self) -> watch::Receiver<i64> {
        self.newest_event.clone()
    }

    /// What was counted.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// How many jobs wait for their commit, with those that the thread is at.
    pub fn waiting(&self) -> usize {
        let queued = self.orders.max_capacity() - self.orders.capacity();
        queued.saturating_add(usize::try_from(self.meters.at_work.get()).unwrap_or(usize::MAX))
    }

    /// How many commits there were, and which rows they wrote.
    pub fn commits(&self) -> &Commits {
        &self.commits
    }

    /// How many changes clients have asked for.
    pub fn asked(&self) -> u64 {
        self.rush.asked.load(Ordering::Relaxed)
    }

    /// How many clients' changes shared the last commit that had one.
    pub fn clients_together(&self) -> usize {
        self.rush.together.load(Ordering::Relaxed)
    }

    /// Ends when the thread has ended.
    pub async fn gone(&self) {
        self.gone.notified().await;
    }
}

struct SayOnDrop(Arc<Notify>);

impl Drop for SayOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// What the thread is told.
enum Order {
    Run(Side, Box<dyn Job>),
    /// The sender is dropped when the file is closed.
    Close(oneshot::Sender<()>),
}

fn write_until_closed(
    mut connection: Connection,
    mut queue: mpsc::Receiver<Order>,
    newest_event: &watch::Sender<i64>,
    committer: &Committer<'_>,
    rush: &Rush,
) {
    // What an earlier process has written is not counted.
    let mut tallied = event::last_id(&connection).ok();
    let mut orders = Vec::new();
    let mut group = Vec::new();
    while queue.blocking_recv_many(&mut orders, MAX_GROUP) > 0 {
        let (mut closing, mut clients) = (None, 0);
        for order in orders.drain(..) {
            match order {
                Order::Run(side, job) if closing.is_none() => {
                    clients += usize::from(side == Side::Client);
                    group.push((side, job));
                }
                // Dropped, which tells its caller that the writer is gone.
                Order::Run(..) => {}
                Order::Close(done) => closing = Some(done),
            }
        }
        if clients > 0 {
            rush.together.store(clients, Ordering::Relaxed);
        }
        committer.commit_and_answer(&mut connection, &mut group);
        tell_newest_event(&connection, newest_event, &mut tallied, committer.meters);
        if let Some(done) = closing {
            close(connection);
            drop(done);
            return;
        }
    }
}

/// Readers of events wait for this. A failure is that of the disk, which the next job will say.
fn tell_newest_event(
    connection: &Connection,
    to: &watch::Sender<i64>,
    tallied: &mut Option<i64>,
    meters: &Meters,
) {
    let Ok(id) = event::last_id(connection) else {
        return;
    };
    to.send_if_modified(|known| std::mem::replace(known, id) != id);
    if let Some(before) = tallied.replace(id)
        && before < id
        && let Err(error) = meters.tally(connection, before)
    {
        tracing::warn!(%error, "events are missing in the metrics");
    }
}

/// Jobs that share a commit, each with whose it is.
type Group = Vec<(Side, Box<dyn Job>)>;

/// What a commit is counted and told by.
struct Committer<'a> {
    meters: &'a Meters,
    commits: &'a Commits,
    heralds: &'a Heralds,
}

impl Committer<'_> {
    fn commit_and_answer(&self, connection: &mut Connection, group: &mut Group) {
        if group.is_empty() {
            return;
        }
        let (size, began) = (group.len(), self.meters.begin(group.len()));
        let committed = commit_group(connection, group);
        // Also where it failed: nobody knows then what is in the file.
        self.commits.count();
        let outcome = committed.as_ref().copied();
        let unwritable = outcome.map_err(|failed| failed.unwritable);
        self.meters.end(size, began, unwritable);
        match committed {
            Ok(()) => {
                crash::committed();
                self.tell(group);
            }
            Err(NotCommitted { reason, unwritable }) => {
                for (_, job) in group.drain(..) {
                    job.finish(Err(StoreError::Commit {
                        reason: reason.clone(),
                        unwritable,
                    }));
                }
            }
        }
    }

    fn tell(&self, group: &mut Group) {
        let (clients, loops): (Vec<_>, Vec<_>) =
            group.drain(..).partition(|(side, _)| *side == Side::Client);
        for (side, jobs) in [(Side::Client, clients), (Side::Loop, loops)] {
            let jobs = jobs.into_iter().map(|(_, job)| job).collect();
            self.heralds.tell(side, jobs);
        }
    }
}

/// A file without a log beside it is easier to copy. Nothing is lost where that does not work: the log stays.
fn close(connection: Connection) {
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the write-ahead log stays beside the database");
    }
    connection.close().ok();
}

/// Why a group was not committed.
struct NotCommitted {
    reason: String,
    unwritable: Option<Unwritable>,
}

impl From<rusqlite::Error> for NotCommitted {
    fn from(error: rusqlite::Error) -> Self {
        Self {
            reason: error.to_string(),
            unwritable: unwritable(&error),
        }
    }
}

fn commit_group(connection: &mut Connection, group: &mut Group) -> Result<(), NotCommitted> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Clients that write wait for the writer, and not for those that read.
    let gives_way = group.iter().all(|(side, _)| *side == Side::Loop);
    for (_, job) in group {
        run_in_savepoint(&tx, job.as_mut())?;
        if gives_way {
            processors::give_way();
        }
    }
    Ok(tx.commit()?)
}

/// rusqlite's own savepoints are parsed each time, which takes as long as a row.
fn run_in_savepoint(tx: &Transaction<'_>, job: &mut dyn Job) -> Result<(), NotCommitted> {
    let savepoint = |sql| tx.prepare_cached(sql)?.execute([]).map(|_| ());
    savepoint("SAVEPOINT job")?;
    match job.run(tx) {
        Ran::Keep => {}
        Ran::Undo => savepoint("ROLLBACK TO job")?,
        Ran::Unwritable(reason, why) => {
            let unwritable = Some(why);
            return Err(NotCommitted { reason, unwritable });
        }
    }
    Ok(savepoint("RELEASE job")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> (tempfile::TempDir, Arc<Writer>) {
        let dir = tempfile::tempdir().unwrap();
        let connection = Connection::open(dir.path().join("t.db")).unwrap();
        connection
            .execute_batch("CREATE TABLE t (x INTEGER UNIQUE)")
            .unwrap();
        (dir, Arc::new(Writer::start(connection).unwrap()))
    }

    async fn insert(writer: Arc<Writer>, x: i64, fail: bool) -> Result<(), StoreError> {
        writer
            .run(Side::Client, move |tx| {
                tx.execute("INSERT INTO t (x) VALUES (?1)", [x])?;
                if fail {
                    Err(StoreError::WriterGone)
                } else {
                    Ok(())
                }
            })
            .await
    }

    #[tokio::test]
    async fn a_job_that_fails_undoes_itself_and_not_its_neighbours() {
        let (_dir, writer) = writer();
        let (a, b, c) = tokio::join!(
            insert(writer.clone(), 1, false),
            insert(writer.clone(), 2, true),
            insert(writer.clone(), 3, false),
        );
        assert!(a.is_ok() && b.is_err() && c.is_ok());
        let rows: Result<Vec<i64>, StoreError> = writer
            .run(Side::Client, |tx| {
                let mut statement = tx.prepare("SELECT x FROM t ORDER BY x")?;
                Ok(statement
                    .query_map([], |row| row.get(0))?
                    .collect::<Result<_, _>>()?)
            })
            .await;
        assert_eq!(rows.unwrap(), [1, 3]);
    }

    /// Queues two jobs while the thread is at another one, so that they share a commit.
    async fn two_together(writer: &Arc<Writer>, from: i64) -> [Result<(), StoreError>; 2] {
        let (release, held) = std::sync::mpsc::channel();
        let first = writer.run(Side::Client, move |_| {
            held.recv().unwrap();
            Ok::<_, StoreError>(())
        });
        let second = insert(writer.clone(), from, false);
        let third = insert(writer.clone(), from + 1, false);
        let go = async { release.send(()).unwrap() };
        // Polled in this order: all three are queued before the first may end.
        let (_, second, third, ()) = tokio::join!(first, second, third, go);
        [second, third]
    }

    #[test]
    fn callers_are_told_also_when_the_runtime_that_told_others_has_ended() {
        let (_dir, writer) = writer();
        let runtime = || tokio::runtime::Runtime::new().unwrap();
        for from in [1, 3] {
            let told = runtime().block_on(async {
                let limit = std::time::Duration::from_secs(10);
                tokio::time::timeout(limit, two_together(&writer, from)).await
            });
            assert!(matches!(told.unwrap(), [Ok(()), Ok(())]));
        }
    }

    #[tokio::test]
    async fn what_loops_record_is_no_rush_of_clients() {
        let (_dir, writer) = writer();
        for (side, asked, together) in [(Side::Loop, 0, 0), (Side::Client, 1, 1)] {
            let job = |_: &Connection| Ok::<_, StoreError>(());
            writer.run(side, job).await.unwrap();
            assert_eq!(
                (writer.asked(), writer.clients_together()),
                (asked, together)
            );
        }
    }

    #[tokio::test]
    async fn a_unique_violation_is_known_by_its_column() {
        let (_dir, writer) = writer();
        insert(writer.clone(), 7, false).await.unwrap();
        let error = insert(writer, 7, false).await.unwrap_err();
        assert!(error.violates_unique("t.x"), "{error}");
        assert!(!error.violates_unique("t.y"), "{error}");
    }
}
