//! `ostler node import` against what others do meanwhile and what others wrote: a plan that is no longer true is refused, no
//! value writes a line of the plan, and no cell that slipped is repeated.
#![cfg(test)]

use ostler::view::node::HIDDEN;
use serde_json::{Value, json};

use crate::cli_canned::{Canned, Ended, error};
use crate::cli_import::{daemon, done, file, node};

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
async fn what_goes_with_another_interface_and_where_a_stored_password_will_be_used_is_in_the_plan()
{
    let daemon = daemon();
    let admin = daemon.unix();
    node(&daemon, &["import", &file("rack.yaml"), "--yes"], "").await;
    let moved = "[{name: r1n02, bmc: {address: 127.0.1.99}}]";
    let plan = node(&daemon, &["import", "-", "-n"], moved).await;
    done(
        &plan,
        "the stored password of 1 node will be used for the new address, port or user of the BMC: the file has none",
    );
    let open = "[{name: r1n01, bmc: {interface: open}}]";
    let changed = node(&daemon, &["import", "-", "--yes"], open).await;
    done(&changed, "0 created, 1 changed, 0 as the file said");
    for line in [
        "bmc.interface: lan -> open\n",
        "bmc.address: 127.0.1.1 -> nothing\n",
        "bmc.username: admin -> nothing\n",
        "bmc.password: ****** -> nothing\n",
        "bmc.cipher_suite: 17 -> nothing\n",
    ] {
        assert!(changed.stdout.contains(line), "{line}{}", changed.stdout);
    }
    let now = admin.get("/v1/nodes/r1n01").expect(200).json();
    assert_eq!(now["bmc"]["interface"], "open", "{now:#}");
}

/// The plan was made by what `stale` says; what is sent goes to the daemon as it is now.
async fn sent_late(said: &str, set_passwords: bool, meanwhile: Value) -> (u16, Value) {
    let daemon = daemon();
    let admin = daemon.unix();
    node(&daemon, &["import", &file("rack.yaml"), "--yes"], "").await;
    let stale = admin.get("/v1/nodes").expect(200).json();
    let canned = Canned::start(&[
        (LIST, 200, stale),
        (&format!("PATCH /v1/nodes/{UUID}"), 200, json!({})),
    ])
    .await;
    let path = canned.file("nodes.yaml", said);
    let mut args = vec!["node", "import", &path, "--yes"];
    args.extend(set_passwords.then_some("--set-passwords"));
    let ended = canned.ostler(&args).await;
    done(&ended, "0 created, 1 changed, 0 as the file said");
    let patch = canned.last().body;
    admin
        .patch(&format!("/v1/nodes/{UUID}"), &meanwhile)
        .expect(200);
    let answer = admin.patch(&format!("/v1/nodes/{UUID}"), &patch);
    let now = admin.get(&format!("/v1/nodes/{UUID}")).expect(200).json();
    (answer.status, now)
}

#[tokio::test]
async fn a_plan_that_is_no_longer_true_is_refused() {
    let replace = |path: &str, value: Value| json!([{"op": "add", "path": path, "value": value}]);
    for (said, set_passwords, meanwhile) in [
        (
            "[{name: r1n01, bmc: {password: s3cret}}]",
            true,
            replace("/bmc/address", "127.0.1.66".into()),
        ),
        (
            "[{name: r1n01, extra: {row: 2}}]",
            false,
            replace("/extra/row", "3".into()),
        ),
        (
            "[{name: r1n01, ports: [{mac_address: '52:54:00:12:34:02', port_type: 40GE}]}]",
            false,
            replace("/ports/1/port_type", "100GE".into()),
        ),
        (
            "[{name: r1n01, bmc: {interface: open}}]",
            false,
            replace("/bmc/username", "root".into()),
        ),
    ] {
        let (status, now) = sent_late(said, set_passwords, meanwhile).await;
        assert_eq!(status, 409, "{said}: {now:#}");
    }
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
