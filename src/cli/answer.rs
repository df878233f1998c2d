//! What the daemon answers: a status, headers and JSON, or an error in the API's one shape.

use hyper::body::Bytes;
use hyper::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::cli::client::ClientError;

/// The header that carries the id of a request.
const REQUEST_ID: &str = "x-openstack-request-id";

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came; empty where there was none.
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON; null where there is no body.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotJson`] where the body is something else.
    pub fn json(&self) -> Result<Value, ClientError> {
        if self.bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.bytes).map_err(|source| ClientError::NotJson {
            status: self.status,
            source,
        })
    }

    /// A header as text, where it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The id that the daemon gave the request, `req-<uuid>`.
    pub fn request_id(&self) -> Option<&str> {
        self.header(REQUEST_ID)
    }

    /// This answer where its status is 2xx.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] with what the daemon said otherwise.
    pub fn into_success(self) -> Result<Self, ClientError> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(ClientError::Refused(self.refusal()))
    }

    fn refusal(&self) -> Refusal {
        let body = self.json().unwrap_or(Value::Null);
        let message = body.pointer("/error/message").and_then(Value::as_str);
        let request_id = body
            .pointer("/error/request_id")
            .and_then(Value::as_str)
            .or_else(|| self.request_id());
        Refusal {
            status: self.status,
            is_explained: message.is_some(),
            message: message.map_or_else(|| unexplained(self.status), str::to_owned),
            request_id: request_id.map(str::to_owned),
        }
    }
}

fn unexplained(status: StatusCode) -> String {
    format!("the answer was {status}, without an explanation: is this the address of ostlerd?")
}

/// The daemon said no, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// Whether the answer has the API's shape: then it is the daemon's, and not that of something in between.
    pub is_explained: bool,
    /// One sentence that says what to do.
    pub message: String,
    /// The id of the request, which the daemon's log lines carry too.
    pub request_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, "req-of-the-header".parse().unwrap());
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            bytes: Bytes::from_static(body.as_bytes()),
        }
    }

    fn refusal(status: u16, body: &'static str) -> Refusal {
        match answer(status, body).into_success() {
            Err(ClientError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_error_keeps_the_message_and_the_request_id() {
        let refusal = refusal(
            409,
            r#"{"error":{"code":409,"title":"Conflict","message":"No node.","request_id":"req-1"}}"#,
        );
        assert_eq!(refusal.to_string(), "No node.");
        assert_eq!(refusal.status, StatusCode::CONFLICT);
        assert_eq!(refusal.request_id.as_deref(), Some("req-1"));
    }

    #[test]
    fn an_error_that_is_not_ours_is_still_a_sentence() {
        let refusal = refusal(502, "<html>Bad Gateway</html>");
        assert!(
            refusal.message.contains("502 Bad Gateway"),
            "{}",
            refusal.message
        );
        assert_eq!(refusal.request_id.as_deref(), Some("req-of-the-header"));
    }

    #[test]
    fn no_body_is_null_and_a_broken_body_is_an_error() {
        assert_eq!(answer(204, "").json().unwrap(), Value::Null);
        assert!(answer(200, "{").json().is_err());
    }
}
