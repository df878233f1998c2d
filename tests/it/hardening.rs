//! What the daemon's process gives away to others on the same machine: nothing.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;

use crate::common::daemon::{Daemon, Surroundings};
use crate::common::skip::skip;

/// The words behind a name in a file of `/proc`.
fn words(text: &str, name: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let line = line.unwrap_or_else(|| panic!("no {name}: {text}"));
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_daemon_leaves_no_core_and_its_command_line_and_environment_hold_nothing_of_value() {
    // Where a core would be left: in its working directory, if the machine says nothing else.
    let mut daemon = Daemon::with_surroundings("", |directory| {
        let script = format!(
            "ulimit -c unlimited; cd {} && exec \"$@\"",
            directory.display()
        );
        let prefix = ["sh", "-c", &script, "sh"].map(str::to_owned).to_vec();
        Ok(Surroundings {
            prefix,
            ..Surroundings::default()
        })
    })
    .unwrap();
    let proc = format!("/proc/{}", daemon.pid());
    let limits = fs::read_to_string(format!("{proc}/limits")).unwrap();
    assert_eq!(words(&limits, "Max core file size")[..2], ["0", "0"]);
    let command = fs::read(format!("{proc}/cmdline")).unwrap();
    let words: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
    assert_eq!(
        words.len(),
        4,
        "the program, --config and its file: {words:?}"
    );
    daemon.signal(Signal::SIGABRT);
    assert!(!daemon.stop());
    let left: Vec<_> = fs::read_dir(daemon.directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("core"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Memory of a process that may not be dumped is for root alone: its files below `/proc` are root's, whoever runs it.
#[test]
fn the_own_user_cannot_read_the_daemons_memory() {
    const SOMEBODY: u32 = 61_234;
    if !nix::unistd::geteuid().is_root() {
        return skip("only root can start a daemon as somebody else");
    }
    let directory = tempfile::tempdir().unwrap();
    nix::unistd::chown(directory.path(), Some(SOMEBODY.into()), None).unwrap();
    let settings = directory.path().join("ostler.toml");
    let at = directory.path().display();
    let text = format!(
        "state_dir = \"{at}/state\"\n[api]\nunix_socket = \"{at}/ostler.sock\"\nlisten = []\n"
    );
    fs::write(&settings, text).unwrap();
    // Cargo's directory may be root's alone, so the program is taken to where somebody else can run it.
    let program = directory.path().join("ostlerd");
    fs::copy(env!("CARGO_BIN_EXE_ostlerd"), &program).unwrap();
    let mut process = Command::new(&program)
        .arg("--config")
        .arg(&settings)
        .uid(SOMEBODY)
        .gid(SOMEBODY)
        .spawn()
        .unwrap();
    let proc = format!("/proc/{}", process.id());
    crate::common::wait::until("the daemon to be there", || {
        directory.path().join("ostler.sock").exists().then_some(())
    });
    let status = fs::read_to_string(format!("{proc}/status")).unwrap();
    let owner = fs::metadata(format!("{proc}/environ")).unwrap().uid();
    let reads = |file: &str| {
        let read = Command::new("cat")
            .arg(format!("{proc}/{file}"))
            .uid(SOMEBODY)
            .gid(SOMEBODY)
            .output();
        read.unwrap().status.success()
    };
    let (environ, maps) = (reads("environ"), reads("maps"));
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(words(&status, "Uid:")[0], SOMEBODY.to_string());
    assert_eq!(owner, 0);
    assert!(!environ && !maps, "environ {environ}, maps {maps}");
}

/// The text of all Rust files below a directory.
fn sources(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|of| of == "rs") {
            *text += &fs::read_to_string(&path).unwrap();
        }
    }
}

#[test]
fn the_tests_that_the_page_about_security_names_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("doc/security.md")).unwrap();
    let mut text = String::new();
    for directory in ["src", "tests/it"] {
        sources(&root.join(directory), &mut text);
    }
    let is_word = |word: &&str| {
        word.bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    // Names of tests are sentences; shorter words are settings and modules.
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(is_word)
        .filter(|word| word.matches('_').count() > 4)
        .collect();
    assert!(named.len() > 10, "{named:?}");
    for name in named {
        assert!(text.contains(&format!("fn {name}(")), "no test {name}");
    }
}
