//! The main job: an instance is created, turned off and on, rebooted and given back, on a machine that really follows.
#![cfg(test)]

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use serde_json::json;

use crate::common::daemon::{Daemon, Parts, register_node};
use crate::common::http::Client;
use crate::common::sim::SimRack;
use crate::common::wait::until;

fn wait_power(client: &Client, path: &str, power: &str) {
    until(&format!("{path} to be {power}"), || {
        let states = client.get(&format!("{path}/states")).expect(200).json();
        (states["power_state"] == power && states["target_power_state"].is_null()).then_some(())
    });
}

#[test]
fn an_instance_lives_from_create_to_delete_and_its_machine_follows() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("n1"));
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let node = register_node(&admin, "n1", &bmc);
    let parts = Parts::make(&admin);

    let made = admin
        .post("/v1/instances", &parts.instance("web"))
        .expect(201);
    let instance = made.json();
    assert_eq!(instance["status"], "building");
    assert_eq!(instance["node_uuid"], json!(node));
    let path = format!("/v1/instances/{}", instance["uuid"].as_str().unwrap());
    until("the instance to be active", || {
        let instance = admin.get(&path).expect(200).json();
        (instance["status"] == "active" && instance["launched_at"].is_string()).then_some(())
    });
    wait_power(&admin, &path, "power on");
    assert_eq!(bmc.power(), PowerState::On);

    for (target, expected, state) in [
        ("off", "power off", PowerState::Off),
        ("on", "power on", PowerState::On),
        ("reboot", "power on", PowerState::On),
        ("soft_off", "power off", PowerState::Off),
    ] {
        let order = json!({"target": target});
        let accepted = admin
            .put(&format!("{path}/states/power"), &order)
            .expect(202);
        assert!(
            accepted
                .header("location")
                .unwrap()
                .ends_with(&format!("{path}/states"))
        );
        wait_power(&admin, &path, expected);
        assert_eq!(bmc.power(), state, "{target}");
    }

    admin
        .put(&format!("{path}/states/power"), &json!({"target": "on"}))
        .expect(202);
    wait_power(&admin, &path, "power on");
    admin.delete(&path).expect(204);
    until("the instance to be gone", || {
        let answer = admin.get(&path);
        (answer.status == 404).then_some(())
    });
    assert_eq!(
        bmc.power(),
        PowerState::Off,
        "the node was free before its machine was off"
    );
    let node = admin.get(&format!("/v1/nodes/{node}")).expect(200).json();
    assert!(node["instance_uuid"].is_null());
}

/// A delete that had gone past its deadline while the BMC was away used to look for ever and never turn the machine off.
#[test]
fn a_delete_outlives_its_deadline_and_ends_when_the_bmc_is_back() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("n1"));
    let daemon = Daemon::with_power(
        "poll_interval_secs = 1\nchange_deadline_secs = 2\nbackoff_max_secs = 2\n",
    );
    let admin = daemon.unix();
    register_node(&admin, "n1", &bmc);
    let parts = Parts::make(&admin);
    let made = admin
        .post("/v1/instances", &parts.instance("web"))
        .expect(201)
        .json();
    let path = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
    wait_power(&admin, &path, "power on");

    bmc.set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    admin.delete(&path).expect(204);
    let reason = until("the delete to say why it does not end", || {
        let instance = admin.get(&path).expect(200).json();
        assert_eq!(instance["status"], "deleting");
        instance["last_error"].as_str().map(String::from)
    });
    assert!(reason.contains(&bmc.address().to_string()), "{reason}");
    bmc.set_faults(Faults::default());

    until("the instance to be gone", || {
        (admin.get(&path).status == 404).then_some(())
    });
    assert_eq!(bmc.power(), PowerState::Off);
}

#[test]
fn after_a_stop_the_database_is_one_file_that_holds_everything() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("n1"));
    let mut daemon = Daemon::start();
    register_node(&daemon.unix(), "n1", &bmc);
    assert!(daemon.stop(), "{}", daemon.log());

    let state = daemon.directory().join("state");
    let left = std::fs::read_dir(&state).unwrap();
    let mut left: Vec<_> = left
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["credentials.key", "lock", "ostler.db"]);
    daemon.start_again();
    daemon.unix().get("/v1/nodes/n1").expect(200);
}
