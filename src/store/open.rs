//! Opening the file: settings of the connection, schema, migrations.
//!
//! `PRAGMA user_version` is the number of migrations that a file has had. A migration is never changed once it is released,
//! only followed by another. All that a file lacks are applied in one exclusive transaction, so an upgrade happens whole
//! or not at all.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::store::error::unwritable;
use crate::store::{StoreError, check};

/// "OSTL": tells our files from other SQLite files.
const APPLICATION_ID: i64 = 0x4f53_544c;

/// Append only.
const MIGRATIONS: [&str; 16] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_bmc_quirks.sql"),
    include_str!("migrations/0003_operations.sql"),
    include_str!("migrations/0004_events.sql"),
    include_str!("migrations/0005_health.sql"),
    include_str!("migrations/0006_power_policy.sql"),
    include_str!("migrations/0007_own_machine.sql"),
    include_str!("migrations/0008_webhooks.sql"),
    include_str!("migrations/0009_limits.sql"),
    include_str!("migrations/0010_free_places.sql"),
    include_str!("migrations/0011_token_sources.sql"),
    include_str!("migrations/0012_secrets.sql"),
    include_str!("migrations/0013_audit.sql"),
    include_str!("migrations/0014_create.sql"),
    include_str!("migrations/0015_netboot.sql"),
    include_str!("migrations/0016_plain_checks.sql"),
];

/// Pages that the writer keeps. Ids from before version 7 are random, so a change of one machine touches pages all over the file; with SQLite's
/// own 2 MiB a quarter of the writer's time went into reading them again.
const WRITER_CACHE_KIB: i64 = 16 << 10;

/// How long a connection waits for another one's lock. Only backups and admins with a shell hold one for that long.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens the file for writing and brings its schema up to date.
pub fn open_and_migrate(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })?;
    prepare(connection, path).map_err(|error| {
        let StoreError::Sqlite(source) = error else {
            return error;
        };
        if unwritable(&source).is_none() {
            return check::named_damage(source.into(), path);
        }
        let path = path.to_owned();
        StoreError::OpenUnwritable { path, source }
    })
}

fn prepare(mut connection: Connection, path: &Path) -> Result<Connection, StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Before anything is written: neither a newer file nor somebody else's is touched.
    check_identity(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    keep_no_remains(&connection)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // What a savepoint needs to undo its job is 50 pages or so; SQLite would put more than 16 of them into a file.
    connection.pragma_update(None, "temp_store", "memory")?;
    keep_statements(&connection, 128)?;
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// What was deleted or replaced does not lie about in the file.
pub(super) fn keep_no_remains(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.pragma_update(None, "secure_delete", true)?)
}

/// Whether a file is a database of Ostler's, of whatever version.
pub fn is_ours(connection: &Connection) -> Result<bool, StoreError> {
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok(id == APPLICATION_ID)
}

/// The schema of a file, and the newest that this program knows.
pub fn schemas(connection: &Connection) -> Result<(i64, i64), StoreError> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((found, schema_version()))
}

/// Opens another connection that can only read.
pub fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|source| StoreError::Open {
            path: path.to_owned(),
            source,
        })?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    keep_statements(&connection, 64)?;
    Ok(connection)
}

/// Opens a file that nobody writes, to read it. Where there is no write-ahead log, nothing is left beside it either, which a
/// usual reader may not take away again.
pub fn open_resting(path: &Path) -> Result<Connection, StoreError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return open_reader(path);
    }
    const LITERAL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/');
    let path_of_uri = percent_encode(path.as_os_str().as_bytes(), LITERAL);
    let uri = format!("file:{path_of_uri}?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags).map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })
}

/// Closes a file so that there is nothing beside it.
pub fn close_as_one_file(connection: Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "delete")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Lets statements that are prepared stay so. An SQLite that is built with STAT4 would look at the values that are bound to choose a
/// plan, and so parse every statement with a join again each time that it runs, which takes longer than running it. Ours is built without
/// (`.cargo/config.toml`), unless somebody else builds it.
fn keep_statements(connection: &Connection, most: usize) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(most);
    Ok(())
}

/// Writes something that changes nothing; call it inside a write transaction.
pub fn check_writable(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.pragma_update(None, "user_version", schema_version())?)
}

