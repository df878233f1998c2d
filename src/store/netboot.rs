//! The tables `netboots` and `milestones`: machines that the daemon boots itself, and how far they have got.
//!
//! A row of `netboots` is there while its machine may ask for anything: triggers delete it with the end of its task. What it was
//! seen to do stays with the task.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use sha2::{Digest as _, Sha256};

use crate::crash;
use crate::model::event::{EventKind, Origin};
use crate::model::ids::{ImageId, InstanceId, NodeId, TaskId};
use crate::model::image::Completion;
use crate::model::netboot::{Milestone, Netboot, Reached};
use crate::model::secret::Secret;
use crate::store::event::Change;
use crate::store::seal::{self, SealError, Sealer};
use crate::store::{StoreError, event, task};
use crate::time::Timestamp;

/// The column that a secret is sealed for.
pub(super) const COLUMN: &str = "netboot_secret";

/// The column that user data is sealed for.
pub(super) const USER_DATA_COLUMN: &str = "netboot_user_data";

const SELECT: &str = "SELECT task_id, node_id, instance_id, image_id, secret, completion, kernel_args, user_data, \
     kernel_sha256, initrd_sha256, tries, expires_at, created_at FROM netboots";

/// The netboot of a task.
///
/// # Errors
/// Those of SQLite, and [`SealError::WrongKey`].
pub fn find(
    connection: &Connection,
    sealer: &Sealer,
    task: TaskId,
) -> Result<Option<Netboot>, StoreError> {
    find_by(connection, sealer, "task_id = ?1", &task)
}

/// The netboot of a machine.
///
/// # Errors
/// Those of [`find`].
pub fn find_of_node(
    connection: &Connection,
    sealer: &Sealer,
    node: NodeId,
) -> Result<Option<Netboot>, StoreError> {
    find_by(connection, sealer, "node_id = ?1", &node)
}

/// The netboot whose URLs have this in them.
///
/// # Errors
/// Those of [`find`].
pub fn find_by_secret(
    connection: &Connection,
    sealer: &Sealer,
    secret: &str,
) -> Result<Option<Netboot>, StoreError> {
    find_by(connection, sealer, "secret_hash = ?1", &hash(secret))
}

/// All machines that may be booting, in the order of their ids; without what is sealed.
pub fn list_nodes(connection: &Connection) -> Result<Vec<NodeId>, StoreError> {
    const SQL: &str = "SELECT node_id FROM netboots ORDER BY node_id";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The node that has a port with this MAC address, in lower case with colons.
pub fn node_of_mac(connection: &Connection, mac: &str) -> Result<Option<NodeId>, StoreError> {
    const SQL: &str = "SELECT node_id FROM ports WHERE mac_address = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([mac], |row| row.get(0))
        .optional()?)
}

/// The machines whose BMC has said one of these GUIDs, in hexadecimal; at most two.
pub fn nodes_of_guids(
    connection: &Connection,
    guids: [String; 3],
) -> Result<Vec<NodeId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM nodes WHERE guid IN (?1, ?2, ?3) LIMIT 2";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map(guids, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether the machine of this task may ask for anything.
pub fn is_there(connection: &Connection, task: TaskId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM netboots WHERE task_id = ?1";
    Ok(connection.prepare_cached(SQL)?.exists([task])?)
}

fn seal_user_data(
    sealer: &Sealer,
    task: TaskId,
    user_data: Option<&str>,
) -> Result<Option<Vec<u8>>, SealError> {
    let owner = task.to_string();
    let seal = |data: &str| sealer.seal(&owner, USER_DATA_COLUMN, data.as_bytes());
    user_data.map(seal).transpose()
}

/// Whether a delete wipes a machine with this image.
pub fn is_wiping(connection: &Connection, image: ImageId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM netboots JOIN tasks ON tasks.uuid = task_id WHERE image_id = ?1 AND tasks.kind = 'delete'";
    Ok(connection.prepare_cached(SQL)?.exists([image])?)
}

