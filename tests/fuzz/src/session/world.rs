//! Everything that the fuzzer plays with, and the promises that are checked after each step.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ostler::ipmi::command::{Effect, Request};
use ostler::ipmi::session::{Event, Failure, Output, Session, Timing};
use ostler::sim::fuzzing::Bmc;
use ostler::sim::{Faults, Refuse};
use ostler::time;

use super::forge::{Overheard, reply};
use super::shape::{self, Seeded};
use crate::tape::Tape;

/// A step has at most so much to say: Close Session of four orphans, and what the state itself does.
const MOST_OUTPUTS: usize = 12;
/// So often, at most, a tick makes another one due at once.
const MOST_TICKS_AT_ONCE: usize = 3;
/// After so many deadlines without a datagram, a session that was closed is closed.
const MOST_DEADLINES: usize = 60;
/// Beside the session itself at most so many are being closed.
const MOST_ORPHANS: usize = 4;
/// A request logs in at most so often.
const MOST_LOGINS: u32 = 16;
/// The longest datagram that a session has a reason to send: 255 bytes of data and what is around them.
const LONGEST_DATAGRAM: usize = 4 + 12 + 16 + 272 + 20;
/// Closing ends by itself: three transmissions, the first of which may wait for as long as the slowest answer suggests.
const LONGEST_CLOSE: Duration = Duration::from_secs(120);
/// "Insufficient privilege level": a certain refusal, after which even a disruptive command may leave again.
const INSUFFICIENT_PRIVILEGE: u8 = 0xD4;
/// Datagrams under way, in each direction.
const UNDER_WAY: usize = 16;

pub(super) struct World {
    now: Instant,
    session: Session,
    bmc: Bmc,
    entropy: Seeded,
    to_bmc: VecDeque<Vec<u8>>,
    to_console: VecDeque<Vec<u8>>,
    overheard: Overheard,
    /// The last request inside a session.
    asked: Vec<u8>,
    request: Option<Submitted>,
    /// Something was sent since the session last said that nothing is open.
    open: bool,
    /// The BMC was made to answer D4h.
    made_to_refuse: bool,
}

/// The request that is under way, as its user knows it.
struct Submitted {
    at: Instant,
    disruptive: bool,
    /// How often the chassis control left.
    left: u32,
    /// How often a login began.
    logins: u32,
}

impl World {
    pub(super) fn new(tape: &mut Tape<'_>) -> Self {
        let now = time::instant();
        let (session, bmc) = shape::pair(tape, now);
        Self {
            now,
            session,
            bmc,
            entropy: Seeded(1),
            to_bmc: VecDeque::new(),
            to_console: VecDeque::new(),
            overheard: Overheard::default(),
            asked: Vec::new(),
            request: None,
            open: false,
            made_to_refuse: false,
        }
    }

    pub(super) fn submit(&mut self, request: Request) {
        let disruptive = request.effect == Effect::Disruptive;
        let taken = self.session.submit(self.now, request, &mut self.entropy);
        assert_eq!(taken.is_err(), self.request.is_some(), "one at a time");
        if taken.is_ok() {
            self.request = Some(Submitted {
                at: self.now,
                disruptive,
                left: 0,
                logins: 0,
            });
        }
        self.drain();
    }

    pub(super) fn close(&mut self) {
        self.session.close(self.now, &mut self.entropy);
        self.drain();
        assert!(self.request.is_none(), "close ends the request");
    }

    /// Everything that is under way arrives, and what it gives rise to.
    pub(super) fn exchange(&mut self) {
        for _ in 0..4 * UNDER_WAY {
            self.deliver_to_bmc();
            self.deliver_to_console();
        }
    }

    pub(super) fn deliver_to_bmc(&mut self) {
        if let Some(datagram) = self.to_bmc.pop_front() {
            self.bmc_receives(&datagram);
        }
    }

    pub(super) fn deliver_to_console(&mut self) {
        if let Some(datagram) = self.to_console.pop_front() {
            self.console_receives(&datagram);
        }
    }

