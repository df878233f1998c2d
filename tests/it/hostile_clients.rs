//! Clients that misbehave, all at once and one kind at a time: others are served as before, and memory is bounded.

#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in here is the test's failure"
)]

use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use ostler::time::instant;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::common::daemon::Daemon;
use crate::common::http::Client;
use crate::common::skip::skip;
use crate::common::tls::Authority;
use crate::common::wait::PATIENCE;

/// Connections that are there and ask for nothing.
const IDLE: usize = 5_000;
/// Clients of each other bad kind.
const EACH: usize = 20;

/// The most memory that the daemon may have, in KiB.
///
/// It keeps at most `api.max_connections` (4,096) connections on a listener. An idle one was measured to cost up to 17 KiB
/// on plain TCP, 22 KiB with TLS and 30 KiB in HTTP/2, so that the worst crowd of idle ones is 120 MiB. A body under way is
/// at most 1 MiB, which makes 20 MiB for each of two kinds here; a debug build that has nothing to do has some 30 MiB. That
/// is 190 MiB, and the rest is for the allocator.
const MOST_KIB: u64 = 256 << 10;

/// Lets this process have as many files as the crowd needs; false where it may not.
fn may_have(files: u64) -> bool {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if hard < files {
        return false;
    }
    soft >= files || setrlimit(Resource::RLIMIT_NOFILE, files, hard).is_ok()
}

fn resident_kib(daemon: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap()
        .trim()
        .strip_suffix(" kB")
        .unwrap()
        .parse()
        .unwrap()
}

/// A crowd of clients that go on until this is dropped.
struct Crowd {
    address: SocketAddr,
    token: String,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    still: Vec<TcpStream>,
    encrypted: Vec<StreamOwned<ClientConnection, TcpStream>>,
}

impl Crowd {
    fn new(address: SocketAddr, token: String) -> Self {
        Self {
            address,
            token,
            over: Arc::default(),
            threads: Vec::new(),
            still: Vec::new(),
            encrypted: Vec::new(),
        }
    }

    fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    fn head(&self, method: &str, path: &str, more: &str) -> String {
        let token = &self.token;
        format!("{method} {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\n{more}\r\n")
    }

    /// Connections on which nothing happens: some never said anything, some had an answer, some began a handshake.
    fn idle(&mut self, count: usize) {
        let kept = self.head("GET", "/v1", "");
        for index in 0..count {
            let mut stream = self.connect();
            match index % 4 {
                0 | 1 => {}
                2 => stream.write_all(kept.as_bytes()).unwrap(),
                _ => stream.write_all(b"\x16\x03\x01\x02\x00\x01").unwrap(),
            }
            self.still.push(stream);
        }
    }

    /// Connections with TLS on which nothing happens after a request.
    fn idle_encrypted(&mut self, count: usize, config: &Arc<ClientConfig>) {
        let request = self.head("GET", "/v1", "");
        for _ in 0..count {
            let name = ServerName::from(self.address.ip());
            let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
            let mut stream = StreamOwned::new(connection, self.connect());
            stream.write_all(request.as_bytes()).unwrap();
            stream.flush().unwrap();
            self.encrypted.push(stream);
        }
    }

