//! A backup is taken while everything goes on: it has all that was accepted before, is whole, and shows no secret. Nothing of it
//! stays beside the database, and under its name there is a whole backup or nothing.
#![cfg(test)]

use std::fs;
use std::io::{BufReader, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::daemon::{Daemon, Surroundings};
use crate::common::http::Client;
use crate::common::offline::said;
use crate::common::served::Request;
use crate::common::skip::skip;
use crate::common::small_disk::SmallDisk;
use crate::common::wait::until;

const PASSWORD: &str = "Kestrel-backup-pass";

/// `ostler`, on the daemon's socket.
fn ostler(daemon: &Daemon, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostler"));
    command.env("OSTLER_SOCKET", daemon.directory().join("ostler.sock"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What SQLite says of a file that is opened without a right to write.
fn ask(file: &Path, sql: &str) -> Vec<String> {
    let file = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = file.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What lies in the state directory, but for the database's own files.
fn left_in_state(daemon: &Daemon) -> Vec<String> {
    let mut names = names_in(&daemon.directory().join("state"));
    names.retain(|name| !name.starts_with("ostler.db") && name != "credentials.key");
    names.retain(|name| name != "lock");
    names
}

fn make_network(admin: &Client, number: u32) -> u16 {
    let network = json!({"name": format!("net-{number}")});
    admin.post("/v1/networks", &network).status
}

#[test]
fn a_backup_under_load_has_all_that_was_accepted_before_it_and_is_whole() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let target = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let makers: Vec<_> = (0..3_u32)
            .map(|maker| {
                let (daemon, stop) = (&daemon, &stop);
                scope.spawn(move || {
                    let admin = daemon.unix();
                    let mut accepted = 0;
                    while !stop.load(Ordering::Relaxed) {
                        assert_eq!(make_network(&admin, maker * 1_000_000 + accepted), 201);
                        accepted += 1;
                    }
                    accepted
                })
            })
            .collect();
        for round in 0..3 {
            let marker = json!({"name": format!("before-{round}")});
            admin.post("/v1/networks", &marker).expect(201);
            let before = admin.get("/v1/networks?limit=10000").expect(200).json();
            let file = target.path().join(format!("backup-{round}.db"));
            let done = ostler(&daemon, &["backup", file.to_str().unwrap()]).output();
            let done = done.unwrap();
            assert!(done.status.success(), "{}", said(&done));
            assert!(said(&done).contains("credentials.key"), "{}", said(&done));
            let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "for its owner alone");
            assert_eq!(ask(&file, "PRAGMA integrity_check"), ["ok"]);
            assert_eq!(ask(&file, "PRAGMA journal_mode"), ["delete"]);
            let names = ask(&file, "SELECT name FROM networks");
            for network in before["networks"].as_array().unwrap() {
                let name = network["name"].as_str().unwrap().to_owned();
                assert!(names.contains(&name), "{name} is not in the backup");
            }
            let audit = "SELECT audit ->> '$.action' FROM events WHERE kind = 'audit' ORDER BY id";
            let audit = ask(&file, audit);
            assert!(audit.contains(&"POST /v1/backup".to_owned()), "{audit:?}");
        }
        stop.store(true, Ordering::Relaxed);
        for maker in makers {
            assert!(maker.join().unwrap() > 0, "no changes went on meanwhile");
        }
    });
    assert_eq!(names_in(target.path()).len(), 3, "and nothing beside them");
    assert_eq!(left_in_state(&daemon), [""; 0]);
}

#[test]
fn a_backup_shows_no_secret_and_its_digest_is_true_on_every_transport() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let bmc = json!({"address": "127.0.0.1", "username": "u", "password": PASSWORD});
    let node = json!({"name": "n1", "bmc": bmc});
    admin.post("/v1/nodes", &node).expect(201);
    let token = daemon.token("root", "ops", "admin");
    for client in [admin, daemon.tcp().with_token(&token)] {
        let answer = client.send("POST", "/v1/backup", None).expect(200);
        assert_eq!(
            answer.header("content-type"),
            Some("application/vnd.sqlite3")
        );
        assert!(answer.body.starts_with(b"SQLite format 3\0"));
        let digest: String = Sha256::digest(&answer.body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(answer.header("x-ostler-sha256"), Some(digest.as_str()));
        let key = fs::read(daemon.directory().join("state/credentials.key")).unwrap();
        for secret in [PASSWORD.as_bytes(), token.as_bytes(), &key] {
            let mut parts = answer.body.windows(secret.len());
            assert!(!parts.any(|part| part == secret), "a secret is in clear");
        }
    }
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_force_and_never_in_part() {
    let daemon = Daemon::start();
    let target = tempfile::tempdir().unwrap();
    let file = target.path().join("backup.db");
    let at = file.to_str().unwrap();
    fs::write(&file, "somebody's").unwrap();
    let refused = ostler(&daemon, &["backup", at]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("--force"), "{}", said(&refused));
    assert_eq!(fs::read(&file).unwrap(), b"somebody's");
    let forced = ostler(&daemon, &["--json", "backup", "--force", at]).output();
    let told: Value = serde_json::from_slice(&forced.unwrap().stdout).unwrap();
    assert_eq!(told["bytes"], fs::metadata(&file).unwrap().len());
    assert_eq!(ask(&file, "PRAGMA integrity_check"), ["ok"]);
    let is_directory = ostler(&daemon, &["backup", target.path().to_str().unwrap()]);
    let refused = { is_directory }.output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    let nowhere = target.path().join("nowhere/backup.db");
    let refused = ostler(&daemon, &["backup", nowhere.to_str().unwrap()]).output();
    assert_eq!(refused.unwrap().status.code(), Some(1));

    let before = fs::read(&file).unwrap();
    let piped = ostler(&daemon, &["backup", "-"]).output().unwrap();
    assert!(piped.stdout.starts_with(b"SQLite format 3\0"));
    let broken = liar(target.path(), 4);
    let mut cut_off = Command::new(env!("CARGO_BIN_EXE_ostler"));
    cut_off.env("OSTLER_SOCKET", &broken);
    let cut_off = cut_off.args(["backup", "--force", at]).output().unwrap();
    assert_eq!(cut_off.status.code(), Some(1), "{}", said(&cut_off));
    assert_eq!(fs::read(&file).unwrap(), before, "the old one is untouched");
    assert_eq!(names_in(target.path()), ["backup.db", "liar.sock"]);
}

/// A daemon that says that it sends so many bytes, sends four, and they are not what it says.
fn liar(directory: &Path, length: usize) -> PathBuf {
    let socket = directory.join("liar.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        let mut streams = Vec::new();
        for stream in listener.incoming() {
            let mut stream: UnixStream = stream.unwrap();
            Request::read(&mut BufReader::new(&stream));
            let digest = "0".repeat(64);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nX-Ostler-Sha256: {digest}\r\nContent-Length: {length}\r\n\r\nSQLi"
            );
            stream.write_all(answer.as_bytes()).ok();
            streams.push(stream);
        }
    });
    socket
}

