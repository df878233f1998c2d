//! What the API reads before it knows who asks, and then the body: the headers that credentials come in, `Accept`, and JSON.
//!
//! The input is three values, each up to a zero byte (token, `Authorization`, `Accept`), and a body.

use hyper::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use ostler::api::{auth, body};
use ostler::rules::input;
use ostler::rules::trail;
use ostler::service::create::NewInstance;
use ostler::service::node::NewNode;
use ostler::service::token::NewToken;
use ostler::service::webhook::NewWebhook;
use serde_json::Value;

/// Reads `data` as a request.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(4, |byte| *byte == 0);
    let mut headers = HeaderMap::new();
    for name in [
        HeaderName::from_static("x-auth-token"),
        AUTHORIZATION,
        ACCEPT,
    ] {
        let value = parts.next().unwrap_or_default();
        // What hyper refuses never comes this far.
        if !value.is_empty()
            && let Ok(value) = HeaderValue::from_bytes(value)
        {
            headers.insert(name, value);
        }
    }
    credentials(&headers);
    auth::check_accept(&headers).ok();
    let content = parts.next().unwrap_or_default();
    for patch in [false, true] {
        if let Ok(document) = body::json(&HeaderMap::new(), content, patch) {
            json(content, &document);
        }
    }
}

/// A token is visible ASCII without blanks around it, comes from a header that is there, and is not repeated elsewhere.
fn credentials(headers: &HeaderMap) {
    match auth::token(headers) {
        Ok(None) => {
            assert!(!headers.contains_key("x-auth-token") && !headers.contains_key(AUTHORIZATION))
        }
        Ok(Some(token)) => {
            assert_eq!(token, token.trim());
            assert!(
                token.chars().all(|c| c == '\t' || (' '..='~').contains(&c)),
                "{token:?}"
            );
            let path = format!("/v1/nodes/{token}");
            let safe = trail::without_tokens(&path);
            assert!(safe.len() <= path.len());
        }
        Err(error) => assert_eq!(error.status().as_u16(), 401),
    }
}

/// What is read strictly is what anybody else reads, and no kind of body is more than refused.
fn json(content: &[u8], document: &Value) {
    let usual: Value = serde_json::from_slice(content).expect("what is read strictly is JSON");
    assert_eq!(usual.is_object(), document.is_object());
    assert_eq!(
        usual.as_array().map(Vec::len),
        document.as_array().map(Vec::len)
    );
    let fields = trail::named_fields(document);
    assert!(fields.len() <= 32 && fields.iter().all(|of| of.chars().count() <= 255));
    input::read::<NewInstance>(document.clone())
        .map(|new| new.check())
        .ok();
    input::read::<NewNode>(document.clone()).ok();
    input::read::<NewToken>(document.clone()).ok();
    input::read::<NewWebhook>(document.clone()).ok();
}
