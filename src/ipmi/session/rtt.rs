//! How long this BMC takes to answer (after RFC 6298).

use std::time::Duration;

/// What was measured, apart for what takes a BMC differently long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rtt {
    /// Open Session: the network, mostly.
    pub open: Estimate,
    /// RAKP messages: the BMC computes.
    pub rakp: Estimate,
    /// Commands.
    pub command: Estimate,
}

/// A smoothed round trip time and its variation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate(Option<(Duration, Duration)>);

impl Estimate {
    /// Adds a measurement, of something that was transmitted only once.
    pub fn sample(&mut self, rtt: Duration) {
        self.0 = Some(match self.0 {
            None => (rtt, rtt / 2),
            Some((smoothed, variation)) => (
                (smoothed * 7 + rtt) / 8,
                (variation * 3 + smoothed.abs_diff(rtt)) / 4,
            ),
        });
    }

    /// How long to wait for an answer: `first` if nothing was measured, else at least `least`.
    pub fn timeout(&self, first: Duration, least: Duration) -> Duration {
        match self.0 {
            None => first,
            Some((smoothed, variation)) => (smoothed + variation * 4).max(least),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_follows_the_bmc_and_never_falls_below_its_floor() {
        let (first, least) = (Duration::from_secs(1), Duration::from_millis(300));
        let mut estimate = Estimate::default();
        assert_eq!(estimate.timeout(first, least), first);
        for _ in 0..50 {
            estimate.sample(Duration::from_millis(20));
        }
        assert_eq!(estimate.timeout(first, least), least);
        for _ in 0..50 {
            estimate.sample(Duration::from_millis(900));
        }
        let slow = estimate.timeout(first, least);
        assert!(
            slow > Duration::from_millis(900) && slow < Duration::from_secs(2),
            "{slow:?}"
        );
    }
}
