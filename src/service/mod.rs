//! Use cases: one write transaction each, then a wake.
//!
//! A method of [`Service`] is one thing that a client can ask for, with one file for each noun. It checks, decides (with
//! [`crate::rules`]) and writes in a single closure on the store's writer, so nothing can come in between, and wakes the
//! worker after the commit. Services know callers but not HTTP, and start nothing on a BMC: they leave tasks for the workers.

pub mod access;
pub mod audit;
pub mod backup;
pub mod bmc_input;
pub mod boot_device;
pub mod create;
mod deploy;
pub mod error;
pub mod event;
pub mod health;
pub mod idempotency;
pub mod image;
pub mod image_file;
pub mod instance;
pub mod instance_type;
pub mod key;
pub mod limit;
pub mod marker;
pub mod metrics;
pub mod netboot;
pub mod network;
pub mod node;
pub mod operation;
pub mod patching;
pub mod power;
pub mod ready;
pub mod rebuild;
pub mod rotation;
pub mod sign_in;
pub mod stuck;
pub mod task;
pub mod token;
mod trace;
pub mod webhook;
pub mod zone;

use std::sync::Arc;
use std::time::Duration;

pub use error::{Error, Kind};

use crate::beat::Beats;
use crate::bmc::Bmcs;
use crate::live::Live;
use crate::store::Store;
use crate::store::commits::{Footprint, Moment};
use crate::telemetry::Meters;
use crate::wake::Wakes;
use audit::Recorder;
use ready::Trials;
use sign_in::SignedIn;

/// All use cases. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    store: Recorder,
    bmcs: Bmcs,
    wakes: Wakes,
    defaults: Live<Defaults>,
    meters: Meters,
    beats: Beats,
    trials: Arc<Trials>,
    signed_in: Arc<SignedIn>,
    rotating_key: Arc<tokio::sync::Mutex<()>>,
    backups: backup::Places,
}

/// What holds where neither a client nor an admin says otherwise.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// How long power orders may take.
    pub deadlines: Deadlines,
    /// How many instances a project may have; `None` for any number.
    pub instances_per_project: Option<u32>,
    /// How machines are booted over the network; `None` where the daemon does not.
    pub netboot: Option<NetbootDefaults>,
}

/// How machines are booted over the network.
#[derive(Debug, Clone)]
pub struct NetbootDefaults {
    /// The base of the URLs that machines are given, without a slash at its end.
    pub base: String,
    /// How long getting kernel and initrd may take.
    pub fetch_deadline: Duration,
    /// The name or id of the image that wipes machines of deleted instances.
    pub scrub_image: Option<String>,
}

/// How long power orders may take that say nothing themselves.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// For each state that is enforced.
    pub change: Duration,
    /// For an operating system that was asked to shut down.
    pub soft: Duration,
}

impl Service {
    /// The use cases over this store. `beats` are those of the loops that the daemon cannot be without.
    pub fn new(
        store: Store,
        bmcs: Bmcs,
        wakes: Wakes,
        defaults: Defaults,
        meters: Meters,
        beats: Beats,
    ) -> Self {
        Self {
            store: Recorder::new(store),
            bmcs,
            wakes,
            defaults: Live::new(defaults),
            meters,
            beats,
            trials: Arc::default(),
            signed_in: Arc::default(),
            rotating_key: Arc::default(),
            backups: backup::Places::default(),
        }
    }

    /// From now on other defaults hold.
    pub fn change(&self, defaults: Defaults) {
        self.defaults.set(defaults);
    }

    fn deadlines(&self) -> Deadlines {
        self.defaults.now().deadlines
    }

    fn netboot(&self) -> Option<NetbootDefaults> {
        self.defaults.now().netboot.clone()
    }

    fn instances_per_project(&self) -> Option<u32> {
        self.defaults.now().instances_per_project
    }

    /// What is counted of requests and of the work in the background.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// This moment, to be taken before reading what is to be kept in memory.
    pub fn moment(&self) -> Moment {
        self.store.moment()
    }

    /// Whether what was read after a moment still holds, from there or, where that is not known, from anywhere.
    pub fn holds(&self, footprint: Option<Footprint>, since: Moment) -> bool {
        self.store.holds(footprint, since)
    }
}
