//! What goes to standard output: tables for people, JSON for programs, identifiers for scripts.

use serde_json::{Value, json};

use crate::cli_canned::Canned;

const A: &str = "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01";
const B: &str = "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a02";

fn instances() -> Value {
    json!({"instances": [
        {"name": "web1", "uuid": A, "status": "active", "power_state": "power on", "availability_zone": "az1",
         "network_info": {"p": {"network": "n", "mac_address": "52:54:00:00:00:01",
                                "fixed_ips": [{"ip_address": "10.1.0.10", "subnet_id": "s"}]}}},
        {"name": "w2", "uuid": B, "status": "building", "power_state": null, "availability_zone": "az1",
         "network_info": {}},
    ]})
}

#[tokio::test]
async fn a_list_is_a_plain_table_when_it_is_piped() {
    let daemon = Canned::start(&[("GET /v1/instances/detail", 200, instances())]).await;
    let ended = daemon.ostler(&["instance", "list"]).await;
    let expected = format!(
        "NAME  UUID                                  STATUS    POWER     ZONE  ADDRESSES\n\
         web1  {A}  active    power on  az1   10.1.0.10\n\
         w2    {B}  building  unknown   az1   -\n"
    );
    assert_eq!(ended.stdout, expected);
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn json_is_what_the_daemon_said_and_a_list_is_an_array() {
    let daemon = Canned::start(&[
        ("GET /v1/instances/detail", 200, instances()),
        (
            "GET /v1/instances/web1",
            200,
            instances()["instances"][0].clone(),
        ),
        (
            "GET /v1/availability_zones",
            200,
            json!({"availability_zones": ["az1"]}),
        ),
    ])
    .await;
    for (args, expected) in [
        (
            &["instance", "list", "--json"][..],
            instances()["instances"].clone(),
        ),
        (
            &["--json", "instance", "show", "web1"],
            instances()["instances"][0].clone(),
        ),
        (&["--json", "zone", "list"], json!(["az1"])),
    ] {
        let ended = daemon.ostler(args).await;
        let parsed: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(parsed, expected, "{args:?}");
        assert_eq!(ended.stdout.lines().count(), 1, "{args:?}");
    }
}

#[tokio::test]
async fn quiet_lists_are_uuids_for_scripts() {
    let daemon = Canned::start(&[
        ("GET /v1/instances/detail", 200, instances()),
        ("GET /v1/nodes", 200, json!({"nodes": []})),
    ])
    .await;
    let ended = daemon.ostler(&["instance", "list", "-q"]).await;
    assert_eq!(ended.stdout, format!("{A}\n{B}\n"));
    let ended = daemon.ostler(&["node", "list", "-q"]).await;
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
}

#[tokio::test]
async fn an_empty_list_says_so_beside_the_output() {
    let daemon = Canned::start(&[("GET /v1/nodes", 200, json!({"nodes": []}))]).await;
    let ended = daemon.ostler(&["node", "list"]).await;
    assert_eq!(ended.code, 0);
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr, "ostler: no nodes found\n");
    let ended = daemon.ostler(&["node", "list", "--json"]).await;
    assert_eq!(ended.stdout, "[]\n");
}

#[tokio::test]
async fn a_list_that_the_daemon_cut_is_read_to_its_end_unless_a_limit_was_asked_for() {
    let page = |name: &str, next: Value| json!({"nodes": [{"name": name}], "nodes_links": next});
    let next =
        json!([{"rel": "next", "href": "https://public.example/base/v1/nodes?limit=1&marker=m"}]);
    let pages = [
        ("GET /v1/nodes", 200, page("n1", next)),
        ("GET /v1/nodes", 200, page("n2", json!([]))),
    ];
    let daemon = Canned::start(&pages).await;
    let ended = daemon.ostler(&["node", "list", "-q"]).await;
    assert_eq!(ended.stdout, "n1\nn2\n");
    assert_eq!(daemon.last().line, "GET /v1/nodes?limit=1&marker=m");
    let daemon = Canned::start(&pages).await;
    let ended = daemon.ostler(&["node", "list", "-q", "--limit", "1"]).await;
    assert_eq!(ended.stdout, "n1\n");
}

#[tokio::test]
async fn an_instance_is_shown_with_the_names_of_what_it_is_made_of() {
    let instance = json!({"name": "web1", "uuid": A, "status": "error", "last_error": "No \u{1b}[31mreply.",
        "instance_type_uuid": A, "image_uuid": B, "power_state": null, "extra": {"k": "v"}, "links": [1],
        "created_at": "2016-09-27T02:37:21.966342+00:00"});
    let type_path = format!("GET /v1/types/{A}");
    let daemon = Canned::start(&[
        ("GET /v1/instances/web1", 200, instance),
        (&type_path, 200, json!({"uuid": A, "name": "small"})),
    ])
    .await;
    let ended = daemon.ostler(&["instance", "show", "web1"]).await;
    let expected = format!(
        "name                web1\n\
         uuid                {A}\n\
         status              error\n\
         power state         unknown\n\
         last error          No \\u{{1b}}[31mreply.\n\
         instance type uuid  small ({A})\n\
         image uuid          {B}\n\
         extra               k=v\n\
         created at          2016-09-27 02:37:21 UTC\n"
    );
    assert_eq!(ended.stdout, expected);
}

#[tokio::test]
async fn a_task_is_shown_attempt_by_attempt() {
    let task = json!({"uuid": A, "kind": "power", "target": "off", "state": "failed", "error": "Wrong password.",
    "milestones": [{"name": "kernel", "at": "2016-09-27T02:37:20.000000+00:00", "detail": "from 10.0.0.7"}],
    "attempts": [
        {"at": "2016-09-27T02:37:21.966342+00:00", "step": "ensure_off", "outcome": "silence",
         "detail": null, "elapsed_ms": 5000},
        {"at": "2016-09-27T02:37:27.000000+00:00", "step": "ensure_off", "outcome": "refused",
         "detail": "RAKP 4: bad integrity check", "elapsed_ms": 12},
    ]});
    let daemon = Canned::start(&[("GET /v1/tasks/t", 200, task)]).await;
    let ended = daemon.ostler(&["task", "show", "t"]).await;
    assert!(
        ended.stdout.ends_with(
            "milestones  02:37:20 kernel: from 10.0.0.7\n\
            attempts    02:37:21 ensure_off: silence, 5000 ms\n\
            \u{20}           02:37:27 ensure_off: refused, 12 ms: RAKP 4: bad integrity check\n"
        ),
        "{}",
        ended.stdout
    );
}
