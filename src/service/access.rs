//! Finding what a client names, and whether it may touch it.
//!
//! Existence is decided before the project: what is not there is not found, what is another project's is forbidden. Names
//! are looked up in the caller's own project; an admin's in all others after that.

use rusqlite::Connection;
use uuid::Uuid;

use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::ids::{ImageId, InstanceId, NetworkId, NodeId, TypeId};
use crate::model::image::Image;
use crate::model::instance::Instance;
use crate::model::instance_type::InstanceType;
use crate::model::network::Network;
use crate::model::node::Node;
use crate::service::{Error, Kind};
use crate::store;
use crate::store::list::Table;
use crate::view::View;

/// The instance that a client names by UUID or name.
pub fn instance(connection: &Connection, caller: &Caller, ident: &str) -> Result<Instance, Error> {
    let not_found = || Error::NotFound {
        kind: Kind::Instance,
        ident: ident.to_owned(),
    };
    if let Ok(id) = Uuid::parse_str(ident)
        && let Some(instance) = store::instance::find(connection, InstanceId(id))?
    {
        if caller.is_admin() || instance.project_id == caller.project_id {
            return Ok(instance);
        }
        return Err(Error::OtherProject {
            kind: Kind::Instance,
            ident: ident.to_owned(),
        });
    }
    let mut ids = store::instance::ids_of_name(connection, ident, Some(&caller.project_id))?;
    if ids.is_empty() && caller.is_admin() {
        ids = store::instance::ids_of_name(connection, ident, None)?;
    }
    match ids.as_slice() {
        [] => Err(not_found()),
        [id] => store::instance::find(connection, *id)?.ok_or_else(not_found),
        several => {
            let count = several.len();
            Err(Error::Ambiguous {
                kind: Kind::Instance,
                ident: ident.to_owned(),
                count,
            })
        }
    }
}

/// The id of the node that a client names by UUID or name; nothing says yet that there is one of this UUID.
pub fn node_id(connection: &Connection, ident: &str) -> Result<NodeId, Error> {
    match (
        store::node::id_of_name(connection, ident)?,
        Uuid::parse_str(ident),
    ) {
        (_, Ok(id)) if store::list::exists(connection, Table::Nodes, id)? => Ok(NodeId(id)),
        (Some(id), _) => Ok(id),
        (None, _) => Err(no_node(ident)),
    }
}

/// There is no such node.
pub fn no_node(ident: &str) -> Error {
    Error::NotFound {
        kind: Kind::Node,
        ident: ident.to_owned(),
    }
}

/// The node that an admin names by UUID or name.
pub fn node(connection: &Connection, ident: &str) -> Result<Node, Error> {
    let found = match Uuid::parse_str(ident) {
        Ok(id) => store::node::find(connection, NodeId(id))?,
        Err(_) => None,
    };
    let found = match found {
        Some(node) => Some(node),
        None => match store::node::id_of_name(connection, ident)? {
            Some(id) => store::node::find(connection, id)?,
            None => None,
        },
    };
    found.ok_or_else(|| no_node(ident))
}

/// The type that a client names by UUID or name, if it may see it.
pub fn instance_type(
    connection: &Connection,
    caller: &Caller,
    ident: &str,
) -> Result<InstanceType, Error> {
    let id = match Uuid::parse_str(ident) {
        Ok(id) => Some(TypeId(id)),
        Err(_) => store::instance_type::id_of_name(connection, ident)?,
    };
    let found = id
        .map(|id| store::instance_type::find(connection, id))
        .transpose()?
        .flatten();
    found
        .filter(|found| is_visible(caller, found.is_public, &found.project_id))
        .ok_or_else(|| Error::NotFound {
            kind: Kind::Type,
            ident: ident.to_owned(),
        })
}

/// The image that a client names by UUID or name, if it may see it.
pub fn image(connection: &Connection, caller: &Caller, ident: &str) -> Result<Image, Error> {
    let id = match Uuid::parse_str(ident) {
        Ok(id) => Some(ImageId(id)),
        Err(_) => store::image::id_of_name(connection, ident)?,
    };
    let found = id
        .map(|id| store::image::find(connection, id))
        .transpose()?
        .flatten();
    found
        .filter(|found| is_visible(caller, found.is_public, &found.project_id))
        .ok_or_else(|| Error::NotFound {
            kind: Kind::Image,
            ident: ident.to_owned(),
        })
}

/// The network that a client names by UUID or name.
pub fn network(connection: &Connection, ident: &str) -> Result<Network, Error> {
    let id = match Uuid::parse_str(ident) {
        Ok(id) => Some(NetworkId(id)),
        Err(_) => store::network::id_of_name(connection, ident)?,
    };
    let found = id
        .map(|id| store::network::find(connection, id))
        .transpose()?
        .flatten();
    found.ok_or_else(|| Error::NotFound {
        kind: Kind::Network,
        ident: ident.to_owned(),
    })
}

/// Refuses a change of something that is not in the version that the client has seen.
pub fn check_precondition(
    precondition: &Precondition,
    thing: &impl View,
    kind: Kind,
    ident: &str,
) -> Result<(), Error> {
    if precondition.allows(&thing.etag()) {
        return Ok(());
    }
    Err(Error::PreconditionFailed {
        kind,
        ident: ident.to_owned(),
    })
}

fn is_visible(caller: &Caller, is_public: bool, project_id: &str) -> bool {
    is_public || caller.is_admin() || project_id == caller.project_id
}
