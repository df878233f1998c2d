//! The accept loop, the same for every kind of listener.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use super::{Handler, Limits, connection};
use crate::model::caller::Peer;
use crate::system::shutdown::Shutdown;

/// Pauses after an accept that failed because something has run out: file descriptors, memory. The first and the longest.
const PAUSE_FIRST: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A kind of listener.
pub(super) trait Listen: Send + 'static {
    /// Its connections.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// What accepting says about the other end.
    type Origin: Send + 'static;

    /// For the log.
    const KIND: &'static str;

    /// The next connection. Can be cancelled.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Self::Origin)>> + Send;

    /// Who is at the other end. Runs beside the accept loop, so it may take its time.
    fn peer(origin: Self::Origin) -> impl Future<Output = Peer> + Send;
}

/// Accepts and serves until `shutdown`, then drains.
pub(super) async fn run<L: Listen, H: Handler>(
    listener: L,
    handler: H,
    limits: Limits,
    shutdown: Shutdown,
) {
    let mut connections = JoinSet::new();
    let mut pause = PAUSE_FIRST;
    let most = limits.max_connections.max(1);
    let mut full_was_said = false;
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.triggered() => break,
            Some(ended) = connections.join_next() => {
                report(L::KIND, ended);
                // Said again only after half of them have gone, not at each connection of a busy hour.
                full_was_said &= connections.len() > most / 2;
                continue;
            }
            accepted = listener.accept(), if connections.len() < most => accepted,
        };
        match accepted {
            Ok((stream, origin)) => {
                pause = PAUSE_FIRST;
                let (handler, limits, shutdown) =
                    (handler.clone(), limits.clone(), shutdown.clone());
                connections.spawn(async move {
                    let peer = L::peer(origin).await;
                    connection::serve(stream, peer, handler, &limits, &shutdown).await;
                });
                if connections.len() == most && !full_was_said {
                    full_was_said = true;
                    tracing::warn!(
                        listener = L::KIND,
                        connections = most,
                        "no further connection is served until one ends; api.max_connections may be too low"
                    );
                }
            }
            Err(error) if only_that_connection(&error) => {}
            Err(error) => {
                tracing::warn!(listener = L::KIND, %error, "cannot accept a connection; trying again");
                // The end of this pause and shutdown are the same to us: back to the loop.
                timeout(pause, shutdown.triggered()).await.ok();
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
    drop(listener);
    drain(L::KIND, connections, limits.drain).await;
}

/// Errors of accept(2) that concern a client that has gone already, and say nothing about the listener.
fn only_that_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

async fn drain(kind: &'static str, mut connections: JoinSet<()>, patience: Duration) {
    let all_ended = async {
        while let Some(ended) = connections.join_next().await {
            report(kind, ended);
        }
    };
    if timeout(patience, all_ended).await.is_err() {
        tracing::warn!(
            listener = kind,
            connections = connections.len(),
            "dropping connections that did not end in time"
        );
        connections.shutdown().await;
    }
}

/// A handler that panics is a defect, but not a reason to leave all other clients alone.
fn report(kind: &'static str, ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(listener = kind, %error, "a connection ended by a defect in the daemon");
    }
}
