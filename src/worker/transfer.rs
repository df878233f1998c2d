//! One file of an image from a URL to the disk.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming as Body};
use hyper::header::{
    ACCEPT_ENCODING, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    LOCATION, USER_AGENT,
};
use hyper::{Method, Request, Response, StatusCode, Uri};

use crate::rules::netboot::location;
use crate::store::fetched_file::{self, FetchedFile};
use crate::store::image_file::{FileError, Kept};
use crate::store::incoming::{Incoming, IncomingError};
use crate::store::{Store, StoreError};
use crate::system::https::{self, Https};
use crate::telemetry::Chain;
use crate::time;

/// How long the other side may take to begin its answer, and may say nothing in the middle of it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a URL may lead to another one.
const MOST_REDIRECTS: usize = 5;

/// What is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// From where.
    pub url: String,
    /// The SHA-256 that it has to have, in hexadecimal.
    pub sha256: Option<String>,
}

/// Why a file is not here.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Nobody can be asked for that.
    #[error("{0} is not a URL that can be fetched: set another one")]
    Url(String),
    /// The server has no such file.
    #[error("{url} was answered with {status}: see that the file is there, or set another URL")]
    Refused {
        /// The URL that was asked for last.
        url: String,
        /// The answer.
        status: StatusCode,
    },
    /// The server cannot say now.
    #[error("{url} was answered with {status}")]
    Troubled {
        /// The URL that was asked for last.
        url: String,
        /// The answer.
        status: StatusCode,
    },
    /// It leads somewhere where nobody goes.
    #[error("{url} leads to {to}, which is not followed: {why}")]
    Redirect {
        /// The URL that was asked for last.
        url: String,
        /// Where it leads.
        to: String,
        /// Why not.
        why: &'static str,
    },
    /// There was no connection, or it ended.
    #[error("{url} cannot be fetched: {why}")]
    Broken {
        /// The URL that was asked for last.
        url: String,
        /// What came between.
        why: String,
    },
    /// Nothing came for too long.
    #[error("nothing came from {url} for {} s", PATIENCE.as_secs())]
    Silent {
        /// The URL that was asked for last.
        url: String,
    },
    /// What came is not kept.
    #[error("{url}: {source}")]
    File {
        /// The URL of the image.
        url: String,
        /// Why not.
        source: IncomingError,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TransferError {
    /// Whether trying again changes nothing.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Url(_) | Self::Refused { .. } | Self::Redirect { .. } => true,
            Self::File { source, .. } => matches!(
                source,
                IncomingError::File(FileError::TooLarge { .. } | FileError::Mismatch { .. })
            ),
            Self::Troubled { .. } | Self::Broken { .. } | Self::Silent { .. } | Self::Store(_) => {
                false
            }
        }
    }

    /// In one word, for attempts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Url(_) | Self::Refused { .. } | Self::Redirect { .. } => "refused",
            Self::Troubled { .. } => "troubled",
            Self::Broken { .. } => "broken",
            Self::Silent { .. } => "no_answer",
            Self::File { source, .. } => match source {
                IncomingError::File(FileError::Mismatch { .. }) => "wrong_checksum",
                IncomingError::File(FileError::TooLarge { .. }) => "too_large",
                IncomingError::File(
                    FileError::NoPlace { .. } | FileError::DiskFull | FileError::Io { .. },
                )
                | IncomingError::Lost => "no_room",
            },
            Self::Store(_) => "unrecorded",
        }
    }
}

impl Wanted {
    /// The URL for people.
    pub fn shown(&self) -> String {
        shown(&self.url)
    }
}

/// Sees that the file is here; gives its SHA-256. `progress` hears how much has come, and of how much.
///
/// # Errors
/// [`TransferError`]; nothing is left on the disk then.
pub async fn fetch(
    store: &Store,
    http: &Https,
    wanted: &Wanted,
    progress: impl Fn(u64, Option<u64>),
) -> Result<String, TransferError> {
    let files = store.image_files();
    if let Some(sha256) = &wanted.sha256
        && files.size(sha256).is_some()
    {
        return Ok(sha256.clone());
    }
    let known = store.read(|connection| fetched_file::find(connection, &wanted.url))?;
    let known = known.filter(|known| {
        let is_wanted = wanted.sha256.as_ref().is_none_or(|of| *of == known.sha256);
        is_wanted && files.size(&known.sha256) == Some(known.bytes)
    });
    let (url, response) = ask(http, wanted, known.as_ref()).await?;
    if let (StatusCode::NOT_MODIFIED, Some(known)) = (response.status(), known) {
        let again = known.clone();
        store
            .write(move |connection| fetched_file::touch(connection, &again.url, time::now()))
            .await?;
        return Ok(known.sha256);
    }
    check_status(&url, response.status())?;
    let text = |name: HeaderName| text_of(response.headers(), &name);
    let (etag, last_modified) = (text(ETAG), text(LAST_MODIFIED));
    let kept = receive(store, &url, wanted, response.into_body(), progress).await?;
    let fetched = FetchedFile {
        url: wanted.url.clone(),
        sha256: kept.sha256,
        bytes: kept.bytes,
        etag,
        last_modified,
    };
    let sha256 = fetched.sha256.clone();
    store
        .write(move |connection| fetched_file::put(connection, &fetched, time::now()))
        .await?;
    Ok(sha256)
}

