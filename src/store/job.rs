//! What callers give the writer to do.

use rusqlite::Connection;
use tokio::sync::oneshot::{self, Receiver};

use crate::store::{StoreError, Unwritable, WriteError};

/// What became of a job before the commit.
pub(super) enum Ran {
    /// It is to be committed.
    Keep,
    /// It is to be undone, as it has refused or failed by itself.
    Undo,
    /// The file could not be written: nothing of the whole group counts. SQLite may have ended the transaction.
    Unwritable(String, Unwritable),
}

/// A job with its types hidden.
pub(super) trait Job: Send {
    /// Does the work.
    fn run(&mut self, connection: &Connection) -> Ran;
    /// Answers the caller: with the result if the commit worked.
    fn finish(self: Box<Self>, commit: Result<(), StoreError>);
}

/// A job, its result until the commit, and who waits for it.
struct Pending<F, T, E> {
    job: Option<F>,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Pending<F, T, E>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: WriteError + Send,
{
    fn run(&mut self, connection: &Connection) -> Ran {
        let result = self.result.insert(match self.job.take() {
            Some(job) => job(connection),
            None => Err(StoreError::WriterGone.into()),
        });
        let Err(error) = result else {
            return Ran::Keep;
        };
        let error = error.store_error();
        match error.and_then(|error| Some((error, error.unwritable()?))) {
            Some((error, why)) => Ran::Unwritable(error.to_string(), why),
            None => Ran::Undo,
        }
    }

    fn finish(self: Box<Self>, commit: Result<(), StoreError>) {
        let result = match (commit, self.result) {
            (Ok(()), Some(result)) => result,
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(StoreError::WriterGone.into()),
        };
        // A caller that no longer waits has still been served: its change is on disk.
        self.answer.send(result).ok();
    }
}

/// A job as the writer has it, and where its result will be.
pub(super) fn new<F, T, E>(job: F) -> (Box<dyn Job>, Receiver<Result<T, E>>)
where
    F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: WriteError + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let pending = Pending {
        job: Some(job),
        result: None,
        answer,
    };
    (Box::new(pending), answered)
}
