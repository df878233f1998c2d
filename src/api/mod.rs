//! HTTP to use case and back.
//!
//! A request goes through [`Api::handle`]: its id, who asks ([`auth`]), which route ([`routes`]), whether that role may, then
//! the handler of the resource's file, which reads the input and calls one use case. Errors become answers in one place
//! ([`error`]). Nothing here knows SQL or BMCs.
//!
//! Order of refusal: credentials (401), role (403), existence (404), project (403), input (400), state (409).

pub mod answer;
pub mod auth;
pub mod backup;
pub mod base;
pub mod body;
pub mod boot_device;
pub mod call;
pub mod chunks;
pub mod error;
pub mod event;
pub mod health;
pub mod image;
pub mod image_file;
pub mod instance;
pub mod instance_type;
mod kept;
pub mod key;
mod keystone;
pub mod limit;
pub mod list;
pub mod maintenance;
pub mod netboot;
pub mod network;
pub mod node;
pub mod operation;
pub mod power;
pub mod query;
pub mod rate;
mod request_id;
pub mod root;
pub mod rotation;
mod router;
pub mod routes;
pub mod source;
pub mod stay;
pub mod stream;
pub mod task;
pub mod throttle;
pub mod token;
pub mod webhook;
pub mod zone;

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{ALLOW, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use ipnet::IpNet;
use tracing::Instrument;

use crate::keystone::Keystone;
use crate::live::Live;
use crate::model::caller::{Caller, Peer, PeerUser};
use crate::rules::trail::without_tokens;
use crate::service::Service;
use crate::service::audit::{Asked, Trail};
use crate::system::shutdown::Shutdown;
use crate::telemetry::http::Measured;
use answer::{Answer, Body};
use auth::Asker;
use call::Call;
use error::ApiError;
use kept::{Kept, Key};
use rate::{Rate, Rates};
use routes::{Endpoint, Found, Router};
use stream::Streams;
use throttle::Throttle;

/// The header of the request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");

/// What the API needs to know of the settings.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The base of links, where the admin has set one.
    pub public_url: Option<String>,
    /// Whose `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body of a request, in bytes.
    pub max_body_bytes: usize,
    /// How many failed sign-ins a minute one address may have.
    pub failed_sign_ins_per_min: u32,
    /// The daemon's own uid: on the socket it may do everything, as it could on the database file.
    pub own_uid: u32,
    /// How many requests each client may send; `None` for any number.
    pub request_rate: Option<Rate>,
}

/// The API. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
}

struct Inner {
    service: Service,
    settings: Live<ApiSettings>,
    router: Router,
    throttle: Throttle,
    rates: Rates,
    streams: Streams,
    kept: Kept,
}

