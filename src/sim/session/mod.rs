//! The sessions of one BMC: how many there may be, what stage each is in, and when one is gone.

pub(super) mod window;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::sim::config::Privilege;
use crate::sim::counters::Counters;
use crate::sim::crypto::{SessionKeys, Suite};
use window::Window;

/// One session, from Open Session on.
pub(super) struct Session {
    /// What the client puts into its packets.
    pub(super) bmc_id: u32,
    /// What the BMC puts into its packets.
    pub(super) console_id: u32,
    /// The slot in the table, from 1: the session handle.
    pub(super) handle: u8,
    pub(super) suite: Suite,
    /// The privilege that Open Session asked for, as it stood there.
    pub(super) asked: u8,
    /// The privilege that Open Session granted.
    pub(super) granted: Privilege,
    pub(super) last_seen: Instant,
    pub(super) stage: Stage,
}

/// How far a session is.
pub(super) enum Stage {
    /// After Open Session.
    Opened,
    /// After RAKP 1 and 2.
    Challenged(Box<Challenge>),
    /// After RAKP 3 and 4.
    Active(Box<Active>),
}

/// What RAKP 1 and 2 leave to be checked by RAKP 3.
pub(super) struct Challenge {
    pub(super) console_random: [u8; 16],
    pub(super) bmc_random: [u8; 16],
    /// Role, length and user name as the hashes of this BMC cover them.
    pub(super) identity: Vec<u8>,
    /// Index into the users of the BMC.
    pub(super) user: usize,
    pub(super) limit: Privilege,
    /// RAKP 2 without its tag, for a RAKP 1 that comes again.
    pub(super) answer: Vec<u8>,
}

/// A session that carries commands.
pub(super) struct Active {
    pub(super) keys: SessionKeys,
    pub(super) peer: SocketAddr,
    pub(super) user: usize,
    pub(super) limit: Privilege,
    pub(super) privilege: Privilege,
    pub(super) received: Window,
    /// The sequence number of the last packet sent.
    pub(super) sent: u32,
    /// To be forgotten once the answer is out.
    pub(super) closing: bool,
    /// RAKP 3's code and RAKP 4 without its tag, for a RAKP 3 that comes again.
    pub(super) last_rakp: (Vec<u8>, Vec<u8>),
}

/// All sessions of one BMC.
#[derive(Default)]
pub(super) struct Sessions(Vec<Session>);

impl Sessions {
    /// Adds one in the first free slot; `None` where `cap` are there.
    pub(super) fn open(&mut self, cap: usize, make: impl FnOnce(u8) -> Session) -> bool {
        if self.0.len() >= cap {
            return false;
        }
        let free = (1..=u8::MAX).find(|handle| self.0.iter().all(|s| s.handle != *handle));
        let Some(handle) = free else {
            return false;
        };
        self.0.push(make(handle));
        true
    }

    /// The session that a client addresses by `bmc_id`.
    pub(super) fn find(&mut self, bmc_id: u32) -> Option<&mut Session> {
        self.0.iter_mut().find(|session| session.bmc_id == bmc_id)
    }

    /// The active session that a client addresses by `bmc_id`.
    pub(super) fn active(&mut self, bmc_id: u32) -> Option<&mut Active> {
        match &mut self.find(bmc_id)?.stage {
            Stage::Active(active) => Some(active),
            Stage::Opened | Stage::Challenged(_) => None,
        }
    }

    /// The active sessions with their handles, by age.
    pub(super) fn all_active(&self) -> impl Iterator<Item = (&Session, &Active)> {
        self.0.iter().filter_map(|session| match &session.stage {
            Stage::Active(active) => Some((session, active.as_ref())),
            Stage::Opened | Stage::Challenged(_) => None,
        })
    }

    /// Takes a session out; whether it was there.
    pub(super) fn remove(&mut self, bmc_id: u32) -> bool {
        let before = self.0.len();
        self.0.retain(|session| session.bmc_id != bmc_id);
        self.0.len() < before
    }

    /// Takes out what was told to close.
    pub(super) fn sweep(&mut self) {
        self.0
            .retain(|session| !matches!(&session.stage, Stage::Active(active) if active.closing));
    }

    /// Takes out what was silent for too long, and counts the active ones.
    pub(super) fn expire(
        &mut self,
        now: Instant,
        idle: Duration,
        setup: Duration,
        counters: &mut Counters,
    ) {
        self.0.retain(|session| {
            let active = matches!(session.stage, Stage::Active(_));
            let limit = if active { idle } else { setup };
            let over = now.saturating_duration_since(session.last_seen) >= limit;
            counters.sessions_expired += u64::from(over && active);
            !over
        });
    }

    /// Forgets all of them, and counts the active ones.
    pub(super) fn drop_all(&mut self, counters: &mut Counters) {
        counters.sessions_dropped += self.count().0;
        self.0 = Vec::new();
    }

    /// How many there are, active or not.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many are active, and how many are not yet.
    pub(super) fn count(&self) -> (u64, u64) {
        self.0
            .iter()
            .fold((0, 0), |(active, half), session| match session.stage {
                Stage::Active(_) => (active + 1, half),
                Stage::Opened | Stage::Challenged(_) => (active, half + 1),
            })
    }
}
