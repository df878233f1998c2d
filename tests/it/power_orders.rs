//! What can be added to an order, and taken back.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, Faults, SimBmc, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::{Bench, bmc_settings, node, register, since, tasks};
use crate::common::daemon::{Daemon, Parts};
use crate::common::events::Events;
use crate::common::sim::SimRack;
use crate::common::wait::until;

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 20\nsoft_deadline_secs = 60\ntransition_grace_secs = 3\n";

fn one(delays: Delays, power: PowerState, settings: &str) -> (Bench, SimBmc) {
    let config = SimBmcConfig {
        delays,
        power,
        ..SimBmcConfig::new("n")
    };
    let bench = Bench::start(vec![config], settings);
    let bmc = bench.bmc("n");
    (bench, bmc)
}

fn deaf() -> Delays {
    Delays {
        soft_off: None,
        ..Delays::default()
    }
}

fn order(bench: &Bench, name: &str, body: &Value) {
    let path = format!("{}/states/power", node(name));
    bench.admin.put(&path, body).expect(202);
}

fn open_task(bench: &Bench, name: &str) -> Value {
    until("an open task", || {
        let all = bench.at(&format!("{}/tasks", node(name)));
        let newest = all["tasks"][0].clone();
        newest["finished_at"].is_null().then_some(newest)
    })
}

fn outcomes(task: &Value) -> Vec<&str> {
    let attempts = task["attempts"].as_array().unwrap().iter();
    attempts.map(|of| of["outcome"].as_str().unwrap()).collect()
}

fn wait_told(bmc: &SimBmc, told: u64) {
    until("the machine to be told", || {
        (bmc.counters().controls_received.total() >= told).then_some(())
    });
}

#[test]
fn a_soft_order_that_may_escalate_cuts_the_power_at_its_deadline_once() {
    let (bench, bmc) = one(deaf(), PowerState::On, POWER);
    for (target, told) in [("soft_off", (1, 0, 1)), ("soft_reboot", (1, 1, 1))] {
        bmc.set_power(PowerState::On);
        bench.wait_power(&node("n"), PowerState::On);
        let before = tasks(&bench.admin, &node("n"));
        let counted = bmc.counters().controls_received;
        order(
            &bench,
            "n",
            &json!({"target": target, "timeout": 1, "escalate": true}),
        );
        let task = bench.wait_task_after(&node("n"), &before, "done");
        assert!(outcomes(&task).contains(&"escalated"), "{task:#}");
        assert_eq!(since(&bmc, &counted), told, "{target}");
    }
    let hard = json!({"target": "off", "escalate": true});
    let path = format!("{}/states/power", node("n"));
    let message = bench.admin.put(&path, &hard).expect_error(400);
    assert!(message.starts_with("escalate"), "{message}");
}

#[test]
fn the_same_soft_order_again_can_add_that_it_may_escalate() {
    let (bench, bmc) = one(deaf(), PowerState::On, POWER);
    let before = tasks(&bench.admin, &node("n"));
    order(&bench, "n", &json!({"target": "soft_off", "timeout": 2}));
    order(
        &bench,
        "n",
        &json!({"target": "soft_off", "escalate": true}),
    );
    bench.wait_task_after(&node("n"), &before, "done");
    assert_eq!(bmc.power(), PowerState::Off);
}

#[test]
fn a_task_is_called_off_and_says_what_may_still_happen() {
    let (bench, bmc) = one(deaf(), PowerState::On, POWER);
    let events = Events::open(&bench.admin, "/v1/events?kind=task");
    order(&bench, "n", &json!({"target": "soft_off"}));
    wait_told(&bmc, 1);
    let task = open_task(&bench, "n");
    let path = format!("/v1/tasks/{}", task["uuid"].as_str().unwrap());
    bench.admin.delete(&path).expect(204);
    let task = bench.at(&path);
    assert_eq!(task["state"], "cancelled");
    let said = task["error"].as_str().unwrap();
    assert!(said.contains("soft power off was sent"), "{said}");
    assert!(bench.at(&node("n"))["target_power_state"].is_null());
    let told = events.wait("the end", |event| event.data["new"] == "cancelled");
    assert_eq!(told.data["cause"], "request");

    let message = bench.admin.delete(&path).expect_error(409);
    assert!(message.contains("is cancelled already"), "{message}");
    // The way is free at once, and the soft command that may still act is not taken for nothing.
    let counted = bmc.counters().controls_received;
    bench.order_until(&node("n"), "off", "done");
    assert_eq!(since(&bmc, &counted), (1, 0, 0));
}

