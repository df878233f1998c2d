//! Instances and nodes together with what they were read from, so that answers can be kept for as long as that stays.
//!
//! Only where the client names the thing by its id: whom a name means depends on all the others.

use uuid::Uuid;

use crate::model::caller::Caller;
use crate::model::instance::Instance;
use crate::model::node::Node;
use crate::service::{Error, Service, access};
use crate::store;
use crate::store::commits::Footprint;

impl Service {
    /// One instance, and what it was read from.
    pub fn trace_instance(
        &self,
        caller: &Caller,
        ident: &str,
    ) -> Result<(Instance, Option<Footprint>), Error> {
        self.store.read(|connection| {
            let instance = access::instance(connection, caller, ident)?;
            let footprint = if is_by_id(ident, instance.id.0) {
                store::instance::footprint(connection, instance.id)?
            } else {
                None
            };
            Ok((instance, footprint))
        })
    }

    /// One node, and what it was read from.
    pub fn trace_node(&self, ident: &str) -> Result<(Node, Option<Footprint>), Error> {
        self.store.read(|connection| {
            let node = access::node(connection, ident)?;
            let footprint = if is_by_id(ident, node.id.0) {
                store::node::footprint(connection, node.id)?
            } else {
                None
            };
            Ok((node, footprint))
        })
    }
}

fn is_by_id(ident: &str, id: Uuid) -> bool {
    Uuid::parse_str(ident).is_ok_and(|named| named == id)
}
