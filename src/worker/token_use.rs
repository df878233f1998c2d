//! Writes when tokens were last used: a use after a pause at once, many a minute together.

use std::time::Duration;

use crate::beat::Beat;
use crate::store::StoreError;
use crate::system::shutdown::Shutdown;
use crate::telemetry::Chain;
use crate::time;
use crate::worker::{Context, WorkerError};

/// How long a use waits at most.
const EVERY: Duration = Duration::from_secs(60);

/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(180);

/// Runs until shutdown. What comes in then is written when the last request has been answered.
pub async fn run(context: Context, beat: Beat, shutdown: Shutdown) -> Result<(), WorkerError> {
    let uses = context.store.token_uses();
    loop {
        beat.now(time::instant());
        tokio::select! {
            () = uses.have_come() => {}
            () = tokio::time::sleep(EVERY) => {}
            () = shutdown.triggered() => return Ok(()),
        }
        match uses.write(&context.store).await {
            Ok(()) => {}
            Err(error @ (StoreError::WriterGone | StoreError::Closed)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the last uses of tokens cannot be written; trying again");
            }
        }
    }
}
