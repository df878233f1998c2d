//! An instance is rebuilt: its machine is set up anew, with its image or another one, and nothing else of it changes.
#![cfg(test)]

use ostler::sim::SimBmcConfig;
use serde_json::json;

use crate::common::bench::{Bench, node, since};
use crate::common::daemon::Parts;
use crate::common::netboot::{Netboot, uploaded};
use crate::common::wait::until;
use crate::power_policy::guid;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n";

#[test]
fn a_rebuild_boots_another_image_on_the_same_machine_with_the_same_addresses() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let bench = &rack.bench;
    let (instance, machine) = rack.create_booted("n");
    let first = bench.at(&instance);
    let image = json!({"name": "other", "boot": "network", "completion": "phone-home", "user_data": "of the image"});
    let image = uploaded(&bench.admin, &image);
    let before = bench.bmc("n").counters().controls_received;
    let member = bench.daemon.tcp_as("m", "default", "member");
    let path = format!("{instance}/rebuild");
    let body = json!({"image_uuid": image, "user_data": "of the instance"});
    let answer = member.post(&path, &body).expect(202);
    assert!(answer.header("location").unwrap().ends_with(&instance));
    let building = answer.json();
    assert_eq!(building["status"], "building");
    assert_eq!(building["image_uuid"], image);
    machine.kernel().expect(404);

    let mut machine = rack.machine("n");
    rack.wait_step(&instance, "await_script");
    assert!(machine.script());
    assert_eq!(machine.user_data(), "of the instance");
    machine.kernel().expect(200);
    machine.phone_home().expect(200);
    bench.wait_status(&instance, "active");
    assert_eq!(since(&bench.bmc("n"), &before), (1, 1, 0));
    let rebuilt = bench.at(&instance);
    for field in [
        "network_info",
        "node_uuid",
        "name",
        "created_at",
        "launched_at",
    ] {
        assert_eq!(rebuilt[field], first[field], "{field}");
    }
    let deploys = bench.at(&format!("{instance}/tasks"));
    assert_eq!(deploys["tasks"].as_array().unwrap().len(), 2);

    // Without a word it is the same again; an empty word is the image's.
    for (body, expected) in [
        (json!({}), "of the instance"),
        (json!({"user_data": ""}), "of the image"),
        (json!(null), "of the image"),
    ] {
        let bytes = (!body.is_null()).then(|| body.to_string().into_bytes());
        member.send("POST", &path, bytes.as_deref()).expect(202);
        let mut machine = rack.machine("n");
        rack.wait_step(&instance, "await_script");
        assert!(machine.script());
        assert_eq!(machine.user_data(), expected);
        machine.phone_home().expect(200);
        bench.wait_status(&instance, "active");
    }
}

#[test]
fn a_rebuild_that_cannot_be_is_refused_and_changes_nothing() {
    let mut config = SimBmcConfig::new("n");
    // An order to shut down stays open.
    config.delays.soft_off = None;
    let bench = Bench::start(vec![config], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    let path = format!("{instance}/rebuild");
    let before = bench.at(&instance);
    let admin = &bench.admin;
    let nobody = "00000000-0000-4000-8000-000000000000";
    let unknown = admin
        .post(&path, &json!({"image_uuid": nobody}))
        .expect_error(400);
    assert!(
        unknown.contains("image_uuid: there is no image"),
        "{unknown}"
    );
    admin
        .post(&path, &json!({"image": nobody}))
        .expect_error(400);
    admin
        .post(&path, &json!({"user_data": "x".repeat(65_536)}))
        .expect_error(400);
    let hopeless = json!({"name": "p", "boot": "network", "completion": "phone-home"});
    let hopeless = uploaded(admin, &hopeless);
    let refused = admin
        .post(&path, &json!({"image_uuid": hopeless}))
        .expect_error(409);
    assert!(refused.contains("network boot is off"), "{refused}");
    let stale = admin.with("If-Match", "\"0-0\"");
    stale.post(&path, &json!({})).expect_error(412);
    let stranger = bench.daemon.tcp_as("s", "elsewhere", "member");
    stranger.post(&path, &json!({})).expect_error(403);
    let reader = bench.daemon.tcp_as("r", "default", "reader");
    reader.post(&path, &json!({})).expect_error(403);
    admin
        .post("/v1/instances/nobody/rebuild", &json!({}))
        .expect_error(404);
    assert_eq!(bench.at(&instance), before);

    bench.order_within(&instance, "soft_off", 60);
    let answer = admin.post(&path, &json!({})).expect(409);
    assert!(answer.header("retry-after").is_some());
}

#[test]
fn a_rebuild_is_refused_while_it_is_built_or_goes() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let instance = rack.bench.create(&rack.parts, "n");
    let path = format!("{instance}/rebuild");
    rack.wait_step(&instance, "await_script");
    let refused = rack.bench.admin.post(&path, &json!({})).expect_error(409);
    assert!(refused.contains("it is being set up"), "{refused}");
    let dead = ostler::sim::Faults {
        dead: true,
        ..ostler::sim::Faults::default()
    };
    rack.bench.bmc("n").set_faults(dead);
    rack.bench.admin.delete(&instance).expect(204);
    let refused = rack.bench.admin.post(&path, &json!({})).expect_error(409);
    assert!(refused.contains("it is being deleted"), "{refused}");
}

