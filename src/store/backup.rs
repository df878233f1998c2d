//! A copy of the whole database, made while all goes on.
//!
//! `VACUUM INTO` reads in one snapshot, so writers and readers do not notice it, and what comes out is one file that needs no
//! write-ahead log. It is looked at before anybody gets it. It lies in a directory of its own, and loses its name as soon as it
//! is open: whatever happens to the daemon then, nothing of it stays. What a kill leaves before that, [`sweep`] takes away.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, InterruptHandle};
use sha2::{Digest as _, Sha256};

use crate::crash;
use crate::store::files::Files;
use crate::store::{StoreError, check, open};

/// How the directories are called that copies are made in.
const PREFIX: &str = ".backup-";
/// And those in which backups are made ready to be the database.
pub const RESTORE_PREFIX: &str = ".restore-";

/// What has to stay free beside a copy, in bytes: the database goes on growing while there is one.
const RESERVE: u64 = 16 << 20;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A copy would fill the disk, and then nothing could be written any more.
    #[error(
        "a backup needs {} MiB beside the database for a moment, and {} MiB are free there: make room on the file system of \
         state_dir", mib(*needed), available >> 20
    )]
    NoRoom {
        /// In bytes.
        needed: u64,
        /// In bytes.
        available: u64,
    },
    /// The copy is not as a database should be, and so the database is not either.
    #[error(
        "the database is damaged, so there is no backup of it ({what}): stop ostlerd, and restore the last good backup with \
         \"ostlerd restore\""
    )]
    Damaged {
        /// What SQLite found.
        what: String,
    },
    /// The file cannot be made or read.
    #[error("cannot make or read the copy in {}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Bytes as MiB, never less than they are.
fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// A copy that was found good, as a file without a name.
#[derive(Debug)]
pub struct Snapshot {
    /// The file, at its beginning.
    pub file: File,
    /// Its length, in bytes.
    pub bytes: u64,
    /// The SHA-256 of it.
    pub sha256: [u8; 32],
}

/// Lets somebody else end the making of a copy.
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<Stopping>>);

#[derive(Default)]
struct Stopping {
    asked: bool,
    at_work: Option<InterruptHandle>,
}

impl Stop {
    /// Ends it as soon as possible, with an error.
    pub fn now(&self) {
        let mut stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stopping.asked = true;
        if let Some(at_work) = &stopping.at_work {
            at_work.interrupt();
        }
    }

    /// From now on this connection is at work.
    fn watch(&self, connection: &Connection) {
        let mut stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = connection.get_interrupt_handle();
        if stopping.asked {
            // One that has not begun would not notice it: every statement asks first, see `go_on`.
            handle.interrupt();
        }
        stopping.at_work = Some(handle);
    }

    fn go_on(&self) -> Result<(), rusqlite::Error> {
        let stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stopping.asked {
            let interrupted = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT);
            return Err(rusqlite::Error::SqliteFailure(interrupted, None));
        }
        Ok(())
    }
}

/// Copies the database to a file without a name, and looks at it. It takes a while: two seconds and a half for 100 MiB.
///
/// # Errors
/// [`BackupError`]; nothing is left then.
pub fn take(database: &Path, stop: &Stop) -> Result<Snapshot, BackupError> {
    let beside = database.parent().unwrap_or(Path::new("."));
    check_room(database)?;
    let io_error = |source| BackupError::Io {
        path: beside.to_owned(),
        source,
    };
    let mut directory = tempfile::Builder::new();
    let directory = directory.prefix(PREFIX).tempdir_in(beside);
    let directory = directory.map_err(io_error)?;
    let copy = directory.path().join("ostler.db");
    let connection = open::open_reader(database)?;
    stop.watch(&connection);
    stop.go_on()?;
    let copied = connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()]);
    copied.map_err(|error| match check::is_damage(&error) {
        true => BackupError::Damaged {
            what: error.to_string(),
        },
        false => error.into(),
    })?;
    crash::point("backup_copied");
    let connection = open::open_reader(&copy)?;
    stop.watch(&connection);
    stop.go_on()?;
    if let Some(what) = check::find_damage(&connection)? {
        return Err(BackupError::Damaged { what });
    }
    drop(connection);
    let mut file = File::open(&copy).map_err(io_error)?;
    directory.close().map_err(io_error)?;
    let (bytes, sha256) = digest(&mut file).map_err(io_error)?;
    Ok(Snapshot {
        file,
        bytes,
        sha256,
    })
}

/// Takes away what copies have left that were being made when this program was killed. Nobody else may be at work there.
pub fn sweep(directory: &Path) -> io::Result<()> {
    let mut swept = Ok(());
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_one = name.starts_with(PREFIX) || name.starts_with(RESTORE_PREFIX);
        if is_one && entry.file_type()?.is_dir() {
            // One that cannot be taken away does not keep the others.
            swept = swept.and(fs::remove_dir_all(entry.path()));
        }
    }
    swept
}

fn check_room(database: &Path) -> Result<(), BackupError> {
    let files = Files::of(database);
    let needed = files.database.unwrap_or(0) + files.wal + RESERVE;
    match files.disk_available {
        Some(available) if available < needed => Err(BackupError::NoRoom { needed, available }),
        Some(_) | None => Ok(()),
    }
}

/// The length and the digest of a file, which is at its beginning afterwards.
fn digest(file: &mut File) -> io::Result<(u64, [u8; 32])> {
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(buffer.get(..read).unwrap_or_default());
        bytes += u64::try_from(read).unwrap_or(0);
    }
    file.rewind()?;
    Ok((bytes, digest.finalize().into()))
}
