//! Questions that are being asked: whoever has the same one waits for the same answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

use super::{TokenHash, Unavailable, Verdict};

/// The answer to one question, once it is there.
pub(super) type Cell = OnceCell<Result<Verdict, Unavailable>>;

/// The questions under way. None outlives those who wait for it.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<TokenHash, Weak<Cell>>>);

/// A place among those who wait for one answer.
pub(super) struct Flight<'a> {
    flights: &'a Flights,
    hash: TokenHash,
    cell: Arc<Cell>,
}

impl Flights {
    /// Waits with those who have the same question, or begins it.
    pub(super) fn join(&self, hash: TokenHash) -> Flight<'_> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let there = under_way.get(&hash).and_then(Weak::upgrade);
        // One that has its answer is over: what is asked now may have another.
        let there = there.filter(|cell| !cell.initialized());
        let cell = there.unwrap_or_else(|| {
            let cell = Arc::default();
            under_way.insert(hash, Arc::downgrade(&cell));
            cell
        });
        Flight {
            flights: self,
            hash,
            cell,
        }
    }
}

impl Flight<'_> {
    /// Where the answer will be.
    pub(super) fn cell(&self) -> &Cell {
        &self.cell
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let under_way = &self.flights.0;
        let mut under_way = under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let is_this = under_way
            .get(&self.hash)
            .is_some_and(|there| std::ptr::eq(there.as_ptr(), Arc::as_ptr(&self.cell)));
        // Under the lock nobody joins, so the last one sees that it is the last.
        if is_this && Arc::strong_count(&self.cell) == 1 {
            under_way.remove(&self.hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_with_the_same_question_share_one_place_and_nothing_is_left_of_it() {
        let flights = Flights::default();
        let first = flights.join([1; 32]);
        let second = flights.join([1; 32]);
        let other = flights.join([2; 32]);
        assert!(Arc::ptr_eq(&first.cell, &second.cell));
        assert!(!Arc::ptr_eq(&first.cell, &other.cell));
        drop(first);
        assert_eq!(flights.0.lock().unwrap().len(), 2);
        drop(second);
        drop(other);
        assert!(flights.0.lock().unwrap().is_empty());
    }

    #[test]
    fn an_answer_is_for_those_who_waited_and_not_for_who_comes_later() {
        let flights = Flights::default();
        let first = flights.join([1; 32]);
        first.cell().set(Err(Unavailable)).unwrap();
        let later = flights.join([1; 32]);
        assert!(!Arc::ptr_eq(&first.cell, &later.cell));
        drop(first);
        assert_eq!(flights.0.lock().unwrap().len(), 1);
        drop(later);
        assert!(flights.0.lock().unwrap().is_empty());
    }
}
