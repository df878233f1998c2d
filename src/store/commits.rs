//! How many commits there were, and which rows they wrote: whether something that was read earlier still holds.
//!
//! What is kept in memory with the [`Moment`] before it was read holds until the next commit. Most of what is committed has
//! nothing to do with it, though, so it can also be asked whether any of the rows that it was read from was written since: its
//! [`Footprint`]. SQLite's update hook says which rows are, those that triggers and foreign keys write too, so whoever writes
//! one cannot forget to say so. (It sees no tables `WITHOUT ROWID`, no `DELETE` without `WHERE` and no row that `OR REPLACE`
//! takes away.)
//!
//! A row counts as written from the moment that its transaction writes it, and a commit as made just before readers can see
//! it; it is counted after that, and before its writer is told. So nothing holds that is older than what somebody was told.
//! And nothing holds for longer than [`LONGEST`], for what somebody else writes into the file is not seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::store::StoreError;
use crate::time;

/// What was read so long ago does not hold any more.
pub const LONGEST: Duration = Duration::from_secs(10);

/// A point in the order of commits, and in time.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    commits: u64,
    at: Instant,
}

impl Moment {
    /// Whether this is later than another.
    pub fn is_after(self, other: Self) -> bool {
        (self.commits, self.at) > (other.commits, other.at)
    }
}

/// A table whose rows are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// `instances`.
    Instances,
    /// `nodes`.
    Nodes,
    /// `tokens`.
    Tokens,
}

impl Watched {
    const ALL: [Self; 3] = [Self::Instances, Self::Nodes, Self::Tokens];

    fn of_name(table: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == table)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Instances => "instances",
            Self::Nodes => "nodes",
            Self::Tokens => "tokens",
        }
    }
}

/// What something was read from: the places of a table, a row or two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint(usize, Option<usize>);

impl Footprint {
    /// A table, with whatever will be in it.
    pub const fn of_table(table: Watched) -> Self {
        Self(place_of_table(table), None)
    }

    /// A row of a table, by its `rowid`.
    pub fn of_row(table: Watched, rowid: i64) -> Self {
        Self(place_of_row(table, rowid), None)
    }

    /// A row, and one of another table.
    pub fn of_rows(one: (Watched, i64), other: (Watched, i64)) -> Self {
        Self(
            place_of_row(one.0, one.1),
            Some(place_of_row(other.0, other.1)),
        )
    }
}

/// Rows are told apart by so many places. Those that share one are taken for each other: what is read again needlessly costs
/// time alone.
const PLACES_OF_ROWS: usize = 8192;

const PLACES: usize = Watched::ALL.len() + PLACES_OF_ROWS;

const fn place_of_table(table: Watched) -> usize {
    table as usize
}

fn place_of_row(table: Watched, rowid: i64) -> usize {
    // Rows that were made one after the other, of one table, do not share a place.
    let spread = rowid.unsigned_abs().wrapping_mul(Watched::ALL.len() as u64) + table as u64;
    let place = usize::try_from(spread % PLACES_OF_ROWS as u64);
    Watched::ALL.len() + place.unwrap_or_default()
}

/// The commits of one writer.
#[derive(Debug)]
pub struct Commits {
    all: AtomicU64,
    /// The number of the commit that was made last, or will be.
    made: AtomicU64,
    /// By place: the number of the commit that last wrote there, or will.
    last: Vec<AtomicU64>,
}

impl Commits {
    /// Those of this connection, from now on.
    pub fn of(connection: &mut Connection) -> Result<Arc<Self>, StoreError> {
        let last = (0..PLACES).map(|_| AtomicU64::new(0)).collect();
        let commits = Arc::new(Self {
            all: AtomicU64::new(0),
            made: AtomicU64::new(0),
            last,
        });
        let making = commits.clone();
        connection.commit_hook(Some(move || {
            making.made.store(making.next(), Ordering::Relaxed);
            false
        }))?;
        let telling = commits.clone();
        connection.update_hook(Some(move |_, _: &str, table: &str, rowid| {
            if let Some(table) = Watched::of_name(table) {
                telling.write(place_of_table(table));
                telling.write(place_of_row(table, rowid));
            }
        }))?;
        Ok(commits)
    }

    /// Counts one, also one that failed: nobody knows then what is in the file.
    pub fn count(&self) {
        self.all.fetch_add(1, Ordering::Release);
    }

