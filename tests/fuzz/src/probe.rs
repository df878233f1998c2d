//! The probe against a BMC that tells the truth, lies, or says nothing: answers, damaged answers, noise and time.

use std::time::{Duration, Instant};

use ostler::ipmi::probe::{Plan, Probe, Step};
use ostler::sim::SimBmcConfig;
use ostler::sim::fuzzing::Bmc;
use ostler::time;

use crate::tape::Tape;

/// Presence and capabilities, and 64 pages of cipher suites.
const QUESTIONS: u32 = 2 + 64;

/// Runs the instructions, then lets time pass until the probe is done.
pub fn run(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut world = World::new(&mut tape);
    while let Some(instruction) = tape.instruction() {
        world.step(instruction, &mut tape);
    }
    world.finish();
}

struct World {
    now: Instant,
    timeout: Duration,
    most: u32,
    sent: u32,
    probe: Probe,
    bmc: Bmc,
    answer: Vec<u8>,
}

impl World {
    fn new(tape: &mut Tape<'_>) -> Self {
        let shape = tape.byte();
        let plan = Plan {
            sends: u32::from(shape & 0x03),
            blind_sends: u32::from(shape >> 2 & 0x03),
            timeout: Duration::from_millis(500),
            suites: shape & 0x10 != 0,
        };
        let now = time::instant();
        Self {
            now,
            timeout: plan.timeout,
            most: QUESTIONS * plan.sends.max(plan.blind_sends),
            sent: 0,
            probe: Probe::new(plan),
            bmc: Bmc::new(now, SimBmcConfig::new("fuzz")),
            answer: Vec::new(),
        }
    }

    fn step(&mut self, instruction: u8, tape: &mut Tape<'_>) {
        match instruction % 5 {
            0 => self.poll(),
            1 => self.now += tape.duration(),
            2 => {
                self.probe.on_datagram(&self.answer);
            }
            3 => {
                tape.tamper(&mut self.answer);
                self.probe.on_datagram(&self.answer);
            }
            _ => {
                self.probe.on_datagram(tape.bytes());
            }
        }
    }

    /// Whether it waits, or is done, after a bounded number of packets.
    fn poll(&mut self) {
        loop {
            match self.probe.poll(self.now) {
                Step::Transmit(datagram) => {
                    self.sent += 1;
                    assert!(self.sent <= self.most, "more packets than questions");
                    if let Some(answer) = self.bmc.on_datagram(self.now, &datagram).pop() {
                        self.answer = answer;
                    }
                }
                Step::Wait(due) => {
                    assert!(due > self.now && due <= self.now + self.timeout);
                    return;
                }
                Step::Done => return,
            }
        }
    }

    fn finish(mut self) {
        for _ in 0..=self.most {
            self.poll();
            match self.probe.poll(self.now) {
                Step::Wait(due) => self.now = due,
                Step::Transmit(_) => panic!("it was polled until it waits"),
                Step::Done => {
                    let suites = self.probe.into_findings().suites.unwrap_or_default();
                    assert!(suites.len() <= 64 * 16);
                    return;
                }
            }
        }
        panic!("the probe never ends");
    }
}
