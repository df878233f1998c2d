//! A reload (SIGHUP): what can change while the daemon runs counts from then on, all or nothing; what cannot is named. systemd
//! is told when it begins and when it ends, and what came of it.
#![cfg(test)]

use std::fs;

use nix::sys::signal::Signal;
use ostler::model::power::PowerState;
use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::daemon::{Daemon, Parts};
use crate::common::sim::SimRack;
use crate::common::systemd::Systemd;
use crate::common::wait::until;

/// Nothing is polled unless a reload says so.
const SLOW: &str = "poll_interval_secs = 86400\nchange_deadline_secs = 20\n";

/// The daemon's settings, with `from` made `to`; `from` has to be there.
#[track_caller]
fn edit(daemon: &Daemon, from: &str, to: &str) {
    let file = daemon.directory().join("ostler.toml");
    let before = fs::read_to_string(&file).unwrap();
    let after = before.replacen(from, to, 1);
    assert_ne!(before, after, "{from:?} in {before}");
    fs::write(file, after).unwrap();
}

/// Asks for a reload and waits until the log has one more line with this; gives that line.
#[track_caller]
fn reload(daemon: &Daemon, expected: &str) -> String {
    let lines = || -> Vec<String> {
        let log = daemon.log();
        let found = log.lines().filter(|line| line.contains(expected));
        found.map(str::to_owned).collect()
    };
    let before = lines().len();
    daemon.signal(Signal::SIGHUP);
    until(&format!("a line with {expected:?}"), || {
        lines().get(before).cloned()
    })
}

const TAKEN_OVER: &str = "settings taken over: ";
const REFUSED: &str = "settings not taken over";
const NEXT_START: &str = "and taking effect at the next start: ";

#[test]
fn what_can_change_counts_from_the_reload_on() {
    let bench = Bench::start(vec![SimBmcConfig::new("n1")], SLOW);
    let daemon = &bench.daemon;
    let limit = || bench.at("/v1/limits/p")["instances"].clone();
    let link = || bench.at("/v1/nodes/n1")["links"][0]["href"].to_string();
    assert_eq!(limit(), Value::Null);
    assert!(!link().contains("rack.example"));
    edit(
        daemon,
        "poll_interval_secs = 86400",
        "poll_interval_secs = 1",
    );
    edit(
        daemon,
        "[api]\n",
        "[limits]\ninstances_per_project = 7\n[log]\nlevel = \"debug\"\n[api]\n\
         public_url = \"https://rack.example\"\nmax_body_bytes = 1024\nfailed_sign_ins_per_min = 1\n",
    );
    let said = reload(daemon, TAKEN_OVER);
    for key in [
        "api.public_url, api.max_body_bytes, api.failed_sign_ins_per_min",
        "power.poll_interval_secs",
        "limits.instances_per_project",
        "log.level",
    ] {
        assert!(said.contains(key), "{key}: {said}");
    }
    assert_eq!(limit(), 7);
    assert!(
        link().contains("https://rack.example/v1/nodes/"),
        "{}",
        link()
    );
    let large = json!({"name": "n".repeat(2_000)});
    bench.admin.post("/v1/networks", &large).expect_error(413);
    // A node that was not due before tomorrow.
    bench.bmc("n1").press_power_button();
    bench.wait_power(&node("n1"), PowerState::On);
    let guesser = daemon.tcp().with_token("ostler_0000");
    guesser.get("/v1/nodes").expect_error(401);
    guesser.get("/v1/nodes").expect_error(429);
    until("lines at debug", || {
        daemon.log().contains("DEBUG").then_some(())
    });
    edit(
        daemon,
        "[api]\n",
        "[api]\nrequests_per_sec = 1\nrequest_burst = 2\n",
    );
    reload(daemon, TAKEN_OVER);
    let statuses: Vec<_> = (0..10)
        .map(|_| bench.admin.get("/v1/nodes").status)
        .collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    edit(daemon, "requests_per_sec = 1\nrequest_burst = 2\n", "");
    reload(daemon, TAKEN_OVER);
    for _ in 0..10 {
        bench.admin.get("/v1/nodes").expect(200);
    }
}

#[test]
fn orders_are_made_with_the_deadlines_of_the_last_reload() {
    let bench = Bench::start(vec![SimBmcConfig::new("n1")], SLOW);
    let parts = Parts::make(&bench.admin);
    bench.create_active(&parts, "n1");
    edit(
        &bench.daemon,
        "change_deadline_secs = 20",
        "change_deadline_secs = 5000",
    );
    reload(&bench.daemon, TAKEN_OVER);
    let task = bench.order_until(&node("n1"), "off", "done");
    let at = |field: &str| -> i64 {
        let time: jiff::Timestamp = task[field].as_str().unwrap().parse().unwrap();
        time.as_second()
    };
    assert!(at("deadline_at") - at("created_at") >= 4_999, "{task:#}");
}

