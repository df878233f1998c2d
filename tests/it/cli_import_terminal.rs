//! `ostler node import` at a terminal: the plan, a question, a password that is not shown, and a bar.
#![cfg(test)]

use std::process::Command;

use crate::cli_import::daemon;
use crate::common::at_terminal::AtTerminal;
use crate::common::daemon::Daemon;

/// Runs an import of two nodes without passwords.
fn import(daemon: &Daemon) -> AtTerminal {
    let file = daemon.directory().join("nodes.csv");
    let table = "name,bmc_address,bmc_username\nt1,127.0.10.1,admin\nt2,127.0.10.2,admin\n";
    std::fs::write(&file, table).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostler"));
    command
        .args(["node", "import"])
        .arg(&file)
        .env("OSTLER_SOCKET", daemon.directory().join("ostler.sock"));
    AtTerminal::start(&mut command)
}

fn count(daemon: &Daemon) -> usize {
    let all = daemon.unix().get("/v1/nodes").expect(200).json();
    all["nodes"].as_array().unwrap().len()
}

#[test]
fn whoever_does_not_say_yes_has_changed_nothing() {
    let daemon = daemon();
    for answer in ["n", "", "no", "yesterday"] {
        let mut terminal = import(&daemon);
        terminal.wait_for("2 to create, 0 to change, 0 as the file says");
        terminal.wait_for("Do it? [y/N] ");
        terminal.type_line(answer);
        let (code, seen) = terminal.end();
        assert_eq!(code, Some(130), "{answer:?}: {seen}");
        assert!(seen.contains("nothing was changed"), "{seen}");
    }
    assert_eq!(count(&daemon), 0);
}

#[test]
fn with_yes_a_password_that_the_file_lacks_is_asked_for_and_not_shown() {
    let daemon = daemon();
    let mut terminal = import(&daemon);
    terminal.wait_for("Do it? [y/N] ");
    terminal.type_line("y");
    terminal.wait_for("Password of the BMCs of 2 nodes: ");
    terminal.type_line("s3cret");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("] 0 of 2 nodes"), "no bar in {seen}");
    assert!(
        seen.contains("2 created, 0 changed, 0 as the file said"),
        "{seen}"
    );
    assert!(!seen.contains("s3cret"), "{seen}");
    assert_eq!(count(&daemon), 2);
}
