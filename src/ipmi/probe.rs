//! What a BMC tells anybody, before any session: is it there, does it speak IPMI v2.0, which cipher suites has it?
//!
//! A state machine without socket and clock, like [`session`](super::session). Whoever drives it sends what [`Probe::poll`]
//! gives, when it likes to: so many probes can share one budget of packets. Each question may stay without an answer: many
//! BMCs answer no presence ping, and some no Get Channel Cipher Suites.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use ipmi_rs::app::auth::PrivilegeLevel;
use ipmi_rs::connection::{Channel, IpmiCommand as _, Message};

use super::command::channel_auth::{
    ChannelAuthenticationCapabilities, GetChannelAuthenticationCapabilities,
};
use super::command::cipher_suites::{CipherSuitesRequest, suite_numbers};
use super::quirk::{Quirk, Quirks};
use super::wire::lan::{LanRequest, LanResponse};
use super::wire::{asf, v15};

/// The tag of the ping; FFh would mean that no pong is wanted.
const TAG: u8 = 0x1D;
/// The last index of the list of cipher suites.
const LAST_INDEX: u8 = 0x3F;

/// What to ask, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often each question is sent to a BMC that has answered something.
    pub sends: u32,
    /// How often each question is sent while nothing has answered.
    pub blind_sends: u32,
    /// How long an answer is waited for before the next packet.
    pub timeout: Duration,
    /// Whether to ask for the cipher suites, at most twice for each part of the list.
    pub suites: bool,
}

/// What a BMC said; `None` where it said nothing.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// It answers RMCP presence pings, and this says whether it names IPMI.
    pub presence: Option<bool>,
    /// How one logs in.
    pub capabilities: Option<ChannelAuthenticationCapabilities>,
    /// It refused to tell how one logs in, with this completion code.
    pub refusal: Option<u8>,
    /// The numbers of its standard cipher suites.
    pub suites: Option<Vec<u8>>,
}

impl Findings {
    /// Whether anything came back.
    pub fn is_there(&self) -> bool {
        self.presence.is_some() || self.answers_commands()
    }

    /// What it showed of known faults, where all was asked and it is there.
    pub fn quirks(&self) -> Quirks {
        let mut quirks = Quirks::default();
        if self.answers_commands() {
            quirks.set(Quirk::NoPresencePing, self.presence.is_none());
            quirks.set(Quirk::NoCipherSuiteList, self.suites.is_none());
        }
        quirks
    }

    fn answers_commands(&self) -> bool {
        self.capabilities.is_some() || self.refusal.is_some()
    }
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this.
    Transmit(Vec<u8>),
    /// Nothing before then, unless a datagram comes.
    Wait(Instant),
    /// All questions are answered or given up.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Presence,
    Capabilities,
    Suites { index: u8 },
}

/// The questions to one BMC.
#[derive(Debug)]
pub struct Probe {
    plan: Plan,
    question: Option<Question>,
    /// How often it was sent.
    sends: u32,
    due: Option<Instant>,
    records: Vec<u8>,
    findings: Findings,
}