#[test]
fn a_mistake_changes_nothing_and_is_told_with_its_place() {
    let (systemd, daemon) = Systemd::with_daemon(SLOW);
    let admin = daemon.unix();
    let limit = || admin.get("/v1/limits/p").expect(200).json()["instances"].clone();
    systemd.wait_status("0 nodes, 0 tasks");
    edit(
        &daemon,
        "[api]\n",
        "[limits]\ninstances_per_project = 7\n[events]\nkeep_hours = 0\n[api]\n",
    );
    let said = reload(&daemon, REFUSED);
    let place =
        "ostler.toml:5:14: events.keep_hours: 0 is out of range; write a whole number of hours";
    assert!(said.contains(place), "{said}");
    assert_eq!(limit(), Value::Null);
    until("the status to say so", || {
        let status = systemd.status();
        (status
            .starts_with("0 nodes, 0 tasks; settings not taken over: going on with the old ones: ")
            && status.contains(place))
        .then_some(())
    });
    // It stays there while the daemon works.
    admin.post("/v1/nodes", &json!({"name": "n1", "bmc": {"address": "127.0.0.1", "username": "a", "password": "b"}})).expect(201);
    until("the status to go on", || {
        systemd
            .status()
            .starts_with("1 node, 0 tasks; settings not taken over")
            .then_some(())
    });
    edit(&daemon, "keep_hours = 0", "keep_hours = 1");
    reload(&daemon, TAKEN_OVER);
    systemd.wait_status("1 node, 0 tasks");
    assert_eq!(limit(), 7);
    edit(&daemon, "[api]", "[api");
    let said = reload(&daemon, REFUSED);
    assert!(said.contains("ostler.toml:6:5: "), "{said}");
    // systemd waits for the end of each reload, and knows it by the time at which it began.
    let heard: Vec<String> = systemd
        .heard()
        .into_iter()
        .map(|(_, message)| message)
        .collect();
    let begun = heard
        .iter()
        .filter(|of| of.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(begun.count(), 3, "{heard:#?}");
    until("the last reload to end", || {
        let heard = systemd.heard();
        let ends = heard
            .iter()
            .filter(|(_, of)| of.starts_with("READY=1\nSTATUS="));
        (ends.count() == 4).then_some(())
    });
}

#[test]
fn what_cannot_change_is_named_until_it_is_as_it_was() {
    let (systemd, daemon) = Systemd::with_daemon(SLOW);
    systemd.wait_status("0 nodes, 0 tasks");
    edit(
        &daemon,
        "[power]\n",
        "max_connections = 7\n[limits]\ninstances_per_project = 7\n[power]\nmax_in_flight = 3\n",
    );
    let said = reload(&daemon, NEXT_START);
    assert!(said.contains("ostler.toml"), "{said}");
    assert!(
        said.contains(": api.max_connections, power.max_in_flight"),
        "{said}"
    );
    let limit = daemon.unix().get("/v1/limits/p").expect(200).json();
    assert_eq!(limit["instances"], 7, "the rest is taken over");
    systemd.wait_status(
        "0 nodes, 0 tasks; at the next start: api.max_connections, power.max_in_flight",
    );
    // Also by a reload with nothing new.
    reload(&daemon, NEXT_START);
    edit(&daemon, "max_connections = 7\n", "");
    edit(&daemon, "max_in_flight = 3\n", "");
    reload(&daemon, "settings read again: nothing to take over");
    systemd.wait_status("0 nodes, 0 tasks");
}

/// A budget that is changed knows what was turned on before, and who waits goes on in the new one.
#[test]
fn budgets_are_changed_while_machines_wait_for_them() {
    let names = ["n1", "n2", "n3"];
    let power = "poll_interval_secs = 1\nbudgets = [{ max_power_ons = 1, per_secs = 3600 }]\n";
    let rack = SimRack::start(names.map(SimBmcConfig::new).into());
    let bench = Bench::over(rack, Daemon::with_power(power));
    let waits = |name: &str| {
        until(&format!("{name} to wait for its turn"), || {
            let tasks = bench.at(&format!("{}/tasks", node(name)));
            let task = bench.at(&format!(
                "/v1/tasks/{}",
                tasks["tasks"][0]["uuid"].as_str().unwrap()
            ));
            task.to_string()
                .contains("waits for its turn")
                .then_some(())
        });
        assert_eq!(bench.bmc(name).power(), PowerState::Off);
    };
    bench.order_until(&node("n1"), "on", "done");
    bench.order(&node("n2"), "on");
    waits("n2");
    edit(&bench.daemon, "max_power_ons = 1,", "max_power_ons = 2,");
    reload(&bench.daemon, "power.budgets");
    bench.wait_power(&node("n2"), PowerState::On);
    // n1 and n2 are in the new budget.
    bench.order(&node("n3"), "on");
    waits("n3");
    edit(
        &bench.daemon,
        "budgets = [{ max_power_ons = 2, per_secs = 3600 }]",
        "budgets = []",
    );
    reload(&bench.daemon, "power.budgets");
    bench.wait_power(&node("n3"), PowerState::On);
    // What was turned on while there were none counts too.
    edit(
        &bench.daemon,
        "budgets = []",
        "budgets = [{ max_power_ons = 3, per_secs = 3600 }]",
    );
    reload(&bench.daemon, "power.budgets");
    bench.order(&node("n3"), "reboot");
    bench.wait_power_seen_off("n3");
    waits("n3");
}

impl Bench {
    /// Waits until the BMC of this name has turned its machine off.
    fn wait_power_seen_off(&self, name: &str) {
        until(&format!("{name} to be off"), || {
            (self.bmc(name).power() == PowerState::Off).then_some(())
        });
    }
}
