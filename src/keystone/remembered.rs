//! What Keystone said a short while ago, by the hash of the token.
//!
//! Only of tokens that are good, so whoever guesses fills nothing. An entry counts until the settings say that it is too old,
//! by a clock that nobody sets, and never after the token has expired, by the clock that Keystone means.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{TokenHash, Verdict};
use crate::time::{self, Timestamp};

/// So many are kept: clients of one rack have fewer.
const MOST: usize = 4096;

pub(super) struct Remembered {
    keep: Duration,
    known: Mutex<HashMap<TokenHash, Entry>>,
}

struct Entry {
    verdict: Verdict,
    until: Instant,
    expires_at: Timestamp,
}

impl Entry {
    fn counts(&self, now: Instant, today: Timestamp) -> bool {
        now < self.until && today < self.expires_at
    }
}

impl Remembered {
    /// Nothing yet. Everything is forgotten after this long.
    pub(super) fn new(keep: Duration) -> Self {
        Self {
            keep,
            known: Mutex::default(),
        }
    }

    pub(super) fn find(&self, hash: &TokenHash) -> Option<Verdict> {
        let (now, today) = (time::instant(), time::now());
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(hash).filter(|entry| entry.counts(now, today));
        found.map(|entry| entry.verdict.clone())
    }

    pub(super) fn keep(&self, hash: TokenHash, verdict: Verdict, expires_at: Timestamp) {
        let (now, today) = (time::instant(), time::now());
        let entry = Entry {
            verdict,
            until: now + self.keep,
            expires_at,
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, of| of.counts(now, today));
        }
        if known.len() >= MOST {
            let oldest = known.iter().min_by_key(|(_, of)| of.until);
            if let Some(hash) = oldest.map(|(hash, _)| *hash) {
                known.remove(&hash);
            }
        }
        known.insert(hash, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn hash(number: usize) -> TokenHash {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        hash
    }

    #[test]
    fn an_entry_ends_with_its_token_or_with_its_time() {
        let later = time::now().plus(HOUR);
        let lasting = Remembered::new(HOUR);
        lasting.keep(hash(1), Verdict::NoRole, later);
        assert_eq!(lasting.find(&hash(1)), Some(Verdict::NoRole));
        lasting.keep(hash(2), Verdict::NoRole, time::now());
        assert_eq!(lasting.find(&hash(2)), None);
        let short = Remembered::new(Duration::ZERO);
        short.keep(hash(3), Verdict::NoRole, later);
        assert_eq!(short.find(&hash(3)), None);
    }

    #[test]
    fn there_are_never_too_many_and_the_oldest_goes_first() {
        let remembered = Remembered::new(HOUR);
        let later = time::now().plus(HOUR);
        for number in 0..=MOST {
            remembered.keep(hash(number), Verdict::NoRole, later);
        }
        assert_eq!(remembered.known.lock().unwrap().len(), MOST);
        assert_eq!(remembered.find(&hash(0)), None);
        assert!(remembered.find(&hash(MOST)).is_some());
    }
}
