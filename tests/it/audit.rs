//! The audit trail: who changed what and from where, for admins alone.
#![cfg(test)]

use std::cell::RefCell;
use std::collections::BTreeSet;

use ostler::api::routes::endpoints;
use ostler::sim::{Faults, Refuse, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::Bench;
use crate::common::daemon::{Daemon, Parts};
use crate::common::events::Events;
use crate::common::http::{Client, Response};
use crate::common::wait::until;
use crate::contract_site::{NOBODY, Site, Via, healthy, path_of, text};

/// The entries of the audit trail that pass a filter, oldest first.
fn entries(admin: &Client, filter: &str) -> Vec<Value> {
    let path = format!("/v1/events?kind=audit{filter}");
    let list = admin.with("Accept", "application/json").get(&path);
    list.expect(200).json()["events"]
        .as_array()
        .unwrap()
        .clone()
}

/// Sends changes, and looks each time at what they leave behind.
struct Walk<'a> {
    admin: &'a Client,
    seen: RefCell<BTreeSet<String>>,
}

impl Walk<'_> {
    /// A change that succeeds, by the route that it takes.
    #[track_caller]
    fn does(&self, route: &str, path: &str, body: &Value) -> Response {
        let (method, _) = route.split_once(' ').unwrap();
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = self
            .admin
            .send(method, path, body.as_ref().map(String::as_bytes));
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        assert!((200..300).contains(&answer.status), "{route}: {told}");
        let entry = entries(self.admin, "&sort_dir=desc&limit=1").remove(0);
        let (audit, actor) = (&entry["audit"], &entry["actor"]);
        assert_eq!(audit["action"], route.replacen(" /", " /v1/", 1));
        assert_eq!(
            actor["request_id"].as_str(),
            answer.header("x-openstack-request-id"),
            "{entry}"
        );
        let who = json!({
            "user_id": "boss", "project_id": "default", "transport": "tcp", "request_id": actor["request_id"],
        });
        assert_eq!(actor, &who);
        assert_eq!(audit["role"], "admin");
        assert!(audit["token"].is_string(), "{entry}");
        assert!(text(&audit["source"]).starts_with("127.0.0.1:"), "{entry}");
        assert_eq!(
            (&entry["new"], &entry["cause"]),
            (&json!("done"), &json!("request"))
        );
        assert!(entry["project_id"].is_null(), "{entry}");
        // What was made, or what has the id that the path names.
        let place = answer.header("location");
        // A task has its place on its own, and its entry is about the node.
        if let Some(place) = place.filter(|of| method == "POST" && !of.contains("/tasks/")) {
            let made = place.rsplit('/').next().unwrap();
            let made = if place.ends_with("/states") {
                path
            } else {
                made
            };
            assert!(place.contains(text(&audit["uuid"])), "{made}: {entry}");
        }
        self.seen.borrow_mut().insert(route.to_owned());
        answer
    }
}

/// A node whose BMC says no to chassis control fails its deploy at once.
fn refusing() -> SimBmcConfig {
    let refuse = Some(Refuse {
        code: 0xD4,
        next: u32::MAX,
    });
    SimBmcConfig {
        faults: Faults {
            refuse,
            ..Faults::default()
        },
        ..SimBmcConfig::new("n2")
    }
}

fn rename(name: &str) -> Value {
    json!([{"op": "replace", "path": "/name", "value": name}])
}

