//! Nodes. Only admins get here.

use std::collections::BTreeMap;

use json_patch::PatchOperation;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use crate::model::bmc::{BmcConfig, BmcProfile};
use crate::model::caller::Caller;
use crate::model::etag::Precondition;
use crate::model::event::Origin;
use crate::model::health::Health;
use crate::model::ids::{NodeId, PortId};
use crate::model::node::{DEFAULT_ZONE, Node, Port, Properties, TypeRef};
use crate::model::page::Page;
use crate::model::power::PowerPolicy;
use crate::model::task::TaskKind;
use crate::rules::input::{self, InvalidInput};
use crate::rules::patch::{self, Changeable};
use crate::service::access::{self, check_precondition};
use crate::service::bmc_input::{BmcInput, summary};
use crate::service::patching::JsonPatch;
use crate::service::task::requester;
use crate::service::{Error, Kind, Service, marker};
use crate::store::list::Table;
use crate::store::node::NodeFilter;
use crate::store::{self, StoreError};
use crate::time::{self, Timestamp};
use crate::view::View;

/// The longest `min_off_secs`: beyond that a machine is not resting but waiting for somebody.
const MAX_MIN_OFF_SECS: u32 = 600;

/// What a client says of a new node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewNode {
    uuid: Option<NodeId>,
    name: String,
    bmc: BmcInput,
    availability_zone: Option<String>,
    instance_type: Option<String>,
    properties: Option<Properties>,
    ports: Option<Vec<PortInput>>,
    extra: Option<BTreeMap<String, String>>,
    power_policy: Option<PowerPolicy>,
    min_off_secs: Option<u32>,
}

/// What a client says of a port.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PortInput {
    uuid: Option<PortId>,
    mac_address: String,
    port_type: Option<String>,
    pxe_enabled: Option<bool>,
}

/// What a patch may change of a node.
#[derive(Debug, Deserialize)]
struct ChangedNode {
    name: String,
    availability_zone: String,
    instance_type: Option<String>,
    properties: Properties,
    ports: Vec<PortInput>,
    bmc: BmcInput,
    extra: BTreeMap<String, String>,
    power_policy: PowerPolicy,
    min_off_secs: Option<u32>,
}

impl NewNode {
    /// Checks what can be checked without looking anything up, as its registration does.
    ///
    /// # Errors
    ///
    /// The first field that breaks a rule.
    pub fn check(self) -> Result<(), InvalidInput> {
        self.into_parts(time::now()).map(drop)
    }

    /// The node, still without its type, how its BMC is reached, and which type it names.
    fn into_parts(self, now: Timestamp) -> Result<(Node, BmcConfig, Option<String>), InvalidInput> {
        let config = self.bmc.into_config(None)?;
        let made = Node {
            id: self.uuid.unwrap_or_else(NodeId::random),
            name: self.name,
            availability_zone: self
                .availability_zone
                .unwrap_or_else(|| DEFAULT_ZONE.to_owned()),
            instance_type: None,
            properties: self.properties.unwrap_or_default(),
            ports: ports(self.ports.unwrap_or_default(), &[])?,
            bmc: summary(&config),
            bmc_learned: BmcProfile::default(),
            runs_ostlerd: matches!(config, BmcConfig::Open { .. }),
            power_policy: self.power_policy.unwrap_or_default(),
            min_off_secs: self.min_off_secs,
            power_state: None,
            power_state_at: None,
            last_power_state: None,
            last_power_state_at: None,
            health: Health::unasked(now),
            target_power_state: None,
            last_error: None,
            maintenance: false,
            maintenance_reason: None,
            instance_id: None,
            extra: self.extra.unwrap_or_default(),
            created_at: now,
            updated_at: None,
            revision: 1,
        };
        check(&made)?;
        Ok((made, config, self.instance_type))
    }
}

impl Service {
    /// The nodes that the filter asks for.
    pub fn list_nodes(&self, filter: NodeFilter, page: &Page) -> Result<Vec<NodeId>, Error> {
        self.store.read(|connection| {
            marker::check(connection, Table::Nodes, page)?;
            Ok(store::node::list_ids(connection, filter, page)?)
        })
    }

    /// Nodes that were listed, in the same order; those that are gone are left out.
    pub fn listed_nodes(&self, ids: &[NodeId]) -> Result<Vec<Node>, Error> {
        self.store
            .read(|connection| Ok(store::node::each_of(connection, ids)?))
    }

    /// One node.
    pub fn show_node(&self, ident: &str) -> Result<Node, Error> {
        self.store
            .read(|connection| access::node(connection, ident))
    }

