//! What a new instance gets: a node that fits, ports and addresses that nobody else has; once, however often it is asked for.
#![cfg(test)]

use std::collections::BTreeSet;
use std::thread;

use serde_json::{Value, json};

use crate::common::http::Client;
use crate::common::wait::until;
use crate::contract_site::{Site, Via, healthy, on_both, path_of, refused, text};

/// A node whose BMC nobody will reach.
fn unreachable_node(name: &str) -> Value {
    json!({"name": name, "bmc": {"address": "127.0.0.1", "port": 9, "username": "a", "password": "b"}})
}

#[track_caller]
fn add(admin: &Client, path: &str, body: &Value) -> String {
    let made = admin.post(path, body).expect(201).json();
    text(&made["uuid"]).to_owned()
}

/// The ports of an instance, by network.
fn ports(instance: &Value) -> Vec<(String, Value)> {
    let info = instance["network_info"].as_object().unwrap();
    info.iter()
        .map(|(port, of)| (port.clone(), of.clone()))
        .collect()
}

#[test]
fn each_network_gets_a_real_port_of_its_type_and_an_address_of_each_subnet() {
    for via in [Via::Unix, Via::Tcp] {
        let site = Site::with(healthy(1));
        let admin = site.admin(via);
        let with_ports = json!([{"op": "replace", "path": "/ports", "value": [
            {"mac_address": "02-AA-00-00-00-01", "port_type": "1GE"},
            {"mac_address": "02aa.0000.0002", "port_type": "10GE"},
            {"mac_address": "02:aa:00:00:00:03"},
        ]}]);
        let node = admin.patch(&format!("/v1/nodes/{}", site.nodes[0]), &with_ports);
        let node = node.expect(200).json();
        let dual = json!({"name": "dual", "subnets": [
            {"cidr": "192.0.2.0/29", "gateway_ip": "192.0.2.1", "allocation_pools": [{"start": "192.0.2.4", "end": "192.0.2.5"}]},
            {"cidr": "2001:db8::/64", "gateway_ip": "2001:db8::1"},
        ]});
        let dual = admin.post("/v1/networks", &dual).expect(201).json();
        let (v4, v6) = (&dual["subnets"][0]["uuid"], &dual["subnets"][1]["uuid"]);
        let bare = add(&admin, "/v1/networks", &json!({"name": "bare"}));
        let mut body = site.parts.instance("web");
        body["networks"] = json!([
            {"net_id": dual["uuid"]},
            {"net_id": dual["uuid"], "port_type": "10GE"},
            {"net_id": bare, "port_type": "1GE"},
        ]);
        let member = site.client(via, "alpha", "member");
        let instance = member.post("/v1/instances", &body).expect(201).json();

        let (mut addresses, mut macs) = (BTreeSet::new(), BTreeSet::new());
        for (port, of) in ports(&instance) {
            let real = node["ports"].as_array().unwrap();
            let real = real.iter().find(|real| real["uuid"] == *port).unwrap();
            assert_eq!(of["mac_address"], real["mac_address"]);
            macs.insert(text(&of["mac_address"]).to_owned());
            let fixed_ips = of["fixed_ips"].as_array().unwrap();
            if of["network"] == *bare {
                assert_eq!(real["port_type"], "1GE");
                assert!(fixed_ips.is_empty());
                continue;
            }
            assert_eq!(of["network"], dual["uuid"]);
            let subnets: Vec<&Value> = fixed_ips.iter().map(|ip| &ip["subnet_id"]).collect();
            assert_eq!(subnets, [v4, v6]);
            for ip in fixed_ips {
                assert!(addresses.insert(text(&ip["ip_address"]).to_owned()));
            }
        }
        assert_eq!(macs.len(), 3);
        let v4: Vec<_> = addresses.iter().filter(|ip| ip.contains('.')).collect();
        assert_eq!(v4, ["192.0.2.4", "192.0.2.5"]);
        let v6 = addresses.iter().filter(|ip| ip.starts_with("2001:db8::"));
        assert_eq!(v6.count(), 2);
        assert!(!addresses.contains("2001:db8::1"), "the gateway's own");
    }
}

