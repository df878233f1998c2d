//! The server through real sockets, as clients meet it.

mod files;
mod full;
mod http;
mod shutdown;
mod slow;
mod unix_socket;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// Answers with who asked for what; some paths behave in a way of their own.
async fn echo(peer: Peer, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let mut status = StatusCode::OK;
    let body = match path.as_str() {
        "/panic" => panic!("as asked"),
        "/forever" => std::future::pending::<Infallible>().await.to_string(),
        "/too-large" => {
            status = StatusCode::PAYLOAD_TOO_LARGE;
            "too large".to_owned()
        }
        "/body" => {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            format!("{} bytes", body.len())
        }
        path => format!("{path} for {peer:?}"),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
}

/// A TCP server in the background.
struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    ended: JoinHandle<()>,
}

impl Running {
    fn start(limits: Limits) -> Self {
        Self::with(echo, limits)
    }

    #[expect(clippy::disallowed_methods, reason = "a test owns its server")]
    fn with(handler: impl Handler, limits: Limits) -> Self {
        let listener = tcp::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let ended = tokio::spawn(run_tcp(listener, handler, limits, shutdown.clone()));
        Self {
            address,
            shutdown,
            ended,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a test owns its server")]
    fn files(handler: impl Handler, limits: Limits) -> Self {
        let listener = tcp::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let ended = tokio::spawn(run_files(listener, handler, limits, shutdown.clone()));
        Self {
            address,
            shutdown,
            ended,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ask(&self, path: &str) -> String {
        exchange(self.connect().await, &get(path)).await
    }

    async fn stop(self) {
        self.shutdown.trigger();
        within(self.ended).await.unwrap();
    }
}

/// A request that asks for the connection to be closed after the answer.
fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

/// Sends `bytes` and reads until the server closes.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &str) -> String {
    stream.write_all(bytes.as_bytes()).await.unwrap();
    read_all(stream).await
}

async fn read_all(mut stream: impl AsyncRead + Unpin) -> String {
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads until `end` has come.
async fn read_until(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let mut answer = String::new();
    while !answer.contains(end) {
        let byte = within(stream.read_u8()).await.unwrap();
        answer.push(char::from(byte));
    }
    answer
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it takes too long")
}
