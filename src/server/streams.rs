//! The streams of one HTTP/2 connection: each is a task, and all end with their connection.
//!
//! A client that takes nothing of an answer, because it opens no window for it, loses that stream alone after the write
//! timeout: its socket may well be alive.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::rt::Executor;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};

tokio::task_local! {
    /// What the task of a stream and the body of its answer share.
    static DELIVERY: Delivery;
}

/// Runs streams. Clones run the same ones.
#[derive(Clone)]
pub(super) struct Streams {
    tasks: Arc<Mutex<JoinSet<()>>>,
    timeout: Duration,
    report: fn(JoinError),
}

impl Streams {
    /// No streams yet. `timeout` is how long a client may take nothing of an answer; `report` hears of panics.
    pub(super) fn new(timeout: Duration, report: fn(JoinError)) -> Self {
        Self {
            tasks: Arc::default(),
            timeout,
            report,
        }
    }

    /// Ends all of them. Those that have ended by themselves are reported.
    pub(super) fn end(&self) {
        let mut tasks = self.tasks();
        self.reap(&mut tasks);
        tasks.abort_all();
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reap(&self, tasks: &mut JoinSet<()>) {
        while let Some(ended) = tasks.try_join_next() {
            if let Err(error) = ended {
                (self.report)(error);
            }
        }
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let mut tasks = self.tasks();
        self.reap(&mut tasks);
        let (delivery, timeout) = (Delivery::default(), self.timeout);
        let served = DELIVERY.scope(delivery.clone(), stream);
        tasks.spawn(async move {
            tokio::select! {
                () = served => {}
                () = delivery.is_stalled_for(timeout) => {}
            }
        });
    }
}

/// Since when the client has had a piece of an answer without asking for the next.
#[derive(Clone, Default)]
pub(super) struct Delivery(Arc<Mutex<Option<Instant>>>);

impl Delivery {
    /// That of the stream whose task this is; `None` in HTTP/1.1.
    pub(super) fn of_this_stream() -> Option<Self> {
        DELIVERY.try_with(Self::clone).ok()
    }

    pub(super) fn is_asked_for(&self) {
        *self.since() = None;
    }

    pub(super) fn is_handed_over(&self) {
        *self.since() = Some(Instant::now());
    }

    async fn is_stalled_for(&self, long: Duration) {
        loop {
            let since = *self.since();
            match since {
                None => sleep(long).await,
                Some(since) if since.elapsed() >= long => return,
                Some(since) => sleep_until(since + long).await,
            }
        }
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
