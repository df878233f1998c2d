//! What cannot work ends as a failed task with a sentence that says what to do; what can work later ends by itself then.
#![cfg(test)]

use std::net::UdpSocket;
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, Privilege, SimBmc, SimBmcConfig, SimUser, Suite};
use serde_json::{Value, json};

use crate::common::bench::{Bench, bmc_settings, node, register, since, tasks};
use crate::common::daemon::{Daemon, Parts};
use crate::common::http::Client;
use crate::common::sim::SimRack;
use crate::common::wait::{until, until_within};

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 3\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 1\nbackoff_max_secs = 2\n";

fn dead() -> Faults {
    Faults {
        dead: true,
        ..Faults::default()
    }
}

fn patch(admin: &Client, node: &str, field: &str, value: Value) {
    let change = json!([{"op": "replace", "path": format!("/bmc/{field}"), "value": value}]);
    admin.patch(node, &change).expect(200);
}

/// The order has failed with a sentence that has these words, wherever a client looks for it.
#[track_caller]
fn assert_failed(bench: &Bench, path: &str, task: &Value, words: &[&str]) {
    let error = task["error"].as_str().unwrap();
    for word in words {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
    let attempts = task["attempts"].as_array().unwrap();
    assert!(!attempts.is_empty(), "{task:#}");
    let shown = bench.at(path)["last_error"].clone();
    let shown = shown.as_str().unwrap_or_else(|| panic!("{path}: no error"));
    for word in words {
        assert!(shown.contains(word), "{word:?} is not in: {shown}");
    }
}

#[test]
fn wrong_credentials_fail_at_once_without_another_login_and_a_correction_works_at_once() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    let (bmc, node) = (bench.bmc("n"), node("n"));
    for (field, wrong, words) in [
        ("password", "wrong", ["another password", "bmc.password"]),
        (
            "username",
            "nobody",
            ["does not know the user \"nobody\"", "bmc.username"],
        ),
    ] {
        let logins = bmc.counters().rakp1_requests;
        let told = bmc.counters().controls_received;
        patch(&bench.admin, &node, field, json!(wrong));
        let first = bench.order_until(&instance, "off", "failed");
        assert_failed(&bench, &instance, &first, &words);
        assert_failed(&bench, &node, &first, &words);
        let second = bench.order_until(&instance, "off", "failed");
        assert_failed(&bench, &instance, &second, &words);
        // With a login each, the next polls would show.
        until("the power to be unknown", || {
            let seen = bench.at(&node)["power_state"].is_null();
            (seen && bench.at(&instance)["power_state"].is_null()).then_some(())
        });
        assert_eq!(bmc.counters().rakp1_requests, logins + 1, "one login");
        patch(&bench.admin, &node, field, json!("admin"));
        bench.order_until(&instance, "off", "done");
        bench.order_until(&instance, "on", "done");
        bench.wait_power(&instance, PowerState::On);
        assert_eq!(since(&bmc, &told), (1, 1, 0));
        for path in [&node, &instance] {
            assert!(bench.at(path)["last_error"].is_null(), "{path}");
        }
    }
}

#[test]
fn while_no_login_is_tried_the_node_keeps_its_reason_and_nothing_is_written() {
    let both = vec![SimBmcConfig::new("n"), SimBmcConfig::new("clock")];
    let bench = Bench::start(both, POWER);
    let node = node("n");
    patch(&bench.admin, &node, "password", json!("wrong"));
    until("the reading to be missed", || {
        bench.at(&node)["last_error"].is_string().then_some(())
    });
    let (before, packets) = (bench.at(&node), bench.bmc("n").counters().packets_in);
    // Nothing shows that a poll was skipped, but a neighbour has the same intervals.
    wait_polls(&bench.bmc("clock"), 5);
    assert_eq!(bench.at(&node), before);
    assert_eq!(bench.bmc("n").counters().packets_in, packets);
}

#[test]
fn an_address_where_no_bmc_answers_is_named_and_so_is_what_to_check() {
    let bench = Bench::start(vec![SimBmcConfig::new("dead")], POWER);
    let closed = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut settings = bmc_settings(&bench.bmc("dead"));
    settings["port"] = json!(closed.port());
    register(&bench.admin, "closed", settings);
    bench.bmc("dead").set_faults(dead());
    for (name, port) in [
        ("closed", closed.port()),
        ("dead", bench.bmc("dead").address().port()),
    ] {
        let task = bench.order_until(&node(name), "on", "failed");
        let at = format!("127.0.0.1:{port}");
        let words = [at.as_str(), "does not answer", "bmc.address"];
        assert_failed(&bench, &node(name), &task, &words);
        until("the power to be unknown", || {
            bench.at(&node(name))["power_state"].is_null().then_some(())
        });
    }
}

#[test]
fn a_suite_that_the_bmc_refuses_is_named_and_without_a_choice_one_that_it_has_is_found() {
    let bench = Bench::start(
        vec![SimBmcConfig {
            suites: vec![Suite::Sha1],
            ..SimBmcConfig::new("n")
        }],
        POWER,
    );
    // It was read, so 3 was found.
    bench.order_until(&node("n"), "on", "done");
    let change = json!([{"op": "add", "path": "/bmc/cipher_suite", "value": 17}]);
    bench.admin.patch(&node("n"), &change).expect(200);
    let task = bench.order_until(&node("n"), "off", "failed");
    let words = ["refused every cipher suite", "17", "bmc.cipher_suite"];
    assert_failed(&bench, &node("n"), &task, &words);
    assert_eq!(bench.bmc("n").power(), PowerState::On);
    patch(&bench.admin, &node("n"), "cipher_suite", json!(3));
    bench.order_until(&node("n"), "off", "done");
}

