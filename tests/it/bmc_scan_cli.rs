//! `ostler bmc scan` from the command line, against simulated BMCs on addresses of their own.
#![cfg(test)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ostler::sim::{SimBmc, SimBmcConfig};
use serde_json::Value;

use crate::common::sim::SimRack;
use crate::common::wait::until;

/// BMCs on these addresses of 127.0.0.0/8, all on one port.
fn bmcs(addresses: &[[u8; 4]]) -> (Vec<(SimRack, SimBmc)>, String) {
    let (mut bmcs, mut port) = (Vec::new(), 0);
    for address in addresses {
        let mut config = SimBmcConfig::new("bmc");
        config.bind = (*address, port).into();
        bmcs.push(SimRack::one(config));
        port = bmcs[0].1.address().port();
    }
    (bmcs, port.to_string())
}

fn start(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ostler(args: &[&str]) -> Output {
    start(args).wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_scan_of_a_network_finds_its_three_bmcs_and_nothing_more() {
    let (three, port) = bmcs(&[[127, 0, 71, 1], [127, 0, 71, 77], [127, 0, 71, 254]]);
    let scan = ["bmc", "scan", "127.0.71.0/24", "--port", &port];
    let output = ostler(&[&["--json"], &scan[..]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "", "no bar where there is no terminal");
    let mut found: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    found.sort_by_key(|entry| entry["address"].to_string().len());
    let addresses: Vec<&str> = found
        .iter()
        .map(|entry| entry["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses, ["127.0.71.1", "127.0.71.77", "127.0.71.254"]);
    assert_eq!(found[0]["offered_suites"], serde_json::json!([3, 17]));
    for (_, bmc) in &three {
        assert_eq!(bmc.counters().open_session_requests, 0);
        // A ping and two questions, each sent three times at most.
        assert!((3..=9).contains(&bmc.counters().packets_in));
    }
    let table = stdout(&ostler(&scan));
    let rows: Vec<&str> = table.lines().collect();
    assert!(
        rows[0].starts_with("BMC") && rows[1].starts_with("127.0.71.1 "),
        "{table}"
    );
    assert_eq!(rows.len(), 4, "{table}");
}

#[test]
fn ranges_lists_and_ports_are_scanned_and_a_bad_name_does_not_keep_the_rest() {
    let (two, port) = bmcs(&[[127, 0, 72, 2], [127, 0, 72, 9]]);
    let ports = format!("{port},1");
    for (place, ports, expected) in [
        (
            "127.0.72.2-127.0.72.4",
            &port,
            vec!["127.0.72.2".to_owned()],
        ),
        ("127.0.72.[3,9]", &port, vec!["127.0.72.9".to_owned()]),
        ("127.0.72.8-9", &ports, vec![format!("127.0.72.9:{port}")]),
    ] {
        let output = ostler(&["-q", "bmc", "scan", place, "--port", ports]);
        assert!(output.status.success());
        assert_eq!(
            stdout(&output).lines().collect::<Vec<_>>(),
            expected,
            "{place}"
        );
    }
    let names = ["127.0.72.9", "no-such-bmc.invalid", "127.0.72.9"];
    let output = ostler(&[&["-q", "bmc", "scan", "--port", &port], &names[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "127.0.72.9\n", "once, though named twice");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("no-such-bmc.invalid:"), "{errors}");
    drop(two);
}

#[test]
fn what_is_too_much_or_makes_no_sense_is_refused_before_a_packet_leaves() {
    for args in [
        &["127.0.0.0/15"][..],
        &["fd00::/64"],
        &["127.0.0.0/17", "127.0.128.0/17", "--port", "1-2"],
        &["127.0.0.300"],
        &["127.0.0.1", "--port", "0"],
        &["127.0.0.1", "--rate", "100000"],
        &[],
    ] {
        let output = ostler(&[&["bmc", "scan"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn ctrl_c_ends_a_scan_with_what_was_found_so_far() {
    let (two, port) = bmcs(&[[127, 0, 73, 1], [127, 0, 73, 99]]);
    let scan = [
        "bmc",
        "scan",
        "127.0.73.0/24",
        "--rate",
        "100",
        "--port",
        &port,
    ];
    let interrupt = |child: &Child| {
        kill(
            Pid::from_raw(child.id().try_into().unwrap()),
            Signal::SIGINT,
        )
        .unwrap();
    };

    let table = start(&scan);
    // By then the first has long been done with, and most of the network is still to come.
    until("the second BMC to be asked", || {
        (two[1].1.counters().packets_in > 0).then_some(())
    });
    interrupt(&table);
    let output = table.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(
        stdout(&output).contains("127.0.73.1 "),
        "{}",
        stdout(&output)
    );
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("of 254 addresses were asked"), "{errors}");

    // Programs get each at once.
    let mut lines = start(&[&["--json"], &scan[..]].concat());
    let mut first = String::new();
    let mut reader = BufReader::new(lines.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["address"], "127.0.73.1");
    interrupt(&lines);
    assert_eq!(lines.wait().unwrap().code(), Some(130));
}
