//! The table `tokens`.

use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params};

use crate::model::caller::{Source, Subject};
use crate::model::ids::TokenId;
use crate::model::page::Page;
use crate::model::token::{LastUse, Token};
use crate::store::StoreError;
use crate::store::list::ListQuery;
use crate::store::sql_types::Json;
use crate::time::Timestamp;

const SELECT: &str = "SELECT uuid, name, user_id, project_id, role, expires_at, created_at, last_used_at, last_used_from, \
     networks, certificate_subject FROM tokens";

/// The SHA-256 of a token's secret. Looking one up by its hash tells an attacker nothing by its timing: to steer the
/// comparison he would have to steer the hash.
pub type TokenHash = [u8; 32];

/// All tokens, in the order of the page.
pub fn list(connection: &Connection, page: &Page) -> Result<Vec<Token>, StoreError> {
    let mut found = Vec::new();
    ListQuery::new(SELECT, "tokens").run(connection, page, |row| {
        found.push(from_row(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// One token.
pub fn find(connection: &Connection, id: TokenId) -> Result<Option<Token>, StoreError> {
    let sql = format!("{SELECT} WHERE uuid = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?)
}

/// What somebody shows who wants to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A secret, by its hash.
    Secret(TokenHash),
    /// A certificate, by its subject.
    Certificate(Subject),
}

/// The token that this credential is for, expired or not.
pub fn find_by(
    connection: &Connection,
    credential: &Credential,
) -> Result<Option<Token>, StoreError> {
    let (column, value): (_, &dyn ToSql) = match credential {
        Credential::Secret(hash) => ("hash", hash),
        Credential::Certificate(subject) => ("certificate_subject", subject),
    };
    let sql = format!("{SELECT} WHERE {column} = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([value], from_row)
        .optional()?)
}

/// Writes a new token, with the hash of its secret unless it is a certificate's.
pub fn insert(
    connection: &Connection,
    new: &Token,
    hash: Option<&TokenHash>,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO tokens (uuid, name, user_id, project_id, role, hash, certificate_subject, networks, \
         expires_at, created_at) \
         VALUES (:uuid, :name, :user_id, :project_id, :role, :hash, :certificate_subject, :networks, :expires_at, :created_at)";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":name": new.name,
        ":user_id": new.user_id,
        ":project_id": new.project_id,
        ":role": new.role,
        ":hash": hash,
        ":certificate_subject": new.certificate_subject,
        ":networks": Json(&new.networks),
        ":expires_at": new.expires_at,
        ":created_at": new.created_at,
    })?;
    Ok(())
}

/// Deletes a token; it stops working at once.
pub fn delete(connection: &Connection, id: TokenId) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM tokens WHERE uuid = ?1")?
        .execute([id])?;
    Ok(())
}

/// Writes when a token was last used. One that has been revoked meanwhile stays so.
pub fn record_use(connection: &Connection, id: TokenId, last: LastUse) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE tokens SET last_used_at = ?2, last_used_from = ?3 WHERE uuid = ?1")?
        .execute((id, last.at, last.from))?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Token> {
    let (at, from): (Option<Timestamp>, Option<Source>) = (row.get(7)?, row.get(8)?);
    Ok(Token {
        id: row.get(0)?,
        name: row.get(1)?,
        user_id: row.get(2)?,
        project_id: row.get(3)?,
        role: row.get(4)?,
        expires_at: row.get(5)?,
        created_at: row.get(6)?,
        networks: row.get::<_, Json<_>>(9)?.0,
        certificate_subject: row.get(10)?,
        last_use: at.zip(from).map(|(at, from)| LastUse { at, from }),
    })
}
