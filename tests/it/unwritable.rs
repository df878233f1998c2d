//! A disk that is full, and a file system that cannot be written: changes are refused with a sentence, reads go on, nothing
//! that was accepted is lost or done twice, and it passes by itself.
#![cfg(test)]

use std::fs;
use std::process::Command;
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, SimBmc, SimBmcConfig};
use serde_json::json;

use crate::common::bench::{Bench, node};
use crate::common::daemon::{Daemon, Surroundings};
use crate::common::http::Response;
use crate::common::prometheus::Page;
use crate::common::sim::SimRack;
use crate::common::skip::skip;
use crate::common::small_disk::SmallDisk;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 60\ntransition_grace_secs = 5\n";

/// The write-ahead log takes up to 4 MiB.
const MIB: u32 = 12;

/// `slow` is on and takes its time, `idle` is off.
fn rack() -> SimRack {
    let slow = SimBmcConfig {
        power: PowerState::On,
        delays: Delays {
            power_on: Duration::from_millis(1_500),
            power_off: Duration::from_millis(1_500),
            ..Delays::default()
        },
        ..SimBmcConfig::new("slow")
    };
    SimRack::start(vec![slow, SimBmcConfig::new("idle")])
}

/// A bench whose daemon's state is on a small disk. `None`, and a word about it, where that is not possible.
fn on_small_disk() -> Option<(Bench, SmallDisk)> {
    let mut disk = None;
    let daemon = Daemon::with_surroundings(POWER, |directory| {
        let state = directory.join("state");
        fs::create_dir(&state).unwrap();
        let made = SmallDisk::mount(&state, MIB)?;
        let prefix = made.prefix();
        disk = Some(made);
        Ok(Surroundings {
            prefix,
            ..Surroundings::default()
        })
    });
    match daemon {
        Ok(daemon) => Some((Bench::over(rack(), daemon), disk.unwrap())),
        Err(why) => {
            skip(&why);
            None
        }
    }
}

/// Makes networks until that is refused; gives their paths and the refusal. There is room in files for a while.
fn make_networks_until_refused(bench: &Bench, first: u32) -> (Vec<String>, Response) {
    let mut made = Vec::new();
    for number in first.. {
        let network = json!({"name": format!("net-{number}")});
        let answer = bench.admin.post("/v1/networks", &network);
        if answer.status != 201 {
            return (made, answer);
        }
        made.push(format!(
            "/v1/networks/{}",
            answer.json()["uuid"].as_str().unwrap()
        ));
    }
    unreachable!("the disk is never full")
}

/// Orders a reboot, and waits until the machine was told to turn off.
fn order_reboot(bench: &Bench) -> SimBmc {
    bench.order(&node("slow"), "reboot");
    let slow = bench.bmc("slow");
    until("the machine to be told", || {
        (slow.counters().controls_received.down == 1).then_some(())
    });
    slow
}

/// Changes are refused in these words, everything else goes on.
fn check_refusals(bench: &mut Bench, refused: Response, status: u16, words: &str) {
    assert!(refused.header("retry-after").is_some());
    let order = bench
        .admin
        .put("/v1/nodes/idle/states/power", &json!({"target": "on"}));
    assert!(order.header("retry-after").is_some());
    let id = order.header("x-openstack-request-id").unwrap();
    let log = bench.daemon.log();
    let failed = |line: &&str| line.contains(id) && line.contains("request failed");
    let said = log.lines().find(failed).unwrap();
    for told in ["PUT", "/v1/nodes/idle/states/power"] {
        assert!(said.contains(told), "{said}");
    }
    for answer in [refused, order] {
        let message = answer.expect_error(status);
        assert!(message.contains(words), "{message}");
        assert!(message.contains("nothing was changed"), "{message}");
    }
    assert_eq!(bench.at("/v1/nodes/idle")["power_state"], "power off");
    assert_eq!(bench.at("/v1/nodes")["nodes"].as_array().unwrap().len(), 2);
    bench.admin.get("/healthz").expect(200);
    let not_ready = bench.admin.get("/readyz").expect_error(503);
    assert!(not_ready.contains(words), "{not_ready}");
    let cause = if status == 507 { "full" } else { "failing" };
    let name = "ostler_store_commit_failures_total";
    let failures = Page::of(&bench.admin).value(name, "cause", cause);
    assert!(failures >= Some(2.0), "{failures:?}");
    assert!(!bench.daemon.has_crashed());
}