/// What instances are made of, and what only admins have.
fn walk_parts(walk: &Walk<'_>) {
    for (plural, body) in [
        ("types", json!({"name": "t", "extra_specs": {"a": "1"}})),
        ("images", json!({"name": "i", "boot": "disk"})),
        ("networks", json!({"name": "w"})),
        (
            "webhooks",
            json!({"name": "h", "url": "http://127.0.0.1:9/", "secret": "0123456789abcdef", "kinds": ["health"]}),
        ),
        (
            "tokens",
            json!({"user_id": "u", "project_id": "p", "role": "reader", "name": "k"}),
        ),
    ] {
        let made = walk.does(&format!("POST /{plural}"), &format!("/v1/{plural}"), &body);
        let uuid = text(&made.json()["uuid"]).to_owned();
        let path = format!("/v1/{plural}/{uuid}");
        if plural == "types" {
            let specs = format!("{path}/extraspecs");
            walk.does(
                "PATCH /types/{ident}/extraspecs",
                &specs,
                &json!({"b": "2"}),
            );
            walk.does(
                "DELETE /types/{ident}/extraspecs/{key}",
                &format!("{specs}/b"),
                &json!(null),
            );
        }
        if plural == "images" {
            walk_files(walk, &path);
        }
        if ["types", "images", "networks"].contains(&plural) {
            walk.does(
                &format!("PATCH /{plural}/{{ident}}"),
                &path,
                &rename("other"),
            );
        }
        // The last entry of a thing still has the id that its name stood for.
        let by_name = if plural == "tokens" {
            path
        } else {
            format!(
                "/v1/{plural}/{}",
                if plural == "webhooks" { "h" } else { "other" }
            )
        };
        walk.does(
            &format!("DELETE /{plural}/{{ident}}"),
            &by_name,
            &json!(null),
        );
        let entry = entries(walk.admin, "&sort_dir=desc&limit=1").remove(0);
        assert_eq!(entry["audit"]["uuid"], uuid, "{entry}");
    }
    walk.does(
        "PUT /limits/{ident}",
        "/v1/limits/p",
        &json!({"instances": 3}),
    );
    walk.does("DELETE /limits/{ident}", "/v1/limits/p", &json!(null));
}

/// The files of an image, which are no JSON.
fn walk_files(walk: &Walk<'_>, image: &str) {
    let admin = walk.admin.with("Content-Type", "application/octet-stream");
    let of_files = Walk {
        admin: &admin,
        seen: RefCell::default(),
    };
    for part in ["kernel", "initrd"] {
        let path = format!("{image}/{part}");
        let upload = format!("PUT /images/{{ident}}/{part}");
        of_files.does(&upload, &path, &json!("any bytes"));
        let remove = format!("DELETE /images/{{ident}}/{part}");
        of_files.does(&remove, &path, &json!(null));
    }
    walk.seen
        .borrow_mut()
        .append(&mut of_files.seen.borrow_mut());
}

fn walk_nodes(walk: &Walk<'_>) {
    let node =
        json!({"name": "x", "bmc": {"address": "127.0.0.1", "username": "u", "password": "p"}});
    walk.does("POST /nodes", "/v1/nodes", &node);
    let password = json!([{"op": "replace", "path": "/bmc/password", "value": "q"}]);
    walk.does("PATCH /nodes/{ident}", "/v1/nodes/x", &password);
    let entry = entries(walk.admin, "&node=x&sort_dir=desc&limit=1").remove(0);
    assert_eq!(entry["audit"]["fields"], json!(["bmc.password"]));
    assert_eq!(
        (&entry["node_name"], &entry["audit"]["uuid"]),
        (&json!("x"), &entry["node_uuid"])
    );
    walk.does(
        "PUT /nodes/{ident}/maintenance",
        "/v1/nodes/x/maintenance",
        &json!({"reason": "a fan"}),
    );
    walk.does(
        "DELETE /nodes/{ident}/maintenance",
        "/v1/nodes/x/maintenance",
        &json!(null),
    );
    walk.does(
        "PUT /nodes/{ident}/states/power",
        "/v1/nodes/x/states/power",
        &json!({"target": "on"}),
    );
    let tasks = walk.admin.get("/v1/nodes/x/tasks").expect(200).json();
    let task = format!("/v1/tasks/{}", text(&tasks["tasks"][0]["uuid"]));
    walk.does("DELETE /tasks/{ident}", &task, &json!(null));
    let boot = json!({"boot_device": "pxe", "persistent": false, "uefi": true});
    let path = "/v1/nodes/n1/management/boot_device";
    walk.does("PUT /nodes/{ident}/management/boot_device", path, &boot);
    // A node that is busy is given to no instance, and the walk goes on with those.
    until("n1 to be free again", || {
        let tasks = walk.admin.get("/v1/nodes/n1/tasks").expect(200).json();
        (!tasks["tasks"][0]["finished_at"].is_null()).then_some(())
    });
    walk.does("DELETE /nodes/{ident}", "/v1/nodes/x", &json!(null));
    let entry = entries(walk.admin, "&sort_dir=desc&limit=1").remove(0);
    assert_eq!(entry["node_name"], "x", "the last entry of a node names it");
}

