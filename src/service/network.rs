//! Networks.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use serde_json::json;

use crate::model::etag::Precondition;
use crate::model::ids::{NetworkId, SubnetId};
use crate::model::network::{AddressPool, Network, Subnet};
use crate::model::page::Page;
use crate::rules::input::{self, InvalidInput};
use crate::rules::patch::Changeable;
use crate::rules::subnets;
use crate::service::access::{self, check_precondition};
use crate::service::patching::JsonPatch;
use crate::service::{Error, Kind, Service, marker};
use crate::store::list::Table;
use crate::store::{self, StoreError};
use crate::time;
use crate::view::View;

/// What a client says of a new network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewNetwork {
    uuid: Option<NetworkId>,
    name: String,
    vlan: Option<u16>,
    subnets: Option<Vec<SubnetInput>>,
}

/// What a client says of a subnet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubnetInput {
    uuid: Option<SubnetId>,
    cidr: IpNet,
    gateway_ip: Option<IpAddr>,
    dns_nameservers: Option<Vec<IpAddr>>,
    allocation_pools: Option<Vec<AddressPool>>,
}

impl Service {
    /// All networks.
    pub fn list_networks(&self, page: &Page) -> Result<Vec<Network>, Error> {
        self.store.read(|connection| {
            marker::check(connection, Table::Networks, page)?;
            Ok(store::network::list(connection, page)?)
        })
    }

    /// One network.
    pub fn show_network(&self, ident: &str) -> Result<Network, Error> {
        self.store
            .read(|connection| access::network(connection, ident))
    }

    /// Makes a network.
    pub async fn create_network(&self, new: NewNetwork) -> Result<Network, Error> {
        let made = Network {
            id: new.uuid.unwrap_or_else(NetworkId::random),
            name: new.name,
            vlan: new.vlan,
            subnets: new
                .subnets
                .unwrap_or_default()
                .into_iter()
                .map(subnet)
                .collect(),
            created_at: time::now(),
            updated_at: None,
            revision: 1,
        };
        check(&made)?;
        self.store.made(made.id.0);
        self.store
            .write(move |connection| {
                store::network::insert(connection, &made).map_err(|error| taken(error, &made))?;
                Ok(made)
            })
            .await
    }

    /// Changes a network's name or VLAN, and its subnets while no instance is in it.
    pub async fn patch_network(
        &self,
        ident: &str,
        patch: JsonPatch,
        precondition: Precondition,
    ) -> Result<Network, Error> {
        #[derive(Deserialize)]
        struct Changed {
            name: String,
            vlan: Option<u16>,
            subnets: Vec<SubnetInput>,
        }
        let changeable = [
            Changeable {
                field: "name",
                default: None,
            },
            Changeable {
                field: "vlan",
                default: Some(json!(null)),
            },
            Changeable {
                field: "subnets",
                default: Some(json!([])),
            },
        ];
        let ident = ident.to_owned();
        self.store
            .write(move |connection| {
                let mut of = access::network(connection, &ident)?;
                check_precondition(&precondition, &of, Kind::Network, &ident)?;
                let changed: Changed = patch.apply(&of, Network::FIELDS, &changeable)?;
                let subnets: Vec<Subnet> = changed.subnets.into_iter().map(subnet).collect();
                if subnets != of.subnets && store::network::is_in_use(connection, of.id)? {
                    let by =
                        "instances: its subnets cannot change until they are deleted".to_owned();
                    return Err(Error::InUse {
                        kind: Kind::Network,
                        ident,
                        by,
                    });
                }
                of.name = changed.name;
                of.vlan = changed.vlan;
                of.subnets = subnets;
                check(&of)?;
                of.updated_at = Some(time::now());
                store::network::update(connection, &of).map_err(|error| taken(error, &of))?;
                of.revision += 1;
                Ok(of)
            })
            .await
    }

    /// Deletes a network that no instance is in.
    pub async fn delete_network(
        &self,
        ident: &str,
        precondition: Precondition,
    ) -> Result<(), Error> {
        let ident = ident.to_owned();
        self.store
            .write(move |connection| {
                let of = access::network(connection, &ident)?;
                check_precondition(&precondition, &of, Kind::Network, &ident)?;
                match store::network::delete(connection, of.id) {
                    Err(error) if error.violates_foreign_key() => {
                        let by = "instances: delete them first".to_owned();
                        Err(Error::InUse {
                            kind: Kind::Network,
                            ident,
                            by,
                        })
                    }
                    result => Ok(result?),
                }
            })
            .await
    }
}

fn subnet(input: SubnetInput) -> Subnet {
    Subnet {
        uuid: input.uuid.unwrap_or_else(SubnetId::random),
        cidr: input.cidr,
        gateway_ip: input.gateway_ip,
        dns_nameservers: input.dns_nameservers.unwrap_or_default(),
        allocation_pools: input.allocation_pools.unwrap_or_default(),
    }
}

fn check(of: &Network) -> Result<(), InvalidInput> {
    input::name("name", &of.name)?;
    if of.vlan.is_some_and(|vlan| !(1..=4094).contains(&vlan)) {
        return Err(InvalidInput::new("vlan", "must be 1 to 4094"));
    }
    subnets::check(&of.subnets)
}

fn taken(error: StoreError, of: &Network) -> Error {
    let id = of.id.to_string();
    Error::taken(
        error,
        Kind::Network,
        "networks.name",
        &of.name,
        "networks.uuid",
        &id,
    )
}
