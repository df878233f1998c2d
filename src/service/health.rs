//! The health of BMCs. What is stored says what to think of each; the numbers are of this moment.

use crate::model::health::Numbers;
use crate::model::ids::NodeId;
use crate::model::page::Page;
use crate::service::{Error, Service, access, marker};
use crate::store;
use crate::store::health::{HealthFilter, StoredHealth};
use crate::store::list::Table;
use crate::view::health::NodeHealth;

impl Service {
    /// The ids of the nodes of which the filter asks for the health, in order.
    pub fn list_health(&self, filter: HealthFilter, page: &Page) -> Result<Vec<NodeId>, Error> {
        self.store.read(|connection| {
            marker::check(connection, Table::Nodes, page)?;
            Ok(store::health::list_ids(connection, filter, page)?)
        })
    }

    /// The health of nodes that were listed, in the same order; those that are gone are left out.
    pub fn listed_health(&self, ids: &[NodeId]) -> Result<Vec<NodeHealth>, Error> {
        let stored = self
            .store
            .read(|connection| Ok::<_, Error>(store::health::each_of(connection, ids)?))?;
        Ok(stored.into_iter().map(|of| self.with_numbers(of)).collect())
    }

    /// The health of one node.
    pub fn show_health(&self, ident: &str) -> Result<NodeHealth, Error> {
        let stored = self.store.read(|connection| {
            let node = access::node_id(connection, ident)?;
            store::health::find(connection, node)?.ok_or_else(|| access::no_node(ident))
        })?;
        Ok(self.with_numbers(stored))
    }

    /// Before the first exchange after a start, the last contact is the one that was stored.
    pub(super) fn with_numbers(&self, of: StoredHealth) -> NodeHealth {
        let numbers = self.bmcs.numbers(of.node).unwrap_or_default();
        NodeHealth {
            node: of.node,
            name: of.name,
            availability_zone: of.availability_zone,
            health: of.health,
            numbers: Numbers {
                last_contact: numbers.last_contact.or(of.last_contact),
                ..numbers
            },
            created_at: of.created_at,
            revision: of.revision,
        }
    }
}
