//! Deletes that wipe the machine first: it is not free before that, and what goes wrong is told and tried again.
#![cfg(test)]

use std::fs;
use std::process::Command;

use nix::sys::signal::Signal;
use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use serde_json::json;

use crate::common::bench::{node, since, tasks};
use crate::common::daemon::Daemon;
use crate::common::netboot::{Netboot, uploaded};
use crate::common::wait::until;
use crate::power_policy::guid;

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\nbackoff_max_secs = 1\n";

/// A rack whose deletes wipe, with the image that does.
fn rack(settings: &str) -> Netboot {
    rack_with(POWER, settings)
}

/// The same with other lines below `[power]`.
fn rack_with(power: &str, settings: &str) -> Netboot {
    let settings = format!("scrub_image = \"wipe\"\n{settings}");
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], power, &settings);
    let wipe =
        json!({"name": "wipe", "kind": "scrub", "boot": "network", "completion": "phone-home"});
    uploaded(&rack.bench.admin, &wipe);
    rack
}

#[test]
fn a_deleted_instances_machine_is_free_when_it_has_been_wiped_and_is_off() {
    let rack = rack("");
    let bench = &rack.bench;
    let (instance, _) = rack.create_booted("n");
    bench.admin.delete(&instance).expect(204);
    rack.wait_step(&instance, "await_script");
    assert_eq!(bench.bmc("n").power(), PowerState::On);
    let mut machine = rack.machine("n");
    assert!(machine.script());
    machine.kernel().expect(200);
    rack.wait_step(&instance, "await_phone_home");
    assert_eq!(bench.at(&instance)["status"], "deleting");
    let refused = bench.admin.delete("/v1/images/wipe").expect_error(409);
    assert!(
        refused.contains("in use by machines that are being wiped"),
        "{refused}"
    );
    bench
        .admin
        .post("/v1/instances", &rack.parts.instance("next"))
        .expect_error(409);

    machine.phone_home().expect(200);
    bench.wait_gone(&instance);
    assert_eq!(bench.bmc("n").power(), PowerState::Off);
    let task = rack.newest_task(&node("n"));
    assert_eq!(
        (&task["kind"], &task["state"]),
        (&json!("delete"), &json!("done"))
    );
    let names: Vec<_> = task["milestones"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["script", "kernel", "phone_home"], "{task:#}");
    assert!(bench.at(&node("n"))["instance_uuid"].is_null());
    bench.admin.delete("/v1/images/wipe").expect(204);
}

#[test]
fn a_machine_that_is_not_wiped_is_not_free_and_the_delete_begins_again_with_the_reason() {
    let rack = rack("script_deadline_secs = 1\n");
    let bench = &rack.bench;
    let (instance, _) = rack.create_booted("n");
    let ups = || bench.bmc("n").counters().controls_received.up;
    let before = ups();
    bench.admin.delete(&instance).expect(204);
    until("a third round", || (ups() >= before + 3).then_some(()));
    let shown = bench.at(&instance);
    assert_eq!(shown["status"], "deleting");
    let reason = shown["last_error"].as_str().unwrap();
    assert!(
        reason.contains("did not ask for its boot script within 1 s"),
        "{reason}"
    );
    assert_eq!(bench.at(&node("n"))["instance_uuid"], shown["uuid"]);

    // The cable is in: it goes on by itself.
    let mut machine = rack.machine("n");
    until("the wiped machine to phone home", || {
        if machine.try_script() != Some(true) {
            return None;
        }
        machine.kernel();
        (machine.phone_home().status == 200).then_some(())
    });
    bench.wait_gone(&instance);
}

#[test]
fn an_image_that_wipes_nothing_is_set_right_while_a_delete_waits_for_it() {
    let rack = rack("phone_home_deadline_secs = 5\n");
    let bench = &rack.bench;
    let (instance, _) = rack.create_booted("n");
    bench.admin.delete(&instance).expect(204);
    rack.wait_step(&instance, "await_script");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    machine.kernel().expect(200);
    // It hangs. Another kernel, and another line for it.
    let octets = bench.admin.with("Content-Type", "application/octet-stream");
    octets
        .send("PUT", "/v1/images/wipe/kernel", Some(b"one that wipes"))
        .expect(200);
    let patch = json!([{"op": "add", "path": "/kernel_args", "value": "wipe=all"}]);
    bench.admin.patch("/v1/images/wipe", &patch).expect(200);
    until("another round", || {
        let task = rack.newest_task(&instance);
        (task["step"] == "await_script" && task["milestones"] == json!([])).then_some(())
    });
    assert!(machine.script());
    let script = machine.boot_script();
    let in_hex: Vec<String> = b"wipe=all".iter().map(|of| format!("{of:02x}")).collect();
    assert!(script.contains(&in_hex.join(":")), "{script}");
    assert_eq!(machine.kernel().expect(200).body, b"one that wipes");
    machine.phone_home().expect(200);
    bench.wait_gone(&instance);
}

