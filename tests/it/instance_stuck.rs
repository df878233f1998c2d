//! Instances that are stuck: a deploy that failed says where and is tried again; a machine whose BMC is dead for good is
//! taken from its instance by force, and nothing acts on it afterwards.
#![cfg(test)]

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::{Bench, node, since};
use crate::common::daemon::Parts;
use crate::common::wait::until;

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 3\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 1\nbackoff_max_secs = 2\n";

/// The same with deadlines that no test waits for.
const PATIENT: &str = "poll_interval_secs = 1\nchange_deadline_secs = 120\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 1\nbackoff_max_secs = 2\n";

fn dead() -> Faults {
    Faults {
        dead: true,
        ..Faults::default()
    }
}

fn lying() -> Faults {
    Faults {
        lying_success: true,
        ..Faults::default()
    }
}

fn forgetful() -> Faults {
    Faults {
        forgets_boot_options: true,
        ..Faults::default()
    }
}

fn retry(bench: &Bench, instance: &str) -> crate::common::http::Response {
    bench.admin.post(&format!("{instance}/retry"), &json!({}))
}

fn force(bench: &Bench, instance: &str) {
    let path = format!("{instance}?force=true");
    bench.admin.delete(&path).expect(204);
    bench.admin.get(instance).expect_error(404);
}

/// The newest task of a node.
fn newest_task(bench: &Bench, name: &str) -> Value {
    bench.at(&format!("{}/tasks", node(name)))["tasks"][0].clone()
}

/// The latest events of a node, newest first, of these kinds.
fn events(bench: &Bench, name: &str, kinds: &str) -> Vec<Value> {
    let path = format!("/v1/events?node={name}&kind={kinds}&sort_dir=desc");
    let listed = bench.admin.with("Accept", "application/json").get(&path);
    listed.expect(200).json()["events"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn a_deploy_that_fails_names_its_step_and_what_the_bmc_said_and_keeps_the_node() {
    let on = SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new("off")
    };
    let bench = Bench::start(
        vec![on, SimBmcConfig::new("boot"), SimBmcConfig::new("on")],
        POWER,
    );
    let parts = Parts::make(&bench.admin);
    let pxe = json!({"name": "pxe", "boot": "external"});
    let pxe = bench.admin.post("/v1/images", &pxe).expect(201).json();
    let table = [
        (
            "off",
            lying(),
            ["the step \"power off\"", "but the power stayed on"],
        ),
        (
            "boot",
            forgetful(),
            [
                "the step \"boot device\"",
                "the BMC accepted boot device pxe but shows none",
            ],
        ),
        (
            "on",
            lying(),
            ["the step \"power on\"", "but the power stayed off"],
        ),
    ];
    let made = table.map(|(name, faults, words)| {
        bench.bmc(name).set_faults(faults);
        let mut body = parts.instance(name);
        body["availability_zone"] = json!(format!("z-{name}"));
        if name == "boot" {
            body["image_uuid"] = pxe["uuid"].clone();
        }
        let made = bench.admin.post("/v1/instances", &body).expect(201).json();
        let path = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
        (name, path, made["uuid"].clone(), words)
    });
    for (name, path, uuid, words) in made {
        bench.wait_status(&path, "error");
        let error = bench.at(&path)["last_error"].clone();
        let error = error.as_str().unwrap();
        assert!(error.starts_with("the deploy failed at"), "{error}");
        for word in words {
            assert!(error.contains(word), "{word:?}: {error}");
        }
        assert_eq!(bench.at(&node(name))["instance_uuid"], uuid);
    }
}

#[test]
fn a_failed_deploy_is_tried_again_when_the_machine_is_repaired_in_maintenance_too() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    bench.bmc("n").set_faults(lying());
    let instance = bench.create(&parts, "n");
    bench.wait_status(&instance, "error");
    let stale = bench.admin.with("If-Match", "\"0-0\"");
    let path = format!("{instance}/retry");
    stale.post(&path, &json!({})).expect_error(412);
    bench
        .admin
        .post(&path, &json!({"now": true}))
        .expect_error(400);

    let maintenance = format!("{}/maintenance", node("n"));
    bench.admin.send("PUT", &maintenance, None).expect(204);
    bench.bmc("n").set_faults(Faults::default());
    let shown = bench.admin.get(&instance).expect(200);
    let current = bench.admin.with("If-Match", shown.header("etag").unwrap());
    let accepted = current.send("POST", &path, None).expect(202);
    assert!(accepted.header("location").unwrap().ends_with(&instance));
    let now = bench.at(&instance);
    assert_ne!(now["status"], "error");
    assert!(now["last_error"].is_null(), "{now:#}");
    bench.wait_status(&instance, "active");
    assert!(bench.at(&instance)["launched_at"].is_string());
    assert_eq!(bench.bmc("n").power(), PowerState::On);
    let tasks = bench.at(&format!("{instance}/tasks"));
    let ends: Vec<_> = tasks["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| (&task["kind"], &task["state"]))
        .collect();
    assert_eq!(
        ends,
        [
            (&json!("deploy"), &json!("done")),
            (&json!("deploy"), &json!("failed"))
        ]
    );
    let again = &events(&bench, "n", "status")[1];
    assert_eq!(
        (&again["old"], &again["new"]),
        (&json!("error"), &json!("building"))
    );
    assert_eq!(
        (&again["cause"], again["actor"]["user_id"].is_string()),
        (&json!("request"), true)
    );
    let refused = retry(&bench, &instance).expect_error(409);
    assert!(refused.contains("it did not fail"), "{refused}");
}

#[test]
fn a_retry_is_refused_with_the_reason_where_no_deploy_has_failed() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    bench.bmc("n").set_faults(dead());
    let instance = bench.create(&parts, "n");
    let refused = retry(&bench, &instance).expect_error(409);
    assert!(refused.contains("it is under way"), "{refused}");
    bench.wait_status(&instance, "error");
    bench.order_within(&instance, "on", 60);
    let answer = retry(&bench, &instance);
    assert!(answer.header("retry-after").is_some());
    let refused = answer.expect_error(409);
    assert!(
        refused.contains("the power order on is under way"),
        "{refused}"
    );
    bench.admin.delete(&instance).expect(204);
    let refused = retry(&bench, &instance).expect_error(409);
    assert!(refused.contains("is being deleted"), "{refused}");
    force(&bench, &instance);
    retry(&bench, &instance).expect_error(404);
}

