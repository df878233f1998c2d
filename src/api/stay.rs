//! Those who stay for longer than a moment: whoever waits or follows events has to go when its token does.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::api::call::Call;
use crate::api::keystone;
use crate::api::stream::Streams;
use crate::model::caller::Caller;
use crate::service::Service;
use crate::time;

/// The wall clock may be set while somebody stays, so it is looked at this often.
const LOOK: Duration = Duration::from_secs(15);

/// Looks whether a caller may stay.
pub struct Stay {
    service: Service,
    /// Who is asked about a caller that came with its token.
    streams: Streams,
    caller: Caller,
    revocations: watch::Receiver<u64>,
}

impl Stay {
    /// For a caller that has just signed in.
    pub fn new(call: &Call) -> Self {
        let mut revocations = call.service.revocations();
        // One that came in between signing in and this is looked at, too.
        revocations.mark_changed();
        Self {
            service: call.service.clone(),
            streams: call.streams.clone(),
            caller: call.caller.clone(),
            revocations,
        }
    }

    /// Whether the caller may stay now. Who cannot be asked about may not.
    pub async fn may_go_on(&self) -> bool {
        match self.caller.keystone {
            Some(_) => keystone::is_signed_in(self.streams.keystone().as_ref(), &self.caller).await,
            None => self.service.is_signed_in(&self.caller).unwrap_or(false),
        }
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
            if !self.may_go_on().await {
                return;
            }
        }
    }

    fn look_again_at(&self) -> Instant {
        let left = self.caller.until.map(|until| until.since(time::now()));
        time::instant() + left.map_or(LOOK, |left| left.min(LOOK))
    }
}