    /// Registers a node. Its power is read at once.
    pub async fn create_node(&self, caller: &Caller, new: NewNode) -> Result<Node, Error> {
        let (mut made, config, instance_type) = new.into_parts(time::now())?;
        self.store.made(made.id.0);
        let caller = caller.clone();
        let service = self.clone();
        let made = self.store.write(move |connection| {
            made.instance_type = type_ref(connection, &caller, instance_type.as_deref())?;
            store::node::insert(connection, service.store.sealer(), &made, &config)
                .map_err(|error| taken(error, &made))?;
            Ok::<_, Error>(made)
        });
        let made = made.await?;
        self.wakes.nodes.notify();
        Ok(made)
    }

    /// Changes a node. New BMC settings are used from the next exchange on.
    pub async fn patch_node(
        &self,
        caller: &Caller,
        ident: &str,
        patch: JsonPatch,
        precondition: Precondition,
    ) -> Result<Node, Error> {
        let (caller, ident) = (caller.clone(), ident.to_owned());
        let service = self.clone();
        let changed = self.store.write(move |connection| {
            let mut node = access::node(connection, &ident)?;
            check_precondition(&precondition, &node, Kind::Node, &ident)?;
            let changed: ChangedNode = patch.apply(&node, Node::FIELDS, &changeable())?;
            let before = node.ports.clone();
            node.name = changed.name;
            node.availability_zone = changed.availability_zone;
            node.properties = changed.properties;
            node.ports = ports(changed.ports, &before)?;
            node.extra = changed.extra;
            node.power_policy = changed.power_policy;
            node.min_off_secs = changed.min_off_secs;
            check(&node)?;
            if node.instance_id.is_some() && node.ports != before {
                let by = "an instance: its ports cannot change until that is deleted".to_owned();
                return Err(Error::InUse {
                    kind: Kind::Node,
                    ident,
                    by,
                });
            }
            node.instance_type = type_ref(connection, &caller, changed.instance_type.as_deref())?;
            node.updated_at = Some(time::now());
            store::node::update(connection, &node).map_err(|error| taken(error, &node))?;
            let new_bmc = patches_bmc(&patch.operations);
            if new_bmc {
                service.change_bmc(connection, &caller, &node, changed.bmc)?;
            }
            Ok((access::node(connection, &node.id.to_string())?, new_bmc))
        });
        let (node, new_bmc) = changed.await?;
        if new_bmc {
            self.bmcs.forget(node.id);
            self.wakes.tasks.notify();
        }
        self.wakes.nodes.notify();
        Ok(node)
    }

    /// Forgets a node that no instance has and nothing is being done to.
    pub async fn delete_node(&self, ident: &str, precondition: Precondition) -> Result<(), Error> {
        let ident = ident.to_owned();
        let gone = self.store.write(move |connection| {
            let node = access::node(connection, &ident)?;
            check_precondition(&precondition, &node, Kind::Node, &ident)?;
            if let Some(task) = store::task::find_open(connection, node.id)? {
                return Err(super::power::in_the_way(&task));
            }
            match store::node::delete(connection, node.id) {
                Err(error) if error.violates_foreign_key() => {
                    let by = "an instance: delete that first".to_owned();
                    Err(Error::InUse {
                        kind: Kind::Node,
                        ident,
                        by,
                    })
                }
                result => Ok(result.map(|()| node.id)?),
            }
        });
        self.bmcs.forget(gone.await?);
        self.wakes.nodes.notify();
        Ok(())
    }

    /// Stops (`Some(reason)`) or resumes (`None`) automatic work on a node.
    pub async fn set_maintenance(
        &self,
        caller: &Caller,
        ident: &str,
        maintenance: Option<Option<String>>,
    ) -> Result<(), Error> {
        if let Some(Some(reason)) = &maintenance {
            input::text("reason", reason)?;
        }
        let ident = ident.to_owned();
        let origin = Origin::request(&requester(caller));
        let written = self.store.write(move |connection| {
            let mut node = access::node(connection, &ident)?;
            node.maintenance = maintenance.is_some();
            node.maintenance_reason = maintenance.flatten();
            let now = time::now();
            Ok::<_, Error>(store::node::update_maintenance(
                connection, &node, &origin, now,
            )?)
        });
        written.await?;
        self.wakes.nodes.notify();
        Ok(())
    }

    fn change_bmc(
        &self,
        connection: &Connection,
        caller: &Caller,
        node: &Node,
        input: BmcInput,
    ) -> Result<(), Error> {
        let sealer = self.store.sealer();
        if let Some(open) = store::task::find_open(connection, node.id)?
            && open.kind == TaskKind::RotatePassword
        {
            return Err(super::power::in_the_way(&open));
        }
        // Stored secrets that cannot be opened do not keep an admin from setting new ones.
        let stored = store::bmc::find(connection, sealer, node.id).ok().flatten();
        let sets_password = input.sets_password();
        let config = input.into_config(stored.as_ref().map(|stored| &stored.config))?;
        let (origin, now) = (Origin::request(&requester(caller)), time::now());
        let before = stored.as_ref().map(|stored| &stored.config);
        // A password that was staged was for the account that there was.
        let is_other_account =
            sets_password || !before.is_some_and(|of| of.is_same_account(&config));
        if is_other_account {
            store::rotation::forget(connection, node.id)?;
        }
        store::bmc::update(connection, sealer, node.id, &config, now)?;
        Ok(store::health::forget(connection, node.id, &origin, now)?)
    }
}

