//! The protected channel of a session: sealing what goes out, checking and opening what comes in.

use ipmi_rs::connection::Message;

use super::settings::Entropy;
use crate::ipmi::crypto::cipher;
use crate::ipmi::crypto::keys::SessionKeys;
use crate::ipmi::wire::Malformed;
use crate::ipmi::wire::lan::LanRequest;
use crate::ipmi::wire::v2::{self, Packet, PayloadType};

/// How far back a packet that was overtaken is still taken (IPMI v2.0 §6.12.13 has 16).
const WINDOW: u32 = 32;

/// Keys, ids and sequence numbers of a session.
#[derive(Debug)]
pub(super) struct Channel {
    keys: SessionKeys,
    console_id: u32,
    managed_id: u32,
    /// The last sequence number that was sent.
    sequence: u32,
    received: Window,
}

impl Channel {
    pub(super) fn new(keys: SessionKeys, console_id: u32, managed_id: u32) -> Self {
        Self {
            keys,
            console_id,
            managed_id,
            sequence: 0,
            received: Window::default(),
        }
    }

    /// The console's id and the BMC's.
    pub(super) fn ids(&self) -> (u32, u32) {
        (self.console_id, self.managed_id)
    }

    pub(super) fn managed_id(&self) -> u32 {
        self.managed_id
    }

    /// A request as a datagram, with the next session sequence number.
    pub(super) fn seal(
        &mut self,
        message: &Message,
        rq_seq: u8,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, Malformed> {
        let mut plain = Vec::with_capacity(message.data().len() + 8);
        LanRequest {
            netfn: message.netfn_raw(),
            rq_seq,
            command: message.cmd(),
            data: message.data(),
        }
        .encode(&mut plain);
        let mut iv = [0; 16];
        entropy.fill(&mut iv);
        let payload = cipher::encrypt(self.keys.aes(), iv, &plain);
        // Zero means "no session": it is left out when the number wraps.
        self.sequence = self.sequence.wrapping_add(1).max(1);
        v2::encode_sealed(
            PayloadType::Ipmi,
            self.managed_id,
            self.sequence,
            &payload,
            |data| {
                let code = self.keys.code(data);
                code.truncated(self.keys.code_length()).to_vec()
            },
        )
    }

    /// The payload of a packet of this session that was not seen before. The sequence number counts as seen only once the
    /// integrity code has proved where it comes from.
    pub(super) fn open(&mut self, packet: &Packet<'_>) -> Result<Vec<u8>, Malformed> {
        let trailer = packet.trailer.filter(|_| packet.encrypted);
        let trailer = trailer.ok_or(Malformed::Invalid)?;
        if packet.session_id != self.console_id {
            return Err(Malformed::Invalid);
        }
        let (data, code) = trailer.split(self.keys.code_length())?;
        let expected = self.keys.code(data);
        if !expected.matches(code, self.keys.code_length()) {
            return Err(Malformed::Damaged);
        }
        if !self.received.take(packet.sequence) {
            return Err(Malformed::Invalid);
        }
        cipher::decrypt(self.keys.aes(), packet.payload)
    }
}

/// Which sequence numbers came already.
///
/// Any higher number is taken, not only the 16 next ones of the specification: what has the right integrity code comes
/// from the BMC, some BMCs skip numbers (ASRock MT-C224), and after a long loss a narrow window would never open again.
#[derive(Debug, Default)]
struct Window {
    highest: u32,
    /// Bit n: `highest - n` came.
    seen: u32,
}

impl Window {
    /// Whether this number is new; if so, it now counts as seen.
    fn take(&mut self, sequence: u32) -> bool {
        let ahead = sequence.wrapping_sub(self.highest);
        if ahead != 0 && ahead < u32::MAX / 2 {
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = sequence;
            return true;
        }
        let behind = self.highest.wrapping_sub(sequence);
        if behind >= WINDOW || self.seen & (1 << behind) != 0 {
            return false;
        }
        self.seen |= 1 << behind;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_once_in_whatever_order_they_come() {
        let mut window = Window::default();
        for sequence in [1, 2, 5, 3, 4, 40, 39, 38] {
            assert!(window.take(sequence), "{sequence}");
        }
        for sequence in [1, 2, 5, 3, 4, 40, 39, 38, 8] {
            assert!(!window.take(sequence), "{sequence}");
        }
        assert!(window.take(9), "31 behind is still inside");
    }

    #[test]
    fn the_window_follows_a_wrap() {
        let mut window = Window::default();
        assert!(window.take(0x7000_0000));
        assert!(window.take(0xE000_0000));
        assert!(window.take(u32::MAX));
        assert!(window.take(1));
        assert!(!window.take(u32::MAX));
    }
}
