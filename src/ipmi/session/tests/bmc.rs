//! A BMC for tests: keeps real sessions, counts what it did, and has switches for what real BMCs do wrong.

use std::collections::BTreeMap;

use crate::ipmi::crypto::cipher;
use crate::ipmi::crypto::keys::{Key, SessionKeys, Username};
use crate::ipmi::crypto::rakp::Transcript;
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::quirk::{Quirk, Quirks};
use crate::ipmi::wire::lan::{LanRequest, LanResponse};
use crate::ipmi::wire::open_session::{Accepted, OpenSessionRequest, OpenSessionResponse};
use crate::ipmi::wire::rakp1::Rakp1;
use crate::ipmi::wire::rakp2::{Challenge, Rakp2};
use crate::ipmi::wire::rakp3::Rakp3;
use crate::ipmi::wire::rakp4::Rakp4;
use crate::ipmi::wire::status::Status;
use crate::ipmi::wire::v2::{self, PayloadType};
use crate::ipmi::wire::v15;

pub(super) struct Bmc {
    pub(super) suites: Vec<Suite>,
    /// What it lists, where that is not what it has.
    pub(super) lists: Option<Vec<Suite>>,
    /// What it says to a suite that it has not.
    pub(super) refusal: Status,
    /// What it says to a maximum privilege above the user's limit.
    pub(super) role_refusal: Status,
    /// Accepts every suite and answers with suite 3, as pyghmi's does.
    pub(super) always_suite_3: bool,
    pub(super) username: &'static str,
    pub(super) password: &'static str,
    pub(super) kg: Option<&'static [u8]>,
    pub(super) limit: Privilege,
    /// Sessions, half open ones included.
    pub(super) slots: usize,
    /// The next so many sessions are refused, as if there were none free.
    pub(super) full_for: u32,
    /// Takes only sessions whose maximum privilege is the user's limit.
    pub(super) exact_privilege: bool,
    pub(super) quirks: Quirks,
    /// Says nothing to a wrong password.
    pub(super) silent_on_wrong_password: bool,
    /// Says nothing to these commands, before a session and in it.
    pub(super) deaf_to: Vec<u8>,
    pub(super) power: bool,
    /// Chassis controls that it acted on.
    pub(super) controls: Vec<u8>,
    pub(super) opened: u32,
    /// Maximum privileges that RAKP 1 asked for.
    pub(super) maxima: Vec<u8>,
    /// Privilege levels that sessions were raised to.
    pub(super) levels: Vec<u8>,
    pub(super) sessions: BTreeMap<u32, Slot>,
    /// The commands that it was asked before any session.
    pub(super) questions: Vec<u8>,
    /// What it was asked for in Open Session.
    pub(super) asked: Vec<Suite>,
    /// Half-open sessions that were dropped because the console said so.
    pub(super) dropped: u32,
    next_id: u32,
}

pub(super) struct Slot {
    transcript: Transcript,
    keys: Option<SessionKeys>,
    privilege: u8,
    level: u8,
    sequence: u32,
    /// Sequence numbers that came: a replay is dropped.
    received: Vec<u32>,
}

impl Bmc {
    pub(super) fn new() -> Self {
        Self {
            suites: vec![Suite::S3, Suite::S8, Suite::S12, Suite::S17],
            lists: None,
            refusal: Status::NoCipherSuiteMatch,
            role_refusal: Status::UnauthorizedRole,
            always_suite_3: false,
            username: "admin",
            password: "secret",
            kg: None,
            limit: Privilege::Administrator,
            slots: 4,
            full_for: 0,
            exact_privilege: false,
            quirks: Quirks::default(),
            silent_on_wrong_password: false,
            deaf_to: Vec::new(),
            power: false,
            controls: Vec::new(),
            opened: 0,
            maxima: Vec::new(),
            levels: Vec::new(),
            sessions: BTreeMap::new(),
            questions: Vec::new(),
            asked: Vec::new(),
            dropped: 0,
            next_id: 0x0200_1000,
        }
    }

    /// Sessions that are logged in.
    pub(super) fn established(&self) -> usize {
        let logged_in = |slot: &&Slot| slot.keys.is_some();
        self.sessions.values().filter(logged_in).count()
    }

