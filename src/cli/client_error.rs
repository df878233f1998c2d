//! Why there is no answer that could be used.

use std::error::Error;
use std::io;
use std::time::Duration;

use hyper::StatusCode;

use crate::cli::answer::Refusal;
use crate::cli::client::MAX_ANSWER;
use crate::cli::endpoint::{BadUrl, Endpoint};

/// Why there is no answer that could be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The URL of the daemon is not one.
    #[error(transparent)]
    Url(#[from] BadUrl),
    /// A path, header or body that cannot be put into a request.
    #[error("the request cannot be written")]
    Request(#[source] hyper::http::Error),
    /// No connection.
    #[error("cannot connect to {endpoint}")]
    Connect {
        /// Where to.
        endpoint: Endpoint,
        /// Why not.
        source: io::Error,
    },
    /// A connection, and no trust: whoever is there did not prove to be who was meant, or does not speak TLS.
    #[error("no TLS with {endpoint}")]
    Tls {
        /// Where to.
        endpoint: Endpoint,
        /// Why not.
        source: Box<rustls::Error>,
    },
    /// The connection broke; what became of the request is not known.
    #[error("the connection to {endpoint} broke before the answer was complete")]
    Broken {
        /// Where to.
        endpoint: Endpoint,
        /// How it broke.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No answer in time; what became of the request is not known.
    #[error("{endpoint} did not answer within {} seconds", after.as_secs())]
    TimedOut {
        /// Where to.
        endpoint: Endpoint,
        /// What was long enough.
        after: Duration,
    },
    /// More was sent than is read.
    #[error("the answer is larger than {} MiB: ask for less with --limit", MAX_ANSWER >> 20)]
    TooLarge,
    /// The body is not JSON.
    #[error("the answer ({status}) is not JSON")]
    NotJson {
        /// The HTTP status.
        status: StatusCode,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The stream of events holds something else.
    #[error("the daemon sent something that is not an event")]
    NotAnEvent,
    /// The daemon said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl ClientError {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Url(_)
            | Self::Request(_)
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::TooLarge
            | Self::NotAnEvent
            | Self::NotJson { .. } => None,
        }
    }

    /// Whether asking the same again later can help, as while the daemon restarts.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Broken { .. } | Self::TimedOut { .. } => true,
            Self::Refused(refusal) => match refusal.status.as_u16() {
                502 => !refusal.is_explained,
                429 | 503 | 504 => true,
                _ => false,
            },
            Self::Url(_)
            | Self::Request(_)
            | Self::Tls { .. }
            | Self::TooLarge
            | Self::NotAnEvent
            | Self::NotJson { .. } => false,
        }
    }
}
