//! Bytes of RMCP, IPMI messages and the RMCP+ handshake, as a BMC sees them: requests are decoded, answers encoded.
//!
//! Knows no socket, no clock and no session. Decoding never panics: what is too short or contradicts itself is `None`, and
//! a BMC is silent about it.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub(super) mod handshake;
pub(super) mod message;
pub(super) mod rmcp;

/// Takes fields off the front of a slice. Multi-byte fields of IPMI are little-endian.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }
}
