//! `POST /power`, one order for many machines, and `/operations`, what became of it.

use std::time::Duration;

use hyper::StatusCode;
use serde_json::{Map, Value};

use crate::api::answer::Answer;
use crate::api::auth;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::api::power;
use crate::api::stay::Stay;
use crate::model::ids::OperationId;
use crate::model::operation::Operation;
use crate::rules::input;
use crate::service::operation::Selection;
use crate::store::idempotency;
use crate::time;
use crate::view::operation::OperationView;
use crate::view::{Shown, View};

const SORT_KEYS: &[&str] = &["created_at", "finished_at", "uuid", "target"];

/// The longest `wait`, in seconds.
const MAX_WAIT_SECS: u64 = 60;

/// `POST /power`.
pub async fn create(mut call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let idempotency = call.idempotency()?;
    let mut body: Map<String, Value> = call.json()?;
    let selection = Selection::FIELDS
        .iter()
        .filter_map(|field| body.remove_entry(*field))
        .collect();
    let selection: Selection = input::read(Value::Object(selection))?;
    let order = power::order(Value::Object(body))?;
    selection.check()?;
    let base = call.base.clone();
    let ordered = call.service.order_many(
        &call.caller,
        order,
        selection,
        idempotency,
        move |operation| {
            let shown = Shown {
                of: operation,
                fields: OperationView::FIELDS,
                base: &base,
            };
            idempotency::Answer {
                request_hash: [0; 32],
                status: StatusCode::ACCEPTED.as_u16(),
                location: Some(base.href(OperationView::PLURAL, &operation.ident())),
                etag: Some(operation.etag()),
                body: serde_json::to_vec(&shown).unwrap_or_default(),
            }
        },
    );
    Ok(Answer::of(ordered.await?))
}

/// `GET /operations`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(Operation::FIELDS)?;
    let page = query.take_page(SORT_KEYS)?;
    query.finish()?;
    let found = call
        .service
        .list_operations(&call.caller, &with_one_more(&page))?;
    let fields = fields.as_deref().unwrap_or(Operation::FIELDS);
    list::answer(&call, found, &page, fields)
}

/// `GET /operations/{uuid}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let id = call.service.find_operation(&call.caller, call.ident())?;
    let mut query = call.query()?;
    let fields = query.take_fields(OperationView::FIELDS)?;
    let expected = format!("a whole number of seconds from 0 to {MAX_WAIT_SECS}");
    let wait = query.take_parsed("wait", &expected, |value| {
        value.parse().ok().filter(|secs| *secs <= MAX_WAIT_SECS)
    })?;
    query.finish()?;
    if let Some(secs) = wait {
        wait_for_end(&call, id, Duration::from_secs(secs)).await?;
    }
    let operation = call.service.show_operation(&call.caller, call.ident())?;
    let shown = Shown {
        of: &operation,
        fields: fields.as_deref().unwrap_or(OperationView::FIELDS),
        base: &call.base,
    };
    Ok(Answer::json(StatusCode::OK, &shown)?.version(operation.etag()))
}

/// Waits until all tasks have ended, the time is over, or the daemon stops.
async fn wait_for_end(call: &Call, id: OperationId, wait: Duration) -> Result<(), ApiError> {
    let deadline = time::instant() + wait;
    let mut newest = call.service.newest_event();
    let mut stay = Stay::new(call);
    loop {
        // Before the read: what is committed after it counts as new. The end of a task is an event.
        newest.mark_unchanged();
        if call.service.has_operation_ended(id)? {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = call.streams.shutdown().triggered() => return Ok(()),
            () = stay.is_over() => return Err(auth::signed_out()),
            () = tokio::time::sleep_until(deadline.into()) => return Ok(()),
            changed = newest.changed() => if changed.is_err() {
                return Ok(());
            },
        }
    }
}
