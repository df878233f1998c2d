//! Files of images that are fetched from URLs, each once however many machines wait for it.
//!
//! Who needs a file joins its download ([`Downloads::join`]), looks now and then how it ends, and leaves by dropping what it got:
//! what nobody waits for any more is given up. Nothing here is kept over a restart; the steps that wait ask again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::beat::Beat;
use crate::store::Store;
use crate::system::https::{self, Https};
use crate::system::shutdown::Shutdown;
use crate::system::trust;
use crate::time;
use crate::wake::Wake;
use crate::worker::transfer::{self, Wanted};
use crate::worker::{Context, WorkerError};

/// Files that are fetched at a time. The others wait for their turn.
const AT_A_TIME: usize = 8;
/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
/// A wake can be lost, so there is also a timer.
const TICK: Duration = Duration::from_secs(1);
/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(30);

/// How far a download is.
#[derive(Debug, Clone)]
pub enum Progress {
    /// It has not ended.
    UnderWay {
        /// What has come, in bytes.
        bytes: u64,
        /// Of how many, where that is known.
        of: Option<u64>,
    },
    /// It has ended: the SHA-256 of the file, or why it is not here.
    Ended(Result<String, Failed>),
}

/// Why a file is not here, for all who have waited.
#[derive(Debug, Clone)]
pub struct Failed {
    /// In a sentence.
    pub reason: String,
    /// In one word, for attempts.
    pub word: &'static str,
    /// Whether trying again changes nothing.
    pub is_permanent: bool,
}

/// A place among those who wait for a download.
pub type Waiting = watch::Receiver<Progress>;

/// All downloads. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Downloads(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    wanted: Mutex<HashMap<Wanted, Download>>,
    wake: Wake,
}

#[derive(Debug)]
struct Download {
    progress: watch::Sender<Progress>,
    has_begun: bool,
}

impl Downloads {
    /// Waits for this file with all others who do; the first of them begins its download.
    pub fn join(&self, wanted: Wanted) -> Waiting {
        let mut all = self.wanted();
        let download = all.entry(wanted).or_insert_with(|| {
            self.0.wake.notify();
            Download {
                progress: watch::Sender::new(Progress::UnderWay { bytes: 0, of: None }),
                has_begun: false,
            }
        });
        download.progress.subscribe()
    }

    /// Runs until shutdown. What is being fetched then is fetched anew after the next start.
    ///
    /// # Errors
    /// One of its jobs panicked.
    pub async fn run(
        self,
        context: Context,
        beat: Beat,
        shutdown: Shutdown,
    ) -> Result<(), WorkerError> {
        let http = client();
        let mut jobs = JoinSet::new();
        loop {
            beat.now(time::instant());
            while jobs.len() < AT_A_TIME {
                let Some((wanted, progress)) = self.begin_next() else {
                    break;
                };
                let (of, store, http) = (self.clone(), context.store.clone(), http.clone());
                jobs.spawn(async move { of.work(store, http, wanted, progress).await });
            }
            tokio::select! {
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(TICK) => {}
                Some(ended) = jobs.join_next() => ended?,
                () = shutdown.triggered() => break,
            }
        }
        jobs.shutdown().await;
        Ok(())
    }

    fn begin_next(&self) -> Option<(Wanted, watch::Sender<Progress>)> {
        let mut all = self.wanted();
        // Who has left before its turn came needs nothing.
        all.retain(|_, download| download.has_begun || !download.progress.is_closed());
        let (wanted, download) = all.iter_mut().find(|(_, download)| !download.has_begun)?;
        download.has_begun = true;
        Some((wanted.clone(), download.progress.clone()))
    }

    async fn work(
        self,
        store: Store,
        http: Https,
        wanted: Wanted,
        progress: watch::Sender<Progress>,
    ) {
        let tell = |bytes, of| {
            // Nobody is woken for that.
            progress.send_if_modified(|now| {
                *now = Progress::UnderWay { bytes, of };
                false
            });
        };
        let fetched = tokio::select! {
            fetched = transfer::fetch(&store, &http, &wanted, tell) => fetched,
            () = progress.closed() => {
                self.wanted().remove(&wanted);
                tracing::debug!(url = wanted.shown(), "nobody waits for the file any more");
                return self.0.wake.notify();
            }
        };
        match &fetched {
            Ok(sha256) => {
                tracing::info!(url = wanted.shown(), sha256, "a file of an image is here")
            }
            Err(error) => {
                tracing::warn!(url = wanted.shown(), %error, "a file of an image cannot be fetched")
            }
        }
        let ended = fetched.map_err(|error| Failed {
            reason: error.to_string(),
            word: error.word(),
            is_permanent: error.is_permanent(),
        });
        self.wanted().remove(&wanted);
        progress.send_replace(Progress::Ended(ended));
    }

    fn wanted(&self) -> MutexGuard<'_, HashMap<Wanted, Download>> {
        let wanted = self.0.wanted.lock();
        wanted.unwrap_or_else(PoisonError::into_inner)
    }
}

fn client() -> Https {
    let trusted = trust::in_whom_this_machine_does().unwrap_or_else(|error| {
        tracing::warn!(%error, "this machine trusts no certificates: images cannot be fetched with https");
        trust::in_nobody()
    });
    https::client(trusted, CONNECT_WITHIN)
}
