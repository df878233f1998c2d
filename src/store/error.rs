//! What can go wrong between Ostler and its file.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the file cannot be written. Reads may go on, and it may pass by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritable {
    /// There is no room.
    Full,
    /// The file system is read-only or failing, or something else holds the file.
    Failing,
}

/// An error of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the database {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file cannot be written, and not even be opened because of that.
    #[error(
        "cannot open the database {}: make room on its file system, and see that it may be written",
        path.display()
    )]
    OpenUnwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file is a database of something else.
    #[error(
        "{} is not a database of Ostler's (application id {found:#010x}): move it away or set another state_dir",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its application id.
        found: i64,
    },
    /// The file was written by a newer Ostler.
    #[error(
        "the database {} has schema {found}, this program knows {known}: install the newer Ostler again, or restore a \
         backup from before the upgrade",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// The file is not what it should be.
    #[error(
        "the database {} is damaged ({what}): restore the last good backup with \"ostlerd restore\", which keeps it beside the \
         new one", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        what: String,
    },
    /// The writer thread cannot be started.
    #[error("cannot start the database's writer thread")]
    Thread(#[source] std::io::Error),
    /// The writer thread has ended.
    #[error("the database's writer has stopped")]
    WriterGone,
    /// The file was closed.
    #[error("the database is closed: the daemon is stopping")]
    Closed,
    /// The whole group of changes could not be committed.
    #[error("the change could not be committed ({reason})")]
    Commit {
        /// SQLite's words.
        reason: String,
        /// What the file system has to do with it.
        unwritable: Option<Unwritable>,
    },
    /// A statement failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A secret cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] crate::store::seal::SealError),
}

impl StoreError {
    /// Why a change could not be written, where that is no fault of the change.
    pub fn unwritable(&self) -> Option<Unwritable> {
        match self {
            Self::Commit { unwritable, .. } => *unwritable,
            Self::Sqlite(error) => unwritable(error),
            Self::Open { .. }
            | Self::OpenUnwritable { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::Damaged { .. }
            | Self::Thread(_)
            | Self::WriterGone
            | Self::Closed
            | Self::Seal(_) => None,
        }
    }

    /// Whether a UNIQUE or PRIMARY KEY constraint on this column was violated, such as `nodes.name`.
    pub fn violates_unique(&self, column: &str) -> bool {
        let Self::Sqlite(rusqlite::Error::SqliteFailure(failure, Some(message))) = self else {
            return false;
        };
        let unique = [
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE,
            rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
        ];
        // SQLite tells the constraint by its extended code, but the column only in its message.
        unique.contains(&failure.extended_code)
            && message.split([' ', ',']).any(|word| word == column)
    }

    /// Whether a row that is referred to was to be deleted, or one that is not there to be referred to.
    pub fn violates_foreign_key(&self) -> bool {
        let Self::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) = self else {
            return false;
        };
        failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY
    }
}

/// What an error of a statement says about the file; `None` where it is about the statement.
pub(super) fn unwritable(error: &rusqlite::Error) -> Option<Unwritable> {
    const FAILING: [ErrorCode; 6] = [
        ErrorCode::ReadOnly,
        ErrorCode::SystemIoFailure,
        ErrorCode::CannotOpen,
        ErrorCode::PermissionDenied,
        ErrorCode::FileLockingProtocolFailed,
        ErrorCode::DatabaseBusy,
    ];
    let code = error.sqlite_error_code()?;
    if code == ErrorCode::DiskFull {
        return Some(Unwritable::Full);
    }
    FAILING.contains(&code).then_some(Unwritable::Failing)
}

/// An error of a use case, which may be one of the database.
pub trait WriteError: From<StoreError> {
    /// The database's error, if it is one.
    fn store_error(&self) -> Option<&StoreError>;
}

impl WriteError for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}
