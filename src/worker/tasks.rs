//! Finds open tasks and keeps one runner going for each.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::beat::Beat;
use crate::model::ids::NodeId;
use crate::processors;
use crate::store::task::OpenTask;
use crate::store::{self, Store};
use crate::system::shutdown::Shutdown;
use crate::time;
use crate::wake::Wake;
use crate::worker::{Context, WorkerError, runner};

/// A wake can be lost (its client went away in the very moment of the commit), so there is also a timer.
const TICK: Duration = Duration::from_secs(1);

/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(20);

/// After each look at the open tasks there is none for this many times as long as it took: with a thousand of them, each
/// of which wakes the loop when it begins and when it ends, it would do nothing but look.
const REST: u32 = 4;

/// Shorter rests are not taken: a timer is no finer.
const SHORTEST_REST: Duration = Duration::from_millis(1);

/// As many changes of clients in one commit are a rush: while it lasts, tasks are not begun, so that clients do not wait for
/// what others have asked for before them. What is accepted is on disk, and can wait.
const RUSH: usize = 8;

/// A rush is over when nobody has asked for a change in this time.
const LULL: Duration = Duration::from_millis(5);

/// No rush holds up the tasks for longer.
const LONGEST_RUSH: Duration = Duration::from_millis(500);

/// Runs until shutdown. Runners that are in the middle of an exchange then are dropped: what they were at is in the
/// database, and the next start observes before it acts.
pub async fn run(
    context: Context,
    wake: Wake,
    beat: Beat,
    shutdown: Shutdown,
) -> Result<(), WorkerError> {
    let mut runners = Runners {
        context,
        jobs: JoinSet::new(),
        active: HashMap::new(),
        at_start: true,
    };
    loop {
        let looked = time::instant();
        beat.now(looked);
        runners.start_missing()?;
        runners.at_start = false;
        let rest = looked.elapsed() * REST;
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(TICK) => {}
            Some(ended) = runners.jobs.join_next() => runners.reap(ended?)?,
            () = shutdown.triggered() => break,
        }
        if rest >= SHORTEST_REST {
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = shutdown.triggered() => break,
            }
        }
        tokio::select! {
            () = sit_out_rush(&runners.context.store) => {}
            () = shutdown.triggered() => break,
        }
        // Those that have ended meanwhile are seen by one look.
        while let Some(ended) = runners.jobs.try_join_next() {
            runners.reap(ended?)?;
        }
    }
    runners.jobs.shutdown().await;
    Ok(())
}

/// Waits until no clients crowd at the writer, but not for ever.
async fn sit_out_rush(store: &Store) {
    if store.clients_together() < RUSH {
        return;
    }
    let began = time::instant();
    while began.elapsed() < LONGEST_RUSH {
        let asked = store.asked();
        tokio::time::sleep(LULL).await;
        if store.asked() == asked {
            return;
        }
    }
}

struct Runners {
    context: Context,
    jobs: JoinSet<(NodeId, Result<(), WorkerError>)>,
    /// One runner at a time for each node: a new task waits until the runner of the one before it has noticed its end.
    active: HashMap<NodeId, Active>,
    /// What is found now was left by an earlier process.
    at_start: bool,
}

struct Active {
    task: OpenTask,
    nudge: Wake,
}

impl Runners {
    fn start_missing(&mut self) -> Result<(), WorkerError> {
        let open = self.context.store.read(store::task::list_open)?;
        let mut still_open: HashMap<NodeId, OpenTask> = HashMap::with_capacity(open.len());
        for task in open {
            still_open.insert(task.node_id, task);
            if !self.active.contains_key(&task.node_id) {
                self.start(task);
            }
        }
        for (node, active) in &mut self.active {
            // Cancelled, hardened, or its BMC has new settings: look again now.
            let now = still_open.get(node);
            if now != Some(&active.task) {
                active.nudge.notify();
                if let Some(same) = now.filter(|now| now.id == active.task.id) {
                    active.task = *same;
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, task: OpenTask) {
        let nudge = Wake::new();
        let job = runner::run(self.context.clone(), task.id, self.at_start, nudge.clone());
        self.active.insert(task.node_id, Active { task, nudge });
        let job = processors::giving_way(job);
        self.jobs.spawn(async move { (task.node_id, job.await) });
    }

    fn reap(
        &mut self,
        (node, result): (NodeId, Result<(), WorkerError>),
    ) -> Result<(), WorkerError> {
        self.active.remove(&node);
        result
    }
}
