//! Networks and zones: what instances and nodes make of them.
#![cfg(test)]

use serde_json::{Value, json};

use crate::contract_site::{on_both, path_of};

fn with(of: &Value, field: &str, value: &str) -> Value {
    let mut of = of.clone();
    of[field] = json!(value);
    of
}

#[test]
fn a_network_keeps_its_addresses_while_instances_have_them() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let instance = path_of(&site.create(&admin, "web"));
        let path = format!("/v1/networks/{}", site.parts.network);
        let network = admin.get(&path).expect(200).json();
        let shrunk = with(&network["subnets"][0], "cidr", "10.8.0.0/24");
        let shrunk = with(&shrunk, "gateway_ip", "10.8.0.1");
        for patch in [
            json!([{"op": "remove", "path": "/subnets/0"}]),
            json!([{"op": "replace", "path": "/subnets", "value": []}]),
            json!([{"op": "replace", "path": "/subnets/0", "value": shrunk}]),
        ] {
            println!("{patch}");
            let status = admin.patch(&path, &patch).status;
            assert!(matches!(status, 200 | 400 | 409), "{status}");
            // Whatever is answered, what the instance was given stays true.
            let shown = admin.get(&instance).expect(200).json();
            let now = admin.get(&path).expect(200).json();
            let ip = shown["network_info"]
                .as_object()
                .unwrap()
                .values()
                .next()
                .unwrap();
            let subnet = &ip["fixed_ips"][0]["subnet_id"];
            let subnets = now["subnets"].as_array().unwrap();
            assert!(subnets.iter().any(|of| of["uuid"] == *subnet), "{now}");
        }
    });
}

#[test]
fn zones_are_those_that_nodes_are_in() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let reader = site.client(via, "alpha", "reader");
        let move_to = |zone: &str| {
            let patch = json!([{"op": "replace", "path": "/availability_zone", "value": zone}]);
            admin.patch("/v1/nodes/n0", &patch).expect(200);
            reader.get("/v1/availability_zones").expect(200).json()
        };
        assert_eq!(move_to("az2"), json!({"availability_zones": ["az2"]}));
        let node = json!({"name": "x", "availability_zone": "az1", "bmc": {"address": "127.0.0.1", "port": 9}});
        admin.post("/v1/nodes", &node).expect(201);
        assert_eq!(
            move_to("az2"),
            json!({"availability_zones": ["az1", "az2"]})
        );
        assert_eq!(move_to("az1"), json!({"availability_zones": ["az1"]}));
        admin
            .post("/v1/availability_zones", &json!({}))
            .expect_error(405);
    });
}
