//! Who makes room when a listener is full.
//!
//! Each connection has a seat. A seat is *busy* while a request is under way on it: from the end of the head until the
//! client has the answer. All others are in one order, by how long nothing was under way on them: fresh connections,
//! connections between two requests, heads that come byte by byte, handshakes that do not end. When a new client finds
//! no seat, the first of them is asked to leave.
//!
//! A client that does not take its answer makes its seat an idle one ([`Seat::stalls`]), whatever is under way on it.
//!
//! Where one client may not have all seats, the same goes among the seats of its address.
//!
//! Only the connection itself knows for certain that nothing is under way, so it may also stay. Then it says so, and the
//! next one is asked.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
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
    /// How many seats each address has, where that counts.
    taken: Mutex<HashMap<IpAddr, usize>>,
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
    /// Whose it is, where that counts.
    source: Option<IpAddr>,
    asked_to_leave: Notify,
    state: Mutex<State>,
}

struct State {
    under_way: usize,
    /// The client takes nothing, so what is under way does not count.
    is_stalled: bool,
    /// The number in [`Idle`], which may have been taken out of it since, and the time when it was given.
    idle: Option<(u64, Instant)>,
}

/// A seat that is taken; it is free again when this is dropped.
pub(super) struct Taken(Arc<Seat>);

/// Something that is under way on a seat. Dropping it says that it is done.
pub(super) struct UnderWay(Arc<Seat>);

/// A client that does not take its answer. Dropping it says that it does again.
pub(super) struct Stalled(Arc<Seat>);

impl Seats {
    /// A seat for a new connection, of this address where that counts. How many there may be is the accept loop's to know.
    pub(super) fn take(&self, source: Option<IpAddr>) -> Taken {
        if let Some(source) = source {
            *self.0.taken().entry(source).or_default() += 1;
        }
        let seat = Arc::new(Seat {
            listener: Arc::clone(&self.0),
            source,
            asked_to_leave: Notify::new(),
            state: Mutex::new(State {
                under_way: 0,
                is_stalled: false,
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

    /// How many seats this address has.
    pub(super) fn of(&self, source: IpAddr) -> usize {
        self.0.taken().get(&source).copied().unwrap_or_default()
    }

    /// Asks the seat of this address that has been idle for longest to leave. Whether there is one.
    pub(super) fn ask_one_of(&self, source: IpAddr) -> bool {
        let mut idle = self.0.idle();
        let mut by_age = idle.by_age.iter();
        let oldest = by_age.find(|(_, seat)| seat.source == Some(source));
        let number = oldest.map(|(number, _)| *number);
        let seat = number.and_then(|number| idle.by_age.remove(&number));
        drop(idle);
        if let Some(seat) = &seat {
            seat.asked_to_leave.notify_one();
        }
        seat.is_some()
    }

    /// Waits until one that was asked to leave stays. Can be cancelled.
    pub(super) async fn one_stays(&self) {
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

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Something begins that the client must not be cut off from.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        let mut state = self.state();
        state.under_way += 1;
        if !state.is_stalled {
            self.unqueue(&mut state);
        }
        drop(state);
        UnderWay(Arc::clone(self))
    }

    /// The client does not take its answer. What is under way for it does not count until what this gives is dropped.
    pub(super) fn stalls(self: &Arc<Self>) -> Stalled {
        let mut state = self.state();
        state.is_stalled = true;
        if state.idle.is_none() {
            self.queue(&mut state);
        }
        drop(state);
        Stalled(Arc::clone(self))
    }

    /// Whether nothing is under way that counts.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.state();
        state.under_way == 0 || state.is_stalled
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
            let since = self.idle_since();
            match since {
                // Whatever is under way now, the seat cannot have been idle for long enough before this is over.
                None => sleep(long).await,
                Some(since) if since.elapsed() >= long => return,
                Some(since) => sleep_until(since + long).await,
            }
        }
    }

    fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        // One that stalls has the time that a write has.
        let idle = state.idle.filter(|_| !state.is_stalled);
        idle.map(|(_, since)| since)
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
        drop(state);
        let Some(source) = self.0.source else {
            return;
        };
        let mut taken = self.0.listener.taken();
        if let Some(seats) = taken.get_mut(&source) {
            *seats -= 1;
            if *seats == 0 {
                taken.remove(&source);
            }
        }
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_stalled = false;
        if state.under_way > 0 {
            self.0.unqueue(&mut state);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way = state.under_way.saturating_sub(1);
        if state.under_way == 0 && state.idle.is_none() {
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
        let [first, second, third] = [(); 3].map(|()| seats.take(None));
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
        let [first, second] = [(); 2].map(|()| seats.take(None));
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
    async fn a_seat_whose_client_takes_nothing_is_idle_until_the_client_goes_on() {
        let seats = Seats::default();
        let taken = seats.take(None);
        let seat = taken.seat();
        let request = seat.begin();
        let stalled = seat.stalls();
        let next = seat.begin();
        assert!(seat.is_idle() && !seats.are_all_busy());
        drop(stalled);
        assert!(!seat.is_idle() && seats.are_all_busy());
        let stalled = seat.stalls();
        assert!(!is_over(seats.ask_one_to_leave()));
        assert!(is_over(seat.has_to_leave()));
        drop((request, next, stalled, taken));
        assert!(seats.are_all_busy());
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_is_asked_for_the_oldest_of_its_own_idle_seats_alone() {
        let seats = Seats::default();
        let [one, other] = [1, 2].map(|last| IpAddr::from([127, 0, 0, last]));
        let of_other = seats.take(Some(other));
        let [first, second] = [(); 2].map(|()| seats.take(Some(one)));
        assert_eq!((seats.of(one), seats.of(other)), (2, 1));
        let request = first.seat().begin();
        assert!(seats.ask_one_of(one));
        assert!(is_over(second.seat().has_to_leave()));
        assert!(!seats.ask_one_of(one), "what is left is busy");
        drop((request, second));
        assert!(seats.ask_one_of(one));
        assert!(!is_over(of_other.seat().has_to_leave()));
        assert_eq!((seats.of(one), seats.of(other)), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn idle_is_counted_from_the_end_of_the_last_request() {
        let seats = Seats::default();
        let taken = seats.take(None);
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
        let taken = seats.take(None);
        let request = taken.seat().begin();
        drop(taken);
        drop(request);
        assert!(seats.are_all_busy());
    }
}
