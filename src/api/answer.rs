//! Answers.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use serde::Serialize;

use crate::api::error::ApiError;

/// An answer before it is HTTP.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Option<Bytes>,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// An answer with JSON.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self::bytes(status, serde_json::to_vec(value)?))
    }

    /// An answer with JSON that is written already.
    pub fn bytes(status: StatusCode, json: Vec<u8>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(json.into()),
        }
    }

    /// With another header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
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

    /// As HTTP. A header value that cannot be sent is left out.
    pub fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        if let Some(body) = self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *response.body_mut() = Full::new(body);
        }
        response
    }
}
