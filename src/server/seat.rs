//! Who makes room when a listener is full.
//!
//! Each connection has a seat. A seat is *busy* while a request is under way on it: from the end of the head until the
//! client has the answer. All others are in one order, by how long nothing was under way on them: fresh connections,
//! connections between two requests, heads that come byte by byte, handshakes that do not end. When a new client finds
//! no seat, the first of them is asked to leave.
//!
//! Only the connection itself knows for certain that nothing is under way, so it may also stay. Then it says so, and the
//! next one is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

/// The seats of one listener. Clones are the same seats.
#[derive(Clone, Default)]
pub(super) struct Seats(Arc<Listener>);

#[derive(Default)]
struct Listener {
    idle: Mutex<Idle>,
    /// A seat is idle that was not.
    one_is_idle: Notify,
    /// One that was asked to leave stays.
    one_stays: Notify,
}

/// The seats on which nothing is under way; the smallest number has been so for longest.
#[derive(Default)]
struct Idle {
    last_number: u64,
    by_age: BTreeMap<u64, Arc<Seat>>,
}

/// One connection's seat.
pub(super) struct Seat {
    listener: Arc<Listener>,
    asked_to_leave: Notify,
    state: Mutex<State>,
}

struct State {
    under_way: usize,
    /// The number in [`Idle`], which may have been taken out of it since, and the time when it was given.
    idle: Option<(u64, Instant)>,
}

/// A seat that is taken; it is free again when this is dropped.
pub(super) struct Taken(Arc<Seat>);

/// Something that is under way on a seat. Dropping it says that it is done.
pub(super) struct UnderWay(Arc<Seat>);

impl Seats {
    /// A seat for a new connection. How many there may be is the accept loop's to know.
    pub(super) fn take(&self) -> Taken {
        let seat = Arc::new(Seat {
            listener: Arc::clone(&self.0),
            asked_to_leave: Notify::new(),
            state: Mutex::new(State {
                under_way: 0,
                idle: None,
            }),
        });
        seat.queue(&mut seat.state());
        Taken(seat)
    }

    /// Asks the seat that has been idle for longest to leave; waits until there is one. Returns when that one stays. Can
    /// be cancelled, and should be as soon as any connection has ended.
    pub(super) async fn ask_one_to_leave(&self) {
        let seat = loop {
            let oldest = self.0.idle().by_age.pop_first();
            match oldest {
                Some((_, seat)) => break seat,
                None => self.0.one_is_idle.notified().await,
            }
        };
        seat.asked_to_leave.notify_one();
        drop(seat);
        self.0.one_stays.notified().await;
    }

    /// Whether something is under way on all seats.
    pub(super) fn are_all_busy(&self) -> bool {
        self.0.idle().by_age.is_empty()
    }
}

impl Listener {
    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Something begins that the client must not be cut off from.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        let mut state = self.state();
        state.under_way += 1;
        self.unqueue(&mut state);
        drop(state);
        UnderWay(Arc::clone(self))
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.state().under_way == 0
    }

    /// Waits until this connection has to leave; it is idle then. Where it is not, it stays.
    pub(super) async fn has_to_leave(&self) {
        loop {
            self.asked_to_leave.notified().await;
            if self.is_idle() {
                return;
            }
            self.stays();
        }
    }

    /// Says that this connection was asked to leave and stays.
    pub(super) fn stays(&self) {
        self.listener.one_stays.notify_one();
    }

    /// Waits until nothing has been under way for this long.
    pub(super) async fn idle_for(&self, long: Duration) {
        loop {
            let since = self.state().idle.map(|(_, since)| since);
            match since {
                // Whatever is under way now, the seat cannot have been idle for long enough before this is over.
                None => sleep(long).await,
                Some(since) if since.elapsed() >= long => return,
                Some(since) => sleep_until(since + long).await,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(self: &Arc<Self>, state: &mut State) {
        let mut idle = self.listener.idle();
        idle.last_number += 1;
        let number = idle.last_number;
        idle.by_age.insert(number, Arc::clone(self));
        drop(idle);
        state.idle = Some((number, Instant::now()));
        self.listener.one_is_idle.notify_one();
    }

    fn unqueue(&self, state: &mut State) {
        if let Some((number, _)) = state.idle.take() {
            self.listener.idle().by_age.remove(&number);
        }
    }
}

impl Taken {
    /// The seat.
    pub(super) fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.0)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut state = self.0.state();
        // What ends after its connection must not queue the seat again.
        state.under_way += 1;
        self.0.unqueue(&mut state);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way = state.under_way.saturating_sub(1);
        if state.under_way == 0 {
            self.0.queue(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Whether it is over already.
    fn is_over(future: impl Future<Output = ()>) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        matches!(pin!(future).poll(&mut context), Poll::Ready(()))
    }

    #[tokio::test(start_paused = true)]
    async fn the_seat_that_was_idle_for_longest_has_to_leave_and_never_a_busy_one() {
        let seats = Seats::default();
        let [first, second, third] = [(); 3].map(|()| seats.take());
        let request = first.seat().begin();
        assert!(!is_over(seats.ask_one_to_leave()));
        assert!(is_over(second.seat().has_to_leave()));
        drop((second, request));
        // The first is idle again, but not for as long as the third.
        assert!(!is_over(seats.ask_one_to_leave()));
        assert!(!is_over(first.seat().has_to_leave()));
        assert!(is_over(third.seat().has_to_leave()));
        drop(third);
        assert!(!is_over(seats.ask_one_to_leave()));
        assert!(is_over(first.seat().has_to_leave()));
        assert!(seats.are_all_busy());
    }

    #[tokio::test(start_paused = true)]
    async fn a_seat_that_became_busy_in_the_meantime_stays_and_the_next_one_is_asked() {
        let seats = Seats::default();
        let [first, second] = [(); 2].map(|()| seats.take());
        let mut asking = pin!(seats.ask_one_to_leave());
        let mut context = Context::from_waker(Waker::noop());
        assert!(asking.as_mut().poll(&mut context).is_pending());
        let requests = [(); 2].map(|()| first.seat().begin());
        assert!(!is_over(first.seat().has_to_leave()));
        assert!(asking.as_mut().poll(&mut context).is_ready());
        assert!(!is_over(seats.ask_one_to_leave()));
        assert!(is_over(second.seat().has_to_leave()));
        drop(requests);
        assert!(first.seat().is_idle());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_is_counted_from_the_end_of_the_last_request() {
        let seats = Seats::default();
        let taken = seats.take();
        let limit = Duration::from_secs(30);
        let start = Instant::now();
        let request = taken.seat().begin();
        let working = async {
            sleep(Duration::from_secs(70)).await;
            drop(request);
        };
        let seat = taken.seat();
        tokio::join!(working, seat.idle_for(limit));
        assert_eq!(start.elapsed(), Duration::from_secs(100));
    }

    #[test]
    fn a_seat_that_was_given_up_is_not_asked_even_if_a_request_of_it_ends_late() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let _context = runtime.enter();
        let seats = Seats::default();
        let taken = seats.take();
        let request = taken.seat().begin();
        drop(taken);
        drop(request);
        assert!(seats.are_all_busy());
    }
}
