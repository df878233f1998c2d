//! The table `webhooks`.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::event::EventKind;
use crate::model::ids::WebhookId;
use crate::model::page::Page;
use crate::model::secret::Secret;
use crate::model::webhook::Webhook;
use crate::store::StoreError;
use crate::store::list::ListQuery;
use crate::store::seal::Sealer;
use crate::store::sql_types::Json;
use crate::time::Timestamp;

const SELECT: &str = "SELECT uuid, name, url, kinds, project_id, delivered_to, delivered_at, failures, last_error, \
     created_at, updated_at, revision FROM webhooks";

/// All webhooks, in the order of the page.
pub fn list(connection: &Connection, page: &Page) -> Result<Vec<Webhook>, StoreError> {
    let mut found = Vec::new();
    ListQuery::new(SELECT, "webhooks").run(connection, page, |row| {
        found.push(from_row(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// One webhook.
pub fn find(connection: &Connection, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
    let sql = format!("{SELECT} WHERE uuid = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?)
}

/// The id behind a name.
pub fn id_of_name(connection: &Connection, name: &str) -> Result<Option<WebhookId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM webhooks WHERE name = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// How many webhooks there are.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Those that took their last delivery, or had none yet.
    pub well: u32,
    /// Those that did not.
    pub failing: u32,
}

/// Counts them.
pub fn count(connection: &Connection) -> Result<Standing, StoreError> {
    const SQL: &str = "SELECT count(*) FILTER (WHERE failures = 0), count(*) FILTER (WHERE failures > 0) FROM webhooks";
    Ok(connection.prepare_cached(SQL)?.query_row([], |row| {
        Ok(Standing {
            well: row.get(0)?,
            failing: row.get(1)?,
        })
    })?)
}

/// What its deliveries are signed with; `None` if it is gone.
pub fn secret(
    connection: &Connection,
    sealer: &Sealer,
    id: WebhookId,
) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
    const SQL: &str = "SELECT secret FROM webhooks WHERE uuid = ?1";
    let sealed: Option<Vec<u8>> = connection
        .prepare_cached(SQL)?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let open = |sealed: Vec<u8>| sealer.open(&id.to_string(), "secret", &sealed);
    Ok(sealed.map(open).transpose()?)
}

/// Writes a new webhook. What is taken violates `webhooks.name` or `webhooks.uuid`.
pub fn insert(
    connection: &Connection,
    sealer: &Sealer,
    new: &Webhook,
    secret: &Secret<String>,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO webhooks (uuid, name, url, secret, kinds, project_id, delivered_to, created_at) \
         VALUES (:uuid, :name, :url, :secret, :kinds, :project_id, :delivered_to, :created_at)";
    let kinds: Vec<_> = new.kinds.iter().copied().map(EventKind::as_str).collect();
    let sealed = sealer.seal(&new.id.to_string(), "secret", secret.expose().as_bytes())?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":name": new.name,
        ":url": new.url,
        ":secret": sealed,
        ":kinds": Json(&kinds),
        ":project_id": new.project_id,
        ":delivered_to": new.delivered_to,
        ":created_at": new.created_at,
    })?;
    Ok(())
}

/// Records that everything up to an event was taken, or need not be sent.
pub fn set_delivered(
    connection: &Connection,
    id: WebhookId,
    delivered_to: i64,
    taken_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhooks SET delivered_to = :to, delivered_at = coalesce(:at, delivered_at), \
         failures = iif(:at IS NULL, failures, 0), last_error = iif(:at IS NULL, last_error, NULL), \
         revision = revision + 1 WHERE uuid = :uuid";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": id,
        ":to": delivered_to,
        ":at": taken_at,
    })?;
    Ok(())
}

/// Records that a delivery failed.
pub fn set_failed(
    connection: &Connection,
    id: WebhookId,
    error: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE webhooks SET failures = failures + 1, last_error = :error, updated_at = :now, \
         revision = revision + 1 WHERE uuid = :uuid";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": id,
        ":error": error,
        ":now": now,
    })?;
    Ok(())
}

/// Deletes a webhook: nothing more is sent.
pub fn delete(connection: &Connection, id: WebhookId) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM webhooks WHERE uuid = ?1")?
        .execute([id])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Webhook> {
    let kinds: Vec<String> = row.get::<_, Json<_>>(3)?.0;
    Ok(Webhook {
        id: row.get(0)?,
        name: row.get(1)?,
        url: row.get(2)?,
        kinds: kinds
            .iter()
            .filter_map(|kind| EventKind::parse(kind))
            .collect(),
        project_id: row.get(4)?,
        delivered_to: row.get(5)?,
        delivered_at: row.get(6)?,
        failures: row.get(7)?,
        last_error: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
        revision: row.get(11)?,
    })
}
