//! Looking after nodes: maintenance, boot devices, and what an open task keeps away.
#![cfg(test)]

use std::time::Duration;

use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::http::Client;
use crate::common::wait::until;
use crate::contract_site::{NOBODY, Site, Via, column, keys, on_both, refused, sorted, text};

#[test]
fn maintenance_is_set_with_a_reason_and_cleared_and_keeps_instances_away() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let path = "/v1/nodes/n0/maintenance";
        let shown = || {
            let node = admin.get("/v1/nodes/n0").expect(200).json();
            (
                node["maintenance"].clone(),
                node["maintenance_reason"].clone(),
            )
        };
        assert!(
            admin
                .put(path, &json!({"reason": "new fan"}))
                .expect(204)
                .body
                .is_empty()
        );
        assert_eq!(shown(), (json!(true), json!("new fan")));
        let listed = admin.get("/v1/nodes?maintenance=true").expect(200).json();
        assert_eq!(column(&listed, "nodes", "name"), ["n0"]);
        let create = || admin.post("/v1/instances", &site.parts.instance("web"));
        refused(create(), 409, "maintenance");
        admin.put(path, &json!({})).expect(204);
        assert_eq!(shown().0, json!(true));
        for bad in [
            json!({"reason": 1}),
            json!({"reason": ""}),
            json!({"colour": 1}),
            json!([]),
        ] {
            admin.put(path, &bad).expect_error(400);
        }
        admin
            .put(path, &json!({"reason": "x".repeat(256)}))
            .expect_error(400);
        // A person's order is taken all the same.
        admin
            .put("/v1/nodes/n0/states/power", &json!({"target": "on"}))
            .expect(202);
        until("the node to be on", || {
            let states = admin.get("/v1/nodes/n0/states").expect(200).json();
            let parts = sorted(&["power_state", "target_power_state", "last_error"]);
            assert_eq!(keys(&states), parts);
            (states["power_state"] == "power on" && states["target_power_state"].is_null())
                .then_some(())
        });
        for _ in 0..2 {
            admin.delete(path).expect(204);
            assert_eq!(shown(), (json!(false), json!(null)));
        }
        create().expect(201);
        for method in ["PUT", "DELETE"] {
            let missing = format!("/v1/nodes/{NOBODY}/maintenance");
            admin.send(method, &missing, None).expect_error(404);
        }
    });
}

fn boot_device(admin: &Client) -> Value {
    let path = "/v1/nodes/n0/management/boot_device";
    admin.get(path).expect(200).json()
}

#[test]
fn a_boot_device_is_ordered_as_a_task_and_read_from_the_bmc() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let path = "/v1/nodes/n0/management/boot_device";
        assert_eq!(boot_device(&admin)["boot_device"], "none");
        for (device, persistent, uefi) in [
            ("pxe", false, true),
            ("disk", true, false),
            ("cdrom", false, false),
            ("bios", false, true),
            ("none", false, false),
        ] {
            let wanted = json!({"boot_device": device, "persistent": persistent, "uefi": uefi});
            let accepted = admin.put(path, &wanted).expect(202);
            let task = accepted.json();
            let place = format!("/v1/tasks/{}", text(&task["uuid"]));
            assert!(accepted.header("location").unwrap().ends_with(&place));
            let done = until("the task to end", || {
                let task = admin.get(&place).expect(200).json();
                (!task["finished_at"].is_null()).then_some(task)
            });
            assert_eq!(done["state"], "done", "{done}");
            let shown = boot_device(&admin);
            assert_eq!(shown["boot_device"], device);
            if device != "none" {
                assert_eq!(shown, wanted);
            }
        }
        let tasks = admin.get("/v1/nodes/n0/tasks").expect(200).json();
        assert_eq!(tasks["tasks"].as_array().unwrap().len(), 5);
        for bad in [
            json!({}),
            json!({"boot_device": "floppy", "persistent": false, "uefi": false}),
            json!({"boot_device": "pxe", "persistent": "no", "uefi": false}),
            json!({"boot_device": "pxe", "persistent": false, "uefi": false, "colour": 1}),
        ] {
            admin.put(path, &bad).expect_error(400);
        }
        let missing = format!("/v1/nodes/{NOBODY}/management/boot_device");
        admin.get(&missing).expect_error(404);
        admin.put(&missing, &json!({})).expect_error(404);
    });
}

#[test]
fn while_a_task_is_open_the_node_refuses_another_boot_device_and_its_delete() {
    for via in [Via::Unix, Via::Tcp] {
        let mut config = SimBmcConfig::new("slow");
        config.delays.power_on = Duration::from_secs(3600);
        let site = Site::with(vec![config]);
        let admin = site.admin(via);
        admin
            .put("/v1/nodes/n0/states/power", &json!({"target": "on"}))
            .expect(202);
        let wanted = json!({"boot_device": "pxe", "persistent": false, "uefi": false});
        let path = "/v1/nodes/n0/management/boot_device";
        let answer = admin.put(path, &wanted);
        assert!(answer.header("retry-after").is_some());
        answer.expect_error(409);
        admin.delete("/v1/nodes/n0").expect_error(409);
        refused(
            admin.post("/v1/instances", &site.parts.instance("web")),
            409,
            "busy",
        );
    }
}
