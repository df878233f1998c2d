//! Clients that take their time, under virtual time.

use std::io;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use http_body_util::Empty;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::DuplexStream;
use tokio::time::{Instant, sleep};

use super::*;
use crate::model::caller::Transport;
use crate::server::accept::{self, Greeting, Guest, HttpVersion, Listen, Watch};

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// What the client's side of the line holds before the client reads.
const LINE: usize = 4096;
/// A large answer.
const LARGE: usize = 1 << 20;

/// A listener with one client.
struct One(Mutex<Option<DuplexStream>>, HttpVersion);

impl Listen for One {
    type Socket = DuplexStream;
    type Origin = HttpVersion;

    const KIND: &'static str = "one";

    async fn accept(&self) -> io::Result<(DuplexStream, HttpVersion)> {
        let next = self.0.lock().unwrap().take();
        match next {
            Some(stream) => Ok((stream, self.1)),
            None => std::future::pending().await,
        }
    }

    fn greet(socket: DuplexStream, version: HttpVersion, watch: Watch) -> Greeting {
        let guest = Guest {
            stream: Box::new(watch.over(socket)),
            peer: Peer {
                transport: Transport::Tcp,
                source: None,
                unix: None,
                certificate: None,
                has_to_use_tls: false,
            },
            version,
            outlet: None,
        };
        Box::pin(std::future::ready(Ok(guest)))
    }
}

/// A word, an hour of silence, another word, and the end.
struct Quiet(Pin<Box<tokio::time::Sleep>>, u8);

impl hyper::body::Body for Quiet {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let word = match self.1 {
            0 => "hello ",
            1 => {
                std::task::ready!(self.0.as_mut().poll(context));
                "again"
            }
            _ => return Poll::Ready(None),
        };
        self.1 += 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(word)))))
    }
}

async fn answer(_: Peer, request: Request<Incoming>) -> Response<Body> {
    let body: Body = match request.uri().path() {
        "/large" => Full::new(Bytes::from(vec![b'x'; LARGE])).boxed_unsync(),
        "/quiet" => {
            let hour = Box::pin(sleep(Duration::from_secs(3600)));
            Quiet(hour, 0).boxed_unsync()
        }
        _ => Empty::new().boxed_unsync(),
    };
    Response::new(body)
}

/// Serves one client until that is done; gives how long it took.
async fn serving<C: Future<Output = ()>>(
    version: HttpVersion,
    client: impl FnOnce(DuplexStream) -> C,
) -> Duration {
    serving_with(Limits::default(), version, client).await
}

async fn serving_with<C: Future<Output = ()>>(
    limits: Limits,
    version: HttpVersion,
    client: impl FnOnce(DuplexStream) -> C,
) -> Duration {
    let (ours, theirs) = tokio::io::duplex(LINE);
    let (shutdown, start) = (Shutdown::new(), Instant::now());
    let one = One(Mutex::new(Some(theirs)), version);
    let running = accept::run(one, answer, limits, shutdown.clone());
    let client = async {
        client(ours).await;
        shutdown.trigger();
        start.elapsed()
    };
    tokio::join!(running, client).1
}

/// The body of an answer, as far as it comes.
async fn body_of(mut body: Incoming) -> Result<Vec<u8>, hyper::Error> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        whole.extend(frame?.into_data().unwrap_or_default());
    }
    Ok(whole)
}

/// An HTTP/2 client with these windows, and what drives it.
async fn http2_client(
    stream: DuplexStream,
    window: u32,
) -> (
    http2::SendRequest<Empty<Bytes>>,
    impl Future<Output = hyper::Result<()>>,
) {
    http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(window)
        .handshake(TokioIo::new(stream))
        .await
        .unwrap()
}

