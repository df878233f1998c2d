//! Nodes: registering, reading, changing and deleting them.
#![cfg(test)]

use serde_json::{Value, json};

use crate::common::wait::until;
use crate::contract_site::{NOBODY, column, everything, keys, on_both, refused, sorted, text};

const FIELDS: [&str; 25] = [
    "uuid",
    "name",
    "availability_zone",
    "instance_type",
    "properties",
    "ports",
    "bmc",
    "bmc_learned",
    "power_state",
    "target_power_state",
    "power_state_at",
    "last_power_state",
    "last_power_state_at",
    "health",
    "power_policy",
    "min_off_secs",
    "last_error",
    "runs_ostlerd",
    "maintenance",
    "maintenance_reason",
    "instance_uuid",
    "extra",
    "links",
    "created_at",
    "updated_at",
];

/// A node that is enough, with one field set to something else.
fn with(field: &str, value: Value) -> Value {
    let mut node = json!({"name": "new", "bmc": {"address": "127.0.0.1", "port": 9}});
    node[field] = value;
    node
}

fn replace(path: &str, value: &Value) -> Value {
    json!([{"op": "replace", "path": path, "value": value}])
}

#[test]
fn a_node_needs_a_name_and_a_bmc_and_everything_else_has_a_default() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let made = admin
            .post("/v1/nodes", &with("name", json!("least")))
            .expect(201);
        let least = made.json();
        let place = format!("/v1/nodes/{}", text(&least["uuid"]));
        assert!(made.header("location").unwrap().ends_with(&place));
        assert!(made.header("etag").is_some());
        assert_eq!(keys(&least), sorted(&FIELDS));
        assert_eq!((&least["ports"], &least["extra"]), (&json!([]), &json!({})));
        assert_eq!(
            (&least["maintenance"], &least["instance_uuid"]),
            (&json!(false), &json!(null))
        );
        assert!(least["power_state"].is_null() && least["power_state_at"].is_null());
        let properties = ["cpus", "memory_mb", "local_gb", "cpu_arch", "capabilities"];
        assert_eq!(keys(&least["properties"]), sorted(&properties));
        assert_eq!(least["bmc"]["interface"], "lan");

        let full = json!({
            "name": "full", "availability_zone": "az7", "instance_type": "any",
            "properties": {"cpus": 4, "memory_mb": 8192, "local_gb": 100, "cpu_arch": "aarch64", "capabilities": {"gpu": "2"}},
            "ports": [{"mac_address": "0A-00-00-00-00-01", "port_type": "10GE", "pxe_enabled": false}, {"mac_address": "0a0000000002"}],
            "bmc": {"interface": "lan", "address": "bmc.invalid", "port": 624, "username": "u", "password": "p",
                "kg": "0x0102", "privilege_level": "administrator", "cipher_suite": 3},
            "extra": {"rack": "7"},
        });
        let made = admin.post("/v1/nodes", &full).expect(201).json();
        for field in [
            "name",
            "availability_zone",
            "instance_type",
            "properties",
            "extra",
        ] {
            assert_eq!(made[field], full[field], "{field}");
        }
        assert_eq!(made["ports"][0]["mac_address"], "0a:00:00:00:00:01");
        assert_eq!(made["ports"][0]["pxe_enabled"], false);
        assert_eq!(made["ports"][1]["mac_address"], "0a:00:00:00:00:02");
        assert_eq!(made["ports"][1]["pxe_enabled"], true);
        for field in [
            "address",
            "port",
            "username",
            "privilege_level",
            "cipher_suite",
        ] {
            assert_eq!(made["bmc"][field], full["bmc"][field], "{field}");
        }
        for secret in ["password", "kg"] {
            assert_eq!(made["bmc"][secret], "******");
        }
        let by_uuid = with("instance_type", json!(site.parts.instance_type));
        let made = admin.post("/v1/nodes", &by_uuid).expect(201).json();
        assert_eq!(made["instance_type"], "any");
        let open = json!({"name": "here", "bmc": {"interface": "open", "device": "/dev/ipmi9"}});
        let made = admin.post("/v1/nodes", &open).expect(201).json();
        assert_eq!(
            made["bmc"],
            json!({"interface": "open", "device": "/dev/ipmi9"})
        );
        // A node that answers is read at once.
        let read = until("n0's power to be read", || {
            let node = admin.get("/v1/nodes/n0").expect(200).json();
            (!node["power_state"].is_null()).then_some(node)
        });
        assert_eq!(read["power_state"], "power off");
        assert!(read["power_state_at"].is_string());
        let zone = admin
            .get("/v1/nodes?availability_zone=az7")
            .expect(200)
            .json();
        assert_eq!(column(&zone, "nodes", "name"), ["full"]);
        let off = admin
            .get("/v1/nodes?power_state=power%20off")
            .expect(200)
            .json();
        assert_eq!(column(&off, "nodes", "name"), ["n0"]);
    });
}

