//! Answers that are to leave later, soonest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::Instant;

/// An answer on its way out. Ordered by time, then by age.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Late {
    at: Instant,
    number: u64,
    /// The BMC that sends it, by its position in the rack.
    pub(super) bmc: usize,
    pub(super) to: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

/// All that are waiting.
#[derive(Debug, Default)]
pub(super) struct LateAnswers {
    heap: BinaryHeap<Reverse<Late>>,
    number: u64,
}

impl LateAnswers {
    pub(super) fn push(&mut self, at: Instant, bmc: usize, to: SocketAddr, bytes: Vec<u8>) {
        self.number += 1;
        self.heap.push(Reverse(Late {
            at,
            number: self.number,
            bmc,
            to,
            bytes,
        }));
    }

    /// Takes out the next one whose time has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Late> {
        if self.next_at()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(late)| late)
    }

    /// When the next one is to leave.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(late)| late.at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_leave_by_time_and_those_of_one_time_by_age() {
        let start = crate::time::instant();
        let at = |millis| start + Duration::from_millis(millis);
        let to = SocketAddr::from(([127, 0, 0, 1], 1));
        let mut late = LateAnswers::default();
        for (millis, bmc) in [(20, 1), (10, 2), (20, 3), (10, 4)] {
            late.push(at(millis), bmc, to, Vec::new());
        }
        assert_eq!(late.pop_due(at(9)), None);
        assert_eq!(late.next_at(), Some(at(10)));
        let order: Vec<usize> = std::iter::from_fn(|| late.pop_due(at(20)))
            .map(|late| late.bmc)
            .collect();
        assert_eq!(order, [2, 4, 1, 3]);
    }
}
