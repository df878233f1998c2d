//! Polling: what is seen is said soon, is left alone, and costs nothing while nothing changes.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmc, SimBmcConfig};
use serde_json::json;

use crate::common::bench::{Bench, bmc_settings, node, register};
use crate::common::daemon::{Daemon, Parts};
use crate::common::sim::SimRack;
use crate::common::wait::{until, until_within};

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 5\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 2\nbackoff_max_secs = 2\n";

/// One poll interval of [`POWER`], and slack for a busy machine.
const SOON: Duration = Duration::from_secs(4);

fn reads(bmc: &SimBmc) -> u64 {
    bmc.counters().command("get_chassis_status")
}

#[test]
fn power_changed_at_the_front_panel_shows_within_an_interval_and_is_left_alone() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    let bmc = bench.bmc("n");
    let told = bmc.counters().controls_received;
    for power in [PowerState::Off, PowerState::On, PowerState::Off] {
        let before = bench.at(&node("n"))["power_state_at"].clone();
        bmc.set_power(power);
        for path in [node("n"), instance.clone()] {
            until_within(SOON, &format!("{path} to be {power}"), || {
                (bench.at(&path)["power_state"] == *power.to_string()).then_some(())
            });
        }
        assert_ne!(bench.at(&node("n"))["power_state_at"], before);
        let polled = reads(&bmc) + 2;
        until("two polls more", || (reads(&bmc) >= polled).then_some(()));
        assert_eq!(bmc.power(), power, "hardware wins");
    }
    assert_eq!(bmc.counters().controls_received, told);
    assert_eq!(bench.at(&instance)["status"], "active");
}

#[test]
fn a_bmc_that_falls_silent_has_unknown_power_with_the_reason_and_comes_back_by_itself() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    bench.bmc("n").set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    // Two misses of eight seconds each.
    until_within(Duration::from_secs(40), "the power to be unknown", || {
        let shown = bench.at(&node("n"));
        let unknown = shown["power_state"].is_null();
        let reason = shown["last_error"].as_str().unwrap_or_default();
        assert!(!unknown || reason.contains("does not answer"), "{reason:?}");
        unknown.then_some(())
    });
    assert!(bench.at(&instance)["power_state"].is_null());
    assert_eq!(bench.at(&instance)["status"], "active");
    bench.bmc("n").set_faults(Faults::default());
    bench.wait_power(&node("n"), PowerState::On);
    bench.wait_power(&instance, PowerState::On);
    assert!(bench.at(&node("n"))["last_error"].is_null());
}

#[test]
fn a_new_node_is_read_at_once_however_long_the_interval_is() {
    let (rack, bmc) = SimRack::one(SimBmcConfig::new("n"));
    let daemon = Daemon::with_power("poll_interval_secs = 3600\n");
    let bench = Bench {
        admin: daemon.unix(),
        rack,
        daemon,
    };
    bmc.set_power(PowerState::On);
    register(&bench.admin, "n", bmc_settings(&bmc));
    until_within(SOON, "the first reading", || {
        (bench.at(&node("n"))["power_state"] == "power on").then_some(())
    });
    // And so is each after a start.
    let mut bench = bench;
    assert!(bench.daemon.stop());
    bmc.set_power(PowerState::Off);
    bench.daemon.start_again();
    until_within(SOON, "the first reading after a start", || {
        (bench.at(&node("n"))["power_state"] == "power off").then_some(())
    });
}

#[test]
fn maintenance_stops_polling_and_not_a_users_order() {
    let bench = Bench::start(
        vec![SimBmcConfig::new("n"), SimBmcConfig::new("other")],
        POWER,
    );
    let (bmc, other) = (bench.bmc("n"), bench.bmc("other"));
    let maintenance = format!("{}/maintenance", node("n"));
    bench.admin.put(&maintenance, &json!({})).expect(204);
    // A poll may have been under way: the next of its neighbour comes after it.
    let after = reads(&other) + 2;
    until("two polls", || (reads(&other) >= after).then_some(()));
    let still = bmc.counters();
    let after = reads(&other) + 3;
    until("three more polls", || {
        (reads(&other) >= after).then_some(())
    });
    assert_eq!(bmc.counters().packets_in, still.packets_in);
    bench.order_until(&node("n"), "on", "done");
    assert_eq!(bmc.power(), PowerState::On);
    bench.admin.delete(&maintenance).expect(204);
    bmc.set_power(PowerState::Off);
    until_within(SOON, "polling to go on", || {
        (bench.at(&node("n"))["power_state"] == "power off").then_some(())
    });
}

