//! Waiting for a state, with a deadline.

use std::time::Duration;

use ostler::time::instant;

/// How long a test waits for what is expected to happen soon. Generous: it only matters where something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until `look` gives something, and fails with `what` at the deadline.
#[track_caller]
pub(crate) fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look)
}

/// The same with a deadline of one's own.
#[track_caller]
pub(crate) fn until_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let deadline = instant() + patience;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(instant() < deadline, "waited {patience:?} for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
