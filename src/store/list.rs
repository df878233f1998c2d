//! Lists: conditions, order and pages, for every table alike.
//!
//! Pages are found by key, not by offset: a page begins behind its marker even when rows before it have gone.
//!
//! A long list is read in two steps: the ids of its entries, in order, in one snapshot ([`ListQuery::ids`]), then a few
//! entries at a time ([`each_of`]), as fast as somebody reads them. So no snapshot is held for a client.

use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use uuid::Uuid;

use crate::model::page::{Page, SortDir};
use crate::store::StoreError;

/// What a list query is made of. All SQL in it is constant; only the values come from outside.
pub struct ListQuery {
    select: &'static str,
    table: &'static str,
    conditions: Vec<&'static str>,
    values: Vec<Box<dyn ToSql>>,
}

impl ListQuery {
    /// `select` is everything up to the WHERE, `table` what its columns are named after.
    pub fn new(select: &'static str, table: &'static str) -> Self {
        Self {
            select,
            table,
            conditions: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds a condition with one `?`, if there is a value for it.
    pub fn filter<T: ToSql + 'static>(&mut self, condition: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.conditions.push(condition);
            self.values.push(Box::new(value));
        }
    }

    /// The first column of each row, in order.
    pub fn ids<T: FromSql>(
        self,
        connection: &Connection,
        page: &Page,
    ) -> Result<Vec<T>, StoreError> {
        let mut ids = Vec::new();
        self.run(connection, page, |row| {
            ids.push(row.get(0)?);
            Ok(())
        })?;
        Ok(ids)
    }

    /// Runs the query and gives each row to `each`.
    ///
    /// # Errors
    /// Those of SQLite, and of `each`.
    pub fn run(
        self,
        connection: &Connection,
        page: &Page,
        mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let Self {
            select,
            table,
            conditions,
            mut values,
        } = self;
        let mut sql = String::from(select);
        let mut conditions: Vec<String> = conditions.into_iter().map(String::from).collect();
        let key = sort_expression(table, page.sort_key);
        let (direction, beyond) = match page.sort_dir {
            SortDir::Asc => ("ASC", ">"),
            SortDir::Desc => ("DESC", "<"),
        };
        if let Some(marker) = page.marker {
            conditions.push(format!(
                "({key}, {table}.uuid) {beyond} ((SELECT {key} FROM {table} WHERE uuid = ?), ?)"
            ));
            values.push(Box::new(marker.to_string()));
            values.push(Box::new(marker.to_string()));
        }
        if !conditions.is_empty() {
            sql += " WHERE ";
            sql += &conditions.join(" AND ");
        }
        sql += &format!(" ORDER BY {key} {direction}, {table}.uuid {direction}");
        if let Some(limit) = page.limit {
            sql += " LIMIT ?";
            values.push(Box::new(limit));
        }
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values.iter()))?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    }
}

/// What `sql` finds for each of these ids, in their order; those that are gone are left out.
pub fn each_of<I: ToSql, T>(
    connection: &Connection,
    sql: &str,
    ids: &[I],
    from_row: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(statement.query_row([id], from_row).optional()?);
    }
    Ok(found)
}

/// NULLs sort first and compare equal to themselves; the default order needs no expression, so that its index is used.
fn sort_expression(table: &str, sort_key: &'static str) -> String {
    match sort_key {
        "created_at" | "uuid" | "name" => format!("{table}.{sort_key}"),
        "updated_at" | "launched_at" => format!("ifnull({table}.{sort_key}, 0)"),
        _ => format!("ifnull({table}.{sort_key}, '')"),
    }
}

/// Whether a table has this row, for markers.
pub fn exists(connection: &Connection, table: Table, id: Uuid) -> Result<bool, StoreError> {
    let sql = match table {
        Table::Networks => "SELECT 1 FROM networks WHERE uuid = ?1",
        Table::Nodes => "SELECT 1 FROM nodes WHERE uuid = ?1",
        Table::Tokens => "SELECT 1 FROM tokens WHERE uuid = ?1",
        Table::Webhooks => "SELECT 1 FROM webhooks WHERE uuid = ?1",
    };
    let found = connection
        .prepare_cached(sql)?
        .query_row([id.to_string()], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

/// The tables whose entries can be markers by themselves, whoever asks.
#[derive(Debug, Clone, Copy)]
pub enum Table {
    /// Networks.
    Networks,
    /// Nodes.
    Nodes,
    /// Tokens.
    Tokens,
    /// Webhooks.
    Webhooks,
}