    /// Answers a datagram.
    pub(super) fn receive(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        if let Ok(message) = v15::decode(datagram) {
            return self.question(&LanRequest::decode(message).ok()?);
        }
        let packet = v2::decode(datagram).ok()?;
        let plain = |kind, payload: Vec<u8>| v2::encode_plain(kind, &payload).ok();
        match packet.payload_type {
            PayloadType::OpenSessionRequest => plain(
                PayloadType::OpenSessionResponse,
                self.open(OpenSessionRequest::decode(packet.payload).ok()?),
            ),
            PayloadType::Rakp1 => plain(
                PayloadType::Rakp2,
                self.rakp1(Rakp1::decode(packet.payload).ok()?)?,
            ),
            PayloadType::Rakp3 => plain(
                PayloadType::Rakp4,
                self.rakp3(Rakp3::decode(packet.payload).ok()?)?,
            ),
            PayloadType::Ipmi => {
                let slot = self.sessions.get_mut(&packet.session_id)?;
                let keys = slot.keys.as_ref()?;
                let (data, code) = packet.trailer?.split(keys.code_length()).ok()?;
                if !keys.code(data).matches(code, keys.code_length()) {
                    return None;
                }
                let message = cipher::decrypt(keys.aes(), packet.payload).ok()?;
                if slot.received.contains(&packet.sequence) {
                    return None;
                }
                slot.received.push(packet.sequence);
                let request = LanRequest::decode(&message).ok()?;
                self.command(packet.session_id, &request)
            }
            PayloadType::OpenSessionResponse | PayloadType::Rakp2 | PayloadType::Rakp4 => None,
        }
    }

