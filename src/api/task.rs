//! `/tasks/{uuid}` and `…/{ident}/tasks`.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list;
use crate::model::ids::TaskId;
use crate::model::page::Page;
use crate::view::task::TaskView;
use crate::view::{Shown, View};

/// `GET /tasks/{uuid}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    call.show(
        &call.service.show_task(&call.caller, call.ident())?,
        TaskView::FIELDS,
    )
}

/// `DELETE /tasks/{uuid}`.
pub async fn cancel(call: Call) -> Result<Answer, ApiError> {
    call.service.show_task(&call.caller, call.ident())?;
    call.no_query()?;
    call.service.cancel_task(&call.caller, call.ident()).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `GET /nodes/{ident}/tasks`.
pub async fn list_of_node(call: Call) -> Result<Answer, ApiError> {
    let tasks = call.service.list_node_tasks(call.ident())?;
    answer(&call, tasks)
}

/// `GET /instances/{ident}/tasks`.
pub async fn list_of_instance(call: Call) -> Result<Answer, ApiError> {
    let tasks = call
        .service
        .list_instance_tasks(&call.caller, call.ident())?;
    answer(&call, tasks)
}

fn answer(call: &Call, tasks: Vec<TaskView>) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(TaskView::FIELDS)?;
    query.finish()?;
    list::answer(
        call,
        tasks,
        &Page::default(),
        fields.as_deref().unwrap_or(TaskView::FIELDS),
    )
}

/// The answer to an order that made a task: the task, and where it is.
pub(super) fn accepted(call: &Call, task: TaskId) -> Result<Answer, ApiError> {
    let view = call.service.show_task(&call.caller, &task.to_string())?;
    let shown = Shown {
        of: &view,
        fields: TaskView::FIELDS,
        base: &call.base,
    };
    let answer = Answer::json(StatusCode::ACCEPTED, &shown)?;
    Ok(answer.at(call.base.href(TaskView::PLURAL, &view.ident())))
}
