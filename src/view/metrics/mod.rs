//! The page `/metrics`, for Prometheus.
//!
//! A new metric is one more call of [`page::Page::family`] with its samples, in the file of what it is about; and a line in
//! `api-ref/metrics.md`. Labels have values out of few: names of nodes, zones, routes of the API, and words of the program.

pub mod page;

mod bmcs;
mod http;
mod keystone;
mod netboot;
mod nodes;
mod process;
mod store;
mod work;

pub use bmcs::Bmcs;
pub use http::{Answers, Http, Times};
pub use keystone::Keystone;
pub use netboot::Netboot;
pub use page::MEDIA_TYPE;
pub use process::Process;
pub use store::Store;
pub use work::Work;

use crate::model::instance::InstanceStatus;
use crate::model::power::PowerState;
use crate::model::task::TaskState;
use crate::view::health::NodeHealth;
use page::{Kind, Page};

/// About so many bytes are written for everything but nodes, once everything was used.
const BYTES: usize = 96 * 1_024;

/// What the page shows.
#[derive(Debug)]
pub struct Snapshot {
    /// Every node, with the last power that was read.
    pub nodes: Vec<(NodeHealth, Option<PowerState>)>,
    /// How many tasks there are in each open state.
    pub tasks: Vec<(TaskState, u32)>,
    /// How many instances there are in each status.
    pub instances: Vec<(InstanceStatus, u32)>,
    /// All BMCs together.
    pub bmcs: Bmcs,
    /// The work in the background.
    pub work: Work,
    /// Requests.
    pub http: Http,
    /// Questions to Keystone.
    pub keystone: Keystone,
    /// Machines that are booted.
    pub netboot: Netboot,
    /// The database.
    pub store: Store,
    /// The process.
    pub process: Process,
}

/// Writes the page.
pub fn write(snapshot: &Snapshot) -> String {
    let mut page = Page::with_capacity(snapshot.nodes.len() * nodes::BYTES_PER_NODE + BYTES);
    page.family(
        "ostler_build_info",
        Kind::Gauge,
        "Always 1; the label says which version runs.",
    )
    .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    nodes::write(&mut page, snapshot);
    bmcs::write(&mut page, &snapshot.bmcs);
    work::write(&mut page, &snapshot.work);
    http::write(&mut page, &snapshot.http);
    keystone::write(&mut page, &snapshot.keystone);
    netboot::write(&mut page, &snapshot.netboot);
    store::write(&mut page, &snapshot.store);
    process::write(&mut page, &snapshot.process);
    page.into_text()
}
