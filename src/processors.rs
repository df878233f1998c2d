//! Threads in the background leave one processor to the API, and let others go first on the rest.
//!
//! The kernel is fair to threads, and lets one that has just woken up wait for the time slices of those that run, which are milliseconds.
//! While a thousand machines are switched, the writer and the loops keep two processors busy, and that is what a client that only reads would
//! wait for. So they all stand on the processors but the first, where a request finds at most another request; and after each step,
//! which takes some 10 µs, they ask the kernel whether somebody waits, for requests are also served where they stand.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use crate::time;

/// Whoever goes first for longer than this has more to do than a request.
const LONG: Duration = Duration::from_millis(1);

/// With this, other processes cost the background at most a tenth of its time.
const TURN: u32 = 10;

/// Also after the process was stopped for an hour.
const LONGEST_TURN: Duration = Duration::from_secs(1);

/// Takes the calling thread off the first of the processors that this process may use. Threads that it starts stand where it stands.
///
/// Where there is only one processor, or the system refuses, nothing changes: it is a matter of latency alone. The packages' unit refuses,
/// unless a drop-in allows the call.
pub fn leave_one() {
    static REST: OnceLock<Option<CpuSet>> = OnceLock::new();
    if let Some(rest) = REST.get_or_init(all_but_one) {
        sched_setaffinity(this_thread(), rest).ok();
    }
}

/// Lets threads that wait for the processor of the calling one go first. Where none does it costs a few system calls.
///
/// Whoever is let go first for longer than a millisecond has more to do than a request. So that nobody takes more than a share, there is
/// no way then for as long as that took, and for ten times as long where it was not this process that used the processors.
pub fn give_way() {
    thread_local! {
        static NOT_BEFORE: Cell<Option<Instant>> = const { Cell::new(None) };
    }
    let began = time::instant();
    if NOT_BEFORE.get().is_some_and(|at| began < at) {
        return;
    }
    let spent = time::spent();
    thread::yield_now();
    let now = time::instant();
    let took = now.saturating_duration_since(began);
    let is_ours = || time::spent().saturating_sub(spent) >= took / 2;
    let turn = (took > LONG).then(|| {
        let turn = if is_ours() { took } else { took * TURN };
        now.checked_add(turn.min(LONGEST_TURN))
    });
    NOT_BEFORE.set(turn.flatten());
}

/// Drives a future in the background: it gives way after each step.
pub async fn giving_way<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = future.as_mut().poll(context);
        give_way();
        polled
    })
    .await
}

/// What is left to the background; `None` where it is to stay as it is. Read by a thread that has not left one yet, and only once: whoever
/// starts in the background has already one less.
fn all_but_one() -> Option<CpuSet> {
    let mut ours = sched_getaffinity(this_thread()).ok()?;
    let is_ours = |cpu: &usize| ours.is_set(*cpu).unwrap_or(false);
    let mut which = (0..CpuSet::count()).filter(is_ours);
    let first = which.next()?;
    which.next()?;
    ours.unset(first).ok()?;
    Some(ours)
}

/// "If pid is zero, then the calling thread is used": sched_setaffinity(2).
fn this_thread() -> Pid {
    Pid::from_raw(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::task::Poll;

    use super::*;

    const STEPS: usize = 200;

    /// Both threads on one processor. Without giving way one of them would go on for the milliseconds of its time slice. What else
    /// runs there may take so long that there is no way for a while, so it may take some attempts.
    #[test]
    fn who_shares_a_processor_runs_between_the_steps() {
        let mut attempts = (0..20).map(|_| steps_between_which_another_runs());
        assert!(attempts.any(|seen| seen > STEPS / 4));
    }

    fn steps_between_which_another_runs() -> usize {
        let ours = sched_getaffinity(this_thread()).unwrap();
        let mut last = CpuSet::new();
        let is_ours = |cpu: &usize| ours.is_set(*cpu).unwrap();
        last.set((0..CpuSet::count()).rfind(is_ours).unwrap())
            .unwrap();
        let (runs, ended) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let other = thread::spawn({
            let (runs, ended) = (runs.clone(), ended.clone());
            move || {
                sched_setaffinity(this_thread(), &last).unwrap();
                while !ended.load(Ordering::Relaxed) {
                    runs.fetch_add(1, Ordering::Relaxed);
                    give_way();
                }
            }
        });
        let steps = thread::spawn(move || {
            sched_setaffinity(this_thread(), &last).unwrap();
            let begin = runs.load(Ordering::Relaxed);
            while runs.load(Ordering::Relaxed) == begin {
                give_way();
            }
            let (mut steps, mut seen, mut before) = (0, 0, 0);
            let stepping = poll_fn(|context| {
                let now = runs.load(Ordering::Relaxed);
                seen += usize::from(now != before);
                (before, steps) = (now, steps + 1);
                context.waker().wake_by_ref();
                if steps == STEPS {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            });
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.unwrap().block_on(giving_way(stepping));
            seen
        });
        let seen = steps.join().unwrap();
        ended.store(true, Ordering::Relaxed);
        other.join().unwrap();
        seen
    }
}
