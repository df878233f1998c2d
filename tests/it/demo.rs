//! `ostlerd demo`, as a newcomer runs it: it tells the truth, its suggestions work, and it leaves nothing behind.
#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::common::wait::{PATIENCE, until};

/// A demo under way, killed when this is dropped.
struct Demo {
    process: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Demo {
    fn start(place: &Path, args: &[&str]) -> Self {
        let mut process = command(place, args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = lines(process.stdout.take().unwrap());
        Self {
            process,
            lines,
            said: Vec::new(),
        }
    }

    /// Reads on until a line holds `what`; gives that line.
    fn wait_for(&mut self, what: &str) -> String {
        loop {
            let line = self.next_line().unwrap_or_else(|| {
                panic!("no line with {what:?} in:\n{}", self.said.join("\n"));
            });
            if line.contains(what) {
                return line;
            }
        }
    }

    fn next_line(&mut self) -> Option<String> {
        let line = self.lines.recv_timeout(PATIENCE).ok()?;
        self.said.push(line.clone());
        Some(line)
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.process.id().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// Waits for its end; gives the status, everything that it said, and its complaints.
    fn end(mut self) -> (ExitStatus, String, String) {
        let status = until("the demo to end", || self.process.try_wait().unwrap());
        while self.next_line().is_some() {}
        let mut complaints = String::new();
        let mut stderr = self.process.stderr.take().unwrap();
        stderr.read_to_string(&mut complaints).unwrap();
        (status, self.said.join("\n"), complaints)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn command(place: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostlerd"));
    command
        .arg("demo")
        .args(args)
        .env("TMPDIR", place)
        .stdin(Stdio::null());
    command
}

fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            sender.send(line).ok();
        }
    });
    receiver
}

fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn leftovers(place: &TempDir) -> Vec<String> {
    fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Pastes a command into a shell.
fn paste(line: &str) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(line.trim())
        .output()
        .unwrap()
}

#[test]
fn demo_once_tells_a_true_story_and_leaves_nothing_behind() {
    let place = place();
    let (status, said, complaints) = Demo::start(place.path(), &["--once"]).end();
    assert!(status.success(), "{said}\n{complaints}");
    assert_eq!(complaints, "", "only errors are complained about");
    let mut rest = said.as_str();
    for step in [
        "✓ 8 nodes registered",
        "✓ The power of 6",
        "✓ Instance \"web\" created",
        "\"web\" is active",
        "✓ Turned off",
        "✓ Turned on",
        "✓ Rebooted",
        "power button",
        "✓ \"web\" deleted",
        "loses packets",
        "is dead: its power is unknown",
        "no BMC is left with an open session",
        "steps were true",
        "every one closed",
    ] {
        let at = rest
            .find(step)
            .unwrap_or_else(|| panic!("{step:?} is not told, or not in its place:\n{said}"));
        rest = &rest[at..];
    }
    assert!(!said.contains('✗') && !said.contains('\x1b'), "{said}");
    assert_eq!(leftovers(&place), [""; 0]);
}

#[test]
fn suggested_commands_work_as_they_stand_and_ctrl_c_ends_it_well() {
    let place = place();
    let mut demo = Demo::start(place.path(), &[]);
    demo.wait_for("Now you");
    let nodes = demo.wait_for("node list");
    let create = demo.wait_for("instance create");
    let curl = demo.wait_for("curl");
    demo.wait_for("Ctrl-C");

    let listed = paste(&nodes);
    let table = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.status.success(), "{listed:?}");
    assert!(table.contains("r1n1") && table.contains("r1n8"), "{table}");
    let made = paste(&create);
    assert!(made.status.success(), "{made:?}");
    if Command::new("curl").arg("--version").output().is_ok() {
        let answer = paste(&curl);
        let body: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
        assert_eq!(body["instances"][0]["name"], "mine");
        assert_eq!(body["instances"][0]["status"], "active");
    }
    let url = curl.split("http://").nth(1).unwrap();
    let address: SocketAddr = url.split('/').next().unwrap().parse().unwrap();
    assert!(
        TcpStream::connect(address).is_ok(),
        "it listens while it is up"
    );

    demo.signal(Signal::SIGINT);
    let (status, said, complaints) = demo.end();
    assert!(status.success(), "{said}\n{complaints}");
    assert!(said.contains("✓ The daemon stops"), "{said}");
    assert_eq!(leftovers(&place), [""; 0]);
    assert!(TcpStream::connect(address).is_err(), "it still listens");
}

#[test]
fn each_signal_in_the_middle_of_the_story_leaves_nothing_behind() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let place = place();
        let mut demo = Demo::start(place.path(), &["--once"]);
        demo.wait_for("is active");
        assert_eq!(leftovers(&place).len(), 1, "one directory while it runs");
        demo.signal(signal);
        let (status, said, complaints) = demo.end();
        assert_eq!(status.code(), Some(1), "{said}\n{complaints}");
        assert!(
            complaints.contains("before the end of the story"),
            "{complaints}"
        );
        assert_eq!(leftovers(&place), [""; 0], "{signal}");
    }
}

#[test]
fn two_demos_at_the_same_time_do_not_disturb_each_other() {
    let place = place();
    let one = Demo::start(place.path(), &["--once"]);
    let other = Demo::start(place.path(), &["--once"]);
    for demo in [one, other] {
        let (status, said, complaints) = demo.end();
        assert!(status.success(), "{said}\n{complaints}");
    }
    assert_eq!(leftovers(&place), [""; 0]);
}

#[test]
fn reader_that_goes_away_ends_the_demo_and_leaves_nothing_behind() {
    let place = place();
    let mut process = command(place.path(), &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    process
        .stdout
        .take()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    let status = until("the demo to end", || process.try_wait().unwrap());
    assert!(!status.success());
    assert_eq!(leftovers(&place), [""; 0]);
}

#[test]
fn long_temporary_directory_is_no_obstacle() {
    let outer = place();
    let place = outer.path().join("a long name ".repeat(10).trim());
    fs::create_dir(&place).unwrap();
    let mut demo = Demo::start(&place, &[]);
    demo.wait_for("✓ 8 nodes registered");
    demo.signal(Signal::SIGINT);
    let (status, ..) = demo.end();
    assert_eq!(status.code(), Some(1));
    assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
}

#[test]
fn place_that_is_not_there_is_named() {
    let output = command(Path::new("/nonexistent/place"), &["--once"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("/nonexistent/place"), "{complaint}");
}