/// Writes a new one, of a task that is there.
///
/// # Errors
/// Those of SQLite, and that the secret cannot be sealed.
pub fn insert(connection: &Connection, sealer: &Sealer, new: &Netboot) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO netboots (task_id, node_id, instance_id, image_id, secret, secret_hash, completion, \
         kernel_args, user_data, created_at) VALUES (:task_id, :node_id, :instance_id, :image_id, :secret, :secret_hash, \
         :completion, :kernel_args, :user_data, :created_at)";
    let secret = new.secret.expose();
    let sealed = sealer.seal(&new.task_id.to_string(), COLUMN, secret.as_bytes())?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":task_id": new.task_id,
        ":node_id": new.node_id,
        ":instance_id": new.instance_id,
        ":image_id": new.image_id,
        ":secret": sealed,
        ":secret_hash": hash(secret),
        ":completion": new.completion,
        ":kernel_args": new.kernel_args,
        ":user_data": seal_user_data(sealer, new.task_id, new.user_data.as_deref())?,
        ":created_at": new.created_at,
    })?;
    Ok(())
}

/// Records which files are to be served: they are here.
pub fn set_files(
    connection: &Connection,
    task: TaskId,
    kernel_sha256: &str,
    initrd_sha256: Option<&str>,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE netboots SET kernel_sha256 = ?2, initrd_sha256 = ?3 WHERE task_id = ?1";
    connection.prepare_cached(SQL)?.execute(rusqlite::params![
        task,
        kernel_sha256,
        initrd_sha256
    ])?;
    Ok(())
}

/// Takes over what the image is now, for a machine that has booted nothing yet: its files, its command line and its user data.
pub fn renew(connection: &Connection, sealer: &Sealer, task: TaskId) -> Result<(), StoreError> {
    const FIND: &str = "SELECT images.kernel_args, images.user_data FROM images JOIN netboots ON image_id = images.uuid \
         WHERE task_id = ?1";
    const SQL: &str = "UPDATE netboots SET kernel_sha256 = NULL, initrd_sha256 = NULL, kernel_args = ?2, user_data = ?3 \
         WHERE task_id = ?1";
    let found: Option<(Option<String>, Option<String>)> = connection
        .prepare_cached(FIND)?
        .query_row([task], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((args, user_data)) = found else {
        return Ok(());
    };
    let sealed = seal_user_data(sealer, task, user_data.as_deref())?;
    connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![task, args, sealed])?;
    Ok(())
}

/// How often the machine of a task was set up again; `None` where it is not booted by the daemon.
pub fn tries(connection: &Connection, task: TaskId) -> Result<Option<u32>, StoreError> {
    const SQL: &str = "SELECT tries FROM netboots WHERE task_id = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([task], |row| row.get(0))
        .optional()?)
}

/// Counts that the machine is set up again.
pub fn add_try(connection: &Connection, task: TaskId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE netboots SET tries = tries + 1 WHERE task_id = ?1";
    connection.prepare_cached(SQL)?.execute([task])?;
    Ok(())
}

/// The task is done, and its machine is served on until then.
pub fn set_expiry(connection: &Connection, task: TaskId, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE netboots SET expires_at = ?2 WHERE task_id = ?1";
    connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![task, at])?;
    Ok(())
}

/// Drops those whose time is over.
pub fn expire(connection: &Connection, now: Timestamp) -> Result<usize, StoreError> {
    const SQL: &str = "DELETE FROM netboots WHERE expires_at <= ?1";
    Ok(connection.prepare_cached(SQL)?.execute([now])?)
}

/// Drops all: of a database that was a backup, no machine knows the secrets any more.
pub fn delete_all(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("DELETE FROM netboots", [])?;
    Ok(())
}

