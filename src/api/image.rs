//! `/images`.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::model::image::Image;
use crate::service::image::NewImage;
use crate::view::View;

const SORT_KEYS: &[&str] = &["created_at", "updated_at", "name", "uuid"];

/// `GET /images`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(Image::FIELDS)?;
    let page = query.take_page(SORT_KEYS)?;
    query.finish()?;
    let found = call
        .service
        .list_images(&call.caller, &with_one_more(&page))?;
    list::answer(
        &call,
        found,
        &page,
        fields.as_deref().unwrap_or(Image::FIELDS),
    )
}

/// `POST /images`.
pub async fn create(mut call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let new: NewImage = call.json()?;
    let made = call.service.create_image(&call.caller, new).await?;
    call.created(&made)
}

/// `GET /images/{ident}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    call.show(
        &call.service.show_image(&call.caller, call.ident())?,
        Image::FIELDS,
    )
}

/// `PATCH /images/{ident}`.
pub async fn patch(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_image(&call.caller, call.ident())?;
    call.no_query()?;
    let (patch, precondition) = (call.patch()?, call.precondition()?);
    let changed = call
        .service
        .patch_image(&call.caller, call.ident(), patch, precondition)
        .await?;
    call.changed(&changed, Image::FIELDS)
}

/// `DELETE /images/{ident}`.
pub async fn delete(call: Call) -> Result<Answer, ApiError> {
    call.service.show_image(&call.caller, call.ident())?;
    call.no_query()?;
    call.service
        .delete_image(&call.caller, call.ident(), call.precondition()?)
        .await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
