//! What runs while the story is told: the simulated rack, the daemon, and somebody at the keyboard.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::daemon::{Daemon, DaemonError};
use crate::config::Settings;
use crate::sim::{Rack, RackDriver, SimBmcConfig};
use crate::system::listen_fds::Inherited;
use crate::system::shutdown::Shutdown;

/// Why something was not done to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// Somebody asked for it.
    #[error("stopped by {0} before the end of the story")]
    Asked(&'static str),
    /// The daemon ended.
    #[error("the daemon ended")]
    Daemon(#[source] DaemonError),
    /// The daemon ended without saying why.
    #[error("the daemon ended on its own")]
    Silently,
    /// The simulated rack ended.
    #[error("the simulated rack ended")]
    Rack(#[source] io::Error),
}

/// The rack and the daemon. Dropping it ends both where they stand; [`Stage::stop`] is the good way.
pub(super) struct Stage {
    rack: Pin<Box<dyn Future<Output = io::Result<()>> + Send>>,
    daemon: Pin<Box<dyn Future<Output = Result<(), DaemonError>> + Send>>,
    shutdown: Shutdown,
    keyboard: Keyboard,
    tcp: SocketAddr,
}

impl Stage {
    /// Starts a daemon beside this rack. Call it inside the runtime.
    pub(super) fn set(
        driver: RackDriver,
        settings: &Settings,
        keyboard: Keyboard,
    ) -> anyhow::Result<Self> {
        let shutdown = Shutdown::new();
        let daemon = Daemon::start(settings, Inherited::default(), &shutdown)?;
        let tcp = daemon.tcp_addresses().first().copied();
        Ok(Self {
            rack: Box::pin(driver.run()),
            daemon: Box::pin(daemon.run()),
            shutdown,
            keyboard,
            tcp: tcp.context("the daemon does not listen on TCP")?,
        })
    }

    /// Where the daemon listens.
    pub(super) fn tcp(&self) -> SocketAddr {
        self.tcp
    }

    /// Does something while both run.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            biased;
            name = self.keyboard.pressed() => Err(Ended::Asked(name)),
            ended = &mut self.daemon => Err(ended.err().map_or(Ended::Silently, Ended::Daemon)),
            ended = &mut self.rack => Err(rack_ended(ended)),
            done = work => Ok(done),
        }
    }

    /// Stays up until somebody asks for the end.
    pub(super) async fn stay(&mut self) -> Result<(), Ended> {
        match self.during(pending::<()>()).await {
            Ok(()) | Err(Ended::Asked(_)) => Ok(()),
            Err(ended) => Err(ended),
        }
    }

    /// Stops the daemon in good order; the rack runs until it has closed its sessions. Asked again, it stops where it stands.
    pub(super) async fn stop(mut self) -> Result<(), Ended> {
        self.shutdown.trigger();
        tokio::select! {
            biased;
            ended = &mut self.daemon => ended.map_err(Ended::Daemon),
            ended = &mut self.rack => Err(rack_ended(ended)),
            name = self.keyboard.pressed() => Err(Ended::Asked(name)),
        }
    }
}

fn rack_ended(ended: io::Result<()>) -> Ended {
    Ended::Rack(
        ended
            .err()
            .unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()),
    )
}

/// Opens the sockets of the rack.
pub(super) fn bind(machines: Vec<SimBmcConfig>) -> anyhow::Result<(Rack, RackDriver)> {
    Rack::bind(machines).context("cannot open the sockets of the simulated BMCs")
}

/// Ctrl-C and its like. A closed terminal counts, as nobody could end the demo any more.
pub(super) struct Keyboard {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Keyboard {
    /// Listens from now on: none of them ends the process any more.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn pressed(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }
}