#[test]
fn the_machine_that_the_daemon_runs_on_is_not_rebuilt() {
    let mut bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    // Nobody knew until now.
    let own = guid(&bench.bmc("n"));
    let settings = bench.daemon.directory().join("ostler.toml");
    let told = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{told}own_guid = \"{own}\"\n")).unwrap();
    assert!(bench.daemon.stop());
    bench.daemon.start_again();
    until("the own machine to be found", || {
        (bench.at(&node("n"))["runs_ostlerd"] == true).then_some(())
    });
    let path = format!("{instance}/rebuild");
    let refused = bench.admin.post(&path, &json!({})).expect_error(409);
    assert!(refused.contains("ostlerd itself runs on"), "{refused}");
    assert_eq!(bench.at(&instance)["status"], "active");
}

#[test]
fn a_rebuild_that_is_asked_for_twice_with_one_key_happens_once() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    let path = format!("{instance}/rebuild");
    let keyed = bench.admin.with("Idempotency-Key", "k");
    let first = keyed.post(&path, &json!({})).expect(202);
    bench.wait_status(&instance, "active");
    let again = keyed.post(&path, &json!({})).expect(202);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.body, first.body);
    keyed
        .post(&path, &json!({"user_data": ""}))
        .expect_error(422);
    let tasks = bench.at(&format!("{}/tasks", node("n")));
    let deploys = tasks["tasks"].as_array().unwrap().iter();
    assert_eq!(deploys.filter(|of| of["kind"] == "deploy").count(), 2);
}

#[test]
fn an_instance_whose_deploy_failed_is_rebuilt_by_its_owner_with_an_image_that_boots() {
    let settings = "script_deadline_secs = 1\nretries = 0\n";
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, settings);
    let instance = rack.bench.create(&rack.parts, "n");
    rack.bench.wait_status(&instance, "error");
    let disk = json!({"name": "plain", "boot": "disk"});
    let disk = rack
        .bench
        .admin
        .post("/v1/images", &disk)
        .expect(201)
        .json();
    let member = rack.bench.daemon.tcp_as("m", "default", "member");
    let body = json!({"image_uuid": disk["uuid"]});
    member
        .post(&format!("{instance}/rebuild"), &body)
        .expect(202);
    rack.bench.wait_status(&instance, "active");
    let shown = rack.bench.at(&instance);
    assert!(shown["last_error"].is_null() && shown["launched_at"].is_string());
}

#[test]
fn user_data_of_before_stays_with_an_instance_whose_new_image_reads_none() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let admin = &rack.bench.admin;
    let disk = json!({"name": "plain", "boot": "disk"});
    let disk = admin.post("/v1/images", &disk).expect(201).json();
    let mut body = rack.parts.instance("web");
    body["user_data"] = json!("of the instance");
    admin.post("/v1/instances", &body).expect(201);
    let (instance, mut machine) = ("/v1/instances/web", rack.machine("n"));
    rack.boot(instance, &mut machine);
    let path = format!("{instance}/rebuild");
    let to_disk = json!({"image_uuid": disk["uuid"]});
    let with_data = json!({"image_uuid": disk["uuid"], "user_data": "x"});
    let refused = admin.post(&path, &with_data).expect_error(409);
    assert!(refused.contains("would reach nobody"), "{refused}");
    admin.post(&path, &to_disk).expect(202);
    rack.bench.wait_status(instance, "active");
    let back = json!({"image_uuid": rack.parts.image});
    admin.post(&path, &back).expect(202);
    rack.wait_step(instance, "await_script");
    assert!(machine.script());
    assert_eq!(machine.user_data(), "of the instance");
}
