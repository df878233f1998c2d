//! Steps that give a BMC another password.
//!
//! The new one was staged with the order. It is sent after the commit that says so, and becomes the node's own only after a
//! login with it has worked; until then both are kept. What a lost answer or a crash leaves open, logins find out: first
//! with the password that the BMC more likely has, then with the other one, and each of them once, because bad logins lock
//! accounts.

use std::time::{Duration, Instant};

use crate::bmc::{BmcError, BmcRef, Certainty, CredentialsFault, Stage, Urgency};
use crate::crash;
use crate::model::bmc::{BmcConfig, LanConfig};
use crate::model::secret::Secret;
use crate::model::task::{Step, Task};
use crate::rules::rotation::{StillOld, still_old};
use crate::store::rotation::{IN_DOUBT, Staged};
use crate::store::{self, StoreError};
use crate::time;
use crate::worker::exchange::{NoReach, Reach};
use crate::worker::journal;
use crate::worker::pace::Pace;
use crate::worker::runner::{Memory, Round};
use crate::worker::tried::Failure;
use crate::worker::{Context, outcome, password_record as record};

const STEP: Step = Step::RotatePassword;
/// All BMCs have room for a password of so many bytes; some say yes to a longer one, and cut it off.
const EVERY_BMC_HAS: usize = 16;

/// One round.
pub async fn advance(
    context: &Context,
    task: Task,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let reach = match context.reach(task.node_id)? {
        Ok(reach) => reach,
        Err(NoReach::Gone) => return Ok(Round::Ended),
        Err(NoReach::Sealed(error)) => {
            return outcome::give_up(context, task, Failure::contact(error.to_string()), memory)
                .await;
        }
    };
    let (node, sealer) = (task.node_id, context.store.sealer());
    let staged = context
        .store
        .read(|connection| store::rotation::find(connection, sealer, node));
    let staged = match staged {
        Ok(Some(staged)) => staged,
        Ok(None) => {
            let gone = "the new password is gone: the node's password was set meanwhile".to_owned();
            return outcome::give_up(context, task, Failure::task(gone), memory).await;
        }
        Err(StoreError::Seal(error)) => {
            return outcome::give_up(context, task, Failure::task(error.to_string()), memory).await;
        }
        Err(error) => return Err(error),
    };
    if !staged.is_sent || staged.old_seen {
        set(context, task, &reach, &staged, memory).await
    } else {
        verify(context, task, &reach, &staged, memory).await
    }
}

/// Sends the new password. The intent is on disk before it leaves.
async fn set(
    context: &Context,
    task: Task,
    reach: &Reach,
    staged: &Staged,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let started = time::instant();
    let user = reach.bmcs.own_user(&reach.bmc).await;
    context.record_health(reach).await?;
    let user = match user {
        Ok(user) => user,
        Err(error) => return unset(context, task, &error, started, memory).await,
    };
    context.learn(reach).await?;
    let found = format!("the node logs in as user {user} of the BMC");
    let tried = context.tried(STEP, "read", Some(found), started);
    let Some(mut task) = record::issue(context, task, tried).await? else {
        return Ok(Round::Moved);
    };
    let started = time::instant();
    let result = reach
        .bmcs
        .set_password(&reach.bmc, user, &staged.password)
        .await;
    crash::point("password_answered");
    let (word, detail) = match &result {
        Ok(()) => ("accepted", "the BMC accepted the new password".to_owned()),
        Err(error) => (error.metric_label(), error.to_string()),
    };
    journal::answered(&task, reach, "the new password", &result, started.elapsed());
    let tried = context.tried(STEP, word, Some(detail), started);
    let certainty = result.as_ref().err().map(BmcError::certainty);
    record::answered(context, &mut task, certainty, staged.is_sent, tried).await?;
    memory.see(context, &task);
    match result {
        Err(error) if certainty != Some(Certainty::MaybeSent) => {
            let is_over = error.is_permanent() || memory.left(context, &task).is_zero();
            if is_over {
                return outcome::give_up(context, task, unchanged(&error), memory).await;
            }
            Ok(Round::Wait(memory.retry_pause(context, &task)))
        }
        // Some BMCs need a moment after they have said yes.
        Ok(()) | Err(_) => Ok(Round::Wait(memory.pace.next_look())),
    }
}

/// The BMC could not be asked which user this is: nothing was sent.
async fn unset(
    context: &Context,
    task: Task,
    error: &BmcError,
    started: Instant,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    if let Some(round) = pause(error) {
        return Ok(round);
    }
    let tried = context.tried(STEP, error.metric_label(), Some(error.to_string()), started);
    outcome::tried(context, &task, tried).await?;
    if error.is_permanent() || memory.left(context, &task).is_zero() {
        return outcome::give_up(context, task, unchanged(error), memory).await;
    }
    wait(context, &task, memory)
}

/// The BMC was sent the new password: does it take it?
async fn verify(
    context: &Context,
    task: Task,
    reach: &Reach,
    staged: &Staged,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let Some(fresh) = with_password(&reach.bmc, &staged.password) else {
        let changed = "the node's BMC is no longer reached over the network".to_owned();
        return outcome::give_up(context, task, Failure::task(changed), memory).await;
    };
    let started = time::instant();
    let read = reach.bmcs.chassis_status(&fresh, Urgency::User).await;
    context.record_health(reach).await?;
    let error = match read {
        Ok(status) => {
            crash::point("password_verified");
            context.learn(reach).await?;
            let works = "a login with the new password worked".to_owned();
            let tried = context.tried(STEP, "verified", Some(works), started);
            return record::verified(context, task, status.power, tried).await;
        }
        Err(error) => error,
    };
    if let Some(round) = pause(&error) {
        return Ok(round);
    }
    let detail = format!("a login with the new password: {error}");
    let tried = context.tried(STEP, error.metric_label(), Some(detail), started);
    outcome::tried(context, &task, tried).await?;
    if is_refused(&error) {
        return try_old(context, task, reach, staged, &error, memory).await;
    }
    unanswered(context, task, &error, memory).await
}

