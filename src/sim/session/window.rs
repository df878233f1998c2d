//! Which session sequence numbers are taken (IPMI v2.0 §6.12.13): each once, and none too far from the highest so far.

/// How far ahead of the highest a number may be.
const AHEAD: u32 = 15;
/// How far behind the highest a number may be.
const BEHIND: u32 = 16;

/// The sliding window of one direction of a session.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Window {
    highest: u32,
    /// Bit n: `highest - 1 - n` was seen.
    seen: u16,
}

impl Default for Window {
    /// Before the first packet: 1 is expected, nothing before it is taken.
    fn default() -> Self {
        Self {
            highest: 0,
            seen: u16::MAX,
        }
    }
}

impl Window {
    /// Whether a packet of this number is to be taken. Takes note of nothing.
    pub(in crate::sim) fn would_accept(&self, sequence: u32) -> bool {
        let ahead = sequence.wrapping_sub(self.highest);
        let behind = self.highest.wrapping_sub(sequence);
        match (ahead, behind) {
            // 0 is the number of packets outside a session.
            _ if sequence == 0 => false,
            (1..=AHEAD, _) => true,
            (_, 1..=BEHIND) => self.seen & (1 << (behind - 1)) == 0,
            _ => false,
        }
    }

    /// Takes note of a number that [`Self::would_accept`] accepted.
    pub(in crate::sim) fn note(&mut self, sequence: u32) {
        let ahead = sequence.wrapping_sub(self.highest);
        let behind = self.highest.wrapping_sub(sequence);
        if (1..=AHEAD).contains(&ahead) {
            // The old highest itself becomes the bit just shifted in.
            self.seen = (self.seen << ahead) | (1 << (ahead - 1));
            self.highest = sequence;
        } else if (1..=BEHIND).contains(&behind) {
            self.seen |= 1 << (behind - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(window: &mut Window, sequence: u32) -> bool {
        let good = window.would_accept(sequence);
        if good {
            window.note(sequence);
        }
        good
    }

    #[test]
    fn each_number_is_taken_once_in_any_order_within_the_window() {
        let mut window = Window::default();
        for sequence in [1, 2, 5, 3, 4, 20, 6] {
            assert!(take(&mut window, sequence), "{sequence}");
            assert!(!take(&mut window, sequence), "{sequence} again");
        }
    }

    #[test]
    fn numbers_outside_the_window_are_refused() {
        let mut window = Window::default();
        assert!(!take(&mut window, 0));
        assert!(!take(&mut window, 16));
        assert!(take(&mut window, 15));
        assert!(take(&mut window, 30));
        assert!(take(&mut window, 14), "16 behind");
        assert!(!take(&mut window, 13), "17 behind");
    }

    #[test]
    fn numbers_wrap_around_past_zero() {
        let mut window = Window {
            highest: u32::MAX - 1,
            seen: 0,
        };
        assert!(take(&mut window, u32::MAX));
        assert!(!take(&mut window, 0));
        assert!(take(&mut window, 1));
        assert!(!take(&mut window, u32::MAX));
    }
}