/// Values that a field of a node cannot have, with what the refusal names.
fn bad_values() -> Vec<(&'static str, Value, &'static str)> {
    let bmc = |field: &str, value: Value| {
        let mut bmc = json!({"address": "127.0.0.1", "port": 9});
        bmc[field] = value;
        bmc
    };
    vec![
        ("name", json!(""), "name"),
        ("name", json!("a\u{1}"), "name"),
        ("name", json!("x".repeat(256)), "name"),
        ("name", json!(null), "name"),
        ("availability_zone", json!(" "), "availability_zone"),
        ("instance_type", json!("nothing"), "nothing"),
        ("instance_type", json!(NOBODY), NOBODY),
        ("properties", json!({"cpus": -1}), "cpus"),
        ("properties", json!({"cpus": "four"}), "cpus"),
        ("properties", json!({"colour": 1}), "colour"),
        (
            "properties",
            json!({"capabilities": {"a": 1}}),
            "capabilities",
        ),
        ("properties", json!([]), "properties"),
        ("ports", json!([{}]), "mac_address"),
        ("ports", json!([{"mac_address": "02:00"}]), "mac_address"),
        (
            "ports",
            json!([{"mac_address": "02:00:00:00:00:01", "colour": 1}]),
            "colour",
        ),
        (
            "ports",
            json!([{"mac_address": "02:00:00:00:00:01"}, {"mac_address": "020000000001"}]),
            "mac_address",
        ),
        ("extra", json!({"a/b": "x"}), "extra"),
        ("extra", json!({"a": 1}), "extra"),
        ("bmc", json!({}), "address"),
        ("bmc", json!(null), "bmc"),
        ("bmc", bmc("address", json!("")), "address"),
        ("bmc", bmc("address", json!("a b")), "address"),
        ("bmc", bmc("address", json!("127.0.0.1:623")), "address"),
        ("bmc", bmc("port", json!(0)), "port"),
        ("bmc", bmc("port", json!(65536)), "port"),
        ("bmc", bmc("username", json!("x".repeat(17))), "username"),
        ("bmc", bmc("password", json!("x".repeat(21))), "password"),
        ("bmc", bmc("kg", json!("x".repeat(21))), "kg"),
        ("bmc", bmc("kg", json!("0x012")), "kg"),
        (
            "bmc",
            bmc("privilege_level", json!("god")),
            "privilege_level",
        ),
        ("bmc", bmc("cipher_suite", json!(99)), "cipher_suite"),
        ("bmc", bmc("interface", json!("serial")), "interface"),
        ("bmc", bmc("device", json!("/dev/ipmi0")), "device"),
        ("bmc", bmc("colour", json!(1)), "colour"),
        (
            "bmc",
            json!({"interface": "open", "address": "127.0.0.1"}),
            "address",
        ),
        (
            "bmc",
            json!({"interface": "open", "device": "/etc/passwd"}),
            "device",
        ),
        ("colour", json!("red"), "colour"),
        ("power_state", json!("power on"), "power_state"),
        ("maintenance", json!(true), "maintenance"),
    ]
}

