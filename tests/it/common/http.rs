//! A small HTTP client that sends what it is told, right or wrong, over any transport.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::Value;
use socket2::{Domain, Socket, Type};

/// Where to, and as whom.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    endpoint: Endpoint,
    headers: Vec<(String, String)>,
    source: Option<IpAddr>,
}

#[derive(Debug, Clone)]
enum Endpoint {
    Unix(PathBuf),
    Tcp(SocketAddr),
    Tls(SocketAddr, Arc<ClientConfig>),
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

trait Stream: Read + Write + Send {
    /// Says that nothing more will be sent.
    fn half_close(&mut self) -> io::Result<()>;
}

impl Stream for UnixStream {
    fn half_close(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl Stream for TcpStream {
    fn half_close(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl Stream for StreamOwned<ClientConnection, TcpStream> {
    /// The end of TLS in this direction, and no end of TCP.
    fn half_close(&mut self) -> io::Result<()> {
        self.conn.send_close_notify();
        self.flush()
    }
}

impl Client {
    pub(crate) fn unix(path: impl Into<PathBuf>) -> Self {
        Self {
            endpoint: Endpoint::Unix(path.into()),
            headers: Vec::new(),
            source: None,
        }
    }

    pub(crate) fn tcp(address: SocketAddr) -> Self {
        Self {
            endpoint: Endpoint::Tcp(address),
            headers: Vec::new(),
            source: None,
        }
    }

    /// With TLS; the certificate has to be for the address.
    pub(crate) fn tls(address: SocketAddr, config: Arc<ClientConfig>) -> Self {
        Self {
            endpoint: Endpoint::Tls(address, config),
            headers: Vec::new(),
            source: None,
        }
    }

    /// The same with another header on every request.
    #[must_use]
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut with = self.clone();
        with.headers.push((name.to_owned(), value.to_owned()));
        with
    }

    /// The same with a token.
    #[must_use]
    pub(crate) fn with_token(&self, token: &str) -> Self {
        self.with("X-Auth-Token", token)
    }

    /// The same from another address of this machine, such as 127.0.0.9; on TCP only.
    #[must_use]
    pub(crate) fn from(&self, source: [u8; 4]) -> Self {
        let source = Some(IpAddr::from(source));
        Self {
            source,
            ..self.clone()
        }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.send("GET", path, None)
    }

    pub(crate) fn delete(&self, path: &str) -> Response {
        self.send("DELETE", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Response {
        self.send("POST", path, Some(body.to_string().as_bytes()))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Response {
        self.send("PUT", path, Some(body.to_string().as_bytes()))
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Response {
        self.send("PATCH", path, Some(body.to_string().as_bytes()))
    }

    /// Sends any body, as JSON unless a header of the client says otherwise.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&[u8]>) -> Response {
        self.try_send(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same, for when the daemon may be gone.
    pub(crate) fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
    ) -> io::Result<Response> {
        let mut head = self.head(method, path);
        if let Some(body) = body {
            if !self.has("content-type") {
                head += "Content-Type: application/json\r\n";
            }
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        head += "\r\n";
        let mut stream = self.connect()?;
        stream.write_all(head.as_bytes())?;
        // A daemon that refuses a body early may close before all of it is sent; its answer counts.
        let sent = stream.write_all(body.unwrap_or_default());
        Response::read(stream, method).or_else(|error| sent.and(Err(error)))
    }

    /// Sends these bytes as they are and gives back all that comes until the daemon closes.
    #[track_caller]
    pub(crate) fn exchange(&self, bytes: &[u8], half_close: bool) -> Vec<u8> {
        let mut stream = self.connect().unwrap();
        stream.write_all(bytes).unwrap();
        if half_close {
            stream.half_close().unwrap();
        }
        let mut answers = Vec::new();
        stream.read_to_end(&mut answers).unwrap();
        answers
    }

    /// Opens a request whose answer goes on; gives the stream behind the head, which must be 200 with this media type.
    #[track_caller]
    pub(crate) fn open(&self, path: &str, media_type: &str) -> impl BufRead + Send + use<> {
        // The body of an answer to HTTP/1.0 is not chunked, and ends with the connection.
        let head = self.head("GET", path).replacen("HTTP/1.1", "HTTP/1.0", 1);
        let mut stream = self.connect().unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.0 200 "), "{head}");
        let wanted = format!("\r\ncontent-type: {media_type}\r\n");
        assert!(head.to_ascii_lowercase().contains(&wanted), "{head}");
        reader
    }

    /// The request line and headers, without the empty line that ends them.
    pub(crate) fn head(&self, method: &str, path: &str) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !self.has("host") {
            head += &match &self.endpoint {
                Endpoint::Unix(_) => "Host: localhost\r\n".to_owned(),
                Endpoint::Tcp(address) | Endpoint::Tls(address, _) => {
                    format!("Host: {address}\r\n")
                }
            };
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head
    }

    fn has(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(of, _)| of.eq_ignore_ascii_case(name))
    }

    fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let patience = Some(Duration::from_secs(60));
        Ok(match &self.endpoint {
            Endpoint::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(patience)?;
                Box::new(stream)
            }
            Endpoint::Tcp(address) => Box::new(self.connect_tcp(*address, patience)?),
            Endpoint::Tls(address, config) => {
                let stream = self.connect_tcp(*address, patience)?;
                let name = ServerName::from(address.ip());
                let connection =
                    ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                Box::new(StreamOwned::new(connection, stream))
            }
        })
    }

    fn connect_tcp(
        &self,
        address: SocketAddr,
        patience: Option<Duration>,
    ) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if let Some(source) = self.source {
            socket.bind(&SocketAddr::new(source, 0).into())?;
        }
        socket.connect(&address.into())?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(patience)?;
        Ok(stream)
    }
}

/// A connection that stays open for the next request.
pub(crate) struct KeptAlive {
    client: Client,
    reader: BufReader<Box<dyn Stream>>,
}

impl KeptAlive {
    /// Connects as this client.
    pub(crate) fn open(client: &Client) -> Self {
        let client = client.clone();
        let reader = BufReader::new(client.connect().unwrap());
        Self { client, reader }
    }

    /// Goes on with the headers of another client of the same daemon.
    pub(crate) fn speak_as(&mut self, client: &Client) {
        self.client = client.clone();
    }

    /// Sends a body as JSON, and reads its answer, which has to say how long it is.
    #[track_caller]
    pub(crate) fn send(&mut self, method: &str, path: &str, body: &Value) -> Response {
        let (head, body) = (self.client.head(method, path), body.to_string());
        let head = head.replacen("Connection: close\r\n", "", 1);
        let length = body.len();
        let request = format!(
            "{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.reader.get_mut().write_all(request.as_bytes()).unwrap();
        let (status, headers) = Response::read_head(&mut self.reader).unwrap();
        let mut answer = Response {
            status,
            headers,
            body: Vec::new(),
        };
        let length = answer.header("content-length").map(str::parse::<u64>);
        let length = length.expect("the length of the answer").unwrap();
        let mut rest = (&mut self.reader).take(length);
        rest.read_to_end(&mut answer.body).unwrap();
        answer
    }
}

impl Response {
    /// Reads one answer that ends with the stream.
    pub(crate) fn read(stream: impl Read, method: &str) -> io::Result<Self> {
        let mut reader = BufReader::new(stream);
        let (status, headers) = Self::read_head(&mut reader)?;
        let mut body = Vec::new();
        if method != "HEAD" {
            let is_chunked = headers
                .iter()
                .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
            if is_chunked {
                read_chunks(&mut reader, &mut body)?;
            } else {
                reader.read_to_end(&mut body)?;
            }
        }
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    /// Reads the status and the headers.
    fn read_head(reader: &mut impl BufRead) -> io::Result<(u16, Vec<(String, String)>)> {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("not an answer: {line:?}")))?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok((status, headers))
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.headers
            .iter()
            .find(|(of, _)| *of == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// Fails unless the status is this one; gives itself back.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{body}");
        self
    }

    /// Fails unless this is a documented error with this status; gives its message back.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16) -> String {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let body = answer.json();
        let error = &body["error"];
        let parts = [&body, error].map(|of| of.as_object().map_or(0, serde_json::Map::len));
        assert_eq!(parts, [1, 4], "{body}");
        assert_eq!(error["code"], status, "{error}");
        assert_eq!(
            error["request_id"].as_str(),
            answer.header("x-openstack-request-id")
        );
        assert!(
            !error["title"].as_str().unwrap_or_default().is_empty(),
            "{error}"
        );
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        assert!(!message.is_empty(), "{error}");
        message
    }
}

/// Reads a body that comes in chunks; one that was cut off is an error.
fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk)?;
        assert!(chunk.ends_with(b"\r\n"), "the end of a chunk");
        if length == 0 {
            return Ok(());
        }
        body.extend_from_slice(&chunk[..length]);
    }
}
