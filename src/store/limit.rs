//! The table `project_limits`, beside what its projects have.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::limit::{Limit, LimitSet};
use crate::model::page::SortDir;
use crate::store::StoreError;
use crate::time::Timestamp;

/// Which projects a list of limits is to hold.
#[derive(Debug, Clone, Default)]
pub struct LimitPage {
    /// Those behind this one.
    pub after: Option<String>,
    /// In this direction.
    pub sort_dir: SortDir,
    /// At most this many; `None` for all.
    pub limit: Option<u32>,
}

/// The limit of a project, and what it has. `default` holds where it has no limit of its own.
pub fn find(
    connection: &Connection,
    project: &str,
    default: Option<u32>,
) -> Result<Limit, StoreError> {
    let own = own(connection, project)?;
    Ok(Limit {
        project_id: project.to_owned(),
        instances: own.map_or(default, |(instances, _)| instances),
        in_use: count_in_use(connection, project)?,
        set: own.map(|(_, set)| set),
    })
}

/// How many instances a project may have; `None` for any number. Nothing is counted for it.
pub fn most(
    connection: &Connection,
    project: &str,
    default: Option<u32>,
) -> Result<Option<u32>, StoreError> {
    Ok(own(connection, project)?.map_or(default, |(instances, _)| instances))
}

/// How many instances a project has.
pub fn count_in_use(connection: &Connection, project: &str) -> Result<u32, StoreError> {
    const SQL: &str = "SELECT count(*) FROM instances WHERE project_id = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([project], |row| row.get(0))?)
}

fn own(
    connection: &Connection,
    project: &str,
) -> Result<Option<(Option<u32>, LimitSet)>, StoreError> {
    const SQL: &str =
        "SELECT instances, created_at, updated_at FROM project_limits WHERE project_id = ?1";
    let own = connection.prepare_cached(SQL)?.query_row([project], |row| {
        let set = LimitSet {
            created_at: row.get(1)?,
            updated_at: row.get(2)?,
        };
        Ok((row.get(0)?, set))
    });
    Ok(own.optional()?)
}

/// The limits of all projects that have one of their own or that have instances, by project.
pub fn list(
    connection: &Connection,
    page: &LimitPage,
    default: Option<u32>,
) -> Result<Vec<Limit>, StoreError> {
    // Without the count, which only those of the page need.
    const PROJECTS: &str = "SELECT project_id FROM \
         (SELECT project_id FROM project_limits UNION SELECT project_id FROM instances)";
    let (beyond, order) = match page.sort_dir {
        SortDir::Asc => (">", "ASC"),
        SortDir::Desc => ("<", "DESC"),
    };
    let sql = format!(
        "{PROJECTS} WHERE :after IS NULL OR project_id {beyond} :after ORDER BY project_id {order} LIMIT :limit"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let params = named_params! {
        ":after": page.after,
        ":limit": page.limit.map_or(-1, i64::from),
    };
    let projects = statement.query_map(params, |row: &Row<'_>| row.get(0))?;
    let projects: Vec<String> = projects.collect::<Result<_, _>>()?;
    projects
        .iter()
        .map(|project| find(connection, project, default))
        .collect()
}

/// Sets the limit of a project; `None` lets it have any number.
pub fn set(
    connection: &Connection,
    project: &str,
    instances: Option<u32>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO project_limits (project_id, instances, created_at) VALUES (:project, :instances, :now) \
         ON CONFLICT (project_id) DO UPDATE SET instances = :instances, updated_at = :now \
         WHERE instances IS NOT :instances";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":project": project,
        ":instances": instances,
        ":now": now,
    })?;
    Ok(())
}

/// Forgets the limit of a project: what the settings say holds again.
pub fn unset(connection: &Connection, project: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM project_limits WHERE project_id = ?1")?
        .execute([project])?;
    Ok(())
}
