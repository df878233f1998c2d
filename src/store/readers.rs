//! Connections that only read.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::store::{StoreError, open};

/// More idle connections than this are closed: more threads than this do not read at once for long.
const MAX_IDLE: usize = 16;

/// A pool of connections. One is taken for each read and given back after it; an empty pool opens another.
pub struct Readers {
    path: PathBuf,
    pool: Mutex<Pool>,
    /// A read has ended.
    ended: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    reading: usize,
    closed: bool,
}

/// Connections of the pool.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// Those that are reading.
    pub reading: usize,
    /// Those that are kept for the next reads.
    pub idle: usize,
}

impl Readers {
    /// A pool without connections.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            pool: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// Runs a closure that reads, in one snapshot.
    pub fn run<T, E: From<StoreError>>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut reading = self.begin()?;
        let connection = match reading.connection.take() {
            Some(connection) => connection,
            None => open::open_reader(&self.path)?,
        };
        let snapshot = Snapshot::begin(&connection)?;
        let result = job(&connection);
        let ended = snapshot.end();
        // One that is still in its snapshot is closed: it would show old times to the next reader, and hold up the log.
        if ended.is_ok() {
            reading.connection = Some(connection);
        }
        result
    }

    /// Waits for the reads under way, on the calling thread, and closes all connections. Whatever comes later is refused.
    ///
    /// A reader that outlived the writer would leave the write-ahead log behind: it may not delete it.
    pub fn close(&self) {
        let mut pool = self.lock();
        pool.closed = true;
        while pool.reading > 0 {
            pool = self
                .ended
                .wait(pool)
                .unwrap_or_else(PoisonError::into_inner);
        }
        pool.idle.clear();
    }

    /// How many there are.
    pub fn connections(&self) -> Connections {
        let pool = self.lock();
        Connections {
            reading: pool.reading,
            idle: pool.idle.len(),
        }
    }

    fn begin(&self) -> Result<Reading<'_>, StoreError> {
        let mut pool = self.lock();
        if pool.closed {
            return Err(StoreError::Closed);
        }
        pool.reading += 1;
        Ok(Reading {
            readers: self,
            connection: pool.idle.pop(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        // A panic while the lock was held cannot have left a half-done change behind.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A read under way, until it is dropped; then the connection that it holds is given back.
struct Reading<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.lock();
        let connection = self.connection.take();
        if pool.idle.len() < MAX_IDLE {
            pool.idle.extend(connection);
        } else {
            // Before it no longer counts: who closes the database waits for that.
            drop(connection);
        }
        pool.reading -= 1;
        // Telling nobody would still be a system call for each read.
        if pool.closed {
            self.readers.ended.notify_all();
        }
    }
}

/// A read transaction: all statements in it see the same moment. Its own statements are kept prepared, which
/// [`rusqlite::Transaction`] does not do; parsing them would take as long as finding a row.
struct Snapshot<'a>(&'a Connection);

impl<'a> Snapshot<'a> {
    fn begin(connection: &'a Connection) -> Result<Self, StoreError> {
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(connection))
    }

    fn end(self) -> Result<(), StoreError> {
        // Nothing was written: this ends it, and is what works after an error too.
        self.0.prepare_cached("ROLLBACK")?.execute([])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use super::*;

    /// A read that was under way while the database was closed used to leave the write-ahead log beside it.
    #[test]
    fn closing_waits_for_a_read_under_way_and_refuses_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ostler.db");
        let writer = open::open_and_migrate(&path).unwrap();
        let readers = Arc::new(Readers::new(path.clone()));
        let (started, has_started) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let reader = std::thread::spawn({
            let readers = readers.clone();
            move || {
                readers.run(|connection| {
                    let count = "SELECT count(*) FROM sqlite_schema";
                    let count: i64 = connection.query_row(count, [], |row| row.get(0))?;
                    started.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    Ok::<_, StoreError>(count)
                })
            }
        });
        has_started.recv().unwrap();
        let closer = std::thread::spawn({
            let readers = readers.clone();
            move || readers.close()
        });
        while !readers.lock().closed {
            std::thread::yield_now();
        }
        let late = readers.run(|_| Ok::<_, StoreError>(()));
        assert!(matches!(late, Err(StoreError::Closed)), "{late:?}");
        go_on.send(()).unwrap();
        assert!(reader.join().unwrap().unwrap() > 0);
        closer.join().unwrap();
        writer.close().unwrap();
        assert!(!dir.path().join("ostler.db-wal").exists());
    }
}
