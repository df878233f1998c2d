//! Those who stay for longer than a moment: whoever waits or follows events has to go when its token does.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::model::caller::Caller;
use crate::service::{Error, Service};
use crate::time;

/// The wall clock may be set while somebody stays, so it is looked at this often.
const LOOK: Duration = Duration::from_secs(15);

/// Looks whether a caller may stay.
pub struct Stay {
    service: Service,
    caller: Caller,
    revocations: watch::Receiver<u64>,
}

impl Stay {
    /// For a caller that has just signed in.
    pub fn new(service: &Service, caller: &Caller) -> Self {
        let mut revocations = service.revocations();
        // One that came in between signing in and this is looked at, too.
        revocations.mark_changed();
        Self {
            service: service.clone(),
            caller: caller.clone(),
            revocations,
        }
    }

    /// Whether the caller may stay now.
    pub fn may_go_on(&self) -> Result<bool, Error> {
        self.service.is_signed_in(&self.caller)
    }

    /// Waits until the caller may not stay any more. Can be cancelled.
    pub async fn is_over(&mut self) {
        loop {
            let look_again = tokio::time::sleep_until(self.look_again_at().into());
            tokio::select! {
                changed = self.revocations.changed() => if changed.is_err() {
                    return;
                },
                () = look_again => {}
            }
            // What cannot be looked at is not believed.
            if !self.may_go_on().unwrap_or(false) {
                return;
            }
        }
    }

    fn look_again_at(&self) -> Instant {
        let left = self.caller.until.map(|until| until.since(time::now()));
        time::instant() + left.map_or(LOOK, |left| left.min(LOOK))
    }
}
