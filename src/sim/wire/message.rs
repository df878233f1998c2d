//! IPMI LAN messages (IPMI v2.0 §13.8): two checksums, two addresses, a command and its data.

use super::Reader;

/// The slave address of a BMC.
const BMC_ADDRESS: u8 = 0x20;

/// A request whose checksums are good and which is for this BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) struct Request<'a> {
    pub(in crate::sim) net_fn: u8,
    /// The LUN that is asked, 0 to 3.
    pub(in crate::sim) lun: u8,
    pub(in crate::sim) command: u8,
    pub(in crate::sim) data: &'a [u8],
    requester: u8,
    sequence_and_lun: u8,
}

impl<'a> Request<'a> {
    /// Reads a request; `None` for a bad checksum, another address, or what is a response.
    pub(in crate::sim) fn decode(message: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(message);
        let [to, net_fn_lun, check] = reader.array()?;
        if checksum(&[to, net_fn_lun]) != check {
            return None;
        }
        let (last, covered) = reader.rest().split_last()?;
        if checksum(covered) != *last {
            return None;
        }
        let mut reader = Reader::new(covered);
        let [requester, sequence_and_lun, command] = reader.array()?;
        let net_fn = net_fn_lun >> 2;
        (to == BMC_ADDRESS && net_fn & 1 == 0).then_some(Self {
            net_fn,
            lun: net_fn_lun & 0x03,
            command,
            data: reader.rest(),
            requester,
            sequence_and_lun,
        })
    }

    /// The message that answers this request.
    pub(in crate::sim) fn answer(&self, completion: u8, data: &[u8]) -> Vec<u8> {
        let head = [
            self.requester,
            ((self.net_fn | 1) << 2) | (self.sequence_and_lun & 0x03),
        ];
        let mut out = head.to_vec();
        out.push(checksum(&head));
        let body = out.len();
        out.extend([
            BMC_ADDRESS,
            (self.sequence_and_lun & 0xfc) | self.lun,
            self.command,
            completion,
        ]);
        out.extend(data);
        let last = checksum(out.get(body..).unwrap_or_default());
        out.push(last);
        out
    }
}

/// The two's complement of the sum: bytes and checksum add up to zero.
fn checksum(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0_u8, |sum, byte| sum.wrapping_add(*byte))
        .wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Get Channel Authentication Capabilities as a published FreeIPMI trace shows it, rqSeq 13h, and its answer's head.
    const AUTH_CAP: [u8; 9] = [0x20, 0x18, 0xc8, 0x81, 0x4c, 0x38, 0x0e, 0x03, 0xea];

    #[test]
    fn request_from_a_published_trace_is_understood() {
        let request = Request::decode(&AUTH_CAP).unwrap();
        assert_eq!(
            (request.net_fn, request.lun, request.command, request.data),
            (0x06, 0, 0x38, &[0x0e, 0x03][..])
        );
        let answer = request.answer(0x00, &[]);
        assert_eq!(answer[..7], [0x81, 0x1c, 0x63, 0x20, 0x4c, 0x38, 0x00]);
        assert_eq!(answer[3..].iter().fold(0_u8, |s, b| s.wrapping_add(*b)), 0);
    }

    #[test]
    fn message_with_any_byte_changed_is_ignored() {
        for position in 0..AUTH_CAP.len() {
            let mut changed = AUTH_CAP;
            changed[position] ^= 0x01;
            assert_eq!(Request::decode(&changed), None, "byte {position}");
        }
        for length in 0..AUTH_CAP.len() {
            assert_eq!(
                Request::decode(&AUTH_CAP[..length]),
                None,
                "length {length}"
            );
        }
    }
}
