//! `ostler --url https://…`: whom it believes, and what it says where it does not.

#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in here is the test's failure"
)]

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::daemon::{Daemon, free_port_of};
use crate::common::tls::Authority;

/// Runs `ostler` with a token of the daemon.
fn ostler(daemon: &Daemon, words: &[&str], ca_variable: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostler"));
    command
        .args(words)
        .env_remove("OSTLER_URL")
        .env_remove("OSTLER_CA_FILE")
        .env("OSTLER_TOKEN", daemon.token("root", "default", "admin"));
    if let Some(file) = ca_variable {
        command.env("OSTLER_CA_FILE", file);
    }
    command.output().unwrap()
}

#[track_caller]
fn fails(ended: &Output, code: i32, says: &[&str]) {
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{said}");
    for what in says {
        assert!(said.contains(what), "{what:?} is not in: {said}");
    }
}

#[test]
fn https_works_with_the_file_of_the_authority_and_says_so_without() {
    let authority = Authority::new();
    let local = free_port_of(Ipv4Addr::LOCALHOST);
    let port = local.port();
    let daemon = authority.daemon(vec![local], "");
    let file = daemon.directory().join("ca.pem");
    authority.write_to(&file);
    let ca = file.to_str().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("https://{host}:{port}");
        let url = url.as_str();
        let list = ["--json", "--url", url, "type", "list"];
        let with_file = [&["--ca-file", ca], &list[..]].concat();
        let by_option = ostler(&daemon, &with_file, None);
        let by_variable = ostler(&daemon, &list, Some(&file));
        for ended in [by_option, by_variable] {
            assert!(ended.status.success(), "{ended:?}");
            // Nothing crosses the network in clear.
            assert!(ended.stderr.is_empty(), "{ended:?}");
            assert_eq!(ended.stdout, b"[]\n");
        }
        let says = ["no TLS with https://", "--ca-file or OSTLER_CA_FILE"];
        fails(&ostler(&daemon, &list, None), 6, &says);
        // Another authority is as good as none, also one of the same name.
        let other = daemon.directory().join("other.pem");
        Authority::new().write_to(&other);
        fails(&ostler(&daemon, &list, Some(&other)), 6, &says);
    }
}

#[test]
fn what_is_wrong_with_a_connection_or_a_file_is_told() {
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    let file = daemon.directory().join("ca.pem");
    authority.write_to(&file);
    authority.sign_into(daemon.directory(), &["rack7.example"]);
    daemon.signal(nix::sys::signal::Signal::SIGHUP);
    crate::common::wait::until("the new certificate", || {
        daemon
            .log()
            .contains("taken over for new connections")
            .then_some(())
    });
    let url = format!("https://{}", daemon.tcp_address());
    let list = ["--url", &url, "type", "list"];
    fails(
        &ostler(&daemon, &list, Some(&file)),
        6,
        &["rack7.example", "use a name in the URL"],
    );
    let plain = Daemon::start();
    let url = format!("https://{}", plain.tcp_address());
    let list = ["--url", &url, "type", "list"];
    fails(&ostler(&daemon, &list, Some(&file)), 6, &["http:// if not"]);

    let empty = daemon.directory().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    fails(
        &ostler(&daemon, &list, Some(&empty)),
        2,
        &["holds no certificate in PEM"],
    );
    let missing = daemon.directory().join("missing.pem");
    fails(
        &ostler(&daemon, &list, Some(&missing)),
        2,
        &["cannot read", "missing.pem"],
    );
}
