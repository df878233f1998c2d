//! Stopping: what is under way ends, what is idle closes, what hangs is dropped.

use std::sync::Arc;

use tokio::sync::Notify;

use super::*;

#[tokio::test]
async fn a_request_under_way_is_answered_and_nothing_new_is_accepted() {
    let (started, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let signals = (Arc::clone(&started), Arc::clone(&go_on));
    let handler = move |_: Peer, _: Request<Incoming>| {
        let (started, go_on) = signals.clone();
        async move {
            started.notify_one();
            go_on.notified().await;
            Response::new(Full::new(Bytes::from("finished")))
        }
    };
    let server = Running::with(handler, Limits::default());
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    within(started.notified()).await;

    server.shutdown.trigger();
    within(async {
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!server.ended.is_finished());
    go_on.notify_one();
    let answer = read_all(stream).await;
    assert!(answer.ends_with("finished"), "{answer}");
    server.stop().await;
}

/// The drain is an hour, and `stop` waits 20 seconds at most.
#[tokio::test]
async fn idle_connections_do_not_hold_up_the_stop() {
    let server = Running::start(Limits {
        drain: Duration::from_secs(3600),
        ..Limits::default()
    });
    let mut used = server.connect().await;
    used.write_all(b"GET /one HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut used, "has_to_use_tls: false }").await;
    let fresh = server.connect().await;
    // Accepted in order: once this one is answered, the fresh one is being served.
    server.ask("/x").await;
    server.shutdown.trigger();
    // Neither client has closed anything yet.
    server.stop().await;
    assert_eq!(read_all(used).await, "");
    assert_eq!(read_all(fresh).await, "");
}

#[tokio::test]
async fn what_hangs_is_dropped_when_the_time_is_over() {
    let server = Running::start(Limits {
        drain: Duration::from_millis(50),
        ..Limits::default()
    });
    let mut stream = server.connect().await;
    stream.write_all(get("/forever").as_bytes()).await.unwrap();
    server.ask("/x").await;
    server.stop().await;
    let mut rest = Vec::new();
    // A reset or an end, but no answer.
    within(stream.read_to_end(&mut rest)).await.ok();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_server_without_connections_stops_at_once() {
    let server = Running::start(Limits::default());
    server.stop().await;
}

/// The caller's listener is any listener: here one that the test has bound itself.
#[tokio::test]
async fn the_caller_binds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let asking = async {
        let stream = TcpStream::connect(address).await.unwrap();
        let answer = exchange(stream, &get("/x")).await;
        shutdown.trigger();
        answer
    };
    let running = run_tcp(listener, echo, Limits::default(), shutdown.clone());
    let ((), answer) = within(async { tokio::join!(running, asking) }).await;
    assert!(answer.contains("/x for"));
}