#[test]
fn a_forced_release_frees_all_but_the_node_which_waits_in_maintenance_for_an_admin() {
    let bench = Bench::start(
        vec![SimBmcConfig::new("n"), SimBmcConfig::new("other")],
        POWER,
    );
    let parts = Parts::make(&bench.admin);
    let small = json!({"name": "small", "subnets": [{"cidr": "198.51.100.0/30", "gateway_ip": "198.51.100.1"}]});
    let small = bench.admin.post("/v1/networks", &small).expect(201).json();
    let on = |name: &str| {
        let mut body = parts.instance(name);
        body["availability_zone"] = json!(format!("z-{name}"));
        body["networks"] = json!([{"net_id": small["uuid"]}]);
        body
    };
    let made = bench
        .admin
        .post("/v1/instances", &on("n"))
        .expect(201)
        .json();
    let instance = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
    bench.wait_status(&instance, "active");
    bench.bmc("n").set_faults(dead());
    bench
        .admin
        .post("/v1/instances", &on("other"))
        .expect_error(409);

    let member = bench.daemon.tcp_as("m", "default", "member");
    let refused = member
        .delete(&format!("{instance}?force=true"))
        .expect_error(403);
    assert!(refused.contains("only an admin"), "{refused}");
    bench
        .admin
        .delete(&format!("{instance}?force=maybe"))
        .expect_error(400);
    let stale = bench.admin.with("If-Match", "\"0-0\"");
    stale
        .delete(&format!("{instance}?force=1"))
        .expect_error(412);
    assert_eq!(bench.at(&instance)["status"], "active");
    force(&bench, &instance);

    assert_released(&bench, "n", made["uuid"].as_str().unwrap());

    // The address is free, the node is not.
    let refused = bench
        .admin
        .post("/v1/instances", &on("n"))
        .expect_error(409);
    assert!(refused.contains("1 is in maintenance"), "{refused}");
    let other = bench
        .admin
        .post("/v1/instances", &on("other"))
        .expect(201)
        .json();
    let address = |of: &Value| {
        of["network_info"]
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()["fixed_ips"][0]["ip_address"]
            .clone()
    };
    assert_eq!(address(&other), address(&made));

    // The machine runs all the while, and who gets it next gets it switched off first.
    assert_eq!(bench.bmc("n").power(), PowerState::On);
    bench.bmc("n").set_faults(Faults::default());
    bench
        .admin
        .delete(&format!("{}/maintenance", node("n")))
        .expect(204);
    bench.wait_power(&node("n"), PowerState::On);
    let before = bench.bmc("n").counters().controls_received;
    bench.create_active(&parts, "n");
    assert_eq!(since(&bench.bmc("n"), &before), (1, 1, 0));
}

