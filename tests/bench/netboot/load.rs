//! Machines that fetch a file.

use anyhow::{Context, ensure};
use ostler::time;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::servers::Server;

/// What a machine reads at a time, in bytes.
const BLOCK: usize = 256 << 10;

/// All machines have fetched the file once.
pub(crate) struct Turn {
    bytes: usize,
    secs: f64,
    cpu_secs: f64,
}

impl Turn {
    pub(crate) fn mib_per_sec(&self) -> f64 {
        mib(self.bytes) / self.secs
    }

    pub(crate) fn cpu_ms_per_gib(&self) -> f64 {
        self.cpu_secs * 1e3 / (mib(self.bytes) / 1024.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure in a table")]
fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Fetches the file once, and sees that it is the right one.
pub(crate) async fn check(server: &dyn Server, sha256: &str) -> anyhow::Result<()> {
    let mut digest = Sha256::new();
    fetch(server, |bytes| digest.update(bytes)).await?;
    let found: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ensure!(found == sha256, "{} sends another file", server.name());
    Ok(())
}

/// Has so many machines fetch the file of so many bytes, all at once.
pub(crate) async fn turn(
    server: &dyn Server,
    machines: usize,
    length: usize,
) -> anyhow::Result<Turn> {
    let (cpu, start) = (server.cpu_secs()?, time::instant());
    let mut fetching = JoinSet::new();
    for _ in 0..machines {
        let request = request(server);
        let address = server.address();
        fetching.spawn(async move { read(address, request, |_| {}).await });
    }
    while let Some(fetched) = fetching.join_next().await {
        let bytes = fetched??;
        ensure!(bytes == length, "{} sent {bytes} bytes", server.name());
    }
    Ok(Turn {
        bytes: machines * length,
        secs: start.elapsed().as_secs_f64(),
        cpu_secs: server.cpu_secs()? - cpu,
    })
}

async fn fetch(server: &dyn Server, each: impl FnMut(&[u8])) -> anyhow::Result<usize> {
    read(server.address(), request(server), each).await
}

fn request(server: &dyn Server) -> String {
    format!(
        "GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        server.path()
    )
}

/// Reads an answer to its end, and gives the length of its body.
async fn read(
    address: std::net::SocketAddr,
    request: String,
    mut each: impl FnMut(&[u8]),
) -> anyhow::Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut block = vec![0; BLOCK];
    let mut head = Vec::new();
    let mut body = loop {
        let read = stream.read(&mut block).await?;
        ensure!(read > 0, "no answer");
        head.extend_from_slice(block.get(..read).unwrap_or_default());
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break head.split_off(end + 4);
        }
    };
    ensure!(head.starts_with(b"HTTP/1.1 200 "), "not 200");
    each(&body);
    let mut length = body.len();
    body.clear();
    loop {
        let read = stream.read(&mut block).await?;
        if read == 0 {
            return Ok(length);
        }
        each(block.get(..read).context("more than was asked for")?);
        length += read;
    }
}
