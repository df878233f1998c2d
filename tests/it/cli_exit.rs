//! How commands end: the exit codes that scripts rely on, and what is said on standard error.

#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in here is the test's failure"
)]

use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::cli_canned::{Canned, error, ostler};

#[tokio::test]
async fn every_refusal_has_its_exit_code_and_is_told_with_the_request_id() {
    for (status, code) in [
        (400, 2),
        (401, 4),
        (403, 4),
        (404, 3),
        (409, 5),
        (412, 5),
        (422, 2),
        (429, 4),
        (500, 8),
        (502, 1),
        (503, 6),
    ] {
        let body = error(status, "This is what to do.");
        let daemon = Canned::start(&[("GET /v1/nodes/n1", status, body)]).await;
        let ended = daemon.ostler(&["node", "show", "n1"]).await;
        assert_eq!(ended.code, code, "{status}");
        let advice = match status {
            401 => {
                "; give a token with --token-file or OSTLER_TOKEN (ostler token create makes one)"
            }
            _ => "",
        };
        let expected = format!("ostler: This is what to do.{advice} (req-1)\n");
        assert_eq!(ended.stderr, expected);
        assert_eq!(ended.stdout, "");
    }
}

#[tokio::test]
async fn a_daemon_that_is_away_is_6_and_the_words_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("ostler.sock");
    let socket = socket.to_str().unwrap();
    let ended = ostler(&["--socket", socket, "instance", "list"], &[], "").await;
    assert_eq!(ended.code, 6);
    assert!(
        ended
            .stderr
            .starts_with(&format!("ostler: cannot connect to {socket}: "))
            && ended
                .stderr
                .ends_with("is ostlerd running? (systemctl status ostlerd)\n"),
        "{}",
        ended.stderr
    );
    let ended = ostler(
        &["--url", "http://127.0.0.1:1", "instance", "list"],
        &[],
        "",
    )
    .await;
    assert_eq!(ended.code, 6);
    assert!(
        ended
            .stderr
            .contains("cannot connect to http://127.0.0.1:1: Connection refused"),
        "{}",
        ended.stderr
    );
}

/// Something that takes one connection, says this, and hangs up.
async fn that_says(words: &'static str) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        // The whole request: what is left unread would turn the hang-up into a reset, which can overtake the answer.
        let mut line = String::from("request");
        while !line.trim().is_empty() {
            line.clear();
            stream.read_line(&mut line).await.unwrap();
        }
        stream.write_all(words.as_bytes()).await.unwrap();
    });
    (url, tasks)
}

