//! Letting go of what the BMC holds open for us when there is no time or no way to close it in order.

use std::mem;
use std::time::Instant;

use super::channel::Channel;
use super::output::Event;
use super::settings::Entropy;
use super::{Session, State};
use crate::ipmi::quirk::Quirk;
use crate::ipmi::wire::open_session::OpenSessionResponse;
use crate::ipmi::wire::rakp3::Rakp3 as Rakp3Message;
use crate::ipmi::wire::status::Status;
use crate::ipmi::wire::v2::{self, Packet, PayloadType};

/// Sessions that are closed on suspicion at a time; a bad network makes no more.
const ORPHANS: usize = 4;

impl Session {
    /// Lets go of what the BMC may hold open for us. What can be closed becomes an orphan; the state is `Closed`.
    pub(super) fn abandon(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Closed
            | State::Waiting { .. }
            | State::Contact(_)
            | State::Opening(_)
            | State::Closing(_) => {}
            State::Rakp1(rakp) => self.drop_half_open(rakp.transcript.managed_id),
            // Nobody knows whether RAKP 3 arrived. If it did, the session is open and Close Session closes it; if not, it is
            // half open, and the error in place of the proof drops it.
            State::Rakp3(rakp) => {
                self.orphan(now, rakp.channel, entropy);
                self.drop_half_open(rakp.transcript.managed_id);
            }
            State::Active(active) => self.orphan(now, active.channel, entropy),
        }
    }

    /// Open Session was answered twice, because it was sent or delivered twice: the second answer is a second half-open
    /// session, which would take a slot until it times out.
    pub(super) fn drop_second_session(&mut self, response: &OpenSessionResponse) {
        let (console_id, managed_id) = match &self.state {
            State::Rakp1(rakp) => (rakp.transcript.console_id, rakp.transcript.managed_id),
            State::Rakp3(rakp) => (rakp.transcript.console_id, rakp.transcript.managed_id),
            State::Active(active) => active.channel.ids(),
            State::Closed
            | State::Waiting { .. }
            | State::Contact(_)
            | State::Opening(_)
            | State::Closing(_) => return,
        };
        if let Ok(second) = response.outcome
            && response.console_id == Some(console_id)
            && second.managed_id != managed_id
        {
            self.traffic.on_late_answer();
            self.drop_half_open(second.managed_id);
        }
    }

    /// RAKP Message 3 with an error: the BMC drops the session that is being set up (IPMI v2.0 §13.22). No answer follows.
    pub(super) fn drop_half_open(&mut self, managed_id: u32) {
        let tag = self.next_tag();
        self.transmit_rakp3(&Rakp3Message {
            tag,
            managed_id,
            outcome: Err(Status::InvalidIntegrityCheck),
        });
    }

    pub(super) fn transmit_rakp3(&mut self, message: &Rakp3Message<'_>) {
        let Ok(datagram) = v2::encode_plain(PayloadType::Rakp3, &message.encode()) else {
            unreachable!("RAKP Message 3 has at most 40 bytes");
        };
        self.transmit(datagram);
    }

    /// Closes a session beside whatever else goes on: nobody knows whether the BMC still has it, or ever had.
    fn orphan(&mut self, now: Instant, channel: Channel, entropy: &mut dyn Entropy) {
        if self.orphans.len() >= ORPHANS {
            self.orphans.remove(0);
        }
        let orphan = self.send_close(now, channel, false, entropy);
        self.orphans.push(orphan);
    }

    /// Whether this packet was the answer to an orphan's Close Session.
    pub(super) fn orphan_answered(&mut self, packet: &Packet<'_>) -> bool {
        let answered = self
            .orphans
            .iter_mut()
            .position(|orphan| orphan.is_answered_by(packet));
        let Some(answered) = answered else {
            return false;
        };
        self.orphans.remove(answered);
        self.close_was_answered();
        self.orphan_is_gone();
        true
    }

    /// Repeats Close Session of the orphans that are due, and forgets those for which it was repeated enough.
    pub(super) fn repeat_orphans(&mut self, now: Instant, entropy: &mut dyn Entropy) {
        let longest = self.settings.timing.longest;
        let sends = self.close_sends();
        let mut orphans = mem::take(&mut self.orphans);
        let before = orphans.len();
        orphans.retain_mut(|orphan| {
            if now < orphan.timer.due() {
                return true;
            }
            let again = orphan.again(now, sends, longest, entropy);
            let goes_on = again.is_some();
            again
                .into_iter()
                .for_each(|datagram| self.transmit(datagram));
            goes_on
        });
        let some_gone = orphans.len() < before;
        self.orphans = orphans;
        if some_gone {
            self.orphan_is_gone();
        }
    }

    /// Close Session was answered.
    pub(super) fn close_was_answered(&mut self) {
        self.profile.unanswered_closes = 0;
        self.profile.quirks.remove(Quirk::NoCloseReply);
    }

    fn orphan_is_gone(&mut self) {
        if self.is_closed() && self.pending.is_none() {
            self.event(Event::Closed);
        }
    }
}
