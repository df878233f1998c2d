//! The table `instances`.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::event::{EventKind, Origin};
use crate::model::ids::{ImageId, InstanceId, NodeId};
use crate::model::instance::{Instance, InstanceStatus};
use crate::model::page::Page;
use crate::model::power::PowerState;
use crate::store::commits::{Footprint, Watched};
use crate::store::event::Change;
use crate::store::list::{self, ListQuery};
use crate::store::seal::{self, Sealer};
use crate::store::sql_types::Json;
use crate::store::{StoreError, address, event, node, port};
use crate::time::Timestamp;

/// The column that user data is sealed for.
pub(super) const USER_DATA_COLUMN: &str = "instance_user_data";

const SELECT: &str = "SELECT instances.uuid, instances.name, instances.description, instances.type_id, \
     instances.image_id, instances.availability_zone, instances.network_info, instances.status, \
     instances.power_state, nodes.target_power_state, instances.project_id, instances.user_id, instances.extra, \
     instances.last_error, instances.node_id, instances.launched_at, instances.created_at, instances.updated_at, \
     instances.revision \
     FROM instances JOIN nodes ON nodes.uuid = instances.node_id";

/// Which instances a list is to hold; `None` does not ask.
#[derive(Debug, Clone, Default)]
pub struct InstanceFilter {
    /// With this name.
    pub name: Option<String>,
    /// With this status.
    pub status: Option<InstanceStatus>,
    /// In this power state.
    pub power_state: Option<PowerState>,
    /// In this zone.
    pub availability_zone: Option<String>,
    /// Of this project.
    pub project_id: Option<String>,
    /// Asked for by this user.
    pub user_id: Option<String>,
    /// On this node.
    pub node_id: Option<NodeId>,
}

/// The ids of the instances that the filter asks for, in the order of the page.
pub fn list_ids(
    connection: &Connection,
    filter: InstanceFilter,
    page: &Page,
) -> Result<Vec<InstanceId>, StoreError> {
    let mut query = ListQuery::new("SELECT instances.uuid FROM instances", "instances");
    query.filter("instances.project_id = ?", filter.project_id);
    query.filter("instances.name = ?", filter.name);
    query.filter("instances.status = ?", filter.status);
    query.filter("instances.power_state = ?", filter.power_state);
    query.filter("instances.availability_zone = ?", filter.availability_zone);
    query.filter("instances.user_id = ?", filter.user_id);
    query.filter("instances.node_id = ?", filter.node_id);
    query.ids(connection, page)
}

/// These instances, in this order; those that are gone are left out.
pub fn each_of(connection: &Connection, ids: &[InstanceId]) -> Result<Vec<Instance>, StoreError> {
    let sql = format!("{SELECT} WHERE instances.uuid = ?1");
    list::each_of(connection, &sql, ids, from_row)
}

/// How many instances there are in each status.
pub fn count_by_status(connection: &Connection) -> Result<Vec<(InstanceStatus, u32)>, StoreError> {
    const SQL: &str = "SELECT status, count(*) FROM instances GROUP BY status";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: HashMap<InstanceStatus, u32> = rows.collect::<Result<_, _>>()?;
    Ok(InstanceStatus::ALL
        .map(|status| (status, found.get(&status).copied().unwrap_or(0)))
        .into())
}

/// One instance.
pub fn find(connection: &Connection, id: InstanceId) -> Result<Option<Instance>, StoreError> {
    let sql = format!("{SELECT} WHERE instances.uuid = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?)
}

/// What an instance is read from; `None` where there is none. What is wanted of its machine is on the node.
pub fn footprint(connection: &Connection, id: InstanceId) -> Result<Option<Footprint>, StoreError> {
    const SQL: &str = "SELECT instances.rowid, nodes.rowid FROM instances JOIN nodes ON nodes.uuid = instances.node_id \
         WHERE instances.uuid = ?1";
    let from_row = |row: &Row<'_>| {
        let (own, of_node) = (row.get(0)?, row.get(1)?);
        Ok(Footprint::of_rows(
            (Watched::Instances, own),
            (Watched::Nodes, of_node),
        ))
    };
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([id], from_row)
        .optional()?)
}

/// The ids behind a name, in one project or (`None`) in all.
pub fn ids_of_name(
    connection: &Connection,
    name: &str,
    project: Option<&str>,
) -> Result<Vec<InstanceId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM instances WHERE name = :name AND (:project IS NULL OR project_id = :project)";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map(
        named_params! { ":name": name, ":project": project },
        |row| row.get(0),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Writes a new instance with its ports and addresses: this reserves its node, which a trigger records there. What is taken violates