#[tokio::test]
async fn half_an_answer_and_one_that_is_no_json_are_told_apart() {
    for (words, code, said) in [
        ("", 6, "broke before the answer was complete"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"nodes\": [",
            6,
            "broke before",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n", 6, "broke before"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
            8,
            "is not JSON: expected value at line 1 column 1; is this the address of ostlerd?",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>",
            6,
            "502 Bad Gateway",
        ),
    ] {
        let (url, _server) = that_says(words).await;
        let ended = ostler(&["--url", &url, "node", "list"], &[], "").await;
        assert_eq!(ended.code, code, "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{words:?}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn something_that_is_not_the_daemon_is_noticed() {
    let daemon = Canned::start(&[
        ("GET /v1/nodes/n1", 200, json!("no object")),
        ("GET /v1/nodes", 200, json!({"hosts": []})),
        (
            "GET /v1/types",
            302,
            json!({"Location": "http://elsewhere/"}),
        ),
    ])
    .await;
    let ended = daemon.ostler(&["node", "list"]).await;
    assert_eq!(ended.code, 8, "{}", ended.stderr);
    let ended = daemon.ostler(&["type", "list"]).await;
    assert_eq!(ended.code, 8, "{}", ended.stderr);
    assert!(ended.stderr.contains("302"), "{}", ended.stderr);
}

#[tokio::test]
async fn mistakes_in_the_command_line_are_2_and_reach_no_daemon() {
    let daemon = Canned::start(&[]).await;
    for args in [
        "",
        "instance",
        "instance show",
        "instance power web1 explode",
        "instance set web1",
        "instance create web1 --type t --image i",
        "instance list --limit 0",
        "node create n1",
        "node create n1 --bmc-address 10.0.0.1",
        "node create n1 --bmc-address 10.0.0.1 --bmc-password-stdin --bmc-no-password",
        "node maintenance n1 off --reason r",
        "node boot-device n1 set floppy",
        "power",
        "power on",
        "power explode n1",
        "power on --instances --all",
        "network create lan --vlan 4095",
        "network create lan --subnet 10.0.0.0",
        "token create --user u --project p --role king",
        "token create --user u --project p --role reader --expires soon",
        "--url ftp://rack node list",
        "--url http://rack --socket /run/s node list",
        "--token-file /nonexistent node list",
        "--timeout 0 node list",
    ] {
        let args: Vec<&str> = args.split_whitespace().collect();
        let ended = daemon.ostler(&args).await;
        assert_eq!(ended.code, 2, "{args:?}: {}", ended.stderr);
        assert!(!ended.stderr.is_empty(), "{args:?}");
    }
    let empty = daemon.ostler(&["instance", "delete", ""]).await;
    assert_eq!(empty.code, 2, "{}", empty.stderr);
    assert!(daemon.seen().is_empty(), "{:?}", daemon.seen());
}

#[tokio::test]
async fn help_and_version_are_no_mistakes() {
    for args in [
        &["--help"][..],
        &["--version"],
        &["instance", "create", "--help"],
        &["help", "node"],
    ] {
        let ended = ostler(args, &[("OSTLER_TOKEN", "s3cret")], "").await;
        assert_eq!(ended.code, 0, "{args:?}");
        assert!(ended.stdout.contains("ostler"), "{args:?}");
        assert!(!ended.stdout.contains("s3cret"), "{args:?}");
    }
}

#[tokio::test]
async fn secrets_are_refused_on_the_command_line_and_never_repeated() {
    let daemon = Canned::start(&[]).await;
    for args in [
        &["--token", "s3cret", "node", "list"][..],
        &["node", "list", "--token=s3cret"],
        &[
            "node",
            "create",
            "n1",
            "--bmc-address",
            "10.0.0.1",
            "--bmc-password",
            "s3cret",
        ],
        &["node", "set", "n1", "--bmc-password=s3cret"],
        &["--url", "http://admin:s3cret@rack", "node", "list"],
    ] {
        let ended = daemon.ostler(args).await;
        assert_eq!(ended.code, 2, "{args:?}");
        assert!(ended.stderr.contains("file"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
    assert!(daemon.seen().is_empty());
}

#[tokio::test]
async fn a_token_that_no_header_can_hold_is_an_error_without_the_token() {
    let daemon = Canned::start(&[]).await;
    let file = daemon.file("token", "s3cret\u{1}\n");
    let ended = daemon
        .ostler(&["--token-file", &file, "node", "list"])
        .await;
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
}

#[tokio::test]
async fn of_several_the_good_ones_are_deleted_and_the_first_failure_is_the_exit_code() {
    let daemon = Canned::start(&[
        ("DELETE /v1/nodes/a", 204, json!(null)),
        ("DELETE /v1/nodes/b", 409, error(409, "It has an instance.")),
        ("DELETE /v1/nodes/d", 204, json!(null)),
    ])
    .await;
    let ended = daemon.ostler(&["node", "delete", "a", "b", "c", "d"]).await;
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert_eq!(ended.stdout, "node a deleted\nnode d deleted\n");
    assert!(
        ended
            .stderr
            .contains("ostler: b: It has an instance. (req-1)")
    );
    assert!(
        ended.stderr.ends_with("ostler: 2 of 4 failed\n"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_reader_that_leaves_early_is_no_failure() {
    let nodes: Vec<_> = (0..20_000)
        .map(|n| json!({"name": format!("n{n}")}))
        .collect();
    let daemon = Canned::start(&[("GET /v1/nodes", 200, json!({"nodes": nodes}))]).await;
    let mut child = Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(["node", "list"])
        .env("OSTLER_SOCKET", daemon.socket())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap();
    assert!(first.unwrap().starts_with("NAME"));
    drop(lines);
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
