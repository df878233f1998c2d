//! Answers.

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use serde::Serialize;

use crate::api::error::ApiError;
use crate::service::idempotency::Outcome;
use crate::store::commits::Footprint;

/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An answer before it is HTTP.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Content>,
    footprint: Option<Footprint>,
}

/// What an answer holds.
#[derive(Debug)]
enum Content {
    /// Whole, in this media type.
    Whole(&'static str, Bytes),
    /// As it comes, in this media type.
    Stream(&'static str, Body),
}

/// The body of a response.
pub type Body = UnsyncBoxBody<Bytes, Cut>;

/// Why a body ends before its end. The connection ends with it, so that what was sent does not look like a whole answer.
#[derive(Debug, thiserror::Error)]
#[error("the rest of the answer cannot be read from the database")]
pub struct Cut;

impl Answer {
    fn new(status: StatusCode, body: Option<Content>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
            footprint: None,
        }
    }

    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, None)
    }

    /// An answer with JSON.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self::bytes(status, serde_json::to_vec(value)?))
    }

    /// An answer with JSON that is written already.
    pub fn bytes(status: StatusCode, json: Vec<u8>) -> Self {
        let content = Content::Whole("application/json", json.into());
        Self::new(status, Some(content))
    }

    /// An answer with text that is not JSON.
    pub fn text(media_type: &'static str, text: impl Into<Bytes>) -> Self {
        Self::new(
            StatusCode::OK,
            Some(Content::Whole(media_type, text.into())),
        )
    }

    /// An answer that comes piece by piece.
    pub fn stream(media_type: &'static str, body: Body) -> Self {
        Self::new(StatusCode::OK, Some(Content::Stream(media_type, body)))
    }

    /// The answer of a request that may have come before.
    pub fn of(outcome: Outcome) -> Self {
        let Outcome { answer, replayed } = outcome;
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        let mut sent = Self::bytes(status, answer.body);
        if let Some(location) = answer.location {
            sent = sent.at(location);
        }
        if let Some(etag) = answer.etag {
            sent = sent.version(etag);
        }
        if replayed {
            sent = sent.with(REPLAYED, "true");
        }
        sent
    }

    /// The same answer, if it is a whole one of at most so many bytes that says what was asked for.
    pub fn again(&self, max_bytes: usize) -> Option<Self> {
        let Some(Content::Whole(media_type, bytes)) = &self.body else {
            return None;
        };
        (self.status == StatusCode::OK && bytes.len() <= max_bytes).then(|| Self {
            status: self.status,
            headers: self.headers.clone(),
            body: Some(Content::Whole(media_type, bytes.clone())),
            footprint: self.footprint,
        })
    }

    /// Whether a client would take one for the other.
    pub fn is_same(&self, other: &Self) -> bool {
        let whole = |of: &Self| match &of.body {
            Some(Content::Whole(media_type, bytes)) => Some((*media_type, bytes.clone())),
            Some(Content::Stream(..)) | None => None,
        };
        let is_same_head = self.status == other.status && self.headers == other.headers;
        is_same_head && whole(self) == whole(other)
    }

    /// What it was read from, where that is said: it holds as long as that.
    pub fn footprint(&self) -> Option<Footprint> {
        self.footprint
    }

    /// With what it was read from, and nothing else.
    #[must_use]
    pub fn read_from(mut self, footprint: Option<Footprint>) -> Self {
        self.footprint = footprint;
        self
    }

    /// With another header. A value that cannot be sent is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        if let Ok(value) = HeaderValue::try_from(value.into()) {
            self.headers.push((name, value));
        }
        self
    }

    /// With the place of the thing.
    #[must_use]
    pub fn at(self, location: impl Into<String>) -> Self {
        self.with(LOCATION, location)
    }

    /// With the version of the thing.
    #[must_use]
    pub fn version(self, etag: impl Into<String>) -> Self {
        self.with(ETAG, etag)
    }

    /// As HTTP; to a `HEAD` without its body.
    pub fn into_response(self, is_head: bool) -> Response<Body> {
        let (media_type, body) = match self.body {
            None => (None, whole(Bytes::new())),
            Some(Content::Whole(media_type, bytes)) => (Some(media_type), whole(bytes)),
            Some(Content::Stream(media_type, body)) => (Some(media_type), body),
        };
        let length = hyper::body::Body::size_hint(&body).exact();
        let mut response = Response::new(if is_head { whole(Bytes::new()) } else { body });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.extend(self.headers);
        if let Some(media_type) = media_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        if let Some(length) = length.filter(|_| is_head) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}
