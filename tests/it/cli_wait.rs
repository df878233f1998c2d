//! `--wait`: it ends when the state was observed, with the reason when it never will be, and survives a restart.

use serde_json::{Value, json};

use crate::cli_canned::{Canned, error};

const ID: &str = "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01";
const STATES: &str = "GET /v1/nodes/n1/states";
const POWER: &str = "PUT /v1/nodes/n1/states/power";

fn states(seen: Value, target: Value, last_error: Value) -> Value {
    json!({"power_state": seen, "target_power_state": target, "last_error": last_error})
}

#[tokio::test]
async fn a_power_order_is_done_when_the_bmc_said_so() {
    let daemon = Canned::start(&[
        (POWER, 202, json!(null)),
        (
            STATES,
            200,
            states(json!("power off"), json!("power on"), json!(null)),
        ),
        (
            STATES,
            200,
            states(json!("power on"), json!("power on"), json!(null)),
        ),
        (
            STATES,
            200,
            states(json!("power on"), json!(null), json!(null)),
        ),
    ])
    .await;
    let ended = daemon
        .ostler(&["node", "power", "n1", "on", "--wait"])
        .await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stdout, "node n1: power on\n");
    // A line for each change, because this is no terminal.
    assert_eq!(
        ended.stderr,
        "node n1: power on: now power off\nnode n1: power on: now power on\n"
    );
}

#[tokio::test]
async fn a_power_order_that_failed_ends_with_1_and_the_reason() {
    let reason = "The BMC accepted power off, but the power stayed on for 180 s.";
    let daemon = Canned::start(&[
        (POWER, 202, json!(null)),
        (
            STATES,
            200,
            states(json!("power on"), json!("power off"), json!(null)),
        ),
        (
            STATES,
            200,
            states(json!("power on"), json!(null), json!(reason)),
        ),
    ])
    .await;
    let ended = daemon
        .ostler(&["-q", "node", "power", "n1", "off", "--wait"])
        .await;
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.stderr,
        format!("ostler: node n1: power off: {reason}\n")
    );
    assert_eq!(ended.stdout, "");
}

#[tokio::test]
async fn a_restart_of_the_daemon_in_the_middle_does_not_end_the_wait() {
    let daemon = Canned::start(&[
        (POWER, 202, json!(null)),
        (STATES, 503, error(503, "Starting.")),
        (
            STATES,
            200,
            states(json!("power on"), json!(null), json!(null)),
        ),
    ])
    .await;
    let ended = daemon
        .ostler(&["node", "power", "n1", "reboot", "--wait"])
        .await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stdout, "node n1: was off, is on again\n");
    assert!(ended.stderr.contains("trying again"), "{}", ended.stderr);
}

#[tokio::test]
async fn the_final_states_are_the_json_of_a_wait() {
    let last = states(json!("power off"), json!(null), json!(null));
    let daemon = Canned::start(&[(POWER, 202, json!(null)), (STATES, 200, last.clone())]).await;
    let args = [
        "--json",
        "node",
        "power",
        "n1",
        "soft-off",
        "--wait",
        "--timeout",
        "5",
    ];
    let ended = daemon.ostler(&args).await;
    assert_eq!(serde_json::from_str::<Value>(&ended.stdout).unwrap(), last);
    assert_eq!(
        daemon.seen()[0].body,
        json!({"target": "soft_off", "timeout": 5})
    );
}

fn created(status: &str, last_error: Value) -> Value {
    json!({"uuid": ID, "name": "web1", "status": status, "power_state": "power off", "last_error": last_error})
}

fn create_answers(then: &[Value]) -> Vec<(&'static str, u16, Value)> {
    let mut answers = vec![("POST /v1/instances", 201, created("building", json!(null)))];
    for body in then {
        answers.push((
            "GET /v1/instances/0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01",
            200,
            body.clone(),
        ));
    }
    answers
}

const CREATE: [&str; 11] = [
    "instance",
    "create",
    "web1",
    "--type",
    ID,
    "--image",
    ID,
    "--network",
    ID,
    "--wait",
    "--json",
];

#[tokio::test]
async fn creating_waits_for_active() {
    let answers = create_answers(&[
        created("building", json!(null)),
        created("active", json!(null)),
    ]);
    let daemon = Canned::start(&answers).await;
    let ended = daemon.ostler(&CREATE).await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(shown["status"], "active");
    assert_eq!(ended.stderr, "instance web1: building, power off\n");
}