#[test]
fn a_task_that_has_sent_nothing_is_called_off_without_a_trace_on_the_machine() {
    let (bench, bmc) = one(Delays::default(), PowerState::Off, POWER);
    bmc.set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    order(&bench, "n", &json!({"target": "on"}));
    let path = format!(
        "/v1/tasks/{}",
        open_task(&bench, "n")["uuid"].as_str().unwrap()
    );
    bench.admin.delete(&path).expect(204);
    bmc.set_faults(Faults::default());
    let said = bench.at(&path)["error"].as_str().unwrap().to_owned();
    assert!(
        said.starts_with("cancelled by") && !said.contains("sent"),
        "{said}"
    );
    bench.order_until(&node("n"), "off", "done");
    assert_eq!(bmc.counters().controls_received.total(), 0);
}

#[test]
fn only_who_may_touch_the_machine_calls_its_task_off_and_an_instances_life_is_not_called_off() {
    let slow = Delays {
        power_on: Duration::from_secs(600),
        ..deaf()
    };
    let (bench, _bmc) = one(slow, PowerState::Off, POWER);
    let parts = Parts::make(&bench.admin);
    let member = bench.daemon.tcp_as("u1", "p1", "member");
    let mut body = parts.instance("mine");
    body["availability_zone"] = json!("z-n");
    member.post("/v1/instances", &body).expect(201);
    let deploy = open_task(&bench, "n");
    let path = format!("/v1/tasks/{}", deploy["uuid"].as_str().unwrap());
    for (role, status) in [("member", 403), ("reader", 403)] {
        let other = bench.daemon.tcp_as("u2", "p2", role);
        other.delete(&path).expect_error(status);
    }
    bench
        .daemon
        .tcp_as("u3", "p1", "reader")
        .delete(&path)
        .expect_error(403);
    let message = member.delete(&path).expect_error(409);
    assert!(message.contains("delete the instance"), "{message}");
    bench.admin.delete("/v1/tasks/nonsense").expect_error(404);
}

#[test]
fn a_machine_rests_before_it_is_turned_on_again_as_long_as_its_node_says() {
    let settings = format!("{POWER}min_off_secs = 0\n");
    let (bench, bmc) = one(Delays::default(), PowerState::On, &settings);
    let patch = |value: Value| {
        let patch = json!([{"op": "add", "path": "/min_off_secs", "value": value}]);
        bench.admin.patch(&node("n"), &patch)
    };
    for bad in [json!(601), json!(-1), json!("5")] {
        patch(bad).expect_error(400);
    }
    assert_eq!(patch(json!(2)).expect(200).json()["min_off_secs"], 2);
    let task = bench.order_until(&node("n"), "reboot", "done");
    let attempts = task["attempts"].as_array().unwrap();
    let held = attempts.iter().find(|of| of["outcome"] == "held").unwrap();
    let detail = held["detail"].as_str().unwrap();
    assert!(detail.contains("stays off for 2 s"), "{detail}");
    assert_eq!(bmc.counters().controls_received.up, 1);

    let rested: Vec<_> = attempts
        .iter()
        .filter(|of| of["outcome"] == "accepted")
        .collect();
    let at = |of: &Value| {
        of["at"]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    let [off, on] = rested.as_slice() else {
        panic!("{task:#}")
    };
    assert!(
        at(on).duration_since(at(off)).as_millis() >= 1_900,
        "{task:#}"
    );
    patch(json!(null)).expect(200);
    let task = bench.order_until(&node("n"), "reboot", "done");
    assert!(!outcomes(&task).contains(&"held"), "{task:#}");
}

#[test]
fn a_budget_spreads_power_ons_and_none_fails_for_waiting() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let configs = names.map(SimBmcConfig::new).to_vec();
    // All together wait for longer than one change may take.
    let settings = "poll_interval_secs = 1\nchange_deadline_secs = 7\ntransition_grace_secs = 1\n\
         budgets = [{ max_power_ons = 2, per_secs = 4 }]\n";
    let bench = Bench::start(configs, settings);
    for name in names {
        bench.order(&node(name), "on");
    }
    let ons = || -> u64 {
        let all = bench.rack.bmcs();
        all.map(|bmc| bmc.counters().controls_received.up).sum()
    };
    for name in names {
        bench.wait_power(&node(name), PowerState::On);
    }
    assert_eq!(ons(), 6);
    let mut issued: Vec<jiff::Timestamp> = names
        .iter()
        .map(|name| {
            let task = bench.at(&format!("{}/tasks", node(name)))["tasks"][0].clone();
            assert_eq!(task["state"], "done", "{task:#}");
            let attempts = task["attempts"].as_array().unwrap().clone();
            let on = attempts
                .iter()
                .find(|of| of["outcome"] == "accepted")
                .unwrap();
            on["at"].as_str().unwrap().parse().unwrap()
        })
        .collect();
    issued.sort();
    for (first, third) in issued.iter().zip(&issued[2..]) {
        let apart = third.duration_since(*first).as_millis();
        assert!(apart >= 1_500, "three within {apart} ms: {issued:?}");
    }
}

