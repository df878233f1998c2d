//! `/health`, `/nodes/{ident}/health` and `/metrics`: how well BMCs can be spoken to.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::model::health::HealthState;
use crate::store::health::HealthFilter;
use crate::view::health::NodeHealth;
use crate::view::{Shown, View, metrics};

const SORT_KEYS: &[&str] = &["created_at", "name", "uuid", "availability_zone"];

/// `GET /health`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(NodeHealth::FIELDS)?;
    let page = query.take_page(SORT_KEYS)?;
    let filter = HealthFilter {
        state: query.take_parsed("state", &expected(), HealthState::parse)?,
        availability_zone: query.take("availability_zone"),
    };
    query.finish()?;
    let found = call.service.list_health(filter, &with_one_more(&page))?;
    let fields = fields.as_deref().unwrap_or(NodeHealth::FIELDS);
    let service = call.service.clone();
    list::answer_each(&call, found, &page, fields, move |ids| {
        service.listed_health(ids)
    })
}

/// `GET /nodes/{ident}/health`. Without an ETag: the numbers are of this moment.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let of = &call.service.show_health(call.ident())?;
    let mut query = call.query()?;
    let fields = query.take_fields(NodeHealth::FIELDS)?;
    query.finish()?;
    let (fields, base) = (fields.as_deref().unwrap_or(NodeHealth::FIELDS), &call.base);
    Answer::json(StatusCode::OK, &Shown { of, fields, base })
}

/// `GET /metrics`, whatever the client says that it accepts.
pub async fn metrics(call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let mut snapshot = call.service.metrics()?;
    snapshot.http.streams = call.streams.open();
    let page = metrics::write(&snapshot);
    Ok(Answer::text(metrics::MEDIA_TYPE, page))
}

/// What a filter for a state can be.
pub fn expected() -> String {
    format!(
        "one of {}",
        HealthState::ALL.map(HealthState::as_str).join(", ")
    )
}