#[test]
fn a_backup_that_is_interrupted_leaves_nothing() {
    let target = tempfile::tempdir().unwrap();
    let slow = liar(target.path(), 1_000);
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ostler"));
        command.env("OSTLER_SOCKET", &slow).stderr(Stdio::null());
        command.arg("backup").arg(target.path().join("backup.db"));
        let mut ostler = command.spawn().unwrap();
        until("the first bytes to come", || {
            let names = names_in(target.path());
            let unfinished = names.iter().find(|name| name.ends_with(".unfinished"))?;
            let length = fs::metadata(target.path().join(unfinished)).ok()?.len();
            (length == 4).then_some(())
        });
        kill(Pid::from_raw(ostler.id().try_into().unwrap()), signal).unwrap();
        assert_eq!(ostler.wait().unwrap().code(), Some(130));
        assert_eq!(names_in(target.path()), ["liar.sock"]);
    }
}

#[test]
fn a_damaged_database_is_called_so_and_gives_no_backup() {
    let mut daemon = Daemon::start();
    let image = json!({"name": "debian", "boot": "disk"});
    daemon.unix().post("/v1/images", &image).expect(201);
    assert!(daemon.stop());
    let database = daemon.directory().join("state/ostler.db");
    let page = ask(
        &database,
        "SELECT rootpage || '' FROM sqlite_schema WHERE name = 'images'",
    );
    let page: u64 = page[0].parse().unwrap();
    daemon.start_again();
    let file = fs::OpenOptions::new().write(true).open(&database).unwrap();
    file.write_all_at(&[0x5a; 4096], (page - 1) * 4096).unwrap();
    let why = daemon.unix().send("POST", "/v1/backup", None);
    let why = why.expect_error(500);
    assert!(
        why.contains("damaged") && why.contains("ostlerd restore"),
        "{why}"
    );
    assert_eq!(left_in_state(&daemon), [""; 0]);
}