#[test]
fn an_account_that_may_not_control_is_named_and_the_reason_outlives_the_next_poll() {
    let reader = SimUser::limited("reader", "admin", Privilege::User);
    let (rack, bmc) = SimRack::one(SimBmcConfig {
        users: vec![reader],
        ..SimBmcConfig::new("n")
    });
    let daemon = Daemon::with_power(POWER);
    let mut settings = bmc_settings(&bmc);
    settings["username"] = json!("reader");
    register(&daemon.unix(), "n", settings);
    let bench = Bench {
        admin: daemon.unix(),
        rack,
        daemon,
    };
    bench.wait_power(&node("n"), PowerState::Off);
    let task = bench.order_until(&node("n"), "on", "failed");
    let words = ["\"reader\"", "chassis control", "privilege"];
    assert_failed(&bench, &node("n"), &task, &words);
    wait_polls(&bmc, 2);
    assert_failed(&bench, &node("n"), &task, &words);
    assert_eq!(bmc.counters().controls_received.total(), 0);
}

/// Waits until the power was read so many times more.
fn wait_polls(bmc: &SimBmc, more: u64) {
    let reads = || bmc.counters().command("get_chassis_status");
    let enough = reads() + more;
    until("the next polls", || (reads() >= enough).then_some(()));
}

#[test]
fn a_bmc_that_accepts_and_does_nothing_is_reported_as_exactly_that() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    bench.bmc("n").set_faults(Faults {
        lying_success: true,
        ..Faults::default()
    });
    let task = bench.order_until(&node("n"), "on", "failed");
    let words = ["the BMC accepted power on", "but the power stayed off"];
    assert_failed(&bench, &node("n"), &task, &words);
    wait_polls(&bench.bmc("n"), 2);
    assert_failed(&bench, &node("n"), &task, &words);
    bench.bmc("n").set_faults(Faults::default());
    bench.order_until(&node("n"), "on", "done");
    assert!(bench.at(&node("n"))["last_error"].is_null());
}

#[test]
fn a_deploy_that_fails_says_at_which_step_keeps_saying_so_and_can_be_deleted() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    bench.bmc("n").set_faults(Faults {
        lying_success: true,
        ..Faults::default()
    });
    let instance = bench.create(&parts, "n");
    bench.wait_status(&instance, "error");
    let words = [
        "the deploy failed at the step \"power on\": the BMC accepted power on",
        "but the power stayed off",
    ];
    let reason = bench.at(&instance)["last_error"].clone();
    for word in words {
        assert!(reason.as_str().unwrap().contains(word), "{reason}");
    }
    assert!(bench.at(&instance)["launched_at"].is_null());
    // Orders are allowed then, and their ends do not hide why it is in error.
    bench.order_until(&instance, "on", "failed");
    assert_eq!(bench.at(&instance)["last_error"], reason);
    bench.bmc("n").set_faults(Faults::default());
    bench.order_until(&instance, "on", "done");
    assert_eq!(bench.at(&instance)["last_error"], reason);
    assert_eq!(bench.at(&instance)["status"], "error");
    bench.admin.delete(&instance).expect(204);
    bench.wait_gone(&instance);
    assert_eq!(bench.bmc("n").power(), PowerState::Off);
    assert!(bench.at(&node("n"))["instance_uuid"].is_null());
}

#[test]
fn a_delete_outlives_every_deadline_and_ends_by_itself_when_the_bmc_is_back() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    let bmc = bench.bmc("n");
    let told = bmc.counters().controls_received;
    bmc.set_faults(dead());
    bench.admin.delete(&instance).expect(204);
    // By then the deadline of three seconds is long over.
    let error = until_within(Duration::from_secs(40), "the reason", || {
        let shown = bench.at(&instance);
        assert_eq!(shown["status"], "deleting");
        let unknown =
            shown["power_state"].is_null() && bench.at(&node("n"))["power_state"].is_null();
        let error = shown["last_error"].as_str().filter(|_| unknown);
        error.map(str::to_owned)
    });
    assert!(error.contains("does not answer"), "{error}");
    let tasks = bench.at(&format!("{instance}/tasks"));
    let of_delete = |task: &&Value| task["kind"] == "delete";
    let delete = tasks["tasks"].as_array().unwrap().iter().find(of_delete);
    assert!(delete.unwrap()["finished_at"].is_null());
    assert!(delete.unwrap()["error"].is_string());
    bmc.set_faults(Faults::default());
    bench.wait_gone(&instance);
    assert_eq!(bmc.power(), PowerState::Off);
    assert_eq!(since(&bmc, &told), (1, 0, 0));
    until("the node to be healthy", || {
        let node = bench.at(&node("n"));
        (node["last_error"].is_null() && node["power_state"] == "power off").then_some(())
    });
}

#[test]
fn a_delete_of_a_machine_that_ignores_off_keeps_trying_and_ends_when_it_obeys() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    let bmc = bench.bmc("n");
    bmc.set_faults(Faults {
        lying_success: true,
        ..Faults::default()
    });
    let before = tasks(&bench.admin, &instance);
    bench.admin.delete(&instance).expect(204);
    until("the reason", || {
        let error = bench.at(&instance)["last_error"].clone();
        let error = error.as_str()?.to_owned();
        error.contains("but the power stayed on").then_some(())
    });
    assert_eq!(bench.at(&instance)["status"], "deleting");
    assert_eq!(tasks(&bench.admin, &instance).len(), before.len() + 1);
    bmc.set_faults(Faults::default());
    bench.wait_gone(&instance);
    assert_eq!(bmc.power(), PowerState::Off);
}
