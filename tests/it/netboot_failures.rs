//! What goes wrong with machines that the daemon boots: each ends right, or in `error` with the step and the reason.
#![cfg(test)]

use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use serde_json::json;

use crate::common::bench::{node, since};
use crate::common::daemon::Daemon;
use crate::common::file_server::{FileServer, Reply};
use crate::common::netboot::{Netboot, uploaded};
use crate::common::served::Request;
use crate::common::wait::until;
use crate::restore::{backup, restore};

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n";

/// The reason why an instance is in error, as soon as it is.
#[track_caller]
fn error(rack: &Netboot, instance: &str) -> String {
    rack.bench.wait_status(instance, "error");
    let shown = rack.bench.at(instance);
    shown["last_error"].as_str().unwrap().to_owned()
}

/// The machine boots all the way. It may be set up once more just when it has come up: then it does all of it again.
#[track_caller]
fn boot_whenever(rack: &Netboot, instance: &str) {
    let mut machine = rack.machine("n");
    until("the machine to be active", || {
        if machine.script() {
            machine.kernel();
            machine.data();
            machine.phone_home();
        }
        (rack.bench.at(instance)["status"] == "active").then_some(())
    });
}

#[test]
fn a_machine_that_asks_for_nothing_is_set_up_again_once_and_then_the_reason_is_told() {
    let settings = "script_deadline_secs = 3\nretries = 1\n";
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, settings);
    let before = rack.bench.bmc("n").counters().controls_received;
    let instance = rack.bench.create(&rack.parts, "n");
    let reason = error(&rack, &instance);
    assert!(
        reason.starts_with("the deploy failed at the step \"boot script fetched\": the machine did not ask for its boot script within 3 s"),
        "{reason}"
    );
    // It was off at first: on, and then off and on again.
    assert_eq!(since(&rack.bench.bmc("n"), &before), (1, 2, 0));
    let task = rack.newest_task(&instance);
    let attempts = task["attempts"].as_array().unwrap();
    let missed = attempts.iter().filter(|of| of["outcome"] == "missed");
    assert_eq!(missed.count(), 2, "{task:#}");
    let shown = rack.bench.at(&node("n"));
    assert!(
        shown["last_error"]
            .as_str()
            .unwrap()
            .contains("boot script")
    );
    assert_eq!(shown["power_state"], "power on", "it is left as it is");
    assert!(!rack.machine("n").script(), "the deploy is over");

    // Repaired, it is tried again, with other URLs.
    let retry = format!("{instance}/retry");
    rack.bench.admin.post(&retry, &json!({})).expect(202);
    boot_whenever(&rack, &instance);
}

#[test]
fn a_machine_that_comes_up_after_it_was_set_up_again_is_active() {
    let settings = "script_deadline_secs = 2\nretries = 10\n";
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, settings);
    let instance = rack.bench.create(&rack.parts, "n");
    let ups = || rack.bench.bmc("n").counters().controls_received.up;
    until("a second try", || (ups() >= 2).then_some(()));
    boot_whenever(&rack, &instance);
    let task = rack.newest_task(&instance);
    assert_eq!(
        (&task["state"], &task["error"]),
        (&json!("done"), &json!(null))
    );
}

#[test]
fn a_machine_that_stops_on_its_way_fails_the_deploy_at_that_step() {
    let table = [
        ("kernel_deadline_secs", "kernel fetched"),
        ("data_deadline_secs", "data fetched"),
        ("phone_home_deadline_secs", "phone home"),
    ];
    for (steps, (deadline, name)) in table.iter().enumerate() {
        // Only what is missed has little time.
        let settings = format!("{deadline} = 1\n");
        let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, &settings);
        let instance = rack.bench.create(&rack.parts, "n");
        let mut machine = rack.machine("n");
        rack.wait_step(&instance, "await_script");
        assert!(machine.script());
        if steps > 0 {
            machine.kernel().expect(200);
        }
        if steps > 1 {
            machine.data().expect(200);
        }
        let reason = error(&rack, &instance);
        let expected = format!("the deploy failed at the step \"{name}\": the machine ");
        assert!(reason.starts_with(&expected), "{reason}");
        assert!(reason.contains("within 1 s"), "{reason}");
        machine.phone_home().expect(404);
        assert_eq!(
            rack.bench.at(&instance)["status"],
            "error",
            "too late is too late"
        );
    }
}

