//! One connection: HTTP/1.1 with keep-alive and pipelining, one request after the other.

use std::convert::Infallible;
use std::pin::pin;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::linger::Linger;
use super::{Handler, Limits};
use crate::model::caller::Peer;
use crate::system::shutdown::Shutdown;

/// Serves `stream` until the client is done, breaks the rules or takes too long. After `shutdown` the request under way
/// is finished, and no further one is read.
pub(super) async fn serve<S, H>(
    stream: S,
    peer: Peer,
    handler: H,
    limits: &Limits,
    shutdown: &Shutdown,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Handler,
{
    let source = peer.source;
    let service = service_fn(move |request| {
        let (handler, peer) = (handler.clone(), peer.clone());
        async move { Ok::<_, Infallible>(handler.handle(peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.max_head_bytes)
        // A client may close its sending half after the request and still wait for the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(Linger::new(stream, shutdown.clone())), service);
    let mut connection = pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = shutdown.triggered() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(source = ?source, %error, "a connection ended early");
    }
}
