//! Bodies of requests: their size, their media type, and JSON read strictly.

use std::fmt;
use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::api::error::ApiError;

/// How long a body may take to arrive, and how long nothing may come of a file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a body of at most this many bytes.
pub async fn read(body: Incoming, max_bytes: usize) -> Result<Bytes, ApiError> {
    let too_large = || {
        let message = format!("the body is larger than {max_bytes} bytes: send less");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > u64::try_from(max_bytes).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    match tokio::time::timeout(PATIENCE, Limited::new(body, max_bytes).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::bad_request("the body did not arrive whole")),
        Err(_) => {
            let message = format!("the body did not arrive within {} s", PATIENCE.as_secs());
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, message))
        }
    }
}

/// Reads a body as JSON; `patch` says that it may also be called a JSON patch.
pub fn json(headers: &HeaderMap, body: &[u8], patch: bool) -> Result<Value, ApiError> {
    check_media_type(headers, patch)?;
    let Strict(value) = serde_json::from_slice(body).map_err(|error| {
        ApiError::bad_request(format!("the body is not JSON as it should be: {error}"))
    })?;
    Ok(value)
}

fn check_media_type(headers: &HeaderMap, patch: bool) -> Result<(), ApiError> {
    let media_type = headers
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or_default());
    let essence = media_type.map(|text| text.split(';').next().unwrap_or_default().trim());
    match essence.map(str::to_ascii_lowercase).as_deref() {
        // Nothing was said: the body itself will show.
        None | Some("application/json") => Ok(()),
        Some("application/json-patch+json") if patch => Ok(()),
        Some(other) => {
            let wanted = if patch {
                "application/json-patch+json"
            } else {
                "application/json"
            };
            let message = format!("a body of {other:?} is not understood: send {wanted}");
            Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
        }
    }
}

/// Whether a body may be a file: what says nothing of itself, and what is said to be just bytes.
pub fn check_is_file(headers: &HeaderMap) -> Result<(), ApiError> {
    const WANTED: &str = "application/octet-stream";
    let Some(media_type) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let media_type = media_type.to_str().unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(WANTED) {
        return Ok(());
    }
    let message = format!("a body of {essence:?} is not understood: send the file as {WANTED}");
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

/// The next piece of a file; `None` at its end.
pub async fn next_piece(body: &mut Incoming) -> Result<Option<Bytes>, ApiError> {
    loop {
        let frame = match tokio::time::timeout(PATIENCE, body.frame()).await {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => {
                return Err(ApiError::bad_request("the file did not arrive whole"));
            }
            Err(_) => {
                let message = format!("nothing of the file came for {} s", PATIENCE.as_secs());
                return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, message));
            }
        };
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
}

/// JSON in which no object has a key twice: of two values, one would silently be dropped.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// JSON knows one kind of number: 60.0 is 60, to clients in whose language it is.
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if let Some(whole) = whole(value) {
            return Ok(whole.into());
        }
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = sequence.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} is there twice")));
            }
            let Strict(value) = entries.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// A number without a fraction as an integer, as far as floating point numbers are exact.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if value.fract() != 0.0 || value.abs() > EXACT {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it has no fraction and is far inside of what an i64 holds"
    )]
    let whole = value as i64;
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_fraction_is_whole_however_it_is_written() {
        for (text, expected) in [
            ("60.0", serde_json::json!(60)),
            ("6e1", serde_json::json!(60)),
            ("-0.0", serde_json::json!(0)),
            ("60.5", serde_json::json!(60.5)),
            ("1e300", serde_json::json!(1e300)),
        ] {
            let Strict(value) = serde_json::from_str(text).unwrap();
            assert_eq!(value, expected, "{text}");
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused_at_any_depth() {
        for twice in [r#"{"a":1,"a":2}"#, r#"[{"b":{"a":1,"a":1}}]"#] {
            assert!(serde_json::from_str::<Strict>(twice).is_err(), "{twice}");
        }
        let once = r#"{"a":[1,-2,2.5,"x",null,true],"b":{"a":{}}}"#;
        let Strict(value) = serde_json::from_str(once).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(once).unwrap());
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        assert!(serde_json::from_str::<Strict>(&"[".repeat(100_000)).is_err());
    }
}
