//! `/nodes/{ident}/management/boot_device`.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::model::bmc::BootSetting;
use crate::view::task::TaskView;
use crate::view::{Shown, View};

/// `GET /nodes/{ident}/management/boot_device`: asks the BMC.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    call.service.show_node(call.ident())?;
    call.no_query()?;
    let setting: BootSetting = call.service.show_boot_device(call.ident()).await?;
    Answer::json(StatusCode::OK, &setting)
}

/// `PUT /nodes/{ident}/management/boot_device`: answers with the task.
pub async fn order(mut call: Call) -> Result<Answer, ApiError> {
    call.service.show_node(call.ident())?;
    call.no_query()?;
    let setting: BootSetting = call.json()?;
    let task = call
        .service
        .order_boot_device(&call.caller, call.ident(), setting)
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
