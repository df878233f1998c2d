//! The plain peer of a show: hyper with nothing behind it, in a process of its own on the same kind of runtime. It answers
//! every request with the same headers and bytes, from memory.

use std::convert::Infallible;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Response};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::process::Process;

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Canned {
    headers: Vec<(String, String)>,
    body: String,
}

impl Canned {
    /// The answer of which this is the head and the body, without what hyper adds by itself.
    pub(crate) fn new(head: &str, body: &[u8]) -> anyhow::Result<Self> {
        let headers = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| !matches!(*name, "date" | "content-length"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self {
            headers: headers.collect(),
            body: String::from_utf8(body.to_vec())?,
        })
    }

    /// Starts a server that answers this. Its file is in this directory.
    pub(crate) fn serve(&self, directory: &Path) -> anyhow::Result<(Process, SocketAddr)> {
        let file = directory.join("plain.json");
        fs::write(&file, serde_json::to_vec(self)?)?;
        let process = Command::new(std::env::current_exe()?)
            .arg("plain")
            .arg(file)
            .stdout(Stdio::piped())
            .spawn();
        let mut process = Process(process.context("cannot start the plain server")?);
        let mut line = String::new();
        let output = process.0.stdout.take().context("no standard output")?;
        BufReader::new(output).read_line(&mut line)?;
        Ok((process, line.trim().parse()?))
    }
}

/// Serves until it is killed.
pub(crate) fn run(file: &Path) -> anyhow::Result<()> {
    let canned: Canned = serde_json::from_slice(&fs::read(file)?)?;
    tokio::runtime::Runtime::new()?.block_on(serve(canned))
}

async fn serve(canned: Canned) -> anyhow::Result<()> {
    let mut headers = HeaderMap::new();
    for (name, value) in &canned.headers {
        headers.insert(
            HeaderName::try_from(name)?,
            HeaderValue::try_from(value.as_str())?,
        );
    }
    let body = Bytes::from(canned.body);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut output = std::io::stdout();
    writeln!(output, "{}", listener.local_addr()?)?;
    output.flush()?;
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (headers, body) = (headers.clone(), body.clone());
        let service = service_fn(move |_| {
            let mut response = Response::new(Full::new(body.clone()));
            *response.headers_mut() = headers.clone();
            async { Ok::<_, Infallible>(response) }
        });
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