/// The BMC refuses the new password: does it take the old one?
async fn try_old(
    context: &Context,
    task: Task,
    reach: &Reach,
    staged: &Staged,
    refused: &BmcError,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    let started = time::instant();
    let read = reach.bmcs.chassis_status(&reach.bmc, Urgency::User).await;
    context.record_health(reach).await?;
    let error = match read {
        Ok(_) => return old_works(context, task, staged, started, memory).await,
        Err(error) => error,
    };
    if let Some(round) = pause(&error) {
        return Ok(round);
    }
    let detail = format!("a login with the old password: {error}");
    let tried = context.tried(STEP, error.metric_label(), Some(detail), started);
    outcome::tried(context, &task, tried).await?;
    if !is_refused(&error) {
        return unanswered(context, task, &error, memory).await;
    }
    // ipmi_sim is not the only one.
    let cut = if staged.password.expose().len() > EVERY_BMC_HAS {
        "the BMC may have kept only the first 16 characters of the new one; or "
    } else {
        ""
    };
    let neither = format!(
        "the BMC takes neither the new password, which it was sent, nor the old one; both are kept: {cut}somebody else may have \
         changed it, or the account is locked; set the password that it has, or order rotate-password again in some minutes \
         (new: {refused}; old: {error})"
    );
    outcome::give_up(context, task, Failure::task(neither), memory).await
}

/// The BMC takes the old password, and not the new one.
async fn old_works(
    context: &Context,
    task: Task,
    staged: &Staged,
    started: Instant,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    // The account is not locked, and the count of its bad logins begins anew.
    context.bmcs.lift_lockout(task.node_id);
    let since = task
        .issued_at
        .map_or(Duration::MAX, |at| memory.anchors.since(at));
    let accepted = task.accepted > 0;
    let works = "a login with the old password worked".to_owned();
    let tried = context.tried(STEP, "old_works", Some(works), started);
    match still_old(since, context.settings().grace, accepted, staged.sends) {
        StillOld::Wait(rest) => {
            outcome::tried(context, &task, tried).await?;
            return Ok(Round::Wait(rest));
        }
        StillOld::Again if !memory.left(context, &task).is_zero() => {
            record::old_seen(context, &task, tried).await?;
            return wait(context, &task, memory);
        }
        StillOld::Again | StillOld::GiveUp => record::old_seen(context, &task, tried).await?,
    }
    let reason = if accepted {
        "the BMC accepted the new password and still takes only the old one: nothing has changed; change the password in the \
         BMC and then the node's bmc.password, or order rotate-password again, which sends the same new password"
    } else {
        "the new password did not reach the BMC, which still takes the old one: nothing has changed; order rotate-password \
         again, which sends the same new password"
    };
    outcome::give_up(context, task, Failure::task(reason.to_owned()), memory).await
}

/// What the BMC has could not be found out this time.
async fn unanswered(
    context: &Context,
    task: Task,
    error: &BmcError,
    memory: &mut Memory,
) -> Result<Round, StoreError> {
    if error.is_permanent() || memory.left(context, &task).is_zero() {
        let failure = Failure::task(format!("{IN_DOUBT} ({error})"));
        return outcome::give_up(context, task, failure, memory).await;
    }
    wait(context, &task, memory)
}

fn wait(context: &Context, task: &Task, memory: &mut Memory) -> Result<Round, StoreError> {
    let pause = memory.retry_pause(context, task);
    Ok(Round::Wait(pause.min(memory.left(context, task))))
}

/// What is to be done where it is not the BMC that failed.
fn pause(error: &BmcError) -> Option<Round> {
    if matches!(error, BmcError::Stopping { .. }) {
        return Some(Round::Wait(Pace::last_retry()));
    }
    // The task has ended, or is another since.
    matches!(error, BmcError::CalledOff { .. }).then_some(Round::Moved)
}

/// Whether the BMC has another password, as far as can be told. A name that it does not know is no such sign, but may be an
/// account that is locked: then no other password is tried either.
fn is_refused(error: &BmcError) -> bool {
    if let BmcError::Credentials { fault, .. } | BmcError::LockedOut { fault, .. } = error {
        return match fault {
            CredentialsFault::Password | CredentialsFault::PasswordRefused(_) => true,
            CredentialsFault::Username(_) | CredentialsFault::Kg | CredentialsFault::KgMissing => {
                false
            }
        };
    }
    // Some BMCs say nothing to a wrong password.
    matches!(error, BmcError::Silent { stage, .. } if *stage == Stage::Rakp3)
}

/// Why the password is what it was.
fn unchanged(error: &BmcError) -> Failure {
    let reason = format!("the password was not changed: {error}");
    match Failure::of(error).into_parts().1 {
        store::power::ErrorKind::Contact => Failure::contact(reason),
        store::power::ErrorKind::Task => Failure::task(reason),
    }
}

/// The same BMC with another password.
fn with_password(bmc: &BmcRef, password: &Secret<String>) -> Option<BmcRef> {
    let BmcConfig::Lan(lan) = &*bmc.config else {
        return None;
    };
    let lan = LanConfig {
        password: password.clone(),
        ..lan.clone()
    };
    Some(BmcRef {
        config: std::sync::Arc::new(BmcConfig::Lan(lan)),
        ..bmc.clone()
    })
}
