//! The fuzzer's input as a tape of instructions: it is read from front to end, and what was cut off reads as zero. So a
//! mutation in the middle leaves what comes before it as it was, and seeds can be written by hand.

use std::time::Duration;

pub(crate) struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next instruction, `None` at the end.
    pub(crate) fn instruction(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.instruction().unwrap_or(0)
    }

    pub(crate) fn number(&mut self) -> usize {
        usize::from(self.byte())
    }

    /// As many bytes as the next one says.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = self.number().min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    /// From nothing to more than a minute, finer where it is short: bits 7 and 6 choose the unit.
    pub(crate) fn duration(&mut self) -> Duration {
        let byte = self.byte();
        let unit = match byte >> 6 {
            0 => Duration::from_micros(100),
            1 => Duration::from_millis(5),
            2 => Duration::from_millis(100),
            _ => Duration::from_secs(1),
        };
        unit * u32::from(byte & 0x3F)
    }

    /// A datagram with some of its bytes changed, cut to some length.
    pub(crate) fn tamper(&mut self, datagram: &mut Vec<u8>) {
        let how = self.byte();
        for _ in 0..how & 0x03 {
            let (at, bits) = (self.number(), self.byte());
            if let Some(byte) = datagram.get_mut(at) {
                *byte ^= bits;
            }
        }
        if how & 0x04 != 0 {
            datagram.truncate(self.number());
        }
        if how & 0x08 != 0 {
            datagram.extend_from_slice(self.bytes());
        }
    }
}