/// Records what a machine was seen to do. The first time of each is an event.
pub fn reach(
    connection: &Connection,
    of: TaskId,
    milestone: Milestone,
    detail: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO milestones (task_id, name, at, last_at, detail) VALUES (:task, :name, :now, :now, :detail) \
         ON CONFLICT (task_id, name) DO UPDATE SET times = times + 1, last_at = :now, detail = :detail";
    let before = list(connection, of)?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":task": of,
        ":name": milestone,
        ":now": now,
        ":detail": detail,
    })?;
    if before.iter().any(|reached| reached.milestone == milestone) {
        return Ok(());
    }
    crash::commit("reach");
    let Some(task) = task::find(connection, of)? else {
        return Ok(());
    };
    let last = before.iter().max_by_key(|reached| reached.at);
    let change = Change {
        kind: EventKind::Netboot,
        old: last.map(|reached| reached.milestone.as_str()),
        new: Some(milestone.as_str()),
        detail,
    };
    event::insert(connection, task.node_id, change, &Origin::task(&task), now)
}

/// Forgets what was seen of a machine that is set up again.
pub fn forget(connection: &Connection, of: TaskId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM milestones WHERE task_id = ?1";
    connection.prepare_cached(SQL)?.execute([of])?;
    Ok(())
}

/// What the machine of a task was seen to do, in the order of a machine's way.
pub fn list(connection: &Connection, of: TaskId) -> Result<Vec<Reached>, StoreError> {
    const SQL: &str = "SELECT name, at, last_at, times, detail FROM milestones WHERE task_id = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([of], |row| {
        Ok(Reached {
            milestone: row.get(0)?,
            at: row.get(1)?,
            last_at: row.get(2)?,
            times: row.get(3)?,
            detail: row.get(4)?,
        })
    })?;
    let mut found: Vec<Reached> = rows.collect::<Result<_, _>>()?;
    found.sort_unstable_by_key(|reached| reached.milestone);
    Ok(found)
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

struct Sealed {
    task_id: TaskId,
    node_id: NodeId,
    instance_id: InstanceId,
    image_id: ImageId,
    secret: Vec<u8>,
    completion: Completion,
    kernel_args: Option<String>,
    user_data: Option<Vec<u8>>,
    kernel_sha256: Option<String>,
    initrd_sha256: Option<String>,
    tries: u32,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

fn find_by(
    connection: &Connection,
    sealer: &Sealer,
    condition: &str,
    value: &dyn rusqlite::ToSql,
) -> Result<Option<Netboot>, StoreError> {
    let sql = format!("{SELECT} WHERE {condition}");
    let found = connection
        .prepare_cached(&sql)?
        .query_row([value], from_row)
        .optional()?;
    found.map(|sealed| sealed.open(sealer)).transpose()
}

impl Sealed {
    fn open(self, sealer: &Sealer) -> Result<Netboot, StoreError> {
        let owner = self.task_id.to_string();
        let open = |column, sealed: &[u8]| seal::text(&sealer.open(&owner, column, sealed)?);
        let secret = open(COLUMN, &self.secret)?;
        let user_data = self.user_data.as_deref();
        let user_data = user_data.map(|sealed| open(USER_DATA_COLUMN, sealed));
        Ok(Netboot {
            task_id: self.task_id,
            node_id: self.node_id,
            instance_id: self.instance_id,
            image_id: self.image_id,
            secret: Secret::new(secret),
            completion: self.completion,
            kernel_args: self.kernel_args,
            user_data: user_data.transpose()?,
            kernel_sha256: self.kernel_sha256,
            initrd_sha256: self.initrd_sha256,
            tries: self.tries,
            expires_at: self.expires_at,
            created_at: self.created_at,
        })
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed {
        task_id: row.get(0)?,
        node_id: row.get(1)?,
        instance_id: row.get(2)?,
        image_id: row.get(3)?,
        secret: row.get(4)?,
        completion: row.get(5)?,
        kernel_args: row.get(6)?,
        user_data: row.get(7)?,
        kernel_sha256: row.get(8)?,
        initrd_sha256: row.get(9)?,
        tries: row.get(10)?,
        expires_at: row.get(11)?,
        created_at: row.get(12)?,
    })
}
