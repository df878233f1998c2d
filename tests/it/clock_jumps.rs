//! The wall clock jumps by an hour, to and fro, while the daemon runs and while it is stopped: no task is lost, fails, or sends
//! a command twice, and polling neither stops nor storms.
//!
//! libfaketime moves the wall clock of the daemon alone; its monotonic clock goes on.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, Faults, SimBmcConfig};
use ostler::time::{Timestamp, instant, now};
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::daemon::{Daemon, Surroundings};
use crate::common::sim::SimRack;
use crate::common::skip::skip;
use crate::common::wait::{until, until_within};

/// Grace time and deadlines are far longer than what happens here, and far shorter than an hour.
const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 60\nsoft_deadline_secs = 60\n\
     transition_grace_secs = 20\nbackoff_max_secs = 2\n";
const HOUR: Duration = Duration::from_secs(3_600);
const AHEAD: &str = "+3600s";
const BEHIND: &str = "-3600s";

/// Where Debian has it, for each architecture.
fn libfaketime() -> Option<PathBuf> {
    let libraries = fs::read_dir("/usr/lib").ok()?;
    let mut places = libraries.map(|place| place.unwrap().path().join("faketime/libfaketime.so.1"));
    places.find(|library| library.exists())
}

/// The daemon's wall clock, as a file that the test writes.
struct WallClock(PathBuf);

impl WallClock {
    fn set(&self, offset: &str) {
        // At once: a reader never sees half of it.
        let new = self.0.with_extension("new");
        fs::write(&new, format!("{offset}\n")).unwrap();
        fs::rename(new, &self.0).unwrap();
    }
}

/// A machine that takes its time, one that is shutting down when asked, one that is away at first, and one to be left alone.
const NAMES: [&str; 4] = ["slow", "soft", "away", "idle"];

fn bench() -> Option<(Bench, WallClock)> {
    let Some(library) = libfaketime() else {
        skip("libfaketime is not installed");
        return None;
    };
    let mut clock = None;
    let daemon = Daemon::with_surroundings(POWER, |directory: &Path| {
        let file = directory.join("clock");
        let variable = |name: &str, value: &Path| (name.to_owned(), value.display().to_string());
        let flag = |name: &str| (name.to_owned(), "1".to_owned());
        let env = vec![
            variable("LD_PRELOAD", &library),
            variable("FAKETIME_TIMESTAMP_FILE", &file),
            flag("FAKETIME_NO_CACHE"),
            flag("FAKETIME_DONT_FAKE_MONOTONIC"),
        ];
        let of_daemon = WallClock(file);
        of_daemon.set("+0s");
        clock = Some(of_daemon);
        Ok(Surroundings {
            env,
            ..Surroundings::default()
        })
    });
    let configs = NAMES.map(|name| SimBmcConfig {
        power: PowerState::On,
        delays: Delays {
            power_on: Duration::from_secs(5),
            power_off: Duration::from_secs(2),
            soft_off: Some(Duration::from_secs(4)),
            ..Delays::default()
        },
        ..SimBmcConfig::new(name)
    });
    let bench = Bench::over(SimRack::start(configs.to_vec()), daemon.unwrap());
    Some((bench, clock.unwrap()))
}

/// Has a reboot, a soft off and an off under way: a command sent, one sent that takes long, and none that arrives.
fn begin(bench: &Bench) {
    let away = Faults {
        dead: true,
        ..Faults::default()
    };
    bench.bmc("away").set_faults(away);
    bench.order(&node("away"), "off");
    bench.order(&node("soft"), "soft_off");
    bench.order(&node("slow"), "reboot");
    for name in ["slow", "soft"] {
        until(&format!("{name} to be told"), || {
            (bench.bmc(name).counters().controls_received.total() == 1).then_some(())
        });
    }
}

