//! One order for many machines: who is meant, what becomes of each, and who may see it.
#![cfg(test)]

use std::process::Command;
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, Faults, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::{Bench, node, since};
use crate::common::daemon::Parts;
use crate::common::http::{Client, Response};
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 5\n";

/// What an operation shows.
const FIELDS: [&str; 10] = [
    "counts",
    "created_at",
    "finished_at",
    "links",
    "project_id",
    "requested_by",
    "state",
    "target",
    "tasks",
    "uuid",
];

fn bench(names: &[&str]) -> Bench {
    let configs = names.iter().map(|name| SimBmcConfig::new(*name));
    Bench::start(configs.collect(), POWER)
}

/// Machines that take an hour to turn on: their tasks stay open.
fn slow(name: &str) -> SimBmcConfig {
    SimBmcConfig {
        delays: Delays {
            power_on: Duration::from_secs(3_600),
            ..Delays::default()
        },
        ..SimBmcConfig::new(name)
    }
}

fn order(client: &Client, body: Value) -> Response {
    client.post("/v1/power", &body)
}

/// Orders, and waits until all have ended.
#[track_caller]
fn order_and_wait(client: &Client, body: Value) -> Value {
    let accepted = order(client, body).expect(202).json();
    wait(client, &accepted)
}

#[track_caller]
fn wait(client: &Client, operation: &Value) -> Value {
    let path = format!("/v1/operations/{}", operation["uuid"].as_str().unwrap());
    until("the operation to end", || {
        let now = client.get(&format!("{path}?wait=5")).expect(200).json();
        (now["state"] != "running").then_some(now)
    })
}

/// One field of each machine of an operation, in order.
fn column<'a>(operation: &'a Value, field: &str) -> Vec<&'a str> {
    let tasks = operation["tasks"].as_array().unwrap();
    let text = |task: &'a Value| task[field].as_str().unwrap_or("-");
    tasks.iter().map(text).collect()
}

#[test]
fn a_range_of_nodes_is_turned_on_as_one_operation() {
    let bench = bench(&["r1n01", "r1n02", "r1n03", "r2n01"]);
    let body = json!({"target": "on", "nodes": ["r1n[01-02]", "r1n03,r1n01"]});
    let accepted = order(&bench.admin, body).expect(202);
    let shown = accepted.json();
    let path = format!("/v1/operations/{}", shown["uuid"].as_str().unwrap());
    let location = accepted.header("location").unwrap().to_owned();
    assert!(location.starts_with("http://") && location.ends_with(&path));
    let fields: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(fields, FIELDS);
    assert_eq!(shown["links"][0]["href"], location);
    assert_eq!(column(&shown, "node_name"), ["r1n01", "r1n02", "r1n03"]);
    for task in shown["tasks"].as_array().unwrap() {
        let of_node = bench.at(&format!(
            "/v1/tasks/{}",
            task["task_uuid"].as_str().unwrap()
        ));
        assert_eq!(of_node["node_uuid"], task["node_uuid"]);
        assert_eq!(of_node["target"], "on");
        assert_eq!(of_node["requested_by"], shown["requested_by"]);
    }

    let ended = wait(&bench.admin, &shown);
    assert_eq!(ended["state"], "done", "{ended:#}");
    assert_eq!(column(&ended, "state"), ["done"; 3]);
    assert_eq!(ended["counts"]["done"], 3);
    assert_eq!(ended["counts"]["queued"], 0);
    assert!(ended["finished_at"].is_string());
    for name in ["r1n01", "r1n02", "r1n03"] {
        let bmc = bench.bmc(name);
        assert_eq!(bmc.power(), PowerState::On, "{name}");
        assert_eq!(bmc.counters().controls_received.up, 1, "{name}");
    }
    assert_eq!(bench.bmc("r2n01").counters().controls_received.up, 0);

    let listed = bench.at("/v1/operations?sort_dir=desc&limit=1");
    assert_eq!(listed["operations"][0]["uuid"], shown["uuid"]);
    assert_eq!(listed["operations"][0]["counts"], ended["counts"]);
    assert!(listed["operations"][0].get("tasks").is_none());
    let part = bench.at(&format!("{path}?fields=state,counts"));
    assert_eq!(part.as_object().unwrap().len(), 2);
}

