//! The daemon is killed (SIGKILL) at each milestone and each commit of a deploy that it boots: the deploy goes on where it was,
//! and the machine is not turned on once more.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{ControlCounts, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::since;
use crate::common::netboot::{Machine, Netboot, uploaded};
use crate::common::wait::until_within;

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 30\ntransition_grace_secs = 2\nbackoff_max_secs = 1\n";

/// Long enough for a restart in the middle, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// Restarts the daemon so that it dies at a point, and goes on until `is_done`, with another restart when it has died.
#[track_caller]
fn survive(rack: &mut Netboot, point: &str, mut is_done: impl FnMut(&Netboot) -> bool) {
    println!("{point}");
    assert!(rack.bench.daemon.stop());
    rack.bench.daemon.start_again_dying_at(point);
    let mut crashes = 0;
    until_within(PATIENCE, &format!("the end, killed at {point}"), || {
        if rack.bench.daemon.has_crashed() {
            crashes += 1;
            rack.bench.daemon.start_again();
        }
        is_done(rack).then_some(())
    });
    assert_eq!(crashes, 1, "it was to die at {point}");
}

/// The machine does all that it can do now, if it is on. It does so again and again, as one that cannot know what was heard.
fn play(rack: &Netboot, machine: &mut Machine) {
    if rack.bench.bmc("n").power() != PowerState::On {
        return;
    }
    // Once it has its data it is told to boot from its disk; the system that runs goes on all the same.
    machine.try_script();
    if machine.has_place() {
        for (method, what) in [
            ("GET", "kernel"),
            ("GET", "meta-data"),
            ("POST", "phone-home"),
        ] {
            machine.try_ask(method, what);
        }
    }
}

/// The status of an instance, where the daemon can be asked; empty where the instance is gone.
fn status(rack: &Netboot, instance: &str) -> Option<String> {
    let answer = rack.bench.admin.try_send("GET", instance, None).ok()?;
    match answer.status {
        200 => Some(answer.json()["status"].as_str().unwrap().to_owned()),
        404 => Some(String::new()),
        _ => None,
    }
}

fn received(rack: &Netboot) -> ControlCounts {
    rack.bench.bmc("n").counters().controls_received
}

/// Asks for something that is done once, however often it is asked for.
fn ask_once(rack: &Netboot, path: &str, body: &Value) -> bool {
    let key = body["name"].as_str().unwrap_or("k");
    let admin = rack.bench.admin.with("Idempotency-Key", key);
    let admin = admin.with("Content-Type", "application/json");
    let sent = admin.try_send("POST", path, Some(body.to_string().as_bytes()));
    sent.is_ok_and(|answer| matches!(answer.status, 201 | 202))
}

#[test]
fn killed_at_each_milestone_a_deploy_goes_on_where_it_was() {
    let mut points: Vec<String> = Vec::new();
    for moment in ["before", "after"] {
        points.extend((1..=4).map(|nth| format!("reach.{moment}:{nth}")));
        // Fetched, off, boot device, on, and the four milestones.
        points.extend((1..=8).map(|nth| format!("reached.{moment}:{nth}")));
        points.push(format!("image_here.{moment}"));
        points.push(format!("done.{moment}"));
    }
    let mut rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let body = rack.parts.instance("web");
    for (index, point) in points.iter().enumerate() {
        // Sessions of daemons that were killed are gone.
        rack.bench.bmc("n").reboot_for(Duration::ZERO);
        let instance = format!("/v1/instances/web{index}");
        let mut body = body.clone();
        body["name"] = json!(format!("web{index}"));
        let before = received(&rack);
        let mut machine = rack.machine("n");
        survive(&mut rack, point, |rack| {
            if !ask_once(rack, "/v1/instances", &body) {
                return false;
            }
            play(rack, &mut machine);
            status(rack, &instance).as_deref() == Some("active")
        });
        assert_eq!(since(&rack.bench.bmc("n"), &before), (0, 1, 0), "{point}");
        let task = rack.newest_task(&instance);
        let names: Vec<_> = task["milestones"]
            .as_array()
            .unwrap()
            .iter()
            .map(|of| of["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["script", "kernel", "data", "phone_home"],
            "{point}: {task:#}"
        );
        rack.bench.admin.delete(&instance).expect(204);
        rack.bench.wait_gone(&instance);
    }
}

#[test]
fn killed_while_a_machine_is_set_up_again_it_is_set_up_again_once() {
    for point in ["set_up_again.before", "set_up_again.after"] {
        let settings = "script_deadline_secs = 5\nretries = 10\n";
        let mut rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, settings);
        let mut machine = rack.machine("n");
        let (before, body) = (received(&rack), rack.parts.instance("web"));
        survive(&mut rack, point, |rack| {
            if !ask_once(rack, "/v1/instances", &body) {
                return false;
            }
            // The first time it does not find the network.
            if received(rack).up >= before.up + 2 {
                play(rack, &mut machine);
            }
            status(rack, "/v1/instances/web").as_deref() == Some("active")
        });
        // However often that is on a busy host: off and on again once for each time that it missed.
        let task = rack.newest_task("/v1/instances/web");
        let attempts = task["attempts"].as_array().unwrap().iter();
        let missed = attempts.filter(|of| of["outcome"] == "missed").count();
        let missed = u64::try_from(missed).unwrap();
        assert!(missed >= 1, "{point}: {task:#}");
        let counted = since(&rack.bench.bmc("n"), &before);
        assert_eq!(counted, (missed, missed + 1, 0), "{point}: {task:#}");
    }
}

#[test]
fn killed_while_a_rebuild_is_accepted_it_happens_once_or_not_at_all() {
    for point in ["rebuild.before", "rebuild.after"] {
        let mut rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
        let (instance, _) = rack.create_booted("n");
        let before = received(&rack);
        let mut machine = rack.machine("n");
        survive(&mut rack, point, |rack| {
            if !ask_once(rack, &format!("{instance}/rebuild"), &json!({})) {
                return false;
            }
            play(rack, &mut machine);
            status(rack, &instance).as_deref() == Some("active")
        });
        assert_eq!(since(&rack.bench.bmc("n"), &before), (1, 1, 0), "{point}");
    }
}

#[test]
fn killed_while_a_wipe_begins_again_the_machine_is_wiped_before_it_is_free() {
    for point in ["scrub_again.before", "scrub_again.after"] {
        let settings = "scrub_image = \"wipe\"\nscript_deadline_secs = 5\nretries = 10\n";
        let mut rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, settings);
        let wipe =
            json!({"name": "wipe", "kind": "scrub", "boot": "network", "completion": "phone-home"});
        uploaded(&rack.bench.admin, &wipe);
        let (instance, _) = rack.create_booted("n");
        let before = received(&rack);
        let mut machine = rack.machine("n");
        survive(&mut rack, point, |rack| {
            rack.bench.admin.try_send("DELETE", &instance, None).ok();
            if received(rack).up >= before.up + 2 {
                play(rack, &mut machine);
            } else {
                assert_ne!(
                    status(rack, &instance).as_deref(),
                    Some(""),
                    "it was not wiped"
                );
            }
            status(rack, &instance).as_deref() == Some("")
        });
        assert_eq!(rack.bench.bmc("n").power(), PowerState::Off);
    }
}