impl Probe {
    /// Nothing was asked yet.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            question: Some(Question::Presence),
            sends: 0,
            due: None,
            records: Vec::new(),
            findings: Findings::default(),
        }
    }

    /// The same without the ping: for who will log in anyway, it says nothing that the other questions do not.
    pub fn without_ping(plan: Plan) -> Self {
        Self {
            question: Some(Question::Capabilities),
            ..Self::new(plan)
        }
    }

    /// How often the question that is out was sent.
    pub fn sends(&self) -> u32 {
        self.sends
    }

    /// When the next packet is due, if none comes before.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What was found so far.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What was found.
    pub fn into_findings(self) -> Findings {
        self.findings
    }

    /// What to do now. A datagram that it gives counts as sent.
    pub fn poll(&mut self, now: Instant) -> Step {
        while let Some(question) = self.question {
            if let Some(due) = self.due.filter(|due| now < *due) {
                return Step::Wait(due);
            }
            if self.sends < self.allowed(question) {
                self.sends += 1;
                self.due = Some(now + self.plan.timeout);
                if let Some(datagram) = question.datagram() {
                    return Step::Transmit(datagram);
                }
            }
            self.go_on();
        }
        Step::Done
    }

    /// Takes a datagram from the BMC's address. Whatever it is, it does no harm. Says whether it was an answer.
    pub fn on_datagram(&mut self, datagram: &[u8]) -> bool {
        if let Ok(pong) = asf::decode_pong(datagram) {
            let ours = pong.tag == TAG;
            if ours {
                self.findings.presence.get_or_insert(pong.ipmi);
                if self.question == Some(Question::Presence) {
                    self.go_on();
                }
            }
            return ours;
        }
        let Ok(response) = v15::decode(datagram).and_then(LanResponse::decode) else {
            return false;
        };
        let Some(question) = self.question else {
            return false;
        };
        if !question.is_answered_by(&response) {
            return false;
        }
        match question {
            Question::Presence => {}
            Question::Capabilities => self.on_capabilities(&response),
            Question::Suites { index } => self.on_suites(index, &response),
        }
        true
    }

    fn on_capabilities(&mut self, response: &LanResponse<'_>) {
        if response.completion == 0x00 {
            let parsed =
                GetChannelAuthenticationCapabilities::parse_success_response(response.data);
            self.findings.capabilities = parsed.ok();
        } else {
            self.findings.refusal = Some(response.completion);
        }
        self.go_on();
    }

    fn on_suites(&mut self, index: u8, response: &LanResponse<'_>) {
        let page = CipherSuitesRequest::parse_success_response(response.data);
        let Some(page) = page.ok().filter(|_| response.completion == 0x00) else {
            self.go_on();
            return;
        };
        // A BMC that does not look at the index sends the same page for ever.
        let more = page.is_full() && !self.records.ends_with(&page.records);
        self.records.extend(page.records);
        self.findings.suites = Some(suite_numbers(&self.records));
        if more && index < LAST_INDEX {
            let index = index + 1;
            self.ask(Some(Question::Suites { index }));
        } else {
            self.go_on();
        }
    }

    fn allowed(&self, question: Question) -> u32 {
        match question {
            Question::Suites { .. } => self.plan.sends.min(2),
            Question::Presence | Question::Capabilities if self.findings.is_there() => {
                self.plan.sends
            }
            Question::Presence | Question::Capabilities => self.plan.blind_sends,
        }
    }

    /// The question is answered or given up.
    fn go_on(&mut self) {
        let next = match self.question {
            Some(Question::Presence) => Some(Question::Capabilities),
            Some(Question::Capabilities) if self.plan.suites && self.findings.is_there() => {
                Some(Question::Suites { index: 0 })
            }
            Some(Question::Capabilities | Question::Suites { .. }) | None => None,
        };
        self.ask(next);
    }

    fn ask(&mut self, question: Option<Question>) {
        self.question = question;
        self.sends = 0;
        self.due = None;
    }
}

impl Question {
    fn message(self) -> Option<Message> {
        match self {
            Self::Presence => None,
            // What the channel offers to administrators; BMCs that offer less to them than to others are unknown.
            Self::Capabilities => Some(
                GetChannelAuthenticationCapabilities::new(
                    Channel::Current,
                    PrivilegeLevel::Administrator,
                )
                .into(),
            ),
            Self::Suites { index } => Some(CipherSuitesRequest { index }.into()),
        }
    }

    /// Differs between pages, so that a late page is not taken for the next.
    fn rq_seq(self) -> u8 {
        match self {
            Self::Presence | Self::Capabilities => 0x01,
            Self::Suites { index } => (index + 2) & 0x3F,
        }
    }

    fn datagram(self) -> Option<Vec<u8>> {
        let Some(message) = self.message() else {
            return Some(asf::encode_ping(TAG));
        };
        v15::encode(&LanRequest {
            netfn: message.netfn_raw(),
            rq_seq: self.rq_seq(),
            command: message.cmd(),
            data: message.data(),
        })
        .ok()
    }

    fn is_answered_by(self, response: &LanResponse<'_>) -> bool {
        self.message().is_some_and(|message| {
            response.netfn == message.netfn_raw() | 0x01
                && response.command == message.cmd()
                && response.rq_seq == self.rq_seq()
        })
    }
}
