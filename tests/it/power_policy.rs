//! The policy of a node, and the machine under the daemon's own feet.
#![cfg(test)]

use ostler::bmc::{BmcSettings, Bmcs, Urgency};
use ostler::model::power::PowerState;
use ostler::sim::{SimBmc, SimBmcConfig};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::bmc_session::node as bmc_ref;
use crate::common::bench::{Bench, bmc_settings, node, register};
use crate::common::daemon::{Daemon, Parts};
use crate::common::events::Events;
use crate::common::sim::SimRack;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 2\n";

fn on(name: &str) -> SimBmcConfig {
    SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new(name)
    }
}

fn enforce(bench: &Bench) {
    let patch = json!([{"op": "replace", "path": "/power_policy", "value": "enforce"}]);
    let changed = bench.admin.patch(&node("n"), &patch).expect(200).json();
    assert_eq!(changed["power_policy"], "enforce");
}

/// Pulls the plug, and waits until the daemon has seen it.
fn pull(bmc: &SimBmc, events: &Events, times: usize) {
    bmc.set_power(PowerState::Off);
    until("the change to be seen", || {
        let seen = events.shorts();
        let outside = "power power on->power off outside";
        (seen.iter().filter(|event| *event == outside).count() == times).then_some(())
    });
}

#[test]
fn a_node_that_enforces_goes_back_to_what_was_ordered_and_gives_up_on_a_rival() {
    let bench = Bench::start(vec![on("n")], POWER);
    let bmc = bench.bmc("n");
    assert_eq!(bench.at(&node("n"))["power_policy"], "observe");
    enforce(&bench);
    let events = Events::open(&bench.admin, "/v1/events?node=n");
    for times in 1..=3 {
        pull(&bmc, &events, times);
        bench.wait_power(&node("n"), PowerState::On);
        assert_eq!(bmc.power(), PowerState::On);
    }
    let task = bench.at(&format!("{}/tasks", node("n")))["tasks"][0].clone();
    assert_eq!(task["requested_by"]["transport"], "power-policy");
    events.wait_short("task -->queued policy");

    pull(&bmc, &events, 4);
    let said = until("the reason", || {
        let error = bench.at(&node("n"))["last_error"].clone();
        error.as_str().map(str::to_owned)
    });
    assert!(said.contains("left alone"), "{said}");
    assert_eq!(bmc.power(), PowerState::Off);
    assert_eq!(bmc.counters().controls_received.up, 3);
}

#[test]
fn enforcing_wants_what_was_last_ordered_and_nothing_in_maintenance() {
    let bench = Bench::start(vec![on("n")], POWER);
    let bmc = bench.bmc("n");
    enforce(&bench);
    let events = Events::open(&bench.admin, "/v1/events?node=n");
    bench.order_until(&node("n"), "off", "done");
    bmc.set_power(PowerState::On);
    events.wait_short("power power off->power on outside");
    bench.wait_power(&node("n"), PowerState::Off);
    assert_eq!(bmc.power(), PowerState::Off);

    bench
        .admin
        .put(&format!("{}/maintenance", node("n")), &json!({}))
        .expect(204);
    let told = bmc.counters().controls_received.total();
    bmc.set_power(PowerState::On);
    bench
        .admin
        .delete(&format!("{}/maintenance", node("n")))
        .expect(204);
    // What somebody did to it in maintenance is undone when it is over; before, it was not even looked at.
    until("the machine to be off again", || {
        (bmc.power() == PowerState::Off).then_some(())
    });
    assert_eq!(bmc.counters().controls_received.total(), told + 1);
    for bad in [json!("sometimes"), json!(1)] {
        let patch = json!([{"op": "replace", "path": "/power_policy", "value": bad}]);
        bench.admin.patch(&node("n"), &patch).expect_error(400);
    }
}

/// What the simulated BMC says its GUID is.
pub(crate) fn guid(bmc: &SimBmc) -> uuid::Uuid {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (bmcs, driver) = Bmcs::new(BmcSettings::default()).unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(driver.run());
        let guid = bmcs.guid(&bmc_ref(bmc.address()), Urgency::User).await;
        uuid::Uuid::from_bytes(guid.unwrap())
    })
}

#[test]
fn the_machine_that_the_daemon_runs_on_is_turned_off_only_with_force() {
    let rack = SimRack::start(vec![on("own"), on("other")]);
    let own = rack.by_name("own").unwrap();
    let daemon = Daemon::with_power(&format!("{POWER}own_guid = \"{}\"\n", guid(&own)));
    let admin = daemon.unix();
    for bmc in rack.bmcs() {
        register(&admin, bmc.name(), bmc_settings(&bmc));
    }
    let mut bench = Bench {
        rack,
        daemon,
        admin,
    };
    until("the own machine to be found", || {
        (bench.at(&node("own"))["runs_ostlerd"] == true).then_some(())
    });
    assert_eq!(bench.at(&node("other"))["runs_ostlerd"], false);
    let path = format!("{}/states/power", node("own"));
    for target in ["off", "reboot", "soft_off", "soft_reboot"] {
        let message = bench
            .admin
            .put(&path, &json!({"target": target}))
            .expect_error(409);
        assert!(message.contains("force"), "{message}");
    }
    bench.order_until(&node("own"), "on", "done");
    assert_eq!(own.counters().controls_received.total(), 0);

    // Nobody gets it as an instance.
    let parts = Parts::make(&bench.admin);
    let mut body = parts.instance("web");
    body["availability_zone"] = json!("z-own");
    let message = bench.admin.post("/v1/instances", &body).expect_error(409);
    assert!(message.contains("ostlerd runs on"), "{message}");

    bench
        .admin
        .put(&path, &json!({"target": "off", "force": true}))
        .expect(202);
    bench.wait_power(&node("own"), PowerState::Off);
    let other = format!("{}/states/power", node("other"));
    bench
        .admin
        .put(&other, &json!({"target": "off"}))
        .expect(202);

    // A node in maintenance is not asked; what was known of it still holds after a start.
    let maintenance = format!("{}/maintenance", node("own"));
    bench.admin.put(&maintenance, &json!({})).expect(204);
    bench.daemon.crash();
    bench.daemon.start_again();
    until("the own machine to be looked for again", || {
        let log = bench.daemon.log();
        (log.matches("looking for the node of this machine").count() == 2).then_some(())
    });
    assert_eq!(bench.at(&node("own"))["runs_ostlerd"], true);
    let order = json!({"target": "off"});
    bench.admin.put(&path, &order).expect_error(409);
}

#[test]
fn a_machine_behind_its_own_device_is_the_daemons_own() {
    let bench = Bench::start(vec![], POWER);
    let own: Value = json!({"name": "own", "bmc": {"interface": "open", "device": "/dev/null"}});
    let made = bench.admin.post("/v1/nodes", &own).expect(201).json();
    assert_eq!(made["runs_ostlerd"], true);
    let order = json!({"target": "off"});
    bench
        .admin
        .put(&format!("{}/states/power", node("own")), &order)
        .expect_error(409);
}
