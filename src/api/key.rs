//! `/keys`.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;

/// `POST /keys/rotate`: seals all secrets with a new key, which nobody sees.
pub async fn rotate(mut call: Call) -> Result<Answer, ApiError> {
    /// There is nothing to say.
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    #[derive(Serialize)]
    struct Rotated {
        secrets: u32,
        unreadable: u32,
    }
    call.no_query()?;
    let Nothing {} = call.json_or_default()?;
    let resealed = call.service.rotate_key().await?;
    let rotated = Rotated {
        secrets: resealed.secrets,
        unreadable: resealed.unreadable,
    };
    Answer::json(StatusCode::OK, &rotated)
}
