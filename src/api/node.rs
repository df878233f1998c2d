//! `/nodes`.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::health;
use crate::api::list::{self, with_one_more};
use crate::model::health::HealthState;
use crate::model::node::Node;
use crate::model::power::PowerState;
use crate::service::node::NewNode;
use crate::store::node::NodeFilter;
use crate::view::View;

const SORT_KEYS: &[&str] = &[
    "created_at",
    "updated_at",
    "name",
    "uuid",
    "availability_zone",
    "power_state",
];

/// `GET /nodes`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(Node::FIELDS)?;
    let page = query.take_page(SORT_KEYS)?;
    let filter = NodeFilter {
        name: query.take("name"),
        availability_zone: query.take("availability_zone"),
        power_state: query.take_parsed(
            "power_state",
            "power on or power off",
            PowerState::parse,
        )?,
        maintenance: query.take_flag("maintenance")?,
        health: query.take_parsed("health", &health::expected(), HealthState::parse)?,
    };
    query.finish()?;
    let found = call.service.list_nodes(filter, &with_one_more(&page))?;
    let fields = fields.as_deref().unwrap_or(Node::FIELDS);
    let service = call.service.clone();
    list::answer_each(&call, found, &page, fields, move |ids| {
        service.listed_nodes(ids)
    })
}

/// `POST /nodes`.
pub async fn create(mut call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let new: NewNode = call.json()?;
    let made = call.service.create_node(&call.caller, new).await?;
    call.created(&made)
}

/// `GET /nodes/{ident}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let (node, footprint) = call.service.trace_node(call.ident())?;
    Ok(call.show(&node, Node::FIELDS)?.read_from(footprint))
}

/// `PATCH /nodes/{ident}`.
pub async fn patch(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_node(call.ident())?;
    call.no_query()?;
    let (patch, precondition) = (call.patch()?, call.precondition()?);
    let changed = call
        .service
        .patch_node(&call.caller, call.ident(), patch, precondition)
        .await?;
    call.changed(&changed, Node::FIELDS)
}

/// `DELETE /nodes/{ident}`.
pub async fn delete(call: Call) -> Result<Answer, ApiError> {
    call.service.show_node(call.ident())?;
    call.no_query()?;
    call.service
        .delete_node(call.ident(), call.precondition()?)
        .await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
