//! `/networks`.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::model::network::Network;
use crate::service::network::NewNetwork;
use crate::view::View;

const SORT_KEYS: &[&str] = &["created_at", "updated_at", "name", "uuid"];

/// `GET /networks`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(Network::FIELDS)?;
    let page = query.take_page(SORT_KEYS)?;
    query.finish()?;
    let found = call.service.list_networks(&with_one_more(&page))?;
    list::answer(
        &call,
        found,
        &page,
        fields.as_deref().unwrap_or(Network::FIELDS),
    )
}

/// `POST /networks`.
pub async fn create(mut call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let new: NewNetwork = call.json()?;
    let made = call.service.create_network(new).await?;
    call.created(&made)
}

/// `GET /networks/{ident}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    call.show(&call.service.show_network(call.ident())?, Network::FIELDS)
}

/// `PATCH /networks/{ident}`.
pub async fn patch(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_network(call.ident())?;
    call.no_query()?;
    let (patch, precondition) = (call.patch()?, call.precondition()?);
    let changed = call
        .service
        .patch_network(call.ident(), patch, precondition)
        .await?;
    call.changed(&changed, Network::FIELDS)
}

/// `DELETE /networks/{ident}`.
pub async fn delete(call: Call) -> Result<Answer, ApiError> {
    call.service.show_network(call.ident())?;
    call.no_query()?;
    call.service
        .delete_network(call.ident(), call.precondition()?)
        .await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
