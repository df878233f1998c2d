//! Steps that wait for what a machine does on its way from the power button to a running system.

use crate::model::netboot::Milestone;
use crate::model::task::Task;
use crate::store::StoreError;
use crate::worker::Context;
use crate::worker::outcome;
use crate::worker::runner::{Memory, Round};
use crate::worker::tried::Failure;

/// One round of waiting.
pub async fn advance(
    context: &Context,
    task: Task,
    _awaited: Milestone,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let failure = Failure::task("milestones cannot be awaited yet".to_owned());
    outcome::give_up(context, task, failure, memory).await
}