fn walk_secrets(walk: &Walk<'_>) {
    let bmc = json!({
        "address": "127.0.0.1", "username": "u", "password": "p", "privilege_level": "administrator",
    });
    walk.does(
        "POST /nodes",
        "/v1/nodes",
        &json!({"name": "y", "bmc": bmc}),
    );
    let path = "/v1/nodes/y/rotate-password";
    walk.does("POST /nodes/{ident}/rotate-password", path, &json!({}));
    walk.does("POST /keys/rotate", "/v1/keys/rotate", &json!({}));
    walk.does("POST /backup", "/v1/backup", &json!({}));
}

fn walk_instances(walk: &Walk<'_>, site: &Site) {
    let mut body = site.parts.instance("web");
    let wait = |name: &str, status: &str| {
        let path = format!("/v1/instances/{name}");
        until(&format!("{name} to be {status}"), || {
            (walk.admin.get(&path).expect(200).json()["status"] == status).then_some(())
        });
    };
    // Three nodes for three instances: one of them gets the node that refuses.
    for name in ["a", "b", "c"] {
        body["name"] = json!(name);
        walk.does("POST /instances", "/v1/instances", &body);
    }
    let failed = until("one of them to fail", || {
        let list = walk
            .admin
            .get("/v1/instances/detail?status=error")
            .expect(200)
            .json();
        list["instances"]
            .get(0)
            .map(|of| text(&of["name"]).to_owned())
    });
    walk.does(
        "POST /instances/{ident}/retry",
        &format!("/v1/instances/{failed}/retry"),
        &json!({}),
    );
    let good = ["a", "b", "c"]
        .into_iter()
        .find(|of| *of != failed)
        .unwrap();
    wait(good, "active");
    let path = format!("/v1/instances/{good}");
    walk.does(
        "POST /instances/{ident}/rebuild",
        &format!("{path}/rebuild"),
        &json!({}),
    );
    wait(good, "active");
    walk.does(
        "PUT /instances/{ident}/states/power",
        &format!("{path}/states/power"),
        &json!({"target": "on"}),
    );
    let entry = entries(
        walk.admin,
        &format!("&instance={good}&sort_dir=desc&limit=1"),
    )
    .remove(0);
    assert_eq!(
        (&entry["instance_name"], &entry["audit"]["fields"]),
        (&json!(good), &json!(["target"]))
    );
    assert!(entry["node_name"].is_string());
    walk.does(
        "POST /power",
        "/v1/power",
        &json!({"target": "on", "instances": [good]}),
    );
    walk.does("PATCH /instances/{ident}", &path, &rename("better"));
    walk.does(
        "DELETE /instances/{ident}",
        "/v1/instances/better",
        &json!(null),
    );
}

#[test]
fn every_route_that_can_change_something_leaves_an_entry() {
    let mut bmcs = healthy(2);
    bmcs.push(refusing());
    let site = Site::with(bmcs);
    let admin = site.daemon.tcp_as("boss", "default", "admin");
    let walk = Walk {
        admin: &admin,
        seen: RefCell::default(),
    };
    walk_parts(&walk);
    walk_nodes(&walk);
    walk_instances(&walk, &site);
    walk_secrets(&walk);
    let all: BTreeSet<String> = endpoints()
        .iter()
        .filter(|route| route.method != "GET")
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(
        *walk.seen.borrow(),
        all,
        "those that were walked, and those of the table"
    );
}

