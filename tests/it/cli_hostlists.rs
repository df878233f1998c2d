//! Lists of names, `r1n[01-40]`: every command about nodes takes them, acts on each once, and tells of each that fails.

use serde_json::{Value, json};

use crate::cli_canned::{Canned, error};

const ID: &str = "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01";

/// The request lines that a command sends, each answered with yes.
async fn lines(args: &[&str]) -> Vec<String> {
    let yes =
        json!({"uuid": ID, "name": "x", "state": "done", "counts": {}, "tasks": [{"uuid": ID}]});
    let mut answers = vec![("POST /v1/power".to_owned(), yes.clone())];
    for name in ["n08", "n09", "n10", "x"] {
        let path = format!("/v1/nodes/{name}");
        for (method, below) in [
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("GET", "/health"),
            ("GET", "/states"),
            ("GET", "/tasks"),
            ("PUT", "/maintenance"),
            ("DELETE", "/maintenance"),
            ("GET", "/management/boot_device"),
            ("PUT", "/management/boot_device"),
            ("POST", "/rotate-password"),
        ] {
            answers.push((format!("{method} {path}{below}"), yes.clone()));
        }
    }
    answers.push((format!("GET /v1/tasks/{ID}"), yes.clone()));
    let answers: Vec<(&str, u16, Value)> = answers
        .iter()
        .map(|(line, body)| (line.as_str(), 200, body.clone()))
        .collect();
    let daemon = Canned::start(&answers).await;
    let ended = daemon.ostler(args).await;
    assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
    daemon.seen().into_iter().map(|seen| seen.line).collect()
}

fn of_each(before: &str, after: &str) -> Vec<String> {
    let line = |name: &&str| format!("{before}/v1/nodes/{name}{after}");
    ["n08", "n09", "n10", "x"].iter().map(line).collect()
}

#[tokio::test]
async fn every_command_about_nodes_takes_a_list_and_names_each_once() {
    let list = "n[08-10],x,n09";
    for (args, before, after) in [
        (&["show", list][..], "GET ", ""),
        (&["states", list], "GET ", "/states"),
        (&["set", list, "--zone", "az2"], "PATCH ", ""),
        (&["delete", "n[08-10]", "x", "n08"], "DELETE ", ""),
        (&["health", list], "GET ", "/health"),
        (&["tasks", list], "GET ", "/tasks"),
        (&["maintenance", list, "on"], "PUT ", "/maintenance"),
        (&["maintenance", list, "off"], "DELETE ", "/maintenance"),
        (&["boot-device", list], "GET ", "/management/boot_device"),
        (
            &["boot-device", list, "set", "pxe"],
            "PUT ",
            "/management/boot_device",
        ),
        (&["rotate-password", list], "POST ", "/rotate-password"),
    ] {
        let args = [&["node"], args].concat();
        assert_eq!(lines(&args).await, of_each(before, after), "{args:?}");
    }
    // Many machines are turned on in one operation.
    assert_eq!(
        lines(&["node", "power", list, "on"]).await,
        ["POST /v1/power"]
    );
    // Tasks are waited for when all are ordered.
    let waited = lines(&["node", "boot-device", list, "set", "pxe", "--wait"]).await;
    let task = format!("GET /v1/tasks/{ID}");
    assert_eq!(waited[..4], of_each("PUT ", "/management/boot_device"));
    assert_eq!(waited[4..], vec![task; 4]);
}

#[tokio::test]
async fn instances_that_are_deleted_may_be_a_list() {
    let paths = ["web1", "web2", "db"].map(|name| format!("GET /v1/instances/{name}"));
    let delete = format!("DELETE /v1/instances/{ID}");
    let found = json!({"uuid": ID, "name": "x", "status": "active"});
    let mut answers: Vec<(&str, u16, Value)> = paths
        .iter()
        .map(|line| (line.as_str(), 200, found.clone()))
        .collect();
    answers.push((&delete, 204, Value::Null));
    let daemon = Canned::start(&answers).await;
    let ended = daemon
        .ostler(&["instance", "delete", "web[1-2]", "db", "web2"])
        .await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let seen: Vec<String> = daemon.seen().into_iter().map(|seen| seen.line).collect();
    let asked: Vec<&String> = seen.iter().filter(|line| **line != delete).collect();
    assert_eq!(asked, paths.iter().collect::<Vec<_>>());
    assert_eq!(seen.len(), 6, "{seen:?}");
}

#[tokio::test]
async fn many_are_a_table_or_an_array_and_what_fails_is_told_by_name() {
    let states =
        |power: &str| json!({"power_state": power, "target_power_state": null, "last_error": null});
    let answers = [
        ("GET /v1/nodes/n1/states", 200, states("power on")),
        ("GET /v1/nodes/n3/states", 200, states("power off")),
        (
            "GET /v1/nodes/n2/states",
            404,
            error(404, "There is no node n2."),
        ),
    ];
    let daemon = Canned::start(&answers).await;
    let ended = daemon.ostler(&["node", "states", "n[1-3]"]).await;
    assert_eq!(ended.code, 3);
    assert_eq!(
        ended.stdout,
        "NAME  POWER      TARGET  LAST ERROR\nn1    power on   -       -\nn3    power off  -       -\n"
    );
    assert_eq!(
        ended.stderr,
        "ostler: n2: There is no node n2. (req-1)\nostler: 1 of 3 failed\n"
    );
    let ended = daemon.ostler(&["--json", "node", "states", "n[1,3]"]).await;
    let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(shown[1]["name"], "n3");
}

#[tokio::test]
async fn a_list_that_is_wrong_or_too_long_changes_nothing_and_says_why() {
    let daemon = Canned::start(&[]).await;
    for (args, words) in [
        (&["delete", "n[1-"][..], "in quotes"),
        (&["delete", "n[1,", "2]"], "in quotes"),
        (&["delete", "n[5-1]"], "runs backwards"),
        (&["delete", "n[0-99999999]"], "at most 10000"),
        (&["power", "n[1-", "off"], "in quotes"),
        (
            &["set", "n[1-2]", "--name", "x"],
            "--name can only be of one node, and 2 are named",
        ),
        (
            &["set", "n1,n2", "--bmc-address", "10.0.0.1"],
            "--bmc-address can only be of one node",
        ),
    ] {
        let args = [&["node"], args].concat();
        let ended = daemon.ostler(&args).await;
        assert_eq!(ended.code, 2, "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{args:?}: {}", ended.stderr);
    }
    assert!(daemon.seen().is_empty());
}
