//! The BMC's side of Open Session and RAKP (IPMI v2.0 §13.17 to §13.24).

use std::net::SocketAddr;
use std::time::Instant;

use crate::sim::config::Privilege;
use crate::sim::crypto::{SessionKeys, Suite, same};
use crate::sim::device::Device;
use crate::sim::faults::{Faults, Rakp2Length, use_up};
use crate::sim::session::window::Window;
use crate::sim::session::{Active, Challenge, Session, Stage};
use crate::sim::wire::handshake::{
    OpenSessionRequest, OpenSessionResponse, Proposal, Rakp1, Rakp3, Status, rakp2, rakp4, refusal,
};

/// The role byte's "look the user up by name alone".
const NAME_ONLY: u8 = 0x10;
/// Bytes of a user name at most.
const LONGEST_NAME: usize = 16;

impl Device {
    pub(super) fn open_session(&mut self, now: Instant, payload: &[u8]) -> Option<Vec<u8>> {
        let request = OpenSessionRequest::decode(payload)?;
        self.counters.open_session_requests += 1;
        let answer = self.grant_session(now, &request);
        Some(answer.unwrap_or_else(|status| {
            if status == Status::InsufficientResources {
                self.counters.sessions_refused += 1;
            }
            refusal(request.tag, status, request.console_id)
        }))
    }

    fn grant_session(
        &mut self,
        now: Instant,
        request: &OpenSessionRequest,
    ) -> Result<Vec<u8>, Status> {
        if use_up(&mut self.faults.no_resources) {
            return Err(Status::InsufficientResources);
        }
        let proposals = request.proposals.ok_or(Status::IllegalParameter)?;
        let suite = choose_suite(&self.config.suites, proposals).map_err(|status| {
            if self.faults.suite_refused_as_no_resources {
                Status::InsufficientResources
            } else {
                status
            }
        })?;
        let granted = match request.privilege {
            0 => Privilege::Administrator,
            wanted => Privilege::from_number(wanted).ok_or(Status::InvalidRole)?,
        };
        let bmc_id = loop {
            let [a, b, c, d, ..] = self.rng.block();
            let id = u32::from_le_bytes([a, b, c, d]);
            if id != 0 && self.sessions.find(id).is_none() {
                break id;
            }
        };
        let opened = self
            .sessions
            .open(self.config.session_cap, |handle| Session {
                bmc_id,
                console_id: request.console_id,
                handle,
                suite,
                asked: request.privilege,
                granted,
                last_seen: now,
                stage: Stage::Opened,
            });
        if !opened {
            return Err(Status::InsufficientResources);
        }
        let response = OpenSessionResponse {
            tag: request.tag,
            privilege: granted.number(),
            console_id: request.console_id,
            bmc_id,
            algorithms: suite.algorithms(),
        };
        Ok(response.encode())
    }

    pub(super) fn rakp1(&mut self, now: Instant, payload: &[u8]) -> Option<Vec<u8>> {
        let request = Rakp1::decode(payload)?;
        self.counters.rakp1_requests += 1;
        let Some(session) = self.sessions.find(request.bmc_id) else {
            return Some(refusal(request.tag, Status::InvalidSessionId, 0));
        };
        let agreed = Agreed {
            console_id: session.console_id,
            suite: session.suite,
            asked: session.asked,
            granted: session.granted,
        };
        let console_id = agreed.console_id;
        session.last_seen = now;
        match &session.stage {
            Stage::Opened => {}
            Stage::Challenged(_) if self.faults.dislikes_repeated_rakp => {
                self.sessions.remove(request.bmc_id);
                return None;
            }
            // The same message again was a lost answer; another one starts over.
            Stage::Challenged(before) if before.console_random == request.console_random => {
                return Some(with_tag(request.tag, &before.answer));
            }
            Stage::Challenged(_) => {}
            Stage::Active(_) => return None,
        }
        let challenge = match self.challenge(now, &request, agreed) {
            Ok(challenge) => challenge,
            Err(status) => {
                self.counters.logins_refused += 1;
                self.sessions.remove(request.bmc_id);
                return Some(refusal(request.tag, status, console_id));
            }
        };
        let answer = with_tag(request.tag, &challenge.answer);
        self.sessions.find(request.bmc_id)?.stage = Stage::Challenged(Box::new(challenge));
        Some(answer)
    }

