//! Idempotency keys: a repeated request gets the first answer.
//!
//! The key is looked up and the answer kept in the same transaction as the change, on the one writer. So a second request
//! that comes during the first waits for it, and a crash cannot leave a change without its answer.

use std::time::Duration;

use rusqlite::Connection;

use crate::service::Error;
use crate::store::idempotency::{Answer, Key, find, keep};
use crate::time::Timestamp;

/// How long an answer is kept.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// A key that came with a request.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// Whose key.
    pub key: Key,
    /// The SHA-256 of the request's body.
    pub request_hash: [u8; 32],
}

/// An answer, and whether it was given before.
#[derive(Debug)]
pub struct Outcome {
    /// What to send.
    pub answer: Answer,
    /// Whether it was given before.
    pub replayed: bool,
}

/// Gives the answer that the key has already, or runs `change` and keeps what it answers.
pub fn once(
    connection: &Connection,
    idempotency: Option<&Idempotency>,
    now: Timestamp,
    change: impl FnOnce(&Connection) -> Result<Answer, Error>,
) -> Result<Outcome, Error> {
    let Some(Idempotency { key, request_hash }) = idempotency else {
        return Ok(Outcome {
            answer: change(connection)?,
            replayed: false,
        });
    };
    let not_before = now.minus(KEPT_FOR);
    if let Some(answer) = find(connection, key, not_before)? {
        if answer.request_hash != *request_hash {
            return Err(Error::KeyReused);
        }
        return Ok(Outcome {
            answer,
            replayed: true,
        });
    }
    let answer = Answer {
        request_hash: *request_hash,
        ..change(connection)?
    };
    keep(connection, key, &answer, now, not_before)?;
    Ok(Outcome {
        answer,
        replayed: false,
    })
}
