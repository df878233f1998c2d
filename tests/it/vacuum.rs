//! The database file while no daemon works with it: it is checked, made smaller, and what is wrong with it is told and left alone.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::FileExt as _;

use rusqlite::Connection;
use serde_json::json;

use crate::common::daemon::Daemon;
use crate::common::offline::{files, ostlerd, said};

/// A daemon that had many networks, and has one.
fn shrunk() -> Daemon {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    admin
        .post("/v1/networks", &json!({"name": "kept"}))
        .expect(201);
    for number in 0..300 {
        let network = json!({"name": format!("net-{number}-{}", "x".repeat(200))});
        let made = admin.post("/v1/networks", &network).expect(201).json();
        let path = format!("/v1/networks/{}", made["uuid"].as_str().unwrap());
        admin.delete(&path).expect(204);
    }
    daemon
}

fn sizes(told: &str) -> Vec<u64> {
    let words = told.split_whitespace();
    words.filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn a_vacuum_gives_room_back_and_loses_nothing_also_after_a_crash() {
    let mut daemon = shrunk();
    let state = daemon.directory().join("state");
    let before = files(&state).keys().count();
    let refused = ostlerd(&daemon, &["vacuum"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("systemctl stop"),
        "{}",
        said(&refused)
    );
    assert_eq!(files(&state).keys().count(), before);

    // What was accepted last is in the log alone.
    daemon.crash();
    Connection::open(state.join("ostler.db"))
        .unwrap()
        .execute_batch("DELETE FROM events")
        .unwrap();
    let done = ostlerd(&daemon, &["vacuum"]).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
    let [after, before] = sizes(&said(&done))[..] else {
        panic!("{}", said(&done));
    };
    assert!(after < before, "{}", said(&done));
    let size = fs::metadata(state.join("ostler.db")).unwrap().len();
    assert_eq!(size.div_ceil(1024), after);
    daemon.start_again();
    daemon.unix().get("/v1/networks/kept").expect(200);
    assert!(daemon.stop());
    assert!(!state.join("ostler.db-wal").exists());
}

#[test]
fn a_check_of_the_database_says_how_it_is_and_changes_nothing() {
    let mut daemon = Daemon::start();
    let admin = daemon.unix();
    let bmc = json!({"address": "127.0.0.1", "username": "u", "password": "p"});
    let made = json!({"name": "n1", "bmc": bmc});
    admin.post("/v1/nodes", &made).expect(201);
    let state = daemon.directory().join("state");
    let check = |daemon: &Daemon, works: bool| {
        let done = ostlerd(daemon, &["check", "--database"]).output().unwrap();
        assert_eq!(done.status.success(), works, "{}", said(&done));
        said(&done)
    };
    let told = check(&daemon, true);
    assert!(
        told.contains("is whole") && told.contains("1 node,"),
        "{told}"
    );
    assert!(told.contains("The key opens the secrets"), "{told}");
    admin
        .post("/v1/networks", &json!({"name": "meanwhile"}))
        .expect(201);
    assert!(daemon.stop());

    let before = files(&state);
    check(&daemon, true);
    assert_eq!(files(&state), before);
    let key = state.join("credentials.key");
    let right = fs::read(&key).unwrap();
    fs::write(&key, [7; 32]).unwrap();
    let told = check(&daemon, false);
    assert!(told.contains("does not open the secrets"), "{told}");
    fs::remove_file(&key).unwrap();
    let told = check(&daemon, true);
    assert!(
        told.contains("was not looked at") && !key.exists(),
        "{told}"
    );
    fs::write(&key, &right).unwrap();

    // A page in the middle is overwritten.
    let database = state.join("ostler.db");
    let file = fs::OpenOptions::new().write(true).open(&database).unwrap();
    file.write_all_at(&[0x5a; 4096], 8 * 4096).unwrap();
    let before = files(&state);
    let told = check(&daemon, false);
    assert!(
        told.contains("damaged") && told.contains("ostlerd restore"),
        "{told}"
    );
    let refused = ostlerd(&daemon, &["vacuum"]).output().unwrap();
    assert!(said(&refused).contains("damaged"), "{}", said(&refused));
    assert_eq!(files(&state), before);
}

#[test]
fn a_database_that_is_newer_or_no_database_is_refused_at_the_start_and_left_as_it_is() {
    let mut daemon = Daemon::start();
    assert!(daemon.stop());
    let state = daemon.directory().join("state");
    let database = state.join("ostler.db");
    let right = fs::read(&database).unwrap();
    Connection::open(&database)
        .unwrap()
        .pragma_update(None, "user_version", 9_999)
        .unwrap();
    let newer = fs::read(&database).unwrap();
    let mut garbled = right.clone();
    garbled[..16].fill(0x5a);
    let mut schema = right.clone();
    schema[100..200].fill(0x5a);
    for (bytes, word) in [
        (newer, "install the newer Ostler again"),
        (garbled, "is damaged"),
        (schema, "is damaged"),
    ] {
        fs::write(&database, bytes).unwrap();
        let before = files(&state);
        let log = daemon.log().len();
        assert!(!daemon.try_to_start());
        let log = daemon.log().split_off(log);
        assert!(log.contains(word), "{word}: {log}");
        assert_eq!(files(&state), before);
        for command in ["vacuum", "check --database"] {
            let words: Vec<&str> = command.split(' ').collect();
            let refused = ostlerd(&daemon, &words).output().unwrap();
            assert!(!refused.status.success(), "{command}");
            assert!(said(&refused).contains(word), "{}", said(&refused));
        }
        assert_eq!(files(&state), before);
    }
    fs::write(&database, right).unwrap();
    daemon.start_again();
}