#[test]
fn a_machine_that_somebody_turned_off_on_its_way_is_told_as_that() {
    let settings = "phone_home_deadline_secs = 4\n";
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, settings);
    let instance = rack.bench.create(&rack.parts, "n");
    let mut machine = rack.machine("n");
    rack.wait_step(&instance, "await_script");
    assert!(machine.script());
    machine.kernel().expect(200);
    machine.data().expect(200);
    rack.wait_step(&instance, "await_phone_home");
    rack.bench.bmc("n").press_power_button();
    until("the power to be seen off", || {
        (rack.bench.at(&node("n"))["power_state"] == "power off").then_some(())
    });
    let reason = error(&rack, &instance);
    assert!(
        reason.contains("its power is off, which ostlerd did not order"),
        "{reason}"
    );
    let listed = rack.bench.admin.with("Accept", "application/json");
    let path = "/v1/events?kind=power&node=n&sort_dir=desc&limit=1";
    let event = listed.get(path).expect(200).json()["events"][0].clone();
    assert_eq!(event["cause"], "outside", "{event:#}");
    assert_eq!(
        rack.bench.bmc("n").power(),
        PowerState::Off,
        "it is left alone"
    );
}

#[test]
fn a_machine_that_somebody_turned_off_before_it_asked_for_its_script_is_left_off() {
    let rack = Netboot::start(
        vec![SimBmcConfig::new("n")],
        POWER,
        "script_deadline_secs = 4\n",
    );
    let before = rack.bench.bmc("n").counters().controls_received;
    let instance = rack.bench.create(&rack.parts, "n");
    rack.wait_step(&instance, "await_script");
    rack.bench.bmc("n").press_power_button();
    let reason = error(&rack, &instance);
    assert!(
        reason.contains("its power is off, which ostlerd did not order"),
        "{reason}"
    );
    assert_eq!(since(&rack.bench.bmc("n"), &before), (0, 1, 0));
    assert_eq!(rack.bench.bmc("n").power(), PowerState::Off);
}

#[test]
fn a_bmc_that_is_away_while_its_machine_boots_fails_nothing_and_its_power_is_unknown() {
    let power = format!("{POWER}unreachable_after_misses = 1\n");
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], &power, "");
    let instance = rack.bench.create(&rack.parts, "n");
    let mut machine = rack.machine("n");
    rack.wait_step(&instance, "await_script");
    rack.bench.bmc("n").set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    until("the power to be unknown", || {
        let shown = rack.bench.at(&node("n"));
        (shown["power_state"].is_null() && shown["last_error"].is_string()).then_some(())
    });
    rack.boot_on(&instance, &mut machine);
}

#[test]
fn what_runs_on_a_machine_until_it_is_off_is_told_nothing_of_its_deploy() {
    let power = POWER.replace("transition_grace_secs = 1", "transition_grace_secs = 15");
    let mut slow = SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new("n")
    };
    slow.delays.power_off = Duration::from_secs(5);
    let rack = Netboot::start(vec![slow], &power, "");
    let instance = rack.bench.create(&rack.parts, "n");
    let mut machine = rack.machine("n");
    rack.wait_step(&instance, "ensure_off");
    assert!(!machine.script(), "it boots just now, whyever");
    let task = rack.wait_step(&instance, "await_script");
    assert_eq!(task["milestones"], json!([]));
    assert_eq!(rack.bench.at(&instance)["status"], "building");
    rack.boot_on(&instance, &mut machine);
}

#[test]
fn a_database_that_is_restored_serves_no_machine_of_then() {
    let configs = ["n", "live"].map(SimBmcConfig::new);
    let mut rack = Netboot::start(configs.into(), POWER, "");
    let image = json!({"name": "live", "boot": "network", "completion": "power-on"});
    let image = uploaded(&rack.bench.admin, &image);
    let mut body = rack.parts.instance("live");
    body["image_uuid"] = json!(image);
    body["availability_zone"] = json!("z-live");
    rack.bench.admin.post("/v1/instances", &body).expect(201);
    rack.bench.wait_status("/v1/instances/live", "active");
    let instance = rack.bench.create(&rack.parts, "n");
    rack.wait_step(&instance, "await_script");
    let mut machines = ["n", "live"].map(|name| rack.machine(name));
    for machine in &mut machines {
        assert!(machine.script());
    }
    let file = backup(&rack.bench.daemon, "backup.db");
    assert!(rack.bench.daemon.stop());
    restore(&rack.bench.daemon, &[file.to_str().unwrap()]);
    rack.bench.daemon.start_again();
    let shown = rack.bench.at(&instance);
    assert_eq!(shown["status"], "error");
    assert!(
        shown["last_error"]
            .as_str()
            .unwrap()
            .contains("the database was restored"),
        "{shown:#}"
    );
    for machine in &mut machines {
        machine.kernel().expect(404);
        assert!(!machine.script());
    }
}