#[test]
fn what_is_refused_changes_nothing_leaves_no_entry_and_is_told_to_the_log() {
    let site = Site::of(1);
    let admin = site.admin(Via::Unix);
    let owner = site.client(Via::Tcp, "alpha", "member");
    let stranger = site.client(Via::Tcp, "beta", "member");
    let instance = path_of(&site.create(&owner, "web"));
    let before = entries(&admin, "").len();
    let hidden = "hunter2-in-a-wrong-place";
    let table = [
        (
            stranger.delete(&instance),
            403,
            "DELETE /v1/instances/{ident}",
        ),
        (owner.post("/v1/nodes", &json!({})), 403, "POST /v1/nodes"),
        (
            owner.delete(&format!("/v1/instances/{NOBODY}")),
            404,
            "DELETE /v1/instances/{ident}",
        ),
        (
            owner.post("/v1/instances", &json!({hidden: hidden})),
            400,
            "POST /v1/instances",
        ),
        (
            admin.post(
                "/v1/nodes",
                &json!({"name": "n0", "bmc": {"address": "127.0.0.1"}, hidden: 1}),
            ),
            400,
            "POST /v1/nodes",
        ),
    ];
    let log = site.daemon.log();
    for (answer, status, action) in table {
        let id = answer.header("x-openstack-request-id").unwrap().to_owned();
        answer.expect_error(status);
        let line = log
            .lines()
            .find(|line| line.contains("change refused") && line.contains(&id))
            .unwrap_or_else(|| panic!("{action} is not in the log"));
        assert!(line.contains(&format!("action=\"{action}\"")), "{line}");
        assert!(line.contains(&format!("outcome={status}")), "{line}");
        for field in [
            "user=",
            "project=",
            "role=",
            "transport=",
            "source=",
            "error=",
        ] {
            assert!(line.contains(field), "{field}: {line}");
        }
        assert!(!line.contains("fields="), "{line}");
    }
    assert_eq!(entries(&admin, "").len(), before);
    // A sign-in that failed is nobody's change.
    site.daemon.tcp().delete(&instance).expect_error(401);
    assert_eq!(entries(&admin, "").len(), before);
    let done = log
        .lines()
        .find(|line| line.contains("action=\"POST /v1/instances\""))
        .unwrap();
    for field in [
        "user=\"alpha-member\"",
        "project=\"alpha\"",
        "node=",
        "instance=",
        "outcome=201",
        "fields=",
    ] {
        assert!(done.contains(field), "{field}: {done}");
    }
}

#[test]
fn the_audit_trail_is_for_admins_and_for_those_who_ask_for_it() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], "poll_interval_secs = 1\n");
    let parts = Parts::make(&bench.admin);
    let member = bench.daemon.tcp_as("u1", "p1", "member");
    let (trail, usual) = (
        Events::open(&bench.admin, "/v1/events?kind=audit&user_id=u1"),
        Events::open(&bench.admin, "/v1/events"),
    );
    let theirs = Events::open(&member, "/v1/events");
    bench.daemon.tcp_as("u2", "p2", "member");
    member
        .post("/v1/instances", &parts.instance("web"))
        .expect(201);
    bench.wait_status("/v1/instances/web", "active");
    let told = trail.wait_short("audit -->done request");
    assert_eq!(told.data["audit"]["action"], "POST /v1/instances");
    assert_eq!(told.data["instance_name"], "web");
    assert_eq!(trail.seen().len(), 1, "{:?}", trail.seen());
    for seen in [usual.seen(), theirs.seen()] {
        assert!(
            !seen.is_empty() && seen.iter().all(|of| of.kind != "audit"),
            "{seen:?}"
        );
    }
    assert!(
        theirs
            .seen()
            .iter()
            .all(|of| of.data.get("audit").is_none())
    );

    let json = member.with("Accept", "application/json");
    for query in ["kind=audit", "kind=status,audit", "user_id=u1"] {
        json.get(&format!("/v1/events?{query}")).expect_error(403);
    }
    json.get("/v1/events?fields=audit").expect_error(400);
    let all = json.get("/v1/events").expect(200).json();
    let all = all["events"].as_array().unwrap();
    assert!(
        !all.is_empty() && all.iter().all(|of| of["kind"] != "audit"),
        "{all:?}"
    );
}

#[test]
fn on_the_socket_an_entry_names_the_process_that_the_kernel_names() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    admin.post("/v1/types", &json!({"name": "t"})).expect(201);
    let entry = entries(&admin, "&sort_dir=desc&limit=1").remove(0);
    let process = format!("uid {}, pid {}", nix::unistd::getuid(), std::process::id());
    assert_eq!(entry["audit"]["source"], process);
    assert_eq!(
        (&entry["audit"]["token"], &entry["actor"]["transport"]),
        (&json!(null), &json!("unix"))
    );
}
