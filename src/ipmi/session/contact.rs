//! First contact: what a BMC is asked before its first login, once in its life.
//!
//! Get Channel Authentication Capabilities, then Get Channel Cipher Suites, each sent at most twice and not waited for long:
//! some BMCs ignore them. What comes back only orders the cipher suites. It forbids nothing, because BMCs are known to list
//! wrong suites (Intel S2600JF) and to tell wrongly whether they have a K_G (Asus P5M2, Intel SR1520ML).

use std::time::Instant;

use super::settings::Entropy;
use super::suites::{Candidates, SuiteSet};
use super::timer::jittered;
use super::{Session, State};
use crate::ipmi::probe::{Findings, Plan, Probe, Step};
use crate::ipmi::quirk::Quirk;

/// How often each question is sent.
const SENDS: u32 = 2;

impl Session {
    /// Whether the BMC is still to be asked. Where the suite is set or known, there is nothing to learn.
    pub(super) fn is_stranger(&self) -> bool {
        self.settings.first_contact
            && self.settings.suite.is_none()
            && self.profile.suite.is_none()
            && self.profile.offered.is_none()
    }

    /// Sends the first question.
    pub(super) fn make_contact(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let probe = Probe::without_ping(Plan {
            sends: SENDS,
            blind_sends: SENDS,
            timeout: jittered(self.settings.timing.contact, entropy),
            suites: !self.quirks().has(Quirk::NoCipherSuiteList),
        });
        self.state = State::Contact(probe);
        self.go_on_asking(now, entropy);
    }

    /// A datagram of a BMC that is being asked.
    pub(super) fn on_contact(&mut self, now: Instant, datagram: &[u8], entropy: &mut dyn Entropy) {
        if let State::Contact(probe) = &mut self.state
            && probe.on_datagram(datagram)
        {
            self.heard(now);
            self.go_on_asking(now, entropy);
        }
    }

    /// The next packet, if one is due; after the last question, the login.
    pub(super) fn go_on_asking(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let State::Contact(probe) = &mut self.state else {
            return;
        };
        match probe.poll(now) {
            Step::Transmit(datagram) => self.transmit(datagram),
            Step::Wait(_) => {}
            Step::Done => {
                let findings = probe.findings().clone();
                if findings.is_there() {
                    self.learn_contact(&findings);
                }
                self.log_in(now, entropy);
            }
        }
    }

    /// The questions stayed unanswered, and Open Session did not: they are not asked again.
    pub(super) fn learn_silent_contact(&mut self) {
        if self.is_stranger() {
            self.learn_contact(&Findings::default());
        }
    }

    fn learn_contact(&mut self, findings: &Findings) {
        let listed = findings.suites.as_deref();
        self.profile.offered = Some(SuiteSet::from_numbers(listed.unwrap_or_default()));
        if findings.is_there() && !self.settings.quirks.has(Quirk::NoCipherSuiteList) {
            let quirks = &mut self.profile.quirks;
            quirks.set(Quirk::NoCipherSuiteList, listed.is_none());
        }
        if let Some(pending) = &mut self.pending {
            pending.contacted = findings.is_there();
        }
        self.line_up_suites();
    }

    /// Whether the BMC answered the questions under this request, and is now at its first login.
    pub(super) fn was_only_contacted(&self) -> bool {
        self.pending
            .as_ref()
            .is_some_and(|pending| pending.contacted && pending.logins == 1)
    }

    /// Which suites to try from now on, after what is known now.
    pub(super) fn line_up_suites(&mut self) {
        self.candidates = Candidates::new(self.settings.suite, &self.profile, self.quirks());
    }
}
