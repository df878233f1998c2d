//! `/nodes/{ident}/maintenance`.

use hyper::StatusCode;
use serde::Deserialize;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;

/// `PUT /nodes/{ident}/maintenance`.
pub async fn set(mut call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize, Default)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: Option<String>,
    }
    call.service.show_node(call.ident())?;
    call.no_query()?;
    let Body { reason } = call.json_or_default()?;
    call.service
        .set_maintenance(&call.caller, call.ident(), Some(reason))
        .await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `DELETE /nodes/{ident}/maintenance`.
pub async fn clear(call: Call) -> Result<Answer, ApiError> {
    call.service.show_node(call.ident())?;
    call.no_query()?;
    call.service
        .set_maintenance(&call.caller, call.ident(), None)
        .await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
