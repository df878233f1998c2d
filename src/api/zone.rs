//! `/availability_zones`.

use hyper::StatusCode;
use serde::Serialize;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;

/// `GET /availability_zones`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    struct Zones {
        availability_zones: Vec<String>,
    }
    call.no_query()?;
    let availability_zones = call.service.list_zones()?;
    Answer::json(StatusCode::OK, &Zones { availability_zones })
}
