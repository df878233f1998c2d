//! Which maximum privilege to ask for when a session is opened.
//!
//! The maximum is fixed for the life of a session; the privilege that it has now begins at USER and is raised when a command
//! needs more. So a session that will serve more than one command asks for room above what its first command needs, and
//! one that will not asks for no more than that. A BMC that refuses a maximum is offered the next one.

use std::collections::VecDeque;

use super::Session;
use crate::ipmi::command::Request;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::quirk::{Quirk, Quirks};

use super::settings::{Profile, Settings};

/// The maxima to ask for under one request, the next one in front.
#[derive(Debug)]
pub(super) struct Asking {
    left: VecDeque<Privilege>,
    needed: Privilege,
    /// The BMC refused one of them.
    refused: bool,
}

impl Asking {
    /// Room for later commands, then what this one needs; at last the account's limit, which some BMCs insist on. Where the BMC
    /// is known to insist, the limit goes first.
    pub(super) fn new(
        request: &Request,
        settings: &Settings,
        profile: &Profile,
        quirks: Quirks,
    ) -> Self {
        let needed = request.privilege;
        let limit = settings.limit.max(needed);
        let highest = profile.highest.unwrap_or(limit);
        let room = request.room.min(limit).min(highest).max(needed);
        let order = if quirks.has(Quirk::ExactPrivilege) {
            [limit, room, needed]
        } else {
            [room, needed, limit]
        };
        let mut left = VecDeque::new();
        for privilege in order {
            if !left.contains(&privilege) {
                left.push_back(privilege);
            }
        }
        Self {
            left,
            needed,
            refused: false,
        }
    }

    /// What to ask for now.
    pub(super) fn maximum(&self) -> Privilege {
        self.left.front().copied().unwrap_or(self.needed)
    }

    /// Whether something less would do for the request.
    pub(super) fn has_room(&self) -> bool {
        self.maximum() > self.needed
    }
}

impl Session {
    /// The maximum privilege to ask for.
    pub(super) fn maximum(&self) -> Privilege {
        self.pending
            .as_ref()
            .map_or(Privilege::User, |pending| pending.asking.maximum())
    }

    /// The BMC refused the maximum that was asked for. False if there is no other to ask for.
    pub(super) fn ask_otherwise(&mut self) -> bool {
        let Some(pending) = &mut self.pending else {
            return false;
        };
        let asking = &mut pending.asking;
        if asking.left.len() < 2 {
            return false;
        }
        asking.left.pop_front();
        asking.refused = true;
        true
    }

    /// A command was refused for want of privilege, though its session has what it needs: the BMC may insist on the account's
    /// limit. False if the session has it already.
    pub(super) fn ask_for_the_limit(&mut self, granted: Privilege) -> bool {
        let limit = self.settings.limit;
        let Some(pending) = &mut self.pending else {
            return false;
        };
        let asking = &mut pending.asking;
        if granted >= limit || !asking.left.contains(&limit) {
            return false;
        }
        asking.left = VecDeque::from([limit]);
        asking.refused = true;
        true
    }

    /// A session with this maximum did what it was opened for: remembers what the BMC wants to be asked for.
    pub(super) fn learn_maximum(&mut self, granted: Privilege) {
        let Some(pending) = &self.pending else {
            return;
        };
        let asking = &pending.asking;
        let (limit, needed) = (self.settings.limit, asking.needed);
        let set = self.settings.quirks.has(Quirk::ExactPrivilege);
        let quirks = &mut self.profile.quirks;
        if asking.refused && granted == limit && limit > needed && !set {
            quirks.insert(Quirk::ExactPrivilege);
        } else if asking.refused && granted < limit {
            quirks.remove(Quirk::ExactPrivilege);
            self.profile.highest = Some(granted);
        }
        if self
            .profile
            .highest
            .is_some_and(|highest| granted > highest)
        {
            self.profile.highest = None;
        }
    }
}
