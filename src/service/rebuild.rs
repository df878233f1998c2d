//! Setting up the machine of an instance anew, with its image or another one. Its name, its addresses and its node stay.

use rusqlite::Connection;
use serde::Deserialize;

use crate::crash;
use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::event::Origin;
use crate::model::ids::ImageId;
use crate::model::image::Image;
use crate::model::instance::{Instance, InstanceStatus};
use crate::rules::input::{self, InvalidInput};
use crate::service::access::{self, check_precondition};
use crate::service::create::unknown;
use crate::service::deploy::Deploying;
use crate::service::idempotency::{Idempotency, Outcome, once};
use crate::service::power::in_the_way;
use crate::service::task::requester;
use crate::service::{Error, Kind, Service};
use crate::store::idempotency::Answer;
use crate::{store, time};

/// What a client asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rebuild {
    /// The image to boot; the instance's own where it is not given.
    image_uuid: Option<ImageId>,
    /// In place of the image's; what the instance has where it is not given, the image's again where it is empty.
    user_data: Option<String>,
}

impl Rebuild {
    /// Checks what can be checked without looking anything up.
    pub fn check(&self) -> Result<(), InvalidInput> {
        match &self.user_data {
            Some(user_data) => input::user_data("user_data", user_data),
            None => Ok(()),
        }
    }
}

impl Service {
    /// Sets the machine of an instance up anew. It is an order, so it is carried out in maintenance too. `render` makes the
    /// answer that is kept under the idempotency key.
    pub async fn rebuild_instance(
        &self,
        caller: &Caller,
        ident: &str,
        rebuild: Rebuild,
        precondition: Precondition,
        idempotency: Option<Idempotency>,
        render: impl FnOnce(&Instance) -> Answer + Send + 'static,
    ) -> Result<Outcome, Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let deploying = Deploying::new(self, &caller);
        let rebuilt = self.store.write(move |connection| {
            let now = time::now();
            once(connection, idempotency.as_ref(), now, |connection| {
                let instance = access::instance(connection, &caller, &ident)?;
                rebuild.check()?;
                let image = find_image(connection, &caller, &instance, rebuild.image_uuid)?;
                check_status(connection, &instance)?;
                check_precondition(&precondition, &instance, Kind::Instance, &ident)?;
                deploying.check(&image, rebuild.user_data.as_deref())?;
                let user_data = match rebuild.user_data {
                    Some(user_data) => Some(user_data).filter(|data| !data.is_empty()),
                    None => deploying.user_data(connection, &instance, |name, why| {
                        Error::NotRebuildable { name, why }
                    })?,
                };
                let id = instance.id;
                let machine = access::node(connection, &instance.node_id.to_string())?.properties;
                store::instance::set_image(connection, id, image.id, now)?;
                let sealer = deploying.sealer();
                store::instance::set_user_data(connection, sealer, id, user_data.as_deref())?;
                deploying.begin(connection, &instance, &image, &machine, user_data, now)?;
                let building = InstanceStatus::Building;
                let origin = Origin::request(&requester(&caller));
                store::instance::update_status(connection, id, building, None, &origin, now)?;
                crash::commit("rebuild");
                let instance = store::instance::find(connection, id)?.unwrap_or(instance);
                Ok(render(&instance))
            })
        });
        let outcome = rebuilt.await?;
        self.wakes.tasks.notify();
        Ok(outcome)
    }
}

/// The image that is asked for, or the one that the instance has, which its project may not see any more.
fn find_image(
    connection: &Connection,
    caller: &Caller,
    instance: &Instance,
    wanted: Option<ImageId>,
) -> Result<Image, Error> {
    let own = instance.image_id;
    match wanted.filter(|wanted| *wanted != own) {
        Some(wanted) => access::image(connection, caller, &wanted.to_string())
            .map_err(|error| unknown("image_uuid", error)),
        None => store::image::find(connection, own)?.ok_or_else(|| Error::NotFound {
            kind: Kind::Image,
            ident: own.to_string(),
        }),
    }
}

/// Refuses to rebuild an instance that something is being done to.
fn check_status(connection: &Connection, instance: &Instance) -> Result<(), Error> {
    let why = match instance.status {
        InstanceStatus::Active | InstanceStatus::Error => {
            match store::task::find_open(connection, instance.node_id)? {
                Some(open) => return Err(in_the_way(&open)),
                None if store::own_machine::is_own(connection, instance.node_id)? => {
                    "its node is the machine that ostlerd itself runs on, which a rebuild would turn off"
                }
                None => return Ok(()),
            }
        }
        InstanceStatus::Building => {
            "it is being set up: wait until it is active, or in error, and try again"
        }
        InstanceStatus::Deleting => "it is being deleted",
    };
    let name = instance.name.clone();
    Err(Error::NotRebuildable { name, why })
}
