//! Every background task belongs to a supervisor: nothing runs unseen, and nothing ends unseen.
//!
//! A worker runs until shutdown. One that ends earlier, fails or panics leaves the daemon without a part that it needs, so
//! the daemon goes down with an error that names the worker, and systemd starts it anew.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use thiserror::Error;
use tokio::task::{Id, JoinError, JoinSet};

use super::crew::Crew;
use super::shutdown::Shutdown;

/// Any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why the daemon cannot go on.
#[derive(Debug, Error)]
pub enum SupervisorError {
    /// A worker returned although nobody asked it to.
    #[error("worker {name} ended on its own")]
    Ended {
        /// The name it was started under.
        name: String,
    },
    /// A worker gave up with an error.
    #[error("worker {name} failed")]
    Failed {
        /// The name it was started under.
        name: String,
        /// Why.
        source: BoxError,
    },
    /// A worker panicked: a defect in Ostler.
    #[error("worker {name} panicked: {message}")]
    Panicked {
        /// The name it was started under.
        name: String,
        /// What it said.
        message: String,
    },
}

/// What a worker may come to: nothing, or a result.
pub trait Ending: Send + 'static {
    /// As a result.
    ///
    /// # Errors
    /// The worker's own.
    fn into_result(self) -> Result<(), BoxError>;
}

impl Ending for () {
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Error + Send + Sync + 'static> Ending for Result<(), E> {
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(BoxError::from)
    }
}

/// Owns workers. Dropping it ends them where they stand.
#[derive(Debug)]
pub struct Supervisor {
    shutdown: Shutdown,
    workers: JoinSet<Result<(), BoxError>>,
    names: HashMap<Id, String>,
}

impl Supervisor {
    /// One without workers; `shutdown` is the switch that its workers look at.
    pub fn new(shutdown: Shutdown) -> Self {
        Self {
            shutdown,
            workers: JoinSet::new(),
            names: HashMap::new(),
        }
    }

    /// Starts a worker in the background. Call it inside the runtime.
    pub fn start<F>(&mut self, name: impl Into<String>, worker: F)
    where
        F: Future<Output: Ending> + Send + 'static,
    {
        let handle = self
            .workers
            .spawn(async move { worker.await.into_result() });
        self.names.insert(handle.id(), name.into());
    }

    /// Starts a worker on a crew.
    pub fn start_on<F>(&mut self, crew: &Crew, name: impl Into<String>, worker: F)
    where
        F: Future<Output: Ending> + Send + 'static,
    {
        let worker = crew.drive(async move { worker.await.into_result() });
        let handle = self.workers.spawn_on(worker, crew.handle());
        self.names.insert(handle.id(), name.into());
    }

    /// The names of the workers that have not ended, in alphabetical order.
    pub fn running(&self) -> Vec<String> {
        let mut names: Vec<String> = self.names.values().cloned().collect();
        names.sort();
        names
    }

    /// Waits until shutdown is triggered, or a worker ends before that; then triggers shutdown itself. Can be cancelled and
    /// called again. The workers are still there afterwards: [`Supervisor::drain`] waits for them.
    ///
    /// # Errors
    /// The worker that ended, with its name.
    pub async fn run_until_failure_or_shutdown(&mut self) -> Result<(), SupervisorError> {
        let ended = tokio::select! {
            biased;
            () = self.shutdown.triggered() => return Ok(()),
            Some(ended) = self.workers.join_next_with_id() => ended,
            else => {
                self.shutdown.triggered().await;
                return Ok(());
            }
        };
        let verdict = self.verdict(ended);
        // A worker that triggers shutdown and then ends is how the signals arrive.
        let asked_for = self.shutdown.is_triggered();
        self.shutdown.trigger();
        match verdict {
            Ok(_) if asked_for => Ok(()),
            Ok(name) => Err(SupervisorError::Ended { name }),
            Err(error) => Err(error),
        }
    }

    /// Triggers shutdown, waits for the workers for up to `grace`, and ends those that are left where they stand. Gives
    /// back their names.
    ///
    /// # Errors
    /// The first worker that failed or panicked on its way out; the others were waited for all the same.
    pub async fn drain(mut self, grace: Duration) -> Result<Vec<String>, SupervisorError> {
        self.shutdown.trigger();
        let deadline = tokio::time::sleep(grace);
        tokio::pin!(deadline);
        let mut outcome = Ok(());
        loop {
            let ended = tokio::select! {
                biased;
                ended = self.workers.join_next_with_id() => ended,
                () = &mut deadline => break,
            };
            let Some(ended) = ended else { break };
            let verdict = self.verdict(ended).map(|_| ());
            outcome = outcome.and(verdict);
        }
        let left = self.running();
        self.workers.shutdown().await;
        outcome.map(|()| left)
    }

