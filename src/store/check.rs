//! Whether a database is whole.

use rusqlite::{Connection, OptionalExtension};

use crate::store::StoreError;

/// The first thing that is wrong with a database: its pages, its indexes, its constraints, and what rows refer to. `None` where
/// all is well.
///
/// It reads the whole file: about a second for 100 MiB.
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

/// Whether an error says that the file is not what it should be.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase)
    )
}
