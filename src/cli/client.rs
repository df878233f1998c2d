//! A small client of the HTTP API, over the Unix socket or over TCP, with TLS or without.
//!
//! It knows paths, JSON and tokens, and nothing of what the API means. The command line, the demonstration and the tests
//! use it. It bounds what it reads and how long it waits, and never sends a request twice.

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client as HyperClient, Error as HyperError};
use hyper_util::rt::TokioExecutor;
use hyperlocal::UnixConnector;
use rustls::ClientConfig;
use serde_json::Value;

use crate::cli::answer::Answer;
pub use crate::cli::client_error::ClientError;
use crate::cli::endpoint::Endpoint;
use crate::cli::trust;
use crate::model::secret::Secret;
use crate::system::trust::{in_nobody, in_whom_this_machine_does};

/// The most that is read of one answer: ten thousand nodes in full are about 20 MB.
pub(super) const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// How long one request may take. The daemon answers in milliseconds; whatever takes long is a task there.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a TCP connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one daemon. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    endpoint: Endpoint,
    http: Http,
    token: Option<Secret<String>>,
    project: Option<String>,
}

/// What is sent: JSON, or a file that is read while it is sent.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

#[derive(Clone)]
enum Http {
    Unix(HyperClient<UnixConnector, Body>),
    Tcp(HyperClient<HttpConnector, Body>),
    Tls(HyperClient<HttpsConnector<HttpConnector>, Body>),
}

impl Client {
    /// A client of the daemon at `endpoint`, which trusts whom this machine trusts. Nothing is connected before the first
    /// request.
    pub fn new(endpoint: Endpoint) -> Self {
        Self::over(endpoint, || {
            // Without any authorities nobody is trusted, which the first request will say.
            let trust = in_whom_this_machine_does().unwrap_or_else(|_| in_nobody());
            trust.with_no_client_auth()
        })
    }

    /// The same with a TLS of one's own, which is asked for where there is TLS.
    pub(crate) fn over(endpoint: Endpoint, tls: impl FnOnce() -> ClientConfig) -> Self {
        let http = match &endpoint {
            Endpoint::Unix(_) => {
                Http::Unix(HyperClient::builder(TokioExecutor::new()).build(UnixConnector))
            }
            Endpoint::Http(base) => {
                let mut connector = HttpConnector::new();
                connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
                connector.set_nodelay(true);
                let builder = HyperClient::builder(TokioExecutor::new());
                if base.is_tls() {
                    connector.enforce_http(false);
                    let tls = HttpsConnectorBuilder::new().with_tls_config(tls());
                    let connector = tls.https_only().enable_http1().wrap_connector(connector);
                    Http::Tls(builder.build(connector))
                } else {
                    Http::Tcp(builder.build(connector))
                }
            }
        };
        Self {
            endpoint,
            http,
            token: None,
            project: None,
        }
    }

    /// A client of the daemon behind a Unix socket.
    pub fn unix(socket: impl AsRef<Path>) -> Self {
        Self::new(Endpoint::Unix(socket.as_ref().to_owned()))
    }

    /// A client of the daemon at `http://host:port` or `https://host:port`.
    ///
    /// # Errors
    ///
    /// As of [`Endpoint::parse`].
    pub fn http(url: &str) -> Result<Self, ClientError> {
        Ok(Self::new(Endpoint::parse(url)?))
    }

    /// Signs in with this token.
    #[must_use]
    pub fn with_token(mut self, token: Secret<String>) -> Self {
        self.token = Some(token);
        self
    }

    /// Acts in this project, where the caller may choose one (`X-Project-Id`).
    #[must_use]
    pub fn with_project(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// Where the daemon is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// `GET`, for example `/v1/instances?limit=10`.
    ///
    /// # Errors
    ///
    /// Everything but a 2xx is an error, as with the other methods.
    pub async fn get(&self, path: &str) -> Result<Answer, ClientError> {
        self.exchange(Method::GET, path, &[], None)
            .await?
            .into_success()
    }

    /// `POST` with a JSON body.
    ///
    /// # Errors
    ///
    /// As of [`Client::get`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, ClientError> {
        self.exchange(Method::POST, path, &[], Some(body))
            .await?
            .into_success()
    }

    /// `PUT` with a JSON body.
    ///
    /// # Errors
    ///
    /// As of [`Client::get`].
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer, ClientError> {
        self.exchange(Method::PUT, path, &[], Some(body))
            .await?
            .into_success()
    }

    /// `PATCH` with a JSON body.
    ///
    /// # Errors
    ///
    /// As of [`Client::get`].
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Answer, ClientError> {
        self.exchange(Method::PATCH, path, &[], Some(body))
            .await?
            .into_success()
    }