#[test]
fn a_deploy_says_that_network_boot_was_turned_off_in_the_middle_of_it() {
    let mut rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let instance = rack.bench.create(&rack.parts, "n");
    rack.wait_step(&instance, "await_script");
    rack.restart_without_netboot();
    let reason = error(&rack, &instance);
    assert!(reason.contains("network boot was turned off"), "{reason}");
}

#[test]
fn a_machine_is_not_touched_for_what_nobody_serves_any_more() {
    let files = FileServer::start();
    files.set("/vmlinuz", Reply::Silence);
    let on = SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new("n")
    };
    let mut rack = Netboot::start(vec![on], POWER, "");
    let url = files.url("/vmlinuz");
    let image = json!({"name": "slow", "kernel_url": url, "completion": "phone-home"});
    let admin = &rack.bench.admin;
    let image = admin.post("/v1/images", &image).expect(201).json();
    let mut body = rack.parts.instance("web");
    body["image_uuid"] = image["uuid"].clone();
    admin.post("/v1/instances", &body).expect(201);
    rack.wait_step("/v1/instances/web", "fetch_image");
    let before = rack.bench.bmc("n").counters().controls_received;
    rack.restart_without_netboot();
    let reason = error(&rack, "/v1/instances/web");
    assert!(reason.contains("network boot was turned off"), "{reason}");
    assert_eq!(since(&rack.bench.bmc("n"), &before), (0, 0, 0));
    assert_eq!(rack.bench.bmc("n").power(), PowerState::On);
}

#[test]
fn a_script_that_is_fetched_twice_counts_once_and_the_deploy_goes_on() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let instance = rack.bench.create(&rack.parts, "n");
    let mut machine = rack.machine("n");
    rack.wait_step(&instance, "await_script");
    assert!(machine.script());
    rack.wait_step(&instance, "await_kernel");
    until(
        "the script to count again, which it does once a second",
        || {
            assert!(machine.script());
            let task = rack.newest_task(&instance);
            (task["milestones"][0]["times"] == 2).then_some(())
        },
    );
    rack.boot_on(&instance, &mut machine);
    let listed = rack.bench.admin.with("Accept", "application/json");
    let events = listed.get("/v1/events?kind=netboot").expect(200).json();
    assert_eq!(events["events"].as_array().unwrap().len(), 4, "{events:#}");
}

#[test]
fn nobody_phones_home_for_another_machine() {
    let configs = ["a", "b"].map(SimBmcConfig::new);
    let rack = Netboot::start(configs.into(), POWER, "");
    let (first, of_first) = rack.create_booted("a");
    let second = rack.bench.create(&rack.parts, "b");
    rack.wait_step(&second, "await_script");
    // With the URL of a deploy that is over, and with one that was never given out.
    of_first.phone_home().expect(404);
    let guessed = format!("/deploys/{}/phone-home", "0".repeat(64));
    rack.post_to_boot_service(&guessed).expect(404);
    let task = rack.newest_task(&second);
    assert_eq!(
        (&task["step"], &task["milestones"]),
        (&json!("await_script"), &json!([]))
    );
    rack.boot(&second, &mut rack.machine("b"));
    assert_eq!(rack.bench.at(&first)["status"], "active");
}

/// A server of files that has one, and closes each connection after its answer.
fn serve(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = Request::read(&mut BufReader::new(&stream));
            assert!(request.is_some(), "it asks for the file");
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(head.as_bytes()).ok();
        }
    });
    format!("http://{address}/vmlinuz")
}

