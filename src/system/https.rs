//! A client of other people's HTTP servers.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::system::trust::Trust;

/// Speaks HTTP/1.1, with TLS where the URL says `https`. Follows no redirects. Cheap to clone; clones share their
/// connections.
pub type Https = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// What such a client calls itself.
pub const USER_AGENT: &str = concat!("ostler/", env!("CARGO_PKG_VERSION"));

/// A client that believes in these authorities, and gives a connection so much time to be made.
pub fn client(trust: Trust, connect_within: Duration) -> Https {
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    plain.set_connect_timeout(Some(connect_within));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(trust.with_no_client_auth())
        .https_or_http()
        .enable_http1()
        .wrap_connector(plain);
    Client::builder(TokioExecutor::new()).build(connector)
}
