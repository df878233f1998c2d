//! What `systemctl status` shows: what the daemon is doing, and no more often than an operator reads.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};

use crate::common::bench::{Bench, node};
use crate::common::sim::SimRack;
use crate::common::systemd::Systemd;

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 60\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 2\nbackoff_max_secs = 2\n";

#[test]
fn the_status_counts_nodes_those_in_trouble_and_tasks() {
    let (systemd, daemon) = Systemd::with_daemon(POWER);
    systemd.wait_status("0 nodes, 0 tasks");
    let rack = SimRack::start(vec![SimBmcConfig::new("n1"), SimBmcConfig::new("n2")]);
    let bench = Bench::over(rack, daemon);
    systemd.wait_status("2 nodes, 0 tasks");
    bench.bmc("n1").set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    systemd.wait_status("2 nodes, 1 unreachable, 0 tasks");
    bench.bmc("n2").set_faults(Faults {
        lying_success: true,
        ..Faults::default()
    });
    bench.order(&node("n2"), "on");
    systemd.wait_status("2 nodes, 1 unreachable, 1 task");
    bench.bmc("n2").set_power(PowerState::On);
    bench.bmc("n1").set_faults(Faults::default());
    systemd.wait_status("2 nodes, 0 tasks");
    bench.admin.delete(&node("n1")).expect(204);
    systemd.wait_status("1 node, 0 tasks");
}

/// A rack that is turned around all the time must not keep systemd busy.
#[test]
fn the_status_is_told_at_most_every_two_seconds_and_only_when_it_changed() {
    let (systemd, daemon) = Systemd::with_daemon(POWER);
    let bench = Bench::over(SimRack::start(vec![SimBmcConfig::new("n1")]), daemon);
    for target in ["on", "off", "on", "off", "on", "off"] {
        bench.order_until(&node("n1"), target, "done");
    }
    systemd.wait_status("1 node, 0 tasks");
    let heard = systemd.heard();
    let told = heard
        .iter()
        .filter(|(_, message)| message.starts_with("STATUS="));
    let told: Vec<_> = told.collect();
    for pair in told.windows(2) {
        assert!(
            pair[1].0 - pair[0].0 > Duration::from_millis(1_900),
            "{told:?}"
        );
        assert_ne!(pair[1].1, pair[0].1);
    }
}
