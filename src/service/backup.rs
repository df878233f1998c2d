//! A backup: all of the database, as it is now.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::service::{Error, Service};
use crate::store::backup::{self, BackupError, Snapshot, Stop};

/// Copies that lie on the disk at a time: each is as large as the database.
const AT_A_TIME: usize = 1;
/// How long a backup waits for the one before it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The places of copies on the disk.
#[derive(Clone)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

/// A backup that was made. The next one can be made when this is dropped.
pub struct Backup {
    /// What it is.
    pub snapshot: Snapshot,
    /// Its place on the disk.
    pub place: OwnedSemaphorePermit,
}

impl Service {
    /// Makes a copy of the database, in which is everything that was accepted before. Secrets are in it as they lie in the
    /// database, sealed; their key is not. A caller that stops waiting ends it.
    ///
    /// # Errors
    /// [`Error::BackupUnderWay`]; [`Error::Backup`], and nothing is left then.
    pub async fn take_backup(&self) -> Result<Backup, Error> {
        let place = tokio::time::timeout(PATIENCE, self.backups.0.clone().acquire_owned());
        let Ok(Ok(place)) = place.await else {
            return Err(Error::BackupUnderWay);
        };
        // Whatever was accepted is committed with this, or before, and so is the entry of the audit trail: the copy has it.
        self.store.write(|_| Ok::<_, Error>(())).await?;
        let stop = StopOnDrop(Stop::default());
        let (path, stops) = (self.store.path().to_owned(), stop.0.clone());
        // It goes along: a copy that nobody waits for has its place until it has ended.
        let taken = tokio::task::spawn_blocking(move || {
            let snapshot = backup::take(&path, &stops)?;
            Ok::<_, BackupError>(Backup { snapshot, place })
        });
        let taken = taken.await.map_err(|_| Error::BackupLost)??;
        tracing::info!(bytes = taken.snapshot.bytes, "backup made");
        Ok(taken)
    }
}

struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.now();
    }
}
