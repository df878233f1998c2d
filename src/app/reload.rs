//! A reload: what can change while the daemon runs is taken over, all or nothing, and what cannot is named.

use std::path::PathBuf;

use crate::api::Api;
use crate::app::parts;
use crate::bmc::Bmcs;
use crate::config::{self, Changes, ConfigError, Settings, changes};
use crate::keystone::{Keystone, KeystoneError};
use crate::live::Live;
use crate::server::{Tls, TlsError};
use crate::service::Service;
use crate::store::image_file::ImageFiles;
use crate::system::notify;
use crate::system::shutdown::Shutdown;
use crate::system::status::Status;
use crate::telemetry::{Chain, Meters, Telemetry, TelemetryError};
use crate::wake::Wake;
use crate::worker::budget::Budgets;
use crate::worker::{Context, WorkerSettings};

/// The parts of a running daemon that settings change.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) api: Api,
    pub(super) service: Service,
    pub(super) bmcs: Bmcs,
    pub(super) budgets: Budgets,
    pub(super) workers: Live<WorkerSettings>,
    /// The list of nodes is read again, and with it each node's next turn.
    pub(super) polling: Wake,
    pub(super) files: ImageFiles,
    pub(super) tls: Option<Tls>,
    pub(super) meters: Meters,
}

impl Parts {
    pub(super) fn new(context: &Context, service: Service, api: Api, tls: Option<Tls>) -> Self {
        Self {
            api,
            service,
            bmcs: context.bmcs.clone(),
            budgets: context.budgets.clone(),
            workers: context.settings.clone(),
            polling: context.wakes.nodes.clone(),
            files: context.store.image_files().clone(),
            tls,
            meters: context.meters.clone(),
        }
    }
}

/// Why everything stays as it was.
#[derive(Debug, thiserror::Error)]
enum ReloadError {
    #[error(transparent)]
    Settings(#[from] ConfigError),
    #[error(transparent)]
    Level(#[from] TelemetryError),
    #[error(transparent)]
    Certificate(#[from] TlsError),
    #[error(transparent)]
    Keystone(#[from] KeystoneError),
    #[error(
        "netboot.scrub_image can wipe no machine, because the daemon was started without netboot.listen: restart it"
    )]
    WipedByNobody,
}

/// What takes settings over.
pub(super) struct Reload {
    config: Option<PathBuf>,
    telemetry: Telemetry,
    parts: Parts,
    status: Status,
    /// What counts until the next start, where only that takes settings over.
    started: Settings,
    /// What counts now, for the rest.
    current: Settings,
}

impl Reload {
    /// For a daemon that was started with these settings, from this file.
    pub(super) fn new(
        config: Option<PathBuf>,
        telemetry: Telemetry,
        parts: Parts,
        status: Status,
        settings: Settings,
    ) -> Self {
        Self {
            config,
            telemetry,
            parts,
            status,
            started: settings.clone(),
            current: settings,
        }
    }

    /// Reloads whenever that is asked for, until shutdown.
    pub(super) async fn run(mut self, asked: Wake, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = asked.notified() => {}
                () = shutdown.triggered() => return,
            }
            notify::reloading();
            let note = match self.take_over().await {
                Ok(changes) => self.tell(&changes),
                Err(error) => Some(refused(&error)),
            };
            self.status.ready(note);
        }
    }

    /// Looks at everything first, and changes something only if all of it is good.
    async fn take_over(&mut self) -> Result<Changes, ReloadError> {
        let settings = config::load(self.config.as_deref())?;
        // Where it listens counts from the start on, and machines would be freed as they are until then.
        if settings.netboot.scrub_image.is_some() && self.started.netboot.listen.is_empty() {
            return Err(ReloadError::WipedByNobody);
        }
        let parts = &self.parts;
        let certificate = parts.tls.as_ref().map(Tls::read_again).transpose()?;
        // What Keystone said before is forgotten: its files and its roles may be others now.
        let keystone = settings.keystone.as_ref();
        let keystone = keystone.map(|of| Keystone::open(of, parts.meters.clone()));
        let keystone = keystone.transpose()?;
        self.telemetry.set_level(&settings.log.level)?;

        // From here on nothing fails.
        if let (Some(tls), Some(certificate)) = (&parts.tls, certificate) {
            tls.take_over(certificate);
            let certificate = tls.certificate().display();
            tracing::info!(%certificate, "certificate and key taken over for new connections");
        }
        parts.api.change(parts::api(&settings), keystone);
        parts
            .service
            .change(parts::defaults(&settings, &self.started));
        parts.files.set_limits(parts::files(&settings));
        parts.budgets.change(settings.power.budgets.clone());
        parts.workers.set(parts::workers(&settings, &self.started));
        parts.bmcs.change(parts::bmcs(&settings)).await;
        parts.polling.notify();
        let taken_over = changes(&self.current, &settings).at_reload;
        let at_start = changes(&self.started, &settings).at_start;
        self.current = settings;
        Ok(Changes {
            at_reload: taken_over,
            at_start,
        })
    }

    /// Says what was taken over and what was not; gives what is to be known of that until the next reload.
    fn tell(&self, changes: &Changes) -> Option<String> {
        if changes.at_reload.is_empty() {
            tracing::info!("settings read again: nothing to take over");
        } else {
            tracing::info!("settings taken over: {}", changes.at_reload.join(", "));
        }
        let waiting = changes.at_start.join(", ");
        if waiting.is_empty() {
            return None;
        }
        let settings = self.config.as_ref().map_or_else(
            || config::DEFAULT_FILE.to_owned(),
            |file| file.display().to_string(),
        );
        tracing::warn!("changed in {settings}, and taking effect at the next start: {waiting}");
        Some(format!("at the next start: {waiting}"))
    }
}

/// Says that nothing was taken over; gives what is to be known of that until the next reload.
fn refused(error: &ReloadError) -> String {
    let what = match error {
        ReloadError::Certificate(_) => {
            "certificate not taken over: going on with the old one, and with the old settings"
        }
        ReloadError::Settings(_)
        | ReloadError::Level(_)
        | ReloadError::Keystone(_)
        | ReloadError::WipedByNobody => "settings not taken over: going on with the old ones",
    };
    let error = Chain(error);
    tracing::error!(%error, "{what}");
    format!("{what}: {error}")
}
