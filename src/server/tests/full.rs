//! A listener that is full: who gives way to whom.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::*;

fn at_most(max_connections: usize) -> Limits {
    Limits {
        max_connections,
        ..Limits::default()
    }
}

/// A connection that has had an answer and stays open.
async fn kept(server: &Running, path: &str) -> TcpStream {
    let mut stream = server.connect().await;
    ask_on(&mut stream, path).await;
    stream
}

async fn ask_on(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    read_until(stream, "has_to_use_tls: false }").await;
}

#[tokio::test]
async fn the_connection_that_was_idle_for_longest_gives_way_to_a_new_one() {
    let server = Running::start(at_most(2));
    let mut first = kept(&server, "/first").await;
    let second = kept(&server, "/second").await;
    // Now the second one has been idle for longer.
    ask_on(&mut first, "/again").await;
    let mut third = kept(&server, "/third").await;
    assert_eq!(read_all(second).await, "");
    ask_on(&mut first, "/still").await;
    ask_on(&mut third, "/still").await;
    server.stop().await;
}

#[tokio::test]
async fn those_that_never_said_anything_or_not_enough_give_way_too() {
    let server = Running::start(at_most(2));
    let silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let mut others = [kept(&server, "/a").await, kept(&server, "/b").await];
    for mut stream in [silent, slow] {
        let mut rest = Vec::new();
        // A reset or an end, but no answer.
        within(stream.read_to_end(&mut rest)).await.ok();
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }
    for stream in &mut others {
        ask_on(stream, "/still").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_under_way_never_gives_way() {
    let go_on = Arc::new(Semaphore::new(0));
    let waiting = Arc::clone(&go_on);
    let handler = move |peer: Peer, request: Request<Incoming>| {
        let waiting = Arc::clone(&waiting);
        async move {
            if request.uri().path() == "/long" {
                waiting.acquire().await.unwrap().forget();
            }
            echo(peer, request).await
        }
    };
    let server = Running::with(handler, at_most(2));
    let mut long = Vec::new();
    for _ in 0..2 {
        let mut stream = server.connect().await;
        stream.write_all(get("/long").as_bytes()).await.unwrap();
        long.push(stream);
    }
    let mut next = server.connect().await;
    next.write_all(get("/next").as_bytes()).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), next.read_u8()).await;
    assert!(early.is_err(), "a third connection was served");
    go_on.add_permits(1);
    assert!(read_all(next).await.contains("/next for"));
    go_on.add_permits(1);
    for stream in long {
        assert!(read_all(stream).await.contains("/long for"));
    }
    server.stop().await;
}

#[tokio::test]
async fn any_number_of_idle_connections_keeps_nobody_out() {
    let server = Running::start(at_most(8));
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(server.connect().await);
    }
    for _ in 0..20 {
        assert!(server.ask("/x").await.contains("/x for"));
        idle.push(server.connect().await);
    }
    server.stop().await;
}
