//! The table `staged_passwords`: what BMCs are to get as their password, until it is known that they have it.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::model::ids::NodeId;
use crate::model::secret::Secret;
use crate::store::StoreError;
use crate::store::seal::{SealError, Sealer};
use crate::time::Timestamp;

/// The column that a staged password is sealed for.
pub(super) const COLUMN: &str = "staged_password";

/// What is known of a BMC that was sent a new password, in a sentence for people.
pub const IN_DOUBT: &str = "a new password was sent to the BMC and it is not known whether it has taken it: it has either \
     the old or the new one, and both are kept; order rotate-password again to find out, or set the password that it has";

/// A password that a BMC is to get.
#[derive(Debug)]
pub struct Staged {
    /// The password.
    pub password: Secret<String>,
    /// Whether it may have been sent, ever.
    pub is_sent: bool,
    /// How often it was sent for the task of now.
    pub sends: u32,
    /// Whether a login with the old password has worked since it was last sent.
    pub old_seen: bool,
}

/// The staged password of a node, if there is one.
///
/// # Errors
/// Those of SQLite, and [`SealError::WrongKey`].
pub fn find(
    connection: &Connection,
    sealer: &Sealer,
    node: NodeId,
) -> Result<Option<Staged>, StoreError> {
    const SQL: &str = "SELECT password, sent_at IS NOT NULL, sends, old_seen FROM staged_passwords WHERE node_id = ?1";
    type Columns = (Vec<u8>, bool, u32, bool);
    let row: Option<Columns> = connection
        .prepare_cached(SQL)?
        .query_row([node], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((sealed, is_sent, sends, old_seen)) = row else {
        return Ok(None);
    };
    let opened = sealer.open(&node.to_string(), COLUMN, &sealed)?;
    let password = std::str::from_utf8(opened.expose()).map_err(|_| SealError::WrongKey)?;
    Ok(Some(Staged {
        password: Secret::new(password.to_owned()),
        is_sent,
        sends,
        old_seen,
    }))
}

/// Stages a password that the BMC has never seen.
pub fn insert(
    connection: &Connection,
    sealer: &Sealer,
    node: NodeId,
    password: &Secret<String>,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO staged_passwords (node_id, password) VALUES (?1, ?2)";
    let sealed = sealer.seal(&node.to_string(), COLUMN, password.expose().as_bytes())?;
    connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![node, sealed])?;
    Ok(())
}

/// Another task takes over the staged password: what an earlier one has seen may be otherwise by now.
pub fn begin_again(connection: &Connection, node: NodeId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE staged_passwords SET sends = 0, old_seen = 0 WHERE node_id = ?1";
    connection.prepare_cached(SQL)?.execute([node])?;
    Ok(())
}

/// Records that the password is about to be sent: from now on the BMC may have it.
pub fn set_sent(connection: &Connection, node: NodeId, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE staged_passwords SET sent_at = coalesce(sent_at, :now), sends = sends + 1, old_seen = 0 \
         WHERE node_id = :node";
    connection
        .prepare_cached(SQL)?
        .execute(named_params! { ":node": node, ":now": now })?;
    Ok(())
}

/// Records that what was about to be sent has not left, or was refused. `before`: it had been sent earlier, and may have been
/// taken then.
pub fn take_back(connection: &Connection, node: NodeId, before: bool) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE staged_passwords SET sent_at = iif(:before, sent_at, NULL), old_seen = :before, \
         sends = max(sends - 1, 0) WHERE node_id = :node";
    connection
        .prepare_cached(SQL)?
        .execute(named_params! { ":node": node, ":before": before })?;
    Ok(())
}

/// Records that a login with the old password has worked since the new one was last sent.
pub fn set_old_seen(connection: &Connection, node: NodeId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE staged_passwords SET old_seen = 1 WHERE node_id = ?1";
    connection.prepare_cached(SQL)?.execute([node])?;
    Ok(())
}

/// Whether a new password was sent to the node's BMC, and no login since has shown which one it has.
pub fn is_in_doubt(connection: &Connection, node: NodeId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM staged_passwords WHERE node_id = ?1 AND sent_at IS NOT NULL AND NOT old_seen";
    Ok(connection.prepare_cached(SQL)?.exists([node])?)
}

/// Forgets a staged password that the BMC has never seen.
pub fn drop_unsent(connection: &Connection, node: NodeId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM staged_passwords WHERE node_id = ?1 AND sent_at IS NULL";
    connection.prepare_cached(SQL)?.execute([node])?;
    Ok(())
}

/// Takes each staged password for one that its BMC may have by now, whatever was known of it.
pub fn doubt_all(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE staged_passwords SET sent_at = coalesce(sent_at, ?1), sends = 0, old_seen = 0";
    connection.prepare_cached(SQL)?.execute([now])?;
    Ok(())
}

/// Forgets a staged password: an admin has said what the BMC has.
pub fn forget(connection: &Connection, node: NodeId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM staged_passwords WHERE node_id = ?1";
    connection.prepare_cached(SQL)?.execute([node])?;
    Ok(())
}

/// Makes the staged password the node's own: a login with it has worked. What was learned about the BMC stays.
pub fn adopt(
    connection: &Connection,
    sealer: &Sealer,
    node: NodeId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET bmc_password = :password, bmc_revision = bmc_revision + 1, updated_at = :now, \
         revision = revision + 1 WHERE uuid = :node";
    let Some(staged) = find(connection, sealer, node)? else {
        return Ok(());
    };
    let plain = staged.password.expose().as_bytes();
    let sealed = sealer.seal(&node.to_string(), "password", plain)?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":node": node,
        ":password": sealed,
        ":now": now,
    })?;
    forget(connection, node)
}
