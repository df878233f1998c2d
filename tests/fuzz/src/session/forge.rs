//! Datagrams that no BMC sent, though they look as if.

use crate::tape::Tape;

/// What a console's datagrams tell whoever reads along.
#[derive(Default)]
pub(super) struct Overheard {
    tag: u8,
    console_id: [u8; 4],
}

impl Overheard {
    /// Reads a datagram of the console: the ids and tags of the login are in clear. Says whether it begins a new login.
    pub(super) fn listen(&mut self, datagram: &[u8]) -> bool {
        let (Some(kind), Some(tag)) = (datagram.get(5), datagram.get(16)) else {
            return false;
        };
        if matches!(kind, 0x10 | 0x12 | 0x14) {
            self.tag = *tag;
        }
        match (kind, datagram.get(20..24)) {
            (0x10, Some(id)) if id != self.console_id => {
                self.console_id.copy_from_slice(id);
                true
            }
            _ => false,
        }
    }

    /// A datagram with the right header: of a login message with the right tag and id, or of the session.
    pub(super) fn forge(&self, tape: &mut Tape<'_>) -> Vec<u8> {
        let (kind, sequence) = (tape.byte(), tape.byte());
        let mut payload = Vec::new();
        let mut session = [0; 4];
        if matches!(kind & 0x3F, 0x11 | 0x13 | 0x15) {
            payload.extend([self.tag, tape.byte(), 0, 0]);
            payload.extend(self.console_id);
        } else {
            session = self.console_id;
        }
        payload.extend(tape.bytes());
        let length = (payload.len() as u16).to_le_bytes();
        let mut datagram = vec![0x06, 0x00, 0xFF, 0x07, 0x06, kind];
        datagram.extend(session);
        datagram.extend([sequence, 0, 0, 0]);
        datagram.extend(length);
        datagram.extend(payload);
        datagram
    }
}

/// The IPMI message that answers a request, with whatever completion code and data.
pub(super) fn reply(request: &[u8], completion: u8, data: &[u8]) -> Vec<u8> {
    let [_, net_fn, _, _, sequence, command, ..] = request else {
        return Vec::new();
    };
    let mut out = vec![0x81, net_fn | 0x04];
    out.push(checksum(&out));
    let body = out.len();
    out.extend([0x20, *sequence, *command, completion]);
    out.extend_from_slice(data);
    out.push(checksum(&out[body..]));
    out
}

fn checksum(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0_u8, |sum, byte| sum.wrapping_add(*byte))
        .wrapping_neg()
}
