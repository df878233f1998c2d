//! The key that seals secrets is changed while the daemon runs, and killed anywhere on the way everything opens afterwards. A
//! key that is not the database's is refused.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use ostler::model::power::PowerState;
use ostler::sim::{SimBmc, SimBmcConfig, SimUser};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::common::bench::{Bench, bmc_settings, node, register};
use crate::common::daemon::{Daemon, Surroundings};
use crate::common::sim::SimRack;
use crate::common::wait::until;

const POWER: &str = "poll_interval_secs = 1\n";
const KG: &str = "KaGee-sikrit-key";

/// A node with a password and a K_G, and a webhook with a secret, on this daemon.
fn bench(daemon: Daemon) -> (Bench, SimBmc) {
    let mut config = SimBmcConfig::new("n");
    config.users = vec![SimUser::administrator("admin", "admin")];
    config.kg = Some(KG.as_bytes().to_vec());
    config.session_cap = 15;
    let rack = SimRack::start(vec![config]);
    let bmc = rack.by_name("n").unwrap();
    let admin = daemon.unix();
    let mut settings = bmc_settings(&bmc);
    settings["kg"] = json!(KG);
    register(&admin, "n", settings);
    let hook =
        json!({"name": "hook", "url": "http://127.0.0.1:9/", "secret": "sikrit-of-the-hook"});
    admin.post("/v1/webhooks", &hook).expect(201);
    let bench = Bench {
        rack,
        daemon,
        admin,
    };
    bench.wait_power(&node("n"), bmc.power());
    (bench, bmc)
}

/// Ostler opens what it has stored: somebody turns the machine, and that is read after a restart, with a new login.
#[track_caller]
fn assert_opens(bench: &mut Bench, bmc: &SimBmc) {
    bench.daemon.crash();
    bench.daemon.start_again();
    assert_reads(bench, bmc);
}

#[track_caller]
fn assert_reads(bench: &Bench, bmc: &SimBmc) {
    let power = match bmc.power() {
        PowerState::On => PowerState::Off,
        PowerState::Off => PowerState::On,
    };
    bmc.set_power(power);
    bench.wait_power(&node("n"), power);
}

fn state(daemon: &Daemon) -> PathBuf {
    daemon.directory().join("state")
}

fn key(daemon: &Daemon) -> Vec<u8> {
    fs::read(state(daemon).join("credentials.key")).unwrap()
}

/// One key file, which only its owner reads, and nothing beside it.
#[track_caller]
fn assert_one_key(daemon: &Daemon) {
    let names = fs::read_dir(state(daemon)).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let keys: Vec<String> = names.filter(|name| name.contains("credentials")).collect();
    assert_eq!(keys, ["credentials.key"]);
    let file = fs::metadata(state(daemon).join("credentials.key")).unwrap();
    assert_eq!((file.permissions().mode() & 0o777, file.len()), (0o600, 32));
}

