//! Which peer comes next, and which is looked at when.

use std::cmp::Reverse;
use std::net::SocketAddr;
use std::time::Instant;

use super::engine::Engine;
use super::settings::Urgency;

impl Engine {
    /// Begins what can begin. To be called after everything else.
    pub(super) fn begin(&mut self, now: Instant) {
        while self.in_flight < self.settings.max_in_flight {
            let next = match self.users.pop_front() {
                Some(at) => self.unlist(at, Urgency::User),
                None => match self.polls.pop_front() {
                    Some(at) => self.unlist(at, Urgency::Poll),
                    None => return,
                },
            };
            if let Some(at) = next {
                self.begin_next(now, at);
            }
        }
    }

    /// When to call [`Self::tick`].
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.timers.peek().map(|Reverse((at, _))| *at)
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) {
        while let Some(Reverse((due, at))) = self.timers.peek().copied() {
            if due > now {
                return;
            }
            self.timers.pop();
            let Some(peer) = self.peers.get_mut(&at) else {
                continue;
            };
            if peer.looked_at == Some(due) {
                peer.looked_at = None;
            }
            self.wake(now, at);
        }
    }

    /// Puts a peer with jobs into the lists of those that can begin.
    pub(super) fn list(&mut self, at: SocketAddr) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        if peer.busy {
            return;
        }
        if !peer.users.is_empty() && !peer.listed_user {
            peer.listed_user = true;
            self.users.push_back(at);
        }
        if !peer.polls.is_empty() && !peer.listed_poll {
            peer.listed_poll = true;
            self.polls.push_back(at);
        }
    }

    /// Takes note that a peer left a list; gives it back if it can begin.
    pub(super) fn unlist(&mut self, at: SocketAddr, urgency: Urgency) -> Option<SocketAddr> {
        let peer = self.peers.get_mut(&at)?;
        match urgency {
            Urgency::User => peer.listed_user = false,
            Urgency::Poll => peer.listed_poll = false,
        }
        (!peer.busy && peer.has_jobs()).then_some(at)
    }

    pub(super) fn set_busy(&mut self, at: SocketAddr, busy: bool) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        if peer.busy == busy {
            return;
        }
        peer.busy = busy;
        self.set_counted(at, busy);
        if !busy {
            self.list(at);
        }
    }

    /// Whether the peer counts as in flight. Dead BMCs do not: they would take all places for seconds.
    pub(super) fn set_counted(&mut self, at: SocketAddr, counted: bool) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        if peer.counted == counted {
            return;
        }
        peer.counted = counted;
        if counted {
            self.in_flight += 1;
        } else {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    /// Sees to it that the heap looks here in time.
    pub(super) fn set_timer(&mut self, at: SocketAddr) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        let Some(due) = peer.due() else {
            return;
        };
        if peer.looked_at.is_none_or(|looked_at| due < looked_at) {
            peer.looked_at = Some(due);
            self.timers.push(Reverse((due, at)));
        }
    }
}