    /// This moment. Take it before reading what is to be kept.
    pub fn now(&self) -> Moment {
        Moment {
            commits: self.all(),
            at: time::instant(),
        }
    }

    /// Whether what was read after a moment still holds, from there or, where that is not known, from anywhere.
    pub fn hold(&self, footprint: Option<Footprint>, since: Moment) -> bool {
        // What was written for commits that are counted by now can be seen by now.
        self.all();
        let is_before = |last: &AtomicU64| last.load(Ordering::Relaxed) <= since.commits;
        let is_same = match footprint {
            None => is_before(&self.made),
            Some(Footprint(one, other)) => [Some(one), other]
                .into_iter()
                .flatten()
                .all(|place| self.last.get(place).is_some_and(is_before)),
        };
        is_same && time::instant().saturating_duration_since(since.at) <= LONGEST
    }

    fn all(&self) -> u64 {
        self.all.load(Ordering::Acquire)
    }

    fn write(&self, place: usize) {
        if let Some(last) = self.last.get(place) {
            last.store(self.next(), Ordering::Relaxed);
        }
    }

    /// The number that the commit will have which is under way, on the only thread that counts.
    fn next(&self) -> u64 {
        self.all.load(Ordering::Relaxed) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::open;

    fn connection() -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let connection = open::open_and_migrate(&dir.path().join("t.db")).unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF")
            .unwrap();
        (dir, connection)
    }

    #[test]
    fn sqlite_tells_of_the_rows_of_each_watched_table() {
        let (_dir, connection) = connection();
        for table in Watched::ALL {
            // One `WITHOUT ROWID` has no such column.
            let sql = format!("SELECT rowid FROM {}", table.as_str());
            assert!(connection.prepare(&sql).is_ok(), "{sql}");
            assert_eq!(Watched::of_name(table.as_str()), Some(table));
        }
    }

    #[test]
    fn what_was_read_holds_until_its_own_rows_are_written() {
        let (_dir, mut connection) = connection();
        let commits = Commits::of(&mut connection).unwrap();
        let insert = |uuid: &str| {
            let columns = "uuid, user_id, project_id, role, created_at, certificate_subject";
            format!(
                "INSERT INTO tokens ({columns}, networks) VALUES ('{uuid}', 'u', 'p', 'admin', 0, '{uuid}', '[]')"
            )
        };
        connection.execute_batch(&insert("a")).unwrap();
        let row = Footprint::of_row(Watched::Tokens, connection.last_insert_rowid());
        let table = Footprint::of_table(Watched::Tokens);
        let rowid = connection.last_insert_rowid();
        let others = Footprint::of_rows((Watched::Instances, rowid), (Watched::Nodes, rowid));
        commits.count();
        for (sql, rows_hold, tables_hold) in [
            ("DELETE FROM tokens WHERE uuid = 'none'", true, true),
            (insert("b").as_str(), true, false),
            (
                "UPDATE tokens SET name = 'n' WHERE uuid = 'a'",
                false,
                false,
            ),
            ("UPDATE tokens SET name = 'n' WHERE uuid = 'b'", true, false),
            ("DELETE FROM tokens WHERE 1", false, false),
        ] {
            let since = commits.now();
            connection.execute_batch(sql).unwrap();
            for _ in ["in the transaction", "after it"] {
                assert_eq!(commits.hold(Some(row), since), rows_hold, "{sql}");
                assert_eq!(commits.hold(Some(table), since), tables_hold, "{sql}");
                assert!(commits.hold(Some(others), since), "{sql}");
                assert!(!commits.hold(None, since) || sql.contains("none"), "{sql}");
                commits.count();
            }
            assert!(commits.hold(Some(row), commits.now()), "{sql}");
            assert!(commits.hold(None, commits.now()), "{sql}");
        }
    }

    #[test]
    fn nothing_holds_for_long() {
        let (_dir, mut connection) = connection();
        let commits = Commits::of(&mut connection).unwrap();
        let now = commits.now();
        let row = Footprint::of_row(Watched::Nodes, 1);
        for (age, holds) in [(LONGEST / 2, true), (LONGEST * 2, false)] {
            let at = now.at.checked_sub(age).unwrap();
            let since = Moment { at, ..now };
            assert_eq!(commits.hold(Some(row), since), holds, "{age:?}");
            assert_eq!(commits.hold(None, since), holds, "{age:?}");
        }
    }
}
