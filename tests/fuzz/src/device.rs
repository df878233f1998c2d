//! A simulated BMC that gets whatever comes: noise, and login messages that are right as far as a stranger can make them.

use std::time::Instant;

use ostler::sim::fuzzing::Bmc;
use ostler::sim::{Lockout, Refuse, SimBmcConfig};
use ostler::time;

use crate::tape::Tape;

/// RAKP 2 of suite 17: RMCP header 4, session header 12, message 72.
const LONGEST_ANSWER: usize = 4 + 12 + 72;
/// A datagram can arrive twice, each can be answered twice, each with a stale one ahead.
const MOST_ANSWERS: usize = 6;

/// Runs the instructions.
pub fn run(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut world = World::new(&mut tape);
    while let Some(instruction) = tape.instruction() {
        world.step(instruction, &mut tape);
    }
    world.bounded();
}

struct World {
    now: Instant,
    bmc: Bmc,
    cap: u64,
    /// The id of the session that was offered last.
    offered: [u8; 4],
}

impl World {
    fn new(tape: &mut Tape<'_>) -> Self {
        let now = time::instant();
        let mut config = SimBmcConfig::new("fuzz");
        config.session_cap = 1 + tape.number() % 4;
        faults(&mut config, tape.byte());
        Self {
            now,
            cap: config.session_cap as u64,
            bmc: Bmc::new(now, config),
            offered: [0; 4],
        }
    }

    fn step(&mut self, instruction: u8, tape: &mut Tape<'_>) {
        match instruction % 6 {
            0 => self.send(tape.bytes()),
            1 => self.now += tape.duration(),
            2 => self.send_payload(0x10, tape.bytes()),
            3 => self.send_to_session(0x12, tape.bytes()),
            4 => self.send_to_session(0x14, tape.bytes()),
            _ => {
                let kind = tape.byte();
                self.send_payload(kind, tape.bytes());
            }
        }
    }

    /// RAKP Message 1 or 3 for the session that was offered: tag, status, reserved, its id, then the bytes.
    fn send_to_session(&mut self, kind: u8, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(4));
        let payload = [head, &self.offered, rest].concat();
        self.send_payload(kind, &payload);
    }

    fn send_payload(&mut self, kind: u8, payload: &[u8]) {
        let length = (payload.len() as u16).to_le_bytes();
        let head = [0x06, 0x00, 0xFF, 0x07, 0x06, kind];
        self.send(&[&head[..], &[0; 8], &length, payload].concat());
    }

    fn send(&mut self, datagram: &[u8]) {
        let answers = self.bmc.on_datagram(self.now, datagram);
        assert!(answers.len() <= MOST_ANSWERS);
        for answer in answers {
            assert!(answer.len() <= LONGEST_ANSWER, "{datagram:02x?}");
            if let (Some(0x11), Some(id)) = (answer.get(5), answer.get(24..28)) {
                self.offered.copy_from_slice(id);
            }
        }
        self.bounded();
    }

    fn bounded(&mut self) {
        let counters = self.bmc.counters(self.now);
        assert!(counters.sessions_open + counters.sessions_half_open <= self.cap);
        assert_eq!(counters.sessions_opened, 0, "nobody knows the password");
        assert_eq!(counters.controls_received.total(), 0);
    }
}

fn faults(config: &mut SimBmcConfig, bits: u8) {
    let faults = &mut config.faults;
    let probability = |bit: u8| if bits & bit != 0 { 0.5 } else { 0.0 };
    faults.duplicate = probability(0x01);
    faults.stale = probability(0x02);
    faults.truncate = probability(0x04);
    faults.garbage = probability(0x04);
    faults.dislikes_repeated_rakp = bits & 0x08 != 0;
    faults.suite_refused_as_no_resources = bits & 0x10 != 0;
    faults.ignore_cipher_suites = bits & 0x20 != 0;
    if bits & 0x40 != 0 {
        faults.lockout = Some(Lockout {
            after: 2,
            lasts: std::time::Duration::from_secs(10),
        });
    }
    if bits & 0x80 != 0 {
        faults.refuse = Some(Refuse {
            code: 0xC3,
            next: 2,
        });
        faults.no_resources = 2;
    }
}
