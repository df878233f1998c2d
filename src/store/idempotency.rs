//! The table `idempotency`: answers that are given again to a repeated request.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::store::StoreError;
use crate::time::Timestamp;

/// Whose key it is.
#[derive(Debug, Clone)]
pub struct Key {
    /// The user that sent it.
    pub user_id: String,
    /// The project that it acted in.
    pub project_id: String,
    /// The path of the request, with `/v1`.
    pub path: String,
    /// The client's key.
    pub key: String,
}

/// The answer that was given.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The SHA-256 of the request's body.
    pub request_hash: [u8; 32],
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The body, to the byte.
    pub body: Vec<u8>,
}

/// The answer that this key got, unless that was before `not_before`.
pub fn find(
    connection: &Connection,
    key: &Key,
    not_before: Timestamp,
) -> Result<Option<Answer>, StoreError> {
    const SQL: &str = "SELECT request_hash, status, location, etag, body FROM idempotency WHERE user_id = :user_id \
         AND project_id = :project_id AND path = :path AND key = :key AND created_at >= :not_before";
    let params = named_params! {
        ":user_id": key.user_id,
        ":project_id": key.project_id,
        ":path": key.path,
        ":key": key.key,
        ":not_before": not_before,
    };
    let answer = connection.prepare_cached(SQL)?.query_row(params, |row| {
        Ok(Answer {
            request_hash: row.get(0)?,
            status: row.get(1)?,
            location: row.get(2)?,
            etag: row.get(3)?,
            body: row.get(4)?,
        })
    });
    Ok(answer.optional()?)
}

/// Keeps an answer, and drops those from before `not_before`.
pub fn keep(
    connection: &Connection,
    key: &Key,
    answer: &Answer,
    now: Timestamp,
    not_before: Timestamp,
) -> Result<(), StoreError> {
    const EXPIRE: &str = "DELETE FROM idempotency WHERE created_at < ?1";
    const SQL: &str = "INSERT INTO idempotency (user_id, project_id, path, key, request_hash, status, location, \
         etag, body, created_at) VALUES (:user_id, :project_id, :path, :key, :request_hash, :status, :location, \
         :etag, :body, :created_at)";
    connection.prepare_cached(EXPIRE)?.execute([not_before])?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":user_id": key.user_id,
        ":project_id": key.project_id,
        ":path": key.path,
        ":key": key.key,
        ":request_hash": answer.request_hash,
        ":status": answer.status,
        ":location": answer.location,
        ":etag": answer.etag,
        ":body": answer.body,
        ":created_at": now,
    })?;
    Ok(())
}