impl Api {
    /// The API over these use cases, which knows tokens of `keystone` too. Streams end with `shutdown`.
    pub fn new(
        service: Service,
        settings: ApiSettings,
        keystone: Option<Keystone>,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                service,
                router: Router::new(),
                throttle: Throttle::new(settings.failed_sign_ins_per_min),
                rates: Rates::new(settings.request_rate),
                settings: Live::new(settings),
                streams: Streams::new(keystone, shutdown),
                kept: Kept::default(),
            }),
        }
    }

    /// From now on these settings hold, for requests that come in, and tokens of this Keystone are known.
    pub fn change(&self, settings: ApiSettings, keystone: Option<Keystone>) {
        let inner = &self.inner;
        inner.streams.set_keystone(keystone);
        inner.throttle.change(settings.failed_sign_ins_per_min);
        inner.rates.change(settings.request_rate);
        inner.settings.set(settings);
    }

    /// Answers one request.
    pub async fn handle(self, peer: Peer, request: Request<Incoming>) -> Response<Body> {
        let request_id = request_id::next();
        // Below info: whatever is said of a request at the usual level names its id itself, and a span for each request costs
        // as much as finding an instance.
        let span = tracing::debug_span!(
            "request",
            request_id,
            method = %request.method(),
            path = %without_tokens(request.uri().path()),
            transport = peer.transport.as_str(),
        );
        let started = crate::time::instant();
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let http = self.inner.service.meters().http();
        let mut measured = http.begin(&method);
        let answered = self
            .answer(peer, request, &request_id, &mut measured)
            .instrument(span.clone())
            .await;
        let _in_span = span.enter();
        let answer = answered.unwrap_or_else(|error| {
            // What fails is told together with what was asked for, at every level.
            let asked =
                tracing::error_span!("request", %method, path = %without_tokens(uri.path()));
            asked.in_scope(|| error.into_answer(&request_id))
        });
        let (status, elapsed) = (answer.status, started.elapsed());
        // Here its head is ready: how long a stream then goes on is no response time.
        measured.end(status, elapsed);
        let (status, elapsed_ms) = (status.as_u16(), elapsed.as_secs_f64() * 1e3);
        tracing::debug!(status, elapsed_ms, "answered");
        let mut response = answer.into_response(method == Method::HEAD);
        if let Ok(value) = HeaderValue::try_from(request_id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }

    /// Only where Keystone is asked something is waited.
    async fn sign_in(&self, asker: &Asker<'_>) -> Result<Caller, ApiError> {
        let inner = &self.inner;
        let signed_in = match keystone::token_for(inner, asker.headers) {
            None => auth::sign_in(inner, asker),
            // Boxed, so that all others' requests do not take the room for this.
            Some((keystone, token)) => {
                Box::pin(keystone::sign_in(inner, &keystone, token, asker)).await
            }
        };
        signed_in.map_err(|error| keystone::challenge(inner, error))
    }

    async fn answer(
        &self,
        peer: Peer,
        request: Request<Incoming>,
        request_id: &str,
        measured: &mut Measured<'_>,
    ) -> Result<Answer, ApiError> {
        if peer.has_to_use_tls {
            return Err(ApiError::has_to_use_tls());
        }
        let inner = &self.inner;
        let found = inner.router.find(request.uri().path());
        if let Some(found) = &found {
            measured.at(found.index);
        }
        if let Some(public) = found
            .as_ref()
            .and_then(|found| found.public(request.method()))
        {
            return public(inner.service.clone()).await;
        }
        if let Some(found) = found.as_ref().filter(|found| found.is_public()) {
            return Err(not_allowed(found, request.method(), request.uri().path()));
        }
        let is_open = found.as_ref().is_some_and(|found| {
            let endpoint = found.endpoint(request.method());
            endpoint.is_some_and(|endpoint| endpoint.is_open_to(&peer))
        });
        let settings = inner.settings.now();
        let asker = Asker {
            peer: &peer,
            source: source::of_request(&settings.trusted_proxies, &peer, request.headers()),
            headers: request.headers(),
            request_id,
        };
        let caller = match auth::without_credentials(&asker) {
            Some(caller) if is_open => {
                inner.rates.pay(asker.client())?;
                caller
            }
            Some(_) | None => self.sign_in(&asker).await?,
        };
        let path = request.uri().path();
        let found = found.ok_or_else(|| ApiError::no_such_path(path))?;
        let Some(endpoint) = found.endpoint(request.method()) else {
            return Err(not_allowed(&found, request.method(), path));
        };
        if !endpoint.changes() {
            return self
                .serve(
                    inner.service.clone(),
                    endpoint,
                    found.params,
                    &peer,
                    caller,
                    request,
                )
                .await;
        }
        let trail = Arc::new(trail_of(endpoint, &found.params, &peer, &caller));
        let recording = inner.service.recording(trail.clone());
        let answered = self
            .serve(recording, endpoint, found.params, &peer, caller, request)
            .await;
        match &answered {
            Ok(answer) => trail.tell(answer.status.as_u16(), None),
            Err(error) => trail.tell(error.status().as_u16(), Some(error.message())),
        }
        answered
    }

    /// Answers a request whose caller is known.
    async fn serve(
        &self,
        service: Service,
        endpoint: &Endpoint,
        params: Vec<String>,
        peer: &Peer,
        caller: Caller,
        request: Request<Incoming>,
    ) -> Result<Answer, ApiError> {
        let inner = &self.inner;
        if !endpoint.is_open_to(peer) {
            auth::check_role(&caller, endpoint)?;
        }
        if !endpoint.negotiates() {
            auth::check_accept(request.headers())?;
        }
        let settings = inner.settings.now();
        let base = base::of_request(&settings, peer, &request);
        let key = endpoint
            .shows_what_is_stored()
            .then(|| Key::new(&caller, &base, request.uri()));
        let kept = key
            .as_ref()
            .and_then(|key| inner.kept.find(key, &inner.service));
        let to_judge = match kept {
            Some(kept) if kept::IS_TRUSTED => return Ok(kept.into_answer()),
            kept => kept,
        };
        // Before anything is read for the answer.
        let moment = service.moment();
        let call = Call::new(
            service,
            inner.streams.clone(),
            caller,
            base,
            params,
            request,
            (!endpoint.takes_file()).then_some(settings.max_body_bytes),
        );
        let answer = (endpoint.handler)(call.await?).await;
        if let Some(kept) = to_judge {
            kept.judge(&answer, &inner.service);
        }
        let answer = answer?;
        if let Some(key) = key {
            inner.kept.keep(key, moment, &answer, &inner.service);
        }
        Ok(answer)
    }
}

/// What the audit trail is told of a request before its body is read.
fn trail_of(endpoint: &Endpoint, params: &[String], peer: &Peer, caller: &Caller) -> Trail {
    let process = |of: &PeerUser| match of.pid {
        Some(pid) => format!("uid {}, pid {pid}", of.uid),
        None => format!("uid {}", of.uid),
    };
    let address = peer.source.map(|address| address.to_string());
    let asked = Asked {
        action: format!("{} /v1{}", endpoint.method, endpoint.path),
        collection: endpoint.collection(),
        params: params.to_vec(),
        source: address.or_else(|| peer.unix.as_ref().map(process)),
    };
    Trail::new(caller.clone(), asked)
}

fn not_allowed(found: &Found<'_>, method: &Method, path: &str) -> ApiError {
    ApiError::method_not_allowed(method, path).with_header(ALLOW, found.allowed())
}