/// The node that an active instance was taken from is free, in maintenance and says why; so do the events and the log.
#[track_caller]
fn assert_released(bench: &Bench, name: &str, uuid: &str) {
    let shown = bench.at(&node(name));
    assert!(
        shown["instance_uuid"].is_null() && shown["target_power_state"].is_null(),
        "{shown:#}"
    );
    assert_eq!(shown["maintenance"], true);
    let reason = shown["maintenance_reason"].as_str().unwrap();
    for word in [uuid, "released by force at 2", "may still run"] {
        assert!(reason.contains(word), "{word:?}: {reason}");
    }
    let told = events(bench, name, "status,maintenance");
    assert_eq!(
        (&told[0]["kind"], &told[0]["new"], &told[0]["cause"]),
        (&json!("maintenance"), &json!("on"), &json!("request"))
    );
    assert_eq!(
        (&told[1]["old"], told[1]["new"].is_null()),
        (&json!("active"), true)
    );
    assert!(
        told[1]["detail"]
            .as_str()
            .unwrap()
            .contains("released by force")
    );
    assert_eq!(told[1]["project_id"], "default");
    assert!(
        bench
            .daemon
            .log()
            .contains("an instance was released by force")
    );
}

/// What is under way when an instance is taken by force.
type Hang = (&'static str, fn(&Bench, &Parts) -> String);

#[test]
fn a_task_that_hangs_is_called_off_by_force_and_never_acts_when_the_bmc_is_back() {
    fn delete(bench: &Bench, instance: &str) {
        bench.admin.delete(instance).expect(204);
        until("the delete to begin", || {
            (newest_task(bench, "n")["state"] != "queued").then_some(())
        });
    }
    let hangs: [Hang; 4] = [
        ("a delete that cannot read", |bench, parts| {
            let instance = bench.create_active(parts, "n");
            bench.bmc("n").set_faults(dead());
            bench.admin.delete(&instance).expect(204);
            until("the reason", || {
                bench.at(&instance)["last_error"].is_string().then_some(())
            });
            instance
        }),
        ("a delete whose command got lost", |bench, parts| {
            let instance = bench.create_active(parts, "n");
            bench.bmc("n").set_faults(Faults {
                drop_control_requests: u32::MAX,
                ..Faults::default()
            });
            delete(bench, &instance);
            until("the command to leave", || {
                (newest_task(bench, "n")["state"] == "waiting").then_some(())
            });
            instance
        }),
        ("a delete that is not obeyed", |bench, parts| {
            let instance = bench.create_active(parts, "n");
            bench.bmc("n").set_faults(lying());
            delete(bench, &instance);
            until("the command to be accepted", || {
                (bench.bmc("n").counters().controls_received.down > 0).then_some(())
            });
            instance
        }),
        ("a deploy", |bench, parts| {
            bench.bmc("n").set_faults(dead());
            bench.create(parts, "n")
        }),
    ];
    for (what, begin) in hangs {
        println!("{what}");
        let bench = Bench::start(vec![SimBmcConfig::new("n")], PATIENT);
        let parts = Parts::make(&bench.admin);
        let instance = begin(&bench, &parts);
        let task = newest_task(&bench, "n");
        assert!(task["finished_at"].is_null(), "{task:#}");
        force(&bench, &instance);
        let told = bench.bmc("n").counters().controls_received;
        let ended = bench.at(&format!("/v1/tasks/{}", task["uuid"].as_str().unwrap()));
        assert_eq!(ended["state"], "cancelled", "{ended:#}");
        assert!(
            ended["error"]
                .as_str()
                .unwrap()
                .contains("released by force"),
            "{ended:#}"
        );

        bench.bmc("n").set_faults(Faults::default());
        bench
            .admin
            .delete(&format!("{}/maintenance", node("n")))
            .expect(204);
        // By then the grace time, after which a command would be repeated, is over several times.
        let reads = || bench.bmc("n").counters().command("get_chassis_status");
        let enough = reads() + 4;
        until("further polls", || (reads() >= enough).then_some(()));
        assert_eq!(since(&bench.bmc("n"), &told), (0, 0, 0), "{what}");
        assert_eq!(
            newest_task(&bench, "n")["uuid"],
            task["uuid"],
            "no other task"
        );
        let shown = bench.at(&node("n"));
        assert!(shown["target_power_state"].is_null() && shown["instance_uuid"].is_null());
    }
}

#[test]
fn what_was_said_of_a_node_in_maintenance_is_kept_beside_the_release() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    let reason = json!({"reason": "a smell of burning"});
    bench
        .admin
        .put(&format!("{}/maintenance", node("n")), &reason)
        .expect(204);
    force(&bench, &instance);
    let reason = bench.at(&node("n"))["maintenance_reason"].clone();
    let reason = reason.as_str().unwrap();
    assert!(
        reason.contains("released by force") && reason.contains("(before: a smell of burning)"),
        "{reason}"
    );
}
