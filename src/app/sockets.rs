//! The sockets that the API is served on, and the certificate that some of them need.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::api::Api;
use crate::app::daemon::DaemonError;
use crate::config::{Settings, TlsFiles};
use crate::server::{Access, BindError, Limits, Tls, UnixSocket, run_tcp, run_tls, run_unix, tcp};
use crate::system::credentials;
use crate::system::listen_fds::Inherited;
use crate::system::open_files;
use crate::system::shutdown::Shutdown;
use crate::system::supervisor::Supervisor;

/// Open files that are not clients': at most 17 connections to the database that rest and one for each thread that reads, of
/// three files each; nine sockets to BMCs; the webhooks, the listeners, the log and the runtime.
const FILES_OF_OUR_OWN: u64 = 256;

/// The sockets, bound before anything is served.
pub(super) struct Sockets {
    unix: Vec<UnixSocket>,
    tcp: Vec<TcpListener>,
    tls: Option<Tls>,
}

impl Sockets {
    /// What the service manager handed over counts; else what the settings say.
    pub(super) fn bind(settings: &Settings, inherited: Inherited) -> Result<Self, DaemonError> {
        let api = &settings.api;
        let tls = api.tls.as_ref().map(load).transpose()?;
        let mut unix: Vec<UnixSocket> = inherited
            .unix
            .into_iter()
            .map(UnixSocket::inherited)
            .collect::<Result<_, _>>()?;
        if let (true, Some(path)) = (unix.is_empty(), &api.unix_socket) {
            let access = Access {
                group: api.unix_socket_group.clone(),
                mode: api.unix_socket_mode,
            };
            unix.push(UnixSocket::bind(path, &access)?);
        }
        let mut tcp: Vec<_> = inherited
            .tcp
            .into_iter()
            .map(tcp::inherited)
            .collect::<Result<_, _>>()?;
        if tls.is_none() && !api.allow_insecure_tcp {
            refuse_others(&tcp)?;
        }
        if tcp.is_empty() {
            tcp = api
                .listen
                .iter()
                .map(|address| tcp::bind(*address))
                .collect::<Result<_, BindError>>()?;
        }
        Ok(Self { unix, tcp, tls })
    }

    /// The addresses of TCP, with the ports that the system chose.
    pub(super) fn tcp_addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.tcp.iter().map(TcpListener::local_addr);
        addresses.filter_map(Result::ok).collect()
    }

    /// The certificate, to read it again.
    pub(super) fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// Serves the API. What it allows its clients is returned, for `boot_listeners` more that share the open files.
    pub(super) fn serve(
        self,
        settings: &Settings,
        api: Api,
        shutdown: &Shutdown,
        supervisor: &mut Supervisor,
        boot_listeners: usize,
    ) -> Limits {
        if self.tls.is_none() {
            self.warn_of_plain_tcp();
        }
        let handler = move |peer, request| api.clone().handle(peer, request);
        let listeners = self.unix.len() + self.tcp.len() + boot_listeners;
        let limits = Limits {
            max_connections: affordable(settings.api.max_connections, listeners),
            drain: settings.api.drain,
            ..Limits::default()
        };
        for socket in self.unix {
            let served = run_unix(socket, handler.clone(), limits.clone(), shutdown.clone());
            supervisor.start("unix-listener", served);
        }
        for socket in self.tcp {
            let (handler, limits, stop) = (handler.clone(), limits.clone(), shutdown.clone());
            match self.tls.clone() {
                Some(tls) => {
                    let served = run_tls(socket, tls, handler, limits, stop);
                    supervisor.start("tls-listener", served);
                }
                None => {
                    supervisor.start("tcp-listener", run_tcp(socket, handler, limits, stop));
                }
            }
        }
        limits
    }

    fn warn_of_plain_tcp(&self) {
        for address in self.tcp_addresses() {
            if !address.ip().to_canonical().is_loopback() {
                tracing::warn!(
                    %address,
                    "without TLS on an address that other machines can reach: tokens cross the network in clear; set \
                     api.tls_certificate and api.tls_key"
                );
            }
        }
    }
}

/// What goes for `api.listen` goes for addresses in the socket unit: without TLS only this machine may reach them.
fn refuse_others(inherited: &[TcpListener]) -> Result<(), DaemonError> {
    let addresses = inherited
        .iter()
        .filter_map(|socket| socket.local_addr().ok());
    let mut others = addresses.filter(|address| !address.ip().to_canonical().is_loopback());
    others
        .next()
        .map_or(Ok(()), |address| Err(DaemonError::PlainTcp { address }))
}

/// Reads the certificate and its key.
pub(super) fn load(files: &TlsFiles) -> Result<Tls, DaemonError> {
    let certificate = credentials::locate(&files.certificate)?;
    let key = credentials::locate(&files.key)?;
    let client_ca = files.client_ca.as_deref().map(credentials::locate);
    let client_ca = client_ca.transpose()?;
    Ok(Tls::load(&certificate, &key, client_ca.as_deref())?)
}

/// How many connections each listener may have, so that there are files left for the database when all are full.
fn affordable(wanted: usize, listeners: usize) -> usize {
    let files = match open_files::raise_limit() {
        Ok(files) => files,
        Err(error) => {
            tracing::warn!(%error, "cannot raise the limit of open files");
            return wanted;
        }
    };
    let share =
        files.saturating_sub(FILES_OF_OUR_OWN) / u64::try_from(listeners.max(1)).unwrap_or(1);
    let most = usize::try_from(share).unwrap_or(usize::MAX).max(1);
    if most < wanted {
        tracing::info!(
            wanted,
            most,
            files,
            "this process may not open enough files for api.max_connections on each listener: raise LimitNOFILE= in the unit"
        );
    }
    wanted.min(most)
}