/// What is sealed in the file now.
fn sealed(state: &Path) -> Vec<Vec<u8>> {
    const SQL: &str = "SELECT bmc_password FROM nodes UNION ALL SELECT bmc_kg FROM nodes \
         UNION ALL SELECT secret FROM webhooks UNION ALL SELECT proof FROM sealing_key";
    let file = state.join("ostler.db");
    let file = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = file.prepare(SQL).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn everything_is_sealed_with_a_new_key_and_nothing_is_left_of_the_old_one() {
    let (mut bench, bmc) = bench(Daemon::with_power(POWER));
    let (before, old) = (sealed(&state(&bench.daemon)), key(&bench.daemon));
    assert_eq!(before.len(), 4);
    let rotated = bench.admin.post("/v1/keys/rotate", &json!({})).expect(200);
    assert_eq!(rotated.json(), json!({"secrets": 3, "unreadable": 0}));
    assert_ne!(key(&bench.daemon), old);
    assert_one_key(&bench.daemon);
    assert_reads(&bench, &bmc);
    assert_opens(&mut bench, &bmc);
    assert!(bench.daemon.stop());
    let after = sealed(&state(&bench.daemon));
    let file = fs::read(state(&bench.daemon).join("ostler.db")).unwrap();
    for value in &before {
        assert!(!after.contains(value));
        let mut parts = file.windows(value.len());
        assert!(
            !parts.any(|part| part == value),
            "old ciphertext is in the file"
        );
    }
}

#[test]
fn killed_at_every_point_everything_opens_afterwards() {
    let (mut bench, bmc) = bench(Daemon::with_power(POWER));
    for (point, at_the_next_start) in [
        ("key_written", None),
        ("key_written", Some("reseal_start.before")),
        ("reseal.before", Some("reseal_start.after")),
        ("reseal.after", None),
        ("key_replaced", None),
    ] {
        let old = key(&bench.daemon);
        bench.daemon.crash();
        bench.daemon.start_again_dying_at(point);
        until("the daemon to be there", || {
            let ready = bench.admin.try_send("GET", "/readyz", None);
            ready.ok().filter(|answer| answer.status == 200)
        });
        assert!(
            bench
                .admin
                .try_send("POST", "/v1/keys/rotate", None)
                .is_err()
        );
        until(&format!("the daemon to die at {point}"), || {
            bench.daemon.has_crashed().then_some(())
        });
        if let Some(next) = at_the_next_start {
            bench.daemon.start_again_dying_at(next);
            until(&format!("the daemon to die at {next}"), || {
                bench.daemon.has_crashed().then_some(())
            });
        }
        bench.daemon.start_again();
        assert_one_key(&bench.daemon);
        assert_ne!(key(&bench.daemon), old, "{point}: it went forward");
        assert_reads(&bench, &bmc);
        assert_opens(&mut bench, &bmc);
    }
}

#[test]
fn a_key_that_is_missing_or_another_databases_is_refused_until_it_is_restored_or_forgotten() {
    let (mut bench, bmc) = bench(Daemon::with_power(POWER));
    let file = state(&bench.daemon).join("credentials.key");
    let right = key(&bench.daemon);
    assert!(bench.daemon.stop());
    let before = sealed(&state(&bench.daemon));

    fs::remove_file(&file).unwrap();
    assert!(!bench.daemon.try_to_start());
    assert!(
        bench.daemon.log().contains("there is no key"),
        "{}",
        bench.daemon.log()
    );
    assert!(!file.exists(), "none is made in its place");
    fs::write(&file, [7; 32]).unwrap();
    assert!(!bench.daemon.try_to_start());
    assert!(
        bench.daemon.log().contains("is not the one"),
        "{}",
        bench.daemon.log()
    );
    assert_eq!(sealed(&state(&bench.daemon)), before);

    fs::write(&file, right).unwrap();
    bench.daemon.start_again();
    assert_reads(&bench, &bmc);
    assert!(bench.daemon.stop());

    fs::remove_file(&file).unwrap();
    let mut forget = Command::new(env!("CARGO_BIN_EXE_ostlerd"));
    forget.arg("--config");
    forget.arg(bench.daemon.directory().join("ostler.toml"));
    assert!(forget.arg("forget-key").status().unwrap().success());
    bench.daemon.start_again();
    until("the node to say what to do", || {
        let shown = bench.at(&node("n"));
        let error = shown["last_error"].as_str().unwrap_or_default();
        error
            .contains("set the node's credentials again")
            .then_some(())
    });
    let patch = json!([
        {"op": "replace", "path": "/bmc/password", "value": "admin"},
        {"op": "replace", "path": "/bmc/kg", "value": KG},
    ]);
    bench.admin.patch(&node("n"), &patch).expect(200);
    assert_opens(&mut bench, &bmc);
}

#[test]
fn a_key_that_systemd_gives_is_changed_by_giving_two_for_a_while() {
    let daemon = Daemon::with_surroundings(POWER, |directory| {
        let credentials = directory.join("credentials");
        fs::create_dir(&credentials).unwrap();
        fs::write(credentials.join("credentials.key"), [1; 32]).unwrap();
        let directory = credentials.display().to_string();
        let env = vec![("CREDENTIALS_DIRECTORY".to_owned(), directory)];
        Ok::<_, String>(Surroundings {
            env,
            ..Surroundings::default()
        })
    });
    let (mut bench, bmc) = bench(daemon.unwrap());
    let given = bench.daemon.directory().join("credentials");
    let before = sealed(&state(&bench.daemon));
    let refused = bench.admin.post("/v1/keys/rotate", &json!({}));
    let why = refused.expect_error(409);
    assert!(why.contains("credentials.key.new"), "{why}");
    assert_eq!(sealed(&state(&bench.daemon)), before);

    fs::write(given.join("credentials.key.new"), [2; 32]).unwrap();
    assert_opens(&mut bench, &bmc);
    let after = sealed(&state(&bench.daemon));
    assert!(after.iter().all(|value| !before.contains(value)));
    assert!(bench.daemon.log().contains("put it in the old one's place"));
    // Both are there for as long as it takes somebody.
    assert_opens(&mut bench, &bmc);
    assert_eq!(sealed(&state(&bench.daemon)), after, "it is done once");
    fs::rename(
        given.join("credentials.key.new"),
        given.join("credentials.key"),
    )
    .unwrap();
    assert_opens(&mut bench, &bmc);
    assert!(!state(&bench.daemon).join("credentials.key").exists());
}