    /// What the end of a worker means: its name where it ended well.
    fn verdict(
        &mut self,
        ended: Result<(Id, Result<(), BoxError>), JoinError>,
    ) -> Result<String, SupervisorError> {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let name = self.names.remove(&id).unwrap_or_default();
        match ended {
            Ok((_, Ok(()))) => Ok(name),
            Ok((_, Err(source))) => Err(SupervisorError::Failed { name, source }),
            Err(error) => Err(SupervisorError::Panicked {
                name,
                message: panic_message(error),
            }),
        }
    }
}

fn panic_message(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "it was cancelled".to_owned();
    };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic
            .downcast::<&'static str>()
            .map_or_else(|_| "no message".to_owned(), |text| (*text).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    async fn until(shutdown: Shutdown) {
        shutdown.triggered().await;
    }

    async fn panics_with_text() {
        panic!("three is not two");
    }

    async fn panics_with(number: u8) {
        panic!("{number} is not two");
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_ends_all_workers_and_is_no_error() {
        let shutdown = Shutdown::new();
        let mut supervisor = Supervisor::new(shutdown.clone());
        supervisor.start("poll", until(shutdown.clone()));
        supervisor.start("power", until(shutdown.clone()));
        assert_eq!(supervisor.running(), ["poll", "power"]);
        shutdown.trigger();
        supervisor.run_until_failure_or_shutdown().await.unwrap();
        assert!(
            supervisor
                .drain(Duration::from_secs(1))
                .await
                .unwrap()
                .is_empty()
        );
    }

    #[tokio::test]
    async fn a_worker_that_ends_fails_or_panics_takes_the_daemon_down_and_is_named() {
        type Start = fn(&mut Supervisor);
        let cases: [(Start, &str, Option<&str>); 4] = [
            (
                |s| s.start("poll", async {}),
                "worker poll ended on its own",
                None,
            ),
            (
                |s| s.start("poll", async { Err(io::Error::other("disk is gone")) }),
                "worker poll failed",
                Some("disk is gone"),
            ),
            (
                |s| s.start("poll", panics_with_text()),
                "worker poll panicked: three is not two",
                None,
            ),
            (
                |s| s.start("poll", panics_with(3)),
                "worker poll panicked: 3 is not two",
                None,
            ),
        ];
        for (start, says, source) in cases {
            let shutdown = Shutdown::new();
            let mut supervisor = Supervisor::new(shutdown.clone());
            supervisor.start("power", until(shutdown.clone()));
            start(&mut supervisor);
            let error = supervisor
                .run_until_failure_or_shutdown()
                .await
                .unwrap_err();
            assert_eq!(error.to_string(), says);
            assert_eq!(error.source().map(ToString::to_string).as_deref(), source);
            assert!(shutdown.is_triggered(), "the others must be told");
            assert!(
                supervisor
                    .drain(Duration::from_secs(60))
                    .await
                    .unwrap()
                    .is_empty()
            );
        }
    }

    #[tokio::test]
    async fn the_worker_that_asks_for_shutdown_may_end() {
        let shutdown = Shutdown::new();
        let mut supervisor = Supervisor::new(shutdown.clone());
        let trigger = shutdown.clone();
        supervisor.start("signals", async move { trigger.trigger() });
        supervisor.run_until_failure_or_shutdown().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_stop_in_time_is_stopped_and_named() {
        let shutdown = Shutdown::new();
        let mut supervisor = Supervisor::new(shutdown.clone());
        supervisor.start("stuck", std::future::pending::<()>());
        supervisor.start("good", until(shutdown));
        let left = supervisor.drain(Duration::from_millis(50)).await.unwrap();
        assert_eq!(left, ["stuck"]);
    }

    #[tokio::test]
    async fn a_failure_on_the_way_out_is_reported_after_all_were_waited_for() {
        let shutdown = Shutdown::new();
        let mut supervisor = Supervisor::new(shutdown.clone());
        let (before, after) = (shutdown.clone(), shutdown.clone());
        let done = Shutdown::new();
        let said = done.clone();
        supervisor.start("store", async move {
            before.triggered().await;
            Err(io::Error::other("cannot flush"))
        });
        supervisor.start("server", async move {
            after.triggered().await;
            tokio::task::yield_now().await;
            said.trigger();
        });
        let error = supervisor.drain(Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(error.to_string(), "worker store failed");
        assert!(done.is_triggered());
    }
}
