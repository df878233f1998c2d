//! Databases of each schema that there was are upgraded, and hold what they held.
//!
//! `tests/golden/db/NNNN.sql` is a database of schema NNNN with a row of each kind, and `NNNN.json` what the API said of it then.
//! Neither is ever changed. `OSTLER_GOLDEN=write cargo test --test it golden` writes those of a new schema.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use rusqlite::Connection;
use rusqlite::types::Value as SqlValue;
use serde_json::{Map, Value, json};

use crate::common::bench::{Bench, bmc_settings, node};
use crate::common::daemon::{Daemon, Parts, Surroundings, free_tcp_address};
use crate::common::file_server::{FileServer, Reply};
use crate::common::http::Client;
use crate::common::offline::{ostlerd, said};
use crate::common::sim::SimRack;

/// What secrets in the golden files are sealed with.
const KEY: [u8; 32] = *b"the key of all golden databases!";
/// What a file is asked for.
const LISTS: [&str; 11] = [
    "nodes?limit=1000&fields=uuid,name,availability_zone,properties,bmc,extra,maintenance,maintenance_reason,power_policy,min_off_secs,instance_uuid",
    "instances/detail?all_tenants=true",
    "types",
    "images",
    "networks",
    "tokens",
    "webhooks",
    "limits",
    "operations",
    "nodes/n1/tasks",
    "events?kind=audit,power,task,status,maintenance&sort_dir=asc&limit=40",
];
/// What is otherwise each time that it is read, or changes by itself.
const VOLATILE: [&str; 8] = [
    "links",
    "updated_at",
    "last_error",
    "power_state",
    "delivered_at",
    "delivered_to",
    "failures",
    "events_links",
];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/db")
}

