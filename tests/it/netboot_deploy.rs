//! A deploy that the daemon boots: the machine is watched on its way, and the instance is active when it has phoned home.
#![cfg(test)]

use ostler::model::power::PowerState;
use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::bench::{node, since, tasks};
use crate::common::netboot::{Netboot, uploaded};
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n";

fn names(milestones: &Value) -> Vec<String> {
    let milestones = milestones.as_array().unwrap().iter();
    milestones
        .map(|of| of["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The outcomes of a step of a task.
fn outcomes(task: &Value, step: &str) -> Vec<String> {
    let attempts = task["attempts"].as_array().unwrap().iter();
    attempts
        .filter(|of| of["step"] == step)
        .map(|of| of["outcome"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_instance_is_active_when_its_machine_has_phoned_home_and_each_thing_it_did_is_told() {
    let on = SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new("n")
    };
    let rack = Netboot::start(vec![on], POWER, "");
    let bench = &rack.bench;
    let before = bench.bmc("n").counters().controls_received;
    let instance = bench.create(&rack.parts, "n");
    let mut machine = rack.machine("n");

    let task = rack.wait_step(&instance, "await_script");
    assert_eq!(since(&bench.bmc("n"), &before), (1, 1, 0));
    assert_eq!(outcomes(&task, "boot_device"), ["set"]);
    assert!(outcomes(&task, "fetch_image").len() == 1, "{task:#}");
    assert_eq!(task["milestones"], json!([]));
    assert!(machine.script());
    rack.wait_step(&instance, "await_kernel");
    machine.kernel().expect(200);
    until(
        "the kernel to count again, which it does once a second",
        || {
            machine.kernel().expect(200);
            let task = rack.newest_task(&instance);
            (task["milestones"][1]["times"] == 2).then_some(())
        },
    );
    rack.wait_step(&instance, "await_data");
    machine.data().expect(200);
    let task = rack.wait_step(&instance, "await_phone_home");
    let shown = bench.at(&instance);
    assert_eq!(
        (&shown["status"], &shown["launched_at"]),
        (&json!("building"), &Value::Null)
    );
    assert_eq!(names(&task["milestones"]), ["script", "kernel", "data"]);
    assert_eq!(task["milestones"][1]["times"], 2);
    assert!(task["milestones"][1]["last_at"].is_string());

    machine.phone_home().expect(200);
    bench.wait_status(&instance, "active");
    assert!(bench.at(&instance)["launched_at"].is_string());
    let task = rack.newest_task(&instance);
    assert_eq!(
        (&task["state"], &task["error"]),
        (&json!("done"), &Value::Null)
    );
    assert_eq!(names(&task["milestones"]).last().unwrap(), "phone_home");
    let listed = bench.admin.with("Accept", "application/json");
    let listed = listed
        .get("/v1/events?kind=netboot&node=n")
        .expect(200)
        .json();
    let told: Vec<(Value, Value)> = listed["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["old"].clone(), event["new"].clone()))
        .collect();
    let expected = [
        (Value::Null, json!("script")),
        (json!("script"), json!("kernel")),
        (json!("kernel"), json!("data")),
        (json!("data"), json!("phone_home")),
    ];
    assert_eq!(told, expected);
    // While that deploy lasted, and no longer.
    for gone in [machine.kernel(), machine.data(), machine.phone_home()] {
        assert_eq!(gone.status, 404);
    }
    assert!(!machine.script(), "there is nothing to boot any more");
}

#[test]
fn what_comes_later_counts_for_what_was_left_out() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let instance = rack.bench.create(&rack.parts, "n");
    let mut machine = rack.machine("n");
    rack.wait_step(&instance, "await_script");
    assert!(machine.script());
    machine.phone_home().expect(200);
    rack.bench.wait_status(&instance, "active");
    let task = rack.newest_task(&instance);
    assert_eq!(names(&task["milestones"]), ["script", "phone_home"]);
}

#[test]
fn with_completion_power_on_it_is_active_at_its_power_on_and_boots_after_that() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let image = json!({"name": "live", "boot": "network", "completion": "power-on"});
    let image = uploaded(&rack.bench.admin, &image);
    let mut body = rack.parts.instance("web");
    body["image_uuid"] = json!(image);
    rack.bench.admin.post("/v1/instances", &body).expect(201);
    let instance = "/v1/instances/web";
    rack.bench.wait_status(instance, "active");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    machine.kernel().expect(200);
    machine.phone_home();
    let task = rack.newest_task(instance);
    assert_eq!(task["state"], "done");
    assert_eq!(names(&task["milestones"])[..2], ["script", "kernel"]);
    assert!(!machine.script(), "it boots from its disk from now on");
    // Whatever is done to the machine next, it is not by this boot.
    rack.bench.admin.delete(instance).expect(204);
    rack.bench.wait_gone(instance);
    machine.kernel().expect(404);
}

#[test]
fn a_machine_that_is_served_on_boots_once_and_a_power_order_ends_it() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let image = json!({"name": "live", "boot": "network", "completion": "power-on"});
    let image = uploaded(&rack.bench.admin, &image);
    let mut body = rack.parts.instance("web");
    body["image_uuid"] = json!(image);
    rack.bench.admin.post("/v1/instances", &body).expect(201);
    let instance = "/v1/instances/web";
    rack.bench.wait_status(instance, "active");
    let mut machine = rack.machine("n");
    assert!(machine.script() && machine.script());
    machine.kernel().expect(200);
    assert!(!machine.script(), "it has had its kernel");
    // iPXE that could not boot it asks again by itself, and counts.
    let again = format!("/script?mac={}&tries=1", machine.mac());
    let script = rack.boot_service().get(&again).expect(200).body;
    let script = String::from_utf8(script).unwrap();
    assert!(script.contains("/kernel"), "{script}");

    let before = tasks(&rack.bench.admin, instance);
    let order = json!({"target": "reboot"});
    rack.bench
        .admin
        .put(&format!("{instance}/states/power"), &order)
        .expect(202);
    machine.kernel().expect(404);
    let script = rack.boot_service().get(&again).expect(200).body;
    let script = String::from_utf8(script).unwrap();
    assert!(!script.contains("/kernel"), "{script}");
    rack.bench.wait_task_after(instance, &before, "done");
}

#[test]
fn an_instance_has_user_data_of_its_own_that_nobody_is_shown() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let mut body = rack.parts.instance("web");
    body["user_data"] = json!("#!/bin/sh\necho from-the-instance\n");
    let made = rack.bench.admin.post("/v1/instances", &body).expect(201);
    assert!(!String::from_utf8(made.body).unwrap().contains("from-the"));
    let instance = "/v1/instances/web";
    let mut machine = rack.machine("n");
    rack.wait_step(instance, "await_script");
    assert!(machine.script());
    assert!(machine.user_data().contains("from-the-instance"));
    let shown = rack.bench.at(instance).to_string();
    assert!(!shown.contains("from-the"), "{shown}");
    for name in ["ostler.db", "ostler.db-wal"] {
        let file = rack.bench.daemon.directory().join("state").join(name);
        let bytes = std::fs::read(file).unwrap();
        let has = bytes.windows(8).any(|of| of == b"from-the");
        assert!(!has, "{name}");
    }
    body["user_data"] = json!("x".repeat(65_536));
    rack.bench
        .admin
        .post("/v1/instances", &body)
        .expect_error(400);
}

#[test]
fn the_secret_of_a_deploy_is_told_to_its_machine_alone() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let instance = rack.bench.create(&rack.parts, "n");
    let mut machine = rack.machine("n");
    rack.wait_step(&instance, "await_script");
    assert!(machine.script());
    machine.kernel().expect(200);
    machine.data().expect(200);
    rack.wait_step(&instance, "await_phone_home");
    let secret = machine.secret().as_bytes();
    assert_eq!(secret.len(), 64);
    let has = |text: &[u8]| text.windows(secret.len()).any(|of| of == secret);
    let admin = rack.bench.admin.with("Accept", "application/json");
    for path in [
        &instance,
        &format!("{instance}/tasks"),
        &node("n"),
        "/v1/images",
        "/v1/events",
        "/v1/events?kind=audit",
    ] {
        assert!(!has(&admin.get(path).expect(200).body), "{path}");
    }
    assert!(!has(&rack.bench.admin.get("/metrics").expect(200).body));
    machine.phone_home().expect(200);
    rack.bench.wait_status(&instance, "active");
    machine.phone_home().expect(404);
    assert!(!has(rack.bench.daemon.log().as_bytes()));
    for name in ["ostler.db", "ostler.db-wal"] {
        let file = rack.bench.daemon.directory().join("state").join(name);
        assert!(!has(&std::fs::read(file).unwrap()), "{name}");
    }
}

#[test]
fn a_machine_that_was_on_its_way_when_its_instance_is_deleted_gets_nothing_any_more() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let instance = rack.bench.create(&rack.parts, "n");
    let mut machine = rack.machine("n");
    rack.wait_step(&instance, "await_script");
    let order = json!({"target": "off"});
    let power = format!("{instance}/states/power");
    rack.bench.admin.put(&power, &order).expect_error(400);
    let power = format!("{}/states/power", node("n"));
    rack.bench.admin.put(&power, &order).expect_error(409);
    assert!(machine.script());
    rack.bench.admin.delete(&instance).expect(204);
    machine.kernel().expect(404);
    rack.bench.wait_gone(&instance);
    let tasks = rack.bench.at(&format!("{}/tasks", node("n")));
    let of = |at: usize| {
        (
            tasks["tasks"][at]["kind"].clone(),
            tasks["tasks"][at]["state"].clone(),
        )
    };
    assert_eq!(of(0), (json!("delete"), json!("done")));
    assert_eq!(of(1), (json!("deploy"), json!("cancelled")));
}