#[test]
fn a_node_that_breaks_a_rule_is_400_and_one_that_is_taken_409() {
    on_both(2, |site, via| {
        let admin = site.admin(via);
        let before = everything(&admin);
        for (field, value, named) in bad_values() {
            println!("{field} {value:.80}");
            refused(
                admin.post("/v1/nodes", &with(field, value.clone())),
                400,
                named,
            );
            let patch = replace(&format!("/{field}"), &value);
            refused(admin.patch("/v1/nodes/n0", &patch), 400, named);
        }
        for missing in ["name", "bmc"] {
            let mut node = with("name", json!("new"));
            node.as_object_mut().unwrap().remove(missing);
            refused(admin.post("/v1/nodes", &node), 400, missing);
            let patch = json!([{"op": "remove", "path": format!("/{missing}")}]);
            refused(admin.patch("/v1/nodes/n0", &patch), 400, missing);
        }
        refused(
            admin.post("/v1/nodes", &with("name", json!("n1"))),
            409,
            "n1",
        );
        refused(
            admin.patch("/v1/nodes/n0", &replace("/name", &json!("n1"))),
            409,
            "n1",
        );
        let other = admin.get("/v1/nodes/n1").expect(200).json();
        let mac = &other["ports"][0]["mac_address"];
        let ports = json!([{"mac_address": mac}]);
        refused(
            admin.post("/v1/nodes", &with("ports", ports.clone())),
            409,
            text(mac),
        );
        refused(
            admin.patch("/v1/nodes/n0", &replace("/ports", &ports)),
            409,
            text(mac),
        );
        refused(admin.get(&format!("/v1/nodes/{NOBODY}")), 404, NOBODY);
        admin.delete("/v1/nodes/nothing").expect_error(404);
        assert_eq!(everything(&admin), before);
    });
}

#[test]
fn a_node_changes_by_patch_and_cannot_be_deleted_under_an_instance() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let before = admin.get("/v1/nodes/n0").expect(200);
        let port = before.json()["ports"][0].clone();
        let patch = json!([
            {"op": "replace", "path": "/name", "value": "renamed"},
            {"op": "replace", "path": "/instance_type", "value": "any"},
            {"op": "replace", "path": "/properties/memory_mb", "value": 1},
            {"op": "add", "path": "/properties/capabilities/gpu", "value": "1"},
            {"op": "add", "path": "/extra/k", "value": "v"},
            {"op": "add", "path": "/ports/-", "value": {"mac_address": "0a:00:00:00:00:99"}},
        ]);
        let etag = before.header("etag").unwrap().to_owned();
        let stale = admin.with("If-Match", "\"x\"");
        stale.patch("/v1/nodes/n0", &patch).expect_error(412);
        stale.delete("/v1/nodes/n0").expect_error(412);
        let path = format!("/v1/nodes/{}", site.nodes[0]);
        let changed = admin.patch(&path, &patch).expect(200);
        assert_ne!(changed.header("etag"), Some(etag.as_str()));
        let changed = changed.json();
        assert_eq!(changed["ports"][0], port, "a port keeps its uuid");
        assert_eq!(changed["ports"].as_array().unwrap().len(), 2);
        assert_eq!(changed["properties"]["capabilities"], json!({"gpu": "1"}));
        assert_eq!(changed["instance_type"], "any");
        let type_in_use = format!("/v1/types/{}", site.parts.instance_type);
        admin.delete(&type_in_use).expect_error(409);
        let clear =
            json!([{"op": "remove", "path": "/instance_type"}, {"op": "remove", "path": "/extra"}]);
        let changed = admin.patch(&path, &clear).expect(200).json();
        assert_eq!(
            (&changed["instance_type"], &changed["extra"]),
            (&json!(null), &json!({}))
        );

        let instance = site.active(&admin, "web");
        let node = admin.get(&path).expect(200).json();
        assert_eq!(
            instance,
            format!("/v1/instances/{}", text(&node["instance_uuid"]))
        );
        admin.delete(&path).expect_error(409);
        admin
            .patch(&path, &replace("/ports", &json!([])))
            .expect_error(409);
        admin.delete(&instance).expect(204);
        until("it to be gone", || {
            (admin.get(&instance).status == 404).then_some(())
        });
        admin.delete(&path).expect(204);
        admin.get(&path).expect_error(404);
    });
}
