//! Making an instance: a node that fits is found and reserved, addresses are taken and the deploy task is written, all in
//! one transaction.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Deserialize;

use crate::crash;
use crate::model::caller::Caller;
use crate::model::event::Origin;
use crate::model::ids::{ImageId, InstanceId, NetworkId, TypeId};
use crate::model::image::Image;
use crate::model::instance::{Attachment, FixedIp, Instance, InstanceStatus};
use crate::model::instance_type::InstanceType;
use crate::model::network::Network;
use crate::model::node::Port;
use crate::model::placement::Candidate;
use crate::rules::addresses;
use crate::rules::input::{self, InvalidInput};
use crate::rules::placement::{self, NoNode, Wanted};
use crate::service::deploy::Deploying;
use crate::service::idempotency::{Idempotency, Outcome, once};
use crate::service::task::requester;
use crate::service::{Error, Kind, Service, access, limit};
use crate::store::idempotency::Answer;
use crate::time::Timestamp;
use crate::{store, time};

/// What a client asks for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInstance {
    name: String,
    description: Option<String>,
    instance_type_uuid: TypeId,
    image_uuid: ImageId,
    availability_zone: Option<String>,
    networks: Vec<NetworkRequest>,
    extra: Option<BTreeMap<String, String>>,
    user_data: Option<String>,
}

/// A network that the instance is to be in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkRequest {
    net_id: NetworkId,
    port_type: Option<String>,
}

impl NewInstance {
    /// Checks what can be checked without looking anything up.
    pub fn check(&self) -> Result<(), InvalidInput> {
        input::name("name", &self.name)?;
        if let Some(description) = &self.description {
            input::text("description", description)?;
        }
        if let Some(zone) = &self.availability_zone {
            input::name("availability_zone", zone)?;
        }
        if let Some(extra) = &self.extra {
            input::extra("extra", extra)?;
        }
        if let Some(user_data) = &self.user_data {
            input::user_data("user_data", user_data)?;
        }
        if self.networks.is_empty() {
            return Err(InvalidInput::new(
                "networks",
                "must hold at least one network",
            ));
        }
        for (index, network) in self.networks.iter().enumerate() {
            if let Some(port_type) = &network.port_type {
                input::name(&format!("networks[{index}].port_type"), port_type)?;
            }
        }
        Ok(())
    }
}

impl Service {
    /// Makes an instance and starts its deploy. `render` makes the answer that is kept under the idempotency key.
    pub async fn create_instance(
        &self,
        caller: &Caller,
        new: NewInstance,
        idempotency: Option<Idempotency>,
        render: impl FnOnce(&Instance) -> Answer + Send + 'static,
    ) -> Result<Outcome, Error> {
        let (caller, recorder) = (caller.clone(), self.store.clone());
        let deploying = Deploying::new(self, &caller);
        let default_limit = self.instances_per_project();
        let created = self.store.write(move |connection| {
            let now = time::now();
            once(connection, idempotency.as_ref(), now, |connection| {
                new.check()?;
                let parts = find_parts(connection, &caller, &new)?;
                deploying.check(&parts.image, new.user_data.as_deref())?;
                limit::check(connection, &caller.project_id, default_limit)?;
                let instance = create(connection, &caller, new, &parts, &deploying, now)?;
                recorder.made(instance.id.0);
                Ok(render(&instance))
            })
        });
        let outcome = created.await?;
        self.wakes.tasks.notify();
        Ok(outcome)
    }
}

/// The things that a request names, found.
struct Parts {
    of_type: InstanceType,
    image: Image,
    networks: Vec<Network>,
}

