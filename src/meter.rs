//! Numbers that the daemon keeps about itself while it runs.
//!
//! Each part owns those of its own work and counts as it goes; whoever writes a page reads them. Counting is an atomic
//! addition: it waits for nobody and takes no memory. Numbers that are read together may be a moment apart.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A number that goes up.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn bump(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// What it is now.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// One more, until what this gives back is dropped.
    pub fn hold(&self) -> Held<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(self)
    }

    /// What it is.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Something that counts in a [`Gauge`] as long as it is there.
#[derive(Debug)]
pub struct Held<'a>(&'a Gauge);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a label of a metric can be: one of few.
pub trait Label: Copy + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The word on the page.
    fn word(self) -> &'static str;
}

/// Counts by a word.
pub type Counts = Vec<(&'static str, u64)>;

/// A counter for each value of a label.
#[derive(Debug)]
pub struct CounterOf<K> {
    counters: Vec<Counter>,
    of: PhantomData<fn(K)>,
}

impl<K: Label> CounterOf<K> {
    /// One more of these.
    pub fn bump(&self, of: K) {
        let counted = K::ALL.iter().zip(&self.counters);
        for (_, counter) in counted.filter(|(kind, _)| **kind == of) {
            counter.bump();
        }
    }

    /// All of them, also those that never happened.
    pub fn read(&self) -> Counts {
        let counted = K::ALL.iter().zip(&self.counters);
        counted
            .map(|(kind, counter)| (kind.word(), counter.get()))
            .collect()
    }
}

impl<K: Label> Default for CounterOf<K> {
    fn default() -> Self {
        Self {
            counters: K::ALL.iter().map(|_| Counter::default()).collect(),
            of: PhantomData,
        }
    }
}

/// A counter for each word of the program that is given to it. For what happens some times a second at the most: it locks.
#[derive(Debug, Default)]
pub struct CounterOfWords(Mutex<BTreeMap<&'static str, u64>>);

impl CounterOfWords {
    /// One more of these.
    pub fn bump(&self, word: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(word).or_default();
        *count = count.saturating_add(1);
    }

    /// All that ever happened.
    pub fn read(&self) -> Counts {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(word, count)| (*word, *count)).collect()
    }
}

/// How often a value was at most each of some bounds.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One for each bound, and one for what is above them.
    buckets: Box<[AtomicU64]>,
    /// The bits of a floating point number.
    sum: AtomicU64,
}

/// A histogram as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The bounds, from the lowest.
    pub bounds: &'static [f64],
    /// How many values were at most each bound and above the one before, and how many were above all.
    pub buckets: Vec<u64>,
    /// All values together.
    pub sum: f64,
}

impl Histogram {
    /// One without values; `bounds` go up.
    pub fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            buckets: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0_f64.to_bits()),
        }
    }

    /// Counts a value, in the unit of the bounds.
    pub fn observe(&self, value: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let add = |sum| Some((f64::from_bits(sum) + value).to_bits());
        self.sum
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add)
            .ok();
    }

    /// What was counted.
    pub fn read(&self) -> Reading {
        let buckets = self.buckets.iter();
        Reading {
            bounds: self.bounds,
            buckets: buckets
                .map(|bucket| bucket.load(Ordering::Relaxed))
                .collect(),
            sum: f64::from_bits(self.sum.load(Ordering::Relaxed)),
        }
    }
}

impl Reading {
    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq)]
    enum Fruit {
        Apple,
        Pear,
    }

    impl Label for Fruit {
        const ALL: &'static [Self] = &[Self::Apple, Self::Pear];

        fn word(self) -> &'static str {
            match self {
                Self::Apple => "apple",
                Self::Pear => "pear",
            }
        }
    }

    #[test]
    fn each_label_has_its_own_count_from_the_start() {
        let fruit = CounterOf::default();
        fruit.bump(Fruit::Pear);
        fruit.bump(Fruit::Pear);
        assert_eq!(fruit.read(), [("apple", 0), ("pear", 2)]);
    }

    #[test]
    fn a_value_at_a_bound_is_below_it() {
        let histogram = Histogram::new(&[0.5, 1.0, 10.0]);
        for value in [0.0, 0.5, 0.500_001, 1.0, 9.0, 11.0, f64::INFINITY] {
            histogram.observe(value);
        }
        let read = histogram.read();
        assert_eq!(read.buckets, [2, 2, 1, 2]);
        assert_eq!(read.count(), 7);
    }

    #[test]
    fn what_is_held_counts_until_it_is_dropped() {
        let gauge = Gauge::default();
        let held = [gauge.hold(), gauge.hold()];
        assert_eq!(gauge.get(), 2);
        drop(held);
        assert_eq!(gauge.get(), 0);
    }

    #[test]
    fn many_threads_lose_no_count() {
        let histogram = Histogram::new(&[1.0]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| histogram.observe(0.5)));
            }
        });
        let read = histogram.read();
        assert_eq!((read.count(), read.sum), (4_000, 2_000.0));
    }
}
