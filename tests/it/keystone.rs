//! A real Keystone says who callers are.
#![cfg(test)]

use ostler::sim::SimBmcConfig;
use serde_json::json;

use crate::common::daemon::{Daemon, Parts, register_node};
use crate::common::http::Client;
use crate::common::keystone::Keystone;
use crate::common::sim::SimRack;
use crate::common::wait::until;

fn at(daemon: &Daemon, token: &str) -> Client {
    daemon.tcp().with_token(token)
}

fn status(daemon: &Daemon, token: &str) -> u16 {
    at(daemon, token).get("/v1/instances").status
}

#[test]
fn users_of_keystone_may_do_what_their_roles_say_in_their_projects() {
    let Some(keystone) = Keystone::start() else {
        return;
    };
    let daemon = keystone.daemon("cache_secs = 1");
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("n1"));
    let root = daemon.unix();
    register_node(&root, "n1", &bmc);
    let parts = Parts::make(&root);
    let [reader, member, admin] = [("rita", "web"), ("mia", "web"), ("ada", "web")]
        .map(|(user, project)| at(&daemon, &keystone.token(user, project)));
    reader
        .post("/v1/instances", &parts.instance("x"))
        .expect(403);
    let made = member
        .post("/v1/instances", &parts.instance("x"))
        .expect(201)
        .json();
    let mia = keystone.token("mia", "web");
    let described = keystone.describe(&mia);
    assert_eq!(made["user_id"], described["user"]["id"]);
    assert_eq!(made["project_id"], described["project"]["id"]);
    let path = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
    reader.get(&path).expect(200);
    reader.delete(&path).expect(403);
    member.get("/v1/nodes").expect(403);
    admin.get("/v1/nodes").expect(200);
    until("the instance to be active", || {
        (reader.get(&path).json()["status"] == "active").then_some(())
    });
    let ordered = format!("{path}/states/power");
    member.put(&ordered, &json!({"target": "off"})).expect(202);
    let tasks = member.get(&format!("{path}/tasks")).expect(200).json();
    let asked_for = tasks["tasks"].as_array().unwrap().iter();
    let by = json!({"user_id": described["user"]["id"], "project_id": described["project"]["id"]});
    let by_mia = asked_for.filter(|task| {
        let shown = &task["requested_by"];
        shown["user_id"] == by["user_id"] && shown["project_id"] == by["project_id"]
    });
    assert!(by_mia.count() >= 2, "{tasks:#}");

    // The same user in another project.
    let elsewhere = at(&daemon, &keystone.token("mia", "shop"));
    elsewhere.get(&path).expect(403);
    let list = elsewhere.get("/v1/instances").expect(200).json();
    assert_eq!(list["instances"], json!([]));

    for (token, says) in [
        (keystone.token("nora", "web"), "admin, member, reader"),
        (
            keystone.sign_in("ada", &json!("unscoped")),
            "scoped to a project",
        ),
        (
            keystone.sign_in("admin", &json!({"system": {"all": true}})),
            "scoped to a project",
        ),
    ] {
        let message = at(&daemon, &token).get("/v1/instances").expect_error(403);
        assert!(message.contains(says), "{message}");
    }
    let refused = at(&daemon, "gAAAAABnonsense")
        .get("/v1/instances")
        .expect(401);
    let challenge = format!("Keystone uri=\"{}\"", keystone.url());
    assert!(refused.headers.iter().any(|(_, value)| *value == challenge));
}

#[test]
fn what_ends_in_keystone_ends_here_and_while_keystone_is_down_what_is_known_goes_on() {
    let Some(mut keystone) = Keystone::start() else {
        return;
    };
    let daemon = keystone.daemon("cache_secs = 1");
    let token = keystone.token("mia", "web");
    assert_eq!(status(&daemon, &token), 200);
    keystone.revoke(&token);
    until("the revoked token to be refused", || {
        (status(&daemon, &token) == 401).then_some(())
    });
    keystone.tokens_last(5);
    let short = keystone.token("mia", "web");
    keystone.tokens_last(3600);
    drop(daemon);

    let daemon = keystone.daemon("cache_secs = 3600");
    let ours = daemon.token("ci", "web", "reader");
    assert_ne!(status(&daemon, &short), 503);
    until("the token to expire, however long it is remembered", || {
        (status(&daemon, &short) == 401).then_some(())
    });
    let known = keystone.token("mia", "web");
    let new = keystone.token("rita", "web");
    assert_eq!(status(&daemon, &known), 200);
    keystone.stop();
    let refused = at(&daemon, &new).get("/v1/instances").expect(503);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(status(&daemon, &known), 200);
    assert_eq!(status(&daemon, &ours), 200);
    daemon.unix().get("/v1/nodes").expect(200);
    daemon.tcp().get("/readyz").expect(200);
    keystone.start_again();
    assert_eq!(status(&daemon, &new), 200);
}
