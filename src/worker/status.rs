//! Says in a line what the daemon is doing, for `systemctl status`: "312 nodes, 2 unreachable, 5 tasks".

use std::fmt::Write as _;
use std::time::Duration;

use rusqlite::Connection;

use crate::beat::Beat;
use crate::model::health::HealthState;
use crate::store::{self, Store, StoreError};
use crate::system::shutdown::Shutdown;
use crate::system::status::Status;
use crate::telemetry::Chain;
use crate::time;
use crate::worker::WorkerError;

/// systemd is told at most this often.
const PACE: Duration = Duration::from_secs(2);
/// It is looked again at least this often, should a change not be noticed.
const REFRESH: Duration = Duration::from_secs(30);
/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(90);

/// Runs until shutdown.
pub async fn run(
    store: Store,
    status: Status,
    beat: Beat,
    shutdown: Shutdown,
) -> Result<(), WorkerError> {
    let mut newest = store.newest_event();
    loop {
        beat.now(time::instant());
        newest.mark_unchanged();
        match store.read(line) {
            Ok(line) => status.set_doing(&line),
            Err(error @ (StoreError::WriterGone | StoreError::Closed)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the status cannot be read; trying again");
            }
        }
        let next_change = async {
            tokio::time::sleep(PACE).await;
            // Whatever is counted here changes with an event: of the machine, of a task, or of the client that asked.
            tokio::time::timeout(REFRESH, newest.changed()).await.ok();
        };
        tokio::select! {
            () = next_change => {}
            () = shutdown.triggered() => return Ok(()),
        }
    }
}

/// Each trouble of BMCs with how many have it, where any has.
fn line(connection: &Connection) -> Result<String, StoreError> {
    let nodes = store::health::count(connection)?;
    let tasks = store::task::count_open(connection)?;
    let all: u32 = nodes.iter().map(|(_, count)| count).sum();
    let mut line = counted(all, "node");
    for (state, count) in nodes {
        if !state.answers() && state != HealthState::Unknown {
            write!(line, ", {count} {}", state.as_str()).ok();
        }
    }
    let open: u32 = tasks.iter().map(|(_, count)| count).sum();
    Ok(format!("{line}, {}", counted(open, "task")))
}

fn counted(count: u32, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
