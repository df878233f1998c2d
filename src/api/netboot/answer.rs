//! Answers to machines.

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::{Body as _, Bytes};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::put;
use crate::telemetry::netboot::Served;

/// The body of an answer.
pub(super) type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// What is counted of an answer, and the answer.
pub(super) type Outcome = (Served, Response<Body>);

/// Text for a machine, which is another one the next time.
pub(super) fn text(text: String) -> Response<Body> {
    bytes("text/plain; charset=utf-8", text)
}

/// The same in another media type.
pub(super) fn bytes(media_type: &'static str, bytes: impl Into<Bytes>) -> Response<Body> {
    let body = Full::new(bytes.into()).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A sentence that says what is wrong.
pub(super) fn refused(status: StatusCode, sentence: &str) -> Response<Body> {
    let mut response = text(format!("{sentence}\n"));
    *response.status_mut() = status;
    response
}

/// What is not there, was there once, or is somebody else's: nobody learns which.
pub(super) fn nothing_here() -> Outcome {
    let sentence =
        "there is nothing here, or not any more: the URLs of a deploy are good while it lasts";
    (Served::NotFound, refused(StatusCode::NOT_FOUND, sentence))
}

pub(super) fn not_allowed(allowed: &str) -> Outcome {
    let sentence = format!("this is not possible here: use {allowed}");
    let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, &sentence);
    put(&mut response, ALLOW, allowed);
    (Served::Refused, response)
}

pub(super) fn another_instance() -> Outcome {
    let sentence = "this is the URL of another instance: a machine phones home with its own, which its vendor-data has";
    (Served::Refused, refused(StatusCode::FORBIDDEN, sentence))
}

/// The answer to a `HEAD`: what a `GET` would have, but for the body.
pub(super) fn without_body(response: Response<Body>) -> Response<Body> {
    let length = response.body().size_hint().exact();
    let mut response =
        response.map(|_| Empty::new().map_err(|never| match never {}).boxed_unsync());
    if let Some(length) = length {
        put(&mut response, CONTENT_LENGTH, &length.to_string());
    }
    response
}