    /// Clients that begin with these bytes and go on with these, a piece at a time, until they are cut off.
    fn drip(&mut self, begin: &str, piece: &'static [u8], pause: Duration) {
        let mut streams: Vec<TcpStream> = (0..EACH).map(|_| self.connect()).collect();
        for stream in &mut streams {
            stream.write_all(begin.as_bytes()).unwrap();
        }
        let over = Arc::clone(&self.over);
        self.threads.push(thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                // One that was cut off stays away.
                streams.retain_mut(|stream| stream.write_all(piece).is_ok());
                thread::sleep(pause);
            }
        }));
    }

    /// Clients that ask for much and read nothing.
    fn deaf(&mut self) {
        let request = self.head("GET", "/v1/nodes", "").repeat(50);
        for _ in 0..EACH {
            let mut stream = self.connect();
            stream
                .set_write_timeout(Some(Duration::from_millis(50)))
                .unwrap();
            // Until the daemon takes no more, because its answers are not taken.
            for _ in 0..1000 {
                if stream.write_all(request.as_bytes()).is_err() {
                    break;
                }
            }
            self.still.push(stream);
        }
    }

    fn half_closed(&mut self) {
        let request = self.head("GET", "/v1/types", "");
        for _ in 0..EACH {
            let mut stream = self.connect();
            stream.write_all(request.as_bytes()).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            self.still.push(stream);
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What comes until the end, a reset included.
fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_crowd_of_bad_clients_keeps_nobody_out_and_costs_a_bounded_memory() {
    if !may_have(u64::try_from(IDLE).unwrap() + 1_000) {
        return skip("the hard limit of open files (ulimit -Hn) is too low for 5,000 connections");
    }
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    let trusted = authority.trusted(&["http/1.1"]);
    let token = daemon.token("root", "default", "admin");
    let others: [Client; 3] = [
        daemon.unix(),
        daemon.tcp().with_token(&token),
        Client::tls(daemon.tcp_address(), trusted.clone()).with_token(&token),
    ];
    println!("nothing to do: {} KiB", resident_kib(&daemon));
    let everybody_is_served = |when: &str| {
        for round in 0..10 {
            for client in &others {
                let answer = client.try_send("GET", "/v1/types", None);
                let status = answer.map(|answer| answer.status);
                assert!(matches!(status, Ok(200)), "{when}, {round}: {status:?}");
            }
        }
        let kib = resident_kib(&daemon);
        println!("{when}: {kib} KiB");
        assert!(kib < MOST_KIB, "{when}: {kib} KiB");
    };
    let mut crowd = Crowd::new(daemon.tcp_address(), token.clone());
    let (often, seldom) = (Duration::from_millis(1), Duration::from_secs(1));
    let begun = instant();
    crowd.idle(IDLE);
    let crowded = begun.elapsed();
    everybody_is_served("idle");
    // Idle connections end by themselves after 30 s, and nobody had to wait for that. A machine on which the crowd alone
    // takes its time does not show it.
    let served = begun.elapsed();
    assert!(
        crowded > Duration::from_secs(10) || served < Duration::from_secs(25),
        "served after {served:?}"
    );
    crowd.idle_encrypted(200, &trusted);
    everybody_is_served("with TLS");
    crowd.drip("GET /v1 HTTP/1.1\r\nX: ", b"x", seldom);
    let body = crowd.head("POST", "/v1/types", "Content-Length: 1000\r\n");
    crowd.drip(&body, b" ", seldom);
    everybody_is_served("slow");
    crowd.drip("GET /v1 HTTP/1.1\r\n", b"X-More: and more\r\n", often);
    let body = crowd.head("POST", "/v1/types", "Content-Length: 100000000000\r\n");
    crowd.drip(&body, &[b' '; 4096], often);
    let body = crowd.head("POST", "/v1/types", "Transfer-Encoding: chunked\r\n");
    crowd.drip(&body, b"4\r\n    \r\n", often);
    everybody_is_served("endless");
    crowd.deaf();
    crowd.half_closed();
    crowd.drip("nonsense\r\n\r\n", b"\x00\xff", often);
    everybody_is_served("all");
    assert!(!daemon.log().contains("defect"), "{}", daemon.log());
}

#[test]
fn a_head_without_an_end_is_431_and_a_body_without_one_413_before_it_is_there() {
    let daemon = Daemon::start();
    let token = daemon.token("root", "default", "admin");
    let crowd = Crowd::new(daemon.tcp_address(), token);
    let mut endless = crowd.connect();
    let line = format!("X: {}\r\n", "x".repeat(1000));
    endless.write_all(b"GET /v1 HTTP/1.1\r\n").unwrap();
    // At some point nobody takes it any more.
    for _ in 0..100 {
        if endless.write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    let answer = read_all(&mut endless);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");

    let mut announced = crowd.connect();
    let head = crowd.head("POST", "/v1/types", "Content-Length: 100000000000\r\n");
    announced.write_all(head.as_bytes()).unwrap();
    announced.write_all(&[b' '; 1000]).unwrap();
    let answer = read_all(&mut announced);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let mut chunked = crowd.connect();
    let head = crowd.head("POST", "/v1/types", "Transfer-Encoding: chunked\r\n");
    chunked.write_all(head.as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..64 {
        if chunked.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    let answer = read_all(&mut chunked);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

/// The beginning of HTTP/2 (RFC 9113 §3.4): the preface and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Sends frames until the daemon has enough of them; gives how many it took, and fails if it takes all.
fn until_cut_off(
    daemon: &Daemon,
    authority: &Authority,
    mut next: impl FnMut(u32) -> Vec<u8>,
) -> u32 {
    let name = ServerName::from(daemon.tcp_address().ip());
    let connection = ClientConnection::new(authority.trusted(&["h2"]), name).unwrap();
    let mut stream = StreamOwned::new(connection, connect(daemon.tcp_address()));
    stream.write_all(PREFACE).unwrap();
    for sent in 0..100_000 {
        let written = stream
            .write_all(&next(sent))
            .and_then(|()| is_open(&mut stream));
        if written.is_err() {
            return sent;
        }
    }
    panic!("it takes everything");
}

/// Reads what is there already; an error where the other side has closed.
fn is_open(stream: &mut StreamOwned<ClientConnection, TcpStream>) -> io::Result<()> {
    stream.sock.set_nonblocking(true)?;
    let read = stream.read(&mut [0; 65_536]);
    stream.sock.set_nonblocking(false)?;
    match read {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

#[test]
fn http_2_clients_that_take_back_without_end_or_never_end_their_headers_are_cut_off() {
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    // GET https / in HPACK's static table (RFC 7541, appendix A), the authority as a literal.
    let get: &[u8] = b"\x82\x87\x84\x41\x01x";
    let taken_back = until_cut_off(&daemon, &authority, |sent| {
        let stream = 2 * sent + 1;
        let mut both = frame(1, 5, stream, get);
        both.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
        both
    });
    println!("cut off after {taken_back} requests that were taken back");
    let continued = until_cut_off(&daemon, &authority, |sent| match sent {
        0 => frame(1, 1, 1, get),
        _ => frame(9, 0, 1, &[0; 16]),
    });
    println!("cut off after {continued} continuations");
    let large = until_cut_off(&daemon, &authority, |sent| {
        let field = [&b"\x00\x01x\x7f\xa1\x7e"[..], &[b'x'; 16_289]].concat();
        let kind = if sent == 0 { 1 } else { 9 };
        frame(kind, 0, 1, &field)
    });
    println!("cut off after {large} frames of headers");
    authority.admin(&daemon).get("/v1/types").expect(200);
    assert!(!daemon.log().contains("defect"), "{}", daemon.log());
}
