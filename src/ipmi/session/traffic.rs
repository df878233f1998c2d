//! What a session sent and what came back, for those who want to know how well a BMC can be spoken to.

use std::time::{Duration, Instant};

use super::Session;
use super::timer::Timer;

/// Packets and answers since they were last taken.
///
/// Counted are Open Session, RAKP Messages 1 and 3 and commands. The questions of the first contact, Close Session and what
/// must not be repeated are not: BMCs are known that leave just these unanswered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Packets that wanted an answer.
    pub sent: u32,
    /// Those that were answered, also too late to be of use: perhaps after their packets were taken.
    pub answered: u32,
    /// Those that were sent because an earlier one was not answered in time.
    pub repeated: u32,
    /// How long the commands waited for their answers, together, each from its first transmission.
    pub waited: Duration,
    /// How many commands that was.
    pub waits: u32,
    /// Whether the BMC said anything that counts.
    pub heard: bool,
}

impl Traffic {
    pub(super) fn on_send(&mut self) {
        self.sent = self.sent.saturating_add(1);
    }

    pub(super) fn on_repeat(&mut self) {
        self.on_send();
        self.repeated = self.repeated.saturating_add(1);
    }

    /// A login begins again; its packets are counted as they leave.
    pub(super) fn on_restart(&mut self) {
        self.repeated = self.repeated.saturating_add(1);
    }

    pub(super) fn on_answer(&mut self) {
        self.answered = self.answered.saturating_add(1);
        self.heard = true;
    }

    /// An answer to something that was sent again meanwhile: nothing was lost. Packets that the network doubles do not come
    /// here: the window of sequence numbers takes each once.
    pub(super) fn on_late_answer(&mut self) {
        self.answered = self.answered.saturating_add(1);
    }

    pub(super) fn on_wait(&mut self, waited: Duration) {
        self.waited += waited;
        self.waits = self.waits.saturating_add(1);
    }

    /// The sum of both.
    pub fn add(&mut self, more: Self) {
        self.sent = self.sent.saturating_add(more.sent);
        self.answered = self.answered.saturating_add(more.answered);
        self.repeated = self.repeated.saturating_add(more.repeated);
        self.waited += more.waited;
        self.waits = self.waits.saturating_add(more.waits);
        self.heard |= more.heard;
    }
}

impl Session {
    /// A command was answered.
    pub(super) fn measure(&mut self, now: Instant, timer: &Timer) {
        self.traffic.on_answer();
        self.traffic
            .on_wait(now.saturating_duration_since(timer.sent_at()));
        if let Some(rtt) = timer.round_trip(now) {
            self.rtt.command.sample(rtt);
        }
    }
}