/// Each task is done, and each machine was told once.
fn check(bench: &Bench) {
    bench.bmc("away").set_faults(Faults::default());
    for (name, power, told) in [
        ("slow", PowerState::On, (1, 1, 0)),
        ("soft", PowerState::Off, (0, 0, 1)),
        ("away", PowerState::Off, (1, 0, 0)),
    ] {
        bench.wait_power(&node(name), power);
        let tasks = bench.at(&format!("{}/tasks", node(name)));
        assert_eq!(tasks["tasks"].as_array().unwrap().len(), 1);
        assert_eq!(tasks["tasks"][0]["state"], "done", "{tasks:#}");
        let all = bench.bmc(name).counters().controls_received;
        assert_eq!((all.down, all.up, all.soft), told, "{name} (off, on, soft)");
    }
}

/// The jump has reached the daemon: what it stores now has the new time.
fn check_clock(bench: &Bench, offset: &str) {
    let task = bench.order_until(&node("idle"), "on", "done");
    let created = Timestamp::parse(task["created_at"].as_str().unwrap()).unwrap();
    let (late, early) = (created.since(now()), now().since(created));
    let off_by = if offset == AHEAD { late } else { early };
    assert!(
        off_by > HOUR / 2,
        "{offset}: {late:?} ahead, {early:?} behind"
    );
}

/// Polling goes on at its pace: about one read for each second that passes.
fn check_polling(bench: &Bench) {
    let idle = bench.bmc("idle");
    let reads = || idle.counters().command("get_chassis_status");
    let (before, began) = (reads(), instant());
    until_within(Duration::from_secs(60), "polling to go on", || {
        (reads() >= before + 5).then_some(())
    });
    // No node is polled twice within half an interval.
    assert!(began.elapsed() > Duration::from_millis(1_500));
}

fn jump_while_it_runs(offset: &str) {
    let Some((bench, clock)) = bench() else {
        return;
    };
    begin(&bench);
    clock.set(offset);
    check_clock(&bench, offset);
    check(&bench);
    check_polling(&bench);
    // And back.
    clock.set("+0s");
    check_polling(&bench);
    bench.order_until(&node("slow"), "off", "done");
}

fn jump_while_it_is_stopped(offset: &str) {
    let Some((mut bench, clock)) = bench() else {
        return;
    };
    begin(&bench);
    bench.daemon.crash();
    clock.set(offset);
    bench.daemon.start_again();
    check_clock(&bench, offset);
    check(&bench);
    check_polling(&bench);
}

#[test]
fn clock_goes_forward_an_hour_while_it_runs() {
    jump_while_it_runs(AHEAD);
}

#[test]
fn clock_goes_back_an_hour_while_it_runs() {
    jump_while_it_runs(BEHIND);
}

#[test]
fn clock_goes_forward_an_hour_while_it_is_stopped() {
    jump_while_it_is_stopped(AHEAD);
}

#[test]
fn clock_goes_back_an_hour_while_it_is_stopped() {
    jump_while_it_is_stopped(BEHIND);
}

/// A restart with a clock far ahead once made the grace time over: a machine that was about to turn on was told again.
#[test]
fn clock_goes_forward_while_it_is_stopped_and_a_machine_turns_on_it_is_told_once() {
    let Some((mut bench, clock)) = bench() else {
        return;
    };
    let slow = bench.bmc("slow");
    slow.set_power(PowerState::Off);
    bench.wait_power(&node("slow"), PowerState::Off);
    bench.order(&node("slow"), "on");
    until("the machine to be told", || {
        (slow.counters().controls_received.up == 1).then_some(())
    });
    bench.daemon.crash();
    clock.set(AHEAD);
    bench.daemon.start_again();
    bench.wait_power(&node("slow"), PowerState::On);
    let task: Value = bench.at("/v1/nodes/slow/tasks")["tasks"][0].clone();
    assert_eq!(task["state"], json!("done"));
    assert_eq!(slow.counters().controls_received.up, 1);
}