    /// Answers what is asked before any session.
    fn question(&mut self, request: &LanRequest<'_>) -> Option<Vec<u8>> {
        self.questions.push(request.command);
        if self.deaf_to.contains(&request.command) {
            return None;
        }
        let data = match (request.command, request.data) {
            (0x38, _) => vec![0x01, 0x80, 0x04, 0x02, 0x00, 0x00, 0x00, 0x00],
            (0x54, [_, _, index]) => {
                let listed = self.lists.as_ref().unwrap_or(&self.suites);
                let records: Vec<u8> = listed
                    .iter()
                    .flat_map(|suite| [0xC0, suite.number(), 0x01, 0x41, 0x81])
                    .collect();
                let page = records.chunks(16).nth(usize::from(index & 0x3F));
                [&[0x01], page.unwrap_or_default()].concat()
            }
            _ => return None,
        };
        let mut message = Vec::new();
        LanResponse {
            netfn: request.netfn | 1,
            rq_seq: request.rq_seq,
            command: request.command,
            completion: 0x00,
            data: &data,
            checksums: true,
        }
        .encode(&mut message);
        let mut out = vec![0x06, 0x00, 0xFF, 0x07, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        out.push(u8::try_from(message.len()).unwrap());
        out.extend(message);
        Some(out)
    }

    fn open(&mut self, request: OpenSessionRequest) -> Vec<u8> {
        let asked = Suite::ALL
            .into_iter()
            .find(|suite| suite.algorithms() == request.algorithms);
        self.asked.extend(asked);
        let suite = if self.always_suite_3 {
            Some(Suite::S3)
        } else {
            asked.filter(|suite| self.suites.contains(suite))
        };
        let outcome = match suite {
            None => Err(self.refusal),
            Some(_) if self.full_for > 0 => {
                self.full_for -= 1;
                Err(Status::InsufficientResources)
            }
            Some(_) if self.sessions.len() >= self.slots => Err(Status::InsufficientResources),
            Some(suite) => {
                self.next_id += 1;
                let transcript = Transcript {
                    suite,
                    console_id: request.console_id,
                    managed_id: self.next_id,
                    console_random: [0; 16],
                    managed_random: [0x5A; 16],
                    guid: [0x77; 16],
                    role: 0,
                    username: Username::new(self.username.as_bytes()).unwrap(),
                    quirks: self.quirks,
                };
                let slot = Slot {
                    transcript,
                    keys: None,
                    privilege: request.privilege,
                    level: Privilege::User.to_wire(),
                    sequence: 0,
                    received: Vec::new(),
                };
                self.sessions.insert(self.next_id, slot);
                Ok(Accepted {
                    privilege: request.privilege,
                    managed_id: self.next_id,
                    algorithms: suite.algorithms(),
                })
            }
        };
        OpenSessionResponse {
            tag: request.tag,
            console_id: Some(request.console_id),
            outcome,
        }
        .encode()
    }

    fn rakp1(&mut self, message: Rakp1<'_>) -> Option<Vec<u8>> {
        self.maxima.push(message.role & 0x0F);
        let password = Key::new(self.password.as_bytes()).unwrap();
        let refusal = if message.username != self.username.as_bytes() {
            Some(Status::UnauthorizedName)
        } else if Privilege::from_wire(message.role)? > self.limit {
            Some(self.role_refusal)
        } else {
            None
        };
        let slot = self.sessions.get_mut(&message.managed_id)?;
        let console_id = Some(slot.transcript.console_id);
        let tag = message.tag;
        if let Some(status) = refusal {
            self.sessions.remove(&message.managed_id);
            let outcome = Err(status);
            return Some(
                Rakp2 {
                    tag,
                    console_id,
                    outcome,
                }
                .encode(),
            );
        }
        slot.transcript.role = message.role;
        slot.transcript.console_random = message.console_random;
        let code = slot.transcript.rakp2_code(&password);
        let short = usize::from(self.quirks.has(Quirk::Rakp2Length));
        let outcome = Ok(Challenge {
            managed_random: slot.transcript.managed_random,
            guid: slot.transcript.guid,
            code: &code.as_bytes()[..code.as_bytes().len() - short],
        });
        Some(
            Rakp2 {
                tag,
                console_id,
                outcome,
            }
            .encode(),
        )
    }

    fn rakp3(&mut self, message: Rakp3<'_>) -> Option<Vec<u8>> {
        let tag = message.tag;
        let Ok(proof) = message.outcome else {
            let half_open = self
                .sessions
                .get(&message.managed_id)
                .is_some_and(|slot| slot.keys.is_none());
            if half_open {
                self.sessions.remove(&message.managed_id);
                self.dropped += 1;
            }
            return None;
        };
        let password = Key::new(self.password.as_bytes()).unwrap();
        let kg = self.kg.map(|kg| Key::new(kg).unwrap());
        let slot = self.sessions.get_mut(&message.managed_id)?;
        let console_id = Some(slot.transcript.console_id);
        let expected = slot.transcript.rakp3_code(&password);
        if !expected.matches(proof, expected.as_bytes().len()) {
            self.sessions.remove(&message.managed_id);
            let outcome = Err(Status::InvalidIntegrityCheck);
            let refusal = Rakp4 {
                tag,
                console_id,
                outcome,
            }
            .encode();
            return (!self.silent_on_wrong_password).then_some(refusal);
        }
        let sik = slot.transcript.sik(&password, kg.as_ref());
        let check = slot.transcript.rakp4_check(&sik);
        let outcome = Ok(check.truncated(slot.transcript.check_length()));
        slot.keys = Some(SessionKeys::derive(slot.transcript.suite, &sik, &password));
        self.opened += 1;
        Some(
            Rakp4 {
                tag,
                console_id,
                outcome,
            }
            .encode(),
        )
    }

    fn command(&mut self, id: u32, request: &LanRequest<'_>) -> Option<Vec<u8>> {
        if self.deaf_to.contains(&request.command) {
            return None;
        }
        let (completion, data) = self.act(id, request);
        let mut message = Vec::new();
        LanResponse {
            netfn: request.netfn | 1,
            rq_seq: request.rq_seq,
            command: request.command,
            completion,
            data: &data,
            checksums: true,
        }
        .encode(&mut message);
        let closing = request.netfn == 0x06 && request.command == 0x3C;
        let slot = self.sessions.get_mut(&id)?;
        slot.sequence += 1;
        let keys = slot.keys.as_ref()?;
        let payload = cipher::encrypt(keys.aes(), [0x33; 16], &message);
        let console_id = slot.transcript.console_id;
        let sealed = v2::encode_sealed(
            PayloadType::Ipmi,
            console_id,
            slot.sequence,
            &payload,
            |data| keys.code(data).truncated(keys.code_length()).to_vec(),
        );
        if closing {
            self.sessions.remove(&id);
        }
        sealed.ok()
    }

    fn act(&mut self, id: u32, request: &LanRequest<'_>) -> (u8, Vec<u8>) {
        let limit = self.limit.to_wire();
        let Some(slot) = self.sessions.get_mut(&id) else {
            return (0xFF, Vec::new());
        };
        if self.exact_privilege && slot.privilege != limit && request.command != 0x3C {
            return (0xD4, Vec::new());
        }
        match (request.netfn, request.command, request.data) {
            (0x00, 0x01, _) => (0x00, vec![u8::from(self.power), 0x00, 0x40]),
            (0x00, 0x02, _) if slot.level < Privilege::Operator.to_wire() => (0xD4, Vec::new()),
            (0x00, 0x02, [control]) => {
                self.controls.push(*control);
                self.power = *control == 1;
                (0x00, Vec::new())
            }
            (0x06, 0x3B, [level]) if *level <= slot.privilege.min(limit) => {
                slot.level = *level;
                self.levels.push(*level);
                (0x00, vec![*level])
            }
            (0x06, 0x3B, _) => (0x81, Vec::new()),
            (0x06, 0x3C, _) => (0x00, Vec::new()),
            _ => (0xC1, Vec::new()),
        }
    }
}
