//! The only place that reads clocks.
//!
//! [`Timestamp`] is wall-clock time, for what is stored and shown. Waiting and deadlines inside the process use the
//! monotonic clock ([`instant`]), so that a jump of the wall clock neither loses nor storms anything.

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::time::{ClockId, clock_gettime};
use serde::{Serialize, Serializer};

/// A point in time, in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970-01-01 UTC.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01 UTC.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// This much later, at most the end of what can be represented.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// This much earlier, at least the beginning of what can be represented.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero where it is before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339, in any offset.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|at| Self(at.as_microsecond()))
    }
}

/// As many bytes as an RFC 3339 time in UTC with microseconds has, in the years 0 to 9999.
const SPELLED: usize = "2016-09-27T02:37:21.966342+00:00".len();

impl Timestamp {
    /// Spells the time into a buffer. By hand, because a list of ten thousand entries has thirty thousand times in it.
    fn spell(self, to: &mut [u8; SPELLED]) -> &str {
        let at = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        let at = jiff::tz::Offset::UTC.to_datetime(at);
        let (date, time) = (at.date(), at.time());
        *to = *b"0000-00-00T00:00:00.000000+00:00";
        // Each number with the place behind its last digit. Nothing before the year 0 is ever stored.
        let numbers = [
            (4, date.year().into()),
            (7, date.month().into()),
            (10, date.day().into()),
            (13, time.hour().into()),
            (16, time.minute().into()),
            (19, time.second().into()),
            (26, time.subsec_nanosecond() / 1_000),
        ];
        for (end, number) in numbers {
            let mut left: i32 = number;
            for place in to.iter_mut().take(end).rev() {
                if left <= 0 {
                    break;
                }
                *place = b'0' + u8::try_from(left % 10).unwrap_or(0);
                left /= 10;
            }
        }
        std::str::from_utf8(to).unwrap_or_default()
    }
}

/// RFC 3339 in UTC with microseconds: `2016-09-27T02:37:21.966342+00:00`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spell(&mut [0; SPELLED]))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.spell(&mut [0; SPELLED]))
    }
}

/// The wall clock.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the wall clock"
)]
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    Timestamp(0).plus(since_epoch)
}

/// The monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the monotonic clock"
)]
pub fn instant() -> Instant {
    Instant::now()
}

/// What all threads of this process have had of the processors; zero where the system does not say.
pub fn spent() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// How long after the first call of this function `at` is; zero where it is before.
pub fn instant_since_start(at: Instant) -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    at.saturating_duration_since(*START.get_or_init(instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_spelled_as_the_api_promises() {
        let at = Timestamp::from_micros(1_474_943_841_966_342);
        assert_eq!(at.to_string(), "2016-09-27T02:37:21.966342+00:00");
        assert_eq!(
            Timestamp::from_micros(0).to_string(),
            "1970-01-01T00:00:00.000000+00:00"
        );
        let small = Timestamp::from_micros(1_767_323_045_000_007);
        assert_eq!(small.to_string(), "2026-01-02T03:04:05.000007+00:00");
        let last = Timestamp::from_micros(i64::MAX);
        assert_eq!(last.to_string(), "9999-12-30T22:00:00.999999+00:00");
    }

    #[test]
    fn every_offset_is_understood() {
        let at = Timestamp::parse("2016-09-27T04:37:21.966342+02:00");
        assert_eq!(at, Some(Timestamp::from_micros(1_474_943_841_966_342)));
    }
}
