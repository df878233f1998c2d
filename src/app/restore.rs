//! A backup takes the place of the database, while no daemon runs.
//!
//! All that takes time or may fail happens to a copy in a directory of its own: it is looked at, brought to the schema of this
//! program, and told that it is a thing of the past ([`restored`]). Then it gets the name `ostler.db.restored-TIME` beside the
//! database, and with that it is decided: what is left, [`finish`] does, also at the next start, when this was cut short. So
//! there is the old database or the new one at each moment, and never none. The old one is kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use crate::app::lock::{LockError, StateLock};
use crate::crash;
use crate::store::backup::{self, RESTORE_PREFIX};
use crate::store::seal::{SealError, Sealer};
use crate::store::sealing::{self, Survey};
use crate::store::{StoreError, check, event, open};
use crate::system::owner;
use crate::time::{self, Timestamp};
use crate::worker::restored::{self, Restored, Restoring};

/// The database in the state directory.
pub const DATABASE: &str = "ostler.db";
/// What a backup is called that is to be the database, before its time.
const DECIDED: &str = "ostler.db.restored-";
/// What the database is called that it took the place of.
const ASIDE: &str = "ostler.db.before-restore-";
/// What belongs to a database, and would be taken for another one's.
const PARTS: [&str; 4] = ["", "-wal", "-shm", "-journal"];
/// What files of SQLite begin with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Why nothing was restored. Nothing is changed then, but for [`RestoreError::Unfinished`].
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The daemon is at work with the database.
    #[error(
        "ostlerd is running in {}: stop it first, with \"systemctl stop ostlerd.socket ostlerd.service\"",
        .0.display()
    )]
    Running(PathBuf),
    /// The directory cannot be locked.
    #[error(transparent)]
    Lock(LockError),
    /// There is no state directory.
    #[error("there is no directory {}: start ostlerd once, which makes it, and stop it", .0.display())]
    NoStateDir(PathBuf),
    /// The backup cannot be read.
    #[error("cannot read the backup {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is a part of something.
    #[error(
        "beside {} lies {}: it is a database in use, or the copy of one that was, and not a backup; take one with \"ostler \
         backup\"", path.display(), log.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
        /// What lies beside it.
        log: PathBuf,
    },
    /// It is something else.
    #[error("{} is not a backup of Ostler's: nothing was changed", .0.display())]
    Foreign(PathBuf),
    /// It is of a newer version.
    #[error(
        "the backup {} has schema {found}, and this program knows {known}: install the newer Ostler, and restore with that",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// It is not whole.
    #[error("the backup {} is damaged ({what}): nothing was changed; take another one", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong first.
        what: String,
    },
    /// The key does not open the secrets.
    #[error(
        "{key}, so {unreadable} passwords and secrets in the backup could not be opened: put the credentials.key of that time \
         into {}, or name it with --key; if it is lost, add --forget-key, and set them again afterwards", state_dir.display()
    )]
    OtherKey {
        /// What is the matter with the key.
        key: &'static str,
        /// How many secrets are lost.
        unreadable: u32,
        /// Where the key belongs.
        state_dir: PathBuf,
    },
    /// The key cannot be read.
    #[error(transparent)]
    Key(#[from] SealError),
    /// A file of the state directory cannot be made or renamed.
    #[error("cannot put the backup into {}: see that there is room", path.display())]
    Write {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The backup is the database from now on, and files could not be renamed yet.
    #[error(
        "the restore is decided, but could not be ended in {}: give the same command again, or start ostlerd, which ends it",
        path.display()
    )]
    Unfinished {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The copy cannot be worked with.
    #[error("cannot make the backup ready")]
    Store(#[from] StoreError),
}

/// What is to be restored, and how.
pub struct Backup<'a> {
    /// The file; `-` is standard input.
    pub file: &'a Path,
    /// The key to look at its secrets with, where that is not in the state directory.
    pub key: Option<&'a Path>,
    /// Whether a key that does not open them is no hindrance.
    pub forgets_key: bool,
    /// How it is made the database. The newest event of the old one is found here.
    pub restoring: Restoring,
}

/// What was restored.
#[derive(Debug)]
pub struct Done {
    /// What was in it.
    pub restored: Restored,
    /// What the key opens of it.
    pub secrets: Survey,
    /// The old database; `None` where there was none.
    pub aside: Option<PathBuf>,
}

