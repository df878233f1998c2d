//! The journal answers an operator's questions: what happened to a machine, who changed what, why a task failed, which BMCs
//! are in trouble, and what a request did; by the names that he knows, and in a sentence that needs no fields.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use ostler::time::instant;
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::daemon::{Daemon, Parts};
use crate::common::journal::{Journal, Line};
use crate::common::sim::SimRack;
use crate::common::skip::skip;
use crate::common::wait::until;

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 3\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 2\nbackoff_max_secs = 2\n";

/// A rack with a machine `n1`, which is on, and a daemon that logs to a journal. `None`, and a word about it, where that is not
/// possible.
fn bench(settings: &str) -> Option<(Journal, Bench)> {
    match Journal::with_daemon(settings) {
        Ok((journal, daemon)) => {
            let on = SimBmcConfig {
                power: PowerState::On,
                ..SimBmcConfig::new("n1")
            };
            Some((journal, Bench::over(SimRack::start(vec![on]), daemon)))
        }
        Err(why) => {
            skip(&why);
            None
        }
    }
}

fn messages(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.get("MESSAGE")).collect()
}

#[track_caller]
fn assert_has(line: &Line, fields: &[(&str, &str)]) {
    for (name, value) in fields {
        assert_eq!(line.get(name), *value, "{name} of {line:?}");
    }
}

#[test]
fn a_machine_is_found_by_its_name_with_all_that_happened_to_it() {
    let Some((journal, bench)) = bench(POWER) else {
        return;
    };
    let bmc = bench.bmc("n1").address().to_string();
    let uuid = bench.at(&node("n1"))["uuid"].as_str().unwrap().to_owned();
    let task = bench.order_until(&node("n1"), "reboot", "done");
    let task = task["uuid"].as_str().unwrap();
    let done = journal.wait("NODE", "n1", "n1: reboot done");
    assert_has(
        &done,
        &[
            ("NODE_UUID", &uuid),
            ("BMC", &bmc),
            ("TASK", task),
            ("TASK_KIND", "power"),
            ("KIND", "task"),
            ("PRIORITY", "6"),
            ("SYSLOG_IDENTIFIER", "ostlerd"),
        ],
    );
    let all = journal.find("NODE", "n1");
    let told = messages(&all);
    for expected in [
        "POST /v1/nodes of n1: 201",
        "n1: BMC good, was unknown",
        "n1: power on, was unknown",
        "PUT /v1/nodes/{ident}/states/power of n1: 202",
        "n1: reboot ordered by ",
        "n1: the BMC accepted power off",
        "n1: power off, was power on",
        "n1: the BMC accepted power on",
        "n1: power on, was power off",
    ] {
        assert!(
            told.iter().any(|told| told.contains(expected)),
            "{expected:?} is not in {told:#?}"
        );
    }
    assert!(all.iter().all(|line| line.get("NODE_UUID") == uuid));
    // Each by its own, the task with all that was done for it.
    let of_task = journal.find("TASK", task);
    assert!(of_task.len() >= 5, "{of_task:#?}");
    assert!(of_task.iter().all(|line| line.get("NODE") == "n1"));
}

#[test]
fn a_request_is_found_with_what_came_of_it_later() {
    let Some((journal, bench)) = bench(POWER) else {
        return;
    };
    let order = json!({"target": "off"});
    let path = format!("{}/states/power", node("n1"));
    let answer = bench.admin.put(&path, &order).expect(202);
    let id = answer.header("x-openstack-request-id").unwrap().to_owned();
    journal.wait("REQUEST_ID", &id, "power off done");
    let all = journal.find("REQUEST_ID", &id);
    let told = messages(&all);
    for expected in [
        "change by ",
        "n1: power off ordered by ",
        "n1: the BMC accepted power off",
        "n1: power off, was power on",
        "n1: power off done",
    ] {
        let times = told.iter().filter(|told| told.contains(expected)).count();
        assert_eq!(times, 1, "{expected:?} in {told:#?}");
    }
    let change = &all[told.iter().position(|of| of.contains("change")).unwrap()];
    assert_has(
        change,
        &[
            ("ACTION", "PUT /v1/nodes/{ident}/states/power"),
            ("NODE", "n1"),
            ("OUTCOME", "202"),
            ("TRANSPORT", "unix"),
        ],
    );
    assert!(!change.get("USER").is_empty() && !change.get("SOURCE").is_empty());
}

