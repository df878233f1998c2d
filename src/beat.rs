//! Whether the loops in the background still go round.
//!
//! A loop says so each time ([`Beat::now`]), and has promised to say it at least so often. One that is late stands still:
//! it waits for something that does not come, or nothing lets it run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All loops that promised to beat. Cheap to clone; clones are about the same loops.
#[derive(Debug, Clone, Default)]
pub struct Beats(Arc<Mutex<Vec<Beat>>>);

/// The beat of one loop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Beat(Arc<Promise>);

#[derive(Debug)]
struct Promise {
    name: &'static str,
    within: Duration,
    since: Instant,
    /// The last beat, in milliseconds since `since`.
    last: AtomicU64,
    rounds: AtomicU64,
}

/// How it is with a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The name of the loop.
    pub name: &'static str,
    /// Whether it is in time.
    pub is_in_time: bool,
    /// How often it has gone round.
    pub rounds: u64,
}

/// A loop that is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// The name of the loop.
    pub name: &'static str,
    /// How long ago it went round.
    pub silent: Duration,
}

impl Beats {
    /// The beat of another loop, which begins now and promises to beat `within` this time, again and again.
    pub fn of(&self, name: &'static str, within: Duration, now: Instant) -> Beat {
        let beat = Beat(Arc::new(Promise {
            name,
            within,
            since: now,
            last: AtomicU64::new(0),
            rounds: AtomicU64::new(0),
        }));
        self.lock().push(beat.clone());
        beat
    }

    /// The first of those that are late.
    pub fn late(&self, now: Instant) -> Option<Late> {
        self.lock().iter().find_map(|beat| beat.late(now))
    }

    /// How it is with each loop.
    pub fn read(&self, now: Instant) -> Vec<Standing> {
        let beats = self.lock();
        let standings = beats.iter().map(|beat| Standing {
            name: beat.0.name,
            is_in_time: beat.late(now).is_none(),
            rounds: beat.0.rounds.load(Ordering::Relaxed),
        });
        standings.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Beat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Beat {
    /// The loop goes round.
    pub fn now(&self, now: Instant) {
        let since = now.saturating_duration_since(self.0.since);
        let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.0.last.store(millis, Ordering::Relaxed);
        self.0.rounds.fetch_add(1, Ordering::Relaxed);
    }

    fn late(&self, now: Instant) -> Option<Late> {
        let last = Duration::from_millis(self.0.last.load(Ordering::Relaxed));
        let silent = now
            .saturating_duration_since(self.0.since)
            .saturating_sub(last);
        (silent > self.0.within).then_some(Late {
            name: self.0.name,
            silent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any moment will do.
    fn some_instant() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    #[test]
    fn a_loop_is_late_after_its_own_time_and_in_time_again_with_its_next_beat() {
        let (beats, start) = (Beats::default(), some_instant());
        let quick = beats.of("quick", Duration::from_secs(10), start);
        let slow = beats.of("slow", Duration::from_secs(100), start);
        let at = |secs| start + Duration::from_secs(secs);
        assert_eq!(beats.late(at(10)), None);
        let late = Late {
            name: "quick",
            silent: Duration::from_secs(11),
        };
        assert_eq!(beats.late(at(11)), Some(late));
        let standings = beats.read(at(11)).into_iter();
        let in_time: Vec<_> = standings.map(|of| (of.name, of.is_in_time)).collect();
        assert_eq!(in_time, [("quick", false), ("slow", true)]);
        quick.now(at(12));
        assert_eq!(beats.late(at(22)), None);
        slow.now(at(22));
        quick.now(at(110));
        assert_eq!(beats.late(at(119)), None);
        let rounds: Vec<_> = beats.read(at(119)).iter().map(|of| of.rounds).collect();
        assert_eq!(rounds, [2, 1]);
    }
}
