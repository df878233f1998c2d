//! Connections that only read.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::store::{StoreError, open};

/// More idle connections than this are closed: more threads than this do not read at once for long.
const MAX_IDLE: usize = 16;

/// A pool of connections. One is taken for each read and given back after it; an empty pool opens another.
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// A pool without connections.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Runs a closure that reads, in one snapshot.
    pub fn run<T, E: From<StoreError>>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = match self.lock().pop() {
            Some(connection) => connection,
            None => open::open_reader(&self.path)?,
        };
        let snapshot = connection
            .unchecked_transaction()
            .map_err(StoreError::from)?;
        let result = job(&snapshot);
        drop(snapshot);
        let mut idle = self.lock();
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
        result
    }

    /// Closes the connections that nobody uses.
    pub fn close_idle(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A panic while the lock was held cannot have left a half-done Vec::push behind.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
