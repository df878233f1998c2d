//! Slowing down whoever guesses tokens.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::api::source;

const WINDOW: Duration = Duration::from_secs(60);
/// More sources than this are not remembered: whoever has that many addresses is not stopped by this.
const MAX_SOURCES: usize = 10_000;

/// Counts failed sign-ins by source: an address, in IPv6 a network of 64 bits.
#[derive(Debug)]
pub struct Throttle {
    /// This many a minute from one source are answered with 401; further ones with 429.
    max_failures: AtomicU32,
    failures: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Debug)]
struct Failures {
    since: Instant,
    count: u32,
}

impl Throttle {
    /// Lets this many fail a minute.
    pub fn new(max_failures: u32) -> Self {
        Self {
            max_failures: AtomicU32::new(max_failures),
            failures: Mutex::default(),
        }
    }

    /// Lets this many fail a minute from now on.
    pub fn change(&self, max_failures: u32) {
        self.max_failures.store(max_failures, Ordering::Relaxed);
    }

    fn max_failures(&self) -> u32 {
        self.max_failures.load(Ordering::Relaxed)
    }

    /// How long a source has to wait that has failed too often; `None` where it may try.
    pub fn has_to_wait(&self, source: IpAddr, now: Instant) -> Option<Duration> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let of = failures.get(&source::client(source))?;
        let left = WINDOW.saturating_sub(now.duration_since(of.since));
        (of.count >= self.max_failures() && !left.is_zero()).then_some(left)
    }

    /// Counts a failed sign-in; says how long to wait if there were too many.
    pub fn failed(&self, source: IpAddr, now: Instant) -> Option<Duration> {
        let source = source::client(source);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_SOURCES {
            failures.retain(|_, of| now.duration_since(of.since) < WINDOW);
        }
        if failures.len() >= MAX_SOURCES && !failures.contains_key(&source) {
            return None;
        }
        let of = failures.entry(source).or_insert(Failures {
            since: now,
            count: 0,
        });
        if now.duration_since(of.since) >= WINDOW {
            *of = Failures {
                since: now,
                count: 0,
            };
        }
        of.count = of.count.saturating_add(1);
        (of.count > self.max_failures())
            .then(|| WINDOW.saturating_sub(now.duration_since(of.since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_failure_in_a_minute_has_to_wait_for_its_end() {
        let throttle = Throttle::new(10);
        let (guesser, other) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let start = crate::time::instant();
        for _ in 0..10 {
            assert_eq!(throttle.has_to_wait(guesser, start), None);
            assert_eq!(throttle.failed(guesser, start), None);
        }
        assert_eq!(throttle.has_to_wait(guesser, start), Some(WINDOW));
        assert_eq!(throttle.has_to_wait(guesser, start + WINDOW), None);
        let later = start + Duration::from_secs(20);
        assert_eq!(
            throttle.failed(guesser, later),
            Some(Duration::from_secs(40))
        );
        assert_eq!(throttle.failed(other, later), None);
        assert_eq!(throttle.failed(guesser, start + WINDOW), None);
    }

    /// Who has one address of IPv6 has 2^64 of them.
    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        let (throttle, now) = (Throttle::new(2), crate::time::instant());
        let failed = |text: &str| throttle.failed(text.parse().unwrap(), now);
        assert_eq!(failed("2001:db8::1"), None);
        assert_eq!(failed("2001:db8::ffff:2"), None);
        assert_eq!(failed("2001:db8::3"), Some(WINDOW));
        assert_eq!(failed("2001:db8:0:1::1"), None);
        assert_eq!(failed("::ffff:192.0.2.1"), None);
        assert_eq!(failed("192.0.2.1"), None);
        assert_eq!(failed("192.0.2.1"), Some(WINDOW));
    }

    #[test]
    fn many_sources_take_no_more_room_and_those_of_long_ago_make_room() {
        let (throttle, start) = (Throttle::new(1), crate::time::instant());
        let remembered = || throttle.failures.lock().unwrap().len();
        let most = u32::try_from(MAX_SOURCES).unwrap();
        for number in 0..2 * most {
            throttle.failed(std::net::Ipv4Addr::from_bits(number).into(), start);
        }
        assert_eq!(remembered(), MAX_SOURCES);
        throttle.failed([192, 0, 2, 1].into(), start + WINDOW);
        assert_eq!(remembered(), 1);
    }
}