async fn receive(
    store: &Store,
    url: &str,
    wanted: &Wanted,
    mut body: Body,
    progress: impl Fn(u64, Option<u64>),
) -> Result<Kept, TransferError> {
    let not_kept = |source| TransferError::File {
        url: shown(&wanted.url),
        source,
    };
    let whole = body.size_hint().exact();
    let incoming = Incoming::begin(store.image_files(), whole).await;
    let mut incoming = incoming.map_err(not_kept)?;
    loop {
        progress(incoming.bytes(), whole);
        let frame = tokio::time::timeout(PATIENCE, body.frame()).await;
        let frame = frame.map_err(|_| TransferError::Silent { url: shown(url) })?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|error| broken(url, &error))?;
        if let Ok(data) = frame.into_data() {
            incoming = incoming.push(data).await.map_err(not_kept)?;
        }
    }
    let expected = wanted.sha256.iter().cloned().collect();
    incoming.finish(expected).await.map_err(not_kept)
}

/// Asks for it, wherever that leads; gives the last URL and its answer.
async fn ask(
    http: &Https,
    wanted: &Wanted,
    known: Option<&FetchedFile>,
) -> Result<(String, Response<Body>), TransferError> {
    let mut url = wanted.url.clone();
    for _ in 0..=MOST_REDIRECTS {
        let request = request(&url, known).ok_or_else(|| TransferError::Url(shown(&url)))?;
        let response = tokio::time::timeout(PATIENCE, http.request(request)).await;
        let response = response.map_err(|_| TransferError::Silent { url: shown(&url) })?;
        let response = response.map_err(|error| broken(&url, &error))?;
        let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
        let to = text_of(response.headers(), &LOCATION).filter(|_| is_redirect);
        let Some(to) = to else {
            return Ok((url, response));
        };
        url = follow(&url, &to, wanted)?;
    }
    let why = "it was sent on too often; set the URL where the file is";
    Err(TransferError::Redirect {
        to: shown(&url),
        url: shown(&wanted.url),
        why,
    })
}

fn follow(url: &str, to: &str, wanted: &Wanted) -> Result<String, TransferError> {
    let not_followed = |why| TransferError::Redirect {
        url: shown(url),
        to: shown(to),
        why,
    };
    let next = location::join(url, to)
        .ok_or_else(|| not_followed("only http:// and https:// are; set the URL where it is"))?;
    let loses_tls = url.starts_with("https://") && next.starts_with("http://");
    if loses_tls && wanted.sha256.is_none() {
        let why = "from https:// to http:// only where the image says the checksum; set it";
        return Err(not_followed(why));
    }
    Ok(next)
}

/// A URL for people: what stands behind the `?` may be a right to read the file.
fn shown(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

/// `None` where there can be no such request.
fn request(url: &str, known: Option<&FetchedFile>) -> Option<Request<Full<Bytes>>> {
    let uri: Uri = url.parse().ok()?;
    uri.scheme()?;
    uri.host().filter(|host| !host.is_empty())?;
    let mut request = Request::builder()
        .method(Method::GET)
        .uri(uri)
        .header(USER_AGENT, https::USER_AGENT)
        .header(ACCEPT_ENCODING, "identity");
    if let Some(known) = known {
        if let Some(etag) = &known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &known.last_modified {
            request = request.header(IF_MODIFIED_SINCE, last_modified);
        }
    }
    request.body(Full::default()).ok()
}

fn check_status(url: &str, status: StatusCode) -> Result<(), TransferError> {
    let url = || shown(url);
    if status == StatusCode::OK {
        return Ok(());
    }
    let may_pass = status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::TOO_MANY_REQUESTS;
    if may_pass {
        return Err(TransferError::Troubled { url: url(), status });
    }
    Err(TransferError::Refused { url: url(), status })
}

fn broken(url: &str, error: &(dyn std::error::Error + 'static)) -> TransferError {
    TransferError::Broken {
        url: shown(url),
        why: Chain(error).to_string(),
    }
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(sha256: Option<&str>) -> Wanted {
        Wanted {
            url: "https://h/a/k?right=s3cr3t".to_owned(),
            sha256: sha256.map(str::to_owned),
        }
    }

    #[test]
    fn a_redirect_leaves_tls_only_where_a_checksum_makes_up_for_it() {
        let to = "http://mirror/k?right=s3cr3t";
        for (url, sha256, is_followed) in [
            ("https://h/a/k", None, false),
            ("https://h/a/k", Some("00"), true),
            ("http://h/a/k", None, true),
        ] {
            let followed = follow(url, to, &wanted(sha256));
            assert_eq!(followed.is_ok(), is_followed, "{url} {sha256:?}");
            if let Err(error) = followed {
                assert!(error.is_permanent());
                assert!(!error.to_string().contains("s3cr3t"), "{error}");
            }
        }
        let up = follow("http://h/a/k", "https://h/k", &wanted(None));
        assert_eq!(up.unwrap(), "https://h/k");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, is_permanent) in [
            (206, true),
            (400, true),
            (401, true),
            (404, true),
            (408, false),
            (410, true),
            (429, false),
            (500, false),
            (503, false),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let error = check_status("http://h/k?right=s3cr3t", status).unwrap_err();
            assert_eq!(error.is_permanent(), is_permanent, "{status}");
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
        check_status("http://h/k", StatusCode::OK).unwrap();
    }

    #[test]
    fn what_is_no_url_is_not_asked_for() {
        for url in ["http://", "http:///k", "", "h", "http://[::1/k"] {
            assert!(request(url, None).is_none(), "{url}");
        }
        assert!(request("http://[::1]:8080/k?x", None).is_some());
    }
}
