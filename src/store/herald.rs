//! Telling many callers at once that their changes are on disk.
//!
//! A thread that another one wakes goes first where both share a processor. The writer would so be put aside for each job of a group, by a
//! thread that does one thing and sleeps again: with a group of 200, that cost as much as its rows. So a task among the callers gets the whole group
//! and tells them from there, which wakes nobody from outside.

use std::sync::OnceLock;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::store::job::Job;
use crate::store::writer::Side;

type Told = Vec<Box<dyn Job>>;

/// A task for each side, in the runtime that the first caller of that side is in: the API's and that of the loops. Callers of the boot service are told
/// by the API's. The runtime must not end while callers in another one wait: they would hear that the writer is gone.
#[derive(Default)]
pub(super) struct Heralds {
    clients: OnceLock<UnboundedSender<Told>>,
    loops: OnceLock<UnboundedSender<Told>>,
}

impl Heralds {
    /// Starts the task of this side, if there is none. Call it where the callers are.
    pub(super) fn stand_ready(&self, side: Side) {
        let of_side = self.of(side);
        if of_side.get().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            of_side.get_or_init(|| start(&runtime));
        }
    }

    /// Tells the callers of jobs that are committed.
    pub(super) fn tell(&self, side: Side, jobs: Told) {
        let task = self.of(side).get().filter(|_| jobs.len() > 1);
        let left = match task {
            // A runtime that has ended gives them back.
            Some(task) => task.send(jobs).err().map(|unsent| unsent.0),
            None => Some(jobs),
        };
        left.into_iter().for_each(tell_each);
    }

    fn of(&self, side: Side) -> &OnceLock<UnboundedSender<Told>> {
        match side {
            Side::Client => &self.clients,
            Side::Loop => &self.loops,
        }
    }
}

fn start(runtime: &Handle) -> UnboundedSender<Told> {
    let (sender, mut groups) = mpsc::unbounded_channel();
    runtime.spawn(async move {
        while let Some(group) = groups.recv().await {
            tell_each(group);
        }
    });
    sender
}

fn tell_each(jobs: Told) {
    jobs.into_iter().for_each(|job| job.finish(Ok(())));
}