    pub(super) fn repeat_to_console(&mut self, which: usize) {
        if let Some(datagram) = self.to_console.get(which % UNDER_WAY).cloned() {
            self.console_receives(&datagram);
        }
    }

    /// A damaged copy arrives, and later the datagram itself.
    pub(super) fn tamper_to_console(&mut self, tape: &mut Tape<'_>) {
        if let Some(mut datagram) = self.to_console.front().cloned() {
            tape.tamper(&mut datagram);
            self.console_receives(&datagram);
        }
    }

    /// A damaged copy arrives in place of the datagram.
    pub(super) fn tamper_and_forget(&mut self, tape: &mut Tape<'_>) {
        if let Some(mut datagram) = self.to_console.pop_front() {
            tape.tamper(&mut datagram);
            self.console_receives(&datagram);
        }
    }

    pub(super) fn tamper_to_bmc(&mut self, tape: &mut Tape<'_>) {
        if let Some(mut datagram) = self.to_bmc.front().cloned() {
            tape.tamper(&mut datagram);
            self.bmc_receives(&datagram);
        }
    }

    pub(super) fn lose_to_bmc(&mut self) {
        self.to_bmc.pop_front();
    }

    pub(super) fn lose_to_console(&mut self) {
        self.to_console.pop_front();
    }

    pub(super) fn noise_to_console(&mut self, datagram: &[u8]) {
        self.console_receives(datagram);
    }

    pub(super) fn forge(&mut self, tape: &mut Tape<'_>) {
        let datagram = self.overheard.forge(tape);
        self.console_receives(&datagram);
    }

    /// The BMC answers the last request, with a completion code and data of the fuzzer's.
    pub(super) fn answer_oddly(&mut self, tape: &mut Tape<'_>) {
        let completion = tape.byte();
        let message = reply(&self.asked, completion, tape.bytes());
        self.say(&message);
    }

    /// The BMC says this in the session that was opened last.
    pub(super) fn say(&mut self, message: &[u8]) {
        self.made_to_refuse |= message.get(6) == Some(&INSUFFICIENT_PRIVILEGE);
        if let Some(datagram) = self.bmc.say(message) {
            self.console_receives(&datagram);
        }
    }

    pub(super) fn wait(&mut self, duration: Duration) {
        self.now += duration;
        self.tick();
    }

    pub(super) fn wait_until_due(&mut self) {
        if let Some(due) = self.drain() {
            self.now = self.now.max(due);
            self.tick();
        }
    }

    /// Something goes wrong in the BMC.
    pub(super) fn fail(&mut self, tape: &mut Tape<'_>) {
        let (what, code) = (tape.byte(), tape.byte());
        let next = u32::from(what & 0x03);
        self.made_to_refuse |= code == INSUFFICIENT_PRIVILEGE;
        let faults = Faults {
            refuse: (code >= 0x80).then_some(Refuse { code, next }),
            no_resources: if code & 0x40 != 0 { next } else { 0 },
            lying_success: what & 0x04 != 0,
            drop_control_replies: u32::from(what >> 3 & 0x01),
            ignore_close_session: what & 0x10 != 0,
            suite_refused_as_no_resources: what & 0x20 != 0,
            dislikes_repeated_rakp: what & 0x40 != 0,
            rebooting: Duration::from_secs(if what & 0x80 != 0 { 3 } else { 0 }),
            ..Faults::default()
        };
        self.bmc.set_faults(self.now, faults);
    }

    /// Closes the session; no datagram arrives any more, only time passes.
    pub(super) fn finish(mut self) {
        self.close();
        let began = self.now;
        for _ in 0..MOST_DEADLINES {
            let Some(due) = self.drain() else {
                assert!(self.session.is_closed());
                assert!(!self.open, "it did not say that nothing is open any more");
                return;
            };
            self.now = self.now.max(due);
            assert!(self.now - began <= LONGEST_CLOSE, "closing takes too long");
            self.tick();
        }
        panic!("it is never closed");
    }

