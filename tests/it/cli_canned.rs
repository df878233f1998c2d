//! A daemon that says what it was told to say, and the command line `ostler` run against it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what goes wrong in here is the test's failure"
)]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio::process::Command;
use tokio::task::JoinSet;

/// Longer than any of these commands takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `GET /v1/nodes?limit=1`
    pub(crate) line: String,
    /// Null where there was none.
    pub(crate) body: Value,
    headers: hyper::HeaderMap,
}

impl Seen {
    /// A header, empty where it was not sent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

type Answers = VecDeque<(String, u16, Value)>;

/// The daemon. It listens on a Unix socket and on TCP.
pub(crate) struct Canned {
    dir: tempfile::TempDir,
    port: u16,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

struct Shared {
    answers: Mutex<Answers>,
    seen: Mutex<Vec<Seen>>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Canned {
    /// A daemon with these answers: request line (without the query), status, body. Of several answers to one request
    /// line each is given once, in order, and the last one for ever. Everything else is 404.
    pub(crate) async fn start(answers: &[(&str, u16, Value)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let unix = UnixListener::bind(dir.path().join("s")).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = tcp.local_addr().unwrap().port();
        let answers = answers
            .iter()
            .map(|(line, status, body)| ((*line).to_owned(), *status, body.clone()))
            .collect();
        let shared = Arc::new(Shared {
            answers: Mutex::new(answers),
            seen: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        let over_unix = Arc::clone(&shared);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = unix.accept().await.unwrap();
                connections.spawn(serve(stream, Arc::clone(&over_unix)));
            }
        });
        let over_tcp = Arc::clone(&shared);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = tcp.accept().await.unwrap();
                connections.spawn(serve(stream, Arc::clone(&over_tcp)));
            }
        });
        Self {
            dir,
            port,
            shared,
            _tasks: tasks,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("s")
    }

    /// A file with this text, beside the socket.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs `ostler` over the Unix socket.
    pub(crate) async fn ostler(&self, args: &[&str]) -> Ended {
        self.ostler_reading(args, "").await
    }

    /// Runs `ostler` over the Unix socket with something on its standard input.
    pub(crate) async fn ostler_reading(&self, args: &[&str], input: &str) -> Ended {
        let socket = self.socket();
        ostler(args, &[("OSTLER_SOCKET", socket.to_str().unwrap())], input).await
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The last request.
    pub(crate) fn last(&self) -> Seen {
        self.seen().pop().expect("no request arrived")
    }
}

/// Runs `ostler` with these arguments, variables and standard input.
pub(crate) async fn ostler(args: &[&str], variables: &[(&str, &str)], input: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostler"));
    for name in [
        "OSTLER_SOCKET",
        "OSTLER_URL",
        "OSTLER_TOKEN",
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(name);
    }
    let mut child = command
        .args(args)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read its input may be gone already.
    stdin.write_all(input.as_bytes()).await.ok();
    drop(stdin);
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output())
        .await
        .expect("ostler did not end")
        .unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    let service = service_fn(|request| answer(request, &shared));
    hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

async fn answer(
    request: Request<Incoming>,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let line = format!("{} {}", head.method, head.uri);
    let key = format!("{} {}", head.method, head.uri.path());
    shared.seen.lock().unwrap().push(Seen {
        line,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        headers: head.headers,
    });
    let (status, body) = next(&mut shared.answers.lock().unwrap(), &key);
    let mut response = Response::builder()
        .status(status)
        .header("x-openstack-request-id", "req-of-the-header");
    if let Some(location) = body.get("Location").and_then(Value::as_str) {
        response = response.header("location", location);
        return Ok(response.body(Full::default()).unwrap());
    }
    let bytes = if body.is_null() {
        Bytes::new()
    } else {
        Bytes::from(body.to_string())
    };
    Ok(response
        .header("content-type", "application/json")
        .body(Full::new(bytes))
        .unwrap())
}

fn next(answers: &mut Answers, key: &str) -> (u16, Value) {
    let Some(first) = answers.iter().position(|(line, ..)| line == key) else {
        return (404, error(404, "There is no such thing."));
    };
    let (_, status, body) = answers[first].clone();
    if answers.iter().filter(|(line, ..)| line == key).count() > 1 {
        answers.remove(first);
    }
    (status, body)
}

/// An error in the API's shape.
pub(crate) fn error(code: u16, message: &str) -> Value {
    json!({"error": {"code": code, "title": "Title", "message": message, "request_id": "req-1"}})
}