#[test]
fn watts_are_budgeted_by_group_and_a_clients_own_timeout_ends_the_wait() {
    let rack = SimRack::start(["big", "small", "free"].map(SimBmcConfig::new).to_vec());
    let daemon = Daemon::with_power(
        "poll_interval_secs = 1\nbudgets = [{ power_group = \"feed-a\", max_watts = 1000, per_secs = 3600 }]\n",
    );
    let admin = daemon.unix();
    for bmc in rack.bmcs() {
        register(&admin, bmc.name(), bmc_settings(&bmc));
        let (group, watts) = match bmc.name() {
            "big" => ("feed-a", "900"),
            "small" => ("feed-a", "200"),
            _ => ("feed-b", "5000"),
        };
        let capabilities = json!({"power_group": group, "watts": watts});
        let patch =
            json!([{"op": "add", "path": "/properties/capabilities", "value": capabilities}]);
        admin.patch(&node(bmc.name()), &patch).expect(200);
    }
    let bench = Bench {
        rack,
        daemon,
        admin,
    };
    bench.order_until(&node("big"), "on", "done");
    bench.order_until(&node("free"), "on", "done");
    let before = tasks(&bench.admin, &node("small"));
    bench.order_within(&node("small"), "on", 2);
    let task = bench.wait_task_after(&node("small"), &before, "failed");
    assert!(outcomes(&task).contains(&"held"), "{task:#}");
    assert_eq!(bench.bmc("small").counters().controls_received.total(), 0);
}

#[test]
fn who_waits_for_a_full_budget_is_not_in_the_way_of_those_that_it_does_not_cover() {
    let configs = ["a1", "a2", "free"].map(SimBmcConfig::new).to_vec();
    let settings = "poll_interval_secs = 1\nbudgets = [{ max_power_ons = 100, per_secs = 10 }, \
         { power_group = \"feed-a\", max_power_ons = 1, per_secs = 3600 }]\n";
    let bench = Bench::start(configs, settings);
    for name in ["a1", "a2"] {
        let capabilities = json!({"power_group": "feed-a"});
        let patch =
            json!([{"op": "add", "path": "/properties/capabilities", "value": capabilities}]);
        bench.admin.patch(&node(name), &patch).expect(200);
    }
    bench.order_until(&node("a1"), "on", "done");
    bench.order(&node("a2"), "on");
    until("a2 to wait", || {
        outcomes(&open_task(&bench, "a2"))
            .contains(&"held")
            .then_some(())
    });
    bench.order_until(&node("free"), "on", "done");
    assert_eq!(open_task(&bench, "a2")["state"], "observing");
    assert_eq!(bench.bmc("a2").counters().controls_received.total(), 0);
}
