//! Giving room back that deleted rows have left in the file, while no daemon works with it.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::store::files::Files;
use crate::store::{StoreError, check, open};

/// What has to stay free, in bytes.
const RESERVE: u64 = 16 << 20;

/// Why the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum VacuumError {
    /// All of it is written twice on the way.
    #[error(
        "a vacuum of {} needs {} MiB for a moment, and {} MiB are free: make room, or move state_dir to a larger file system",
        path.display(), needed.div_ceil(1 << 20), available >> 20
    )]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// In bytes.
        needed: u64,
        /// In bytes.
        available: u64,
    },
    /// The file cannot be worked with.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for VacuumError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The size of the file before and after, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
}

/// Writes the file anew without what is empty in it. Killed on the way, it is as it was. Nothing else may have it open.
///
/// # Errors
/// [`VacuumError`]; the file is as it was then. A damaged one is not touched: what is left of it should be looked at first.
pub fn run(path: &Path) -> Result<Sizes, VacuumError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags);
    let connection = connection.map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })?;
    check::refuse_unfit(&connection, path)?;
    // What a crash has left in the log counts too.
    checkpoint(&connection)?;
    let files = Files::of(path);
    let before = files.database.unwrap_or(0);
    let needed = before.saturating_mul(2).saturating_add(RESERVE);
    if let Some(available) = files.disk_available.filter(|of| *of < needed) {
        return Err(VacuumError::NoRoom {
            path: path.to_owned(),
            needed,
            available,
        });
    }
    open::keep_no_remains(&connection)?;
    connection.execute_batch("VACUUM")?;
    checkpoint(&connection)?;
    connection.close().map_err(|(_, error)| error)?;
    let after = fs::metadata(path).map_or(before, |file| file.len());
    Ok(Sizes { before, after })
}

fn checkpoint(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
