//! Answers that are kept while what they show stays as it is.
//!
//! What is stored changes by commits alone, and all of them are ours. So an answer that shows nothing but what is stored can
//! be given again, to callers who see the same, until a row that it was read from is written; where an answer does not say
//! which rows those are, until something is committed; and for ten seconds at the longest. It is as exact as reading again: a
//! change counts before its own answer is sent. Programs that wait for something ask for the same thing many times meanwhile.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hyper::Uri;

use crate::api::answer::Answer;
use crate::api::error::ApiError;
use crate::model::caller::Caller;
use crate::service::Service;
use crate::store::commits::Moment;
use crate::view::links::Base;

/// As many are kept at a time.
const MAX_ANSWERS: usize = 1024;

/// Longer ones are not kept, so all together are at most 8 MiB.
const MAX_BYTES: usize = 8 << 10;

/// With debug assertions, and so in nearly all tests, what is kept is not trusted: it is read again, and judged.
pub(super) const IS_TRUSTED: bool = !cfg!(debug_assertions);

/// The answers that are kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    answers: Mutex<HashMap<Key, Since>>,
}

/// An answer, and the moment before anything was read for it.
#[derive(Debug)]
pub(super) struct Since {
    moment: Moment,
    answer: Answer,
}

impl Since {
    /// The answer to give.
    pub(super) fn into_answer(self) -> Answer {
        self.answer
    }

    /// Panics if something else was read meanwhile although this answer still holds.
    pub(super) fn judge(&self, read: &Result<Answer, ApiError>, service: &Service) {
        if self.holds(service) {
            let is_same = read.as_ref().is_ok_and(|read| self.answer.is_same(read));
            assert!(is_same, "{:?} is kept, not {read:?}", self.answer);
        }
    }

    /// Whether it still holds.
    fn holds(&self, service: &Service) -> bool {
        service.holds(self.answer.footprint(), self.moment)
    }
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
    /// An answer that was given before and still holds.
    pub(super) fn find(&self, key: &Key, service: &Service) -> Option<Since> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let found = answers.get(key).filter(|found| found.holds(service))?;
        Some(Since {
            moment: found.moment,
            answer: found.answer.again(MAX_BYTES)?,
        })
    }

    /// Keeps an answer. `moment` is the one before anything was read for it.
    pub(super) fn keep(&self, key: Key, moment: Moment, answer: &Answer, service: &Service) {
        let Some(answer) = answer.again(MAX_BYTES) else {
            return;
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        // Another that began later knows better.
        if answers
            .get(&key)
            .is_some_and(|of| of.moment.is_after(moment))
        {
            return;
        }
        if answers.len() >= MAX_ANSWERS && !answers.contains_key(&key) {
            answers.retain(|_, of| of.holds(service));
            // So that it does not have to be looked through each time.
            if answers.len() >= MAX_ANSWERS / 2 {
                answers.clear();
            }
        }
        answers.insert(key, Since { moment, answer });
    }
}