#[test]
fn a_task_that_failed_says_why_as_a_warning() {
    let Some((journal, bench)) = bench(POWER) else {
        return;
    };
    bench.bmc("n1").set_faults(Faults {
        lying_success: true,
        ..Faults::default()
    });
    let task = bench.order_until(&node("n1"), "off", "failed");
    let line = journal.wait("TASK", task["uuid"].as_str().unwrap(), "power off failed: ");
    assert_has(
        &line,
        &[("PRIORITY", "4"), ("NODE", "n1"), ("NEW", "failed")],
    );
    let why = task["error"].as_str().unwrap();
    assert!(line.get("MESSAGE").ends_with(why), "{line:?}");
}

#[test]
fn a_bmc_in_trouble_and_a_change_that_nobody_ordered_are_warnings() {
    let Some((journal, bench)) = bench(POWER) else {
        return;
    };
    let bmc = bench.bmc("n1");
    bmc.set_power(PowerState::Off);
    let pressed = journal.wait("NODE", "n1", "nobody ordered that here");
    assert_has(
        &pressed,
        &[("PRIORITY", "4"), ("CAUSE", "outside"), ("KIND", "power")],
    );
    bmc.set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    let address = bmc.address().to_string();
    let lost = journal.wait("BMC", &address, "n1: BMC unreachable, was good: ");
    assert_has(
        &lost,
        &[("PRIORITY", "4"), ("KIND", "health"), ("NODE", "n1")],
    );
    assert!(lost.get("MESSAGE").contains("does not answer"), "{lost:?}");
}

#[test]
fn an_instance_is_found_by_its_name() {
    let Some((journal, bench)) = bench(POWER) else {
        return;
    };
    let parts = Parts::make(&bench.admin);
    let path = bench.create_active(&parts, "n1");
    let (uuid, name) = (path.rsplit('/').next().unwrap(), "n1");
    let active = journal.wait("INSTANCE", name, "instance n1 is active, was building");
    assert_has(&active, &[("INSTANCE_UUID", uuid), ("NODE", "n1")]);
    bench.admin.delete(&path).expect(204);
    bench.wait_gone(&path);
    journal.wait(
        "INSTANCE_UUID",
        uuid,
        "instance n1 is gone, the node is free",
    );
}

/// At debug there is a span around each request with an id of its own: it is in the line once all the same.
#[test]
fn no_field_stands_in_a_line_twice_whatever_the_level() {
    let settings = format!("{POWER}[log]\nlevel = \"debug\"");
    let Some((journal, bench)) = bench(&settings) else {
        return;
    };
    bench.order_until(&node("n1"), "off", "done");
    bench.admin.get("/v1/nodes/nobody").expect_error(404);
    journal.wait("NODE", "n1", "power off done");
    let all = journal.all();
    for Line(fields) in &all {
        let names: BTreeSet<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), fields.len(), "{fields:?}");
        let good = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        for name in names {
            assert!(name.chars().all(good) && !name.starts_with('_'), "{name}");
        }
    }
    let answered = |line: &&Line| line.get("MESSAGE").starts_with("answered");
    let answered = all.iter().find(answered).unwrap();
    assert_has(answered, &[("PRIORITY", "7"), ("SPAN", "")]);
    assert!(answered.get("REQUEST_ID").starts_with("req-"));
}

/// What was committed last is told too: the daemon ends after its log.
#[test]
fn what_happened_just_before_the_end_is_told() {
    let Some((journal, mut bench)) = bench(POWER) else {
        return;
    };
    for round in 0..20 {
        let maintenance = json!({"reason": format!("round {round}")});
        let path = format!("{}/maintenance", node("n1"));
        bench.admin.put(&path, &maintenance).expect(204);
    }
    assert!(bench.daemon.stop());
    let told = journal.wait("NODE", "n1", "n1: maintenance on: round 0");
    assert_has(&told, &[("KIND", "maintenance"), ("PRIORITY", "6")]);
    let changes = journal.find("ACTION", "PUT /v1/nodes/{ident}/maintenance");
    assert_eq!(changes.len(), 20);
}