pub(super) fn check_identity(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found != APPLICATION_ID && tables > 0 {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
            found,
        });
    }
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = schema_version();
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(())
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    let done: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Ok(done) = usize::try_from(done) else {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: done,
            known: schema_version(),
        });
    };
    for migration in MIGRATIONS.iter().skip(done) {
        tx.execute_batch(migration)?;
    }
    if done < MIGRATIONS.len() {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", schema_version())?;
    }
    tx.commit()?;
    Ok(())
}

fn schema_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::store::token::{self, Credential};

    /// Joins used to be parsed at each run, although they were kept: two thirds of what it took to show an instance.
    #[test]
    fn a_statement_that_is_kept_is_parsed_once() {
        const JOIN: &str = "SELECT nodes.name FROM instances JOIN nodes ON nodes.uuid = instances.node_id \
             WHERE instances.uuid = ?1";
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ostler.db");
        let writer = open_and_migrate(&path).unwrap();
        for connection in [open_reader(&path).unwrap(), writer] {
            for id in ["a", "b", "c"] {
                let mut statement = connection.prepare_cached(JOIN).unwrap();
                assert!(!statement.exists([id]).unwrap());
                let parsed_again = statement.get_status(StatementStatus::RePrepare);
                assert_eq!(parsed_again, 0, "{id}");
            }
        }
    }

    fn strings(connection: &Connection, sql: &str, column: usize) -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(column)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// An `IN` of three words is a table of its own for each row that is written.
    #[test]
    fn what_a_column_may_say_is_checked_without_a_table_and_is_still_checked() {
        let dir = tempfile::tempdir().unwrap();
        let connection = open_and_migrate(&dir.path().join("ostler.db")).unwrap();
        let tables =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        for table in strings(&connection, tables, 0) {
            let insert = format!("EXPLAIN INSERT INTO {table} DEFAULT VALUES");
            let steps = strings(&connection, &insert, 1);
            assert!(!steps.iter().any(|step| step == "OpenEphemeral"), "{table}");
        }
        for (kind, cause, is_taken) in [
            ("power", "request", true),
            ("netboot", "policy", true),
            ("chance", "request", false),
            ("power", "chance", false),
        ] {
            let insert = "INSERT INTO events (at, kind, cause, node_id, node_name) VALUES (1, ?1, ?2, 'a', 'n1')";
            let made = connection.execute(insert, [kind, cause]);
            assert_eq!(made.is_ok(), is_taken, "{kind} {cause}: {made:?}");
        }
        // What is NULL is no JSON to the sqlite3 of some distributions, whose integrity_check then blames a sound file.
        let unsaid = "SELECT name FROM sqlite_schema WHERE sql LIKE '% TEXT CHECK (json_valid(%'";
        assert!(strings(&connection, unsaid, 0).is_empty());
        let sound: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok");
    }

    /// Flags for SQLite come from `.cargo/config.toml`.
    #[test]
    fn sqlite_is_built_with_our_flags() {
        let connection = Connection::open_in_memory().unwrap();
        let options = strings(&connection, "PRAGMA compile_options", 0);
        assert!(options.iter().any(|of| of == "DEFAULT_MEMSTATUS=0"));
        for without in ["ENABLE_LOAD_EXTENSION", "ENABLE_FTS5", "ENABLE_STAT4"] {
            assert!(!options.iter().any(|of| of == without), "{options:?}");
        }
    }

    /// Events were made again for the audit trail: what was there stays, and no id comes twice.
    #[test]
    fn events_of_before_the_audit_trail_stay_and_their_ids_are_not_used_again() {
        let before = MIGRATIONS
            .iter()
            .position(|of| of.contains("events_with_audit"));
        let connection = Connection::open_in_memory().unwrap();
        for migration in &MIGRATIONS[..before.unwrap()] {
            connection.execute_batch(migration).unwrap();
        }
        let insert = "INSERT INTO events (at, kind, cause, new, node_id, node_name) \
             VALUES (1, 'power', 'outside', 'power on', 'a', 'n1')";
        for _ in 0..3 {
            connection.execute(insert, []).unwrap();
        }
        connection
            .execute("DELETE FROM events WHERE id > 1", [])
            .unwrap();
        connection
            .execute_batch(MIGRATIONS[before.unwrap()])
            .unwrap();
        connection.execute(insert, []).unwrap();
        let mut statement = connection
            .prepare("SELECT id, new, node_name FROM events")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let rows: Vec<(i64, String, String)> = rows.unwrap().map(Result::unwrap).collect();
        let row = |id| (id, "power on".to_owned(), "n1".to_owned());
        assert_eq!(rows, [row(1), row(4)]);
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_byte_for_byte_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ostler.db");
        let connection = open_and_migrate(&path).unwrap();
        connection
            .pragma_update(None, "user_version", schema_version() + 1)
            .unwrap();
        connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();

        let refused = open_and_migrate(&path);

        assert!(
            matches!(refused, Err(StoreError::Newer { .. })),
            "{refused:?}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    /// The tables are copied for a new kind of task.
    #[test]
    fn tasks_and_their_attempts_survive_the_upgrade() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ostler.db");
        let old = Connection::open(&path).unwrap();
        let copied = MIGRATIONS
            .iter()
            .position(|text| text.contains("tasks_new"));
        let before = copied.unwrap();
        for migration in &MIGRATIONS[..before] {
            old.execute_batch(migration).unwrap();
        }
        old.pragma_update(None, "application_id", APPLICATION_ID)
            .unwrap();
        old.pragma_update(None, "user_version", i64::try_from(before).unwrap())
            .unwrap();
        old.execute_batch(
            "INSERT INTO nodes (uuid, name, availability_zone, properties, bmc_interface, bmc_device, extra, created_at) \
                 VALUES ('n', 'n', 'z', '{}', 'open', '/dev/ipmi0', '{}', 1); \
             INSERT INTO tasks (rowid, uuid, kind, state, steps, node_id, requested_by, created_at, updated_at, deadline_at, \
                 escalate) VALUES (7, 't', 'power', 'issued', '[]', 'n', '{}', 1, 2, 3, 1); \
             INSERT INTO attempts (task_id, seq, at, step, outcome, times) VALUES ('t', 1, 1, 'ensure_on', 'read', 4);",
        )
        .unwrap();
        drop(old);

        let new = open_and_migrate(&path).unwrap();

        let task =
            "SELECT rowid, escalate, (SELECT times FROM attempts WHERE task_id = uuid) FROM tasks";
        let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let found: (i64, i64, i64) = new.query_row(task, [], columns).unwrap();
        assert_eq!(found, (7, 1, 4));
        let second = "INSERT INTO tasks SELECT 'u', 'rotate_password', target, state, steps, step, issued_at, accepted, \
             node_id, instance_id, requested_by, timeout_secs, created_at, updated_at, deadline_at, finished_at, error, \
             escalate FROM tasks";
        assert!(new.execute(second, []).is_err(), "one open task per node");
        new.execute("DELETE FROM tasks", []).unwrap();
        let left: i64 = new
            .query_row("SELECT count(*) FROM attempts", [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, 0, "attempts go with their task");
    }

    #[test]
    fn somebody_elses_database_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ostler.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE theirs (x)")
            .unwrap();
        assert!(matches!(
            open_and_migrate(&path),
            Err(StoreError::Foreign { .. })
        ));
    }

    #[test]
    fn opening_twice_migrates_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ostler.db");
        drop(open_and_migrate(&path).unwrap());
        let again = open_and_migrate(&path).unwrap();
        let mode: String = again
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn tokens_of_before_their_sources_sign_in_as_they_did() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ostler.db");
        let old = Connection::open(&path).unwrap();
        for migration in &MIGRATIONS[..10] {
            old.execute_batch(migration).unwrap();
        }
        old.pragma_update(None, "application_id", APPLICATION_ID)
            .unwrap();
        old.pragma_update(None, "user_version", 10).unwrap();
        let hash = [7_u8; 32];
        let id = crate::model::ids::TokenId::random();
        let insert = "INSERT INTO tokens (uuid, user_id, project_id, role, hash, created_at) \
                      VALUES (?1, 'u', 'p', 'reader', ?2, 1)";
        old.execute(insert, (id, hash)).unwrap();
        drop(old);

        let new = open_and_migrate(&path).unwrap();
        let shown = Credential::Secret(hash);
        let token = token::find_by(&new, &shown).unwrap().unwrap();
        assert_eq!((token.id, token.user_id.as_str()), (id, "u"));
        assert!(token.networks.is_empty() && token.last_use.is_none());
        // Neither a token that nobody can sign in with, nor one with two ways.
        for both in ["hash = NULL", "certificate_subject = 'CN=x'"] {
            let sql = format!("UPDATE tokens SET {both}");
            new.execute_batch(&sql).unwrap_err();
        }
    }
}
