//! The daemon, from its settings to its end.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::api::{Api, routes};
use crate::app::lock::{LockError, StateLock};
use crate::app::netboot::Boot;
use crate::app::parts;
use crate::app::reload::Parts;
use crate::app::restore::{self, DATABASE, RestoreError};
use crate::app::sockets::Sockets;
use crate::beat::Beats;
use crate::bmc::{Bmcs, Driver};
use crate::config::Settings;
use crate::keystone::{Keystone, KeystoneError};
use crate::live::Live;
use crate::server::{BindError, TlsError};
use crate::service::Service;
use crate::store::seal::{SealError, Sealer};
use crate::store::{Store, StoreError, backup, open, sealing};
use crate::system::credentials::{self, NoCredentials};
use crate::system::crew::Crew;
use crate::system::listen_fds::Inherited;
use crate::system::notify;
use crate::system::shutdown::Shutdown;
use crate::system::status::Status;
use crate::system::supervisor::{Supervisor, SupervisorError};
use crate::telemetry::{Chain, Meters};
use crate::time;
use crate::wake::Wakes;
use crate::worker::budget::Budgets;
use crate::worker::downloads::{self, Downloads};
use crate::worker::journal::{self, Journal};
use crate::worker::{Context, dhcp, own_machine, poll, status, tasks, token_use, upkeep, webhook};

/// The key that seals BMC credentials, in the state directory.
pub(super) const KEY_FILE: &str = "credentials.key";
/// The loops wait for BMCs and for the disk, and compute little.
const LOOP_THREADS: usize = 2;
/// BMC sessions are closed for at most this long at the end.
const CLOSE_SESSIONS: Duration = Duration::from_secs(5);

