//! `ostlerd`'s command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::app::daemon::{self, Daemon, DaemonError};
use crate::app::demo::{self, DemoArgs};
use crate::app::generate::{self, GenerateArgs};
use crate::app::offline::{self, RestoreArgs};
use crate::app::reload::Reload;
use crate::app::sockets;
use crate::config::{self, LogFormat, Settings};
use crate::keystone::{Keystone, KeystoneError};
use crate::service::Service;
use crate::sim::standalone::{self, BmcSimArgs};
use crate::system::listen_fds::{self, Inherited};
use crate::system::shutdown::{Shutdown, Signals};
use crate::system::{notify, secrecy, umask};
use crate::telemetry::{self, Chain, Format, Meters};
use crate::wake::Wake;

/// How long blocking look-ups may hold up the end of the process.
const RUNTIME_END: Duration = Duration::from_secs(2);
/// How soon the watchdog's probe asks again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Bare metal instance agent: stores instances, serves the API, drives the BMCs of a rack.
///
/// Without a command it runs the daemon, with the settings in /etc/ostler/ostler.toml and ostler.toml.d/*.toml.
#[derive(Debug, Parser)]
#[command(name = "ostlerd", version, after_help = EXAMPLES)]
pub struct Command {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    action: Option<Action>,
}

const EXAMPLES: &str = "Examples:
  ostlerd demo                       see it all at work on a simulated rack
  ostlerd check                      say whether the settings are good
  ostlerd restore ostler.db          put a backup in the place of the database
  ostlerd --config ./ostler.toml     run with other settings
  ostlerd bmc-sim --count 40         simulated BMCs to rehearse with";

#[derive(Debug, Args)]
struct SettingsArgs {
    /// Read the settings from this file instead of /etc/ostler/ostler.toml.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say whether the settings are good, and change nothing.
    Check {
        /// Say too whether the database is whole, and opens with the key; the daemon may run meanwhile.
        #[arg(long)]
        database: bool,
    },
    /// The key that seals the secrets in the database is lost: let the next start go on with another one.
    ///
    /// The passwords of BMCs and the secrets of webhooks that are in the database cannot be opened any more, and have to be
    /// set again.
    ForgetKey,
    /// Give back the room that deleted things have left in the database. The daemon must not run meanwhile.
    Vacuum,
    /// Put a backup in the place of the database, which is kept. The daemon must not run meanwhile.
    Restore(RestoreArgs),
    /// Show the main job on a simulated rack of BMCs: create, off, on, reboot, delete.
    Demo(DemoArgs),
    /// Run a rack of simulated BMCs alone.
    BmcSim(Box<BmcSimArgs>),
    /// Write the manual pages and the completions of the shells into a directory.
    #[command(hide = true)]
    Generate(GenerateArgs),
}

