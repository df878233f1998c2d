//! What an admin does about an instance that is stuck: its deploy is tried again, or its machine is taken from it by force.

use rusqlite::Connection;

use crate::crash;
use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::event::Origin;
use crate::model::instance::{Instance, InstanceStatus};
use crate::service::access::{self, check_precondition};
use crate::service::deploy::Deploying;
use crate::service::power::{cancel, in_the_way};
use crate::service::task::{and_what_may_come, requester};
use crate::service::{Error, Kind, Service};
use crate::time::{self, Timestamp};
use crate::{store, view::View as _};

impl Service {
    /// Tries the deploy of an instance again that has failed. It is an order, so it is carried out in maintenance too.
    pub async fn retry_instance(
        &self,
        caller: &Caller,
        ident: &str,
        precondition: Precondition,
    ) -> Result<Instance, Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let deploying = Deploying::new(self, &caller);
        let retried = self.store.write(move |connection| {
            let instance = access::instance(connection, &caller, &ident)?;
            check_retry(connection, &instance)?;
            check_precondition(&precondition, &instance, Kind::Instance, &ident)?;
            let node = access::node(connection, &instance.node_id.to_string())?;
            let image = access::image(connection, &caller, &instance.image_id.to_string())?;
            let now = time::now();
            let refuse = |name, why| Error::NotRetryable { name, why };
            let user_data = deploying.user_data(connection, &instance, refuse)?;
            let machine = &node.properties;
            deploying.begin(connection, &instance, &image, machine, user_data, now)?;
            let (building, origin) = (
                InstanceStatus::Building,
                Origin::request(&requester(&caller)),
            );
            store::instance::update_status(connection, instance.id, building, None, &origin, now)?;
            crash::commit("retry");
            Ok::<_, Error>(instance)
        });
        let instance = retried.await?;
        self.wakes.tasks.notify();
        Ok(instance)
    }

    /// Takes the machine from an instance at once and without a word to its BMC, which may be dead for good. Nobody knows then
    /// whether the machine still runs what the instance was: the node is in maintenance from the same moment on, so that no
    /// other instance gets it before an admin has looked. What a task has under way is called off before this returns.
    pub async fn release_instance(
        &self,
        caller: &Caller,
        ident: &str,
        precondition: Precondition,
    ) -> Result<(), Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let request_id = caller.request_id.clone();
        let bmcs = self.bmcs.clone();
        let released = self.store.write(move |connection| {
            let instance = access::instance(connection, &caller, &ident)?;
            if !caller.is_admin() {
                let what = "release an instance by force";
                return Err(Error::AdminOnly { what });
            }
            check_precondition(&precondition, &instance, Kind::Instance, &ident)?;
            release(connection, &caller, &instance, time::now())?;
            crash::commit("release");
            // Not after the commit: a client that goes away then must not leave an order alive. An order that was committed
            // before this is older, and later ones find their task ended.
            Ok((bmcs.call_off(instance.node_id), instance))
        });
        let (called_off, instance) = released.await?;
        tracing::warn!(
            request_id,
            node = %instance.node_id,
            instance = %instance.id,
            "an instance was released by force: its machine may still run, and its node is in maintenance"
        );
        self.wakes.tasks.notify();
        self.wakes.nodes.notify();
        called_off.await;
        Ok(())
    }
}

/// Refuses to deploy an instance again whose deploy has not failed.
fn check_retry(connection: &Connection, instance: &Instance) -> Result<(), Error> {
    let why = match instance.status {
        InstanceStatus::Error => match store::task::find_open(connection, instance.node_id)? {
            Some(open) => return Err(in_the_way(&open)),
            None if store::own_machine::is_own(connection, instance.node_id)? => {
                "its node is the machine that ostlerd itself runs on, which a deploy would turn off"
            }
            None => return Ok(()),
        },
        InstanceStatus::Building => "it is under way",
        InstanceStatus::Active => "it did not fail",
        InstanceStatus::Deleting => "the instance is being deleted",
    };
    let name = instance.name.clone();
    Err(Error::NotRetryable { name, why })
}

fn release(
    connection: &Connection,
    by: &Caller,
    instance: &Instance,
    now: Timestamp,
) -> Result<(), Error> {
    let (node, origin) = (instance.node_id, Origin::request(&requester(by)));
    if let Some(open) = store::task::find_open(connection, node)? {
        let why = format!(
            "called off by {}: the instance was released by force",
            by.user_id
        );
        let why = and_what_may_come(connection, &open, why)?;
        cancel(connection, by, open, &why, now)?;
    }
    store::power::set_target(connection, node, None, now)?;
    // What the instance wanted of the machine is nobody's wish any more.
    store::power::forget_wanted(connection, node)?;
    let detail = "released by force; the machine may still run";
    store::instance::delete(connection, instance, Some(detail), &origin, now)?;
    let mut node = access::node(connection, &node.to_string())?;
    node.maintenance_reason = Some(match node.maintenance_reason.filter(|_| node.maintenance) {
        Some(before) => format!("{} (before: {before})", reason(instance, now)),
        None => reason(instance, now),
    });
    node.maintenance = true;
    Ok(store::node::update_maintenance(
        connection, &node, &origin, now,
    )?)
}

fn reason(instance: &Instance, now: Timestamp) -> String {
    format!(
        "instance {} ({}) was released by force at {now}; the machine may still run: check it, then end the maintenance",
        instance.name,
        instance.ident()
    )
}