/// Why the daemon did not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// There is no state directory.
    #[error("cannot make the state directory {}", path.display())]
    StateDir {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another daemon has the state directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A restore that was cut short cannot be ended.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// There is no key for BMC credentials.
    #[error(transparent)]
    Key(#[from] SealError),
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are no threads for the loops.
    #[error("cannot start the threads of the background loops")]
    Crew(#[source] io::Error),
    /// There are no sockets to speak to BMCs with.
    #[error("cannot open the sockets for BMCs")]
    Sockets(#[source] io::Error),
    /// A listener is not there.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The socket unit opens an address to other machines, and there is no TLS.
    #[error(
        "systemd opened {address} for us, which can be reached from other machines, and without TLS tokens would cross the network \
         in clear; set api.tls_certificate and api.tls_key, or write a loopback address into the socket unit, or set \
         api.allow_insecure_tcp = true if the network is trusted"
    )]
    PlainTcp {
        /// The address.
        address: SocketAddr,
    },
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The certificate or its key is a credential, and there is none.
    #[error(transparent)]
    Credentials(#[from] NoCredentials),
    /// Keystone cannot be asked with these settings.
    #[error(transparent)]
    Keystone(#[from] KeystoneError),
    /// A worker ended.
    #[error(transparent)]
    Worker(#[from] SupervisorError),
}

/// A daemon that has started.
pub struct Daemon {
    supervisor: Supervisor,
    service: Service,
    store: Store,
    tcp: Vec<SocketAddr>,
    parts: Parts,
    status: Status,
    journal: Journal,
    drain: Duration,
    _crews: (Crew, Option<Crew>),
    _lock: StateLock,
}

impl Daemon {
    /// Starts everything; requests are served when this returns. Call it inside the runtime.
    ///
    /// # Errors
    /// [`DaemonError`]; nothing is left running then.
    pub fn start(
        settings: &Settings,
        inherited: Inherited,
        shutdown: &Shutdown,
    ) -> Result<Self, DaemonError> {
        let (lock, store) = take_state(&settings.state_dir)?;
        store.image_files().set_limits(parts::files(settings));
        let (crew, bmcs, driver) = start_crew(settings)?;
        let wakes = Wakes::default();
        let meters = Meters::new(routes::labels());
        let keystone = settings.keystone.as_ref();
        let keystone = keystone.map(|of| Keystone::open(of, meters.clone()));
        let keystone = keystone.transpose()?;
        let beats = Beats::default();
        let service = Service::new(
            store.clone(),
            bmcs.clone(),
            wakes.clone(),
            parts::defaults(settings, settings),
            meters.clone(),
            beats.clone(),
        );
        let sockets = Sockets::bind(settings, inherited)?;
        let boot = Boot::bind(settings)?;

        let mut supervisor = Supervisor::new(shutdown.clone());
        let beat = beats.of("bmc-driver", Driver::BEATS_WITHIN, time::instant());
        supervisor.start_on(&crew, "bmc-driver", driver.beating(beat).run());
        let (writer, stop) = (store.clone(), shutdown.clone());
        supervisor.start("store-writer", async move {
            tokio::select! {
                () = writer.writer_gone() => {}
                () = stop.triggered() => {}
            }
        });
        let context = Context {
            store: store.for_loops(),
            bmcs: bmcs.clone(),
            wakes,
            budgets: Budgets::new(settings.power.budgets.clone(), &store)?,
            downloads: Downloads::default(),
            meters,
            settings: Live::new(parts::workers(settings, settings)),
        };
        let journal = Journal::open(&store)?;
        let beat = beats.of("journal", journal::BEATS_WITHIN, time::instant());
        let telling = journal.clone().run(beat, shutdown.clone());
        supervisor.start_on(&crew, "journal", telling);
        let status = Status::new("serving");
        start_loops(&mut supervisor, &crew, &context, &beats, &status, shutdown);
        start_with_settings(&mut supervisor, &crew, &context, &beats, settings, shutdown);
        let (closing, stop) = (bmcs.clone(), shutdown.clone());
        supervisor.start("bmc-sessions", async move {
            stop.triggered().await;
            // A BMC that does not answer must not hold up the end.
            tokio::time::timeout(CLOSE_SESSIONS, closing.close_all())
                .await
                .ok();
        });
        let (tcp, tls) = (sockets.tcp_addresses(), sockets.tls());
        let api = Api::new(
            service.clone(),
            parts::api(settings),
            keystone,
            shutdown.clone(),
        );
        let parts = Parts::new(&context, service.clone(), api.clone(), tls);
        let boot_listeners = boot.as_ref().map_or(0, Boot::listeners);
        let limits = sockets.serve(settings, api, shutdown, &mut supervisor, boot_listeners);
        let boot_crew = boot.map(|boot| boot.serve(&service, &limits, shutdown, &mut supervisor));
        Ok(Self {
            supervisor,
            service,
            store,
            tcp,
            parts,
            status,
            journal,
            drain: settings.api.drain,
            _crews: (crew, boot_crew),
            _lock: lock,
        })
    }

    /// The TCP addresses that are served, with the ports that the system chose.
    pub fn tcp_addresses(&self) -> &[SocketAddr] {
        &self.tcp
    }

    /// What a reload changes.
    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The use cases, for the watchdog's probe.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// What `systemctl status` shows.
    pub(super) fn status(&self) -> &Status {
        &self.status
    }

    /// Another worker that belongs to the daemon.
    pub fn supervisor(&mut self) -> &mut Supervisor {
        &mut self.supervisor
    }

    /// Runs until shutdown or until a worker fails, and ends in good order: nothing new is accepted, requests under way may
    /// end, workers stop where their state is on disk, BMC sessions are closed.
    ///
    /// # Errors
    /// The worker that failed.
    pub async fn run(mut self) -> Result<(), DaemonError> {
        let outcome = self.supervisor.run_until_failure_or_shutdown().await;
        self.status.stopping();
        let left = self.supervisor.drain(self.drain + CLOSE_SESSIONS).await;
        // The last request has been answered, and the last loop has ended.
        if let Err(error) = self.journal.tell_rest() {
            tracing::error!(error = %Chain(&error), "the last events are not in the log; see the events of the API");
        }
        if let Err(error) = self.store.token_uses().write(&self.store).await {
            tracing::error!(error = %Chain(&error), "the last uses of tokens are lost");
        }
        self.store.close().await;
        match left {
            Ok(names) if names.is_empty() => {}
            Ok(names) => tracing::warn!(workers = names.join(", "), "ended where they stood"),
            Err(error) if outcome.is_ok() => return Err(error.into()),
            Err(_) => {}
        }
        Ok(outcome?)
    }
}

/// Makes the state directory ours, ends what was cut off in it, and opens the database.
fn take_state(state_dir: &Path) -> Result<(StateLock, Store), DaemonError> {
    fs::create_dir_all(state_dir).map_err(|source| DaemonError::StateDir {
        path: state_dir.to_owned(),
        source,
    })?;
    let lock = StateLock::take(state_dir)?;
    if restore::finish(state_dir)? {
        tracing::warn!("a restore that was cut short was ended: the database is the backup's");
    }
    if let Err(error) = backup::sweep(state_dir) {
        tracing::warn!(error = %Chain(&error), "what is left of a backup or a restore cannot be taken away");
    }
    let sealer = sealer(state_dir)?;
    let store = Store::open(&state_dir.join(DATABASE), sealer)?;
    if let Err(error) = store.image_files().sweep() {
        tracing::warn!(error = %Chain(&error), "what is left of files of images cannot be taken away");
    }
    Ok((lock, store))
}

/// The threads of the loops, and what speaks to BMCs there.
fn start_crew(settings: &Settings) -> Result<(Crew, Bmcs, Driver), DaemonError> {
    let crew = Crew::start_in_background("loops", LOOP_THREADS).map_err(DaemonError::Crew)?;
    // Its sockets belong to the threads that serve them.
    let on_crew = crew.handle().enter();
    let (bmcs, driver) = Bmcs::new(parts::bmcs(settings)).map_err(DaemonError::Sockets)?;
    drop(on_crew);
    Ok((crew, bmcs, driver))
}

/// Starts the loops that the daemon cannot be without, each with its beat.
fn start_loops(
    supervisor: &mut Supervisor,
    crew: &Crew,
    context: &Context,
    beats: &Beats,
    line: &Status,
    shutdown: &Shutdown,
) {
    let beat = |name, within| beats.of(name, within, time::instant());
    let (wakes, stop) = (context.wakes.clone(), || shutdown.clone());
    let of_tasks = beat("tasks", tasks::BEATS_WITHIN);
    let tasks = tasks::run(context.clone(), wakes.tasks, of_tasks, stop());
    supervisor.start_on(crew, "tasks", tasks);
    let of_poll = beat("poll", poll::BEATS_WITHIN);
    let poll = poll::run(context.clone(), wakes.nodes, of_poll, stop());
    supervisor.start_on(crew, "poll", poll);
    let of_webhooks = beat("webhooks", webhook::BEATS_WITHIN);
    let webhooks = webhook::run(context.clone(), of_webhooks, stop());
    supervisor.start_on(crew, "webhooks", webhooks);
    let of_upkeep = beat("upkeep", upkeep::BEATS_WITHIN);
    let upkeep = upkeep::run(context.clone(), of_upkeep, stop());
    supervisor.start_on(crew, "upkeep", upkeep);
    let of_downloads = beat("downloads", downloads::BEATS_WITHIN);
    let downloads = context.downloads.clone();
    let downloads = downloads.run(context.clone(), of_downloads, stop());
    supervisor.start_on(crew, "downloads", downloads);
    let of_uses = beat("token-uses", token_use::BEATS_WITHIN);
    let uses = token_use::run(context.clone(), of_uses, stop());
    supervisor.start_on(crew, "token-uses", uses);
    if notify::is_listened_to() {
        let of_status = beat("status", status::BEATS_WITHIN);
        let status = status::run(context.store.clone(), line.clone(), of_status, stop());
        supervisor.start_on(crew, "status", status);
    }
}

/// Starts the loops that the settings of the start are for, each with its beat.
fn start_with_settings(
    supervisor: &mut Supervisor,
    crew: &Crew,
    context: &Context,
    beats: &Beats,
    settings: &Settings,
    shutdown: &Shutdown,
) {
    let beat = |name, within| beats.of(name, within, time::instant());
    let of_own = beat("own-machine", own_machine::BEATS_WITHIN);
    let (guid, asks_all) = (settings.power.own_guid, !settings.netboot.listen.is_empty());
    let own = own_machine::run(context.clone(), guid, asks_all, of_own, shutdown.clone());
    supervisor.start_on(crew, "own-machine", own);
    if let Some(files) = parts::dhcp_files(settings) {
        let of_dhcp = beat("dhcp", dhcp::BEATS_WITHIN);
        let dhcp = dhcp::run(context.clone(), files, of_dhcp, shutdown.clone());
        supervisor.start_on(crew, "dhcp", dhcp);
    }
}

/// The key is a credential of the service, if it has one of this name; otherwise a file of our own.
fn sealer(state_dir: &Path) -> Result<Sealer, SealError> {
    if let Ok(given) = credentials::locate(Path::new(KEY_FILE))
        && let Some(sealer) = Sealer::from_given_file(&given)?
    {
        return Ok(sealer);
    }
    Sealer::from_key_file(&state_dir.join(KEY_FILE))
}

/// Lets the next start take whatever key there is then for the right one, because the one that the secrets in the database are
/// sealed with is lost. No key opens them any more. The daemon must not run meanwhile.
///
/// # Errors
/// [`DaemonError`]; nothing is changed then.
pub fn forget_key(state_dir: &Path) -> Result<(), DaemonError> {
    let _lock = StateLock::take(state_dir)?;
    restore::finish(state_dir)?;
    let connection = open::open_and_migrate(&state_dir.join(DATABASE))?;
    Ok(sealing::forget(&connection)?)
}