    /// `DELETE`.
    ///
    /// # Errors
    ///
    /// As of [`Client::get`].
    pub async fn delete(&self, path: &str) -> Result<Answer, ClientError> {
        self.exchange(Method::DELETE, path, &[], None)
            .await?
            .into_success()
    }

    /// Opens something whose body is read piece by piece, when the daemon answers within that time.
    ///
    /// # Errors
    ///
    /// As of [`Client::get`].
    pub(crate) async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        within: Duration,
    ) -> Result<Response<Incoming>, ClientError> {
        let request = self.request(method, path, headers, None)?;
        let opening = async {
            let response = self.send(request).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let (head, body) = response.into_parts();
            let refused = Answer {
                status: head.status,
                headers: head.headers,
                bytes: self.read(body).await?,
            };
            // Never: the status is none of success.
            refused.into_success().and(Err(ClientError::NotAnEvent))
        };
        tokio::time::timeout(within, opening)
            .await
            .unwrap_or_else(|_| Err(self.timed_out(within)))
    }

    pub(crate) fn timed_out(&self, after: Duration) -> ClientError {
        ClientError::TimedOut {
            endpoint: self.endpoint.clone(),
            after,
        }
    }

    /// One request with headers of one's own; the answer comes back whatever its status.
    ///
    /// # Errors
    ///
    /// Where there is no whole answer.
    pub async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, ClientError> {
        let request = self.request(method, path, headers, body)?;
        tokio::time::timeout(REQUEST_TIMEOUT, self.answer(request))
            .await
            .unwrap_or_else(|_| Err(self.timed_out(REQUEST_TIMEOUT)))
    }

    /// One request with a body of any kind, however long it takes; the answer comes back whatever its status.
    ///
    /// # Errors
    ///
    /// Where there is no whole answer.
    pub(crate) async fn send_body(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Result<Answer, ClientError> {
        let request = self.head(method, path, headers)?.body(body);
        self.answer(request.map_err(ClientError::Request)?).await
    }

    async fn answer(&self, request: Request<Body>) -> Result<Answer, ClientError> {
        let response = self.send(request).await?;
        let (head, body) = response.into_parts();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            bytes: self.read(body).await?,
        })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Request<Body>, ClientError> {
        let mut request = self.head(method, path, headers)?;
        let bytes = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let body = Full::new(bytes).map_err(|never| match never {});
        request
            .body(body.boxed_unsync())
            .map_err(ClientError::Request)
    }

    fn head(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<hyper::http::request::Builder, ClientError> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.endpoint.uri(path).map_err(ClientError::Request)?);
        if headers.iter().all(|(name, _)| *name != "accept") {
            request = request.header(header::ACCEPT, "application/json");
        }
        if let Endpoint::Unix(_) = self.endpoint {
            request = request.header(header::HOST, "localhost");
        }
        if let Some(token) = &self.token {
            let mut value = HeaderValue::from_str(token.expose())
                .map_err(|source| ClientError::Request(source.into()))?;
            value.set_sensitive(true);
            request = request.header(HeaderName::from_static("x-auth-token"), value);
        }
        if let Some(project) = &self.project {
            request = request.header("x-project-id", project);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request)
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, ClientError> {
        let outcome = match &self.http {
            Http::Unix(http) => http.request(request).await,
            Http::Tcp(http) => http.request(request).await,
            Http::Tls(http) => http.request(request).await,
        };
        outcome.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: HyperError) -> ClientError {
        let endpoint = self.endpoint.clone();
        // In TLS 1.3 the daemon looks at our certificate when the handshake is over for us.
        let is_of_handshake =
            |tls: &rustls::Error| error.is_connect() || trust::is_refusal_of_ours(tls);
        if let Some(source) = trust::tls_error(&error).filter(is_of_handshake) {
            let source = Box::new(source);
            return ClientError::Tls { endpoint, source };
        }
        if error.is_connect() {
            ClientError::Connect {
                endpoint,
                source: io_error(error),
            }
        } else {
            ClientError::Broken {
                endpoint,
                source: error.into(),
            }
        }
    }

    async fn read(&self, body: Incoming) -> Result<Bytes, ClientError> {
        let collected = Limited::new(body, MAX_ANSWER).collect().await;
        collected.map(|whole| whole.to_bytes()).map_err(|source| {
            if source.is::<LengthLimitError>() {
                ClientError::TooLarge
            } else {
                ClientError::Broken {
                    endpoint: self.endpoint.clone(),
                    source,
                }
            }
        })
    }
}

/// The error of the operating system, which is what a person can act on, out of the chain around it.
fn io_error(error: HyperError) -> io::Error {
    let mut next: Option<&(dyn Error + 'static)> = Some(&error);
    let mut found = None;
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            found = Some(match io.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(io.kind(), io.to_string()),
            });
        }
        next = cause.source();
    }
    found.unwrap_or_else(|| io::Error::other(error))
}
