//! The table `images`.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::ids::ImageId;
use crate::model::image::Image;
use crate::model::page::Page;
use crate::store::StoreError;
use crate::store::list::ListQuery;

const SELECT: &str = "SELECT uuid, name, description, boot, kernel_url, initrd_url, kernel_args, user_data, \
     completion, is_public, project_id, created_at, updated_at, revision, kind, kernel_sha256, initrd_sha256, \
     kernel_size, initrd_size FROM images";

/// The images that this caller sees, in the order of the page. `project` is `None` for admins, who see all.
pub fn list(
    connection: &Connection,
    project: Option<&str>,
    page: &Page,
) -> Result<Vec<Image>, StoreError> {
    let mut query = ListQuery::new(SELECT, "images");
    query.filter(
        "(images.is_public OR images.project_id = ?)",
        project.map(String::from),
    );
    let mut found = Vec::new();
    query.run(connection, page, |row| {
        found.push(from_row(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// One image.
pub fn find(connection: &Connection, id: ImageId) -> Result<Option<Image>, StoreError> {
    let sql = format!("{SELECT} WHERE uuid = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?)
}

/// The id behind a name.
pub fn id_of_name(connection: &Connection, name: &str) -> Result<Option<ImageId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM images WHERE name = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// Writes a new image. A name or id that is taken violates `images.name` or `images.uuid`.
pub fn insert(connection: &Connection, new: &Image) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO images (uuid, name, description, boot, kernel_url, initrd_url, kernel_args, \
         user_data, completion, is_public, project_id, created_at, kind, kernel_sha256, initrd_sha256) VALUES (:uuid, \
         :name, :description, :boot, :kernel_url, :initrd_url, :kernel_args, :user_data, :completion, :is_public, \
         :project_id, :created_at, :kind, :kernel_sha256, :initrd_sha256)";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":name": new.name,
        ":description": new.description,
        ":boot": new.boot,
        ":kernel_url": new.kernel_url,
        ":initrd_url": new.initrd_url,
        ":kernel_args": new.kernel_args,
        ":user_data": new.user_data,
        ":completion": new.completion,
        ":is_public": new.is_public,
        ":project_id": new.project_id,
        ":created_at": new.created_at,
        ":kind": new.kind,
        ":kernel_sha256": new.kernel_sha256,
        ":initrd_sha256": new.initrd_sha256,
    })?;
    Ok(())
}

/// Writes what may change, and counts the revision.
pub fn update(connection: &Connection, changed: &Image) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE images SET name = :name, description = :description, boot = :boot, \
         kernel_url = :kernel_url, initrd_url = :initrd_url, kernel_args = :kernel_args, user_data = :user_data, \
         completion = :completion, is_public = :is_public, kind = :kind, kernel_sha256 = :kernel_sha256, \
         initrd_sha256 = :initrd_sha256, kernel_size = :kernel_size, initrd_size = :initrd_size, \
         updated_at = :updated_at, revision = revision + 1 WHERE uuid = :uuid";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": changed.id,
        ":name": changed.name,
        ":description": changed.description,
        ":boot": changed.boot,
        ":kernel_url": changed.kernel_url,
        ":initrd_url": changed.initrd_url,
        ":kernel_args": changed.kernel_args,
        ":user_data": changed.user_data,
        ":completion": changed.completion,
        ":is_public": changed.is_public,
        ":kind": changed.kind,
        ":kernel_sha256": changed.kernel_sha256,
        ":initrd_sha256": changed.initrd_sha256,
        ":kernel_size": changed.kernel_size,
        ":initrd_size": changed.initrd_size,
        ":updated_at": changed.updated_at,
    })?;
    Ok(())
}

/// Deletes an image. One that is in use violates a foreign key.
pub fn delete(connection: &Connection, id: ImageId) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM images WHERE uuid = ?1")?
        .execute([id])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Image> {
    Ok(Image {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        boot: row.get(3)?,
        kernel_url: row.get(4)?,
        initrd_url: row.get(5)?,
        kernel_args: row.get(6)?,
        user_data: row.get(7)?,
        completion: row.get(8)?,
        is_public: row.get(9)?,
        project_id: row.get(10)?,
        created_at: row.get(11)?,
        updated_at: row.get(12)?,
        revision: row.get(13)?,
        kind: row.get(14)?,
        kernel_sha256: row.get(15)?,
        initrd_sha256: row.get(16)?,
        kernel_size: row.get(17)?,
        initrd_size: row.get(18)?,
    })
}
