//! `/instances`.

use hyper::StatusCode;
use serde::Deserialize;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::api::query::Query;
use crate::model::instance::{Instance, InstanceStatus};
use crate::model::power::PowerState;
use crate::service::create::NewInstance;
use crate::service::instance::{InstanceQuery, visible_fields};
use crate::service::rebuild::Rebuild;
use crate::store::idempotency;
use crate::store::instance::InstanceFilter;
use crate::view::instance::SUMMARY;
use crate::view::{Shown, View};

const SORT_KEYS: &[&str] = &[
    "created_at",
    "updated_at",
    "launched_at",
    "name",
    "description",
    "uuid",
    "status",
    "power_state",
    "availability_zone",
    "project_id",
    "user_id",
];

/// `GET /instances`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    list_with(call, Some(SUMMARY))
}

/// `GET /instances/detail`.
pub async fn list_detail(call: Call) -> Result<Answer, ApiError> {
    list_with(call, None)
}

/// `POST /instances`.
pub async fn create(mut call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let idempotency = call.idempotency()?;
    let new: NewInstance = call.json()?;
    new.check()?;
    let render = kept(&call, StatusCode::CREATED);
    let created = call
        .service
        .create_instance(&call.caller, new, idempotency, render);
    Ok(Answer::of(created.await?))
}

/// How the answer to a change looks that may be asked for twice with one key.
fn kept(call: &Call, status: StatusCode) -> impl FnOnce(&Instance) -> idempotency::Answer + use<> {
    let (base, fields) = (call.base.clone(), visible_fields(&call.caller));
    move |instance| {
        let shown = Shown {
            of: instance,
            fields,
            base: &base,
        };
        idempotency::Answer {
            request_hash: [0; 32],
            status: status.as_u16(),
            location: Some(base.href(Instance::PLURAL, &instance.ident())),
            etag: Some(instance.etag()),
            body: serde_json::to_vec(&shown).unwrap_or_default(),
        }
    }
}

/// `GET /instances/{ident}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let (instance, footprint) = call.service.trace_instance(&call.caller, call.ident())?;
    let answer = call.show(&instance, visible_fields(&call.caller))?;
    Ok(answer.read_from(footprint))
}

/// `PATCH /instances/{ident}`.
pub async fn patch(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_instance(&call.caller, call.ident())?;
    call.no_query()?;
    let (patch, precondition) = (call.patch()?, call.precondition()?);
    let changed = call
        .service
        .patch_instance(&call.caller, call.ident(), patch, precondition)
        .await?;
    call.changed(&changed, visible_fields(&call.caller))
}

/// `DELETE /instances/{ident}`.
pub async fn delete(call: Call) -> Result<Answer, ApiError> {
    call.service.show_instance(&call.caller, call.ident())?;
    let mut query = call.query()?;
    let force = query.take_flag("force")?.unwrap_or(false);
    query.finish()?;
    let (precondition, service) = (call.precondition()?, &call.service);
    if force {
        let released = service.release_instance(&call.caller, call.ident(), precondition);
        released.await?;
    } else {
        let deleted = service.delete_instance(&call.caller, call.ident(), precondition);
        deleted.await?;
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `POST /instances/{ident}/retry`.
pub async fn retry(mut call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize, Default)]
    #[serde(deny_unknown_fields)]
    struct Body {}
    call.service.show_instance(&call.caller, call.ident())?;
    call.no_query()?;
    let Body {} = call.json_or_default()?;
    let precondition = call.precondition()?;
    let instance = call
        .service
        .retry_instance(&call.caller, call.ident(), precondition)
        .await?;
    let at = call.base.href(Instance::PLURAL, &instance.ident());
    Ok(Answer::empty(StatusCode::ACCEPTED).at(at))
}

/// `POST /instances/{ident}/rebuild`.
pub async fn rebuild(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_instance(&call.caller, call.ident())?;
    call.no_query()?;
    let idempotency = call.idempotency()?;
    let rebuild: Rebuild = call.json_or_default()?;
    rebuild.check()?;
    let (precondition, render) = (call.precondition()?, kept(&call, StatusCode::ACCEPTED));
    let rebuilt = call.service.rebuild_instance(
        &call.caller,
        call.ident(),
        rebuild,
        precondition,
        idempotency,
        render,
    );
    Ok(Answer::of(rebuilt.await?))
}

fn list_with(call: Call, fields: Option<&'static [&'static str]>) -> Result<Answer, ApiError> {
    let known = visible_fields(&call.caller);
    let mut query = call.query()?;
    let asked_for = query.take_fields(known)?;
    let page = query.take_page(SORT_KEYS)?;
    let all_tenants = query.take_flag("all_tenants")?.unwrap_or(false);
    let node = if call.caller.is_admin() {
        query.take("node_uuid")
    } else {
        None
    };
    let filter = filter(&mut query)?;
    query.finish()?;
    let asked = InstanceQuery {
        filter,
        node,
        all_tenants,
    };
    let found = call
        .service
        .list_instances(&call.caller, asked, &with_one_more(&page))?;
    let fields = asked_for.as_deref().or(fields).unwrap_or(known);
    let service = call.service.clone();
    list::answer_each(&call, found, &page, fields, move |ids| {
        service.listed_instances(ids)
    })
}

fn filter(query: &mut Query) -> Result<InstanceFilter, ApiError> {
    let statuses = InstanceStatus::ALL.map(InstanceStatus::as_str).join(", ");
    Ok(InstanceFilter {
        name: query.take("name"),
        status: query.take_parsed(
            "status",
            &format!("one of {statuses}"),
            InstanceStatus::parse,
        )?,
        power_state: query.take_parsed(
            "power_state",
            "power on or power off",
            PowerState::parse,
        )?,
        availability_zone: query.take("availability_zone"),
        project_id: query.take("project_id"),
        user_id: query.take("user_id"),
        node_id: None,
    })
}
