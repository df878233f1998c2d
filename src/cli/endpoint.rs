//! Where a daemon is: a Unix socket, or the base of its URLs.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use hyper::Uri;
use hyper::http::uri::PathAndQuery;

/// Where the daemon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// `http://host:port` or `https://host:port`, with an optional prefix of the path.
    Http(HttpBase),
}

/// The part of a URL that stands before the API's paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpBase {
    is_tls: bool,
    authority: String,
    host: String,
    prefix: String,
}

impl HttpBase {
    /// Whether what is sent there is encrypted.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    fn scheme(&self) -> &'static str {
        if self.is_tls { "https" } else { "http" }
    }

    /// Whether what is sent there stays on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Http(base) => {
                write!(f, "{}://{}{}", base.scheme(), base.authority, base.prefix)
            }
        }
    }
}

impl Endpoint {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// [`BadUrl`] where it is not `http[s]://host[:port][/prefix]`. What was given is not repeated in the error,
    /// because a URL may hold a password.
    pub fn parse(url: &str) -> Result<Self, BadUrl> {
        let uri: Uri = url
            .parse()
            .map_err(|_| BadUrl("it is not a URL: write it as http://127.0.0.1:6688"))?;
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(BadUrl("it must begin with http:// or https://")),
        };
        let Some(authority) = uri.authority() else {
            return Err(BadUrl("it names no host"));
        };
        if authority.as_str().contains('@') {
            return Err(BadUrl(
                "it holds credentials: use --token-file or OSTLER_TOKEN instead",
            ));
        }
        if uri.query().is_some() {
            return Err(BadUrl("it must end before the question mark"));
        }
        let prefix = uri.path().trim_end_matches('/');
        Ok(Self::Http(HttpBase {
            is_tls,
            authority: authority.to_string(),
            host: authority.host().to_owned(),
            prefix: prefix.strip_suffix("/v1").unwrap_or(prefix).to_owned(),
        }))
    }

    /// The address of one path of the API there.
    ///
    /// # Errors
    ///
    /// Where `path` is none.
    pub(crate) fn uri(&self, path: &str) -> Result<Uri, hyper::http::Error> {
        // Checked first: hyperlocal panics on a path that is not one.
        let path = PathAndQuery::try_from(path)?;
        match self {
            Self::Unix(socket) => Ok(hyperlocal::Uri::new(socket, path.as_str()).into()),
            Self::Http(base) => Uri::builder()
                .scheme(base.scheme())
                .authority(base.authority.as_str())
                .path_and_query(format!("{}{path}", base.prefix))
                .build(),
        }
    }
}

/// A URL that no daemon can be reached at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the URL of the daemon cannot be used: {0}")]
pub struct BadUrl(&'static str);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_base_that_paths_are_put_behind() {
        for (url, expected) in [
            (
                "http://127.0.0.1:6688",
                "http://127.0.0.1:6688/v1/nodes?limit=1",
            ),
            (
                "http://127.0.0.1:6688/",
                "http://127.0.0.1:6688/v1/nodes?limit=1",
            ),
            (
                "http://127.0.0.1:6688/v1/",
                "http://127.0.0.1:6688/v1/nodes?limit=1",
            ),
            ("http://[::1]:6688", "http://[::1]:6688/v1/nodes?limit=1"),
            ("http://rack/ostler", "http://rack/ostler/v1/nodes?limit=1"),
            ("https://rack:6688", "https://rack:6688/v1/nodes?limit=1"),
        ] {
            let uri = Endpoint::parse(url)
                .unwrap()
                .uri("/v1/nodes?limit=1")
                .unwrap();
            assert_eq!(uri.to_string(), expected, "{url}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_without_repeating_it() {
        for url in [
            "",
            "rack",
            "ftp://rack",
            "https://admin:calvin@rack",
            "http://admin:calvin@rack",
            "http://rack?calvin",
            "http://cal vin",
        ] {
            let error = Endpoint::parse(url).unwrap_err().to_string();
            assert!(!error.contains("calvin"), "{error}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, loopback) in [
            ("http://127.0.0.1:6688", true),
            ("http://[::1]:6688", true),
            ("http://localhost", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
        ] {
            let Ok(Endpoint::Http(base)) = Endpoint::parse(url) else {
                panic!("{url}");
            };
            assert_eq!(base.is_loopback(), loopback, "{url}");
        }
    }

    #[test]
    fn a_path_that_is_none_is_an_error_on_every_transport() {
        for endpoint in [
            Endpoint::Unix(PathBuf::from("/run/ostler.sock")),
            Endpoint::parse("http://rack").unwrap(),
        ] {
            assert!(endpoint.uri("/v1/a b").is_err(), "{endpoint}");
        }
    }
}