fn request(path: &str) -> Request<Empty<Bytes>> {
    let url = format!("http://x{path}");
    Request::get(url).body(Empty::new()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_take_its_answer_is_dropped_after_a_minute() {
    let took = serving(HttpVersion::Http1, async |mut stream| {
        stream.write_all(get("/large").as_bytes()).await.unwrap();
        sleep(Duration::from_secs(59)).await;
        // Still there: what was in the line comes, and room for more of it is progress.
        let mut part = [0; LINE / 2];
        stream.read_exact(&mut part).await.unwrap();
        sleep(Duration::from_secs(61)).await;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(rest.len() <= LINE, "{}", rest.len());
    })
    .await;
    assert_eq!(took.as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_gets_all_of_its_answer() {
    serving(HttpVersion::Http1, async |mut stream| {
        stream.write_all(get("/large").as_bytes()).await.unwrap();
        let (mut all, mut part) = (0, vec![0; LINE]);
        loop {
            sleep(Duration::from_secs(50)).await;
            match stream.read(&mut part).await.unwrap() {
                0 => break,
                length => all += length,
            }
        }
        assert!(all > LARGE, "{all}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_less_than_the_least_in_a_minute_is_dropped_and_one_that_takes_all_is_not()
 {
    let limits = Limits {
        least_taken: 4 * LINE,
        ..Limits::default()
    };
    let took = serving_with(limits.clone(), HttpVersion::Http1, async |mut stream| {
        stream.write_all(get("/large").as_bytes()).await.unwrap();
        let mut part = [0; LINE / 2];
        for _ in 0..5 {
            sleep(Duration::from_secs(11)).await;
            stream.read_exact(&mut part).await.unwrap();
        }
        sleep(Duration::from_secs(11)).await;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(rest.len() <= LINE, "{}", rest.len());
    })
    .await;
    assert_eq!(took.as_secs(), 66);
    serving_with(limits, HttpVersion::Http1, async |mut stream| {
        let mut part = vec![0; LARGE];
        for path in ["/large", "/short", "/short", "/short", "/large"] {
            sleep(Duration::from_secs(25)).await;
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            read_until(&mut stream, "\r\n\r\n").await;
            if path == "/large" {
                stream.read_exact(&mut part).await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_quiet_for_an_hour_is_no_stalled_one() {
    serving(HttpVersion::Http1, async |mut stream| {
        stream.write_all(get("/quiet").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.contains("hello ") && answer.contains("again"),
            "{answer}"
        );
    })
    .await;
    serving(HttpVersion::Http2, async |stream| {
        let (mut client, connection) = http2_client(stream, 65_535).await;
        let asking = async {
            let answer = client.send_request(request("/quiet")).await.unwrap();
            assert_eq!(body_of(answer.into_body()).await.unwrap(), b"hello again");
            drop(client);
        };
        tokio::join!(connection, asking).0.ok();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_http_2_client_that_opens_no_window_loses_that_stream_and_no_other() {
    let took = serving(HttpVersion::Http2, async |stream| {
        let (mut client, connection) = http2_client(stream, 1000).await;
        let asking = async {
            let stalled = client.send_request(request("/large")).await.unwrap();
            for _ in 0..5 {
                sleep(Duration::from_secs(11)).await;
                client.send_request(request("/other")).await.unwrap();
            }
            // A minute has not passed yet.
            let mut body = stalled.into_body();
            assert!(body.frame().await.unwrap().is_ok());
            drop(body);

            let stalled = client.send_request(request("/large")).await.unwrap();
            for _ in 0..6 {
                sleep(Duration::from_secs(11)).await;
                client.send_request(request("/other")).await.unwrap();
            }
            body_of(stalled.into_body()).await.unwrap_err();
            client.send_request(request("/other")).await.unwrap();
            drop(client);
        };
        tokio::join!(connection, asking).0.ok();
    })
    .await;
    assert_eq!(took.as_secs() / 10, 12);
}

#[tokio::test(start_paused = true)]
async fn an_http_2_connection_without_requests_is_closed_like_any_other() {
    let took = serving(HttpVersion::Http2, async |stream| {
        let (mut client, connection) = http2_client(stream, 65_535).await;
        let asking = async {
            client.send_request(request("/one")).await.unwrap();
            sleep(Duration::from_secs(20)).await;
            client.send_request(request("/two")).await.unwrap();
            // The client itself keeps it open.
            let closed = async {
                while client.ready().await.is_ok() {
                    sleep(Duration::from_millis(10)).await;
                }
            };
            closed.await;
        };
        tokio::join!(connection, asking).0.ok();
    })
    .await;
    assert_eq!(took.as_secs(), 50);
}
