//! HTTP on the wire: what is served, what is refused, what is survived.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::DuplexStream;
use tokio::sync::Notify;

use super::*;
use crate::model::caller::Transport;
use crate::server::accept::{self, Greeting, Guest, HttpVersion, Listen, Watch};

#[tokio::test]
async fn tcp_clients_are_known_by_their_address() {
    let server = Running::start(Limits::default());
    let stream = server.connect().await;
    let source = stream.local_addr().unwrap();
    let answer = exchange(stream, &get("/x")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let peer = Peer {
        transport: Transport::Tcp,
        source: Some(source),
        unix: None,
        certificate: None,
        has_to_use_tls: false,
    };
    assert!(answer.ends_with(&format!("/x for {peer:?}")), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn ipv4_and_ipv6_can_share_a_port() {
    // The port that the system chose for one may be in use by somebody else for the other.
    for _ in 0..20 {
        let six = match tcp::bind("[::1]:0".parse().unwrap()) {
            Ok(listener) => listener,
            Err(error) => return println!("SKIPPED: no IPv6 on this machine: {error}"),
        };
        let port = six.local_addr().unwrap().port();
        if tcp::bind(SocketAddr::from(([127, 0, 0, 1], port))).is_ok() {
            return;
        }
    }
    panic!("no port could be shared");
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let first = tcp::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = first.local_addr().unwrap();
    let error = tcp::bind(address).unwrap_err();
    assert!(matches!(error, BindError::Tcp { .. }));
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn a_connection_serves_many_requests_also_without_waiting_between_them() {
    let server = Running::start(Limits::default());
    let mut stream = server.connect().await;
    let keep = "GET /one HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(keep.as_bytes()).await.unwrap();
    read_until(&mut stream, "/one for Peer").await;

    let two = keep.replace("one", "two");
    let answer = exchange(stream, &format!("{two}{}", get("/three"))).await;
    let (two, three) = (answer.find("/two for"), answer.find("/three for"));
    assert!(two.is_some() && two < three, "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_closes_its_sending_half_still_gets_its_answer() {
    let go_on = Arc::new(Notify::new());
    let waiting = Arc::clone(&go_on);
    let handler = move |peer: Peer, request: Request<Incoming>| {
        let waiting = Arc::clone(&waiting);
        async move {
            if request.uri().path() == "/half" {
                waiting.notified().await;
            }
            echo(peer, request).await
        }
    };
    let server = Running::with(handler, Limits::default());
    let mut stream = server.connect().await;
    stream.write_all(get("/half").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    // Once later ones were answered, the server has seen that no more comes from the first.
    for _ in 0..3 {
        server.ask("/x").await;
    }
    go_on.notify_one();
    assert!(read_all(stream).await.contains("/half for"));
    server.stop().await;
}

#[tokio::test]
async fn an_answer_arrives_although_the_body_was_never_read() {
    let server = Running::start(Limits::default());
    let length = 8 << 20;
    let (mut reading, mut writing) = server.connect().await.into_split();
    let head = format!("POST /too-large HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    writing.write_all(head.as_bytes()).await.unwrap();
    // Like most clients: everything is sent before the answer is looked at.
    within(writing.write_all(&vec![b'x'; length]))
        .await
        .unwrap();
    let answer = read_until(&mut reading, "too large").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn bodies_arrive_whole_also_chunked_and_after_expect() {
    let server = Running::start(Limits::default());
    let mut stream = server.connect().await;
    let head =
        "POST /body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut stream, "100 Continue\r\n\r\n").await;
    stream.write_all(b"abc").await.unwrap();
    read_until(&mut stream, "3 bytes").await;

    let chunked = "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                   4\r\nabcd\r\n1\r\ne\r\n0\r\n\r\n";
    assert!(exchange(stream, chunked).await.ends_with("5 bytes"));
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_http_ends_its_own_connection_alone() {
    let server = Running::start(Limits::default());
    let long = "x".repeat(40_000);
    for (bytes, answer) in [
        (
            "\x16\x03\x01\x02\0 a TLS client\r\n\r\n".to_owned(),
            "HTTP/1.1 400 ",
        ),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "HTTP/1.1 "),
        ("GET /\r\n\r\n".to_owned(), "HTTP/1.1 400 "),
        (
            "GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(),
            "HTTP/1.1 400 ",
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(),
            "HTTP/1.1 400 ",
        ),
        (
            format!("GET / HTTP/1.1\r\nLong: {long}\r\n\r\n"),
            "HTTP/1.1 431 ",
        ),
        (
            format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(200)),
            "HTTP/1.1 431 ",
        ),
        (String::new(), ""),
    ] {
        let mut stream = server.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let said = read_all(stream).await;
        assert!(said.starts_with(answer), "{bytes:?} gave {said:?}");
        assert!(server.ask("/alive").await.contains("/alive for"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_handler_that_panics_ends_its_own_connection_alone() {
    let server = Running::start(Limits::default());
    let mut other = server.connect().await;
    assert_eq!(server.ask("/panic").await, "");
    other.write_all(get("/alive").as_bytes()).await.unwrap();
    assert!(read_all(other).await.contains("/alive for"));
    assert!(server.ask("/alive").await.contains("/alive for"));
    server.stop().await;
}

#[tokio::test]
async fn slow_and_idle_clients_lose_their_connection() {
    let server = Running::start(Limits {
        head_timeout: Duration::from_millis(50),
        ..Limits::default()
    });
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let mut idle = server.connect().await;
    idle.write_all(b"GET /one HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut idle, "/one for Peer").await;
    for stream in [&mut silent, &mut slow, &mut idle] {
        let mut rest = Vec::new();
        within(stream.read_to_end(&mut rest)).await.unwrap();
    }
    server.stop().await;
}

/// A listener that has run out of file descriptors, and then has one connection.
struct Exhausted {
    outcomes: Mutex<Vec<io::Result<DuplexStream>>>,
}

impl Listen for Exhausted {
    type Socket = DuplexStream;
    type Origin = ();

    const KIND: &'static str = "exhausted";

    async fn accept(&self) -> io::Result<(DuplexStream, ())> {
        let next = self.outcomes.lock().unwrap().pop();
        match next {
            Some(outcome) => outcome.map(|stream| (stream, ())),
            None => std::future::pending().await,
        }
    }

    fn greet(socket: DuplexStream, (): (), watch: Watch) -> Greeting {
        let peer = Peer {
            transport: Transport::Tcp,
            source: None,
            unix: None,
            certificate: None,
            has_to_use_tls: false,
        };
        let guest = Guest {
            outlet: None,
            stream: Box::new(watch.over(socket)),
            peer,
            version: HttpVersion::Http1,
        };
        Box::pin(std::future::ready(Ok(guest)))
    }
}

#[tokio::test(start_paused = true)]
async fn running_out_of_file_descriptors_pauses_the_listener_and_does_not_end_it() {
    let (client, stream) = tokio::io::duplex(4096);
    let mut outcomes = vec![Ok(stream)];
    for _ in 0..20 {
        outcomes.push(Err(io::Error::from(nix::errno::Errno::EMFILE)));
        outcomes.push(Err(io::Error::from(nix::errno::Errno::ECONNABORTED)));
    }
    let listener = Exhausted {
        outcomes: Mutex::new(outcomes),
    };
    let shutdown = Shutdown::new();
    let before = tokio::time::Instant::now();
    let running = accept::run(listener, echo, Limits::default(), shutdown.clone());
    let asking = async {
        let answer = exchange(client, &get("/late")).await;
        shutdown.trigger();
        (answer, before.elapsed())
    };
    let ((), (answer, waited)) = tokio::join!(running, asking);
    assert!(answer.contains("/late for"), "{answer}");
    // 10 + 20 + … + 640 ms, then a second each: no busy loop, and no client that waits for minutes.
    let range = Duration::from_secs(10)..Duration::from_secs(16);
    assert!(range.contains(&waited), "{waited:?}");
}
