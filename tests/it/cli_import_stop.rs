//! `ostler node import` where it cannot go on: Ctrl-C ends what is under way and begins nothing else, a node that is refused
//! keeps no other, and a daemon that goes away is not asked for each of the others.
#![cfg(test)]

use std::convert::Infallible;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::UnixListener;
use tokio::process::Command;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::cli_canned::{Canned, error};

/// Longer than any of this takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

const LIST: &str = "GET /v1/nodes";
const CREATE: &str = "POST /v1/nodes";

/// A file of this many nodes.
fn nodes(count: usize) -> String {
    let one = |index: usize| {
        let address = format!("127.0.8.{index}");
        json!({"name": format!("n{index}"), "bmc": {"address": address, "password": "s3cret"}})
    };
    Value::Array((1..=count).map(one).collect()).to_string()
}

/// A daemon that registers a node only when it is let.
struct Slow {
    arrived: watch::Sender<usize>,
    let_through: Semaphore,
}

impl Slow {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() == Method::GET {
            return Response::new(Full::from(json!({"nodes": []}).to_string()));
        }
        self.arrived.send_modify(|arrived| *arrived += 1);
        self.let_through.acquire().await.unwrap().forget();
        Response::new(Full::from("{}"))
    }

    async fn serve(self: Arc<Self>, listener: UnixListener) {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let slow = Arc::clone(&self);
            connections.spawn(async move {
                let service =
                    service_fn(|request| async { Ok::<_, Infallible>(slow.answer(request).await) });
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await
                    .ok();
            });
        }
    }
}

#[tokio::test]
async fn ctrl_c_ends_what_is_under_way_begins_nothing_else_and_says_how_far_it_came() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("s");
    let slow = Arc::new(Slow {
        arrived: watch::Sender::new(0),
        let_through: Semaphore::new(0),
    });
    let mut tasks = JoinSet::new();
    tasks.spawn(Arc::clone(&slow).serve(UnixListener::bind(&socket).unwrap()));
    let file = directory.path().join("nodes.json");
    std::fs::write(&file, nodes(40)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(["node", "import", file.to_str().unwrap(), "--yes"])
        .env("OSTLER_SOCKET", &socket)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut arrived = slow.arrived.subscribe();
    let ended = tokio::time::timeout(PATIENCE, async {
        arrived.wait_for(|arrived| *arrived > 0).await.unwrap();
        let pid = i32::try_from(child.id().unwrap()).unwrap();
        kill(Pid::from_raw(pid), Signal::SIGINT).unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).await.unwrap();
        assert!(line.contains("what is under way is waited for"), "{line}");
        slow.let_through.add_permits(40);
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).await.unwrap();
        (child.wait().await.unwrap().code(), rest)
    });
    let (code, rest) = ended.await.unwrap();
    let created = *arrived.borrow();
    assert!(created < 40, "it went on after Ctrl-C");
    assert_eq!(code, Some(130), "{rest}");
    let expected = format!(
        "ostler: interrupted: {created} created, 0 changed, 0 as the file said, {} nodes left: run it again to go on\n",
        40 - created
    );
    assert_eq!(rest, expected);
}

#[tokio::test]
async fn a_node_that_is_refused_keeps_no_other_and_is_told_with_the_daemons_reason() {
    let daemon = Canned::start(&[
        (LIST, 200, json!({"nodes": []})),
        (CREATE, 409, error(409, "Another node has this name.")),
        (CREATE, 201, json!({})),
    ])
    .await;
    let file = daemon.file("nodes.json", &nodes(20));
    let ended = daemon.ostler(&["node", "import", &file, "--yes"]).await;
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(
        ended
            .stdout
            .ends_with("19 created, 0 changed, 0 as the file said\n"),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stderr
            .contains(": Another node has this name. (req-1)\n"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.ends_with("ostler: 1 of 20 failed\n"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_daemon_that_is_away_is_not_asked_for_every_node() {
    let daemon = Canned::start(&[
        (LIST, 200, json!({"nodes": []})),
        (CREATE, 503, error(503, "Not ready.")),
    ])
    .await;
    let file = daemon.file("nodes.json", &nodes(200));
    let ended = daemon.ostler(&["node", "import", &file, "--yes"]).await;
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("what is left was not tried: run it again to go on"),
        "{}",
        ended.stderr
    );
    assert!(daemon.seen().len() < 30, "{}", daemon.seen().len());
}

#[tokio::test]
async fn a_change_first_tests_that_the_node_is_as_the_plan_showed_it() {
    let node = json!({"name": "n1", "uuid": "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01", "availability_zone": "az1",
                      "bmc": {"interface": "lan", "address": "127.0.8.1", "port": 623, "username": "a"}});
    let patch = "PATCH /v1/nodes/0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01";
    let daemon = Canned::start(&[
        (LIST, 200, json!({"nodes": [node]})),
        (patch, 200, json!({})),
    ])
    .await;
    let text = "- {name: n1, availability_zone: az2, extra: {a/b: c}}";
    let args = ["node", "import", "-", "--yes"];
    let ended = daemon.ostler_reading(&args, text).await;
    assert_eq!(
        ended.code, 2,
        "a slash is refused by the rules of extra: {}",
        ended.stderr
    );
    let text = "- {name: n1, availability_zone: az2, extra: {a b: c}}";
    let ended = daemon.ostler_reading(&args, text).await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        daemon.last().body,
        json!([
            {"op": "test", "path": "/availability_zone", "value": "az1"},
            {"op": "add", "path": "/availability_zone", "value": "az2"},
            {"op": "add", "path": "/extra/a b", "value": "c"},
        ])
    );
}
