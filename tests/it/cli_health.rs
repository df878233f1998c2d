//! `ostler node health`, and what the other commands for nodes say of it.

use serde_json::{Value, json};

use crate::cli_canned::Canned;

fn entry(name: &str, state: &str, failures: u32, ms: Value) -> Value {
    json!({"node_name": name, "node_uuid": format!("uuid-{name}"), "state": state, "message": "a sentence",
        "since": "2016-09-27T02:37:21.966342+00:00", "round_trip_ms": ms, "loss_percent": 31.2, "busy_percent": null,
        "consecutive_failures": failures, "last_contact_at": null})
}

#[tokio::test]
async fn the_worst_comes_first_with_all_its_numbers() {
    let list = json!({"health": [
        entry("fine", "good", 0, json!(3.5)),
        entry("gone", "unreachable", 7, json!(null)),
        entry("late", "slow", 0, json!(1400.0)),
        entry("tired", "good", 0, json!(800.0)),
    ]});
    let daemon = Canned::start(&[("GET /v1/health", 200, list)]).await;
    let ended = daemon.ostler(&["node", "health"]).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let heads = "NAME SINCE HEALTH RTT LOSS BUSY FAILED CONTACT MESSAGE";
    for head in heads.split(' ') {
        assert!(lines[0].contains(head), "{head}: {}", lines[0]);
    }
    let names: Vec<&str> = lines[1..]
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(names, ["gone", "late", "tired", "fine"]);
    let words: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "gone unreachable 2016-09-27 02:37:21 UTC - 31.2 - 7 - a sentence"
    );
    let ended = daemon.ostler(&["node", "health", "-q"]).await;
    assert_eq!(
        ended.stdout,
        "uuid-gone\nuuid-late\nuuid-tired\nuuid-fine\n"
    );
}

#[tokio::test]
async fn of_several_names_one_that_is_not_there_does_not_keep_the_others() {
    let missing = json!({"error": {"code": 404, "title": "Not Found", "message": "there is no node n2", "request_id": "r"}});
    let daemon = Canned::start(&[
        (
            "GET /v1/nodes/n1/health",
            200,
            entry("n1", "good", 0, json!(3.5)),
        ),
        ("GET /v1/nodes/n2/health", 404, missing),
    ])
    .await;
    let ended = daemon
        .ostler(&["--json", "node", "health", "n1", "n2"])
        .await;
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("n2: there is no node n2"),
        "{}",
        ended.stderr
    );
    let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(shown, json!([entry("n1", "good", 0, json!(3.5))]));
}

#[tokio::test]
async fn a_list_of_nodes_has_the_state_and_a_node_the_sentence() {
    let node = json!({"name": "n1", "uuid": "u", "power_state": null, "maintenance": false, "health":
        {"state": "unreachable", "message": "the BMC does not answer", "since": "2016-09-27T02:37:21.966342+00:00"}});
    let daemon = Canned::start(&[
        ("GET /v1/nodes", 200, json!({"nodes": [node]})),
        ("GET /v1/nodes/n1", 200, node),
    ])
    .await;
    let ended = daemon
        .ostler(&["node", "list", "--health", "unreachable"])
        .await;
    assert_eq!(daemon.last().line, "GET /v1/nodes?health=unreachable");
    assert!(
        ended.stdout.contains("HEALTH") && ended.stdout.contains("unreachable"),
        "{}",
        ended.stdout
    );
    let ended = daemon.ostler(&["node", "show", "n1"]).await;
    let said = "unreachable since 2016-09-27 02:37:21 UTC: the BMC does not answer";
    assert!(ended.stdout.contains(said), "{}", ended.stdout);
    let ended = daemon.ostler(&["node", "list", "--health", "fine"]).await;
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("locked out"), "{}", ended.stderr);
}
