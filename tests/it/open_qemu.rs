//! The BMC of the machine that the daemon runs on, through `/dev/ipmi0`: in a QEMU guest with Debian's kernel, whose KCS
//! interface and BMC are QEMU's own. The daemon runs there as a user that may open the device and nothing else.

#![cfg(test)]

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::bench::{node, tasks};
use crate::common::http::Client;
use crate::common::qemu::Guest;
use crate::common::wait::until_within;

/// How long anything may take in a guest that is translated instruction by instruction, on a machine that does other things.
const PATIENCE: Duration = Duration::from_secs(120);

const OWN: &str = "own";

/// One boot for all of it: booting is what takes time. The order counts, for the last one ends the guest.
#[test]
fn the_machines_own_bmc_is_read_and_obeyed_through_dev_ipmi0() {
    let Some(mut guest) = Guest::boot() else {
        return;
    };
    let admin = guest.admin();
    the_power_is_read(&admin);
    many_requests_at_a_time_do_not_mix(&admin);
    what_the_bmc_cannot_do_fails_with_a_reason(&admin);
    a_device_that_is_missing_or_forbidden_is_named(&admin);
    a_soft_power_off_presses_the_button_once(&mut guest, &admin);
    a_power_off_turns_the_machine_off_once(&mut guest, &admin);
}

fn the_power_is_read(admin: &Client) {
    register(admin, OWN, "/dev/ipmi0");
    let read = wait_node(admin, OWN, |node| !node["power_state"].is_null());
    assert_eq!(read["power_state"], "power on", "{read}");
    assert_eq!(read["last_error"], Value::Null, "{read}");
}

/// Two nodes are polled through the same device every second, while six clients ask it for something else.
fn many_requests_at_a_time_do_not_mix(admin: &Client) {
    register(admin, "own-again", "/dev/ipmi0");
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let path = format!("{}/management/boot_device", node(OWN));
                    // QEMU's BMC takes Get System Boot Options (09h) for Get System Restart Cause (07h) and answers that:
                    // a short answer of its own, which no other command gives.
                    let said = admin.get(&path).expect_error(502);
                    let expected = "the BMC at /dev/ipmi0 answered get boot options with something";
                    assert!(said.starts_with(expected), "{said}");
                }
            });
        }
    });
    for name in [OWN, "own-again"] {
        let node = wait_node(admin, name, |node| !node["power_state"].is_null());
        assert_eq!(node["power_state"], "power on", "{node}");
        assert_eq!(node["last_error"], Value::Null, "{node}");
    }
    admin.delete(&node("own-again")).expect(204);
}

fn what_the_bmc_cannot_do_fails_with_a_reason(admin: &Client) {
    let path = format!("{}/management/boot_device", node(OWN));
    let before = tasks(admin, &node(OWN));
    let order = json!({"boot_device": "pxe"});
    admin.put(&path, &order).expect(202);
    let task = wait_task(admin, &before);
    assert_eq!(task["state"], "failed", "{task:#}");
    let said = "the BMC at /dev/ipmi0 does not support set boot options as it was asked for (C1h)";
    assert_eq!(task["error"], said);
    let node = admin.get(&node(OWN)).expect(200).json();
    assert_eq!(node["last_error"], said);
    assert_eq!(node["power_state"], "power on", "{node}");
}

fn a_device_that_is_missing_or_forbidden_is_named(admin: &Client) {
    for (name, device, expected) in [
        ("none", "/dev/ipmi7", "there is no /dev/ipmi7: "),
        (
            "forbidden",
            "/dev/ipmi-of-root",
            "cannot open /dev/ipmi-of-root: check its permissions",
        ),
    ] {
        register(admin, name, device);
        let failed = wait_node(admin, name, |node| !node["last_error"].is_null());
        let said = failed["last_error"].as_str().unwrap();
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(failed["power_state"], Value::Null, "{failed}");
    }
}

/// Nothing listens to the button in the guest, so the order fails at its deadline, and says what to do.
fn a_soft_power_off_presses_the_button_once(guest: &mut Guest, admin: &Client) {
    let before = tasks(admin, &node(OWN));
    order(
        admin,
        &json!({"target": "soft_off", "timeout": 3, "force": true}),
    );
    let task = wait_task(admin, &before);
    assert_eq!(task["state"], "failed", "{task:#}");
    let said = task["error"].as_str().unwrap();
    assert!(said.contains("order off to cut the power"), "{said}");
    assert_eq!(guest.qmp().wait_event("POWERDOWN").len(), 1);
}

fn a_power_off_turns_the_machine_off_once(guest: &mut Guest, admin: &Client) {
    assert_eq!(guest.qmp().run("query-status")["status"], "running");
    order(admin, &json!({"target": "off", "force": true}));
    let ended = guest.qmp().wait_event("SHUTDOWN");
    // The guest asked for it, and its kernel knows nothing of it: it was the BMC.
    assert_eq!(ended, [json!({"guest": true, "reason": "guest-shutdown"})]);
    assert_eq!(guest.qmp().run("query-status")["status"], "shutdown");
    let console = guest.console();
    assert!(!console.contains("reboot: Power down"), "{console}");
    assert_eq!(guest.qmp().events("RESET").len(), 0);
    assert_eq!(guest.qmp().events("POWERDOWN").len(), 1, "no second one");
}

fn register(admin: &Client, name: &str, device: &str) {
    let bmc = json!({"interface": "open", "device": device});
    let node = json!({"name": name, "bmc": bmc});
    admin.post("/v1/nodes", &node).expect(201);
}

fn order(admin: &Client, body: &Value) {
    let path = format!("{}/states/power", node(OWN));
    admin.put(&path, body).expect(202);
}

#[track_caller]
fn wait_node(admin: &Client, name: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    until_within(PATIENCE, &format!("{name} to be read"), || {
        let found = admin.get(&node(name)).expect(200).json();
        is_it(&found).then_some(found)
    })
}

/// The task that is not among these, when it has ended.
#[track_caller]
fn wait_task(admin: &Client, before: &HashSet<String>) -> Value {
    until_within(PATIENCE, "a task to end", || {
        let all = admin
            .get(&format!("{}/tasks", node(OWN)))
            .expect(200)
            .json();
        let mut all = all["tasks"].as_array().unwrap().iter();
        let new = all.find(|task| !before.contains(task["uuid"].as_str().unwrap()))?;
        (!new["finished_at"].is_null()).then(|| new.clone())
    })
}