/// Takes the state directory, which no daemon may have.
///
/// # Errors
/// [`RestoreError::Running`], [`RestoreError::NoStateDir`], [`RestoreError::Lock`].
pub fn lock(state_dir: &Path) -> Result<StateLock, RestoreError> {
    if !state_dir.is_dir() {
        return Err(RestoreError::NoStateDir(state_dir.to_owned()));
    }
    StateLock::take(state_dir).map_err(|error| match error {
        LockError::Taken { path } => RestoreError::Running(path),
        error @ LockError::Io { .. } => RestoreError::Lock(error),
    })
}

/// Puts a backup in the place of the database.
///
/// # Errors
/// [`RestoreError`]; the database is as it was then.
pub fn restore(state_dir: &Path, mut from: Backup<'_>) -> Result<Done, RestoreError> {
    let _lock = lock(state_dir)?;
    finish(state_dir)?;
    let write = |source| RestoreError::Write {
        path: state_dir.to_owned(),
        source,
    };
    backup::sweep(state_dir).map_err(write)?;
    refuse_in_use(from.file)?;
    let room = tempfile::Builder::new()
        .prefix(RESTORE_PREFIX)
        .tempdir_in(state_dir);
    let room = room.map_err(write)?;
    // What a kill leaves of it the daemon takes away.
    File::open(room.path())
        .and_then(|room| owner::give_to_owner_of(state_dir, &room))
        .map_err(write)?;
    let copy = room.path().join(DATABASE);
    take_in(from.file, &copy, state_dir)?;
    judge(&copy, from.file)?;
    let current = state_dir.join(DATABASE);
    from.restoring.newest_event = newest_event(&current);
    let (restored, secrets) = make_ready(&copy, state_dir, &from)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nix::libc::O_NOFOLLOW)
        .open(&copy)
        .map_err(write)?;
    owner::give_to_owner_of(state_dir, &file)
        .and_then(|()| file.sync_all())
        .map_err(write)?;
    crash::point("restore_prepared");
    let stamp = stamp(time::now());
    let aside = current
        .exists()
        .then(|| state_dir.join(format!("{ASIDE}{stamp}")));
    let decided = state_dir.join(format!("{DECIDED}{stamp}"));
    fs::rename(&copy, decided).map_err(write)?;
    sync(state_dir).map_err(|source| unfinished(state_dir, source))?;
    crash::point("restore_decided");
    finish(state_dir)?;
    Ok(Done {
        restored,
        secrets,
        aside,
    })
}

/// Ends a restore that was decided: the database, and what belongs to it, gets another name, and the backup its name. The caller
/// has the lock. Says whether there was one.
///
/// # Errors
/// [`RestoreError::Unfinished`]; the next call goes on.
pub fn finish(state_dir: &Path) -> Result<bool, RestoreError> {
    let write = |source| unfinished(state_dir, source);
    let found = find_decided(state_dir).map_err(|source| RestoreError::Write {
        path: state_dir.to_owned(),
        source,
    })?;
    let Some((decided, stamp)) = found else {
        return Ok(false);
    };
    // A log that stayed would be taken for the new database's, so it goes before that comes.
    for part in PARTS {
        let from = state_dir.join(format!("{DATABASE}{part}"));
        let to = state_dir.join(format!("{ASIDE}{stamp}{part}"));
        match fs::rename(from, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(write(error)),
            Ok(()) | Err(_) => {}
        }
        crash::point("restore_aside");
    }
    sync(state_dir).map_err(write)?;
    fs::rename(decided, state_dir.join(DATABASE))
        .and_then(|()| sync(state_dir))
        .map_err(write)?;
    crash::point("restore_done");
    Ok(true)
}

fn unfinished(state_dir: &Path, source: io::Error) -> RestoreError {
    RestoreError::Unfinished {
        path: state_dir.to_owned(),
        source,
    }
}

fn find_decided(state_dir: &Path) -> io::Result<Option<(PathBuf, String)>> {
    for entry in fs::read_dir(state_dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let stamp = name.to_str().and_then(|name| name.strip_prefix(DECIDED));
        if let Some(stamp) = stamp {
            return Ok(Some((entry.path(), stamp.to_owned())));
        }
    }
    Ok(None)
}