/// Runs `ostlerd`.
pub fn run(command: Command) -> ExitCode {
    // Before there are threads: both change what belongs to the whole process.
    if !matches!(command.action, Some(Action::Generate(_))) {
        umask::private_files();
    }
    let inherited = listen_fds::take();
    let result = match command.action {
        None => inherited.map_err(Into::into).and_then(|inherited| {
            // Before the key and the first password are there.
            secrecy::keep_memory_private()
                .context("cannot keep the memory of this process private")?;
            let settings = config::load(command.settings.config.as_deref())?;
            block_on(serve(settings, command.settings.config, inherited))
        }),
        Some(Action::Check { database }) => {
            let config = command.settings.config.as_deref();
            let checked = check(config);
            match database {
                true => checked.and_then(|()| offline::check_database(&config::load(config)?)),
                false => checked,
            }
        }
        Some(Action::Vacuum) => {
            let settings = config::load(command.settings.config.as_deref());
            settings
                .map_err(Into::into)
                .and_then(|settings| offline::vacuum(&settings))
        }
        Some(Action::ForgetKey) => forget_key(command.settings.config.as_deref()),
        Some(Action::Restore(args)) => {
            let settings = config::load(command.settings.config.as_deref());
            settings
                .map_err(Into::into)
                .and_then(|settings| offline::restore(&settings, &args))
        }
        Some(Action::Demo(args)) => block_on(demo::run(args)),
        Some(Action::BmcSim(args)) => block_on_one_thread(standalone::run(*args)),
        Some(Action::Generate(args)) => generate::run(&args, Command::command()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(RUNTIME_END);
    result
}

/// The simulator serves all sockets in one task: handing it from thread to thread would cost more than its work.
fn block_on_one_thread(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(work)
}

async fn serve(
    settings: Settings,
    config: Option<PathBuf>,
    inherited: Inherited,
) -> anyhow::Result<()> {
    let telemetry = telemetry::start(&settings.log.level, format(settings.log.format))?;
    let signals = Signals::register().context("cannot listen to signals")?;
    let (shutdown, reload) = (Shutdown::new(), Wake::new());
    let started = Daemon::start(&settings, inherited, &shutdown);
    let mut daemon =
        started.inspect_err(|error| tracing::error!(error = %Chain(error), "cannot start"))?;
    let status = daemon.status().clone();
    let (service, parts) = (daemon.service().clone(), daemon.parts().clone());
    let reloading = Reload::new(config, telemetry, parts, status.clone(), settings.clone());
    let supervisor = daemon.supervisor();
    supervisor.start("signals", signals.run(shutdown.clone(), reload.clone()));
    if let Some(interval) = notify::watchdog_interval() {
        let stop = shutdown.clone();
        let probe = move || is_alive(service.clone());
        supervisor.start("watchdog", async move {
            tokio::select! {
                () = notify::run_watchdog(interval, probe) => {}
                () = stop.triggered() => {}
            }
        });
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        state_dir = %settings.state_dir.display(),
        tcp = ?daemon.tcp_addresses(),
        "ready"
    );
    status.ready(None);
    // Not before: a reload ends with being ready too.
    let reloading = reloading.run(reload, shutdown.clone());
    daemon.supervisor().start("reload", reloading);
    let ended = daemon.run().await;
    Ok(ended.inspect_err(|error| tracing::error!(error = %Chain(error), "stopping"))?)
}

/// Answers as soon as the daemon is alive, ready or not. A full disk is no reason to be restarted; a writer that does not answer
/// and a loop that stands still are.
async fn is_alive(service: Service) -> bool {
    while let Err(error) = service.check_ready().await
        && error.is_stuck()
    {
        tracing::error!(%error, "no sign of life for the watchdog");
        tokio::time::sleep(ASK_AGAIN).await;
    }
    true
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn check(config: Option<&std::path::Path>) -> anyhow::Result<()> {
    let settings = config::load(config)?;
    match settings.api.tls.as_ref().map(sockets::load) {
        // The service has them, and this process is not the service.
        Some(Err(DaemonError::Credentials(why))) => {
            println!("The certificate was not looked at: {why}.")
        }
        Some(Err(error)) => return Err(error.into()),
        Some(Ok(_)) | None => {}
    }
    let keystone = settings.keystone.as_ref();
    match keystone.map(|of| Keystone::open(of, Meters::new(Vec::new()))) {
        Some(Err(KeystoneError::Credentials(why))) => {
            println!("The files of [auth.keystone] were not looked at: {why}.")
        }
        Some(Err(error)) => return Err(error.into()),
        Some(Ok(_)) | None => {}
    }
    println!(
        "The settings are good. State is in {}.",
        settings.state_dir.display()
    );
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn forget_key(config: Option<&std::path::Path>) -> anyhow::Result<()> {
    let settings = config::load(config)?;
    daemon::forget_key(&settings.state_dir)?;
    println!(
        "The key is forgotten. Start ostlerd, and set the passwords of the BMCs and the webhooks again."
    );
    Ok(())
}

/// One line for each cause.
#[expect(clippy::print_stderr, reason = "the journal may not be there yet")]
fn complain(error: &anyhow::Error) {
    eprintln!("ostlerd: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

fn format(format: LogFormat) -> Format {
    match format {
        LogFormat::Auto => Format::Auto,
        LogFormat::Plain => Format::Plain,
        LogFormat::Json => Format::Json,
        LogFormat::Journal => Format::Journal,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::manual::examples::every_command_of;

    #[test]
    fn every_example_is_understood_by_the_program() {
        Command::command().debug_assert();
        for args in every_command_of(&Command::command()) {
            let parsed = Command::try_parse_from(&args);
            assert!(parsed.is_ok(), "{args:?}: {}", parsed.unwrap_err());
        }
    }
}