/// The numbers of the schemas that there are files of.
fn schemas() -> Vec<u32> {
    let entries = fs::read_dir(directory()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<u32> = names
        .filter_map(|name| name.strip_suffix(".sql")?.parse().ok())
        .collect();
    found.sort_unstable();
    found
}

fn file(schema: u32, extension: &str) -> PathBuf {
    directory().join(format!("{schema:04}.{extension}"))
}

/// The schema that this program writes.
fn schema_of(state: &Path) -> u32 {
    let database = Connection::open(state.join("ostler.db")).unwrap();
    database
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

/// A daemon whose state was there before it.
fn daemon_with(power: &str, make: impl FnOnce(&Path)) -> Daemon {
    let daemon = Daemon::with_surroundings(power, |directory| {
        let state = directory.join("state");
        fs::create_dir(&state).unwrap();
        fs::write(state.join("credentials.key"), KEY).unwrap();
        make(&state);
        Ok::<_, String>(Surroundings::default())
    });
    daemon.unwrap()
}

/// What the API says of everything.
fn everything(admin: &Client) -> Value {
    let admin = admin.with("Accept", "application/json");
    let mut all = Map::new();
    for list in LISTS {
        let answer = admin.get(&format!("/v1/{list}")).expect(200);
        let name = list.split('?').next().unwrap().to_owned();
        all.insert(name, lasting(answer.json()));
    }
    Value::Object(all)
}

fn lasting(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.filter(|(name, _)| !VOLATILE.contains(&name.as_str()));
            Value::Object(members.map(|(name, of)| (name, lasting(of))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(lasting).collect()),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// Whether all that was said is said still; more may be said now.
fn differences(at: &str, then: &Value, now: &Value, found: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            for (name, then) in then {
                let at = format!("{at}/{name}");
                differences(&at, then, now.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            for (index, (then, now)) in then.iter().zip(now).enumerate() {
                differences(&format!("{at}/{index}"), then, now, found);
            }
        }
        _ if then == now => {}
        _ => found.push(format!("{at}: was {then}, is {now}")),
    }
}

#[test]
fn databases_of_all_schemas_are_upgraded_and_hold_what_they_held() {
    if is_to_write() {
        return;
    }
    for schema in schemas() {
        let sql = fs::read_to_string(file(schema, "sql")).unwrap();
        let then = fs::read_to_string(file(schema, "json")).unwrap();
        let then: Value = serde_json::from_str(&then).unwrap();
        let power = "poll_interval_secs = 3600\n";
        let mut daemon = daemon_with(power, |state| {
            let database = Connection::open(state.join("ostler.db")).unwrap();
            database.execute_batch(&sql).unwrap();
        });
        let mut found = Vec::new();
        differences("", &then, &everything(&daemon.unix()), &mut found);
        assert!(found.is_empty(), "{schema:04}:\n{}", found.join("\n"));
        assert!(daemon.stop());
        let checked = ostlerd(&daemon, &["check", "--database"]).output().unwrap();
        assert!(checked.status.success(), "{schema:04}: {}", said(&checked));
        let told = said(&checked);
        assert!(
            told.contains("The key opens the secrets"),
            "{schema:04}: {told}"
        );
    }
}

/// What was there at every schema since the first, in whatever words.
const ALWAYS: [&str; 5] = [
    "nodes?limit=1000&fields=uuid,name,availability_zone,properties,extra",
    "instances/detail?all_tenants=true&fields=uuid,name,status,project_id,network_info,extra,node_uuid",
    "types",
    "images",
    "networks",
];

/// The migrations, from the first on.
fn migrations() -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let entries = fs::read_dir(directory).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

/// No release had those before the first golden database, but a daemon may have run from a clone. What such a schema has room
/// for of the newest golden rows is put in, and has to come through all migrations that follow.
#[test]
fn rows_of_each_schema_before_come_through_all_migrations_that_follow() {
    if is_to_write() {
        return;
    }
    let shown = |daemon: &Daemon| {
        let mut all = Map::new();
        for list in ALWAYS {
            let answer = daemon.unix().get(&format!("/v1/{list}")).expect(200);
            let name = list.split('?').next().unwrap().to_owned();
            all.insert(name, lasting(answer.json()));
        }
        Value::Object(all)
    };
    let power = "poll_interval_secs = 3600\n";
    let mut then = None;
    for schema in (1..=migrations().len()).rev() {
        let daemon = daemon_with(power, |state| write_old(&state.join("ostler.db"), schema));
        let now = shown(&daemon);
        let then = then.get_or_insert_with(|| now.clone());
        let mut found = Vec::new();
        differences("", then, &now, &mut found);
        assert!(found.is_empty(), "{schema:04}:\n{}", found.join("\n"));
    }
    let then = then.unwrap();
    assert_eq!(then["nodes"]["nodes"].as_array().unwrap().len(), 3);
    let instances = &then["instances/detail"]["instances"];
    assert_eq!(instances.as_array().unwrap().len(), 2);
}

/// Writes a database of an older schema, with what it has room for of the newest golden rows.
fn write_old(file: &Path, schema: usize) {
    let newest = *schemas().last().unwrap();
    let golden = fs::read_to_string(self::file(newest, "sql")).unwrap();
    let rows = file.with_extension("golden");
    let golden_rows = Connection::open(&rows).unwrap();
    golden_rows.execute_batch(&golden).unwrap();
    let database = Connection::open(file).unwrap();
    // Nothing is lost with these files.
    database.pragma_update(None, "synchronous", "off").unwrap();
    for migration in &migrations()[..schema] {
        database.execute_batch(migration).unwrap();
    }
    for (name, value) in [
        ("application_id", 0x4f53_544c),
        ("user_version", i64::try_from(schema).unwrap()),
    ] {
        database.pragma_update(None, name, value).unwrap();
    }
    copy_rows(&database, &rows);
    fs::remove_file(rows).unwrap();
}

#[test]
fn a_backup_of_an_older_version_is_restored_and_upgraded() {
    let mut daemon = daemon_with("", |_| {});
    assert!(daemon.stop());
    for schema in [1, 11] {
        let old = daemon.directory().join(format!("{schema}.db"));
        write_old(&old, schema);
        let done = ostlerd(&daemon, &["restore", old.to_str().unwrap()]).output();
        let done = done.unwrap();
        assert!(done.status.success(), "{schema}: {}", said(&done));
        assert!(said(&done).contains("3 nodes"), "{schema}: {}", said(&done));
        let checked = ostlerd(&daemon, &["check", "--database"]).output().unwrap();
        let told = said(&checked);
        assert!(
            told.contains("The key opens the secrets"),
            "{schema}: {told}"
        );
    }
    daemon.start_again();
    daemon.unix().get("/v1/nodes/n1").expect(200);
}

/// Copies what fits, column by column; a row that an older schema does not allow stays behind.
fn copy_rows(database: &Connection, from: &Path) {
    database.pragma_update(None, "foreign_keys", false).unwrap();
    let attach = "ATTACH ?1 AS golden";
    database.execute(attach, [from.to_str().unwrap()]).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    for table in texts(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    ) {
        let columns = texts(&format!(
            "SELECT '\"' || name || '\"' FROM pragma_table_info('{table}', 'main') \
             WHERE name IN (SELECT name FROM pragma_table_info('{table}', 'golden'))"
        ));
        if columns.is_empty() {
            // A table that came later than these rows.
            continue;
        }
        let columns = columns.join(", ");
        let copy = format!(
            "INSERT OR IGNORE INTO main.\"{table}\" ({columns}) SELECT {columns} FROM golden.\"{table}\""
        );
        database.execute_batch(&copy).unwrap();
    }
    database.execute_batch("DETACH golden").unwrap();
}

#[test]
fn each_schema_that_is_released_has_a_golden_database_with_a_row_in_each_table() {
    let mut daemon = daemon_with("", |_| {});
    assert!(daemon.stop());
    let newest = schema_of(&daemon.directory().join("state"));
    if is_to_write() {
        return write(newest);
    }
    assert_eq!(
        schemas().last(),
        Some(&newest),
        "the newest schema has no file: OSTLER_GOLDEN=write cargo test --test it golden"
    );
    let sql = fs::read_to_string(file(newest, "sql")).unwrap();
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(&sql).unwrap();
    let mut tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
    let tables = tables.as_mut().unwrap().query_map([], |row| row.get(0));
    for table in tables.unwrap().map(Result::<String, _>::unwrap) {
        let count = format!("SELECT count(*) FROM \"{table}\"");
        let rows: i64 = database.query_row(&count, [], |row| row.get(0)).unwrap();
        assert!(rows > 0, "{table} is empty");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever wants a new file says so in the environment"
)]
fn is_to_write() -> bool {
    std::env::var("OSTLER_GOLDEN").is_ok_and(|of| of == "write")
}

/// Writes the files of this schema.
fn write(schema: u32) {
    let configs = ["n1", "n2", "n3"].map(SimBmcConfig::new);
    let boot = free_tcp_address();
    let settings = format!(
        "poll_interval_secs = 1\nchange_deadline_secs = 3000\n[netboot]\nlisten = [\"{boot}\"]\n"
    );
    let daemon = daemon_with(&settings, |_| {});
    let mut bench = Bench::over(SimRack::start(configs.to_vec()), daemon);
    let parts = Parts::make(&bench.admin);
    populate(&bench, &parts);
    populate_netboot(&bench, &parts, &Client::tcp(boot));
    for name in ["n1", "n2", "n3"] {
        let maintenance = format!("{}/maintenance", node(name));
        let reason = json!({"reason": "as in a museum"});
        bench.admin.put(&maintenance, &reason).expect(204);
    }
    assert!(bench.daemon.stop());
    let database = bench.daemon.directory().join("state/ostler.db");
    let connection = Connection::open(&database).unwrap();
    // Nothing of the world outside is in it, and nobody listens there.
    connection
        .execute_batch("UPDATE nodes SET bmc_address = '127.0.0.1', bmc_port = 9")
        .unwrap();
    // What is too old is dropped at the start, and these files are to be read for decades.
    let later = 70 * 365 * 24 * 60 * 60 * 1_000_000_i64;
    connection
        .execute_batch(&format!(
            "UPDATE events SET at = at + {later}; \
             UPDATE netboots SET expires_at = expires_at + {later}; \
             UPDATE fetched_files SET used_at = used_at + {later}; \
             UPDATE idempotency SET created_at = created_at + {later}; \
             UPDATE operations SET created_at = created_at + {later}, finished_at = finished_at + {later};"
        ))
        .unwrap();
    fs::write(file(schema, "sql"), dump(&connection)).unwrap();
    drop(connection);
    bench.daemon.start_again();
    let said = everything(&bench.admin);
    fs::write(file(schema, "json"), format!("{said:#}\n")).unwrap();
}

/// A row of each kind.
fn populate(bench: &Bench, parts: &Parts) {
    let admin = &bench.admin;
    let web1 = parts.instance("web1");
    let keyed = admin.with("Idempotency-Key", "golden");
    let mut web1 = { web1 };
    web1["availability_zone"] = json!("z-n1");
    web1["extra"] = json!({"owner": "golden"});
    let made = keyed.post("/v1/instances", &web1).expect(201).json();
    let path = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
    bench.wait_status(&path, "active");
    bench.order_until(&path, "off", "done");
    bench.wait_power(&path, PowerState::Off);
    let order = json!({"target": "on", "instances": ["web1"]});
    let operation = admin.post("/v1/power", &order).expect(202).json();
    let operation = operation["uuid"].as_str().unwrap();
    let ended = bench.at(&format!("/v1/operations/{operation}?wait=60"));
    assert_eq!(ended["state"], "done");
    let specs = json!({"name": "gpu", "extra_specs": {"cpus": ">=8"}, "is_public": false});
    admin.post("/v1/types", &specs).expect(201);
    let image = json!({"name": "debian", "kernel_url": "http://127.0.0.1/k", "initrd_url": "http://127.0.0.1/i"});
    admin.post("/v1/images", &image).expect(201);
    for token in [
        json!({"user_id": "u", "project_id": "p", "role": "reader", "name": "secret", "networks": ["10.0.0.0/8"]}),
        json!({"user_id": "ci", "project_id": "p", "role": "member", "certificate_subject": "CN=ci,O=Example"}),
    ] {
        admin.post("/v1/tokens", &token).expect(201);
    }
    let hook = json!({"name": "hook", "url": "http://127.0.0.1:9/", "secret": "the secret of the hook", "kinds": ["health"]});
    admin.post("/v1/webhooks", &hook).expect(201);
    admin
        .put("/v1/limits/p", &json!({"instances": 3}))
        .expect(200);
    let policy = json!([
        {"op": "replace", "path": "/power_policy", "value": "enforce"},
        {"op": "replace", "path": "/min_off_secs", "value": 7},
        {"op": "add", "path": "/extra/rack", "value": "r1"},
    ]);
    admin.patch(&node("n1"), &policy).expect(200);

    // A password that waits for a BMC that is away: its task is open, and stays so.
    let away = Faults {
        dead: true,
        ..Faults::default()
    };
    let n2 = bench.bmc("n2");
    n2.set_faults(away);
    let mut settings = bmc_settings(&n2);
    settings["privilege_level"] = json!("administrator");
    settings["kg"] = json!("a key of the BMC");
    let settings = json!([{"op": "replace", "path": "/bmc", "value": settings}]);
    admin.patch(&node("n2"), &settings).expect(200);
    let path = format!("{}/rotate-password", node("n2"));
    let password = json!({"password": "a-new-password"});
    admin.post(&path, &password).expect(202);
}

/// A machine that is still served, of an image that came from a URL.
fn populate_netboot(bench: &Bench, parts: &Parts, boot: &Client) {
    let server = FileServer::start();
    server.set("/k", Reply::File(b"a kernel".to_vec()));
    let image =
        json!({"name": "live", "kernel_url": server.url("/k"), "kernel_args": "quiet ip=${ip}"});
    let image = bench.admin.post("/v1/images", &image).expect(201).json();
    let mut web2 = parts.instance("web2");
    web2["availability_zone"] = json!("z-n3");
    web2["image_uuid"] = image["uuid"].clone();
    web2["user_data"] = json!("#cloud-config\n{}\n");
    let made = bench.admin.post("/v1/instances", &web2).expect(201).json();
    let path = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
    bench.wait_status(&path, "active");
    let ports = bench.at(&node("n3"))["ports"].clone();
    let mac = ports[0]["mac_address"].as_str().unwrap();
    boot.get(&format!("/script?mac={mac}")).expect(200);
}

/// A database as SQL that makes it again.
fn dump(database: &Connection) -> String {
    let mut sql = String::from("PRAGMA foreign_keys = OFF;\nBEGIN;\n");
    for name in ["application_id", "user_version"] {
        let value: i64 = database
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap();
        sql += &format!("PRAGMA {name} = {value};\n");
    }
    let objects = |kind: &str| -> Vec<(String, String)> {
        let mut statement = database
            .prepare(
                "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND type = ?1 \
                 ORDER BY rowid",
            )
            .unwrap();
        let rows = statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let tables = objects("table");
    for (_, text) in &tables {
        sql += &format!("{text};\n");
    }
    for (name, _) in &tables {
        sql += &rows(database, name);
    }
    sql += "DELETE FROM sqlite_sequence;\n";
    sql += &rows(database, "sqlite_sequence");
    for kind in ["index", "trigger"] {
        for (_, text) in objects(kind) {
            sql += &format!("{text};\n");
        }
    }
    sql + "COMMIT;\n"
}

fn rows(database: &Connection, table: &str) -> String {
    let mut statement = database
        .prepare(&format!("SELECT * FROM \"{table}\""))
        .unwrap();
    let columns: Vec<String> = statement
        .column_names()
        .map(|name| format!("\"{name}\""))
        .collect();
    let count = columns.len();
    let (columns, mut sql) = (columns.join(", "), String::new());
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let values: Vec<String> = (0..count)
            .map(|at| literal(&row.get(at).unwrap()))
            .collect();
        sql += &format!(
            "INSERT INTO \"{table}\" ({columns}) VALUES ({});\n",
            values.join(", ")
        );
    }
    sql
}

fn literal(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => format!("{number:?}"),
        SqlValue::Text(text) => format!("'{}'", text.replace('\'', "''")),
        SqlValue::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
    }
}