/// A task with these milestones, each with its second.
fn task(milestones: &[(&str, u32)]) -> Value {
    let seen = milestones.iter().map(|(name, second)| {
        json!({"name": name, "at": format!("2026-11-24T00:00:{second:02}.500000+00:00"), "detail": null})
    });
    let seen: Vec<Value> = seen.collect();
    json!({"tasks": [{"created_at": "2026-11-24T00:00:10.500000+00:00", "milestones": seen}]})
}

#[tokio::test]
async fn a_wait_tells_each_thing_that_a_booting_machine_does_once_in_a_pipe() {
    let building = created("building", json!(null));
    let mut answers = create_answers(&[
        building.clone(),
        building.clone(),
        building,
        created("active", json!(null)),
    ]);
    let tasks = format!("GET /v1/instances/{ID}/tasks");
    let reached = [
        ("script", 20),
        ("kernel", 22),
        ("data", 40),
        ("phone_home", 50),
    ];
    for seen in [0, 1, 3, 4] {
        answers.push((&tasks, 200, task(&reached[..seen])));
    }
    let daemon = Canned::start(&answers).await;
    let ended = daemon.ostler(&CREATE).await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        ended.stderr,
        "instance web1: building, power off\n\
         instance web1: boot script fetched, 10 s\n\
         instance web1: kernel fetched, 12 s\n\
         instance web1: data fetched, 30 s\n\
         instance web1: phone home, 40 s\n"
    );
}

#[tokio::test]
async fn creating_what_ends_in_error_is_1_with_the_reason() {
    let answers = create_answers(&[created("error", json!("The BMC refused the password."))]);
    let daemon = Canned::start(&answers).await;
    let ended = daemon.ostler(&CREATE).await;
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.stderr,
        "ostler: instance web1: The BMC refused the password.\n"
    );
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_7_and_says_what_was_seen_last() {
    let building = created("building", json!("The BMC does not answer, trying again."));
    let daemon = Canned::start(&create_answers(&[building])).await;
    let args = [&CREATE[..], &["--timeout", "1"]].concat();
    let ended = daemon.ostler(&args).await;
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("not done after 1 s")
            && ended.stderr.contains("The BMC does not answer"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn deleting_waits_until_it_is_gone() {
    let by_uuid = format!("GET /v1/instances/{ID}");
    let delete = format!("DELETE /v1/instances/{ID}");
    let daemon = Canned::start(&[
        (
            "GET /v1/instances/web1",
            200,
            created("active", json!(null)),
        ),
        (&delete, 204, json!(null)),
        (&by_uuid, 200, created("deleting", json!(null))),
        (&by_uuid, 404, error(404, "Gone.")),
    ])
    .await;
    let ended = daemon
        .ostler(&["instance", "delete", "web1", "--wait"])
        .await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        ended.stdout,
        "instance web1: off, deleted, its node is free\n"
    );
}

#[tokio::test]
async fn new_passwords_are_ordered_of_all_and_waited_for_one_by_one() {
    let (one, two) = (ID, "00000000-0000-4000-8000-000000000002");
    let (first, second) = (
        format!("GET /v1/tasks/{one}"),
        format!("GET /v1/tasks/{two}"),
    );
    let daemon = Canned::start(&[
        (
            "POST /v1/nodes/n1/rotate-password",
            202,
            json!({"uuid": one}),
        ),
        (
            "POST /v1/nodes/n2/rotate-password",
            202,
            json!({"uuid": two}),
        ),
        (&first, 200, json!({"uuid": one, "state": "done"})),
        (
            &second,
            200,
            json!({"uuid": two, "state": "failed", "error": "it has either"}),
        ),
    ])
    .await;
    let ended = daemon
        .ostler(&["node", "rotate-password", "n[1-2]", "--wait"])
        .await;
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(ended.stdout, "node n1: new password is set\n");
    assert!(ended.stderr.contains("it has either"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_boot_device_is_set_when_its_task_is_done() {
    let task = format!("GET /v1/tasks/{ID}");
    for answer in [
        json!({"uuid": ID, "state": "queued"}),
        json!({"Location": format!("http://localhost/v1/tasks/{ID}")}),
    ] {
        let daemon = Canned::start(&[
            ("PUT /v1/nodes/n1/management/boot_device", 202, answer),
            (&task, 200, json!({"uuid": ID, "state": "issued"})),
            (&task, 200, json!({"uuid": ID, "state": "done"})),
        ])
        .await;
        let args = [
            "node",
            "boot-device",
            "n1",
            "set",
            "disk",
            "--persistent",
            "--wait",
        ];
        let ended = daemon.ostler(&args).await;
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(ended.stdout, "node n1: boot device disk is set\n");
    }
}
