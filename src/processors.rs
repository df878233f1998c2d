//! Threads in the background leave one processor to the API.
//!
//! The kernel is fair to threads, and lets one that has just woken up wait for the time slices of those that run, which are milliseconds.
//! While a thousand machines are switched, the writer and the loops keep two processors busy, and that is what a client that only reads would
//! wait for. So they all stand on the processors but the first, where a request finds at most another request.

use std::sync::OnceLock;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

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