/// Everything that was accepted is there, the reboot has ended with one command for each step, and changes are taken.
fn check_recovered(bench: &mut Bench, slow: &SimBmc, made: &[String]) {
    bench.wait_power(&node("slow"), PowerState::On);
    let task = &bench.at("/v1/nodes/slow/tasks")["tasks"][0];
    assert_eq!(
        (&task["target"], &task["state"]),
        (&json!("reboot"), &json!("done"))
    );
    let told = slow.counters().controls_received;
    assert_eq!((told.down, told.up), (1, 1));
    for path in made {
        bench.admin.get(path).expect(200);
    }
    bench.admin.get("/readyz").expect(200);
    bench.order_until(&node("idle"), "on", "done");
    assert_eq!(bench.bmc("idle").counters().controls_received.up, 1);
    assert!(bench.daemon.stop());
}

#[test]
fn on_a_full_disk_changes_are_507_reads_go_on_and_it_recovers_by_itself() {
    let Some((mut bench, disk)) = on_small_disk() else {
        return;
    };
    let slow = order_reboot(&bench);
    disk.fill();
    let (made, refused) = make_networks_until_refused(&bench, 0);
    check_refusals(&mut bench, refused, 507, "is full");
    // The machine goes off; nobody can write that down now.
    until("the machine to be off", || {
        (slow.power() == PowerState::Off).then_some(())
    });
    let (again, refused) = make_networks_until_refused(&bench, 1_000);
    check_refusals(&mut bench, refused, 507, "is full");
    disk.free();
    check_recovered(&mut bench, &slow, &[made, again].concat());
}

#[test]
fn killed_on_a_full_disk_and_started_again_nothing_accepted_is_lost() {
    let Some((mut bench, disk)) = on_small_disk() else {
        return;
    };
    let slow = order_reboot(&bench);
    disk.fill();
    let (made, refused) = make_networks_until_refused(&bench, 0);
    refused.expect(507);
    bench.daemon.crash();
    bench.daemon.start_again_unready();
    until("reads to be served", || {
        let answer = bench.admin.try_send("GET", "/v1/nodes", None).ok()?;
        (answer.status == 200).then_some(())
    });
    let (again, refused) = make_networks_until_refused(&bench, 1_000);
    check_refusals(&mut bench, refused, 507, "is full");
    disk.free();
    check_recovered(&mut bench, &slow, &[made, again].concat());
}

#[test]
fn stopped_and_started_on_a_full_disk_the_daemon_says_what_to_do() {
    let Some((mut bench, disk)) = on_small_disk() else {
        return;
    };
    assert!(bench.daemon.stop());
    disk.fill();
    assert!(!bench.daemon.try_to_start(), "it started");
    let log = bench.daemon.log();
    assert!(log.contains("make room on its file system"), "{log}");
    disk.free();
    bench.daemon.start_again();
    bench.order_until(&node("idle"), "on", "done");
}

/// A file that may not be written, though it is open: what a failing file system does, on a real one.
#[test]
fn on_a_file_system_that_fails_changes_are_503_reads_go_on_and_it_recovers_by_itself() {
    let mut bench = Bench::over(rack(), Daemon::with_power(POWER));
    let log = bench.daemon.directory().join("state/ostler.db-wal");
    let chattr = |how: &str| {
        let done = Command::new("chattr").arg(how).arg(&log).output();
        done.is_ok_and(|done| done.status.success())
    };
    let slow = order_reboot(&bench);
    if !chattr("+i") {
        return skip(
            "chattr +i is not possible here: it needs root and a file system such as ext4",
        );
    }
    let network = json!({"name": "one"});
    let refused = bench.admin.post("/v1/networks", &network);
    let protected = refused.status != 201;
    if protected {
        check_refusals(&mut bench, refused, 503, "cannot be written");
        until("the machine to be off", || {
            (slow.power() == PowerState::Off).then_some(())
        });
    }
    assert!(chattr("-i"));
    if !protected {
        return skip("a file that is open can be written here in spite of chattr +i");
    }
    check_recovered(&mut bench, &slow, &[]);
}

#[test]
fn on_a_read_only_file_system_the_daemon_says_so_and_starts_when_it_can_be_written() {
    let Some((mut bench, disk)) = on_small_disk() else {
        return;
    };
    let (path, slow) = ("/v1/nodes/slow", bench.bmc("slow"));
    bench.order(path, "reboot");
    bench.daemon.crash();
    disk.remount("ro");
    assert!(!bench.daemon.try_to_start(), "it started");
    let log = bench.daemon.log();
    assert!(log.contains("Read-only file system"), "{log}");
    disk.remount("rw");
    bench.daemon.start_again();
    check_recovered(&mut bench, &slow, &[]);
}
