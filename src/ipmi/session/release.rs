//! Letting go of what the BMC holds open for us when there is no time or no way to close it in order.

use std::mem;

use ipmi_rs::connection::Message;

use super::channel::Channel;
use super::settings::Entropy;
use super::{Session, State};
use crate::ipmi::command::close_session::CloseSessionRequest;
use crate::ipmi::wire::lan::MAX_RQ_SEQ;
use crate::ipmi::wire::open_session::OpenSessionResponse;
use crate::ipmi::wire::rakp3::Rakp3 as Rakp3Message;
use crate::ipmi::wire::status::Status;
use crate::ipmi::wire::v2::{self, PayloadType};

impl Session {
    /// Lets go of what the BMC holds open for us, without waiting for an answer.
    pub(super) fn abandon(&mut self, entropy: &mut dyn Entropy) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Closed | State::Waiting { .. } | State::Opening(_) | State::Closing(_) => {}
            State::Rakp1(rakp) => self.drop_half_open(rakp.transcript.managed_id),
            // Nobody knows whether RAKP 3 arrived. If it did, the session is open and Close Session closes it; if not, it is
            // half open, and the error in place of the proof drops it.
            State::Rakp3(mut rakp) => {
                self.transmit_close(&mut rakp.channel, entropy);
                self.drop_half_open(rakp.transcript.managed_id);
            }
            State::Active(mut active) => self.transmit_close(&mut active.channel, entropy),
        }
    }

    /// Open Session was answered twice, because it was sent or delivered twice: the second answer is a second half-open
    /// session, which would take a slot until it times out.
    pub(super) fn drop_second_session(&mut self, response: &OpenSessionResponse) {
        let (console_id, managed_id) = match &self.state {
            State::Rakp1(rakp) => (rakp.transcript.console_id, rakp.transcript.managed_id),
            State::Rakp3(rakp) => (rakp.transcript.console_id, rakp.transcript.managed_id),
            State::Active(active) => active.channel.ids(),
            State::Closed | State::Waiting { .. } | State::Opening(_) | State::Closing(_) => return,
        };
        if let Ok(second) = response.outcome
            && response.console_id == Some(console_id)
            && second.managed_id != managed_id
        {
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

    /// Close Session without waiting for the answer.
    pub(super) fn transmit_close(&mut self, channel: &mut Channel, entropy: &mut dyn Entropy) {
        let message = Message::from(CloseSessionRequest(channel.managed_id()));
        // Whatever rqSeq was last: nobody waits for the answer.
        if let Ok(datagram) = channel.seal(&message, MAX_RQ_SEQ, entropy) {
            self.transmit(datagram);
        }
    }
}
