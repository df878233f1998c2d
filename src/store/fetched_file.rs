//! The table `fetched_files`: what was fetched from URLs, and which files are needed by anything.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::store::StoreError;
use crate::time::Timestamp;

/// What was fetched from a URL last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedFile {
    /// The URL, as an image has it.
    pub url: String,
    /// The SHA-256 of what came, in hexadecimal.
    pub sha256: String,
    /// Its size, in bytes.
    pub bytes: u64,
    /// What the server called that version.
    pub etag: Option<String>,
    /// When it was changed there, as the server spells it.
    pub last_modified: Option<String>,
}

/// What came from a URL last.
pub fn find(connection: &Connection, url: &str) -> Result<Option<FetchedFile>, StoreError> {
    const SQL: &str =
        "SELECT url, sha256, size, etag, last_modified FROM fetched_files WHERE url = ?1";
    let found = connection.prepare_cached(SQL)?.query_row([url], |row| {
        Ok(FetchedFile {
            url: row.get(0)?,
            sha256: row.get(1)?,
            bytes: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
            etag: row.get(3)?,
            last_modified: row.get(4)?,
        })
    });
    Ok(found.optional()?)
}

/// Remembers what has come from a URL.
pub fn put(connection: &Connection, of: &FetchedFile, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO fetched_files (url, sha256, size, etag, last_modified, used_at) VALUES (:url, :sha256, \
         :size, :etag, :last_modified, :now) ON CONFLICT (url) DO UPDATE SET sha256 = :sha256, size = :size, etag = :etag, \
         last_modified = :last_modified, used_at = :now";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":url": of.url,
        ":sha256": of.sha256,
        ":size": i64::try_from(of.bytes).unwrap_or(i64::MAX),
        ":etag": of.etag,
        ":last_modified": of.last_modified,
        ":now": now,
    })?;
    Ok(())
}

/// What has come from a URL is used again.
pub fn touch(connection: &Connection, url: &str, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE fetched_files SET used_at = ?2 WHERE url = ?1";
    connection.prepare_cached(SQL)?.execute(params![url, now])?;
    Ok(())
}

/// Forgets what was not used since.
pub fn forget(connection: &Connection, since: Timestamp) -> Result<usize, StoreError> {
    const SQL: &str = "DELETE FROM fetched_files WHERE used_at < ?1";
    Ok(connection.prepare_cached(SQL)?.execute([since])?)
}

/// The files that an image has or expects, that a machine boots, or that may come from a URL again.
pub fn needed(connection: &Connection) -> Result<HashSet<String>, StoreError> {
    const SQL: &str = "SELECT kernel_sha256 FROM images WHERE kernel_sha256 IS NOT NULL \
         UNION SELECT initrd_sha256 FROM images WHERE initrd_sha256 IS NOT NULL \
         UNION SELECT kernel_sha256 FROM netboots WHERE kernel_sha256 IS NOT NULL \
         UNION SELECT initrd_sha256 FROM netboots WHERE initrd_sha256 IS NOT NULL \
         UNION SELECT sha256 FROM fetched_files";
    let mut statement = connection.prepare_cached(SQL)?;
    let found = statement.query_map([], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
