//! `/webhooks`.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::model::webhook::Webhook;
use crate::service::webhook::NewWebhook;
use crate::view::View;

const SORT_KEYS: &[&str] = &["created_at", "name", "uuid"];

/// `GET /webhooks`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(Webhook::FIELDS)?;
    let page = query.take_page(SORT_KEYS)?;
    query.finish()?;
    let found = call.service.list_webhooks(&with_one_more(&page))?;
    let fields = fields.as_deref().unwrap_or(Webhook::FIELDS);
    list::answer(&call, found, &page, fields)
}

/// `POST /webhooks`.
pub async fn create(mut call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let new: NewWebhook = call.json()?;
    let made = call.service.create_webhook(new).await?;
    call.created(&made)
}

/// `GET /webhooks/{ident}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    call.show(&call.service.show_webhook(call.ident())?, Webhook::FIELDS)
}

/// `DELETE /webhooks/{ident}`.
pub async fn delete(call: Call) -> Result<Answer, ApiError> {
    call.service.show_webhook(call.ident())?;
    call.no_query()?;
    call.service.delete_webhook(call.ident()).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
