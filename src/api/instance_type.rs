//! `/types`.

use std::collections::BTreeMap;

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::model::instance_type::InstanceType;
use crate::service::instance_type::NewType;
use crate::view::View;
use crate::view::instance_type::ExtraSpecs;

const SORT_KEYS: &[&str] = &["created_at", "updated_at", "name", "uuid"];

/// `GET /types`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(InstanceType::FIELDS)?;
    let page = query.take_page(SORT_KEYS)?;
    query.finish()?;
    let found = call
        .service
        .list_types(&call.caller, &with_one_more(&page))?;
    list::answer(
        &call,
        found,
        &page,
        fields.as_deref().unwrap_or(InstanceType::FIELDS),
    )
}

/// `POST /types`.
pub async fn create(mut call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let new: NewType = call.json()?;
    let made = call.service.create_type(&call.caller, new).await?;
    call.created(&made)
}

/// `GET /types/{ident}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    call.show(
        &call.service.show_type(&call.caller, call.ident())?,
        InstanceType::FIELDS,
    )
}

/// `PATCH /types/{ident}`.
pub async fn patch(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_type(&call.caller, call.ident())?;
    call.no_query()?;
    let (patch, precondition) = (call.patch()?, call.precondition()?);
    let changed = call
        .service
        .patch_type(&call.caller, call.ident(), patch, precondition)
        .await?;
    call.changed(&changed, InstanceType::FIELDS)
}

/// `DELETE /types/{ident}`.
pub async fn delete(call: Call) -> Result<Answer, ApiError> {
    call.service.show_type(&call.caller, call.ident())?;
    call.no_query()?;
    call.service
        .delete_type(&call.caller, call.ident(), call.precondition()?)
        .await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `GET /types/{ident}/extraspecs`.
pub async fn show_extra_specs(call: Call) -> Result<Answer, ApiError> {
    let of = call.service.show_type(&call.caller, call.ident())?;
    call.no_query()?;
    extra_specs(&of)
}

/// `PATCH /types/{ident}/extraspecs`: adds or replaces the pairs of the body.
pub async fn merge_extra_specs(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_type(&call.caller, call.ident())?;
    call.no_query()?;
    let pairs: BTreeMap<String, String> = call.json()?;
    let of = call
        .service
        .merge_extra_specs(&call.caller, call.ident(), pairs)
        .await?;
    extra_specs(&of)
}

/// `DELETE /types/{ident}/extraspecs/{key}`.
pub async fn remove_extra_spec(call: Call) -> Result<Answer, ApiError> {
    call.service.show_type(&call.caller, call.ident())?;
    call.no_query()?;
    call.service
        .remove_extra_spec(&call.caller, call.ident(), call.second())
        .await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn extra_specs(of: &InstanceType) -> Result<Answer, ApiError> {
    Answer::json(
        StatusCode::OK,
        &ExtraSpecs {
            extra_specs: &of.extra_specs,
        },
    )
}
