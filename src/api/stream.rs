//! A stream of server-sent events (WHATWG HTML, "Server-sent events"): the body of an answer that does not end by itself.
//!
//! A reader holds no place in memory for what has not been sent: it reads the next events from the database when the
//! client has taken the last ones. One that is slow is behind, and hurts nobody.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Bytes, Frame};
use hyper::header::RETRY_AFTER;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::api::answer::{Body, Cut};
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::event::visible_fields;
use crate::api::stay::Stay;
use crate::keystone::Keystone;
use crate::live::Live;
use crate::model::caller::Caller;
use crate::model::event::Event;
use crate::service::Service;
use crate::store::event::EventFilter;
use crate::system::shutdown::Shutdown;
use crate::time;
use crate::view::Shown;
use crate::view::links::Base;

/// Events that are read at one go.
const BATCH: u32 = 200;
/// After this long without an event the client hears that the connection lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Streams that are open at a time, so that there are connections left for everything else.
const MAX_STREAMS: usize = 256;

/// What all streams share. Cheap to clone.
#[derive(Clone)]
pub struct Streams {
    places: Arc<Semaphore>,
    /// Who is asked whether callers that came with its tokens are still good.
    keystone: Live<Option<Keystone>>,
    shutdown: Shutdown,
}

impl Streams {
    /// No stream yet; all end with this shutdown.
    pub fn new(keystone: Option<Keystone>, shutdown: Shutdown) -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_STREAMS)),
            keystone: Live::new(keystone),
            shutdown,
        }
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        MAX_STREAMS.saturating_sub(self.places.available_permits())
    }

    /// Whose tokens are known besides the daemon's own.
    pub fn keystone(&self) -> Option<Keystone> {
        self.keystone.now().as_ref().clone()
    }

    /// Whose tokens are known from now on; those who stay are asked about there too.
    pub fn set_keystone(&self, keystone: Option<Keystone>) {
        self.keystone.set(keystone);
    }

    /// What ends everything that waits.
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }
}

/// One client's place in the order of events.
pub(super) struct Reader {
    service: Service,
    caller: Caller,
    base: Base,
    filter: EventFilter,
    after: i64,
    newest: watch::Receiver<i64>,
    stay: Stay,
    shutdown: Shutdown,
    /// What is sent before anything else.
    greeting: Option<String>,
    keep_alive_at: Instant,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    /// A reader of what comes after an event. `first` is the oldest event that is kept.
    pub(super) fn new(
        call: &Call,
        filter: EventFilter,
        after: i64,
        first: i64,
    ) -> Result<Self, ApiError> {
        let Ok(place) = call.streams.places.clone().try_acquire_owned() else {
            let message =
                format!("{MAX_STREAMS} streams of events are open already: try again later");
            let refusal = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message);
            return Err(refusal.with_header(RETRY_AFTER, "10"));
        };
        Ok(Self {
            service: call.service.clone(),
            caller: call.caller.clone(),
            base: call.base.clone(),
            filter,
            after,
            newest: call.service.newest_event(),
            stay: Stay::new(call),
            shutdown: call.streams.shutdown.clone(),
            greeting: Some(greeting(after, first)),
            keep_alive_at: time::instant() + KEEP_ALIVE,
            _place: place,
        })
    }

    /// As the body of an answer.
    pub(super) fn into_body(self) -> Body {
        EventBody(Box::pin(self.next())).boxed_unsync()
    }

    /// Waits for what is sent next; `None` ends the stream.
    async fn next(mut self) -> Step {
        if let Some(greeting) = self.greeting.take() {
            return Some((self, greeting.into()));
        }
        loop {
            // Before the read: what is committed after it counts as new.
            self.newest.mark_unchanged();
            // A stream on which much happens does not come to wait.
            if !self.stay.may_go_on().await {
                return None;
            }
            let batch = match self.service.events_after(&self.filter, self.after, BATCH) {
                Ok(batch) => batch,
                Err(error) => {
                    tracing::error!(
                        request_id = self.caller.request_id,
                        error = %crate::telemetry::Chain(&error),
                        "events cannot be read"
                    );
                    return None;
                }
            };
            self.after = batch.seen_to;
            if let Some(text) = self.render(&batch.events) {
                return Some((self, text));
            }
            let keep_alive_at = self.keep_alive_at.into();
            tokio::select! {
                biased;
                () = self.shutdown.triggered() => return None,
                () = self.stay.is_over() => return None,
                () = tokio::time::sleep_until(keep_alive_at) => {
                    self.keep_alive_at = time::instant() + KEEP_ALIVE;
                    return Some((self, Bytes::from_static(b": still here\n\n")));
                }
                changed = self.newest.changed() => changed.ok()?,
            }
        }
    }

    /// The events as text; `None` where there are none.
    fn render(&self, events: &[Event]) -> Option<Bytes> {
        let mut text = String::new();
        for of in events {
            let shown = Shown {
                of,
                fields: visible_fields(&self.caller),
                base: &self.base,
            };
            // JSON has no line breaks of its own, so the data is one line.
            let data = serde_json::to_string(&shown).ok()?;
            let (id, kind) = (of.id, of.kind.as_str());
            text += &format!("id: {id}\nevent: {kind}\ndata: {data}\n\n");
        }
        (!text.is_empty()).then(|| text.into())
    }
}

/// Clients try again after two seconds. One that asks for more than is kept is told so.
fn greeting(after: i64, first: i64) -> String {
    let mut text = String::from("retry: 2000\n\n");
    if after.saturating_add(1) < first {
        let message = "older events are no longer kept: read the states of what matters to you";
        let data = serde_json::json!({"first": first, "message": message});
        text += &format!("event: gap\ndata: {data}\n\n");
    }
    text
}

/// What is sent next, and who goes on after it.
type Step = Option<(Reader, Bytes)>;

/// One client's stream as a body.
struct EventBody(Pin<Box<dyn Future<Output = Step> + Send>>);

impl hyper::body::Body for EventBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let Some((reader, bytes)) = ready!(self.0.as_mut().poll(context)) else {
            self.0 = Box::pin(async { None });
            return Poll::Ready(None);
        };
        self.0 = Box::pin(reader.next());
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
