//! What others do to a machine, and what BMCs do to us: each ends true, and is told as what it was.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, Faults, SimBmc, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::{Bench, node, since, tasks};
use crate::common::events::Events;
use crate::common::wait::{until, until_within};

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 5\n\
     unreachable_after_misses = 2\nbackoff_max_secs = 2\n";

fn one(delays: Delays, power: PowerState, settings: &str) -> (Bench, SimBmc, Events) {
    let config = SimBmcConfig {
        delays,
        power,
        ..SimBmcConfig::new("n")
    };
    let bench = Bench::start(vec![config], settings);
    let events = Events::open(&bench.admin, "/v1/events?node=n");
    let bmc = bench.bmc("n");
    (bench, bmc, events)
}

fn slow() -> Delays {
    Delays {
        power_on: Duration::from_millis(1_500),
        power_off: Duration::from_millis(1_500),
        ..Delays::default()
    }
}

fn wait_told(bmc: &SimBmc, told: u64) {
    until("the machine to be told", || {
        (bmc.counters().controls_received.total() >= told).then_some(())
    });
}

/// The events of power alone, in short.
fn power(events: &Events) -> Vec<String> {
    let all = events.shorts().into_iter();
    all.filter(|event| event.starts_with("power ")).collect()
}

fn last_task(bench: &Bench) -> Value {
    bench.at(&format!("{}/tasks", node("n")))["tasks"][0].clone()
}

#[test]
fn the_front_panel_wins_and_is_told() {
    let (bench, bmc, events) = one(Delays::default(), PowerState::On, POWER);
    bmc.press_power_button();
    let off = events.wait_short("power power on->power off outside");
    assert!(off.data["task"].is_null() && off.data["actor"].is_null());
    bmc.press_power_button();
    events.wait_short("power power off->power on outside");
    assert_eq!(bmc.counters().controls_received.total(), 0);
    assert_eq!(events.seen().len(), 2, "{:?}", events.seen());
    assert!(
        bench.at(&format!("{}/tasks", node("n")))["tasks"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn another_client_that_turns_the_machine_on_in_the_middle_of_a_reboot_saves_us_the_command() {
    let settings = format!("{POWER}min_off_secs = 600\n");
    let (bench, bmc, events) = one(Delays::default(), PowerState::On, &settings);
    let before = tasks(&bench.admin, &node("n"));
    let told = bmc.counters().controls_received;
    bench.order(&node("n"), "reboot");
    // It rests now, for longer than this test takes, until its BMC says that it is on.
    events.wait_short("power power on->power off task");
    bmc.set_power(PowerState::On);
    bench
        .admin
        .patch(
            &node("n"),
            &json!([{"op": "add", "path": "/min_off_secs", "value": 1}]),
        )
        .expect(200);
    bench
        .admin
        .patch(
            &node("n"),
            &json!([{"op": "replace", "path": "/bmc/username", "value": "admin"}]),
        )
        .expect(200);
    bench.wait_task_after(&node("n"), &before, "done");
    assert_eq!(since(&bmc, &told), (1, 0, 0), "off was ours, on was not");
    events.wait_short("power power off->power on outside");
    assert_eq!(
        power(&events),
        [
            "power power on->power off task",
            "power power off->power on outside"
        ]
    );
}

#[test]
fn a_bmc_that_restarts_while_a_task_runs_is_no_event_but_the_tasks() {
    let (bench, bmc, events) = one(slow(), PowerState::Off, POWER);
    let before = tasks(&bench.admin, &node("n"));
    bench.order(&node("n"), "on");
    wait_told(&bmc, 1);
    bmc.reboot_for(Duration::from_secs(2));
    bench.wait_task_after(&node("n"), &before, "done");
    events.wait_short("task waiting->done task");
    assert_eq!(power(&events), ["power power off->power on task"]);
    assert_eq!(bmc.counters().controls_received.up, 1);
}

#[test]
fn a_bmc_that_says_yes_and_does_nothing_is_told_as_just_that() {
    let settings = POWER.replace("change_deadline_secs = 20", "change_deadline_secs = 3");
    let (bench, bmc, events) = one(Delays::default(), PowerState::Off, &settings);
    bmc.set_faults(Faults {
        lying_success: true,
        ..Faults::default()
    });
    let task = bench.order_until(&node("n"), "on", "failed");
    let failed = events.wait_short("task waiting->failed task");
    let said = failed.data["detail"].as_str().unwrap();
    assert!(
        said.starts_with("the BMC accepted power on but the power stayed off"),
        "{said}"
    );
    assert_eq!(task["error"], said);
    assert!(power(&events).is_empty(), "{:?}", events.shorts());
    // The same reading again and again is one attempt with a count.
    let attempts = task["attempts"].as_array().unwrap();
    let waited = attempts.last().unwrap();
    assert!(waited["times"].as_u64().unwrap() > 1, "{attempts:#?}");
    assert!(
        waited["last_at"].as_str() > waited["at"].as_str(),
        "{waited:#}"
    );
}

#[test]
fn what_a_command_brings_about_after_its_task_was_given_up_is_still_that_tasks_doing() {
    let late = Delays {
        power_on: Duration::from_secs(6),
        ..Delays::default()
    };
    let settings = POWER.replace("change_deadline_secs = 20", "change_deadline_secs = 2");
    let (bench, _bmc, events) = one(late, PowerState::Off, &settings);
    let task = bench.order_until(&node("n"), "on", "failed");
    let on = events.wait_short("power power off->power on task");
    assert_eq!(on.data["task"]["uuid"], task["uuid"]);
    assert_eq!(on.data["actor"], task["requested_by"]);
}

#[test]
fn a_bmc_that_is_dead_for_long_and_comes_back_is_told_at_both_ends() {
    let (bench, bmc, events) = one(Delays::default(), PowerState::On, POWER);
    bmc.set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    let patience = Duration::from_secs(60);
    let lost = until_within(patience, "the loss to be told", || {
        let seen = events.seen().into_iter();
        seen.into_iter()
            .find(|event| event.short() == "power power on->- contact")
    });
    let said = lost.data["detail"].as_str().unwrap();
    assert!(said.contains("does not answer"), "{said}");
    // Nobody can tell what happens meanwhile.
    bmc.set_power(PowerState::Off);
    bmc.set_faults(Faults::default());
    events.wait_short("power -->power off contact");
    assert_eq!(power(&events).len(), 2, "{:?}", events.shorts());
    bench.wait_power(&node("n"), PowerState::Off);
    assert_eq!(bmc.counters().controls_received.total(), 0);
    assert_eq!(last_task(&bench), Value::Null);
}
