//! One request on its way to a use case.

use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, IF_MATCH};
use hyper::{Request, StatusCode, Uri};
use json_patch::Patch;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::api::answer::Answer;
use crate::api::body;
use crate::api::error::ApiError;
use crate::api::query::Query;
use crate::api::stream::Streams;
use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::rules::input::{self, InvalidInput};
use crate::service::Service;
use crate::service::idempotency::Idempotency;
use crate::service::patching::JsonPatch;
use crate::store::idempotency::Key;
use crate::view::links::Base;
use crate::view::{Shown, View};

/// A request whose caller is known and may use the route.
pub struct Call {
    /// The use cases.
    pub service: Service,
    /// What streams share.
    pub streams: Streams,
    /// Who asks.
    pub caller: Caller,
    /// What links begin with.
    pub base: Base,
    uri: Uri,
    params: Vec<String>,
    headers: HeaderMap,
    /// Read before the handler runs, judged when it asks: what is not there is refused first.
    body: Result<Bytes, ApiError>,
    /// A body that is a file, and is not read yet.
    file: Option<Incoming>,
}

impl Call {
    /// Reads the body, of at most so many bytes. `None` leaves it to the handler: it is a file.
    pub async fn new(
        service: Service,
        streams: Streams,
        caller: Caller,
        base: Base,
        params: Vec<String>,
        request: Request<Incoming>,
        max_body_bytes: Option<usize>,
    ) -> Result<Self, ApiError> {
        let (head, body) = request.into_parts();
        let (body, file) = match max_body_bytes {
            Some(max_bytes) => (body::read(body, max_bytes).await, None),
            None => (Ok(Bytes::new()), Some(body)),
        };
        Ok(Self {
            service,
            streams,
            caller,
            base,
            uri: head.uri,
            params,
            headers: head.headers,
            body,
            file,
        })
    }

    /// What the path names, decoded.
    pub fn ident(&self) -> &str {
        self.params.first().map_or("", String::as_str)
    }

    /// The second thing that the path names.
    pub fn second(&self) -> &str {
        self.params.get(1).map_or("", String::as_str)
    }

    /// The path without `/v1`.
    pub fn path(&self) -> &str {
        let path = self.uri.path();
        path.strip_prefix("/v1").unwrap_or(path)
    }

    /// The query, as it came; empty where there is none.
    pub fn query_text(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The query's parameters.
    pub fn query(&self) -> Result<Query, ApiError> {
        Query::parse(self.uri.query())
    }

    /// Refuses any query parameter.
    pub fn no_query(&self) -> Result<(), ApiError> {
        self.query()?.finish()
    }

    /// The body as a `T`.
    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        let body = self.take_body()?;
        let document = body::json(&self.headers, &body, false)?;
        self.note(&document);
        Ok(input::read(document)?)
    }

    /// The body as a `T`; none is the default.
    pub fn json_or_default<T: DeserializeOwned + Default>(&mut self) -> Result<T, ApiError> {
        match &self.body {
            Ok(body) if body.is_empty() => Ok(T::default()),
            _ => self.json(),
        }
    }

    /// The body as a file, which comes piece by piece.
    pub fn take_file(&mut self) -> Result<Incoming, ApiError> {
        body::check_is_file(&self.headers)?;
        let missing = || ApiError::bad_request("the body is missing: send the file as it is");
        self.file.take().ok_or_else(missing)
    }

    /// The body as a JSON patch.
    pub fn patch(&mut self) -> Result<JsonPatch, ApiError> {
        let body = self.take_body()?;
        let document = body::json(&self.headers, &body, true)?;
        self.note(&document);
        let Some(operations) = document.as_array() else {
            let problem = "must be a list of the operations of RFC 6902, such as \
                           [{\"op\": \"replace\", \"path\": \"/name\", \"value\": \"web2\"}]";
            return Err(InvalidInput::new("body", problem).into());
        };
        // Serde would take an operation as an array too, value by value.
        if let Some(index) = operations.iter().position(|of| !of.is_object()) {
            return Err(InvalidInput::new(format!("[{index}]"), "must be an object").into());
        }
        let Patch(operations) = input::read(document)?;
        Ok(JsonPatch {
            operations,
            base: self.base.clone(),
        })
    }

    /// The `If-Match` header.
    pub fn precondition(&self) -> Result<Precondition, ApiError> {
        let Some(value) = self.headers.get(IF_MATCH) else {
            return Ok(Precondition::None);
        };
        match value.to_str() {
            Ok(text) => Ok(Precondition::parse(text)),
            Err(_) => Err(ApiError::bad_request("If-Match: is not an ETag")),
        }
    }

    /// The `Idempotency-Key` header, with the body that it came with. Call it before the body is taken.
    pub fn idempotency(&self) -> Result<Option<Idempotency>, ApiError> {
        let Some(value) = self.headers.get("idempotency-key") else {
            return Ok(None);
        };
        let key = value.to_str().unwrap_or_default();
        if key.is_empty() || key.len() > 255 || !key.chars().all(|c| c.is_ascii_graphic()) {
            let message = "Idempotency-Key: must be 1 to 255 visible ASCII characters";
            return Err(ApiError::bad_request(message));
        }
        let body = self.body.as_deref().unwrap_or_default();
        Ok(Some(Idempotency {
            key: Key {
                user_id: self.caller.user_id.clone(),
                project_id: self.caller.project_id.clone(),
                path: self.path().to_owned(),
                key: key.to_owned(),
            },
            request_hash: Sha256::digest(body).into(),
        }))
    }

    /// Answers with a thing, with the fields that were asked for.
    pub fn show<V: View>(
        &self,
        of: &V,
        known: &'static [&'static str],
    ) -> Result<Answer, ApiError> {
        let mut query = self.query()?;
        let fields = query.take_fields(known)?;
        query.finish()?;
        let fields = fields.as_deref().unwrap_or(known);
        let answer = Answer::json(
            StatusCode::OK,
            &Shown {
                of,
                fields,
                base: &self.base,
            },
        )?;
        Ok(answer.version(of.etag()))
    }

    /// Answers with a thing that was changed.
    pub fn changed<V: View>(
        &self,
        of: &V,
        known: &'static [&'static str],
    ) -> Result<Answer, ApiError> {
        let shown = Shown {
            of,
            fields: known,
            base: &self.base,
        };
        Ok(Answer::json(StatusCode::OK, &shown)?.version(of.etag()))
    }

    /// Answers with a thing that was made.
    pub fn created<V: View>(&self, of: &V) -> Result<Answer, ApiError> {
        let shown = Shown {
            of,
            fields: V::FIELDS,
            base: &self.base,
        };
        let answer = Answer::json(StatusCode::CREATED, &shown)?;
        Ok(answer
            .at(self.base.href(V::PLURAL, &of.ident()))
            .version(of.etag()))
    }

    /// The audit trail has the names of what a body changes.
    fn note(&self, document: &Value) {
        if let Some(trail) = self.service.trail() {
            trail.body(document);
        }
    }

    fn take_body(&mut self) -> Result<Bytes, ApiError> {
        std::mem::replace(&mut self.body, Ok(Bytes::new()))
    }
}
