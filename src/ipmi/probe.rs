//! What a BMC tells anybody, before any session: is it there, does it speak IPMI v2.0, which cipher suites has it?
//!
//! A state machine without socket and clock, like [`session`](super::session). Whoever drives it sends what [`Probe::poll`]
//! gives, when it likes to: so many probes can share one budget of packets. Each question may stay without an answer: many
//! BMCs answer no presence ping, and some no Get Channel Cipher Suites.

use std::time::{Duration, Instant};

use ipmi_rs::app::auth::PrivilegeLevel;
use ipmi_rs::connection::{Channel, IpmiCommand as _, Message};

use super::command::channel_auth::{
    ChannelAuthenticationCapabilities, GetChannelAuthenticationCapabilities,
};
use super::command::cipher_suites::{CipherSuitesRequest, suite_numbers};
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
        self.presence.is_some() || self.capabilities.is_some() || self.refusal.is_some()
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

    /// Takes a datagram from the BMC's address. Whatever it is, it does no harm.
    pub fn on_datagram(&mut self, datagram: &[u8]) {
        if let Ok(pong) = asf::decode_pong(datagram) {
            if pong.tag == TAG {
                self.findings.presence.get_or_insert(pong.ipmi);
                if self.question == Some(Question::Presence) {
                    self.go_on();
                }
            }
            return;
        }
        let Ok(response) = v15::decode(datagram).and_then(LanResponse::decode) else {
            return;
        };
        let Some(question) = self.question else {
            return;
        };
        if !question.is_answered_by(&response) {
            return;
        }
        match question {
            Question::Presence => {}
            Question::Capabilities => self.on_capabilities(&response),
            Question::Suites { index } => self.on_suites(index, &response),
        }
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
        let full = page.is_full();
        self.records.extend(page.records);
        self.findings.suites = Some(suite_numbers(&self.records));
        if full && index < LAST_INDEX {
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

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan {
        sends: 3,
        blind_sends: 2,
        timeout: Duration::from_secs(1),
        suites: true,
    };
    const PONG: [u8; 28] = [
        6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x40, TAG, 0, 0x10, 0, 0, 0x11, 0xBE, 0, 0, 0, 0, 0x81, 0,
        0, 0, 0, 0, 0, 0,
    ];

    #[expect(
        clippy::disallowed_methods,
        reason = "this module knows no clock of ours"
    )]
    fn some_instant() -> Instant {
        Instant::now()
    }

    fn answer(command: u8, rq_seq: u8, completion: u8, data: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        LanResponse {
            netfn: 0x07,
            rq_seq,
            command,
            completion,
            data,
            checksums: true,
        }
        .encode(&mut message);
        let mut out = vec![6, 0, 0xFF, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        out.push(u8::try_from(message.len()).unwrap());
        out.extend(message);
        out
    }

    /// Lets time pass, with this BMC: gives what was found and how many packets it took.
    fn run(plan: Plan, mut bmc: impl FnMut(&[u8]) -> Vec<Vec<u8>>) -> (Findings, u32) {
        let (mut probe, mut now, mut packets) = (Probe::new(plan), some_instant(), 0);
        loop {
            match probe.poll(now) {
                Step::Transmit(datagram) => {
                    packets += 1;
                    for answer in bmc(&datagram) {
                        probe.on_datagram(&answer);
                    }
                }
                Step::Wait(due) => now = due,
                Step::Done => return (probe.into_findings(), packets),
            }
        }
    }

    /// Answers all; suites 3 and 17 lie on both sides of the first page's end.
    fn talkative(datagram: &[u8]) -> Vec<Vec<u8>> {
        let mut records = vec![0xC0, 3, 0x01, 0x41, 0x81];
        records.extend([0xC0, 8, 0x02, 0x42, 0x81]);
        records.extend([0xC0, 12, 0x02, 0x43, 0x81]);
        records.extend([0xC0, 17, 0x03, 0x44, 0x81]);
        match datagram.get(19) {
            None => vec![PONG.to_vec()],
            Some(0x38) => vec![answer(0x38, 1, 0, &[1, 0x80, 0x24, 0x02, 0, 0, 0, 0])],
            Some(_) => {
                let index = usize::from(datagram[22] & 0x3F);
                let mut page = vec![1];
                page.extend(records.chunks(16).nth(index).unwrap_or_default());
                let rq_seq = datagram[18] >> 2;
                vec![answer(0x54, rq_seq, 0, &page)]
            }
        }
    }

    #[test]
    fn four_packets_tell_presence_logins_and_suites() {
        let (findings, packets) = run(PLAN, talkative);
        assert_eq!((packets, findings.presence), (4, Some(true)));
        assert_eq!(findings.suites, Some(vec![3, 8, 12, 17]));
        let capabilities = findings.capabilities.unwrap();
        assert!(capabilities.ipmi2_connections_supported && capabilities.kg_status);
        assert!(!capabilities.anonymous_login_enabled);
    }

    #[test]
    fn each_question_may_stay_without_an_answer() {
        let (findings, packets) = run(PLAN, |_| Vec::new());
        assert!(!findings.is_there());
        assert_eq!(packets, 4);

        let (findings, packets) = run(PLAN, |sent| match sent.get(19) {
            Some(0x38) => talkative(sent),
            _ => Vec::new(),
        });
        assert!(findings.is_there() && findings.presence.is_none());
        assert!(findings.capabilities.is_some() && findings.suites.is_none());
        assert_eq!(packets, 5, "ping twice, capabilities, suites twice");

        let (findings, _) = run(PLAN, |sent| match sent.get(19) {
            Some(0x38) => vec![answer(0x38, 1, 0xCC, &[])],
            _ => Vec::new(),
        });
        assert_eq!(findings.refusal, Some(0xCC));
    }

    #[test]
    fn truncations_strays_and_endless_lists_do_no_harm() {
        for cut in 0..40 {
            run(PLAN, |sent| {
                let cut_short = |answer: Vec<u8>| answer[..cut.min(answer.len())].to_vec();
                talkative(sent).into_iter().map(cut_short).collect()
            });
        }
        let (findings, _) = run(PLAN, |_| vec![answer(0x38, 9, 0, &[1; 8])]);
        assert!(!findings.is_there(), "another request's answer");
        let (_, packets) = run(PLAN, |sent| match sent.get(19) {
            Some(0x54) => vec![answer(0x54, sent[18] >> 2, 0, &[0xC0; 17])],
            _ => talkative(sent),
        });
        assert_eq!(packets, 2 + 64);
    }
}
