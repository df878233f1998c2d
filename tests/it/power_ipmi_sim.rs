//! The whole daemon against OpenIPMI's `ipmi_sim`, whose machine is a process: orders start and stop it.
#![cfg(test)]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ostler::model::power::PowerState;
use serde_json::json;

use crate::common::bench::{node, register, wait_power};
use crate::common::daemon::{Daemon, Parts};
use crate::common::http::Client;
use crate::common::ipmi_sim::Sim;
use crate::common::wait::{until, until_within};

/// The machine is a `sleep`: its number is in `STATE.pid`, and it is on while it lives.
const MACHINE: &str = r#"#!/bin/sh
state=$1; shift
lives() { kill -0 "$(cat "$state.pid" 2>/dev/null)" 2>/dev/null; }
stop() { lives && kill -9 "$(cat "$state.pid")"; rm -f "$state.pid"; }
case "$1 $2" in
"get power") if lives; then echo "power:1"; else echo "power:0"; fi ;;
"get boot") echo "boot:$(cat "$state.boot" 2>/dev/null || echo default)" ;;
"set power")
    echo "power $3" >> "$state.log"
    if [ "$3" = 0 ]; then stop
    elif ! lives; then setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $! > "$state.pid"
    fi ;;
"set shutdown") echo "shutdown" >> "$state.log"; stop ;;
"set boot") echo "$3" > "$state.boot" ;;
esac
"#;

/// The process that is the machine; it does not outlive the test.
struct Machine(PathBuf);

impl Machine {
    fn process(&self) -> Option<Pid> {
        let number = std::fs::read_to_string(&self.0).ok()?;
        let process = Pid::from_raw(number.trim().parse().ok()?);
        // One that has ended and that nobody has waited for yet is not live.
        let state = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, after_name) = state.rsplit_once(") ")?;
        (!after_name.starts_with('Z')).then_some(process)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(process) = self.process() {
            kill(process, Signal::SIGKILL).ok();
        }
    }
}

fn ipmitool(sim: &Sim, args: &[&str]) -> bool {
    let ran = Command::new("ipmitool")
        .args(["-I", "lanplus", "-H", "127.0.0.1", "-C", "3"])
        .args(["-p", &sim.port.to_string(), "-U", "admin", "-P", "secret"])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    match ran {
        Ok(status) => {
            assert!(status.success(), "ipmitool {args:?}: {status}");
            true
        }
        Err(error) => {
            #[expect(
                clippy::disallowed_methods,
                reason = "CI says through its environment that it is CI"
            )]
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!ci, "ipmitool cannot be started: {error}");
            false
        }
    }
}

fn order(client: &Client, path: &str, target: &str) {
    client
        .put(&format!("{path}/states/power"), &json!({"target": target}))
        .expect(202);
}

#[test]
fn an_order_starts_and_stops_the_process_behind_a_bmc_that_others_wrote() {
    let Some(sim) = Sim::start_with(MACHINE) else {
        return;
    };
    let machine = Machine(sim.state().with_extension("pid"));
    let daemon = Daemon::with_power("poll_interval_secs = 1\ntransition_grace_secs = 5\n");
    let admin = daemon.unix();
    let settings = json!({
        "address": "127.0.0.1", "port": sim.port, "username": "admin", "password": "secret",
    });
    register(&admin, "n", settings);
    wait_power(&admin, &node("n"), PowerState::Off);

    order(&admin, &node("n"), "on");
    wait_power(&admin, &node("n"), PowerState::On);
    let first = machine.process().expect("it is live");
    order(&admin, &node("n"), "reboot");
    until("another process", || {
        machine.process().filter(|process| *process != first)
    });
    wait_power(&admin, &node("n"), PowerState::On);
    order(&admin, &node("n"), "off");
    wait_power(&admin, &node("n"), PowerState::Off);
    assert_eq!(machine.process(), None);
    assert_eq!(sim.controls(), "power 1\npower 0\npower 1\npower 0\n");

    // The same through an instance.
    let parts = Parts::make(&admin);
    let made = admin
        .post("/v1/instances", &parts.instance("n"))
        .expect(201);
    let instance = format!("/v1/instances/{}", made.json()["uuid"].as_str().unwrap());
    until("the instance to be active", || {
        (admin.get(&instance).expect(200).json()["status"] == "active").then_some(())
    });
    wait_power(&admin, &instance, PowerState::On);
    assert!(machine.process().is_some());

    if !ipmitool(&sim, &["chassis", "power", "off"]) {
        eprintln!("SKIPPED: ipmitool cannot be started; install ipmitool");
        return;
    }
    let soon = Duration::from_secs(4);
    for path in [node("n"), instance.clone()] {
        until_within(soon, "power off behind our back to show", || {
            let shown = admin.get(&format!("{path}/states")).expect(200).json();
            (shown["power_state"] == "power off").then_some(())
        });
    }
    assert!(ipmitool(&sim, &["chassis", "power", "on"]));
    until_within(soon, "power on behind our back to show", || {
        let shown = admin.get(&format!("{instance}/states")).expect(200).json();
        (shown["power_state"] == "power on").then_some(())
    });
    admin.delete(&instance).expect(204);
    until("the instance to be gone", || {
        (admin.get(&instance).status == 404).then_some(())
    });
    assert_eq!(machine.process(), None);
}