#[test]
fn nothing_is_written_while_nothing_changes() {
    let bench = Bench::start(vec![SimBmcConfig::new("a"), SimBmcConfig::new("b")], POWER);
    // One of them has a failure to its name, the other an order that was done.
    bench.bmc("a").set_faults(Faults {
        lying_success: true,
        ..Faults::default()
    });
    bench.order_until(&node("a"), "on", "failed");
    bench.order_until(&node("b"), "on", "done");
    let polled = |more: u64| {
        let enough = [reads(&bench.bmc("a")) + more, reads(&bench.bmc("b")) + more];
        until("more polls", || {
            let now = [reads(&bench.bmc("a")), reads(&bench.bmc("b"))];
            (now[0] >= enough[0] && now[1] >= enough[1]).then_some(())
        });
    };
    polled(2);
    let database = || {
        let state = bench.daemon.directory().join("state");
        let size = |name: &str| std::fs::metadata(state.join(name)).map_or(0, |file| file.len());
        let changed = |name: &str| std::fs::metadata(state.join(name)).and_then(|f| f.modified());
        (
            size("ostler.db"),
            size("ostler.db-wal"),
            changed("ostler.db-wal").ok(),
            changed("ostler.db").ok(),
        )
    };
    let etag = |name: &str| {
        let shown = bench.admin.get(&node(name)).expect(200);
        (shown.header("etag").map(str::to_owned), shown.json())
    };
    let before = (database(), etag("a"), etag("b"));
    assert!(before.0.1 > 0, "there is a write-ahead log");
    assert!(before.1.0.is_some());
    polled(4);
    assert_eq!((database(), etag("a"), etag("b")), before);
}

/// A wall clock that was set back leaves tasks behind that end in the future. That was taken for a task of this moment, and the
/// node was not polled until the clock had caught up.
#[test]
fn a_wall_clock_that_was_set_back_does_not_stop_polling() {
    let mut bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    bench.order_until(&node("n"), "on", "done");
    assert!(bench.daemon.stop());
    let database = bench.daemon.directory().join("state/ostler.db");
    let connection = rusqlite::Connection::open(database).unwrap();
    let later = "UPDATE tasks SET finished_at = finished_at + 3600000000";
    assert_eq!(connection.execute(later, []).unwrap(), 1);
    drop(connection);
    bench.daemon.start_again();
    bench.bmc("n").set_power(PowerState::Off);
    until_within(SOON * 2, "the node to be polled", || {
        (bench.at(&node("n"))["power_state"] == "power off").then_some(())
    });
}

#[test]
fn a_session_is_closed_after_each_poll_unless_it_is_to_be_kept_and_then_at_the_end() {
    for (kept, setting) in [(false, ""), (true, "poll_session_secs = 30\n")] {
        let settings = format!("{POWER}{setting}");
        let mut bench = Bench::start(vec![SimBmcConfig::new("n")], &settings);
        let bmc = bench.bmc("n");
        until("four polls", || (reads(&bmc) >= 4).then_some(()));
        let counters = bmc.counters();
        if kept {
            assert_eq!((counters.sessions_opened, counters.sessions_open), (1, 1));
        } else {
            assert!(counters.sessions_opened >= 4, "{counters:?}");
        }
        assert!(bench.daemon.stop(), "{}", bench.daemon.log());
        let counters = bmc.counters();
        assert_eq!(counters.sessions_open, 0, "{counters:?}");
        assert_eq!(counters.sessions_opened, counters.sessions_closed);
    }
}
