//! When to stop: one switch that everything looks at, and the signals that throw it.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::wake::Wake;

/// A switch that goes one way. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// One that has not been triggered.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that is triggered with this one, and can also be triggered alone: for a part that stops earlier.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    /// Says that it is time to stop. Saying it again changes nothing.
    pub fn trigger(&self) {
        self.0.cancel();
    }

    /// Whether it is time to stop.
    pub fn is_triggered(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it is time to stop; returns at once where it is already.
    pub async fn triggered(&self) {
        self.0.cancelled().await;
    }
}

/// The signals that the daemon listens to. From [`Signals::register`] on they no longer end the process.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes over SIGTERM, SIGINT and SIGHUP. Call it inside the runtime, before anything is started that a signal should
    /// stop in good order.
    ///
    /// # Errors
    /// The system refuses the handlers.
    pub fn register() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Nudges `reload` on each SIGHUP; triggers `shutdown` on SIGTERM or SIGINT, and then returns. Returns as well when
    /// `shutdown` is triggered by something else.
    pub async fn run(mut self, shutdown: Shutdown, reload: Wake) {
        loop {
            let name = tokio::select! {
                () = shutdown.triggered() => return,
                _ = self.hangup.recv() => {
                    tracing::info!(signal = "SIGHUP", "reload was asked for");
                    reload.notify();
                    continue;
                }
                _ = self.terminate.recv() => "SIGTERM",
                _ = self.interrupt.recv() => "SIGINT",
            };
            tracing::info!(signal = name, "stop was asked for");
            shutdown.trigger();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use nix::sys::signal::{Signal as Number, raise};
    use tokio::time::timeout;

    use super::*;
    use crate::system::child;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn a_child_stops_alone_and_with_its_parent() {
        let parent = Shutdown::new();
        let (one, two) = (parent.child(), parent.child());
        one.trigger();
        assert!(one.is_triggered() && !two.is_triggered() && !parent.is_triggered());
        parent.trigger();
        assert!(two.is_triggered());
    }

    #[test]
    fn hangup_reloads_and_each_of_the_other_signals_stops() {
        if !child::is_child() {
            return child::run(
                "system::shutdown::tests::hangup_reloads_and_each_of_the_other_signals_stops",
                |_| {},
            );
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            for stop in [Number::SIGTERM, Number::SIGINT] {
                let (shutdown, reload) = (Shutdown::new(), Wake::new());
                let signals = Signals::register().unwrap();
                let running = signals.run(shutdown.clone(), reload.clone());
                tokio::pin!(running);

                raise(Number::SIGHUP).unwrap();
                tokio::select! {
                    () = &mut running => panic!("SIGHUP must not stop anything"),
                    nudged = timeout(PATIENCE, reload.notified()) => nudged.unwrap(),
                }
                assert!(!shutdown.is_triggered());

                raise(stop).unwrap();
                timeout(PATIENCE, &mut running).await.unwrap();
                assert!(shutdown.is_triggered());
            }
        });
    }
}
