//! `/limits`.

use hyper::StatusCode;
use serde::Deserialize;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::model::limit::Limit;
use crate::store::limit::LimitPage;
use crate::view::View;

/// `GET /limits`. Projects have no UUIDs: a page begins behind the project that `marker` names, there or not.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(Limit::FIELDS)?;
    let after = query.take("marker");
    let page = query.take_page(&["project_id"])?;
    query.finish()?;
    let wanted = LimitPage {
        after,
        sort_dir: page.sort_dir,
        limit: with_one_more(&page).limit,
    };
    let found = call.service.list_limits(&wanted)?;
    let fields = fields.as_deref().unwrap_or(Limit::FIELDS);
    list::answer(&call, found, &page, fields)
}

/// `GET /limits/{project_id}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let limit = call.service.show_limit(&call.caller, call.ident())?;
    call.show(&limit, Limit::FIELDS)
}

/// `PUT /limits/{project_id}`.
pub async fn set(mut call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        /// It has to be there: null is "no limit", and not "not said".
        #[serde(deserialize_with = "Option::deserialize")]
        instances: Option<u32>,
    }
    call.no_query()?;
    let Body { instances } = call.json()?;
    let limit = call
        .service
        .set_limit(&call.caller, call.ident(), instances)
        .await?;
    call.changed(&limit, Limit::FIELDS)
}

/// `DELETE /limits/{project_id}`.
pub async fn unset(call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    call.service.unset_limit(&call.caller, call.ident()).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
