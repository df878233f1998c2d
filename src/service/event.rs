//! Events, as clients read them: each sees those of its own project's instances, admins see all.

use tokio::sync::watch;

use crate::model::caller::Caller;
use crate::model::event::{Event, EventKind};
use crate::model::page::SortDir;
use crate::service::{Error, Service, access};
use crate::store;
use crate::store::event::{Batch, EventFilter};

/// Which events a client asks for.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// Of these kinds; empty asks for all but the audit trail.
    pub kinds: Vec<EventKind>,
    /// Of this node, by UUID or name; admins only.
    pub node: Option<String>,
    /// Of this instance, by UUID or name.
    pub instance: Option<String>,
    /// Of this project's instances.
    pub project_id: Option<String>,
    /// Asked for by this user; admins only.
    pub user_id: Option<String>,
}

impl Service {
    /// What the caller may see of what it asks for.
    pub fn event_filter(&self, caller: &Caller, query: EventQuery) -> Result<EventFilter, Error> {
        let admin_only = |what| Err(Error::AdminOnly { what });
        if !caller.is_admin() && query.node.is_some() {
            return admin_only("ask for the events of a node");
        }
        if !caller.is_admin() && query.user_id.is_some() {
            return admin_only("ask for the events of a user");
        }
        if !caller.is_admin() && query.kinds.contains(&EventKind::Audit) {
            return admin_only("read the audit trail");
        }
        let project_id = match query.project_id {
            Some(project) if !caller.is_admin() && project != caller.project_id => {
                return admin_only("ask for the events of another project");
            }
            None if !caller.is_admin() => Some(caller.project_id.clone()),
            project => project,
        };
        self.store.read(|connection| {
            let node = query.node.map(|ident| access::node(connection, &ident));
            let instance = query
                .instance
                .map(|ident| access::instance(connection, caller, &ident));
            Ok(EventFilter {
                kinds: query.kinds,
                node_id: node.transpose()?.map(|node| node.id),
                instance_id: instance.transpose()?.map(|instance| instance.id),
                project_id,
                user_id: query.user_id,
            })
        })
    }

    /// A page of the events that are kept.
    pub fn list_events(
        &self,
        filter: &EventFilter,
        marker: Option<i64>,
        order: SortDir,
        limit: u32,
    ) -> Result<Vec<Event>, Error> {
        self.store.read(|connection| {
            Ok(store::event::list(
                connection, filter, marker, order, limit,
            )?)
        })
    }

    /// At most `limit` events after `after`.
    pub fn events_after(
        &self,
        filter: &EventFilter,
        after: i64,
        limit: u32,
    ) -> Result<Batch, Error> {
        self.store
            .read(|connection| Ok(store::event::list_after(connection, filter, after, limit)?))
    }

    /// The ids of the oldest event that is kept and of the newest that there ever was.
    pub fn event_bounds(&self) -> Result<(i64, i64), Error> {
        self.store.read(|connection| {
            let first = store::event::first_id(connection)?;
            Ok((first, store::event::last_id(connection)?))
        })
    }

    /// The id of the newest event, as it is after each commit.
    pub fn newest_event(&self) -> watch::Receiver<i64> {
        self.store.newest_event()
    }
}
