//! What machines ask the boot service for, and what is seen of them by it.
//!
//! A machine is known by the MAC address of its port or by its UUID, which anybody on its network can say; what is worth
//! keeping from others is behind URLs that have the deploy's secret in them. What is read for an answer is read in one snapshot.

use std::fs::File;
use std::io;
use std::time::Duration;

use rusqlite::Connection;
use uuid::Uuid;

use crate::model::ids::{NodeId, TaskId};
use crate::model::image::ImagePart;
use crate::model::netboot::{Milestone, Netboot, Reached};
use crate::model::task::TaskKind;
use crate::rules::deploy;
use crate::rules::netboot::deploy::Deploy;
use crate::rules::netboot::script::Asker;
use crate::service::{Error, Service};
use crate::store::{self, StoreError};
use crate::time::{self, Timestamp};

/// How long a machine that does the same again is taken at its first word.
const AGAIN: Duration = Duration::from_secs(1);

/// What a machine that asks for its script is to do.
#[derive(Debug)]
pub enum Asked {
    /// Boot what is deployed on it.
    Boots(Box<Deploy>),
    /// Ask again: the machine was not seen to be off since this deploy began, so that what asks may be what ran on it before.
    NotYet,
    /// Go on to its next device: what this deploy boots has run on it already.
    HasBooted,
    /// The same: it is not being deployed.
    Nothing,
}

/// A file of a deploy.
#[derive(Debug)]
pub struct BootFile {
    /// The file.
    pub file: File,
    /// Its length, in bytes.
    pub length: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Service {
    /// What the machine is to do that asks for its script. One deploy boots it once: firmware that tries the network first asks
    /// again when the system that was installed restarts.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn asked_for_script(&self, asker: &Asker) -> Result<Asked, Error> {
        self.store.read(|connection| {
            let Some((node, known)) = node_of(connection, asker)? else {
                return Ok(Asked::Nothing);
            };
            let found = store::netboot::find_of_node(connection, self.store.sealer(), node)?;
            let Some(deploy) = self.deploy(connection, found)? else {
                return Ok(Asked::Nothing);
            };
            let task = store::task::find(connection, deploy.netboot.task_id)?;
            let Some(task) = task.filter(|task| may_boot(task.kind, known)) else {
                return Ok(Asked::Nothing);
            };
            let was_off = deploy::set_up_from(&task.steps, task.step).is_some();
            let seen = store::netboot::list(connection, deploy.netboot.task_id)?;
            Ok(if !was_off {
                Asked::NotYet
            } else if has_booted(&deploy.netboot, &seen, asker) {
                Asked::HasBooted
            } else {
                Asked::Boots(Box::new(deploy))
            })
        })
    }

    /// The deploy whose URLs have this secret in them, if it still lasts.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn deploy_of_secret(&self, secret: &str) -> Result<Option<Deploy>, Error> {
        self.store.read(|connection| {
            let found = store::netboot::find_by_secret(connection, self.store.sealer(), secret)?;
            self.deploy(connection, found)
        })
    }

    /// A file of a deploy; `None` where it has none, or has none yet.
    ///
    /// # Errors
    /// It should be here, and is not.
    pub fn boot_file(&self, deploy: &Deploy, part: ImagePart) -> Result<Option<BootFile>, Error> {
        let sha256 = match part {
            ImagePart::Kernel => &deploy.netboot.kernel_sha256,
            ImagePart::Initrd => &deploy.netboot.initrd_sha256,
        };
        let Some(sha256) = sha256.clone() else {
            return Ok(None);
        };
        let path = self.store.image_files().path(&sha256);
        let opened = path
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
            .and_then(File::open)
            .and_then(|file| Ok((file.metadata()?.len(), file)));
        let (length, file) = opened.map_err(|source| Error::BootFile { part, source })?;
        Ok(Some(BootFile {
            file,
            length,
            sha256,
        }))
    }

    /// Records that a machine has got so far, and wakes who waits for it. `false` where its deploy has ended meanwhile. What was
    /// recorded within the last second is not written again, however often it is asked for.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn reached(
        &self,
        task: TaskId,
        milestone: Milestone,
        detail: String,
    ) -> Result<bool, Error> {
        let is_recorded = self.store.read(|connection| {
            let seen = store::netboot::list(connection, task)?;
            let is_fresh = was_just_seen(&seen, milestone, time::now());
            Ok::<_, Error>(is_fresh && store::netboot::is_there(connection, task)?)
        });
        if is_recorded? {
            return Ok(true);
        }
        let recorded = self.store.write(move |connection| {
            if !store::netboot::is_there(connection, task)? {
                return Ok(false);
            }
            let now = time::now();
            store::netboot::reach(connection, task, milestone, Some(&detail), now)?;
            Ok::<_, Error>(true)
        });
        let recorded = recorded.await?;
        if recorded {
            self.wakes.tasks.notify();
        }
        Ok(recorded)
    }

    /// The same, unless it was seen to get there before.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn reached_first(
        &self,
        task: TaskId,
        milestone: Milestone,
        detail: String,
    ) -> Result<bool, Error> {
        let before = self
            .store
            .read(|connection| store::netboot::list(connection, task))?;
        if before.iter().any(|reached| reached.milestone == milestone) {
            return Ok(true);
        }
        self.reached(task, milestone, detail).await
    }

    fn deploy(
        &self,
        connection: &Connection,
        netboot: Option<Netboot>,
    ) -> Result<Option<Deploy>, Error> {
        let (Some(netboot), Some(defaults)) = (netboot, self.netboot()) else {
            return Ok(None);
        };
        if netboot.expires_at.is_some_and(|at| at <= time::now()) {
            return Ok(None);
        }
        let instance = store::instance::find(connection, netboot.instance_id)?;
        let node = store::node::find(connection, netboot.node_id)?;
        let (Some(instance), Some(node)) = (instance, node) else {
            return Ok(None);
        };
        let mut networks = Vec::with_capacity(instance.network_info.len());
        for attachment in &instance.network_info {
            networks.extend(store::network::find(connection, attachment.network)?);
        }
        Ok(Some(Deploy {
            netboot,
            instance,
            ports: node.ports,
            networks,
            base: defaults.base,
        }))
    }
}

