//! `ostler bmc` from the command line, against the simulated rack on loopback.
#![cfg(test)]

use std::process::{Command, Output};

use ostler::sim::{SimBmcConfig, Suite};
use serde_json::Value;

use crate::common::sim::SimRack;

fn ostler(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(["--json", "bmc"])
        .args(args)
        .output()
        .unwrap()
}

fn answer(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_probe_says_what_works_and_a_wrong_password_is_tried_once() {
    let mut config = SimBmcConfig::new("one");
    config.suites = vec![Suite::Sha1];
    let (_rack, bmc) = SimRack::one(config);
    let port = bmc.address().port().to_string();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("password");
    let probe = |password: &str| {
        std::fs::write(&file, password).unwrap();
        let path = file.to_str().unwrap();
        let login = ["--username", "admin", "--password-file", path];
        answer(&ostler(
            &[&["probe", "127.0.0.1", "--port", &port], &login[..]].concat(),
        ))
    };
    let found = probe("admin\n");
    assert_eq!(found["offered_suites"], serde_json::json!([3]));
    assert_eq!(found["results"][0], "suite 17 is refused");
    assert_eq!(found["results"][1], "suite 3 works");
    assert_eq!(found["sessions_possible"], 4);
    assert_eq!(found["power"], "power off");
    assert_eq!(bmc.counters().sessions_open, 0);
    let found = probe("wrong");
    assert_eq!(found["results"][1], "suite 3 refuses the password");
    assert_eq!(bmc.counters().sessions_open, 0);
}

#[test]
fn a_scan_finds_those_that_answer_and_refuses_more_than_a_slash_16() {
    let first = SimRack::one(SimBmcConfig::new("first"));
    let port = first.1.address().port();
    let mut config = SimBmcConfig::new("second");
    config.bind = ([127, 0, 0, 5], port).into();
    let _second = SimRack::one(config);
    let port = port.to_string();
    let found = answer(&ostler(&["scan", "127.0.0.0/28", "--port", &port]));
    let addresses: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses, ["127.0.0.1", "127.0.0.5"]);
    assert_eq!(ostler(&["scan", "127.0.0.0/15"]).status.code(), Some(2));
}
