//! Markers: where a page of a list begins.

use rusqlite::Connection;
use uuid::Uuid;

use crate::model::page::Page;
use crate::rules::input::InvalidInput;
use crate::service::Error;
use crate::store::list::{Table, exists};

/// Refuses a marker that is not there.
pub fn check(connection: &Connection, table: Table, page: &Page) -> Result<(), Error> {
    match page.marker {
        Some(marker) if !exists(connection, table, marker)? => Err(unknown(marker)),
        _ => Ok(()),
    }
}

/// Refuses a marker that the caller does not see: `find` looks for it as that caller.
pub fn check_found<T>(
    page: &Page,
    find: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<(), Error> {
    let Some(marker) = page.marker else {
        return Ok(());
    };
    match find(&marker.to_string()) {
        Ok(_) => Ok(()),
        Err(Error::NotFound { .. }) => Err(unknown(marker)),
        Err(error) => Err(error),
    }
}

/// The refusal of a marker that is not there, or not the caller's.
pub fn unknown(marker: Uuid) -> Error {
    let problem = format!("{marker} is not in this list: start again without a marker");
    InvalidInput::new("marker", problem).into()
}
