//! How many commits there were: what was read holds until the number is another.
//!
//! Each is counted when readers can see it, and before anybody is told of it. So what is kept in memory with the number from
//! before it was read is never older than what somebody was told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;

use crate::store::StoreError;

/// The table whose commits are counted by themselves: every request asks it for its token, and it hardly changes.
const TOKENS: &str = "tokens";

/// The commits of one writer.
#[derive(Debug, Default)]
pub struct Commits {
    all: AtomicU64,
    of_tokens: AtomicU64,
    /// A row of a token was written since the last commit. SQLite says so, and not who writes one, so nobody can forget to.
    tokens_written: Arc<AtomicBool>,
}

impl Commits {
    /// Those of this connection, from now on.
    pub fn of(connection: &mut Connection) -> Result<Self, StoreError> {
        let commits = Self::default();
        let written = commits.tokens_written.clone();
        connection.update_hook(Some(move |_, _: &str, table: &str, _| {
            if table == TOKENS {
                written.store(true, Ordering::Relaxed);
            }
        }))?;
        Ok(commits)
    }

    /// Counts one, also one that failed: nobody knows then what is in the file.
    pub fn count(&self) {
        if self.tokens_written.swap(false, Ordering::Relaxed) {
            self.of_tokens.fetch_add(1, Ordering::Release);
        }
        self.all.fetch_add(1, Ordering::Release);
    }

    /// All of them.
    pub fn all(&self) -> u64 {
        self.all.load(Ordering::Acquire)
    }

    /// Those that changed tokens.
    pub fn of_tokens(&self) -> u64 {
        self.of_tokens.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_else_is_written_leaves_tokens_as_they_were() {
        let mut connection = Connection::open_in_memory().unwrap();
        let tables = "CREATE TABLE tokens (uuid TEXT PRIMARY KEY) STRICT; CREATE TABLE nodes (x); INSERT INTO tokens VALUES ('a')";
        connection.execute_batch(tables).unwrap();
        let commits = Commits::of(&mut connection).unwrap();
        let sqls = [
            ("INSERT INTO nodes VALUES (1)", 0),
            ("DELETE FROM tokens WHERE uuid = 'a'", 1),
            ("UPDATE nodes SET x = 2", 1),
            ("INSERT INTO tokens VALUES ('b')", 2),
        ];
        for (before, (sql, of_tokens)) in sqls.into_iter().enumerate() {
            connection.execute_batch(sql).unwrap();
            commits.count();
            assert_eq!(commits.all(), before as u64 + 1, "{sql}");
            assert_eq!(commits.of_tokens(), of_tokens, "{sql}");
        }
    }
}
