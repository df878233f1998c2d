//! A backup becomes the database: all that was in it is there again, nothing is done to a machine because of it, and whatever goes
//! wrong on the way, there is the old database or the new one.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::daemon::{Daemon, Parts};
use crate::common::offline::{files, ostlerd, said};
use crate::common::skip::skip;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 60\ntransition_grace_secs = 4\n";

/// Makes a file the database of a daemon that is stopped; gives what was said.
#[track_caller]
pub(crate) fn restore(daemon: &Daemon, arguments: &[&str]) -> String {
    let done = ostlerd(daemon, &[&["restore"], arguments].concat());
    let done = { done }.output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
    said(&done)
}

/// Why nothing was restored; nothing was changed either.
#[track_caller]
fn refused(daemon: &Daemon, file: &Path) -> String {
    let before = files(&daemon.directory().join("state"));
    let done = ostlerd(daemon, &["restore", file.to_str().unwrap()]).output();
    let done = done.unwrap();
    assert_eq!(done.status.code(), Some(1), "{}", said(&done));
    assert_eq!(files(&daemon.directory().join("state")), before);
    said(&done)
}

/// Takes a backup into the daemon's directory.
pub(crate) fn backup(daemon: &Daemon, name: &str) -> PathBuf {
    let file = daemon.directory().join(name);
    let taken = daemon.unix().send("POST", "/v1/backup", None).expect(200);
    fs::write(&file, taken.body).unwrap();
    file
}

/// Events as a list, the newest first.
#[track_caller]
fn events(bench: &Bench, query: &str) -> Vec<Value> {
    let admin = bench.admin.with("Accept", "application/json");
    let path = format!("/v1/events?sort_dir=desc&{query}");
    let list = admin.get(&path).expect(200).json();
    list["events"].as_array().unwrap().clone()
}

fn has_network(daemon: &Daemon, name: &str) -> bool {
    let found = daemon.unix().get(&format!("/v1/networks/{name}"));
    found.status == 200
}

/// A rack that has gone on since the backup in `file`, in which two tasks were open.
struct Past {
    bench: Bench,
    parts: Parts,
    file: PathBuf,
    kept: String,
    pending: String,
    doomed: String,
    /// An instance that is not in the backup, on the node `free`.
    later: String,
    /// The secret of a token that was revoked since.
    token: String,
}

impl Past {
    fn make() -> Self {
        let configs = ["kept", "pending", "doomed", "free"].map(SimBmcConfig::new);
        let bench = Bench::start(configs.to_vec(), POWER);
        let parts = Parts::make(&bench.admin);
        let [kept, pending, doomed] =
            ["kept", "pending", "doomed"].map(|name| bench.create_active(&parts, name));
        let body = json!({"user_id": "u", "project_id": "default", "role": "reader"});
        let token = bench.admin.post("/v1/tokens", &body).expect(201).json();
        let dead = Faults {
            dead: true,
            ..Faults::default()
        };
        for name in ["pending", "doomed"] {
            bench.bmc(name).set_faults(dead.clone());
        }
        bench.order(&pending, "off");
        bench.admin.delete(&doomed).expect(204);
        let file = backup(&bench.daemon, "backup.db");

        // Both orders are carried out, one is taken back, and the free machine gets an instance.
        for name in ["pending", "doomed"] {
            bench.bmc(name).set_faults(Faults::default());
        }
        bench.wait_power(&pending, PowerState::Off);
        bench.wait_gone(&doomed);
        bench.order_until(&pending, "on", "done");
        let later = bench.create_active(&parts, "free");
        let path = format!("/v1/tokens/{}", token["uuid"].as_str().unwrap());
        bench.admin.delete(&path).expect(204);
        let token = token["token"].as_str().unwrap().to_owned();
        Self {
            bench,
            parts,
            file,
            kept,
            pending,
            doomed,
            later,
            token,
        }
    }

    /// What each machine was told, ever.
    fn controls(&self) -> Vec<u64> {
        let bmcs = self.bench.rack.bmcs();
        bmcs.map(|bmc| bmc.counters().controls_received.total())
            .collect()
    }
}

