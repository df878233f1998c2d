//! `/nodes/{ident}/rotate-password`.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::service::rotation::NewPassword;
use crate::view::task::TaskView;
use crate::view::{Shown, View};

/// `POST /nodes/{ident}/rotate-password`: answers with the task.
pub async fn order(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_node(call.ident())?;
    call.no_query()?;
    let new: NewPassword = call.json_or_default()?;
    let task = call
        .service
        .rotate_password(&call.caller, call.ident(), new)
        .await?;
    let view = call.service.show_task(&call.caller, &task.to_string())?;
    let shown = Shown {
        of: &view,
        fields: TaskView::FIELDS,
        base: &call.base,
    };
    let answer = Answer::json(StatusCode::ACCEPTED, &shown)?;
    Ok(answer.at(call.base.href(TaskView::PLURAL, &view.ident())))
}
