//! Whether a database is whole.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::store::seal::Sealer;
use crate::store::sealing::{self, Survey};
use crate::store::{StoreError, open};

/// The first thing that is wrong with a database: its pages, its indexes, its constraints, and what rows refer to. `None` where
/// all is well.
///
/// It reads the whole file: a second and a half for 100 MiB.
///
/// # Errors
/// The file cannot be read; a file that is no database at all is damaged.
pub fn find_damage(connection: &Connection) -> Result<Option<String>, StoreError> {
    let integrity = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    let integrity: String = match integrity {
        Ok(said) => said,
        Err(error) if is_damage(&error) => return Ok(Some(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    if integrity != "ok" {
        return Ok(Some(integrity));
    }
    let dangling = connection.query_row("PRAGMA foreign_key_check", [], |row| {
        let (from, to): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!(
            "a row of {from} refers to one of {to} that is not there"
        ))
    });
    Ok(dangling.optional()?)
}

/// Refuses a file that is not ours, is newer than this program, or is damaged.
///
/// # Errors
/// Why it is refused.
pub fn refuse_unfit(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let identity = open::check_identity(connection, path);
    identity.map_err(|error| named_damage(error, path))?;
    match find_damage(connection)? {
        Some(what) => Err(StoreError::Damaged {
            path: path.to_owned(),
            what,
        }),
        None => Ok(()),
    }
}

/// What is in a database.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// Its schema.
    pub schema: i64,
    /// The newest schema that this program knows.
    pub known: i64,
    /// Its size in bytes, with what is in its log.
    pub bytes: u64,
    /// How many nodes there are.
    pub nodes: usize,
    /// What the key opens; `None` in an older schema, of which that is not known.
    pub secrets: Option<Survey>,
}

/// Looks whether a file is fit for this program, and what is in it.
///
/// # Errors
/// Those of [`refuse_unfit`].
pub fn report(
    connection: &Connection,
    path: &Path,
    sealer: Option<&Sealer>,
) -> Result<Report, StoreError> {
    refuse_unfit(connection, path)?;
    let (schema, known) = open::schemas(connection)?;
    let nodes = connection.query_row("SELECT count(*) FROM nodes", [], |row| row.get(0));
    let nodes: i64 = nodes?;
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let bytes = pragma("page_count")?.saturating_mul(pragma("page_size")?);
    let secrets = (schema == known).then(|| sealing::survey(connection, sealer));
    Ok(Report {
        schema,
        known,
        bytes: u64::try_from(bytes).unwrap_or(0),
        nodes: usize::try_from(nodes).unwrap_or(0),
        secrets: secrets.transpose()?,
    })
}

/// Says of damage which file has it.
pub(super) fn named_damage(error: StoreError, path: &Path) -> StoreError {
    let StoreError::Sqlite(source) = &error else {
        return error;
    };
    if !is_damage(source) {
        return error;
    }
    StoreError::Damaged {
        path: path.to_owned(),
        what: source.to_string(),
    }
}

/// Whether an error says that the file is not what it should be.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase)
    )
}
