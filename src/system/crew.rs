//! Threads of their own for the loops in the background, and for the boot service.
//!
//! The API and the loops share nothing but the database and the processors. On one runtime a request that has just come in
//! would stand in a queue behind a thousand machines that are being turned on; on two, the kernel chooses.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::processors;

/// A runtime beside the main one. Dropping it ends what still runs there, where it stands.
#[derive(Debug)]
pub struct Crew {
    /// Always there, until it is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
    is_background: bool,
}

impl Crew {
    /// Starts so many threads under this name (at most 15 characters are seen).
    ///
    /// # Errors
    /// The system does not give them.
    pub fn start(name: &str, threads: usize) -> io::Result<Self> {
        Self::build(name, threads, false)
    }

    /// The same, and they leave a processor to others, and give way on the rest: see [`processors`].
    ///
    /// # Errors
    /// Those of [`Crew::start`].
    pub fn start_in_background(name: &str, threads: usize) -> io::Result<Self> {
        Self::build(name, threads, true)
    }

    fn build(name: &str, threads: usize, is_background: bool) -> io::Result<Self> {
        let begin = move || {
            if is_background {
                processors::leave_one();
            }
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name(name)
            .on_thread_start(begin)
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        Ok(Self {
            runtime: Some(runtime),
            handle,
            is_background,
        })
    }

    /// A worker as it runs on these threads.
    pub(super) fn drive<F: Future>(&self, worker: F) -> impl Future<Output = F::Output> + use<F> {
        let is_background = self.is_background;
        async move {
            if is_background {
                processors::giving_way(worker).await
            } else {
                worker.await
            }
        }
    }

    /// Where work is given to them.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        // A runtime that is dropped inside another one would wait, and panics instead.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
