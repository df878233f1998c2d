//! What a bad network, or a bad network stack, does to datagrams.

use std::time::Duration;

use crate::sim::device::Outgoing;
use crate::sim::faults::Faults;
use crate::sim::rng::Rng;

/// The longest that an answer is held back so that others overtake it, and the shortest.
const HELD_BACK_MS: std::ops::Range<u64> = 5..50;

/// The network of one BMC.
#[derive(Debug, Default)]
pub(super) struct Network {
    /// The last answer, kept only while stale answers are wanted.
    last: Vec<u8>,
}

impl Network {
    /// How often a datagram that was sent once arrives: 0, 1 or 2 times.
    pub(super) fn arrivals(faults: &Faults, rng: &mut Rng) -> u32 {
        if rng.chance(faults.loss) {
            return 0;
        }
        1 + u32::from(rng.chance(faults.duplicate))
    }

    /// Puts what becomes of an answer into `out`.
    pub(super) fn send(
        &mut self,
        faults: &Faults,
        rng: &mut Rng,
        mut answer: Outgoing,
        out: &mut Vec<Outgoing>,
    ) {
        answer.after += faults.extra_delay;
        if let Some(latency) = &faults.latency {
            answer.after += latency.draw(rng);
        }
        if !self.last.is_empty() && rng.chance(faults.stale) {
            out.push(Outgoing {
                after: answer.after,
                bytes: self.last.clone(),
            });
        }
        self.last.clear();
        if faults.stale > 0.0 {
            self.last.extend(&answer.bytes);
        }
        let arrivals = Self::arrivals(faults, rng);
        for _ in 1..arrivals {
            out.push(spoil(faults, rng, answer.clone()));
        }
        if arrivals > 0 {
            out.push(spoil(faults, rng, answer));
        }
    }
}

fn spoil(faults: &Faults, rng: &mut Rng, mut answer: Outgoing) -> Outgoing {
    if rng.chance(faults.reorder) {
        let spread = rng.below(HELD_BACK_MS.end - HELD_BACK_MS.start);
        answer.after += Duration::from_millis(HELD_BACK_MS.start + spread);
    }
    let length = u64::try_from(answer.bytes.len()).unwrap_or(u64::MAX);
    if rng.chance(faults.truncate) {
        let kept = usize::try_from(rng.below(length)).unwrap_or(0);
        answer.bytes.truncate(kept);
    }
    if rng.chance(faults.garbage) {
        for chunk in answer.bytes.chunks_mut(16) {
            for (byte, random) in chunk.iter_mut().zip(rng.block()) {
                *byte = random;
            }
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(faults: &Faults, answers: usize) -> Vec<Outgoing> {
        let (mut network, mut rng) = (Network::default(), Rng::for_bmc(3, "net"));
        let mut out = Vec::new();
        for number in 0..answers {
            let answer = Outgoing {
                after: Duration::ZERO,
                bytes: vec![u8::try_from(number % 256).unwrap(); 20],
            };
            network.send(faults, &mut rng, answer, &mut out);
        }
        out
    }

    #[test]
    fn healthy_network_sends_everything_once_at_once_and_whole() {
        let out = sent(&Faults::default(), 50);
        assert_eq!(out.len(), 50);
        assert!(out.iter().all(|o| o.after.is_zero() && o.bytes.len() == 20));
    }

    #[test]
    fn each_fault_does_what_its_name_says() {
        let healthy = Faults::default;
        assert!(
            sent(
                &Faults {
                    loss: 1.0,
                    ..healthy()
                },
                9
            )
            .is_empty()
        );
        assert_eq!(
            sent(
                &Faults {
                    duplicate: 1.0,
                    ..healthy()
                },
                9
            )
            .len(),
            18
        );
        let late = sent(
            &Faults {
                reorder: 1.0,
                ..healthy()
            },
            9,
        );
        assert!(late.iter().all(|o| o.after >= Duration::from_millis(5)));
        let short = sent(
            &Faults {
                truncate: 1.0,
                ..healthy()
            },
            9,
        );
        assert!(short.iter().all(|o| o.bytes.len() < 20));
        let noise = sent(
            &Faults {
                garbage: 1.0,
                ..healthy()
            },
            1,
        );
        assert_ne!(noise[0].bytes, vec![0; 20]);
        let stale = sent(
            &Faults {
                stale: 1.0,
                ..healthy()
            },
            2,
        );
        assert_eq!(
            stale.iter().map(|o| o.bytes[0]).collect::<Vec<_>>(),
            [0, 0, 1]
        );
    }
}