fn changeable() -> [Changeable; 9] {
    [
        Changeable {
            field: "name",
            default: None,
        },
        Changeable {
            field: "availability_zone",
            default: Some(json!(DEFAULT_ZONE)),
        },
        Changeable {
            field: "instance_type",
            default: Some(json!(null)),
        },
        Changeable {
            field: "properties",
            default: Some(json!({})),
        },
        Changeable {
            field: "ports",
            default: Some(json!([])),
        },
        Changeable {
            field: "bmc",
            default: None,
        },
        Changeable {
            field: "extra",
            default: Some(json!({})),
        },
        Changeable {
            field: "power_policy",
            default: Some(json!(PowerPolicy::default())),
        },
        Changeable {
            field: "min_off_secs",
            default: Some(json!(null)),
        },
    ]
}

/// Whether a patch changes anything of the BMC's settings.
fn patches_bmc(operations: &[PatchOperation]) -> bool {
    operations.iter().any(|operation| {
        patch::written(operation)
            .into_iter()
            .any(|path| path == "/bmc" || path.starts_with("/bmc/"))
    })
}

/// A port keeps its uuid by naming it; new ones get one.
fn ports(inputs: Vec<PortInput>, before: &[Port]) -> Result<Vec<Port>, InvalidInput> {
    let mut ports: Vec<Port> = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.into_iter().enumerate() {
        if let Some(uuid) = input.uuid
            && !before.iter().any(|port| port.uuid == uuid)
        {
            let problem = format!("{uuid} is not a port of this node: leave it out for a new port");
            return Err(InvalidInput::new(format!("ports[{index}].uuid"), problem));
        }
        let field = format!("ports[{index}].mac_address");
        let mac_address = input::mac_address(&field, &input.mac_address)?;
        if ports
            .iter()
            .any(|port| port.mac_address == mac_address || Some(port.uuid) == input.uuid)
        {
            let problem = "another port of the same node has this address or uuid";
            return Err(InvalidInput::new(field, problem));
        }
        if let Some(port_type) = &input.port_type {
            input::name(&format!("ports[{index}].port_type"), port_type)?;
        }
        ports.push(Port {
            uuid: input.uuid.unwrap_or_else(PortId::random),
            mac_address,
            port_type: input.port_type,
            pxe_enabled: input.pxe_enabled.unwrap_or(true),
        });
    }
    Ok(ports)
}

fn check(node: &Node) -> Result<(), InvalidInput> {
    input::name("name", &node.name)?;
    input::name("availability_zone", &node.availability_zone)?;
    input::extra("extra", &node.extra)?;
    for (key, value) in &node.properties.capabilities {
        input::name("properties.capabilities", key)?;
        input::text(&format!("properties.capabilities.{key}"), value)?;
    }
    if node
        .min_off_secs
        .is_some_and(|secs| secs > MAX_MIN_OFF_SECS)
    {
        let problem = format!("must be 0 to {MAX_MIN_OFF_SECS} seconds");
        return Err(InvalidInput::new("min_off_secs", problem));
    }
    if let Some(arch) = &node.properties.cpu_arch {
        input::name("properties.cpu_arch", arch)?;
    }
    Ok(())
}

fn type_ref(
    connection: &Connection,
    caller: &Caller,
    ident: Option<&str>,
) -> Result<Option<TypeRef>, Error> {
    let Some(ident) = ident else { return Ok(None) };
    match access::instance_type(connection, caller, ident) {
        Ok(found) => Ok(Some(TypeRef {
            id: found.id,
            name: found.name,
        })),
        Err(Error::NotFound { kind, ident }) => Err(Error::Unknown {
            field: "instance_type".to_owned(),
            kind,
            ident,
        }),
        Err(error) => Err(error),
    }
}

fn taken(error: StoreError, node: &Node) -> Error {
    if error.violates_unique("ports.mac_address") {
        let macs: Vec<&str> = node
            .ports
            .iter()
            .map(|port| port.mac_address.as_str())
            .collect();
        return Error::Taken {
            kind: Kind::Node,
            what: "MAC address",
            value: macs.join(" or "),
        };
    }
    let id = node.id.to_string();
    Error::taken(
        error,
        Kind::Node,
        "nodes.name",
        &node.name,
        "nodes.uuid",
        &id,
    )
}
