//! When and from where each token was last used: remembered at each request, written now and then.
//!
//! Every request is a use, and none of them waits for a commit. What is shown is what is remembered, else what is written; a
//! crash loses a minute of it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::ids::TokenId;
use crate::model::token::{LastUse, Token};
use crate::store::{Store, StoreError, token};
use crate::time;
use crate::wake::Wake;

/// A use that comes this long after the last were written is written at once; others wait for more to come.
const PAUSE: Duration = Duration::from_secs(30);

/// The uses that are not written yet: at most one for each token.
#[derive(Debug, Default)]
pub struct Uses {
    waiting: Mutex<Waiting>,
    wake: Wake,
}

#[derive(Debug, Default)]
struct Waiting {
    uses: HashMap<TokenId, LastUse>,
    /// When they were last written.
    written_at: Option<Instant>,
}

impl Uses {
    /// Remembers a use. After a pause it wakes who writes it.
    pub fn remember(&self, id: TokenId, last: LastUse) {
        let mut waiting = self.lock();
        let is_first = waiting.uses.is_empty();
        waiting.uses.insert(id, last);
        if is_first && waiting.is_due(time::instant()) {
            self.wake.notify();
        }
    }

    /// Lets tokens that were read from the database say what is not there yet.
    pub fn add_to(&self, tokens: &mut [Token]) {
        let waiting = self.lock();
        for token in tokens {
            token.last_use = waiting.uses.get(&token.id).copied().or(token.last_use);
        }
    }

    /// Waits for a use after a pause.
    pub async fn have_come(&self) {
        self.wake.notified().await;
    }

    /// Writes them, in one commit.
    ///
    /// # Errors
    /// The commit failed; they are still remembered.
    pub async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let uses = {
            let mut waiting = self.lock();
            if waiting.uses.is_empty() {
                return Ok(());
            }
            waiting.written_at = Some(time::instant());
            waiting.uses.clone()
        };
        let written = uses.clone();
        let write_all = move |connection: &rusqlite::Connection| {
            for (id, last) in uses {
                token::record_use(connection, id, last)?;
            }
            Ok::<_, StoreError>(())
        };
        store.write(write_all).await?;
        // What came in meanwhile waits for the next time.
        let mut waiting = self.lock();
        waiting
            .uses
            .retain(|id, last| written.get(id) != Some(last));
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_due(&self, now: Instant) -> bool {
        self.written_at
            .is_none_or(|at| now.saturating_duration_since(at) >= PAUSE)
    }
}
