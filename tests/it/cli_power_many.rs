//! `ostler power`: what is sent, what is said while it goes on, and how it ends when some of many fail.

use serde_json::{Value, json};

use crate::cli_canned::{Canned, error};

const ID: &str = "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01";
const POWER: &str = "POST /v1/power";
const SHOW: &str = "GET /v1/operations/0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01";

/// An operation on machines in these states, `n1`, `n2`, …
fn operation(state: &str, machines: &[(&str, Option<&str>)]) -> Value {
    let mut counts = json!({"queued": 0, "observing": 0, "issued": 0, "waiting": 0,
                            "done": 0, "failed": 0, "cancelled": 0, "refused": 0});
    let mut tasks = Vec::new();
    for (index, (state, error)) in machines.iter().enumerate() {
        counts[*state] = json!(counts[*state].as_u64().unwrap_or_default() + 1);
        let name = format!("n{}", index + 1);
        tasks.push(
            json!({"node_uuid": ID, "node_name": name, "instance_uuid": null, "instance_name": null,
                          "task_uuid": ID, "state": state, "step": null, "error": error}),
        );
    }
    json!({"uuid": ID, "target": "on", "state": state, "counts": counts, "tasks": tasks,
           "finished_at": null, "links": []})
}

const QUEUED: (&str, Option<&str>) = ("queued", None);
const WAITING: (&str, Option<&str>) = ("waiting", None);
const DONE: (&str, Option<&str>) = ("done", None);
const FAILED: (&str, Option<&str>) = ("failed", Some("The BMC does not answer."));
const REFUSED: (&str, Option<&str>) = ("refused", Some("a power order reboot is under way"));

#[tokio::test]
async fn a_selection_is_sent_as_it_was_given() {
    for (args, body) in [
        (
            "power on r1n[01-40] r2n1,r2n2",
            json!({"target": "on", "nodes": ["r1n[01-40]", "r2n1,r2n2"]}),
        ),
        (
            "power soft_off --instances web[1-3] --timeout 60",
            json!({"target": "soft_off", "instances": ["web[1-3]"], "timeout": 60}),
        ),
        (
            "power reboot --zone az1 --type small --project p",
            json!({"target": "reboot", "availability_zone": "az1", "instance_type": "small", "project_id": "p"}),
        ),
        ("power off --all", json!({"target": "off", "all": true})),
    ] {
        let daemon = Canned::start(&[(POWER, 202, operation("running", &[QUEUED]))]).await;
        let args: Vec<&str> = args.split_whitespace().collect();
        let ended = daemon.ostler(&args).await;
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
        assert_eq!(daemon.seen()[0].body, body, "{args:?}");
        assert_eq!(daemon.seen().len(), 1, "{args:?}");
        assert!(
            ended.stdout.contains("1 queued")
                && ended
                    .stdout
                    .contains(&format!("ostler operation show {ID}")),
            "{}",
            ended.stdout
        );
    }
}

#[tokio::test]
async fn waiting_tells_each_change_of_the_counts_and_ends_with_what_failed_and_why() {
    let running = |machines| operation("running", machines);
    let ended = operation("failed", &[DONE, FAILED, REFUSED]);
    let daemon = Canned::start(&[
        (POWER, 202, running(&[QUEUED, QUEUED, REFUSED])),
        (SHOW, 200, running(&[WAITING, QUEUED, REFUSED])),
        (SHOW, 200, running(&[WAITING, QUEUED, REFUSED])),
        (SHOW, 503, error(503, "Starting.")),
        (SHOW, 200, running(&[DONE, WAITING, REFUSED])),
        (SHOW, 200, ended.clone()),
    ])
    .await;
    let shown = daemon.ostler(&["power", "on", "n[1-3]", "--wait"]).await;
    assert_eq!(shown.code, 1, "{}", shown.stderr);
    assert_eq!(
        shown.stderr,
        "power on: 1 queued, 1 waiting, 1 refused\n\
         power on: the daemon does not answer, trying again\n\
         power on: 1 waiting, 1 done, 1 refused\n\
         ostler: 2 of 3 failed\n"
    );
    assert_eq!(
        shown.stdout,
        format!(
            "power on: 1 done, 1 failed, 1 refused (operation {ID})\n\
             NODE  INSTANCE  STATE    WHY\n\
             n2    -         failed   The BMC does not answer.\n\
             n3    -         refused  a power order reboot is under way\n"
        )
    );
    // Megabytes are asked for once, at the end.
    let lines: Vec<String> = daemon.seen().into_iter().map(|seen| seen.line).collect();
    let brief = format!("{SHOW}?fields=state,counts");
    assert_eq!(lines.iter().filter(|line| **line == brief).count(), 5);
    assert_eq!(lines.last().map(String::as_str), Some(SHOW));
}

