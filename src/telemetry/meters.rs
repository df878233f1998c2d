//! The numbers that no part has to itself.

use std::sync::Arc;

use crate::telemetry::http::Http;
use crate::telemetry::keystone::Keystone;
use crate::telemetry::netboot::Netboot;
use crate::telemetry::work::Work;
use crate::time::{self, Timestamp};

/// The numbers of the API and of the workers. Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub struct Meters(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: Http,
    work: Work,
    keystone: Keystone,
    netboot: Netboot,
    started_at: Timestamp,
}

impl Meters {
    /// New ones, for a daemon that starts now. `routes` are those of the API, as the page is to call them.
    pub fn new(routes: Vec<String>) -> Self {
        Self(Arc::new(Inner {
            http: Http::new(routes),
            work: Work::default(),
            keystone: Keystone::default(),
            netboot: Netboot::default(),
            started_at: time::now(),
        }))
    }

    /// Those of the API.
    pub fn http(&self) -> &Http {
        &self.0.http
    }

    /// Those of the workers.
    pub fn work(&self) -> &Work {
        &self.0.work
    }

    /// Those of Keystone; all zero where there is none.
    pub fn keystone(&self) -> &Keystone {
        &self.0.keystone
    }

    /// Those of the boot service; all zero where there is none.
    pub fn netboot(&self) -> &Netboot {
        &self.0.netboot
    }

    /// When the daemon started.
    pub fn started_at(&self) -> Timestamp {
        self.0.started_at
    }
}