fn create(
    connection: &Connection,
    caller: &Caller,
    new: NewInstance,
    parts: &Parts,
    deploying: &Deploying,
    now: Timestamp,
) -> Result<Instance, Error> {
    let port_types: Vec<_> = new.networks.iter().map(|of| of.port_type.clone()).collect();
    let wanted = Wanted {
        type_id: parts.of_type.id,
        extra_specs: &parts.of_type.extra_specs,
        port_types: &port_types,
    };
    let node = find_node(connection, new.availability_zone.as_deref(), &wanted)?;
    // `find_node` has checked that the ports suffice.
    let ports = placement::choose_ports(&node.ports, &port_types).unwrap_or_default();
    let instance = Instance {
        id: InstanceId::random(),
        name: new.name,
        description: new.description,
        type_id: parts.of_type.id,
        image_id: parts.image.id,
        availability_zone: node.availability_zone.clone(),
        network_info: take_addresses(connection, &parts.networks, &ports)?,
        status: InstanceStatus::Building,
        power_state: node.power_state,
        target_power_state: None,
        project_id: caller.project_id.clone(),
        user_id: caller.user_id.clone(),
        extra: new.extra.unwrap_or_default(),
        last_error: None,
        node_id: node.id,
        launched_at: None,
        created_at: now,
        updated_at: None,
        revision: 1,
    };
    let origin = Origin::request(&requester(caller));
    store::instance::insert(connection, &instance, &origin)?;
    let user_data = new.user_data.filter(|data| !data.is_empty());
    let sealer = deploying.sealer();
    store::instance::set_user_data(connection, sealer, instance.id, user_data.as_deref())?;
    let (image, machine) = (&parts.image, &node.properties);
    deploying.begin(connection, &instance, image, machine, user_data, now)?;
    crash::commit("create");
    Ok(instance)
}

fn find_parts(connection: &Connection, caller: &Caller, new: &NewInstance) -> Result<Parts, Error> {
    let type_ident = new.instance_type_uuid.to_string();
    let of_type = access::instance_type(connection, caller, &type_ident)
        .map_err(|error| unknown("instance_type_uuid", error))?;
    let image = access::image(connection, caller, &new.image_uuid.to_string())
        .map_err(|error| unknown("image_uuid", error))?;
    let mut networks = Vec::with_capacity(new.networks.len());
    for (index, request) in new.networks.iter().enumerate() {
        let field = format!("networks[{index}].net_id");
        let network = access::network(connection, &request.net_id.to_string());
        networks.push(network.map_err(|error| unknown(&field, error))?);
    }
    if let Some(zone) = &new.availability_zone
        && !store::zone::exists(connection, zone)?
    {
        let field = "availability_zone".to_owned();
        return Err(Error::Unknown {
            field,
            kind: Kind::Zone,
            ident: zone.clone(),
        });
    }
    Ok(Parts {
        of_type,
        image,
        networks,
    })
}

fn find_node(
    connection: &Connection,
    zone: Option<&str>,
    wanted: &Wanted<'_>,
) -> Result<Candidate, Error> {
    let mut report = NoNode::default();
    let found = store::placement::first_free(connection, zone, |candidate| {
        placement::check(candidate, wanted)
            .map_err(|misfit| report.add(misfit))
            .is_ok()
    })?;
    if let Some(found) = found {
        return Ok(found);
    }
    report.counts = store::placement::counts(connection, zone)?;
    Err(Error::NoNode(report))
}

/// One address from each subnet of each network, none of them given out already.
fn take_addresses(
    connection: &Connection,
    networks: &[Network],
    ports: &[&Port],
) -> Result<Vec<Attachment>, Error> {
    let mut attachments: Vec<Attachment> = Vec::with_capacity(networks.len());
    for (network, port) in networks.iter().zip(ports) {
        let mut fixed_ips = Vec::with_capacity(network.subnets.len());
        for subnet in &network.subnets {
            let floor = store::address::floor(connection, subnet.uuid)?;
            let mut used = store::address::list_used(connection, subnet.uuid, floor)?;
            // What an earlier network of this very request has taken.
            let earlier = attachments
                .iter()
                .flat_map(|attachment| &attachment.fixed_ips);
            used.extend(
                earlier
                    .filter(|ip| ip.subnet_id == subnet.uuid)
                    .map(|ip| ip.ip_address),
            );
            used.sort_unstable();
            let ip_address =
                addresses::next_free(subnet, &used, floor).ok_or_else(|| Error::NoAddress {
                    network: network.name.clone(),
                    cidr: subnet.cidr.to_string(),
                })?;
            if addresses::is_ascending(subnet) {
                store::address::set_floor(connection, subnet.uuid, ip_address)?;
            }
            fixed_ips.push(FixedIp {
                ip_address,
                subnet_id: subnet.uuid,
            });
        }
        attachments.push(Attachment {
            port_id: port.uuid,
            network: network.id,
            mac_address: port.mac_address.clone(),
            fixed_ips,
        });
    }
    Ok(attachments)
}

/// What a body names and is not there is bad input, not a missing page.
pub(super) fn unknown(field: &str, error: Error) -> Error {
    let Error::NotFound { kind, ident } = error else {
        return error;
    };
    Error::Unknown {
        field: field.to_owned(),
        kind,
        ident,
    }
}
