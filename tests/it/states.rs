//! The drawings of doc/states.md, held against what a daemon reports.

#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in here is the test's failure"
)]

use std::collections::{BTreeSet, HashMap};

use ostler::model::health::HealthState;
use ostler::model::instance::InstanceStatus;
use ostler::model::power::PowerState;
use ostler::model::task::TaskState;
use ostler::sim::{Faults, SimBmcConfig};
use serde_json::Value;

use crate::common::bench::{Bench, node};
use crate::common::daemon::Parts;
use crate::common::wait::until;

/// Deadlines that tests can wait for.
const QUICK: &str = "poll_interval_secs = 1\nchange_deadline_secs = 3\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 1\nbackoff_max_secs = 1\n";

/// What is drawn where something begins or ends.
const NOTHING: &str = "[*]";

type Edge = (String, String);

/// The drawing below a heading: what leads where.
fn drawing(heading: &str) -> BTreeSet<Edge> {
    let page = std::fs::read_to_string("doc/states.md").unwrap();
    let (_, below) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, drawn) = below.split_once("```mermaid\nstateDiagram-v2\n").unwrap();
    let (drawn, _) = drawn.split_once("```").unwrap();
    let mut called = HashMap::new();
    let mut edges = BTreeSet::new();
    for line in drawn.lines().map(str::trim) {
        if let Some(alias) = line.strip_prefix("state \"") {
            let (name, alias) = alias.split_once("\" as ").unwrap();
            called.insert(alias, name);
            continue;
        }
        let (from, to) = line.split_once(" --> ").unwrap();
        let to = to.split(':').next().unwrap();
        let name = |text| (*called.get(text).unwrap_or(&text)).to_owned();
        assert!(edges.insert((name(from), name(to))), "drawn twice: {line}");
    }
    edges
}

/// The drawing has each of these, and nothing else.
#[track_caller]
fn assert_states(heading: &str, all: &[&str]) {
    let edges = drawing(heading);
    let ends = edges.iter().flat_map(|(from, to)| [from, to]);
    let drawn: BTreeSet<&str> = ends.map(String::as_str).collect();
    let mut all: BTreeSet<&str> = all.iter().copied().collect();
    all.insert(NOTHING);
    assert_eq!(drawn, all, "{heading}");
}

#[test]
fn each_drawing_has_every_state_and_no_other() {
    assert_states("A task", &TaskState::ALL.map(TaskState::as_str));
    let statuses = InstanceStatus::ALL.map(InstanceStatus::as_str);
    assert_states("An instance", &statuses);
    let powers = [PowerState::On, PowerState::Off].map(PowerState::as_str);
    assert_states("The power of a node", &[&powers[..], &["unknown"]].concat());
    let healths = HealthState::ALL.map(HealthState::as_str);
    assert_states("The health of a BMC", &healths);
}

/// What has changed into what, as the events of this kind tell it.
fn seen(bench: &Bench, kind: &str, none: &str) -> BTreeSet<Edge> {
    let path = format!("/v1/events?kind={kind}&limit=1000");
    let listed = bench.admin.with("Accept", "application/json").get(&path);
    let listed = listed.expect(200).json();
    let name = |value: &Value| value.as_str().unwrap_or(none).to_owned();
    let events = listed["events"].as_array().unwrap();
    let changes = events
        .iter()
        .map(|event| (name(&event["old"]), name(&event["new"])));
    // A task's step may change while its state does not.
    changes.filter(|(old, new)| old != new).collect()
}

/// Everything that was seen is drawn, and this was seen at least.
#[track_caller]
fn assert_drawn(heading: &str, seen: &BTreeSet<Edge>, at_least: &[(&str, &str)]) {
    let drawn = drawing(heading);
    let missing: Vec<&Edge> = seen.difference(&drawn).collect();
    assert!(missing.is_empty(), "{heading} does not have {missing:?}");
    for (old, new) in at_least {
        let edge = ((*old).to_owned(), (*new).to_owned());
        assert!(seen.contains(&edge), "{edge:?} is not among {seen:?}");
    }
}

/// An instance has a whole life on the node of this name.
fn live(bench: &Bench, parts: &Parts, name: &str) {
    let web = bench.create_active(parts, name);
    bench.order_until(&web, "reboot", "done");
    let rebuild = format!("{web}/rebuild");
    bench
        .admin
        .post(&rebuild, &serde_json::json!({}))
        .expect(202);
    bench.wait_status(&web, "active");
    bench.admin.delete(&web).expect(204);
    until("the delete", || {
        (bench.admin.get(&web).status == 404).then_some(())
    });
}

#[test]
fn what_a_daemon_reports_is_drawn() {
    let mut configs = ["good", "liar", "soft"].map(SimBmcConfig::new);
    // Its operating system does not hear the button.
    configs[2].delays.soft_off = None;
    let bench = Bench::start(configs.into(), QUICK);
    let parts = Parts::make(&bench.admin);
    let faults = |name: &str, faults| bench.bmc(name).set_faults(faults);

    live(&bench, &parts, "good");

    let lying = Faults {
        lying_success: true,
        ..Faults::default()
    };
    faults("liar", lying);
    bench.order_until(&node("liar"), "on", "failed");
    let failed = bench.create(&parts, "liar");
    bench.wait_status(&failed, "error");
    bench
        .admin
        .delete(&format!("{failed}?force=true"))
        .expect(204);

    bench.order_until(&node("soft"), "on", "done");
    bench.order_within(&node("soft"), "soft_off", 60);
    until("the soft order to be sent", || {
        let tasks = bench.at(&format!("{}/tasks", node("soft")));
        (tasks["tasks"][0]["state"] == "waiting").then_some(())
    });
    bench.order(&node("soft"), "off");
    bench.wait_power(&node("soft"), PowerState::Off);
    let dead = Faults {
        dead: true,
        ..Faults::default()
    };
    faults("soft", dead);
    until("the power to be unknown, and its BMC unreachable", || {
        let shown = bench.at(&node("soft"));
        (shown["power_state"].is_null() && shown["health"]["state"] == "unreachable").then_some(())
    });
    faults("soft", Faults::default());
    until("the BMC to be good again", || {
        let shown = bench.at(&node("soft"));
        (shown["power_state"] == "power off" && shown["health"]["state"] == "good").then_some(())
    });

    let tasks = [
        (NOTHING, "queued"),
        ("issued", "waiting"),
        ("waiting", "done"),
        ("waiting", "failed"),
        ("waiting", "queued"),
    ];
    assert_drawn("A task", &seen(&bench, "task", NOTHING), &tasks);
    let statuses = [
        (NOTHING, "building"),
        ("building", "active"),
        ("building", "error"),
        ("active", "building"),
        ("active", "deleting"),
        ("deleting", NOTHING),
        ("error", NOTHING),
    ];
    let reported = seen(&bench, "status", NOTHING);
    assert_drawn("An instance", &reported, &statuses);
    let powers = [
        ("power off", "power on"),
        ("power off", "unknown"),
        ("unknown", "power off"),
    ];
    let reported = seen(&bench, "power", "unknown");
    assert_drawn("The power of a node", &reported, &powers);
    let reported = seen(&bench, "health", NOTHING);
    let healths = [
        ("unknown", "good"),
        ("good", "unreachable"),
        ("unreachable", "good"),
    ];
    assert_drawn("The health of a BMC", &reported, &healths);
}