/// Whether what a deploy boots has run on the machine that asks. Its data or its phone home say so. Of a task that is done nobody
/// waits for these, so its kernel does, unless it is iPXE that tries again within one boot.
fn has_booted(netboot: &Netboot, seen: &[Reached], asker: &Asker) -> bool {
    let is_done = netboot.expires_at.is_some();
    seen.iter().any(|reached| match reached.milestone {
        Milestone::Data | Milestone::PhoneHome => true,
        Milestone::Kernel => is_done && asker.tries == 0,
        Milestone::Script | Milestone::Initrd => false,
    })
}

/// Whether a milestone was recorded within the last second. A clock that was set back makes none of them fresh.
fn was_just_seen(seen: &[Reached], milestone: Milestone, now: Timestamp) -> bool {
    let of = seen.iter().find(|reached| reached.milestone == milestone);
    of.is_some_and(|reached| reached.last_at <= now && now.since(reached.last_at) < AGAIN)
}

/// By what a machine is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    ByPort,
    ByUuid,
}

/// Boards are built that share their UUID, also with machines that nobody has registered: what wipes is for a port alone.
fn may_boot(kind: TaskKind, known: Known) -> bool {
    known == Known::ByPort || kind != TaskKind::Delete
}

/// The node that has this port; else the one node of all that has this UUID.
fn node_of(connection: &Connection, asker: &Asker) -> Result<Option<(NodeId, Known)>, StoreError> {
    if let Some(mac) = &asker.mac
        && let Some(node) = store::netboot::node_of_mac(connection, mac)?
    {
        return Ok(Some((node, Known::ByPort)));
    }
    let uuid = asker.uuid.as_deref();
    let Some(uuid) = uuid.and_then(|text| Uuid::parse_str(text).ok()) else {
        return Ok(None);
    };
    // BMCs say it in one order of bytes or another, see `worker/own_machine.rs`.
    let mut reversed = *uuid.as_bytes();
    reversed.reverse();
    let orders = [*uuid.as_bytes(), uuid.to_bytes_le(), reversed];
    let orders = orders.map(|bytes| Uuid::from_bytes(bytes).simple().to_string());
    let mut found = store::netboot::nodes_of_guids(connection, orders)?;
    // Some makers give the same one to all.
    let one = found.pop().filter(|_| found.is_empty());
    Ok(one.map(|node| (node, Known::ByUuid)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(milestone: Milestone, at: Timestamp) -> Reached {
        Reached {
            milestone,
            at,
            last_at: at,
            times: 1,
            detail: None,
        }
    }

    #[test]
    fn what_wipes_is_given_to_a_port_and_to_no_uuid() {
        assert!(may_boot(TaskKind::Deploy, Known::ByUuid));
        assert!(may_boot(TaskKind::Delete, Known::ByPort));
        assert!(!may_boot(TaskKind::Delete, Known::ByUuid));
    }

    #[test]
    fn what_was_recorded_within_a_second_is_not_recorded_again() {
        let at = Timestamp::from_micros(5_000_000);
        let all = [seen(Milestone::Script, at)];
        let after = |micros: i64| Timestamp::from_micros(5_000_000 + micros);
        for (micros, expected) in [
            (0, true),
            (999_999, true),
            (1_000_000, false),
            // The clock was set back.
            (-1, false),
        ] {
            let fresh = was_just_seen(&all, Milestone::Script, after(micros));
            assert_eq!(fresh, expected, "{micros}");
        }
        assert!(!was_just_seen(&all, Milestone::Kernel, at));
    }
}
