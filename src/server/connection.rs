//! One connection: HTTP/1.1 with keep-alive and pipelining, one request after the other, or HTTP/2, many at a time.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::time::timeout;

use super::accept::{Guest, HttpVersion, report};
use super::answer::Answer;
use super::linger::Linger;
use super::seat::Seat;
use super::streams::Streams;
use super::{Handler, Limits};
use crate::system::shutdown::Shutdown;

/// What one HTTP/2 client may have under way at a time.
const MAX_STREAMS: u32 = 100;
/// What one HTTP/2 client may send before anybody reads it: for a stream, and for all its streams together.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
/// Requests that an HTTP/2 client may take back before they are looked at. One that takes back more loses its connection.
const MAX_TAKEN_BACK: usize = 20;
/// Mistakes of an HTTP/2 client that cost it a stream each. One that makes more loses its connection.
const MAX_MISTAKES: usize = 100;
/// A HTTP/2 client that says nothing for so long is asked whether it is there, and has as long to say so.
const PING_AFTER: Duration = Duration::from_secs(20);
/// How long an HTTP/2 client that has nothing under way has to say goodbye. Then it is cut off.
const GOODBYE: Duration = Duration::from_secs(2);

/// A connection of either version.
type Connection =
    Pin<Box<dyn GracefulConnection<Error = hyper::Error, Output = hyper::Result<()>> + Send>>;

/// Serves a client until it is done, breaks the rules or takes too long, or its seat is wanted for another one. After
/// `shutdown` what is under way is finished, and nothing further is read.
pub(super) fn serve<H: Handler>(
    guest: Guest,
    seat: Arc<Seat>,
    handler: H,
    limits: &Limits,
    shutdown: Shutdown,
) -> impl Future<Output = ()> + Send + use<H> {
    let Guest {
        stream,
        peer,
        version,
        outlet,
    } = guest;
    let source = peer.source;
    let place = Arc::clone(&seat);
    let sends_files = outlet.is_some();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let under_way = place.begin();
        if let Some(outlet) = &outlet {
            request.extensions_mut().insert(outlet.clone());
        }
        let (handler, peer) = (handler.clone(), peer.clone());
        async move {
            let answer = handler.handle(peer, request).await;
            Ok::<_, Infallible>(answer.map(|body| Answer::new(body, under_way)))
        }
    });
    let stream = TokioIo::new(Linger::new(stream, shutdown.clone()));
    let streams = Streams::new(limits.write_timeout, |error| report("http2", Err(error)));
    let (connection, idle): (Connection, _) = match version {
        HttpVersion::Http1 => {
            let connection = http1_builder(limits, sends_files).serve_connection(stream, service);
            (Box::pin(connection), None)
        }
        HttpVersion::Http2 => {
            let builder = http2_builder(streams.clone(), limits);
            let connection = builder.serve_connection(stream, service);
            (Box::pin(connection), Some(limits.head_timeout))
        }
    };
    async move {
        if let Err(error) = drive(connection, &seat, idle, &shutdown).await {
            tracing::debug!(source = ?source, %error, "a connection ended early");
        }
        streams.end();
    }
}

fn http1_builder(limits: &Limits, sends_files: bool) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.max_head_bytes)
        // A client may close its sending half after the request and still wait for the answer.
        .half_close(true);
    if sends_files {
        // What stands for a part of a file must not be copied together with anything.
        builder.writev(true);
    }
    builder
}

fn http2_builder(streams: Streams, limits: &Limits) -> http2::Builder<Streams> {
    let mut builder = http2::Builder::new(streams);
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PING_AFTER)
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(u32::try_from(limits.max_head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(MAX_TAKEN_BACK)
        .max_local_error_reset_streams(MAX_MISTAKES);
    builder
}

/// Runs a connection to its end. `idle` is how long nothing may be under way on it, where HTTP itself does not look.
async fn drive(
    mut connection: Connection,
    seat: &Seat,
    idle: Option<Duration>,
    shutdown: &Shutdown,
) -> hyper::Result<()> {
    let idle_for_too_long = async {
        match idle {
            Some(limit) => seat.idle_for(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = shutdown.triggered() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = seat.has_to_leave() => {
            connection.as_mut().graceful_shutdown();
            // What can be said in one go (a GOAWAY, the end of TLS) is said. A head that is complete by now is a request.
            let said = poll_fn(|context| Poll::Ready(connection.as_mut().poll(context))).await;
            match said {
                Poll::Ready(outcome) => outcome,
                Poll::Pending if seat.is_idle() => Ok(()),
                Poll::Pending => {
                    seat.stays();
                    connection.await
                }
            }
        }
        () = idle_for_too_long => {
            connection.as_mut().graceful_shutdown();
            // A request that came in this very moment has as long as any.
            loop {
                match timeout(GOODBYE, connection.as_mut()).await {
                    Ok(outcome) => return outcome,
                    Err(_) if seat.is_idle() => return Ok(()),
                    Err(_) => {}
                }
            }
        }
        outcome = connection.as_mut() => outcome,
    }
}
