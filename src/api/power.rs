//! `/instances/{ident}/states` and `/nodes/{ident}/states`, with `power` below.

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::model::instance::Instance;
use crate::model::node::Node;
use crate::model::power::PowerTarget;
use crate::rules::input::{self, InvalidInput};
use crate::service::power::PowerOrder;
use crate::view::View;
use crate::view::instance::States;

/// The longest `timeout`, in seconds.
const MAX_TIMEOUT_SECS: u32 = 3600;

/// `GET /instances/{ident}/states`.
pub async fn show_instance(call: Call) -> Result<Answer, ApiError> {
    let (instance, footprint) = call.service.trace_instance(&call.caller, call.ident())?;
    call.no_query()?;
    let states = States {
        power_state: instance.power_state,
        target_power_state: instance.target_power_state,
        last_error: instance.last_error.as_deref(),
    };
    Ok(Answer::json(StatusCode::OK, &states)?.read_from(footprint))
}

/// `PUT /instances/{ident}/states/power`.
pub async fn order_instance(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_instance(&call.caller, call.ident())?;
    call.no_query()?;
    let (order, precondition) = (order(call.json()?)?, call.precondition()?);
    let ident = call.ident();
    let instance = call
        .service
        .order_instance_power(&call.caller, ident, order, precondition)
        .await?;
    let states = format!(
        "{}/states",
        call.base.href(Instance::PLURAL, &instance.ident())
    );
    Ok(Answer::empty(StatusCode::ACCEPTED).at(states))
}

/// `GET /nodes/{ident}/states`.
pub async fn show_node(call: Call) -> Result<Answer, ApiError> {
    let (node, footprint) = call.service.trace_node(call.ident())?;
    call.no_query()?;
    let states = States {
        power_state: node.power_state,
        target_power_state: node.target_power_state,
        last_error: node.last_error.as_deref(),
    };
    Ok(Answer::json(StatusCode::OK, &states)?.read_from(footprint))
}

/// `PUT /nodes/{ident}/states/power`.
pub async fn order_node(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_node(call.ident())?;
    call.no_query()?;
    let (order, precondition) = (order(call.json()?)?, call.precondition()?);
    let node = call
        .service
        .order_node_power(&call.caller, call.ident(), order, precondition)
        .await?;
    let states = format!("{}/states", call.base.href(Node::PLURAL, &node.ident()));
    Ok(Answer::empty(StatusCode::ACCEPTED).at(states))
}

/// Reads the fields of a power order.
pub(super) fn order(body: Value) -> Result<PowerOrder, ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        target: String,
        timeout: Option<u32>,
        escalate: Option<bool>,
        force: Option<bool>,
    }
    let body: Body = input::read(body)?;
    let Some(target) = PowerTarget::parse(&body.target) else {
        let all = PowerTarget::ALL.map(PowerTarget::as_str).join(", ");
        let problem = format!("{:?} is none of {all}", body.target);
        return Err(InvalidInput::new("target", problem).into());
    };
    if body
        .timeout
        .is_some_and(|secs| !(1..=MAX_TIMEOUT_SECS).contains(&secs))
    {
        let problem = format!("must be 1 to {MAX_TIMEOUT_SECS} seconds");
        return Err(InvalidInput::new("timeout", problem).into());
    }
    let escalate = body.escalate.unwrap_or_default();
    if escalate && !target.is_soft() {
        let problem = format!("is for soft_off and soft_reboot; {target} is hard already");
        return Err(InvalidInput::new("escalate", problem).into());
    }
    Ok(PowerOrder {
        target,
        timeout_secs: body.timeout,
        escalate,
        force: body.force.unwrap_or_default(),
    })
}
