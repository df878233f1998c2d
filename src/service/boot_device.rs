//! The boot device of a node: read from its BMC, changed by a task.

use std::sync::Arc;

use crate::bmc::BmcRef;
use crate::crash;
use crate::model::bmc::BootSetting;
use crate::model::caller::Caller;
use crate::model::ids::TaskId;
use crate::model::task::{Step, Task, TaskKind};
use crate::service::power::{begin, in_the_way, new_task};
use crate::service::{Error, Kind, Service, access};
use crate::{store, time};

impl Service {
    /// Asks the BMC which boot device is set.
    pub async fn show_boot_device(&self, ident: &str) -> Result<BootSetting, Error> {
        let bmc = self.store.read(|connection| {
            let node = access::node(connection, ident)?;
            // A login with the old password would be a bad one, and bad ones lock accounts.
            if let Some(open) = store::task::find_open(connection, node.id)?
                && open.kind == TaskKind::RotatePassword
            {
                return Err(in_the_way(&open));
            }
            let access = store::bmc::find(connection, self.store.sealer(), node.id)?;
            let access = access.ok_or_else(|| Error::NotFound {
                kind: Kind::Node,
                ident: ident.to_owned(),
            })?;
            Ok::<_, Error>(BmcRef {
                node: node.id,
                config: Arc::new(access.config),
                profile: access.profile,
            })
        })?;
        Ok(self.bmcs.boot_device(&bmc).await?)
    }

    /// Orders a boot device. It is on disk when this returns, and is set after it.
    pub async fn order_boot_device(
        &self,
        caller: &Caller,
        ident: &str,
        setting: BootSetting,
    ) -> Result<TaskId, Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let deadlines = self.deadlines();
        let ordered = self.store.write(move |connection| {
            let node = access::node(connection, &ident)?;
            if let Some(open) = store::task::find_open(connection, node.id)? {
                return Err(in_the_way(&open));
            }
            let now = time::now();
            let steps = vec![Step::BootDevice(setting)];
            let task = Task {
                deadline_at: now.plus(deadlines.change),
                ..new_task(
                    &caller,
                    TaskKind::BootDevice,
                    None,
                    steps,
                    node.id,
                    node.instance_id,
                    now,
                )
            };
            begin(connection, &task)?;
            crash::commit("boot_order");
            Ok(task.id)
        });
        let task = ordered.await?;
        self.wakes.tasks.notify();
        Ok(task)
    }
}
