//! `/nodes/{ident}/management/boot_device`.

use hyper::StatusCode;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::task;
use crate::model::bmc::BootSetting;

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
    let ordered = call
        .service
        .order_boot_device(&call.caller, call.ident(), setting)
        .await?;
    task::accepted(&call, ordered)
}
