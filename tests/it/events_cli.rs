//! `ostler events` and `ostler task cancel` with a real daemon.
#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 5\n";

fn bench() -> Bench {
    let config = SimBmcConfig {
        power: PowerState::On,
        delays: Delays {
            soft_off: None,
            ..Delays::default()
        },
        ..SimBmcConfig::new("n")
    };
    Bench::start(vec![config], POWER)
}

fn ostler(bench: &Bench) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostler"));
    command
        .arg("--socket")
        .arg(bench.daemon.directory().join("ostler.sock"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(bench: &Bench, args: &[&str]) -> Output {
    ostler(bench).args(args).output().unwrap()
}

/// A program that goes on, and the lines that it has written.
struct Following {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Following {
    fn start(bench: &Bench, args: &[&str]) -> Self {
        let mut child = ostler(bench).args(args).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let told = lines.clone();
        thread::spawn(move || {
            for line in stdout.lines() {
                told.lock().unwrap().push(line.unwrap());
            }
        });
        Self { child, lines }
    }

    #[track_caller]
    fn wait(&self, part: &str) -> String {
        until(part, || {
            let lines = self.lines.lock().unwrap();
            lines.iter().find(|line| line.contains(part)).cloned()
        })
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn what_happens_is_followed_in_lines_and_over_a_restart_of_the_daemon() {
    let mut bench = bench();
    bench.order_until(&node("n"), "off", "done");
    // What has happened comes first, so that nothing lies between the start of the program and that of the stream.
    let people = Following::start(
        &bench,
        &["events", "--follow", "--limit", "20", "--kind", "power"],
    );
    let programs = Following::start(
        &bench,
        &["--json", "events", "-f", "--limit", "20", "--node", "n"],
    );
    let line = people.wait("power on → power off");
    assert!(
        line.contains(" power n: ") && line.contains("(task, "),
        "{line}"
    );
    programs.wait("\"kind\":\"power\"");

    assert!(bench.daemon.stop());
    bench.daemon.start_again();
    bench.bmc("n").set_power(PowerState::On);
    people.wait("power n: power off → power on (outside)");
    let line = programs.wait("\"cause\":\"outside\"");
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["new"], "power on");
    let lines = people.lines.lock().unwrap().clone();
    let mut once = lines.clone();
    once.dedup();
    assert_eq!(once, lines, "nothing twice");
}

#[test]
fn the_latest_events_are_a_table() {
    let bench = bench();
    bench.order_until(&node("n"), "off", "done");
    let output = run(
        &bench,
        &[
            "events", "--limit", "2", "--kind", "task", "--kind", "power",
        ],
    );
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{table}");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(
        lines[0].contains("CHANGE") && lines[2].contains("off waiting → done"),
        "{table}"
    );
    let output = run(&bench, &["events", "--node", "nobody"]);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_task_is_called_off_from_the_command_line() {
    let bench = bench();
    let order = json!({"target": "soft_off"});
    bench
        .admin
        .put(&format!("{}/states/power", node("n")), &order)
        .expect(202);
    until("the machine to be told", || {
        (bench.bmc("n").counters().controls_received.soft == 1).then_some(())
    });
    let tasks = bench.at(&format!("{}/tasks", node("n")));
    let uuid = tasks["tasks"][0]["uuid"].as_str().unwrap();
    let output = run(&bench, &["task", "cancel", uuid]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("may still take effect"),
        "{said}"
    );
    assert_eq!(
        run(&bench, &["task", "cancel", uuid]).status.code(),
        Some(5)
    );

    let output = run(
        &bench,
        &[
            "--timeout",
            "1",
            "node",
            "power",
            "n",
            "soft-off",
            "--escalate",
            "--wait",
        ],
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(bench.bmc("n").power(), PowerState::Off);
    let set = [
        "node",
        "set",
        "n",
        "--power-policy",
        "enforce",
        "--min-off-secs",
        "7",
    ];
    assert!(run(&bench, &set).status.success());
    let shown = bench.at(&node("n"));
    assert_eq!(
        (&shown["power_policy"], &shown["min_off_secs"]),
        (&json!("enforce"), &json!(7))
    );
}
