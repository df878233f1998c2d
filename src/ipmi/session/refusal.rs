//! What follows when the BMC refuses a login: the next cipher suite, more privilege, patience, or the end of the request.

use std::time::Instant;

use super::output::{CredentialsFault, Failure, PrivilegeFault, Stage, SuiteRefusal};
use super::settings::Entropy;
use super::timer::jittered;
use super::{Session, State};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::wire::status::Status;

/// Logins under one request after which a BMC that keeps forgetting them is given up.
const LOGINS: u32 = 10;
/// How often a BMC without a free session is asked again.
const FULL: u32 = 3;

impl Session {
    /// The BMC answered a login message with an error.
    pub(super) fn login_refused(
        &mut self,
        now: Instant,
        stage: Stage,
        suite: Suite,
        status: Status,
        entropy: &mut dyn Entropy,
    ) {
        match status {
            // None for so much privilege; there may be one for less.
            Status::InsufficientResourcesForRole if self.has_room() && self.ask_otherwise() => {
                self.open(now, entropy);
            }
            Status::InsufficientResources | Status::InsufficientResourcesForRole => {
                self.candidates.full(suite);
                self.open(now, entropy);
            }
            Status::InvalidPayloadType
            | Status::InvalidAuthenticationAlgorithm
            | Status::InvalidIntegrityAlgorithm
            | Status::NoMatchingAuthenticationPayload
            | Status::NoMatchingIntegrityPayload
            | Status::InvalidConfidentialityAlgorithm
            | Status::NoCipherSuiteMatch
            | Status::IllegalParameter => self.suite_refused(now, suite, status, entropy),
            // To Open Session they are a Supermicro's words for a disabled suite; later they mean what they say.
            Status::InvalidRole | Status::UnauthorizedRole | Status::InactiveSessionId
                if stage == Stage::OpenSession =>
            {
                self.suite_refused(now, suite, status, entropy);
            }
            Status::InvalidRole | Status::UnauthorizedRole => {
                if self.ask_otherwise() {
                    self.open(now, entropy);
                } else {
                    let fault = PrivilegeFault::Login(status);
                    self.end_for_privilege(now, fault, entropy);
                }
            }
            // The BMC has forgotten the session that is being set up: begin anew, not for ever.
            Status::InvalidSessionId | Status::InactiveSessionId => {
                let worn_out = self.pending.as_ref().is_some_and(|p| p.logins >= LOGINS);
                if worn_out {
                    self.end(now, Failure::Refused { stage, status }, entropy);
                } else {
                    self.open(now, entropy);
                }
            }
            // Where users are looked up by name and privilege, there is no such user with so much of it.
            Status::UnauthorizedName if self.has_room() && self.ask_otherwise() => {
                self.open(now, entropy);
            }
            Status::UnauthorizedName | Status::InvalidNameLength => {
                let fault = CredentialsFault::Username(status);
                self.end(now, Failure::Credentials(fault), entropy);
            }
            Status::InvalidIntegrityCheck => {
                let fault = CredentialsFault::PasswordRefused(status);
                self.end(now, Failure::Credentials(fault), entropy);
            }
            Status::Ok | Status::UnauthorizedGuid | Status::Unknown(_) => {
                self.end(now, Failure::Refused { stage, status }, entropy);
            }
        }
    }

    pub(super) fn suite_refused(
        &mut self,
        now: Instant,
        suite: Suite,
        status: Status,
        entropy: &mut dyn Entropy,
    ) {
        self.candidates.refuse(suite, SuiteRefusal::Status(status));
        self.open(now, entropy);
    }

    /// Waits, because the BMC has no free session; longer each time.
    pub(super) fn wait_for_free_session(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        self.candidates.try_full_again();
        let Some(pending) = &mut self.pending else {
            return;
        };
        pending.full += 1;
        if pending.full > FULL {
            self.end(now, Failure::NoFreeSession, entropy);
            return;
        }
        let wait = self.settings.timing.full * (1 << (pending.full - 1));
        self.state = State::Waiting {
            until: now + jittered(wait, entropy),
        };
    }

    fn has_room(&self) -> bool {
        self.pending
            .as_ref()
            .is_some_and(|pending| pending.asking.has_room())
    }

    pub(super) fn end_for_privilege(
        &mut self,
        now: Instant,
        fault: PrivilegeFault,
        entropy: &mut dyn Entropy,
    ) {
        let needed = self.pending.as_ref().map(|p| p.request.privilege);
        let needed = needed.unwrap_or(self.settings.limit);
        self.end(now, Failure::Privilege { needed, fault }, entropy);
    }

    /// Ends the request and the login with it.
    pub(super) fn end(&mut self, now: Instant, failure: Failure, entropy: &mut dyn Entropy) {
        self.fail(failure);
        self.closed(now, entropy);
    }
}
