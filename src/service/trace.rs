//! Instances and nodes together with what they were read from, so that answers can be kept for as long as that stays.
//!
//! Only where the client names the thing by its id: whom a name means depends on all the others.

use rusqlite::Connection;
use uuid::Uuid;

use crate::model::caller::Caller;
use crate::model::instance::Instance;
use crate::model::node::Node;
use crate::service::{Error, Service, access};
use crate::store::commits::Footprint;
use crate::store::{self, StoreError};

impl Service {
    /// One instance, and what it was read from.
    pub fn trace_instance(
        &self,
        caller: &Caller,
        ident: &str,
    ) -> Result<(Instance, Option<Footprint>), Error> {
        self.store.read(|connection| {
            let instance = access::instance(connection, caller, ident)?;
            let trace = |connection: &_| store::instance::footprint(connection, instance.id);
            let footprint = if_by_id(connection, ident, instance.id.0, trace)?;
            Ok((instance, footprint))
        })
    }

    /// One node, and what it was read from.
    pub fn trace_node(&self, ident: &str) -> Result<(Node, Option<Footprint>), Error> {
        self.store.read(|connection| {
            let node = access::node(connection, ident)?;
            let trace = |connection: &_| store::node::footprint(connection, node.id);
            let footprint = if_by_id(connection, ident, node.id.0, trace)?;
            Ok((node, footprint))
        })
    }
}

fn if_by_id(
    connection: &Connection,
    ident: &str,
    id: Uuid,
    trace: impl FnOnce(&Connection) -> Result<Option<Footprint>, StoreError>,
) -> Result<Option<Footprint>, StoreError> {
    match Uuid::parse_str(ident) {
        Ok(named) if named == id => trace(connection),
        Ok(_) | Err(_) => Ok(None),
    }
}