#[test]
fn an_image_that_is_not_there_or_not_what_it_should_be_is_told_before_the_machine_is_touched() {
    let on = |name: &str| SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new(name)
    };
    let rack = Netboot::start(
        vec![on("n0"), on("n1")],
        POWER,
        "fetch_deadline_secs = 20\n",
    );
    let table = [
        (serve("404 Not Found", "no"), None, "404"),
        (
            serve("200 OK", "another kernel"),
            Some("0".repeat(64)),
            "SHA-256",
        ),
    ];
    for (index, (url, sha256, word)) in table.iter().enumerate() {
        let name = format!("n{index}");
        let image = json!({"name": format!("i{index}"), "kernel_url": url, "kernel_sha256": sha256, "completion": "phone-home"});
        let image = rack
            .bench
            .admin
            .post("/v1/images", &image)
            .expect(201)
            .json();
        let mut body = rack.parts.instance(&name);
        body["image_uuid"] = image["uuid"].clone();
        body["availability_zone"] = json!(format!("z-{name}"));
        let before = rack.bench.bmc(&name).counters().controls_received;
        rack.bench.admin.post("/v1/instances", &body).expect(201);
        let reason = error(&rack, &format!("/v1/instances/{name}"));
        assert!(
            reason.starts_with("the deploy failed at the step \"image fetch\": "),
            "{reason}"
        );
        assert!(reason.contains(word), "{word}: {reason}");
        assert_eq!(since(&rack.bench.bmc(&name), &before), (0, 0, 0));
        assert_eq!(rack.bench.bmc(&name).power(), PowerState::On);
    }
}

#[test]
fn what_cannot_be_deployed_is_refused_before_a_node_is_reserved() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let admin = &rack.bench.admin;
    let make = |body| {
        let made = admin.post("/v1/images", &body).expect(201).json();
        made["uuid"].clone()
    };
    let empty = make(json!({"name": "empty", "boot": "network"}));
    let disk = make(json!({"name": "plain", "boot": "disk"}));
    let scrub = json!(uploaded(
        admin,
        &json!({"name": "wipe", "kind": "scrub", "boot": "network", "completion": "phone-home"})
    ));
    let data = json!("#cloud-config\n");
    let no_kernel_yet = make(json!({"name": "no kernel yet", "completion": "phone-home"}));
    for (image, user_data, word) in [
        (
            &no_kernel_yet,
            json!(null),
            "to boot the machine: upload its kernel, or set its boot",
        ),
        (&empty, json!(null), "it has no kernel"),
        (&scrub, json!(null), "of kind scrub"),
        (&disk, data, "user_data would reach nobody"),
    ] {
        let mut body = rack.parts.instance("web");
        body["image_uuid"] = image.clone();
        body["user_data"] = user_data;
        let refused = admin.post("/v1/instances", &body).expect_error(409);
        assert!(refused.contains(word), "{word}: {refused}");
    }
    assert!(rack.bench.at(&node("n"))["instance_uuid"].is_null());
    // An empty word is none.
    let mut body = rack.parts.instance("web");
    (body["image_uuid"], body["user_data"]) = (disk, json!(""));
    admin.post("/v1/instances", &body).expect(201);
}

#[test]
fn a_command_line_of_earlier_versions_that_no_machine_can_be_handed_is_refused_at_the_deploy() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let file = rack.bench.daemon.directory().join("state/ostler.db");
    let database = rusqlite::Connection::open(file).unwrap();
    database
        .execute("UPDATE images SET kernel_args = 'a=${nope}'", [])
        .unwrap();
    let body = rack.parts.instance("web");
    let refused = rack
        .bench
        .admin
        .post("/v1/instances", &body)
        .expect_error(409);
    assert!(
        refused.contains(
            "its kernel_args cannot be handed to a machine, there is no variable ${nope}"
        ),
        "{refused}"
    );
}

#[test]
fn an_image_that_phones_home_needs_network_boot_to_be_on() {
    let daemon = Daemon::with_power(POWER);
    let admin = daemon.unix();
    let parts = crate::common::daemon::Parts::make(&admin);
    let image = json!({"name": "debian", "boot": "network", "completion": "phone-home"});
    let image = uploaded(&admin, &image);
    let mut body = parts.instance("web");
    body["image_uuid"] = json!(image);
    let refused = admin.post("/v1/instances", &body).expect_error(409);
    assert!(refused.contains("network boot is off"), "{refused}");
}
