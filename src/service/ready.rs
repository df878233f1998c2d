//! Whether requests will be served, changes too: for `/readyz` and for the watchdog, which ask the same.

use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::beat::Late;
use crate::service::{Error, Service};
use crate::store::{StoreError, open};
use crate::time;

/// The writer may take this long for a change that changes nothing: a commit takes milliseconds, and who asks does not
/// wait for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the daemon is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The database says why not. That may pass by itself.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The database says nothing.
    #[error(
        "the database takes no changes now: its writer has not answered within {} s; see whether another program holds the \
         database, and how its disk is",
        PATIENCE.as_secs()
    )]
    Silent,
    /// A loop in the background stands still.
    #[error(
        "the loop {} has stood still for {} s: look for its last words in the log, and restart ostlerd",
        .0.name, .0.silent.as_secs()
    )]
    StandsStill(Late),
}

impl NotReady {
    /// Whether a restart is better than waiting: nothing answers any more. An answer, be it an error, is a sign of life.
    pub fn is_stuck(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Silent | Self::StandsStill(_) => true,
        }
    }
}

/// One trial at a time, however many ask: what a stuck writer has not taken yet is not asked for again.
#[derive(Default)]
pub(super) struct Trials {
    turn: Arc<Mutex<()>>,
    /// When the last trial began that worked.
    last: Lock<Option<Instant>>,
}

impl Trials {
    /// Whether a trial that began after `asked` has worked.
    fn worked_since(&self, asked: Instant) -> bool {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|began| began >= asked)
    }

    fn worked(&self, began: Instant) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(began);
    }
}

impl Service {
    /// Whether the loops go round and the database takes changes. Answers in about two seconds, whatever happens.
    ///
    /// # Errors
    /// Why not.
    pub async fn check_ready(&self) -> Result<(), NotReady> {
        if let Some(late) = self.beats.late(time::instant()) {
            return Err(NotReady::StandsStill(late));
        }
        match tokio::time::timeout(PATIENCE, self.try_to_write()).await {
            Ok(tried) => Ok(tried?),
            Err(_) => Err(NotReady::Silent),
        }
    }

    /// Keeps its turn until the writer has taken the trial, also where nobody waits for it any more.
    async fn try_to_write(&self) -> Result<(), Error> {
        let asked = time::instant();
        let turn = Arc::new(self.trials.turn.clone().lock_owned().await);
        // Who has waited for somebody else's trial need not make another.
        if self.trials.worked_since(asked) {
            return Ok(());
        }
        let (began, kept) = (time::instant(), turn.clone());
        let trial = move |connection: &_| -> Result<(), StoreError> {
            let tried = open::check_writable(connection);
            drop(kept);
            tried
        };
        self.store.write(trial).await?;
        self.trials.worked(began);
        drop(turn);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::beat::Beats;
    use crate::bmc::{BmcSettings, Bmcs};
    use crate::service::{Deadlines, Defaults};
    use crate::store::Store;
    use crate::store::seal::Sealer;
    use crate::telemetry::Meters;
    use crate::wake::Wakes;

    fn service(dir: &tempfile::TempDir, beats: Beats) -> Service {
        let sealer = Sealer::from_key_file(&dir.path().join("key")).unwrap();
        let store = Store::open(&dir.path().join("ostler.db"), sealer).unwrap();
        let (bmcs, _) = Bmcs::new(BmcSettings::default()).unwrap();
        let defaults = Defaults {
            deadlines: Deadlines {
                change: Duration::from_secs(1),
                soft: Duration::from_secs(1),
            },
            instances_per_project: None,
            netboot: None,
        };
        let meters = Meters::new(Vec::new());
        Service::new(store, bmcs, Wakes::default(), defaults, meters, beats)
    }

    #[tokio::test]
    async fn a_loop_that_stands_still_is_named_until_it_goes_round_again() {
        let dir = tempfile::tempdir().unwrap();
        let beats = Beats::default();
        let service = service(&dir, beats.clone());
        service.check_ready().await.unwrap();
        let long_ago = time::instant() - Duration::from_secs(60);
        let beat = beats.of("poll", Duration::from_secs(30), long_ago);
        let error = service.check_ready().await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains("the loop poll has stood still for 60 s"));
        assert!(error.is_stuck());
        beat.now(time::instant());
        service.check_ready().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_writer_that_is_stuck_is_asked_once_and_is_ready_again_when_it_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let service = service(&dir, Beats::default());
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let stuck = service.store.write(move |_| {
            may_go_on.recv().ok();
            Ok::<_, StoreError>(())
        });
        let checks = async {
            let all = (0..20).map(|_| service.check_ready());
            for check in all_at_once(all).await {
                assert!(check.unwrap_err().is_stuck());
            }
            assert!(service.store.waiting() <= 2, "one trial, and what is stuck");
            go_on.send(()).unwrap();
        };
        let (stuck, ()) = tokio::join!(stuck, checks);
        stuck.unwrap();
        service.check_ready().await.unwrap();
    }

    #[tokio::test]
    async fn many_who_ask_at_once_share_a_trial() {
        let dir = tempfile::tempdir().unwrap();
        let service = service(&dir, Beats::default());
        let all = (0..100).map(|_| service.check_ready());
        for check in all_at_once(all).await {
            check.unwrap();
        }
        // Those who came during the first trial share the second.
        let commits = service.store.meters().commit_times.read().count();
        assert!(commits <= 3, "{commits}");
    }

    /// Without a crate for it.
    async fn all_at_once<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
        let mut all: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
        std::future::poll_fn(|cx| {
            for (one, done) in all.iter_mut().filter(|(_, done)| done.is_none()) {
                if let std::task::Poll::Ready(output) = one.as_mut().poll(cx) {
                    *done = Some(output);
                }
            }
            if all.iter().all(|(_, done)| done.is_some()) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        all.into_iter().filter_map(|(_, done)| done).collect()
    }

    #[tokio::test]
    async fn a_closed_database_is_no_reason_for_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let service = service(&dir, Beats::default());
        service.store.close().await;
        assert!(!service.check_ready().await.unwrap_err().is_stuck());
    }
}
