//! Background loops: the tasks, and polling.
//!
//! Workers take no input: what there is to do is read from the database, on a wake and on a timer. They meet the services
//! only there. One runner at a time works on a node, so two tasks never speak to one machine at once.
//!
//! - [`tasks`]: finds open tasks and starts a [`runner`] for each.
//! - [`runner`]: one task, step by step: [`power_step`], [`boot_step`], [`password_step`] (with [`password_record`]),
//!   [`fetch_step`], [`netboot_step`] (with `netboot_record`).
//! - [`downloads`]: files of images that are fetched from URLs, each by a [`transfer`].
//! - [`budget`]: how many machines may be turned on at a time.
//! - [`enforce`]: undoes what others do to a node whose policy says so.
//! - [`poll`]: reads the power of every node that nothing is being done to.
//! - [`health`]: what to think of a BMC after each exchange.
//! - [`own_machine`]: which node the daemon itself runs on.
//! - [`webhook`]: sends events to who wants them.
//! - [`journal`]: tells the log what happened.
//! - [`token_use`]: writes when tokens were last used.
//! - [`status`]: what `systemctl status` shows.
//! - [`dhcp`]: tells dnsmasq which machines are booted.
//! - [`upkeep`]: drops what has been kept long enough.
//! - [`restored`]: what a database that was a backup may not go on with.
//! - [`outcome`]: what a step's end means for task, node and instance, in one transaction; [`ending`]: the task's own end.

pub mod anchor;
pub mod boot_step;
pub mod budget;
pub mod dhcp;
pub mod downloads;
pub mod ending;
pub mod enforce;
pub mod exchange;
pub mod fetch_step;
pub mod health;
pub mod journal;
mod netboot_record;
pub mod netboot_step;
pub mod outcome;
pub mod own_machine;
pub mod pace;
pub mod password_record;
pub mod password_step;
pub mod poll;
pub mod power_step;
pub mod restored;
pub mod runner;
pub mod schedule;
pub mod status;
pub mod tasks;
pub mod token_use;
pub mod transfer;
pub mod tried;
pub mod upkeep;
pub mod webhook;

use std::time::Duration;

use crate::bmc::Bmcs;
use crate::live::Live;
use crate::store::{Store, StoreError};
use crate::telemetry::Meters;
use crate::wake::{Wake, Wakes};
use budget::Budgets;
use downloads::Downloads;

/// What every worker needs. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// The BMCs.
    pub bmcs: Bmcs,
    /// Who is woken after a commit.
    pub wakes: Wakes,
    /// Who may be turned on when.
    pub budgets: Budgets,
    /// Files that are fetched.
    pub downloads: Downloads,
    /// What is counted.
    pub meters: Meters,
    /// The settings, which a reload changes.
    pub settings: Live<WorkerSettings>,
}

impl Context {
    /// The settings as they are now.
    fn settings(&self) -> WorkerSettings {
        *self.settings.now()
    }
}

/// How the workers behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerSettings {
    /// How often each node's power is read.
    pub poll_interval: Duration,
    /// How many nodes are polled at a time.
    pub max_in_flight: usize,
    /// How long one step may take, unless the client says.
    pub change_deadline: Duration,
    /// How long an operating system may take to shut down, unless the client says.
    pub soft_deadline: Duration,
    /// How long the old state is believed after a chassis command.
    pub grace: Duration,
    /// After how many misses the power of a node is unknown.
    pub unreachable_after_misses: u32,
    /// The longest pause between attempts on a BMC that does not answer.
    pub backoff_max: Duration,
    /// How long a machine is off before it is turned on again, unless its node says.
    pub min_off: Duration,
    /// How long events are kept.
    pub keep_events: Duration,
    /// How machines are booted over the network.
    pub netboot: NetbootPace,
}

/// How much time booting over the network may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetbootPace {
    /// Whether the daemon boots machines, since its start.
    pub is_on: bool,
    /// Getting kernel and initrd.
    pub fetch: Duration,
    /// From power-on to asking for the boot script.
    pub script: Duration,
    /// From there to asking for the kernel.
    pub kernel: Duration,
    /// From there to asking for the data.
    pub data: Duration,
    /// From there to phoning home.
    pub phone_home: Duration,
    /// How often a machine is set up again that asks for no boot script.
    pub retries: u32,
    /// How long a machine is served on whose deploy is done at its power-on.
    pub window: Duration,
    /// How long files are kept that nothing uses.
    pub keep_unused: Duration,
}

/// Why a worker ended: the daemon cannot go on without it.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The database failed.
    #[error("the database failed under a worker")]
    Store(#[from] StoreError),
    /// One of its jobs panicked.
    #[error("a job panicked")]
    Panicked(#[from] tokio::task::JoinError),
}

/// Sleeps, or until nudged.
async fn sleep_or(nudge: &Wake, duration: Duration) {
    tokio::select! {
        () = nudge.notified() => {}
        () = tokio::time::sleep(duration) => {}
    }
}
