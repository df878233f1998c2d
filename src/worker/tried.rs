//! What was tried for a task, and why one is given up.

use std::time::Instant;

use crate::bmc::{BmcError, Certainty};
use crate::model::task::{Attempt, Step};
use crate::store::power::ErrorKind;
use crate::time::Timestamp;
use crate::worker::Context;

/// One thing that was tried.
#[derive(Debug, Clone)]
pub struct Tried {
    /// For which step.
    pub step: Step,
    /// How it ended, in one word.
    pub outcome: &'static str,
    /// What came back.
    pub detail: Option<String>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: i64,
}

impl Context {
    /// What was tried, how it ended, and how long it took since `started`. It is counted now, whether it can be recorded or
    /// not.
    pub fn tried(
        &self,
        step: Step,
        outcome: &'static str,
        detail: Option<String>,
        started: Instant,
    ) -> Tried {
        self.meters.work().attempts.bump(outcome);
        Tried {
            step,
            outcome,
            detail,
            elapsed_ms: i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX),
        }
    }
}

impl Tried {
    /// The same reading, after which the next command waits for this.
    #[must_use]
    pub fn held(self, why: String) -> Self {
        let detail = match self.detail {
            Some(seen) => format!("{seen}; {why}"),
            None => why,
        };
        Self {
            outcome: "held",
            detail: Some(detail),
            ..self
        }
    }

    /// As it is stored.
    pub fn at(&self, now: Timestamp) -> Attempt {
        Attempt {
            at: now,
            step: self.step.as_str().to_owned(),
            outcome: self.outcome.to_owned(),
            detail: self.detail.clone(),
            elapsed_ms: Some(self.elapsed_ms),
            times: 1,
            last_at: None,
        }
    }
}

/// Why a task is given up.
#[derive(Debug, Clone)]
pub struct Failure {
    reason: String,
    kind: ErrorKind,
}

impl Failure {
    /// The BMC could not be spoken to.
    pub fn contact(reason: String) -> Self {
        Self {
            reason,
            kind: ErrorKind::Contact,
        }
    }

    /// The BMC could be spoken to and the state was not reached.
    pub fn task(reason: String) -> Self {
        Self {
            reason,
            kind: ErrorKind::Task,
        }
    }

    /// The sentence for people, and what kind of failure it is.
    pub fn into_parts(self) -> (String, ErrorKind) {
        (self.reason, self.kind)
    }

    /// The sentence for people.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What an exchange ended with.
    pub fn of(error: &BmcError) -> Self {
        // An account may read the power and not change it: then the next poll succeeds, and must not hide the reason.
        if matches!(error, BmcError::Privilege { .. }) {
            return Self::task(error.to_string());
        }
        match error.certainty() {
            Certainty::Refused => Self::task(error.to_string()),
            Certainty::NotSent | Certainty::MaybeSent => Self::contact(error.to_string()),
        }
    }
}
