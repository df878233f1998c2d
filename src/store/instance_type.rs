//! The table `types`.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::ids::TypeId;
use crate::model::instance_type::InstanceType;
use crate::model::page::Page;
use crate::store::StoreError;
use crate::store::list::ListQuery;
use crate::store::sql_types::Json;

const SELECT: &str = "SELECT uuid, name, description, is_public, project_id, extra_specs, created_at, updated_at, \
     revision FROM types";

/// The types that this caller sees, in the order of the page. `project` is `None` for admins, who see all.
pub fn list(
    connection: &Connection,
    project: Option<&str>,
    page: &Page,
) -> Result<Vec<InstanceType>, StoreError> {
    let mut query = ListQuery::new(SELECT, "types");
    query.filter(
        "(types.is_public OR types.project_id = ?)",
        project.map(String::from),
    );
    let mut found = Vec::new();
    query.run(connection, page, |row| {
        found.push(from_row(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// One type.
pub fn find(connection: &Connection, id: TypeId) -> Result<Option<InstanceType>, StoreError> {
    let sql = format!("{SELECT} WHERE uuid = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?)
}

/// The id behind a name.
pub fn id_of_name(connection: &Connection, name: &str) -> Result<Option<TypeId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM types WHERE name = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// Writes a new type. A name or id that is taken violates `types.name` or `types.uuid`.
pub fn insert(connection: &Connection, new: &InstanceType) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO types (uuid, name, description, is_public, project_id, extra_specs, created_at) \
         VALUES (:uuid, :name, :description, :is_public, :project_id, :extra_specs, :created_at)";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":name": new.name,
        ":description": new.description,
        ":is_public": new.is_public,
        ":project_id": new.project_id,
        ":extra_specs": Json(&new.extra_specs),
        ":created_at": new.created_at,
    })?;
    Ok(())
}

/// Writes what may change, and counts the revision, also of the nodes that show the type's name.
pub fn update(connection: &Connection, changed: &InstanceType) -> Result<(), StoreError> {
    const NODES: &str = "UPDATE nodes SET revision = revision + 1 WHERE type_id = ?1";
    const SQL: &str = "UPDATE types SET name = :name, description = :description, is_public = :is_public, \
         extra_specs = :extra_specs, updated_at = :updated_at, revision = revision + 1 WHERE uuid = :uuid";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": changed.id,
        ":name": changed.name,
        ":description": changed.description,
        ":is_public": changed.is_public,
        ":extra_specs": Json(&changed.extra_specs),
        ":updated_at": changed.updated_at,
    })?;
    connection.prepare_cached(NODES)?.execute([changed.id])?;
    Ok(())
}

/// Deletes a type. One that is in use violates a foreign key.
pub fn delete(connection: &Connection, id: TypeId) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM types WHERE uuid = ?1")?
        .execute([id])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<InstanceType> {
    Ok(InstanceType {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        is_public: row.get(3)?,
        project_id: row.get(4)?,
        extra_specs: row.get::<_, Json<_>>(5)?.0,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
        revision: row.get(8)?,
    })
}