/// `2026-11-30T10:15:00.123456+00:00` as `20261130T101500.123456`.
fn stamp(at: Timestamp) -> String {
    let text = at.to_string();
    let text = text.split('+').next().unwrap_or_default();
    text.chars().filter(|of| !matches!(of, '-' | ':')).collect()
}

/// A database whose log lies beside it is not whole without it.
fn refuse_in_use(file: &Path) -> Result<(), RestoreError> {
    for part in ["-wal", "-journal"] {
        let mut log = file.as_os_str().to_owned();
        log.push(part);
        let log = PathBuf::from(log);
        if fs::metadata(&log).is_ok_and(|log| log.size() > 0) {
            let path = file.to_owned();
            return Err(RestoreError::InUse { path, log });
        }
    }
    Ok(())
}

/// Copies the backup, as a file for its owner alone.
fn take_in(file: &Path, copy: &Path, state_dir: &Path) -> Result<(), RestoreError> {
    let read = |source| RestoreError::Read {
        path: file.to_owned(),
        source,
    };
    let write = |source| RestoreError::Write {
        path: state_dir.to_owned(),
        source,
    };
    let mut from: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(file).map_err(read)?),
    };
    let mut magic = Vec::new();
    let beginning = (&mut from).take(16).read_to_end(&mut magic);
    beginning.map_err(read)?;
    if magic != MAGIC {
        return Err(RestoreError::Foreign(file.to_owned()));
    }
    let mut to = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(copy)
        .map_err(write)?;
    io::copy(&mut magic.chain(from), &mut to).map_err(write)?;
    Ok(())
}

/// Looks whether the copy of a backup is one: ours, not newer than this program, and whole.
fn judge(copy: &Path, file: &Path) -> Result<(), RestoreError> {
    let path = file.to_owned();
    let judged = Connection::open(copy)
        .map_err(StoreError::from)
        .and_then(|copy| {
            let (is_ours, schemas) = (open::is_ours(&copy)?, open::schemas(&copy)?);
            Ok((is_ours, schemas, check::find_damage(&copy)?))
        });
    match judged {
        Ok((false, ..)) => Err(RestoreError::Foreign(path)),
        Ok((true, (found, known), _)) if found > known => {
            Err(RestoreError::Newer { path, found, known })
        }
        Ok((true, _, Some(what))) => Err(RestoreError::Damaged { path, what }),
        Ok((true, _, None)) => Ok(()),
        Err(StoreError::Sqlite(error)) if check::is_damage(&error) => {
            let what = error.to_string();
            Err(RestoreError::Damaged { path, what })
        }
        Err(error) => Err(error.into()),
    }
}

/// The newest event of the database of now; 0 where it cannot be read, which may be why somebody restores.
fn newest_event(database: &Path) -> i64 {
    if !database.exists() {
        return 0;
    }
    let newest = open::open_resting(database).and_then(|of| event::last_id(&of));
    newest.unwrap_or(0)
}

/// Brings a copy to where the daemon may work with it.
fn make_ready(
    copy: &Path,
    state_dir: &Path,
    from: &Backup<'_>,
) -> Result<(Restored, Survey), RestoreError> {
    let mut connection = open::open_and_migrate(copy)?;
    let key_file = state_dir.join(super::daemon::KEY_FILE);
    let sealer = match from.key {
        Some(key) => Sealer::from_given_file(key)?,
        None => Sealer::from_present_file(&key_file)?,
    };
    let secrets = sealing::survey(&connection, sealer.as_ref())?;
    if !secrets.is_its_key() && !from.forgets_key {
        return Err(RestoreError::OtherKey {
            key: match sealer {
                Some(_) => "the key is not the one of this backup",
                None => "there is no key",
            },
            unreadable: secrets.unreadable,
            state_dir: state_dir.to_owned(),
        });
    }
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(StoreError::from)?;
    if !secrets.is_its_key() {
        sealing::forget(&tx)?;
    }
    let restored = restored::settle(&tx, &from.restoring, time::now())?;
    tx.commit().map_err(StoreError::from)?;
    open::close_as_one_file(connection)?;
    Ok((restored, secrets))
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
