//! Where the simulator's chance comes from: a small seeded generator, so that a run repeats.
//!
//! Nothing here is fit for real secrets. A real BMC draws its session IDs and random numbers from a better source; a
//! simulated one has to give the same packets for the same seed.

use std::time::Duration;

/// SplitMix64.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    /// The generator of one BMC: the same for the same seed and name.
    pub(super) fn for_bmc(seed: u64, name: &str) -> Self {
        // FNV-1a over the name keeps two BMCs of one rack apart.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed ^ hash)
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Sixteen bytes: a random number of RAKP, an initialisation vector, a GUID.
    pub(super) fn block(&mut self) -> [u8; 16] {
        let mut out = [0; 16];
        let (low, high) = out.split_at_mut(8);
        low.copy_from_slice(&self.next().to_le_bytes());
        high.copy_from_slice(&self.next().to_le_bytes());
        out
    }

    /// Evenly from 0 to `below`, which itself is not drawn; 0 where `below` is 0.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.next().checked_rem(below).unwrap_or(0)
    }

    /// True with the given probability (0 to 1). Draws nothing where the answer is certain.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        if probability <= 0.0 {
            return false;
        }
        self.unit() < probability
    }

    /// Evenly from 0 to 1, which itself is not drawn.
    pub(super) fn unit(&mut self) -> f64 {
        // 53 bits are what an f64 holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "the value has 53 bits")]
        let drawn = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn
    }

    /// Evenly between two numbers of seconds, in whole milliseconds.
    pub(super) fn seconds(&mut self, range: std::ops::RangeInclusive<u64>) -> Duration {
        let (from, to) = (range.start() * 1000, range.end() * 1000);
        Duration::from_millis(from + self.below(to.saturating_sub(from) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_and_name_give_the_same_run_and_other_names_another() {
        let draw = |seed, name| {
            let mut rng = Rng::for_bmc(seed, name);
            (rng.next(), rng.block())
        };
        assert_eq!(draw(1, "node-1"), draw(1, "node-1"));
        assert_ne!(draw(1, "node-1"), draw(1, "node-2"));
        assert_ne!(draw(1, "node-1"), draw(2, "node-1"));
    }

    #[test]
    fn chance_is_as_frequent_as_it_says() {
        let mut rng = Rng::for_bmc(7, "dice");
        let hits = (0..10_000).filter(|_| rng.chance(0.25)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
        assert!(!rng.chance(0.0));
        assert!(rng.chance(1.0));
    }
}