#[test]
fn a_delete_does_not_go_on_without_the_boot_device_that_wipes() {
    let power = POWER.replace("change_deadline_secs = 20", "change_deadline_secs = 2");
    let rack = rack_with(&power, "");
    let bench = &rack.bench;
    let (instance, _) = rack.create_booted("n");
    // It shows that of the deploy still.
    let none = json!({"boot_device": "none"});
    let before = tasks(&bench.admin, &node("n"));
    let path = format!("{}/management/boot_device", node("n"));
    bench.admin.put(&path, &none).expect(202);
    bench.wait_task_after(&node("n"), &before, "done");
    bench.bmc("n").set_faults(Faults {
        forgets_boot_options: true,
        ..Faults::default()
    });
    bench.admin.delete(&instance).expect(204);
    until("the reason", || {
        let shown = bench.at(&instance);
        let reason = shown["last_error"].as_str()?.to_owned();
        reason
            .contains("accepted boot device pxe but shows")
            .then_some(())
    });
    assert_eq!(bench.bmc("n").power(), PowerState::Off);
    assert_eq!(bench.at(&instance)["status"], "deleting");
    bench.bmc("n").set_faults(Faults::default());
    rack.wait_step(&instance, "await_script");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    machine.phone_home().expect(200);
    bench.wait_gone(&instance);
}

#[test]
fn a_delete_that_cannot_wipe_as_the_settings_say_is_refused() {
    let settings = "scrub_image = \"wipe\"\n";
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, settings);
    let admin = &rack.bench.admin;
    let (instance, _) = rack.create_booted("n");
    let refused = admin.delete(&instance).expect_error(409);
    assert!(
        refused.contains("wipe: there is no such image"),
        "{refused}"
    );
    let plain = json!({"name": "wipe", "boot": "external"});
    admin.post("/v1/images", &plain).expect(201);
    let refused = admin.delete(&instance).expect_error(409);
    assert!(refused.contains("not of kind scrub"), "{refused}");
    assert_eq!(rack.bench.at(&instance)["status"], "active");
    // By force it goes all the same, into maintenance.
    admin.delete(&format!("{instance}?force=true")).expect(204);
    assert_eq!(rack.bench.at(&node("n"))["maintenance"], true);
}

#[test]
fn what_wipes_is_told_to_the_machine_s_own_port_and_to_no_uuid() {
    let rack = rack("");
    until("the BMC to be asked for its GUID", || {
        let asked = rack.bench.bmc("n").counters().commands;
        asked
            .keys()
            .any(|command| command.contains("guid"))
            .then_some(())
    });
    let uuid = guid(&rack.bench.bmc("n"));
    let boot = rack.boot_service();
    let by_uuid = || {
        let path = format!("/script?mac=02:00:00:ff:ff:ff&uuid={uuid}");
        let script = String::from_utf8(boot.get(&path).expect(200).body).unwrap();
        script.contains("/deploys/")
    };
    let instance = rack.bench.create(&rack.parts, "n");
    rack.wait_step(&instance, "await_script");
    until("the machine to be known by its UUID", || {
        by_uuid().then_some(())
    });
    let mut machine = rack.machine("n");
    rack.boot_on(&instance, &mut machine);
    rack.bench.admin.delete(&instance).expect(204);
    rack.wait_step(&instance, "await_script");
    assert!(!by_uuid());
    assert!(machine.script());
}

#[test]
fn an_instance_is_released_by_force_in_the_middle_of_a_wipe() {
    let rack = rack("");
    let (instance, _) = rack.create_booted("n");
    rack.bench.admin.delete(&instance).expect(204);
    rack.wait_step(&instance, "await_script");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    rack.bench
        .admin
        .delete(&format!("{instance}?force=true"))
        .expect(204);
    machine.phone_home().expect(404);
    assert_eq!(rack.newest_task(&node("n"))["state"], "cancelled");
}

#[test]
fn settings_that_would_wipe_nothing_are_accepted_by_neither_a_check_nor_a_start_nor_a_reload() {
    let wipe = "[netboot]\nscrub_image = \"wipe\"\n";
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ostler.toml");
    fs::write(&file, wipe).unwrap();
    for command in [&["check"][..], &[]] {
        let mut ostlerd = Command::new(env!("CARGO_BIN_EXE_ostlerd"));
        let output = ostlerd.args(command).arg("--config").arg(&file).output();
        let output = output.unwrap();
        assert!(!output.status.success(), "{command:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("no machine would be wiped"), "{said}");
    }

    let daemon = Daemon::with_power(POWER);
    let settings = daemon.directory().join("ostler.toml");
    let before = fs::read_to_string(&settings).unwrap();
    // It would listen from the next start on only.
    let listen = format!("{wipe}listen = [\"127.0.0.1:1\"]\n");
    for (added, reason) in [
        (wipe, "no machine would be wiped"),
        (&listen, "started without netboot.listen: restart it"),
    ] {
        fs::write(&settings, format!("{before}{added}")).unwrap();
        daemon.signal(Signal::SIGHUP);
        until("the reload to be refused", || {
            daemon.log().contains(reason).then_some(())
        });
    }
}

#[test]
fn a_delete_that_nobody_can_wipe_for_any_more_does_not_touch_the_machine() {
    let mut rack = rack("");
    let (instance, _) = rack.create_booted("n");
    rack.bench.admin.delete(&instance).expect(204);
    rack.wait_step(&instance, "await_script");
    let before = rack.bench.bmc("n").counters().controls_received;
    rack.restart_without_netboot();
    let rounds = || {
        let task = rack.newest_task(&instance);
        let reason = task["error"].as_str()?;
        let is_told = reason.contains("network boot was turned off");
        (is_told && task["step"] == "fetch_image").then(|| task["deadline_at"].clone())
    };
    let first = until("the reason", rounds);
    until("another round", || rounds().filter(|at| *at != first));
    assert_eq!(since(&rack.bench.bmc("n"), &before), (0, 0, 0));
    assert_eq!(rack.bench.at(&instance)["status"], "deleting");
}
