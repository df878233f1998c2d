//! `ostler node import` against what others do meanwhile and what others wrote: a plan that is no longer true is refused, no
//! value writes a line of the plan, and no cell that slipped is repeated.
#![cfg(test)]

use ostler::view::node::HIDDEN;
use serde_json::json;

use crate::cli_canned::{Canned, Ended, error};
use crate::cli_import::{daemon, node};

const LIST: &str = "GET /v1/nodes";
const UUID: &str = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";

#[tokio::test]
async fn a_value_that_the_daemon_has_writes_no_line_of_the_plan() {
    let nodes = json!({"nodes": [{"uuid": UUID, "name": "n1",
        "bmc": {"interface": "lan", "address": "127.0.1.1", "port": 623, "username": "admin", "password": HIDDEN},
        "extra": {"note": "a\n0 to create, 0 to change, 1 as the file says"}}]});
    let canned = Canned::start(&[(LIST, 200, nodes)]).await;
    let path = canned.file(
        "nodes.json",
        r#"[{"name": "n1", "extra": {"note": "b\nchange  n9"}}]"#,
    );
    let plan = canned.ostler(&["node", "import", &path, "-n"]).await;
    assert_eq!(
        plan.stdout,
        "change  n1\n        extra.note: a, 0 to create, 0 to change, 1 as the file says -> b, change  n9\n\
         0 to create, 1 to change, 0 as the file says\n",
        "{}",
        plan.stderr
    );
}

#[tokio::test]
async fn a_cell_that_slipped_is_not_repeated() {
    let daemon = daemon();
    for (column, words) in [
        (
            "bmc_privilege_level",
            "bmc.privilege_level: must be one of `user`, `operator`, `administrator`",
        ),
        ("bmc_interface", "bmc.interface: must be "),
        ("power_policy", "power_policy: must be "),
        (
            "bmc_cipher_suite",
            "bmc.cipher_suite must be a whole number",
        ),
        ("bmc_quirks", "bmc.quirks[0]: must be one of "),
        (
            "instance_type",
            "instance_type: there is no type of this name or uuid",
        ),
    ] {
        let table = format!("name,bmc_address,bmc_password,{column}\nn1,127.0.7.1,x,s3cret\n");
        let args = ["import", "-", "--yes", "--format", "csv"];
        let ended = node(&daemon, &args, &table).await;
        assert_eq!(ended.code, 2, "{column}");
        assert!(ended.stderr.contains(words), "{words}\n{}", ended.stderr);
        assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn quiet_prints_the_names_of_what_was_done_and_nothing_before() {
    let said = r#"[{"name": "n1", "bmc": {"address": "127.0.8.1", "password": "x"}},
                   {"name": "n2", "bmc": {"address": "127.0.8.2", "password": "x"}}]"#;
    let canned = Canned::start(&[
        (LIST, 200, json!({"nodes": []})),
        (
            "POST /v1/nodes",
            409,
            error(409, "Another node has this name."),
        ),
        ("POST /v1/nodes", 201, json!({})),
    ])
    .await;
    let path = canned.file("nodes.json", said);
    let planned: Ended = canned.ostler(&["-q", "node", "import", &path, "-n"]).await;
    assert_eq!((planned.code, planned.stdout.as_str()), (0, ""));
    let ended = canned
        .ostler(&["-q", "node", "import", &path, "--yes"])
        .await;
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    let names = ["n1\n", "n2\n"];
    assert!(names.contains(&ended.stdout.as_str()), "{}", ended.stdout);
    let refused = names.iter().find(|name| **name != ended.stdout).unwrap();
    let words = format!("node {}: Another node", refused.trim_end());
    assert!(ended.stderr.contains(&words), "{}", ended.stderr);
}
