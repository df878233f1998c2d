//! Answers that are kept until the next commit.
//!
//! What is stored changes by commits alone, and all of them are ours. So an answer that shows nothing but what is stored can
//! be given again, to callers who see the same, until something is committed, whatever that is about. It is as exact as
//! reading again: a change is counted before its own answer is sent. Programs that wait for something ask for the same
//! thing many times between two commits.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hyper::Uri;

use crate::api::answer::Answer;
use crate::model::caller::Caller;
use crate::view::links::Base;

/// As many are kept at a time.
const MAX_ANSWERS: usize = 1024;

/// Longer ones are not kept, so all together are at most 8 MiB.
const MAX_BYTES: usize = 8 << 10;

/// The answers since the last commit.
#[derive(Debug, Default)]
pub(super) struct Kept {
    since: Mutex<Since>,
}

#[derive(Debug, Default)]
struct Since {
    commits: u64,
    answers: HashMap<Key, Answer>,
}

/// What an answer depends on besides what is stored: what is asked for, what links begin with, and what the caller may see.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(String);

impl Key {
    /// The key of a `GET`. None of its parts has a line break in it.
    pub(super) fn new(caller: &Caller, base: &Base, uri: &Uri) -> Self {
        let parts = [
            caller.role.as_str(),
            &caller.project_id,
            &base.0,
            uri.path(),
            uri.query().unwrap_or_default(),
        ];
        Self(parts.join("\n"))
    }
}

impl Kept {
    /// The answer that was given since the last commit.
    pub(super) fn find(&self, key: &Key, commits: u64) -> Option<Answer> {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.commits != commits {
            return None;
        }
        since.answers.get(key)?.again(MAX_BYTES)
    }

    /// Keeps an answer. `commits` is how many there were before anything was read for it.
    pub(super) fn keep(&self, key: Key, commits: u64, answer: &Answer) {
        let Some(answer) = answer.again(MAX_BYTES) else {
            return;
        };
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        // Another that began later knows better.
        if since.commits > commits {
            return;
        }
        if since.commits < commits || since.answers.len() >= MAX_ANSWERS {
            since.answers.clear();
            since.commits = commits;
        }
        since.answers.insert(key, answer);
    }
}
