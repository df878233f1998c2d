//! Answers that are kept say what is stored, whatever has changed since. The daemon under test also reads again what it would
//! give from memory, and panics where that is not the same.
#![cfg(test)]

use ostler::model::power::PowerState;
use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::daemon::Parts;
use crate::common::wait::until;

/// Nothing is polled that was read once, so that answers change by what the test does alone.
const POWER: &str = "poll_interval_secs = 3600\n";

/// What the API says of a thing by its UUID, which is what its list says. A thing that changes just now may change in between;
/// at an answer that is older than the last change the daemon breaks the connection.
#[track_caller]
fn shown(bench: &Bench, plural: &str, path: &str) -> Value {
    // Lists are read each time. Those of nodes are in full.
    let detail = if plural == "nodes" { "" } else { "/detail" };
    until(&format!("{path} to be as listed"), || {
        let shows = [bench.at(path), bench.at(path)];
        let states = bench.at(&format!("{path}/states"));
        let list = bench.at(&format!("/v1/{plural}{detail}"));
        let of = |entry: &&Value| path.ends_with(entry["uuid"].as_str().unwrap());
        let listed = list[plural].as_array().unwrap().iter().find(of).unwrap();
        let is_same_state = |field: &str| states[field] == listed[field];
        let fields = ["power_state", "target_power_state", "last_error"];
        let is_same =
            shows.iter().all(|show| show == listed) && fields.into_iter().all(is_same_state);
        is_same.then(|| listed.clone())
    })
}

#[track_caller]
fn patch(bench: &Bench, path: &str, at: &str, value: Value) {
    let op = if value.is_null() { "remove" } else { "add" };
    let mut step = json!({"op": op, "path": at});
    if op == "add" {
        step["value"] = value;
    }
    bench.admin.patch(path, &json!([step])).expect(200);
}

#[test]
fn a_node_is_shown_as_it_is_after_each_change() {
    let bench = Bench::start(vec![SimBmcConfig::new("n"), SimBmcConfig::new("m")], POWER);
    let parts = Parts::make(&bench.admin);
    let by_id = |name: &str| {
        let uuid = bench.at(&node(name))["uuid"].clone();
        format!("/v1/nodes/{}", uuid.as_str().unwrap())
    };
    let (path, other) = (by_id("n"), by_id("m"));
    let says = |field: &str| {
        shown(&bench, "nodes", &other);
        shown(&bench, "nodes", &path)[field].clone()
    };
    assert_eq!(says("instance_type"), json!(null));
    let of_type = bench
        .admin
        .post("/v1/types", &json!({"name": "t1"}))
        .expect(201)
        .json();
    let of_type = format!("/v1/types/{}", of_type["uuid"].as_str().unwrap());
    patch(&bench, &path, "/instance_type", json!("t1"));
    assert_eq!(says("instance_type"), json!("t1"));
    patch(&bench, &of_type, "/name", json!("t2"));
    assert_eq!(says("instance_type"), json!("t2"));
    patch(&bench, &path, "/instance_type", json!(null));
    assert_eq!(says("instance_type"), json!(null));

    let port = json!({"mac_address": "52:54:00:00:00:01", "port_type": "data"});
    patch(&bench, &path, "/ports", json!([port]));
    assert_eq!(says("ports")[0]["mac_address"], port["mac_address"]);
    patch(&bench, &path, "/extra", json!({"rack": "7"}));
    assert_eq!(says("extra"), json!({"rack": "7"}));
    patch(&bench, &path, "/bmc/privilege_level", json!("operator"));
    assert_eq!(says("bmc")["privilege_level"], json!("operator"));
    let maintenance = format!("{path}/maintenance");
    bench.admin.put(&maintenance, &json!({})).expect(204);
    assert_eq!(says("maintenance"), json!(true));
    bench.admin.delete(&maintenance).expect(204);
    assert_eq!(says("maintenance"), json!(false));

    // As its instance comes and goes.
    assert_eq!(says("instance_uuid"), json!(null));
    for _ in 0..2 {
        let instance = bench.create_active(&parts, "n");
        let uuid = says("instance_uuid");
        assert!(instance.ends_with(uuid.as_str().unwrap()), "{instance}");
        bench.wait_power(&path, PowerState::On);
        assert_eq!(says("power_state"), json!("power on"));
        bench.admin.delete(&instance).expect(204);
        bench.wait_gone(&instance);
        assert_eq!(says("instance_uuid"), json!(null));
    }
    bench.order_until(&path, "on", "done");
    assert_eq!(says("power_state"), json!("power on"));
}

#[test]
fn an_instance_is_shown_as_it_is_after_each_change() {
    let bench = Bench::start(vec![SimBmcConfig::new("n"), SimBmcConfig::new("m")], POWER);
    let parts = Parts::make(&bench.admin);
    let path = bench.create(&parts, "n");
    let other = bench.create_active(&parts, "m");
    bench.wait_status(&path, "active");
    let says = |field: &str| {
        shown(&bench, "instances", &other);
        shown(&bench, "instances", &path)[field].clone()
    };
    assert_eq!(says("status"), json!("active"));
    patch(&bench, &path, "/name", json!("db"));
    assert_eq!(says("name"), json!("db"));
    patch(&bench, &path, "/description", json!("of the archive"));
    assert_eq!(says("description"), json!("of the archive"));
    for (target, power) in [("off", "power off"), ("on", "power on")] {
        bench.order(&path, target);
        let mut wanted = Vec::new();
        until("the order to be done", || {
            wanted.push(says("target_power_state"));
            wanted.last().unwrap().is_null().then_some(())
        });
        assert_eq!(says("power_state"), json!(power), "after {wanted:?}");
    }
    // By its node, which it has to itself.
    bench.order_until(&node("n"), "off", "done");
    assert_eq!(says("power_state"), json!("power off"));
    assert_eq!(says("target_power_state"), json!(null));
    bench.admin.delete(&other).expect(204);
    bench.wait_gone(&other);
    bench.admin.get(&other).expect_error(404);
    shown(&bench, "instances", &path);
}

#[test]
fn whom_a_name_means_is_looked_up_each_time() {
    let bench = Bench::start(vec![SimBmcConfig::new("n"), SimBmcConfig::new("m")], POWER);
    let (n, m) = (bench.at(&node("n")), bench.at(&node("m")));
    let path = |of: &Value| format!("/v1/nodes/{}", of["uuid"].as_str().unwrap());
    patch(&bench, &path(&n), "/name", json!("old"));
    patch(&bench, &path(&m), "/name", json!("n"));
    assert_eq!(bench.at(&node("n"))["uuid"], m["uuid"]);
    assert_eq!(bench.at(&node("old"))["uuid"], n["uuid"]);
    bench.admin.get(&node("m")).expect_error(404);
}
