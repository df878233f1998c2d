//! Availability zones.

use crate::service::{Error, Service};
use crate::store;

impl Service {
    /// The zones that nodes are in.
    pub fn list_zones(&self) -> Result<Vec<String>, Error> {
        self.store
            .read(|connection| Ok(store::zone::list(connection)?))
    }
}