#[test]
fn a_used_up_network_is_409_and_addresses_come_back_with_a_delete() {
    on_both(2, |site, via| {
        let admin = site.admin(via);
        let small = json!({"name": "small", "subnets": [{"cidr": "198.51.100.0/30", "gateway_ip": "198.51.100.1"}]});
        let small = add(&admin, "/v1/networks", &small);
        let body = site.instance_with("networks", json!([{"net_id": small}]));
        let first = admin.post("/v1/instances", &body).expect(201).json();
        let address = |instance: &Value| ports(instance)[0].1["fixed_ips"][0]["ip_address"].clone();
        assert_eq!(address(&first), "198.51.100.2");
        refused(admin.post("/v1/instances", &body), 409, "198.51.100.0/30");
        // What was refused took nothing: the second node is still free.
        admin.delete(&path_of(&first)).expect(204);
        until("it to be gone", || {
            (admin.get(&path_of(&first)).status == 404).then_some(())
        });
        let again = admin.post("/v1/instances", &body).expect(201).json();
        assert_eq!(address(&again), "198.51.100.2");
        site.create(&admin, "other");
    });
}

#[test]
fn where_no_node_fits_the_refusal_counts_filter_by_filter() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        add(&admin, "/v1/types", &json!({"name": "other"}));
        let big = json!({"name": "big", "extra_specs": {"memory_mb": ">= 1000", "cpus": ">= 8"}});
        let big = add(&admin, "/v1/types", &big);
        site.create(&admin, "taken");
        let register = |prefix: &str, count: usize, with: Value| {
            for index in 0..count {
                let mut node = unreachable_node(&format!("{prefix}{index}"));
                node["availability_zone"] = json!("east");
                node["properties"] = json!({"memory_mb": 2000, "cpus": 8});
                for (key, value) in with.as_object().unwrap() {
                    node[key] = value.clone();
                }
                let uuid = add(&admin, "/v1/nodes", &node);
                if prefix == "repair" {
                    let path = format!("/v1/nodes/{uuid}/maintenance");
                    admin.send("PUT", &path, None).expect(204);
                }
            }
        };
        register("zone", 2, json!({"availability_zone": "west"}));
        register("repair", 3, json!({}));
        register("type", 4, json!({"instance_type": "other"}));
        register(
            "specs",
            5,
            json!({"properties": {"memory_mb": 999, "cpus": 8}}),
        );
        register(
            "small",
            1,
            json!({"properties": {"memory_mb": 2000, "cpus": 7}}),
        );
        register("ports", 6, json!({}));
        let mac = |last: u8| json!([{"mac_address": format!("02:aa:00:00:01:{last:02x}"), "port_type": "1GE"}]);
        register("kind", 1, json!({"ports": mac(1)}));
        let mut body = site.instance_with("instance_type_uuid", json!(big));
        body["availability_zone"] = json!("east");
        body["networks"][0]["port_type"] = json!("10GE");
        let message = admin.post("/v1/instances", &body).expect_error(409);
        for counted in [
            "23 nodes",
            "3 are in another availability zone",
            "3 are in maintenance",
            "4 are of another type",
            "5 are without the type's memory_mb >= 1000",
            "1 is without the type's cpus >= 8",
            "7 are without enough ports of the type 10GE",
        ] {
            assert!(message.contains(counted), "{counted:?}: {message}");
        }
        body.as_object_mut().unwrap().remove("availability_zone");
        let message = admin.post("/v1/instances", &body).expect_error(409);
        assert!(message.contains("1 is taken"), "{message}");
        assert!(!message.contains("zone"), "{message}");
    });
}

