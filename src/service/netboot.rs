//! What machines ask the boot service for, and what is seen of them by it.
//!
//! A machine is known by the MAC address of its port or by its UUID, which anybody on its network can say; what is worth
//! keeping from others is behind URLs that have the deploy's secret in them. What is read for an answer is read in one snapshot.

use std::fs::File;
use std::io;

use rusqlite::Connection;
use uuid::Uuid;

use crate::model::ids::{NodeId, TaskId};
use crate::model::image::ImagePart;
use crate::model::netboot::{Milestone, Netboot};
use crate::rules::netboot::deploy::Deploy;
use crate::rules::netboot::script::Asker;
use crate::service::{Error, Service};
use crate::store::{self, StoreError};
use crate::time;

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
    /// The deploy of the machine that asks for its script, if there is one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn deploy_of_asker(&self, asker: &Asker) -> Result<Option<Deploy>, Error> {
        self.store.read(|connection| {
            let Some(node) = node_of(connection, asker)? else {
                return Ok(None);
            };
            let found = store::netboot::find_of_node(connection, self.store.sealer(), node)?;
            self.deploy(connection, found)
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

    /// Records that a machine has got so far, and wakes who waits for it. `false` where its deploy has ended meanwhile.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn reached(
        &self,
        task: TaskId,
        milestone: Milestone,
        detail: String,
    ) -> Result<bool, Error> {
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

/// The node that has this port; else the one machine under way that has this UUID.
fn node_of(connection: &Connection, asker: &Asker) -> Result<Option<NodeId>, StoreError> {
    if let Some(mac) = &asker.mac
        && let Some(node) = store::netboot::node_of_mac(connection, mac)?
    {
        return Ok(Some(node));
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
    Ok(found.pop().filter(|_| found.is_empty()))
}
