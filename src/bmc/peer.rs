//! One BMC address: who waits for it, the session with it, and how it has been.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::health::Pulse;
use super::settings::Urgency;
use crate::ipmi::command::{Reply, Request};
use crate::ipmi::session::{CredentialsFault, Failure, Profile, Rtt, Session, Settings};
use crate::model::ids::NodeId;

/// A rest doubles at most this often.
const LONGEST_REST: u32 = 4;

/// A command for a BMC.
pub(super) struct Job {
    pub(super) node: NodeId,
    pub(super) account: Arc<Settings>,
    /// What was known of the BMC before the driver learned anything.
    pub(super) profile: Profile,
    pub(super) request: Request,
    pub(super) urgency: Urgency,
    /// When it was ordered, counted in calls to call orders off; `u64::MAX` for one that is never called off.
    pub(super) as_of: u64,
    /// Where what goes to and fro is counted.
    pub(super) pulse: Arc<Pulse>,
    pub(super) answer: oneshot::Sender<Result<Reply, JobError>>,
}

/// Why a command was not answered.
#[derive(Debug)]
pub(super) enum JobError {
    /// The session failed.
    Failed(Failure),
    /// No login is tried.
    LockedOut(CredentialsFault, Duration),
    /// The BMC is left alone because it was silent.
    Resting { times: u32, remaining: Duration },
    /// The kernel cannot send to it.
    Unsendable(io::Error),
    /// The driver is stopping.
    Stopping { sent: bool },
    /// Nobody wants it any more.
    CalledOff { sent: bool },
}

/// The command that the session works on.
pub(super) struct Current {
    pub(super) urgency: Urgency,
    pub(super) as_of: u64,
    pub(super) pulse: Arc<Pulse>,
    pub(super) answer: oneshot::Sender<Result<Reply, JobError>>,
}

/// A session, and whose it is.
pub(super) struct Open {
    pub(super) session: Session,
    pub(super) node: NodeId,
    pub(super) account: Arc<Settings>,
    /// The pulse of its last command.
    pub(super) pulse: Arc<Pulse>,
    /// Whether there was a login that worked.
    pub(super) logged_in: bool,
}

impl Open {
    /// Whether the job may use this session.
    pub(super) fn serves(&self, job: &Job) -> bool {
        self.node == job.node && self.account.same_account(&job.account)
    }
}

/// One BMC address.
#[derive(Default)]
pub(super) struct Peer {
    pub(super) users: VecDeque<Job>,
    pub(super) polls: VecDeque<Job>,
    pub(super) current: Option<Current>,
    /// Present only while there is something open: a BMC at rest costs next to nothing.
    pub(super) open: Option<Box<Open>>,
    pub(super) rtt: Rtt,
    /// Whether a command, a login or a closing is under way.
    pub(super) busy: bool,
    /// Whether it counts as in flight: busy, and not merely waiting.
    pub(super) counted: bool,
    /// Whether it stands in the list of those that can begin, by urgency.
    pub(super) listed_user: bool,
    pub(super) listed_poll: bool,
    /// When the idle session is closed.
    pub(super) linger_until: Option<Instant>,
    /// When the session wants to be told the time.
    pub(super) session_due: Option<Instant>,
    /// When the session will only be waiting, and no longer counts as in flight.
    pub(super) stalls_at: Option<Instant>,
    /// When the engine's heap will look here at the latest.
    pub(super) looked_at: Option<Instant>,
    /// Exchanges in a row without any answer.
    pub(super) silent: u32,
    /// Until when polling leaves it alone.
    pub(super) rest_until: Option<Instant>,
    /// The session is not kept after the current command.
    pub(super) part: bool,
    /// Whose command was begun last.
    pub(super) node: Option<NodeId>,
    /// What the kernel said when something was to be sent.
    pub(super) unsendable: Option<io::Error>,
}

impl Peer {
    /// The next command, users' first. Those that nobody waits for any more are dropped.
    pub(super) fn next_job(&mut self) -> Option<Job> {
        loop {
            let job = self.users.pop_front().or_else(|| self.polls.pop_front())?;
            if !job.answer.is_closed() {
                return Some(job);
            }
        }
    }

    pub(super) fn has_jobs(&self) -> bool {
        !self.users.is_empty() || !self.polls.is_empty()
    }

    pub(super) fn queue(&mut self, job: Job) {
        match job.urgency {
            Urgency::User => self.users.push_back(job),
            Urgency::Poll => self.polls.push_back(job),
        }
    }

    /// Puts a job back to where it was taken from.
    pub(super) fn put_back(&mut self, job: Job) {
        match job.urgency {
            Urgency::User => self.users.push_front(job),
            Urgency::Poll => self.polls.push_front(job),
        }
    }

    /// The BMC did not answer at all: polling leaves it alone for `pause`, twice as long each time.
    pub(super) fn was_silent(&mut self, now: Instant, pause: Duration) {
        let doubled = self.silent.min(LONGEST_REST);
        self.silent = self.silent.saturating_add(1);
        self.rest_until = Some(now + pause * (1 << doubled));
    }

    /// The BMC said something.
    pub(super) fn was_heard(&mut self) {
        self.silent = 0;
        self.rest_until = None;
    }

    /// Takes out the commands for a node that wait and are older than this.
    pub(super) fn take_older(&mut self, node: NodeId, before: u64) -> Vec<Job> {
        let mut taken = Vec::new();
        for queue in [&mut self.users, &mut self.polls] {
            let (older, others): (Vec<Job>, Vec<Job>) = std::mem::take(queue)
                .into_iter()
                .partition(|job| job.node == node && job.as_of < before);
            queue.extend(others);
            taken.extend(older);
        }
        taken
    }

    /// Whether it works on a command for a node that is older than this.
    pub(super) fn works_on_older(&self, node: NodeId, before: u64) -> bool {
        let is_older = self
            .current
            .as_ref()
            .is_some_and(|current| current.as_of < before);
        is_older && self.open.as_ref().is_some_and(|open| open.node == node)
    }

    /// Whether nothing is open, under way or waiting.
    pub(super) fn is_at_rest(&self) -> bool {
        !self.busy && !self.has_jobs() && self.open.is_none()
    }

    /// When something has to be done here.
    pub(super) fn due(&self) -> Option<Instant> {
        [self.linger_until, self.session_due, self.stalls_at]
            .into_iter()
            .flatten()
            .min()
    }
}