#[test]
fn a_restored_backup_has_everything_back_and_acts_on_nothing_of_then() {
    let mut past = Past::make();
    let newest = events(&past.bench, "kind=audit,task&limit=1")[0]["id"].as_i64();
    assert!(past.bench.daemon.stop());
    let before = past.controls();
    let file = past.file.to_str().unwrap().to_owned();
    let told = restore(&past.bench.daemon, &[&file]);
    for word in [
        "4 nodes",
        "2 tasks",
        "1 node without",
        "token",
        "before-restore",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    past.bench.daemon.start_again();

    let bench = &past.bench;
    for path in [&past.kept, &past.pending] {
        bench.wait_power(path, PowerState::On);
        assert_eq!(bench.at(path)["status"], "active");
    }
    let task = bench.at(&format!("{}/tasks", past.pending))["tasks"][0].take();
    assert_eq!(
        (&task["kind"], &task["state"]),
        (&json!("power"), &json!("failed"))
    );
    let why = task["error"].as_str().unwrap();
    assert!(why.contains("restored from a backup of 20"), "{why}");
    let shown = bench.at(&past.doomed);
    assert_eq!(shown["status"], "error");
    let why = shown["last_error"].as_str().unwrap();
    assert!(why.contains("delete it again"), "{why}");
    assert_eq!(bench.admin.get(&past.later).status, 404);
    let client = bench.daemon.tcp().with_token(&past.token);
    client.get("/v1/instances").expect(200);
    let entries = events(bench, "kind=audit&limit=100");
    let entry = entries
        .iter()
        .find(|of| of["audit"]["action"] == "ostlerd restore");
    let entry = entry.expect("an entry of the restore");
    assert!(entry["id"].as_i64() > newest, "no id comes twice");
    assert_eq!(entry["audit"]["ident"], *file);

    assert_free_is_held(&past);
    assert_eq!(past.controls(), before, "no machine was told anything");
    // What is wanted still is ordered again.
    bench.admin.delete(&past.doomed).expect(204);
    bench.wait_gone(&past.doomed);
}

/// The node whose instance the backup does not know is given to nobody until somebody has looked.
#[track_caller]
fn assert_free_is_held(past: &Past) {
    let bench = &past.bench;
    let free = bench.at(&node("free"));
    let held = (&free["maintenance"], &free["power_state"]);
    assert_eq!(held, (&json!(true), &Value::Null));
    let why = free["maintenance_reason"].as_str().unwrap();
    assert!(why.contains("may run here"), "{why}");
    let mut body = past.parts.instance("another");
    body["availability_zone"] = json!("z-free");
    bench.admin.post("/v1/instances", &body).expect_error(409);
    let maintenance = format!("{}/maintenance", node("free"));
    bench.admin.delete(&maintenance).expect(204);
    bench.wait_power(&node("free"), PowerState::On);
}

#[test]
fn what_is_no_backup_is_refused_and_nothing_is_changed() {
    let mut daemon = Daemon::start();
    let admin = daemon.unix();
    let bmc = json!({"address": "127.0.0.1", "username": "u", "password": "p"});
    let made = json!({"name": "n1", "bmc": bmc});
    admin.post("/v1/nodes", &made).expect(201);
    let good = backup(&daemon, "good.db");
    let running = refused(&daemon, &good);
    assert!(running.contains("systemctl stop"), "{running}");
    daemon.crash();

    let bytes = fs::read(&good).unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = daemon.directory().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let half = put("half.db", &bytes[..bytes.len() / 2]);
    let mut holed = bytes.clone();
    holed[8192..12288].fill(0x5a);
    let holed = put("holed.db", &holed);
    let text = put("text.db", b"not a database at all, but a text");
    let empty = put("empty.db", b"");
    let other = daemon.directory().join("other.db");
    let theirs = Connection::open(&other).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (x)").unwrap();
    let newer = put("newer.db", &bytes);
    let of_later = Connection::open(&newer).unwrap();
    of_later.pragma_update(None, "user_version", 9_999).unwrap();
    let dangling = put("dangling.db", &bytes);
    let broken = Connection::open(&dangling).unwrap();
    let orphan = "PRAGMA foreign_keys = 0; INSERT INTO ports (uuid, node_id, position, mac_address, pxe_enabled) \
         VALUES ('p', 'nobody', 0, '02:00:00:00:00:01', 1)";
    broken.execute_batch(orphan).unwrap();
    let in_use = put("in-use.db", &bytes);
    put("in-use.db-wal", b"the latest changes");
    for (file, word) in [
        (half, "damaged"),
        (holed, "damaged"),
        (text, "not a backup"),
        (empty, "not a backup"),
        (other, "not a backup"),
        (newer, "install the newer Ostler"),
        (dangling, "refers to"),
        (in_use, "in-use.db-wal"),
        (daemon.directory().join("state/ostler.db"), "in use"),
        (daemon.directory().join("nowhere.db"), "cannot read"),
    ] {
        let why = refused(&daemon, &file);
        assert!(why.contains(word), "{}: {why}", file.display());
    }
    daemon.start_again();
    assert_eq!(daemon.unix().get("/v1/nodes/n1").status, 200);
}

#[test]
fn a_key_that_does_not_open_the_backup_is_no_surprise_afterwards() {
    let mut daemon = Daemon::start();
    let bmc = json!({"address": "127.0.0.1", "username": "u", "password": "p"});
    let made = json!({"name": "n1", "bmc": bmc});
    daemon.unix().post("/v1/nodes", &made).expect(201);
    let file = backup(&daemon, "backup.db");
    let key = daemon.directory().join("state/credentials.key");
    let kept = daemon.directory().join("kept.key");
    fs::copy(&key, &kept).unwrap();
    assert!(daemon.stop());

    // As on another machine: a database and a key of its own, or none at all.
    fs::write(&key, [7; 32]).unwrap();
    let why = refused(&daemon, &file);
    assert!(
        why.contains("not the one") && why.contains("1 passwords"),
        "{why}"
    );
    fs::remove_file(&key).unwrap();
    let why = refused(&daemon, &file);
    assert!(why.contains("there is no key"), "{why}");
    let with_key = ["--key", kept.to_str().unwrap(), file.to_str().unwrap()];
    restore(&daemon, &with_key);
    assert!(!key.exists(), "it is looked at, and not put anywhere");
    fs::copy(&kept, &key).unwrap();
    daemon.start_again();
    assert!(daemon.stop());

    fs::remove_file(&key).unwrap();
    let told = restore(&daemon, &["--forget-key", file.to_str().unwrap()]);
    assert!(
        told.contains("1 passwords and secrets cannot be opened"),
        "{told}"
    );
    daemon.start_again();
    let entry = daemon.unix().get("/v1/nodes/n1").expect(200).json();
    assert_eq!(entry["name"], "n1");
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let mut daemon = Daemon::start();
    let admin = daemon.unix();
    admin
        .post("/v1/networks", &json!({"name": "new"}))
        .expect(201);
    let file = backup(&daemon, "backup.db");
    for (point, is_new) in [
        ("restore_prepared", false),
        ("restore_decided", true),
        ("restore_aside", true),
        ("restore_aside:2", true),
        ("restore_aside:4", true),
        ("restore_done", true),
    ] {
        let admin = daemon.unix();
        admin.delete("/v1/networks/new").expect(204);
        admin
            .post("/v1/networks", &json!({"name": "old"}))
            .expect(201);
        // A crash leaves a log beside the database, which belongs to it.
        daemon.crash();
        let mut killed = ostlerd(&daemon, &["restore", file.to_str().unwrap()]);
        let killed = killed.env("OSTLER_CRASH_AT", point).output().unwrap();
        let signal = killed.status.signal();
        assert_eq!(
            signal,
            Some(Signal::SIGKILL as i32),
            "{point}: {}",
            said(&killed)
        );
        daemon.start_again();
        let there = [has_network(&daemon, "old"), has_network(&daemon, "new")];
        assert_eq!(there, [!is_new, is_new], "{point}");
        let state = daemon.directory().join("state");
        let names: Vec<String> = fs::read_dir(&state)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(
            !names
                .iter()
                .any(|name| name.starts_with('.') || name.contains("restored-")),
            "{point}: {names:?}"
        );
        if is_new {
            let admin = daemon.unix();
            assert!(daemon.stop());
            assert_old_is_kept(&state, point);
            daemon.start_again();
            admin.get("/readyz").expect(200);
        } else {
            daemon.unix().delete("/v1/networks/old").expect(204);
            let again = json!({"name": "new"});
            daemon.unix().post("/v1/networks", &again).expect(201);
        }
    }
}

/// The newest of those that were put aside, with its log, has what was accepted last.
#[track_caller]
fn assert_old_is_kept(state: &Path, point: &str) {
    let mut aside: Vec<PathBuf> = fs::read_dir(state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.contains("before-restore") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    aside.sort();
    let aside = aside.pop().unwrap();
    let mode = fs::metadata(&aside).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "{point}");
    let of_before = Connection::open(&aside).unwrap();
    let sql = "SELECT count(*) FROM networks WHERE name = 'old'";
    let count: i64 = of_before.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1, "{point}: what was accepted last is kept");
}