    fn bmc_receives(&mut self, datagram: &[u8]) {
        for answer in self.bmc.on_datagram(self.now, datagram) {
            push(&mut self.to_console, answer);
        }
    }

    fn console_receives(&mut self, datagram: &[u8]) {
        self.session
            .on_datagram(self.now, datagram, &mut self.entropy);
        self.drain();
    }

    fn tick(&mut self) {
        for _ in 0..MOST_TICKS_AT_ONCE {
            self.session.on_timeout(self.now, &mut self.entropy);
            if self.drain().is_none_or(|due| due > self.now) {
                let late = self
                    .request
                    .as_ref()
                    .is_some_and(|request| self.now >= request.at + Timing::default().total);
                assert!(!late, "the request takes longer than it may");
                return;
            }
        }
        panic!("a busy loop: it is due again and again at the same time");
    }

    /// Takes all outputs of one step, and gives the next deadline.
    fn drain(&mut self) -> Option<Instant> {
        for _ in 0..=MOST_OUTPUTS {
            match self.session.poll_output() {
                Output::Transmit(datagram) => self.transmitted(datagram),
                Output::Event(event) => self.happened(&event),
                Output::Timeout(due) => {
                    self.is_bounded(due);
                    return due;
                }
            }
        }
        panic!("a busy loop: one step has too many outputs");
    }

    fn is_bounded(&self, due: Option<Instant>) {
        assert!(self.session.orphans() <= MOST_ORPHANS);
        match &self.request {
            Some(request) => {
                let due = due.expect("a request has a deadline");
                assert!(due <= request.at + Timing::default().total);
            }
            None if self.session.is_closed() => assert_eq!(due, None),
            None => {}
        }
    }

    fn transmitted(&mut self, datagram: Vec<u8>) {
        assert!(datagram.len() <= LONGEST_DATAGRAM);
        self.open = true;
        if self.overheard.listen(&datagram) {
            let request = self.request.as_mut().expect("a login is for a request");
            request.logins += 1;
            assert!(request.logins <= MOST_LOGINS, "logs in again and again");
        }
        if let Some(asked) = self.bmc.read(&datagram) {
            if (asked.net_fn, asked.command) == (0x00, 0x02) {
                self.control_left();
            }
            self.asked = asked.message;
        }
        push(&mut self.to_bmc, datagram);
    }

    fn control_left(&mut self) {
        let may_again = self.made_to_refuse || self.refused_by_bmc();
        let request = self.request.as_mut().expect("a control is for a request");
        assert!(request.disruptive, "it is for the request under way");
        request.left += 1;
        assert!(request.left <= if may_again { 2 } else { 1 }, "sent twice");
    }

    fn happened(&mut self, event: &Event) {
        match event {
            Event::Opened { .. } => {}
            Event::Closed => {
                self.open = false;
            }
            Event::Replied(_) => {
                self.request.take().expect("one outcome, not two");
            }
            Event::Failed(failure) => {
                let request = self.request.take().expect("one outcome, not two");
                let may_have_left = match failure {
                    Failure::Silence { sent, .. } | Failure::Aborted { sent } => *sent,
                    Failure::Credentials(_)
                    | Failure::Privilege { .. }
                    | Failure::Suites(_)
                    | Failure::NoFreeSession
                    | Failure::Refused { .. } => false,
                };
                assert!(request.disruptive || !may_have_left);
                let refused = self.made_to_refuse || self.refused_by_bmc();
                assert!(
                    request.left == 0 || may_have_left || refused,
                    "it says that nothing was sent, and something was"
                );
            }
        }
    }

    fn refused_by_bmc(&mut self) -> bool {
        self.bmc.counters(self.now).privilege_refusals > 0
    }
}

/// A network holds only so much: the oldest is lost.
fn push(queue: &mut VecDeque<Vec<u8>>, datagram: Vec<u8>) {
    if queue.len() >= UNDER_WAY {
        queue.pop_front();
    }
    queue.push_back(datagram);
}