/// The fields that the page names, in capitals and in backticks at the beginning of its table's rows.
fn fields_of_the_page() -> BTreeSet<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/doc/journal.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.flat_map(|row| row.split('|').next().unwrap().split('`'));
    let is_field = |name: &&str| {
        let good = |c: char| c.is_ascii_uppercase() || c == '_';
        name.len() > 2 && name.chars().all(good)
    };
    names.filter(is_field).map(str::to_owned).collect()
}

#[test]
fn the_page_names_every_field_of_what_happens_and_no_other() {
    let Some((journal, bench)) = bench(POWER) else {
        return;
    };
    let parts = Parts::make(&bench.admin);
    let path = bench.create_active(&parts, "n1");
    let stranger = bench.daemon.tcp_as("mallory", "p2", "member");
    stranger.delete("/v1/nodes/n1").expect_error(403);
    bench.admin.delete(&path).expect(204);
    bench.wait_gone(&path);
    journal.wait("NODE", "n1", "instance n1 is gone");
    journal.wait("USER", "mallory", "change refused to mallory");
    let of_the_journal = [
        "MESSAGE",
        "PRIORITY",
        "SYSLOG_IDENTIFIER",
        "CODE_FILE",
        "CODE_LINE",
    ];
    let lines = journal.all().into_iter();
    let told = lines.filter(|line| {
        let target = line.get("TARGET");
        target == "ostler::events" || target == "ostler::audit" || !line.get("COMMAND").is_empty()
    });
    let seen: BTreeSet<String> = told
        .flat_map(|Line(fields)| fields.into_iter().map(|(name, _)| name))
        .filter(|name| !of_the_journal.contains(&name.as_str()))
        .collect();
    assert_eq!(seen, fields_of_the_page());
}

/// Its queue is full after a few lines. Then one line waits for a moment, and those after it are lost.
#[test]
fn a_journal_that_hangs_holds_nobody_up() {
    let Some((journal, bench)) = bench(POWER) else {
        return;
    };
    let change = |number: u32| {
        let limit = json!({"instances": number});
        bench.admin.put("/v1/limits/p", &limit).expect(200);
    };
    let started = instant();
    journal.while_it_hangs(|| {
        (0..1_000).for_each(change);
        let parts = Parts::make(&bench.admin);
        bench.create_active(&parts, "n1");
    });
    let took = started.elapsed();
    assert!(took < Duration::from_secs(25), "{took:?}");
    until("the journal to be written again", || {
        change(7);
        let changes = journal.find("ACTION", "PUT /v1/limits/{ident}");
        let lost = 1_000 - changes.len().min(1_000);
        (lost > 0 && changes.len() > 1).then_some(())
    });
    change(8);
    journal.wait(
        "ACTION",
        "PUT /v1/limits/{ident}",
        "PUT /v1/limits/{ident} of p: 200",
    );
}

/// Who has no journal has the same fields in JSON.
#[test]
fn json_on_standard_error_has_the_same_fields() {
    let daemon = Daemon::with_power(&format!("{POWER}[log]\nformat = \"json\"\n"));
    let rack = SimRack::start(vec![SimBmcConfig::new("n1")]);
    let bench = Bench::over(rack, daemon);
    bench.order_until(&node("n1"), "on", "done");
    let line: Value = until("the end of the task to be logged", || {
        let log = bench.daemon.log();
        let mut lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.find(|line: &Value| line["message"] == "n1: power on done")
    });
    for (field, value) in [("node", "n1"), ("kind", "task"), ("level", "INFO")] {
        assert_eq!(line[field], value, "{line:#}");
    }
    for field in ["node_uuid", "task", "request_id", "bmc", "user"] {
        assert!(line[field].is_string(), "{field} of {line:#}");
    }
}