/// `instances.node_id`, `attachments.port_id` or `addresses.address`.
pub fn insert(connection: &Connection, new: &Instance, origin: &Origin) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO instances (uuid, name, description, type_id, image_id, availability_zone, \
         network_info, status, power_state, project_id, user_id, extra, node_id, created_at) VALUES (:uuid, :name, \
         :description, :type_id, :image_id, :availability_zone, :network_info, :status, :power_state, :project_id, \
         :user_id, :extra, :node_id, :created_at)";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":name": new.name,
        ":description": new.description,
        ":type_id": new.type_id,
        ":image_id": new.image_id,
        ":availability_zone": new.availability_zone,
        ":network_info": Json(&new.network_info),
        ":status": new.status,
        ":power_state": new.power_state,
        ":project_id": new.project_id,
        ":user_id": new.user_id,
        ":extra": Json(&new.extra),
        ":node_id": new.node_id,
        ":created_at": new.created_at,
    })?;
    port::attach(connection, new.id, &new.network_info)?;
    for fixed in new
        .network_info
        .iter()
        .flat_map(|attachment| &attachment.fixed_ips)
    {
        address::insert(connection, fixed.subnet_id, fixed.ip_address, new.id)?;
    }
    insert_event(
        connection,
        new.node_id,
        None,
        Some(new.status),
        None,
        origin,
        new.created_at,
    )
}

/// Writes what its project may change, and counts the revision.
pub fn update(connection: &Connection, changed: &Instance) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE instances SET name = :name, description = :description, extra = :extra, \
         updated_at = :updated_at, revision = revision + 1 WHERE uuid = :uuid";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": changed.id,
        ":name": changed.name,
        ":description": changed.description,
        ":extra": Json(&changed.extra),
        ":updated_at": changed.updated_at,
    })?;
    Ok(())
}

/// What the instance was given in place of its image's user data. It is never shown.
///
/// # Errors
/// Those of SQLite, and that it does not open with the key in use.
pub fn user_data(
    connection: &Connection,
    sealer: &Sealer,
    id: InstanceId,
) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT user_data FROM instances WHERE uuid = ?1";
    let found: Option<Option<Vec<u8>>> = connection
        .prepare_cached(SQL)?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(sealed) = found.flatten() else {
        return Ok(None);
    };
    let opened = sealer.open(&id.to_string(), USER_DATA_COLUMN, &sealed)?;
    Ok(Some(seal::text(&opened)?))
}

/// Writes what the instance is given in place of its image's user data; `None` for nothing.
pub fn set_user_data(
    connection: &Connection,
    sealer: &Sealer,
    id: InstanceId,
    user_data: Option<&str>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE instances SET user_data = ?2 WHERE uuid = ?1";
    let owner = id.to_string();
    let seal = |data: &str| sealer.seal(&owner, USER_DATA_COLUMN, data.as_bytes());
    let sealed = user_data.map(seal).transpose()?;
    connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![id, sealed])?;
    Ok(())
}

/// Gives an instance another image.
pub fn set_image(
    connection: &Connection,
    id: InstanceId,
    image: ImageId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE instances SET image_id = ?2, updated_at = ?3, revision = revision + 1 \
         WHERE uuid = ?1 AND image_id <> ?2";
    connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![id, image, now])?;
    Ok(())
}

/// Moves an instance in its life: the status, why if it went wrong, and `launched_at` the first time that it is active.
pub fn update_status(
    connection: &Connection,
    id: InstanceId,
    status: InstanceStatus,
    last_error: Option<&str>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE instances SET status = :status, last_error = :last_error, \
         launched_at = iif(:status = 'active', coalesce(launched_at, :now), launched_at), updated_at = :now, \
         revision = revision + 1 WHERE uuid = :uuid AND (status IS NOT :status OR last_error IS NOT :last_error)";
    let before = find(connection, id)?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": id,
        ":status": status,
        ":last_error": last_error,
        ":now": now,
    })?;
    let Some(before) = before.filter(|before| before.status != status) else {
        return Ok(());
    };
    let old = Some(before.status);
    insert_event(
        connection,
        before.node_id,
        old,
        Some(status),
        last_error,
        origin,
        now,
    )
}

/// Deletes an instance: its node, ports and addresses are free again. `detail` is for the event.
pub fn delete(
    connection: &Connection,
    gone: &Instance,
    detail: Option<&str>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    // While it is there: the event says whose it was.
    insert_event(
        connection,
        gone.node_id,
        Some(gone.status),
        None,
        detail,
        origin,
        now,
    )?;
    connection
        .prepare_cached("DELETE FROM instances WHERE uuid = ?1")?
        .execute([gone.id])?;
    node::touch(connection, gone.node_id, now)
}

fn insert_event(
    connection: &Connection,
    node: NodeId,
    old: Option<InstanceStatus>,
    new: Option<InstanceStatus>,
    detail: Option<&str>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = Change {
        kind: EventKind::Status,
        old: old.map(InstanceStatus::as_str),
        new: new.map(InstanceStatus::as_str),
        detail,
    };
    event::insert(connection, node, change, origin, now)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Instance> {
    Ok(Instance {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        type_id: row.get(3)?,
        image_id: row.get(4)?,
        availability_zone: row.get(5)?,
        network_info: row.get::<_, Json<_>>(6)?.0,
        status: row.get(7)?,
        power_state: row.get(8)?,
        target_power_state: row.get(9)?,
        project_id: row.get(10)?,
        user_id: row.get(11)?,
        extra: row.get::<_, Json<_>>(12)?.0,
        last_error: row.get(13)?,
        node_id: row.get(14)?,
        launched_at: row.get(15)?,
        created_at: row.get(16)?,
        updated_at: row.get(17)?,
        revision: row.get(18)?,
    })
}
