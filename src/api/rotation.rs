//! `/nodes/{ident}/rotate-password`.

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::task;
use crate::service::rotation::NewPassword;

/// `POST /nodes/{ident}/rotate-password`: answers with the task.
pub async fn order(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_node(call.ident())?;
    call.no_query()?;
    let new: NewPassword = call.json_or_default()?;
    let ordered = call
        .service
        .rotate_password(&call.caller, call.ident(), new)
        .await?;
    task::accepted(&call, ordered)
}
