//! Drops what has been kept long enough.

use std::time::Duration;

use rusqlite::Connection;
use tokio::task::spawn_blocking;

use crate::beat::Beat;
use crate::crash;
use crate::store::image_file::Unneeded;
use crate::store::operation::Kept;
use crate::store::{self, StoreError, fetched_file};
use crate::system::shutdown::Shutdown;
use crate::telemetry::Chain;
use crate::time;
use crate::worker::{Context, WorkerError};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(60);
/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(180);
/// Rows that go at one go, so that nobody waits long for the writer.
const BATCH: u32 = 500;
/// How long operations are kept that have ended.
const KEEP_OPERATIONS: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How many of them.
const MOST_OPERATIONS: u32 = 1_000;
/// And with how many machines all together.
const MOST_MACHINES: u32 = 100_000;
/// Operations that go at one go: each has up to ten thousand rows.
const BATCH_OF_OPERATIONS: u32 = 4;

/// A file of an image is kept at least so long: whoever has just brought it may be about to say what for.
const YOUNGEST_FILE: Duration = Duration::from_secs(600);

/// Runs until shutdown.
pub async fn run(context: Context, beat: Beat, shutdown: Shutdown) -> Result<(), WorkerError> {
    loop {
        beat.now(time::instant());
        remove_files(&context).await;
        let pause = match prune(&context).await {
            Ok(dropped) if dropped > 0 => Duration::ZERO,
            Ok(_) => EVERY,
            Err(error @ (StoreError::WriterGone | StoreError::Closed)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "what is too old cannot be dropped");
                EVERY
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.triggered() => return Ok(()),
        }
    }
}

/// Drops a little of what is too old. Says how much.
async fn prune(context: &Context) -> Result<usize, StoreError> {
    let now = time::now();
    let oldest_event = now.minus(context.settings().keep_events);
    let kept = Kept {
        since: now.minus(KEEP_OPERATIONS),
        operations: MOST_OPERATIONS,
        machines: MOST_MACHINES,
    };
    let drop_some = move |connection: &Connection| {
        let events = store::event::prune(connection, oldest_event, BATCH)?;
        let operations = store::operation::prune(connection, kept, BATCH_OF_OPERATIONS)?;
        let netboots = store::netboot::expire(connection, now)?;
        Ok(events + operations + netboots)
    };
    context.store.write(drop_some).await
}

/// Removes files of images that nothing needs any more.
async fn remove_files(context: &Context) {
    match set_aside(context).await {
        Ok(Some(aside)) if !aside.is_empty() => {
            let files = context.store.image_files().clone();
            match spawn_blocking(move || files.remove(&aside)).await {
                Ok(Ok(count)) => {
                    tracing::info!(count, "files of images removed that nothing needs")
                }
                Ok(Err(error)) => {
                    tracing::error!(%error, "files of images cannot be removed");
                }
                Err(error) => tracing::error!(%error, "files of images were not removed"),
            }
        }
        Ok(_) => {}
        Err(error) => {
            tracing::error!(error = %Chain(&error), "files of images that nothing needs cannot be told");
        }
    }
}

/// Takes their names. In one transaction with the look at what is needed, so that nobody comes to need one in between.
async fn set_aside(context: &Context) -> Result<Option<Unneeded>, StoreError> {
    let files = context.store.image_files().clone();
    if files.is_empty() {
        return Ok(None);
    }
    let now = time::now();
    let keep = context.settings().netboot.keep_unused;
    let (unused, old) = (now.minus(keep), now.minus(keep.max(YOUNGEST_FILE)));
    let job = move |connection: &Connection| {
        fetched_file::forget(connection, unused)?;
        let needed = fetched_file::needed(connection)?;
        let aside = files.set_aside(&needed, old);
        crash::commit("image_files_aside");
        Ok::<_, StoreError>(aside)
    };
    match context.store.write(job).await? {
        Ok(aside) => Ok(Some(aside)),
        Err(error) => {
            tracing::error!(%error, "the directory of images cannot be read");
            Ok(None)
        }
    }
}