#[tokio::test]
async fn when_all_went_well_it_is_one_line_and_0() {
    let daemon = Canned::start(&[
        (POWER, 202, operation("running", &[QUEUED, QUEUED])),
        (SHOW, 200, operation("done", &[DONE, DONE])),
    ])
    .await;
    let ended = daemon.ostler(&["power", "on", "--all", "--wait"]).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(ended.stdout, format!("power on: 2 done (operation {ID})\n"));
}

#[tokio::test]
async fn members_are_told_which_instances_failed() {
    let mut failed = operation("failed", &[FAILED]);
    failed["tasks"][0] = json!({"instance_uuid": ID, "instance_name": "web1", "task_uuid": ID,
                                "state": "failed", "step": null, "error": "It stays off."});
    let daemon = Canned::start(&[(POWER, 202, failed)]).await;
    let args = ["power", "on", "--instances", "web1"];
    let ended = daemon.ostler(&args).await;
    assert_eq!(ended.code, 1);
    assert!(
        ended
            .stdout
            .ends_with("INSTANCE  STATE   WHY\nweb1      failed  It stays off.\n"),
        "{}",
        ended.stdout
    );
}

#[tokio::test]
async fn programs_get_the_operation_or_its_uuid_and_the_same_exit_code() {
    let failed = operation("failed", &[DONE, REFUSED]);
    let daemon = Canned::start(&[(POWER, 202, failed.clone()), (SHOW, 200, failed.clone())]).await;
    let ended = daemon
        .ostler(&["--json", "power", "on", "--all", "--wait"])
        .await;
    assert_eq!(ended.code, 1);
    assert_eq!(
        serde_json::from_str::<Value>(&ended.stdout).ok(),
        Some(failed)
    );
    let ended = daemon.ostler(&["-q", "power", "on", "--all"]).await;
    assert_eq!(ended.code, 1);
    assert_eq!(ended.stdout, format!("{ID}\n"));
}

#[tokio::test]
async fn what_the_daemon_refuses_whole_is_told_as_ever() {
    let daemon = Canned::start(&[(POWER, 400, error(400, "There is no node n9."))]).await;
    let ended = daemon.ostler(&["power", "on", "n9", "--wait"]).await;
    assert_eq!(ended.code, 2);
    assert_eq!(ended.stderr, "ostler: There is no node n9. (req-1)\n");
    assert_eq!(ended.stdout, "");
}

#[tokio::test]
async fn operations_are_listed_and_shown_for_people() {
    let shown = operation("failed", &[DONE, FAILED]);
    let daemon = Canned::start(&[
        ("GET /v1/operations", 200, json!({"operations": [shown]})),
        (SHOW, 200, operation("failed", &[DONE, FAILED])),
    ])
    .await;
    let ended = daemon.ostler(&["operation", "list"]).await;
    assert!(
        ended.stdout.contains("1 done, 1 failed"),
        "{}",
        ended.stdout
    );
    let ended = daemon.ostler(&["operation", "show", ID]).await;
    assert!(
        ended
            .stdout
            .contains("n2: failed: The BMC does not answer."),
        "{}",
        ended.stdout
    );
}