#[test]
fn nothing_stays_of_a_backup_whose_client_goes_or_whose_daemon_is_killed() {
    let mut daemon = Daemon::start();
    let admin = daemon.unix();
    for number in 0..50 {
        make_network(&admin, number);
    }
    // One that does not read its answer has the only place, until it goes.
    let mut stream = UnixStream::connect(daemon.directory().join("ostler.sock")).unwrap();
    stream
        .write_all(b"POST /v1/backup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    stream.read_exact(&mut [0; 12]).unwrap();
    assert_eq!(left_in_state(&daemon), [""; 0], "it has no name any more");
    drop(stream);
    admin.send("POST", "/v1/backup", None).expect(200);
    daemon.crash();
    daemon.start_again_dying_at("backup_copied");
    until("the daemon to be there", || {
        let ready = admin.try_send("GET", "/readyz", None);
        ready.ok().filter(|answer| answer.status == 200)
    });
    assert!(admin.try_send("POST", "/v1/backup", None).is_err());
    until("the daemon to die", || daemon.has_crashed().then_some(()));
    assert_eq!(left_in_state(&daemon).len(), 1, "half a backup");
    daemon.start_again();
    assert_eq!(left_in_state(&daemon), [""; 0], "it is swept");
    admin.send("POST", "/v1/backup", None).expect(200);
}

#[test]
fn a_second_backup_waits_a_while_for_the_first_and_is_told_when_to_come_again() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    // More than the buffers of a socket take.
    for number in 0..60 {
        let user_data = "x".repeat(60_000);
        let image = json!({"name": format!("i{number}"), "boot": "disk", "user_data": user_data});
        admin.post("/v1/images", &image).expect(201);
    }
    let mut slow = UnixStream::connect(daemon.directory().join("ostler.sock")).unwrap();
    slow.write_all(b"POST /v1/backup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    slow.read_exact(&mut [0; 12]).unwrap();
    let file = daemon.directory().join("backup.db");
    let refused = ostler(&daemon, &["backup", file.to_str().unwrap()]).output();
    let refused = refused.unwrap();
    assert_eq!(refused.status.code(), Some(6), "{}", said(&refused));
    assert!(
        said(&refused).contains("another backup"),
        "{}",
        said(&refused)
    );
    assert!(!file.exists());
    assert_eq!(make_network(&admin, 1), 201, "changes go on");
    drop(slow);
    admin.send("POST", "/v1/backup", None).expect(200);
}

#[test]
fn a_backup_that_would_fill_the_disk_is_refused_before_it_begins() {
    let mut disk = None;
    let daemon = Daemon::with_surroundings("", |directory| {
        let state = directory.join("state");
        fs::create_dir(&state).unwrap();
        let made = SmallDisk::mount(&state, 12)?;
        let prefix = made.prefix();
        disk = Some(made);
        Ok(Surroundings {
            prefix,
            ..Surroundings::default()
        })
    });
    let daemon = match daemon {
        Ok(daemon) => daemon,
        Err(why) => return skip(&why),
    };
    let admin = daemon.unix();
    let refused = admin.send("POST", "/v1/backup", None);
    assert!(refused.header("retry-after").is_some());
    let why = refused.expect_error(507);
    assert!(why.contains("make room"), "{why}");
    assert_eq!(make_network(&admin, 1), 201, "and changes go on");
    let file = daemon.directory().join("backup.db");
    let refused = ostler(&daemon, &["backup", file.to_str().unwrap()]).output();
    assert!(said(&refused.unwrap()).contains("make room"));
    assert!(!file.exists());
}