#[test]
fn what_fails_is_shown_and_does_not_keep_the_rest() {
    let names = ["good", "dead", "busy", "deploying", "joined"];
    let configs = names.map(|name| match name {
        "busy" | "deploying" | "joined" => slow(name),
        name => SimBmcConfig::new(name),
    });
    let mut bench = Bench::start(configs.to_vec(), POWER);
    let parts = Parts::make(&bench.admin);
    bench.create(&parts, "deploying");
    bench.order(&node("busy"), "reboot");
    bench.order_within(&node("joined"), "on", 10);
    let open = bench.at(&format!("{}/tasks", node("joined")));
    bench.bmc("dead").set_faults(Faults {
        dead: true,
        ..Faults::default()
    });

    let body = json!({"target": "on", "timeout": 10, "nodes": names});
    let ended = order_and_wait(&bench.admin, body);

    assert_eq!(ended["state"], "failed", "{ended:#}");
    let states = column(&ended, "state");
    assert_eq!(states, ["done", "failed", "refused", "refused", "failed"]);
    let errors = column(&ended, "error");
    assert_eq!(errors[0], "-");
    assert!(errors[1].contains("not answer"), "{}", errors[1]);
    assert!(
        errors[2].contains("the power order reboot is under way"),
        "{}",
        errors[2]
    );
    assert!(errors[3].contains("while it is building"), "{}", errors[3]);
    assert!(errors[4].contains("power"), "{}", errors[4]);
    assert!(ended["tasks"][2]["task_uuid"].is_null());
    assert_eq!(ended["tasks"][3]["instance_name"], "deploying");
    assert_eq!(ended["tasks"][4]["task_uuid"], open["tasks"][0]["uuid"]);
    let counts = json!({"queued": 0, "observing": 0, "issued": 0, "waiting": 0,
                        "done": 1, "failed": 2, "cancelled": 0, "refused": 2});
    assert_eq!(ended["counts"], counts);

    // What was refused for all has ended at once, and is as it was after a restart.
    let body = json!({"target": "off", "nodes": ["busy", "deploying"]});
    let refused = order(&bench.admin, body).expect(202).json();
    assert_eq!(refused["state"], "failed");
    assert!(refused["finished_at"].is_string());
    bench.daemon.crash();
    bench.daemon.start_again();
    let path = format!("/v1/operations/{}", refused["uuid"].as_str().unwrap());
    assert_eq!(bench.at(&path), refused);
}

#[test]
fn an_order_meets_what_is_under_way_as_a_single_one_does() {
    let hour = Duration::from_secs(3_600);
    let config = SimBmcConfig {
        power: PowerState::On,
        delays: Delays {
            soft_off: Some(hour),
            ..Delays::default()
        },
        ..SimBmcConfig::new("n")
    };
    let bench = Bench::start(vec![config], POWER);
    let soft = json!({"target": "soft_off", "nodes": ["n"]});
    let first = order(&bench.admin, soft).expect(202).json();
    let hard = order_and_wait(&bench.admin, json!({"target": "off", "all": true}));
    assert_eq!(hard["state"], "done", "{hard:#}");
    assert_eq!(
        hard["tasks"][0]["task_uuid"],
        first["tasks"][0]["task_uuid"]
    );
    assert_eq!(wait(&bench.admin, &first)["state"], "done");
    assert_eq!(bench.bmc("n").power(), PowerState::Off);
}