#[test]
fn a_backup_comes_from_standard_input_onto_a_machine_that_has_nothing() {
    let mut daemon = Daemon::start();
    daemon
        .unix()
        .post("/v1/networks", &json!({"name": "lan"}))
        .expect(201);
    let file = backup(&daemon, "backup.db");
    assert!(daemon.stop());
    fs::remove_file(daemon.directory().join("state/ostler.db")).unwrap();
    let mut command = ostlerd(&daemon, &["restore", "--keep-free", "-"]);
    command.stdin(fs::File::open(&file).unwrap());
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
    daemon.start_again();
    until("the network to be there", || {
        has_network(&daemon, "lan").then_some(())
    });
}

#[test]
fn what_root_restores_belongs_to_whom_the_state_belongs() {
    if !nix::unistd::geteuid().is_root() {
        return skip("only root can give files to somebody else");
    }
    let mut daemon = Daemon::start();
    let file = backup(&daemon, "backup.db");
    assert!(daemon.stop());
    let state = daemon.directory().join("state");
    fs::remove_file(state.join("lock")).unwrap();
    let nobody = Some(65_534);
    for path in files(&state).keys().chain([&state]) {
        chown(path, nobody, nobody).unwrap();
    }
    restore(&daemon, &[file.to_str().unwrap()]);
    for name in ["ostler.db", "lock", "credentials.key"] {
        let of = fs::metadata(state.join(name)).unwrap();
        assert_eq!((of.uid(), of.gid()), (65_534, 65_534), "{name}");
        assert_eq!(of.mode() & 0o777, 0o600, "{name}");
    }
}
