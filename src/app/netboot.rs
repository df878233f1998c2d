//! The boot service: its sockets, and its threads.
//!
//! It sends files as fast as a network takes them, to whoever is on that network. So it has threads of its own, and the kernel
//! lets the API have its share beside them.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::api::netboot::BootService;
use crate::app::daemon::DaemonError;
use crate::app::parts;
use crate::config::Settings;
use crate::server::{BindError, Limits, run_files, tcp};
use crate::service::Service;
use crate::system::crew::Crew;
use crate::system::shutdown::Shutdown;
use crate::system::supervisor::Supervisor;

/// Two processors can send more than any rack's network takes.
const THREADS: usize = 2;

/// How many connections one address may have. A machine needs one or two; a rack may come by one address through a router.
const CONNECTIONS_EACH: usize = 512;

/// What a client has to take of a file within [`Limits::write_timeout`], in bytes.
const LEAST_TAKEN: usize = 16 << 10;

/// The sockets of the boot service, and the threads that serve them.
pub(super) struct Boot {
    base: String,
    listeners: Vec<TcpListener>,
    crew: Crew,
}

impl Boot {
    /// Listens where the settings say; `None` where machines are not booted.
    pub(super) fn bind(settings: &Settings) -> Result<Option<Self>, DaemonError> {
        let Some(base) = parts::netboot_base(settings) else {
            return Ok(None);
        };
        let crew = Crew::start("boot", THREADS).map_err(DaemonError::Crew)?;
        // The sockets belong to the threads that serve them.
        let on_crew = crew.handle().enter();
        let listeners = settings
            .netboot
            .listen
            .iter()
            // A network card without carrier has no address, and must not keep the API down.
            .map(|address| tcp::bind_ahead(*address))
            .collect::<Result<_, BindError>>()?;
        drop(on_crew);
        Ok(Some(Self {
            base,
            listeners,
            crew,
        }))
    }

    /// Open files of its connections, counted in connections of the API: each may have a file besides its socket.
    pub(super) fn listeners(&self) -> usize {
        2 * self.listeners.len()
    }

    /// Serves until shutdown. The threads are there as long as what is returned.
    pub(super) fn serve(
        self,
        service: &Service,
        limits: &Limits,
        shutdown: &Shutdown,
        supervisor: &mut Supervisor,
    ) -> Crew {
        let boot = BootService::new(service.clone(), self.base.clone());
        let limits = Limits {
            max_per_address: Some(CONNECTIONS_EACH),
            least_taken: LEAST_TAKEN,
            ..limits.clone()
        };
        let handler = move |peer, request| boot.clone().handle(peer, request);
        for listener in self.listeners {
            let address = listener.local_addr().ok();
            tracing::info!(
                address = address.as_ref().map(SocketAddr::to_string),
                url = self.base,
                "machines are booted over the network"
            );
            let (handler, limits, stop) = (handler.clone(), limits.clone(), shutdown.clone());
            let served = run_files(listener, handler, limits, stop);
            supervisor.start_on(&self.crew, "boot-listener", served);
        }
        self.crew
    }
}
