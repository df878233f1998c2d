//! The listeners: Unix socket and TCP with and without TLS, HTTP/1.1 and HTTP/2, and who is at the other end.
//!
//! The server knows connections, not the API: a [`Handler`] answers, and gets with each request the [`Peer`] that the
//! kernel named. Nothing that a client sends or does ends a listener or hurts another connection, and clients that do
//! nothing give way to others (`seat`, `stall`). Whoever calls binds first ([`UnixSocket::bind`], [`tcp::bind`]) and then
//! runs ([`run_unix`], [`run_tcp`], [`run_tls`], [`run_files`]) until shutdown: accepting stops, requests under way may end, then the rest
//! is dropped. Start reading at `accept`.

mod accept;
mod answer;
mod connection;
mod linger;
mod seat;
mod sendfile;
mod stall;
mod streams;
pub mod tcp;
pub mod tls;
pub mod unix;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hyper::body::{Body, Bytes, Incoming};
use hyper::{Request, Response};
use thiserror::Error as ThisError;
use tokio::net::TcpListener;

use crate::model::caller::Peer;
use crate::system::shutdown::Shutdown;
use sendfile::FileListener;
use tls::TlsListener;
pub use tls::{Tls, TlsError};
pub use unix::{Access, UnixSocket};

/// What answers requests. Any suitable function is one.
///
/// The future is dropped where its connection breaks, so what must not stop half-way belongs elsewhere. A panic ends the
/// connection alone.
pub trait Handler: Clone + Send + Sync + 'static {
    /// The body of its answers.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;

    /// Answers one request of `peer`.
    fn handle(
        &self,
        peer: Peer,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

impl<F, A, B> Handler for F
where
    F: Fn(Peer, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<B>> + Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Body = B;

    fn handle(
        &self,
        peer: Peer,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<B>> + Send {
        self(peer, request)
    }
}

/// What one listener allows its clients.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many connections there may be at a time. One more takes the place of the one on which nothing has been under way
    /// for longest, and waits only where there is none such. At least 1.
    pub max_connections: usize,
    /// How many of them one address may have, where there is a limit. One more takes the place of the one of that address on
    /// which nothing has been under way for longest, and is refused where there is none such.
    pub max_per_address: Option<usize>,
    /// How long a client may take for the TLS handshake and for the head of a request, and how long a connection may be
    /// idle.
    pub head_timeout: Duration,
    /// How long a client may take nothing of an answer that there is for it.
    pub write_timeout: Duration,
    /// How much of it is nothing: a client has to take so many bytes in that time, or all that there is. At least 1.
    pub least_taken: usize,
    /// The longest head of a request, in bytes; longer ones get 431.
    pub max_head_bytes: usize,
    /// How long requests under way may take after shutdown was triggered.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            max_per_address: None,
            head_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(60),
            least_taken: 1,
            max_head_bytes: 32 << 10,
            drain: Duration::from_secs(10),
        }
    }
}

/// Why a listener is not there.
#[derive(Debug, ThisError)]
pub enum BindError {
    /// Somebody answers on the Unix socket.
    #[error(
        "another daemon already serves {path}; stop it, or set api.unix_socket to another path"
    )]
    AnotherDaemon {
        /// The socket.
        path: PathBuf,
    },
    /// There is something else at the path, and it is not ours to remove.
    #[error(
        "{path} exists and is not a socket; move it away, or set api.unix_socket to another path"
    )]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The Unix socket cannot be made.
    #[error(
        "cannot make the Unix socket {path}; its directory must exist, and the daemon's user must be able to write there"
    )]
    Unix {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The TCP address cannot be listened on.
    #[error(
        "cannot listen on {address}; is it an address of this machine, and does no other program listen there?"
    )]
    Tcp {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A socket from the service manager cannot be used.
    #[error("cannot use a socket that the service manager handed over")]
    Inherited {
        /// What the system said.
        source: io::Error,
    },
}

/// Serves a Unix socket until `shutdown`. The socket is removed as soon as nothing is accepted any more.
pub async fn run_unix<H: Handler>(
    socket: UnixSocket,
    handler: H,
    limits: Limits,
    shutdown: Shutdown,
) {
    accept::run(socket, handler, limits, shutdown).await;
}

/// Serves a TCP listener until `shutdown`.
pub async fn run_tcp<H: Handler>(
    listener: TcpListener,
    handler: H,
    limits: Limits,
    shutdown: Shutdown,
) {
    accept::run(listener, handler, limits, shutdown).await;
}

/// Serves a TCP listener for those who fetch files until `shutdown`, in plain HTTP. A request has an
/// [`Outlet`](crate::system::file_body::Outlet) among its extensions; a [`FileBody`](crate::system::file_body::FileBody) that is
/// given it is sent by the kernel.
pub async fn run_files<H: Handler>(
    listener: TcpListener,
    handler: H,
    limits: Limits,
    shutdown: Shutdown,
) {
    accept::run(FileListener(listener), handler, limits, shutdown).await;
}

/// Serves a TCP listener with TLS until `shutdown`. Plain HTTP is served to this machine alone; from others it comes with
/// [`Peer::has_to_use_tls`].
pub async fn run_tls<H: Handler>(
    listener: TcpListener,
    tls: Tls,
    handler: H,
    limits: Limits,
    shutdown: Shutdown,
) {
    let listener = TlsListener { tcp: listener, tls };
    accept::run(listener, handler, limits, shutdown).await;
}
