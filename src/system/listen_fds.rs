//! Socket activation: the listening sockets that systemd opened before the daemon was there.

use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use listenfd::ListenFd;
use thiserror::Error;

/// Why a socket that was handed over cannot be used.
#[derive(Debug, Error)]
pub enum ListenFdsError {
    /// It is no stream socket of TCP or of the Unix kind.
    #[error(
        "socket number {index} that the service manager handed over is neither a TCP nor a Unix stream socket; look at \
         the ListenStream= lines of the socket unit"
    )]
    Kind {
        /// Which one, from 0.
        index: usize,
        /// What the system said.
        source: io::Error,
    },
    /// It cannot be made non-blocking.
    #[error("cannot prepare socket number {index} that the service manager handed over")]
    Prepare {
        /// Which one, from 0.
        index: usize,
        /// What the system said.
        source: io::Error,
    },
}

/// The sockets that were handed over, non-blocking. None of either kind is the ordinary case without socket activation.
#[derive(Debug, Default)]
pub struct Inherited {
    /// Unix stream sockets.
    pub unix: Vec<UnixListener>,
    /// TCP sockets, IPv4 and IPv6.
    pub tcp: Vec<TcpListener>,
}

/// Takes the sockets over (`LISTEN_FDS`, `LISTEN_PID`). They are there once: a second call finds none. Changes the
/// environment, so call it in `main` before there are threads.
///
/// # Errors
/// [`ListenFdsError`]: a socket of a kind that the daemon does not serve.
pub fn take() -> Result<Inherited, ListenFdsError> {
    let mut handed_over = ListenFd::from_env();
    let mut inherited = Inherited::default();
    for index in 0..handed_over.len() {
        let prepare = |source| ListenFdsError::Prepare { index, source };
        if let Ok(Some(listener)) = handed_over.take_unix_listener(index) {
            listener.set_nonblocking(true).map_err(prepare)?;
            inherited.unix.push(listener);
            continue;
        }
        let listener = handed_over
            .take_tcp_listener(index)
            .map_err(|source| ListenFdsError::Kind { index, source })?;
        if let Some(listener) = listener {
            listener.set_nonblocking(true).map_err(prepare)?;
            inherited.tcp.push(listener);
        }
    }
    Ok(inherited)
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::system::child;

    /// Hands over standard input, which is the one socket that a child can be given without unsafe code.
    fn with_socket(test: &str, socket: impl Into<OwnedFd>) {
        child::run(test, |command| {
            command
                .stdin(socket.into())
                .env("LISTEN_FDS", "1")
                .env("LISTEN_FDS_FIRST_FD", "0")
                .env_remove("LISTEN_PID");
        });
    }

    #[test]
    fn a_unix_socket_is_taken_over() {
        if child::is_child() {
            let inherited = take().unwrap();
            assert_eq!((inherited.unix.len(), inherited.tcp.len()), (1, 0));
            let error = inherited.unix[0].accept().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            let again = take().unwrap();
            assert!(again.unix.is_empty() && again.tcp.is_empty());
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("socket")).unwrap();
        with_socket(
            "system::listen_fds::tests::a_unix_socket_is_taken_over",
            listener,
        );
    }

    #[test]
    fn a_tcp_socket_is_taken_over() {
        if child::is_child() {
            let inherited = take().unwrap();
            assert_eq!((inherited.unix.len(), inherited.tcp.len()), (0, 1));
            return;
        }
        with_socket(
            "system::listen_fds::tests::a_tcp_socket_is_taken_over",
            TcpListener::bind("127.0.0.1:0").unwrap(),
        );
    }

    #[test]
    fn a_socket_of_another_kind_is_an_error_that_says_where_to_look() {
        if child::is_child() {
            let error = take().unwrap_err();
            assert!(error.to_string().contains("ListenStream="), "{error}");
            return;
        }
        let (socket, _other) = UnixDatagram::pair().unwrap();
        with_socket(
            "system::listen_fds::tests::a_socket_of_another_kind_is_an_error_that_says_where_to_look",
            socket,
        );
    }

    #[test]
    fn without_activation_there_are_none() {
        if child::is_child() {
            let inherited = take().unwrap();
            assert!(inherited.unix.is_empty() && inherited.tcp.is_empty());
            return;
        }
        child::run(
            "system::listen_fds::tests::without_activation_there_are_none",
            |command| {
                command.env_remove("LISTEN_FDS").env_remove("LISTEN_PID");
            },
        );
    }
}
