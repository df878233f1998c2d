//! Drops what has been kept long enough.

use std::time::Duration;

use crate::store::{self, StoreError};
use crate::system::shutdown::Shutdown;
use crate::telemetry::Chain;
use crate::time;
use crate::worker::{Context, WorkerError};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(60);
/// Rows that go at one go, so that nobody waits long for the writer.
const BATCH: u32 = 500;

/// Runs until shutdown.
pub async fn run(context: Context, shutdown: Shutdown) -> Result<(), WorkerError> {
    loop {
        let pause = match prune_events(&context).await {
            Ok(dropped) if dropped > 0 => Duration::ZERO,
            Ok(_) => EVERY,
            Err(error @ (StoreError::WriterGone | StoreError::Closed)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "old events cannot be dropped");
                EVERY
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.triggered() => return Ok(()),
        }
    }
}

async fn prune_events(context: &Context) -> Result<usize, StoreError> {
    let oldest = time::now().minus(context.settings.keep_events);
    context
        .store
        .write(move |connection| store::event::prune(connection, oldest, BATCH))
        .await
}