#[test]
fn each_criterion_selects_and_all_that_are_given_must_hold() {
    let bench = bench(&["a1", "a2", "b1", "b2"]);
    let parts = Parts::make(&bench.admin);
    let typed = bench
        .admin
        .post("/v1/types", &json!({"name": "typed"}))
        .expect(201)
        .json();
    for (name, zone) in [("a1", "za"), ("a2", "za"), ("b1", "zb"), ("b2", "zb")] {
        let zone = json!([{"op": "replace", "path": "/availability_zone", "value": zone}]);
        bench.admin.patch(&node(name), &zone).expect(200);
    }
    let serves = json!([{"op": "replace", "path": "/instance_type", "value": "typed"}]);
    bench.admin.patch(&node("b2"), &serves).expect(200);
    let p1 = bench.daemon.tcp_as("u", "p1", "member");
    for (client, name, zone) in [(&p1, "web1", "za"), (&bench.admin, "web2", "zb")] {
        let mut body = parts.instance(name);
        body["availability_zone"] = json!(zone);
        let made = client.post("/v1/instances", &body).expect(201).json();
        bench.wait_status(
            &format!("/v1/instances/{}", made["uuid"].as_str().unwrap()),
            "active",
        );
    }
    let web1 = p1.get("/v1/instances/web1").expect(200).json();
    let a1 = bench.at(&node("a1"))["uuid"].clone();
    let on_web1 = bench.at("/v1/instances/web1")["node_uuid"].clone();
    let nodes = bench.at("/v1/nodes");
    let name_of = |uuid: &Value| {
        let nodes = nodes["nodes"].as_array().unwrap();
        let found = nodes.iter().find(|node| node["uuid"] == *uuid).unwrap();
        found["name"].as_str().unwrap().to_owned()
    };
    let web1_node = name_of(&on_web1);
    let web1_node = web1_node.as_str();
    let web2_node = "b1";
    for (selection, expected) in [
        (json!({"all": true}), &["a1", "a2", "b1", "b2"][..]),
        (json!({"availability_zone": "za"}), &["a1", "a2"]),
        (json!({"instance_type": "typed"}), &["b2"]),
        (json!({"instance_type": typed["uuid"]}), &["b2"]),
        (
            json!({"instance_type": "any", "availability_zone": "za"}),
            &[web1_node],
        ),
        (json!({"project_id": "p1"}), &[web1_node]),
        (json!({"instances": ["web[1-2]"]}), &[web1_node, web2_node]),
        (
            json!({"instances": ["web2", web1["uuid"]]}),
            &[web2_node, web1_node],
        ),
        (
            json!({"instances": ["web[1-2]"], "nodes": ["b[1-2]"]}),
            &[web2_node],
        ),
        (json!({"nodes": ["b2", "a[1-2]"]}), &["b2", "a1", "a2"]),
        (json!({"nodes": [a1, "a1", "a[1-1]"]}), &["a1"]),
        (
            json!({"nodes": ["a1,b1"], "availability_zone": "zb", "all": true}),
            &["b1"],
        ),
        (
            json!({"all": true, "nodes": null, "project_id": "default"}),
            &[web2_node],
        ),
    ] {
        let mut body = selection.clone();
        body["target"] = json!("on");
        let shown = order_and_wait(&bench.admin, body);
        assert_eq!(column(&shown, "node_name"), expected, "{selection}");
        assert_eq!(shown["state"], "done", "{shown:#}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_and_changes_nothing() {
    let bench = bench(&["n1", "n2"]);
    for (body, named) in [
        (json!({"nodes": ["n1"]}), "target"),
        (json!({"target": "on"}), "nodes, instances"),
        (json!({"target": "on", "all": false}), "nodes, instances"),
        (json!({"target": "on", "nodes": []}), "nodes"),
        (json!({"target": "on", "nodes": "n1"}), "nodes"),
        (json!({"target": "on", "all": true, "colour": 1}), "colour"),
        (json!({"target": "explode", "all": true}), "explode"),
        (
            json!({"target": "on", "all": true, "timeout": 0}),
            "timeout",
        ),
        (
            json!({"target": "on", "nodes": ["n[1-9]"]}),
            "there is no node n3, n4, n5, n6, n7 and 2 more",
        ),
        (
            json!({"target": "on", "instances": ["n1"]}),
            "there is no instance n1",
        ),
        (json!({"target": "on", "nodes": ["n[1-"]}), "without a ]"),
        (json!({"target": "on", "nodes": ["n[1-10001]"]}), "10000"),
        (
            json!({"target": "on", "nodes": ["n1", "n[1-10000]"]}),
            "10000",
        ),
        (json!({"target": "on", "availability_zone": "z-n9"}), "z-n9"),
        (json!({"target": "on", "instance_type": "huge"}), "huge"),
        (
            json!({"target": "on", "project_id": "nobody"}),
            "no machine",
        ),
        (
            json!({"target": "on", "nodes": ["n1"], "availability_zone": "z-n2"}),
            "no machine",
        ),
        (json!(["on"]), "body"),
    ] {
        let message = order(&bench.admin, body.clone()).expect_error(400);
        assert!(message.contains(named), "{body}: {message}");
    }
    for name in ["n1", "n2"] {
        let tasks = bench.at(&format!("{}/tasks", node(name)));
        assert_eq!(tasks, json!({"tasks": []}));
    }
    assert_eq!(bench.at("/v1/operations"), json!({"operations": []}));

    let operation = order(&bench.admin, json!({"target": "on", "all": true}));
    let path = format!(
        "/v1/operations/{}",
        operation.expect(202).json()["uuid"].as_str().unwrap()
    );
    for query in ["wait=61", "wait=-1", "wait=x", "what=1", "fields=x"] {
        bench
            .admin
            .get(&format!("{path}?{query}"))
            .expect_error(400);
    }
    bench
        .admin
        .get("/v1/operations?fields=tasks")
        .expect_error(400);
    bench.admin.get("/v1/operations/n1").expect_error(404);
}

#[test]
fn a_member_orders_for_its_own_instances_and_sees_nothing_of_the_machines() {
    let bench = bench(&["n1", "n2", "n3"]);
    let parts = Parts::make(&bench.admin);
    let p1 = bench.daemon.tcp_as("u1", "p1", "member");
    let p2 = bench.daemon.tcp_as("u2", "p2", "member");
    for (client, name) in [(&p1, "n1"), (&p2, "n2")] {
        let mut body = parts.instance(name);
        body["availability_zone"] = json!(format!("z-{name}"));
        client.post("/v1/instances", &body).expect(201);
    }
    let of = |client: &Client, name: &str| client.get(&format!("/v1/instances/{name}")).json();
    until("both to be active", || {
        let active = |client, name| of(client, name)["status"] == "active";
        (active(&p1, "n1") && active(&p2, "n2")).then_some(())
    });

    for body in [
        json!({"target": "off", "nodes": ["n1"]}),
        json!({"target": "off", "project_id": "p2"}),
        json!({"target": "off", "instances": ["n1", of(&p2, "n2")["uuid"]]}),
    ] {
        order(&p1, body).expect_error(403);
    }
    let message = order(&p1, json!({"target": "off", "instances": ["n[1-2]"]})).expect_error(400);
    assert!(message.contains("there is no instance n2"), "{message}");
    order(&p1, json!({"target": "off", "availability_zone": "z-n2"})).expect_error(400);
    let reader = bench.daemon.tcp_as("r", "p1", "reader");
    order(&reader, json!({"target": "off", "all": true})).expect_error(403);
    order(&bench.daemon.tcp(), json!({"target": "off", "all": true})).expect_error(401);

    let ended = order_and_wait(&p1, json!({"target": "off", "all": true}));
    assert_eq!(ended["state"], "done", "{ended:#}");
    assert_eq!(column(&ended, "instance_name"), ["n1"]);
    assert_eq!(ended["project_id"], "p1");
    let task = &ended["tasks"][0];
    assert!(task.get("node_uuid").is_none() && task.get("node_name").is_none());
    assert_eq!(bench.bmc("n2").power(), PowerState::On);
    let path = format!("/v1/operations/{}", ended["uuid"].as_str().unwrap());
    assert_eq!(reader.get(&path).expect(200).json(), ended);
    p2.get(&path).expect_error(403);
    p2.get(&format!("{path}?wait=60")).expect_error(403);

    // One for several projects is for admins alone.
    let body = json!({"target": "on", "nodes": ["n1", "n2"]});
    let both = order_and_wait(&bench.admin, body);
    assert!(both["project_id"].is_null());
    let both = format!("/v1/operations/{}", both["uuid"].as_str().unwrap());
    p1.get(&both).expect_error(403);
    let listed = |client: &Client| {
        let list = client.get("/v1/operations?fields=uuid").expect(200).json();
        list["operations"].as_array().unwrap().len()
    };
    assert_eq!((listed(&p1), listed(&p2), listed(&bench.admin)), (1, 0, 2));
    let marker = format!("/v1/operations?marker={}", both.rsplit('/').next().unwrap());
    p1.get(&marker).expect_error(403);
}

#[test]
fn waiting_ends_with_the_last_task_at_its_own_time_and_with_the_daemon() {
    let mut bench = Bench::start(vec![SimBmcConfig::new("quick"), slow("slow")], POWER);
    let body = json!({"target": "on", "timeout": 3_000, "all": true});
    let running = order(&bench.admin, body).expect(202);
    let path = format!(
        "/v1/operations/{}",
        running.json()["uuid"].as_str().unwrap()
    );
    let now = bench.at(&format!("{path}?wait=1"));
    assert_eq!(now["state"], "running");
    assert!(now["finished_at"].is_null());
    until("the quick one to be done", || {
        (bench.at(&path)["counts"]["done"] == 1).then_some(())
    });
    let open = bench.at(&path);
    let states = ["queued", "observing", "issued", "waiting"];
    let of_slow = states.map(|state| open["counts"][state].as_u64().unwrap());
    assert_eq!(of_slow.iter().sum::<u64>(), 1, "{open:#}");
    assert_eq!(open["tasks"][1]["step"], "ensure_on");

    let long = format!("{path}?wait=60");
    let start_waiting = |client: &Client| {
        let (client, long) = (client.clone(), long.clone());
        std::thread::spawn(move || client.try_send("GET", &long, None))
    };
    // The daemon may be faster to stop than to read the request; then there is nothing that it has to end.
    let answer = until("the daemon to stop while a client waits", || {
        let waiting = start_waiting(&bench.admin);
        bench.at(&path);
        assert!(bench.daemon.stop(), "a client that waits holds up the end");
        bench.daemon.start_again();
        waiting.join().unwrap().ok()
    });
    assert_eq!(answer.expect(200).json()["state"], "running");

    let waiting = start_waiting(&bench.admin);
    bench.bmc("slow").set_power(PowerState::On);
    let ended = waiting.join().unwrap().unwrap().expect(200).json();
    assert_eq!(ended["state"], "done", "{ended:#}");
}

#[test]
fn the_same_request_under_the_same_key_is_one_operation() {
    let bench = bench(&["n1", "n2"]);
    let keyed = bench.admin.with("Idempotency-Key", "k");
    let body = json!({"target": "on", "nodes": ["n[1-2]"]});
    let before = bench.bmc("n1").counters().controls_received;
    let first = order(&keyed, body.clone()).expect(202);
    wait(&bench.admin, &first.json());
    let second = order(&keyed, body).expect(202);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(second.body, first.body);
    for header in ["location", "etag"] {
        assert!(first.header(header).is_some(), "{header}");
        assert_eq!(second.header(header), first.header(header));
    }
    order(&keyed, json!({"target": "off", "all": true})).expect_error(422);
    let all = bench.at("/v1/operations");
    assert_eq!(all["operations"].as_array().unwrap().len(), 1);
    assert_eq!(since(&bench.bmc("n1"), &before), (0, 1, 0));
}

#[test]
fn the_etag_changes_with_what_is_shown_and_not_otherwise() {
    let bench = bench(&["n1"]);
    let accepted = order(&bench.admin, json!({"target": "on", "all": true})).expect(202);
    let path = format!(
        "/v1/operations/{}",
        accepted.json()["uuid"].as_str().unwrap()
    );
    let ended = bench.admin.get(&format!("{path}?wait=60")).expect(200);
    assert_ne!(ended.header("etag"), accepted.header("etag"));
    let again = bench.admin.get(&format!("{path}?fields=uuid")).expect(200);
    assert_eq!(again.header("etag"), ended.header("etag"));
}

#[test]
fn how_it_ended_is_known_when_tasks_and_nodes_are_gone() {
    let bench = bench(&["n1"]);
    let first = order_and_wait(&bench.admin, json!({"target": "on", "nodes": ["n1"]}));
    bench.admin.delete(&node("n1")).expect(204);
    let task = format!(
        "/v1/tasks/{}",
        first["tasks"][0]["task_uuid"].as_str().unwrap()
    );
    bench.admin.get(&task).expect_error(404);
    let path = format!("/v1/operations/{}", first["uuid"].as_str().unwrap());
    assert_eq!(bench.at(&path), first);
}

#[test]
fn the_command_line_turns_a_range_on_and_says_which_failed_and_why() {
    let bench = Bench::start(vec![SimBmcConfig::new("n01"), slow("n02")], POWER);
    bench.order(&node("n02"), "reboot");
    let ended = Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(["power", "on", "n[01-02]", "--wait"])
        .env(
            "OSTLER_SOCKET",
            bench.daemon.directory().join("ostler.sock"),
        )
        .output()
        .unwrap();
    let stdout = String::from_utf8(ended.stdout).unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{stdout}{stderr}");
    assert!(
        stdout.starts_with("power on: 1 done, 1 refused (operation "),
        "{stdout}"
    );
    assert!(
        stdout.contains("n02   -         refused  the power order reboot is under way"),
        "{stdout}"
    );
    assert!(!stdout.contains("n01"), "{stdout}");
    assert!(stderr.ends_with("ostler: 1 of 2 failed\n"), "{stderr}");
    assert_eq!(bench.bmc("n01").power(), PowerState::On);
}
