//! The policy `enforce`: a machine whose power somebody else changed goes back to what was last ordered.
//!
//! It is for machines that must be on (or off) whoever presses what, and off by default: with two masters a machine never
//! rests. So a node that keeps being changed is left alone after a few times, until somebody orders again.

use std::time::Duration;

use rusqlite::Connection;

use crate::model::ids::NodeId;
use crate::model::power::{PowerPolicy, PowerState, PowerTarget};
use crate::model::task::{Requester, Task, TaskKind};
use crate::rules::power::steps;
use crate::store::power::{ErrorKind, KnownPower};
use crate::store::{self, StoreError};
use crate::time::Timestamp;

/// So often within [`WITHIN`] a change is undone.
const TIMES: usize = 3;
const WITHIN: Duration = Duration::from_secs(10 * 60);

/// What the policy did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// There was nothing to do.
    Nothing,
    /// The power is ordered back.
    Ordered,
    /// The node is left alone, for this reason.
    GaveUp(String),
}

/// Orders the power back, if the node's policy asks for it. `known` is what was known before `seen`.
/// The node has no open task. A machine in maintenance is somebody's who knows what he does, and the machine that the daemon
/// runs on is never turned off like this.
pub fn undo(
    connection: &Connection,
    node: NodeId,
    known: &KnownPower,
    seen: PowerState,
    deadline: Duration,
    now: Timestamp,
) -> Result<Undone, StoreError> {
    let Some(wanted) = known.wanted.filter(|wanted| *wanted != seen) else {
        return Ok(Undone::Nothing);
    };
    // What an earlier command may still bring about is waited for.
    let is_coming = known
        .unsettled
        .is_some_and(|(action, _)| action.leads_to() == wanted);
    if known.policy == PowerPolicy::Observe || known.state == Some(seen) || is_coming {
        return Ok(Undone::Nothing);
    }
    let of = store::node::find(connection, node)?;
    let Some(of) = of.filter(|of| !of.maintenance && !of.runs_ostlerd) else {
        return Ok(Undone::Nothing);
    };
    let recent = store::task::count_by_policy(connection, node, now.minus(WITHIN))?;
    if recent >= TIMES {
        let reason = format!(
            "the power was changed from outside {} times in {} minutes and is left alone now: find out who else \
             changes it, then order it again",
            TIMES + 1,
            WITHIN.as_secs() / 60
        );
        store::power::forget_wanted(connection, node)?;
        let error = Some((reason.as_str(), ErrorKind::Task));
        store::power::set_last_error(connection, node, error, now)?;
        return Ok(Undone::GaveUp(reason));
    }
    let target = match wanted {
        PowerState::On => PowerTarget::On,
        PowerState::Off => PowerTarget::Off,
    };
    let task = Task {
        deadline_at: now.plus(deadline),
        ..Task::new(
            TaskKind::Power,
            Some(target),
            steps(target),
            node,
            of.instance_id,
            Requester::policy(),
            now,
        )
    };
    store::task::insert(connection, &task)?;
    store::power::set_target(connection, node, Some(target), now)?;
    Ok(Undone::Ordered)
}
