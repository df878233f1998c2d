//! Delays with a distribution: most are short, a few are very long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sim::rng::Rng;

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_9;

/// Nobody waits longer than this, whatever the numbers say.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A lognormal delay, as round trips and busy BMCs have it: half are below the median, one in a hundred above `p99_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Half of the delays are shorter, in milliseconds.
    pub median_ms: f64,
    /// One in a hundred is longer, in milliseconds. Below the median, every delay is the median.
    pub p99_ms: f64,
    /// None is longer, in milliseconds; without it, one in millions is very long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ms: Option<f64>,
}

impl Latency {
    /// Of this median and 99th percentile, and never over the maximum, all in milliseconds.
    pub fn new(median_ms: f64, p99_ms: f64, max_ms: f64) -> Self {
        Self {
            median_ms,
            p99_ms,
            max_ms: Some(max_ms),
        }
    }

    pub(super) fn draw(&self, rng: &mut Rng) -> Duration {
        // Where p99 is no more than the median, or makes no sense, there is no spread.
        let sigma = (self.p99_ms / self.median_ms).ln().max(0.0) / Z99;
        let drawn = self.median_ms * (sigma * standard_normal(rng)).exp();
        let millis = self.max_ms.map_or(drawn, |max| drawn.min(max));
        let drawn = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default();
        drawn.min(LONGEST)
    }
}

/// Box and Muller's transform of two even numbers.
fn standard_normal(rng: &mut Rng) -> f64 {
    // From (0, 1], so that the logarithm is finite.
    let radius = (-2.0 * (1.0 - rng.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.unit()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(latency: Latency) -> Vec<Duration> {
        let mut rng = Rng::for_bmc(1, "slow");
        let mut all: Vec<_> = (0..10_000).map(|_| latency.draw(&mut rng)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn median_p99_and_maximum_are_as_they_say() {
        let all = drawn(Latency::new(20.0, 600.0, 5000.0));
        let millis = |at: usize| all[at].as_millis();
        assert!((18..=22).contains(&millis(5_000)), "{}", millis(5_000));
        assert!((450..=800).contains(&millis(9_900)), "{}", millis(9_900));
        let capped = drawn(Latency::new(20.0, 600.0, 700.0));
        assert_eq!(capped.last().unwrap().as_millis(), 700);
    }

    #[test]
    fn numbers_that_make_no_sense_are_no_delay_and_no_panic() {
        for (median, p99) in [(0.0, 0.0), (-5.0, 1.0), (f64::NAN, 1.0), (0.0, 9.0)] {
            let latency = Latency {
                median_ms: median,
                p99_ms: p99,
                max_ms: None,
            };
            let longest = *drawn(latency).last().unwrap();
            assert_eq!(longest, Duration::ZERO, "{median} {p99}");
        }
        let steady = drawn(Latency::new(30.0, 10.0, 99.0));
        assert_eq!(steady[0], steady[9_999]);
        assert_eq!(steady[0].as_millis(), 30);
    }
}
