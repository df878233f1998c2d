//! What is remembered of each node's BMC while the daemon runs: profile, lock-out, resolved address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::ipmi::quirk::Quirk;
use crate::ipmi::session::{CredentialsFault, Profile, Settings};
use crate::model::ids::NodeId;

/// Shared by the handles and the driver.
#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<NodeId, Entry>>);

#[derive(Default)]
struct Entry {
    profile: Option<Profile>,
    lockout: Option<Lockout>,
    /// Host name, and what it resolved to.
    resolved: Option<(String, SocketAddr)>,
}

struct Lockout {
    until: Instant,
    fault: CredentialsFault,
    /// The account that was refused: another one may be tried at once.
    account: Arc<Settings>,
}

impl Memory {
    pub(super) fn profile(&self, node: NodeId) -> Option<Profile> {
        self.lock().get(&node)?.profile
    }

    pub(super) fn learn(&self, node: NodeId, profile: Profile) {
        if profile != Profile::default() {
            self.lock().entry(node).or_default().profile = Some(profile);
        }
    }

    /// A session has ended: keeps what its end taught, unless the node was forgotten meanwhile.
    pub(super) fn learn_close(&self, node: NodeId, profile: Profile) {
        let mut memory = self.lock();
        if let Some(known) = memory
            .get_mut(&node)
            .and_then(|entry| entry.profile.as_mut())
        {
            let present = profile.quirks.has(Quirk::NoCloseReply);
            known.quirks.set(Quirk::NoCloseReply, present);
            known.unanswered_closes = profile.unanswered_closes;
        }
    }

    /// No login with this account until then.
    pub(super) fn lock_out(
        &self,
        node: NodeId,
        account: Arc<Settings>,
        fault: CredentialsFault,
        until: Instant,
    ) {
        self.lock().entry(node).or_default().lockout = Some(Lockout {
            until,
            fault,
            account,
        });
    }

    /// Logins may be tried again with any account.
    pub(super) fn lift_lockout(&self, node: NodeId) {
        if let Some(entry) = self.lock().get_mut(&node) {
            entry.lockout = None;
        }
    }

    /// Why and for how long no login is tried with this account.
    pub(super) fn locked_out(
        &self,
        node: NodeId,
        account: &Settings,
        now: Instant,
    ) -> Option<(CredentialsFault, Duration)> {
        let memory = self.lock();
        let lockout = memory.get(&node)?.lockout.as_ref()?;
        let remaining = lockout.until.checked_duration_since(now)?;
        let same = lockout.account.same_account(account);
        (same && !remaining.is_zero()).then_some((lockout.fault, remaining))
    }

    pub(super) fn resolved(&self, node: NodeId, name: &str) -> Option<SocketAddr> {
        let memory = self.lock();
        let (known, at) = memory.get(&node)?.resolved.as_ref()?;
        (known == name).then_some(*at)
    }

    pub(super) fn resolve(&self, node: NodeId, name: String, at: SocketAddr) {
        self.lock().entry(node).or_default().resolved = Some((name, at));
    }

    /// The address led nowhere: the name is looked up again next time.
    pub(super) fn unresolve(&self, node: NodeId) {
        if let Some(entry) = self.lock().get_mut(&node) {
            entry.resolved = None;
        }
    }

    pub(super) fn forget(&self, node: NodeId) {
        self.lock().remove(&node);
    }

    /// A panic elsewhere leaves the map whole: every change is one assignment.
    fn lock(&self) -> MutexGuard<'_, HashMap<NodeId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
