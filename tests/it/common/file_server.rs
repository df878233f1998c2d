//! Somebody's HTTP server with a kernel on it, which answers as a test says.

use std::collections::HashMap;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::daemon::loopback;
use super::served::Request;

/// How it answers for one path.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// The file, with an `ETag`; 304 to whoever has it.
    File(Vec<u8>),
    /// The file in chunks, without its length.
    Chunked(Vec<u8>),
    /// So many bytes of the file fewer than it says.
    CutOff(Vec<u8>, usize),
    /// A status with this header line.
    Status(u16, &'static str),
    /// The first of these, and from then on the rest of them; the last one stays.
    InTurn(Vec<Reply>),
    /// The head of an answer, and then nothing until the other side closes.
    Silence,
}

/// The server; it ends with the test.
pub(crate) struct FileServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    replies: Mutex<HashMap<String, Reply>>,
    seen: Mutex<Vec<Request>>,
    closed: Mutex<usize>,
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl FileServer {
    /// Starts one; what it has no reply for is 404.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((loopback(), 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            replies: Mutex::default(),
            seen: Mutex::default(),
            closed: Mutex::default(),
            is_open: Mutex::new(true),
            opened: Condvar::new(),
        });
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), serving.clone());
                thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    /// From now on it answers so for this path.
    pub(crate) fn set(&self, path: &str, reply: Reply) {
        let mut replies = self.shared.replies.lock().unwrap();
        replies.insert(path.to_owned(), reply);
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked for of a path by now.
    pub(crate) fn seen(&self, path: &str) -> Vec<Request> {
        let seen = self.shared.seen.lock().unwrap();
        let line = format!("GET {path} ");
        let of_path = seen.iter().filter(|of| of.head.starts_with(&line));
        of_path.cloned().collect()
    }

    /// How many clients have left in the middle of a silence.
    pub(crate) fn left(&self) -> usize {
        *self.shared.closed.lock().unwrap()
    }

    /// Keeps all answers back, or lets them go.
    pub(crate) fn open(&self, is_open: bool) {
        *self.shared.is_open.lock().unwrap() = is_open;
        self.shared.opened.notify_all();
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(request) = Request::read(&mut reader) {
            let path = request.head.split(' ').nth(1).unwrap().to_owned();
            self.seen.lock().unwrap().push(request.clone());
            let mut is_open = self.is_open.lock().unwrap();
            while !*is_open {
                is_open = self.opened.wait(is_open).unwrap();
            }
            drop(is_open);
            let reply = self.next(&path);
            // Whoever has left misses the rest.
            if !self
                .answer(&stream, &mut reader, &request, reply)
                .unwrap_or(false)
            {
                return;
            }
        }
    }

    fn next(&self, path: &str) -> Reply {
        let mut replies = self.replies.lock().unwrap();
        match replies.get_mut(path) {
            None => Reply::Status(404, "X-Any: 1"),
            Some(Reply::InTurn(turns)) if turns.len() > 1 => turns.remove(0),
            Some(Reply::InTurn(turns)) => turns[0].clone(),
            Some(reply) => reply.clone(),
        }
    }

    /// Whether the connection goes on.
    fn answer(
        &self,
        mut stream: &TcpStream,
        reader: &mut BufReader<TcpStream>,
        request: &Request,
        reply: Reply,
    ) -> std::io::Result<bool> {
        match reply {
            Reply::File(bytes) => {
                let etag = format!("\"{}-{}\"", bytes.len(), bytes[0]);
                if request.header("if-none-match") == Some(&etag) {
                    write!(stream, "HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n")?;
                    return Ok(true);
                }
                let length = bytes.len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {length}\r\n\r\n"
                )?;
                stream.write_all(&bytes)?;
            }
            Reply::Chunked(bytes) => {
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                )?;
                for chunk in bytes.chunks(100_000) {
                    write!(stream, "{:x}\r\n", chunk.len())?;
                    stream.write_all(chunk)?;
                    stream.write_all(b"\r\n")?;
                }
                stream.write_all(b"0\r\n\r\n")?;
            }
            Reply::CutOff(bytes, fewer) => {
                let length = bytes.len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
                )?;
                stream.write_all(&bytes[..length - fewer])?;
                return Ok(false);
            }
            Reply::Status(status, header) => {
                write!(
                    stream,
                    "HTTP/1.1 {status} So\r\n{header}\r\nContent-Length: 0\r\n\r\n"
                )?;
            }
            Reply::Silence => {
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\nsome"
                )?;
                reader.read_to_end(&mut Vec::new()).ok();
                *self.closed.lock().unwrap() += 1;
                return Ok(false);
            }
            Reply::InTurn(_) => unreachable!("turns have no turns"),
        }
        Ok(true)
    }
}
