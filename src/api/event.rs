//! `/events`: a stream of server-sent events, or a page of those that are kept.

use hyper::header::{ACCEPT, CACHE_CONTROL, HeaderMap, HeaderName};

use crate::api::answer::Answer;
use crate::api::auth;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::api::query::Query;
use crate::api::stream::Reader;
use crate::model::caller::Caller;
use crate::model::event::{Event, EventKind};
use crate::model::page::{MAX_LIMIT, Page};
use crate::service::event::EventQuery;
use crate::store::event::EventFilter;
use crate::view::View;
use crate::view::event::FIELDS_OF_MEMBERS;

/// What a page holds that names no limit.
const PAGE: u32 = 1_000;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Proxies that buffer answers are told not to.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `GET /events`: a stream, unless the client asks for JSON in so many words.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let headers = call.headers();
    if names(headers, "text/event-stream") {
        return stream(&call);
    }
    if names(headers, "application/json") {
        return page(&call);
    }
    auth::check_accept(headers)?;
    stream(&call)
}

/// The fields that this caller sees of an event.
pub fn visible_fields(caller: &Caller) -> &'static [&'static str] {
    if caller.is_admin() {
        Event::FIELDS
    } else {
        FIELDS_OF_MEMBERS
    }
}

/// Whether `Accept` names just this media type.
fn names(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim().eq_ignore_ascii_case(media_type))
}

fn stream(call: &Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let filter = filter(call, &mut query)?;
    let marker = query.take_parsed("marker", EVENT_ID, parse_id)?;
    query.finish()?;
    let after = match call.headers().get(LAST_EVENT_ID) {
        None => marker,
        Some(value) => {
            let id = value.to_str().ok().and_then(parse_id);
            let id = id.ok_or_else(|| {
                ApiError::bad_request(format!("Last-Event-ID: must be {EVENT_ID}"))
            })?;
            Some(id)
        }
    };
    let (first, newest) = call.service.event_bounds()?;
    if let Some(id) = after.filter(|id| *id > newest) {
        let message = format!("Last-Event-ID: event {id} has not happened; the newest is {newest}");
        return Err(ApiError::bad_request(message));
    }
    let reader = Reader::new(call, filter, after.unwrap_or(newest), first)?;
    Ok(Answer::stream("text/event-stream", reader.into_body())
        .with(CACHE_CONTROL, "no-store")
        .with(NO_BUFFERING, "no"))
}

fn page(call: &Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let filter = filter(call, &mut query)?;
    let fields = query.take_fields(visible_fields(&call.caller))?;
    let marker = query.take_parsed("marker", EVENT_ID, parse_id)?;
    let Page {
        sort_dir, limit, ..
    } = query.take_page(&["id"])?;
    query.finish()?;
    let page = Page {
        limit: Some(limit.unwrap_or(PAGE).min(MAX_LIMIT)),
        ..Page::default()
    };
    let wanted = with_one_more(&page).limit.unwrap_or(PAGE);
    let events = call
        .service
        .list_events(&filter, marker, sort_dir, wanted)?;
    let fields = fields.as_deref().unwrap_or(visible_fields(&call.caller));
    list::answer(call, events, &page, fields)
}

const EVENT_ID: &str = "the id of an event";

fn parse_id(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|id| *id >= 0)
}

fn filter(call: &Call, query: &mut Query) -> Result<EventFilter, ApiError> {
    let expected = format!(
        "a list of {}",
        EventKind::ALL.map(EventKind::as_str).join(", ")
    );
    let kinds = query.take_parsed("kind", &expected, |value| {
        value
            .split(',')
            .map(|kind| EventKind::parse(kind.trim()))
            .collect::<Option<Vec<_>>>()
    })?;
    let query = EventQuery {
        kinds: kinds.unwrap_or_default(),
        node: query.take("node"),
        instance: query.take("instance"),
        project_id: query.take("project_id"),
        user_id: query.take("user_id"),
    };
    Ok(call.service.event_filter(&call.caller, query)?)
}