#[test]
fn an_idempotency_key_makes_a_repeated_create_return_the_first_answer() {
    on_both(3, |site, via| {
        let member = site.client(via, "alpha", "member");
        let keyed = |client: &Client, key: &str| client.with("Idempotency-Key", key);
        let body = site.parts.instance("once");
        let first = keyed(&member, "k1")
            .post("/v1/instances", &body)
            .expect(201);
        assert_eq!(first.header("idempotency-replayed"), None);
        // Without the prefix it is the same path.
        for path in ["/v1/instances", "/instances", "/v1/instances"] {
            let again = keyed(&member, "k1").post(path, &body).expect(201);
            assert_eq!(again.header("idempotency-replayed"), Some("true"));
            assert_eq!(again.body, first.body);
            for header in ["location", "etag"] {
                assert_eq!(again.header(header), first.header(header), "{header}");
            }
        }
        let other = site.parts.instance("another");
        keyed(&member, "k1")
            .post("/v1/instances", &other)
            .expect_error(422);
        // A failure is not kept: the key is good for what comes right.
        keyed(&member, "k2")
            .post("/v1/instances", &site.instance_with("name", json!("")))
            .expect_error(400);
        keyed(&member, "k2")
            .post("/v1/instances", &body)
            .expect(201);
        // Another user's key is another key.
        let stranger = site.client(via, "beta", "member");
        let theirs = keyed(&stranger, "k1")
            .post("/v1/instances", &body)
            .expect(201);
        assert_eq!(theirs.header("idempotency-replayed"), None);
        for bad in ["", "a b", "ü", &"k".repeat(256)] {
            refused(
                keyed(&member, bad).post("/v1/instances", &body),
                400,
                "Idempotency-Key",
            );
        }
        keyed(&member, &"k".repeat(255))
            .post("/v1/instances", &body)
            .expect_error(409);
        let listed = member.get("/v1/instances").expect(200).json();
        assert_eq!(listed["instances"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn the_same_key_at_the_same_time_makes_one_instance() {
    on_both(8, |site, via| {
        let member = site.client(via, "alpha", "member");
        let keyed = member.with("Idempotency-Key", "both");
        let body = site.parts.instance("once");
        let answers: Vec<_> = thread::scope(|scope| {
            let sent: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| keyed.post("/v1/instances", &body).expect(201)))
                .collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        let fresh = answers
            .iter()
            .filter(|answer| answer.header("idempotency-replayed").is_none());
        assert_eq!(fresh.count(), 1);
        assert!(answers.iter().all(|answer| answer.body == answers[0].body));
        let listed = member.get("/v1/instances").expect(200).json();
        assert_eq!(listed["instances"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn sixty_creates_at_once_for_ten_nodes_make_exactly_ten() {
    on_both(10, |site, via| {
        let member = site.client(via, "alpha", "member");
        let answers: Vec<_> = thread::scope(|scope| {
            let create = |thread: usize| {
                let (site, member) = (&site, &member);
                move || {
                    let names = (0..5).map(|index| format!("i{thread}-{index}"));
                    names
                        .map(|name| member.post("/v1/instances", &site.parts.instance(&name)))
                        .collect::<Vec<_>>()
                }
            };
            let sent: Vec<_> = (0..12).map(|thread| scope.spawn(create(thread))).collect();
            sent.into_iter()
                .flat_map(|sent| sent.join().unwrap())
                .collect()
        });
        assert_eq!(answers.len(), 60);
        let (made, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(made.len(), 10);
        for answer in refused {
            let message = answer.expect_error(409);
            assert!(message.contains("no free node"), "{message}");
        }
        let path = "/v1/instances/detail?all_tenants=1";
        let list = site.admin(via).get(path).expect(200).json();
        let instances = list["instances"].as_array().unwrap();
        let different = |values: Vec<Value>| {
            let different: BTreeSet<String> = values.iter().map(Value::to_string).collect();
            assert_eq!(different.len(), 10, "{values:?}");
        };
        different(instances.iter().map(|of| of["uuid"].clone()).collect());
        different(instances.iter().map(|of| of["node_uuid"].clone()).collect());
        let ports: Vec<_> = instances.iter().map(|of| ports(of).remove(0)).collect();
        different(ports.iter().map(|(port, _)| json!(port)).collect());
        different(
            ports
                .iter()
                .map(|(_, of)| of["mac_address"].clone())
                .collect(),
        );
        different(
            ports
                .iter()
                .map(|(_, of)| of["fixed_ips"][0]["ip_address"].clone())
                .collect(),
        );
    });
}

#[test]
fn every_operator_of_novas_extra_specs_decides_which_node_fits_and_is_named_where_it_does_not() {
    let site = Site::of(0);
    let admin = site.admin(Via::Unix);
    let mut node = unreachable_node("only");
    node["properties"] = json!({
        "cpus": 64,
        "capabilities": {"gpu": "a100", "flags": "aes avx", "tpm": "true"},
    });
    node["ports"] = json!([{"mac_address": "02:aa:00:00:02:01"}]);
    let node = add(&admin, "/v1/nodes", &node);
    for (index, (key, good, bad)) in [
        ("cpus", "= 63", "= 65"),
        ("cpus", "== 64", "== 63"),
        ("cpus", "!= 63", "!= 64"),
        ("cpus", ">= 64", ">= 65"),
        ("cpus", "<= 64", "<= 63"),
        ("capabilities:gpu", "s== a100", "s== h100"),
        ("capabilities:gpu", "s!= h100", "s!= a100"),
        ("gpu", "s< b", "s< a"),
        ("gpu", "s<= a100", "s<= a0"),
        ("gpu", "s> a0", "s> a100"),
        ("gpu", "s>= a100", "s>= b"),
        ("flags", "<in> avx", "<in> sse"),
        ("tpm", "<is> True", "<is> False"),
        ("gpu", "<or> h100 <or> a100", "<or> h100 <or> v100"),
        ("gpu", "a100", "h100"),
    ]
    .into_iter()
    .enumerate()
    {
        let asks = json!({"name": format!("t{index}"), "extra_specs": {key: bad}});
        let asks = add(&admin, "/v1/types", &asks);
        let body = site.instance_with("instance_type_uuid", json!(asks));
        let unmet = format!("of 1 nodes, 1 is without the type's {key} {bad}");
        refused(admin.post("/v1/instances", &body), 409, &unmet);
        let specs = format!("/v1/types/{asks}/extraspecs");
        admin.patch(&specs, &json!({key: good})).expect(200);
        let made = admin.post("/v1/instances", &body).expect(201).json();
        assert_eq!(made["node_uuid"], node, "{key} {good}");
        admin
            .delete(&format!("{}?force=1", path_of(&made)))
            .expect(204);
        admin
            .delete(&format!("/v1/nodes/{node}/maintenance"))
            .expect(204);
    }
}

#[test]
fn a_node_whose_bmc_does_not_answer_is_handed_out_last() {
    // The first by name would be the first otherwise.
    let mut bmcs = healthy(2);
    bmcs[0].faults.dead = true;
    let site = Site::with(bmcs);
    let admin = site.admin(Via::Unix);
    let node = |index: usize| {
        let path = format!("/v1/nodes/{}", site.nodes[index]);
        admin.get(&path).expect(200).json()
    };
    until("one to be unknown and the other not", || {
        let (dead, well) = (node(0), node(1));
        // It may not have been asked yet.
        let lost = dead["power_state"].is_null() && dead["last_error"].is_string();
        (lost && well["power_state"].is_string()).then_some(())
    });
    assert_eq!(site.create(&admin, "first")["node_uuid"], site.nodes[1]);
    assert_eq!(site.create(&admin, "second")["node_uuid"], site.nodes[0]);
}
