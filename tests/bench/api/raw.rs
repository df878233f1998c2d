//! HTTP/1.1 on a connection that stays open, as plain as it can be: what measures must cost less than what is measured.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use ostler::time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection to a server.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer. Its body is in the connection's buffer until the next request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a str,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 << 10),
        })
    }

    /// Sends a request and reads the answer, which must have a `Content-Length`.
    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.read().await?;
        };
        let length = content_length(self.buffer.get(..head).unwrap_or_default());
        let length = length.ok_or_else(|| io::Error::other("an answer without a length"))?;
        while self.buffer.len() < head + length {
            self.read().await?;
        }
        let (head, body) = self.buffer.split_at(head);
        let head = std::str::from_utf8(head).map_err(io::Error::other)?;
        let status = head.get(9..12).and_then(|code| code.parse().ok());
        Ok(Answer {
            status: status.ok_or_else(|| io::Error::other("not an answer"))?,
            head,
            body,
        })
    }

    /// Sends a request and reads an answer of any length into `body`. Says when the first byte of the body was there.
    pub(crate) async fn stream(
        &mut self,
        request: &[u8],
        body: &mut Vec<u8>,
    ) -> io::Result<Instant> {
        self.stream.write_all(request).await?;
        body.clear();
        let head = loop {
            // One byte of the body at least.
            if let Some(end) = find(body, b"\r\n\r\n").map(|end| end + 4)
                && end < body.len()
            {
                break end;
            }
            if self.stream.read_buf(body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let first_byte = time::instant();
        if !body.starts_with(b"HTTP/1.1 200 ") {
            let answer = String::from_utf8_lossy(body);
            return Err(io::Error::other(answer.into_owned()));
        }
        let length = content_length(body.get(..head).unwrap_or_default());
        let is_whole = |body: &[u8]| match length {
            Some(length) => body.len() >= head + length,
            None => body.ends_with(b"\r\n0\r\n\r\n"),
        };
        while !is_whole(body) {
            if self.stream.read_buf(body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(first_byte)
    }

    /// Sends a request and reads no more than the head of its answer.
    pub(crate) async fn begin(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        while find(&self.buffer, b"\r\n\r\n").is_none() {
            self.read().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// The head of a request, and its body.
pub(crate) fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let content = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {length}\r\n")
    };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:6688\r\nX-Auth-Token: {token}\r\n\
         Accept: application/json\r\nUser-Agent: bench\r\n{content}\r\n{body}"
    )
    .into_bytes()
}

/// What [`Connection::stream`] has read, without the head, and put together where it came in chunks.
pub(crate) fn body_of(answer: &[u8]) -> Option<Vec<u8>> {
    let head = find(answer, b"\r\n\r\n")? + 4;
    let (head, mut rest) = answer.split_at_checked(head)?;
    if content_length(head).is_some() {
        return Some(rest.to_vec());
    }
    let mut body = Vec::new();
    loop {
        let end = find(rest, b"\r\n")?;
        let digits = std::str::from_utf8(rest.get(..end)?).ok()?;
        let length = usize::from_str_radix(digits, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        let (chunk, after) = rest.get(end + 2..)?.split_at_checked(length)?;
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n")?;
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let name = b"content-length: ";
    let start = find(head, name)? + name.len();
    let digits = head.get(start..)?.iter().take_while(|b| b.is_ascii_digit());
    Some(digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