    fn challenge(
        &mut self,
        now: Instant,
        request: &Rakp1<'_>,
        agreed: Agreed,
    ) -> Result<Challenge, Status> {
        let Agreed {
            console_id, suite, ..
        } = agreed;
        let wanted = Privilege::from_number(request.role & 0x0f).ok_or(Status::InvalidRole)?;
        let name = request.username.ok_or(Status::InvalidNameLength)?;
        let by_name_only = request.role & NAME_ONLY != 0;
        let users = self.config.users.iter().enumerate();
        let (user, found) = users
            .filter(|(_, user)| self.faults.is_user(&user.name, name))
            .find(|(_, user)| by_name_only || user.limit >= wanted)
            .ok_or(Status::UnauthorizedName)?;
        if !self.accounts.is_enabled(user) {
            return Err(Status::UnauthorizedName);
        }
        if self.lockouts.is_locked(user, now) {
            self.counters.logins_locked_out += 1;
            return Err(Status::UnauthorizedName);
        }
        if wanted > found.limit || wanted > agreed.granted {
            return Err(Status::UnauthorizedRole);
        }
        let bmc_random = self.rng.block();
        let identity = self.faults.identity(request.role, agreed.asked, name);
        let code = suite.hmac(
            found.password.as_bytes(),
            &[
                &console_id.to_le_bytes(),
                &request.bmc_id.to_le_bytes(),
                &request.console_random,
                &bmc_random,
                &self.guid,
                &identity,
            ],
        );
        let mut code = code.to_vec();
        match self.faults.rakp2_length {
            Some(Rakp2Length::Short) => code.truncate(code.len().saturating_sub(1)),
            Some(Rakp2Length::Long) => code.push(0x00),
            None => {}
        }
        Ok(Challenge {
            console_random: request.console_random,
            bmc_random,
            identity,
            user,
            limit: wanted,
            answer: rakp2(0, console_id, &bmc_random, &self.guid, &code),
        })
    }

    pub(super) fn rakp3(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        payload: &[u8],
    ) -> Option<Vec<u8>> {
        let request = Rakp3::decode(payload)?;
        let Some(session) = self.sessions.find(request.bmc_id) else {
            return Some(refusal(request.tag, Status::InvalidSessionId, 0));
        };
        let (console_id, suite) = (session.console_id, session.suite);
        session.last_seen = now;
        let challenge = match &session.stage {
            Stage::Opened => {
                return Some(refusal(request.tag, Status::InactiveSession, console_id));
            }
            Stage::Active(active) => {
                let again = same(&active.last_rakp.0, request.code);
                let answer = again.then(|| with_tag(request.tag, &active.last_rakp.1));
                if again && self.faults.dislikes_repeated_rakp {
                    self.counters.sessions_dropped += 1;
                    self.sessions.remove(request.bmc_id);
                    return None;
                }
                return answer;
            }
            Stage::Challenged(challenge) => challenge,
        };
        let user = challenge.user;
        let Some(found) = self.config.users.get(user) else {
            unreachable!("the challenge names a user of this BMC");
        };
        let identity = &challenge.identity;
        let password = found.password.as_bytes();
        let expected = suite.hmac(
            password,
            &[&challenge.bmc_random, &console_id.to_le_bytes(), identity],
        );
        // A console that was given the wrong password notices at RAKP 2 and says so here.
        if request.status != 0 || !same(&expected, request.code) {
            self.counters.logins_refused += 1;
            self.lockouts
                .on_bad_password(user, now, self.faults.lockout);
            self.sessions.remove(request.bmc_id);
            let refused = refusal(request.tag, Status::InvalidIntegrityCheck, console_id);
            return (request.status == 0).then_some(refused);
        }
        let kg = self.config.kg.as_deref().unwrap_or(password);
        let sik = suite.hmac(
            kg,
            &[&challenge.console_random, &challenge.bmc_random, identity],
        );
        let check = suite.check_value(
            &sik,
            &[
                &challenge.console_random,
                &request.bmc_id.to_le_bytes(),
                &self.guid,
            ],
        );
        let answer = rakp4(0, console_id, &check);
        let limit = challenge.limit;
        let privilege = if self.faults.starts_at_full_privilege {
            limit
        } else {
            limit.min(Privilege::User)
        };
        session.stage = Stage::Active(Box::new(Active {
            keys: SessionKeys::derive(suite, &sik),
            peer,
            user,
            limit,
            privilege,
            received: Window::default(),
            sent: 0,
            closing: false,
            last_rakp: (request.code.to_vec(), answer.clone()),
        }));
        self.lockouts.on_good_password(user);
        self.counters.sessions_opened += 1;
        Some(with_tag(request.tag, &answer))
    }
}

