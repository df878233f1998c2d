//! A real Keystone says who callers are.
#![cfg(test)]

use std::fs;
use std::process::Command;
use std::time::Duration;

use ostler::sim::SimBmcConfig;
use serde_json::json;

use crate::common::clients::{expect_success, root};
use crate::common::daemon::{Daemon, Parts, Surroundings, register_node};
use crate::common::http::Client;
use crate::common::keystone::Keystone;
use crate::common::sim::SimRack;
use crate::common::wait::{PATIENCE, until, until_within};

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
    let daemon = keystone.daemon("cache_secs = 1\ntimeout_secs = 60");
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("n1"));
    let local = daemon.unix();
    register_node(&local, "n1", &bmc);
    let parts = Parts::make(&local);
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
    let daemon = keystone.daemon("cache_secs = 1\ntimeout_secs = 60");
    let token = keystone.token("mia", "web");
    assert_eq!(status(&daemon, &token), 200);
    keystone.revoke(&token);
    until("the revoked token to be refused", || {
        (status(&daemon, &token) == 401).then_some(())
    });
    drop(daemon);

    let daemon = keystone.daemon("cache_secs = 3600\ntimeout_secs = 60");
    let ours = daemon.token("ci", "web", "reader");
    // On a busy machine a few seconds may be over before the token is used.
    let mut secs = 5;
    let short = loop {
        keystone.tokens_last(secs);
        let short = keystone.token("mia", "web");
        if status(&daemon, &short) == 200 {
            break short;
        }
        secs *= 2;
    };
    keystone.tokens_last(3600);
    let patience = PATIENCE + Duration::from_secs(secs.into());
    let what = "the token to expire, however long it is remembered";
    until_within(patience, what, || {
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

/// The lines of the page's blocks in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1);
    let inside = blocks.map(|block| block.split_once("```").unwrap().0);
    inside
        .flat_map(|block| block.lines().map(str::to_owned))
        .collect()
}

/// The page is followed from its beginning: its commands, its settings, and then a program that knows nothing but Keystone.
#[test]
fn whoever_follows_the_page_has_openstacksdk_find_the_daemon_in_the_catalogue() {
    let Some(keystone) = Keystone::start() else {
        return;
    };
    let page = fs::read_to_string(root().join("doc/keystone.md")).unwrap();
    let settings = blocks(&page, "toml").join("\n");
    let settings = settings.replace("https://keystone.example.com:5000/v3", &keystone.url());
    let daemon = Daemon::with_surroundings("", |directory| {
        let file = keystone.password_file(directory).display().to_string();
        let settings = settings.replace("/etc/ostler/keystone-password", &file);
        Ok(Surroundings {
            api: format!("{settings}\ncache_secs = 1\ntimeout_secs = 60"),
            ..Surroundings::default()
        })
    });
    let daemon = daemon.unwrap();
    let url = format!("http://{}", daemon.tcp_address());
    let openstack = blocks(&page, "console");
    let openstack = openstack
        .iter()
        .filter_map(|line| line.strip_prefix("$ openstack "));
    let openstack: Vec<String> = openstack
        .map(|line| {
            let line = line.replace("--password-prompt", "--password secret");
            line.replace("https://rack7.example.com:6688", &url)
        })
        .collect();
    assert_eq!(openstack.len(), 6, "{openstack:?}");
    for line in &openstack {
        let words = words(line);
        let mut command = keystone.command("openstack", "admin", "admin");
        let output = command.args(&words).output().unwrap();
        expect_success(line, &output);
    }

    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("n1"));
    let admin = daemon.unix();
    register_node(&admin, "n1", &bmc);
    let mut parts = Parts::make(&admin).instance("");
    parts.as_object_mut().unwrap().remove("name");
    let output = keystone
        .command("python", "mia", "web")
        .arg("tests/clients/openstack_catalogue.py")
        .env("OSTLER_PARTS", parts.to_string())
        .output()
        .unwrap();
    expect_success("openstack_catalogue.py", &output);

    // Our own command line, as the page says.
    let token = keystone.token("mia", "web");
    let output = Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(["--url", &url, "instance", "list"])
        .env("OSTLER_TOKEN", token)
        .output()
        .unwrap();
    expect_success("ostler instance list", &output);
}

/// The words of a command line with quotes.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(number, part)| match number % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.collect()
}