/// What Open Session left to be known.
#[derive(Clone, Copy)]
struct Agreed {
    console_id: u32,
    suite: Suite,
    asked: u8,
    granted: Privilege,
}

impl Faults {
    /// ROLEm, ULENGTHm and UNAMEm as the hashes cover them, for a role byte and a name as they stood in RAKP 1 and a
    /// privilege as it stood in Open Session.
    fn identity(&self, role: u8, asked: u8, name: &[u8]) -> Vec<u8> {
        let role = if self.open_session_privilege_keys {
            asked
        } else if self.open_session_privilege_and_lookup_keys {
            (role & NAME_ONLY) | asked
        } else {
            role
        };
        let mut out = vec![role, u8::try_from(name.len()).unwrap_or(u8::MAX)];
        out.extend(name);
        if self.padded_user_name {
            out.resize(2 + LONGEST_NAME, 0x00);
        }
        out
    }

    /// Whether RAKP 1 names this user. A BMC that pads the name takes it padded, too.
    fn is_user(&self, user: &str, name: &[u8]) -> bool {
        let rest = name.strip_prefix(user.as_bytes());
        rest.is_some_and(|rest| {
            rest.is_empty() || self.padded_user_name && rest.iter().all(|byte| *byte == 0)
        })
    }
}

fn with_tag(tag: u8, answer: &[u8]) -> Vec<u8> {
    let mut out = answer.to_vec();
    if let Some(first) = out.first_mut() {
        *first = tag;
    }
    out
}

/// The offered suite that fits, the strongest where several do, or the status that says which algorithm did not.
fn choose_suite(offered: &[Suite], proposals: [Proposal; 3]) -> Result<Suite, Status> {
    let fits = |suite: &&Suite| {
        proposals
            .iter()
            .zip(suite.algorithms())
            .all(|(proposal, number)| proposal.accepts(number))
    };
    if let Some(suite) = offered.iter().filter(fits).max() {
        return Ok(*suite);
    }
    let statuses = [
        Status::InvalidAuthenticationAlgorithm,
        Status::InvalidIntegrityAlgorithm,
        Status::InvalidConfidentialityAlgorithm,
    ];
    for (position, (proposal, status)) in proposals.iter().zip(statuses).enumerate() {
        let known = offered.iter().any(|suite| {
            let number = suite.algorithms().get(position).copied();
            number.is_some_and(|number| proposal.accepts(number))
        });
        if !known {
            return Err(status);
        }
    }
    Err(Status::NoCipherSuiteMatch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn propose(algorithms: [u8; 3]) -> [Proposal; 3] {
        algorithms.map(Proposal::Number)
    }

    #[test]
    fn refused_suite_is_told_by_the_algorithm_that_is_missing() {
        let both = [Suite::Sha1, Suite::Sha256];
        let cases = [
            ([1, 1, 1], Ok(Suite::Sha1)),
            ([3, 4, 1], Ok(Suite::Sha256)),
            ([2, 1, 1], Err(Status::InvalidAuthenticationAlgorithm)),
            ([1, 2, 1], Err(Status::InvalidIntegrityAlgorithm)),
            ([1, 1, 0], Err(Status::InvalidConfidentialityAlgorithm)),
            ([1, 4, 1], Err(Status::NoCipherSuiteMatch)),
        ];
        for (algorithms, expected) in cases {
            assert_eq!(choose_suite(&both, propose(algorithms)), expected);
        }
        assert_eq!(
            choose_suite(&[Suite::Sha256], propose([1, 1, 1])),
            Err(Status::InvalidAuthenticationAlgorithm)
        );
        assert_eq!(choose_suite(&both, [Proposal::Any; 3]), Ok(Suite::Sha256));
    }
}
