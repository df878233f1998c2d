//! What `ostler node create` and `ostler node set` say about a machine: arguments in, JSON out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::names::Nodes;
use crate::cli::node::NODE;
use crate::cli::password::{self, PasswordArgs};
use crate::cli::patch::Patch;
use crate::cli::{Context, parse};
use crate::ipmi::quirk::Quirk;

/// `ostler node create …`
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// A name for it
    #[arg(value_parser = parse::ident)]
    name: String,
    #[command(flatten)]
    bmc: BmcArgs,
    #[command(flatten)]
    machine: MachineArgs,
    /// A network port: its MAC address, what kind it is, and whether the machine cannot boot from it;
    /// repeat it for further ones
    #[arg(long = "port", value_name = PORT, value_parser = port)]
    ports: Vec<Value>,
    /// The uuid that it shall have
    #[arg(long, value_name = "UUID")]
    uuid: Option<String>,
}

/// `ostler node set …`
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    pub(crate) nodes: Nodes,
    /// The new name
    #[arg(long = "name", id = "new_name", value_name = "NAME", value_parser = parse::ident)]
    new_name: Option<String>,
    #[command(flatten)]
    bmc: BmcArgs,
    /// Ask for the BMC's password on the terminal
    #[arg(long, conflicts_with_all = ["bmc_password_file", "bmc_password_stdin", "bmc_no_password"])]
    bmc_ask_password: bool,
    #[command(flatten)]
    machine: MachineArgs,
    /// Its BMC has no fault that is not found by itself
    #[arg(long, conflicts_with = "bmc_quirk")]
    no_bmc_quirks: bool,
    /// It serves every type whose extra-specs it meets
    #[arg(long, conflicts_with = "instance_type")]
    no_type: bool,
    /// Remove a capability; repeat it for further ones
    #[arg(long, value_name = "KEY")]
    unset_capability: Vec<String>,
    /// Remove an extra field; repeat it for further ones
    #[arg(long, value_name = "KEY")]
    unset_extra: Vec<String>,
    /// Add a network port; repeat it for further ones
    #[arg(long, value_name = PORT, value_parser = port)]
    add_port: Vec<Value>,
    /// Remove the network port with this MAC address; repeat it for further ones
    #[arg(long, value_name = "MAC", value_parser = parse::mac)]
    remove_port: Vec<String>,
}

/// How the BMC is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "BMC")]
struct BmcArgs {
    /// Its IP address or host name
    #[arg(long, value_name = "ADDRESS")]
    bmc_address: Option<String>,
    /// Its UDP port; 623 without it
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    bmc_port: Option<u16>,
    /// The user name there
    #[arg(long, value_name = "USER")]
    bmc_username: Option<String>,
    #[command(flatten)]
    password: PasswordArgs,
    /// Read the BMC key K_G from this file, where the BMC has one
    #[arg(long, value_name = "FILE")]
    bmc_kg_file: Option<PathBuf>,
    /// lan: over the network, the default; open: through the kernel's driver where ostlerd runs
    #[arg(long, value_enum, value_name = "INTERFACE")]
    bmc_interface: Option<Interface>,
    /// The device file of the open interface; /dev/ipmi0 without it
    #[arg(long, value_name = "PATH")]
    bmc_device: Option<String>,
    /// The cipher suite; without it those that the BMC lists are tried, 17 first, then 17 and 3
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8))]
    cipher_suite: Option<u8>,
    /// The highest privilege to ask for
    #[arg(long, value_name = "LEVEL", value_parser = ["user", "operator", "administrator"])]
    privilege_level: Option<String>,
    /// A fault that the BMC is known to have; repeat it for further ones. Most are found without it
    #[arg(long = "bmc-quirk", id = "bmc_quirk", value_name = "NAME", value_parser = Quirk::ALL.map(Quirk::as_str))]
    quirks: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Interface {
    Lan,
    Open,
}

/// What the machine is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Machine")]
struct MachineArgs {
    /// The availability zone that it is in
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// The one instance type that it serves; without it every type whose extra-specs it meets
    #[arg(long = "type", value_name = "TYPE")]
    instance_type: Option<String>,
    /// Number of CPUs
    #[arg(long, value_name = "N")]
    cpus: Option<u32>,
    /// Memory in MiB
    #[arg(long, value_name = "N")]
    memory_mb: Option<u64>,
    /// Disk in GiB
    #[arg(long, value_name = "N")]
    local_gb: Option<u64>,
    /// Architecture, for example x86_64
    #[arg(long, value_name = "ARCH")]
    cpu_arch: Option<String>,
    /// What becomes of a power change that nobody ordered here: observe leaves it alone, enforce undoes it
    #[arg(long, value_name = "POLICY", value_parser = ["observe", "enforce"])]
    power_policy: Option<String>,
    /// How many seconds it stays off before it is turned on again
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=600))]
    min_off_secs: Option<u32>,
    /// Anything else that a type may ask for; repeat it for further ones
    #[arg(long = "capability", value_name = "KEY=VALUE", value_parser = parse::pair)]
    capabilities: Vec<(String, String)>,
    /// An extra field; repeat it for further ones
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse::pair)]
    extra: Vec<(String, String)>,
}

const PORT: &str = "MAC[,TYPE][,no-pxe]";

impl CreateArgs {
    /// The body of the request. The password is read last, when everything else is known to be good.
    pub(crate) async fn into_body(self) -> Result<Value, CliError> {
        let bmc = self.bmc.into_body_of_new(&self.name).await?;
        let mut body = Body::default()
            .with("name", self.name)
            .with("bmc", bmc)
            .with_some("uuid", self.uuid)
            .with_some("availability_zone", self.machine.zone.as_deref())
            .with_some("instance_type", self.machine.instance_type.as_deref())
            .with_some("power_policy", self.machine.power_policy.as_deref())
            .with_some("min_off_secs", self.machine.min_off_secs)
            .with_pairs("extra", &self.machine.extra);
        let properties = self
            .machine
            .properties()
            .with_pairs("capabilities", &self.machine.capabilities);
        if !properties.is_empty() {
            body = body.with("properties", properties.build());
        }
        if !self.ports.is_empty() {
            body = body.with("ports", self.ports);
        }
        Ok(body.build())
    }
}

impl SetArgs {
    /// The option that makes sense for one node alone, where it was given.
    pub(crate) fn of_one_alone(&self) -> Option<&'static str> {
        let given = [
            ("--name", self.new_name.is_some()),
            ("--bmc-device", self.bmc.bmc_device.is_some()),
            ("--add-port", !self.add_port.is_empty()),
            ("--remove-port", !self.remove_port.is_empty()),
            ("--bmc-address", self.bmc.bmc_address.is_some()),
            ("--bmc-interface", self.bmc.bmc_interface.is_some()),
        ];
        let found = given.into_iter().find(|(_, given)| *given);
        found.map(|(option, _)| option)
    }

    /// The RFC 6902 document for the node of this name; for several, what they are called together.
    pub(crate) async fn into_patch(self, context: &Context, name: &str) -> Result<Value, CliError> {
        let mut patch = Patch::default();
        patch.set_some(&["name"], self.new_name);
        patch.set_some(&["availability_zone"], self.machine.zone.as_deref());
        patch.set_some(&["instance_type"], self.machine.instance_type.as_deref());
        patch.set_some(&["power_policy"], self.machine.power_policy.as_deref());
        patch.set_some(&["min_off_secs"], self.machine.min_off_secs);
        patch.clear_if(self.no_type, &["instance_type"]);
        for (field, value) in self.machine.properties().into_fields() {
            patch.set(&["properties", &field], value);
        }
        let capabilities = ["properties", "capabilities"];
        patch.set_pairs(&capabilities, &self.machine.capabilities);
        patch.remove_keys(&capabilities, &self.unset_capability);
        patch.set_pairs(&["extra"], &self.machine.extra);
        patch.remove_keys(&["extra"], &self.unset_extra);
        self.bmc
            .patch(&mut patch, name, self.bmc_ask_password)
            .await?;
        patch.clear_if(self.no_bmc_quirks, &["bmc", "quirks"]);
        if !self.remove_port.is_empty() {
            let node = NODE.fetch(context, name).await?;
            patch.remove_entries(&node, "ports", "mac_address", &self.remove_port)?;
        }
        for port in self.add_port {
            patch.set(&["ports", "-"], port);
        }
        patch.finish()
    }
}

impl BmcArgs {
    async fn into_body_of_new(self, node: &str) -> Result<Value, CliError> {
        let fields = self.fields()?;
        if self.bmc_interface == Some(Interface::Open) {
            return Ok(fields.build());
        }
        if self.bmc_address.is_none() {
            return Err(CliError::Usage(
                "say where the BMC is: --bmc-address, or --bmc-interface open for this machine's own"
                    .to_owned(),
            ));
        }
        let password = self.password.given_or_typed(prompt(node)).await?;
        Ok(fields.with("password", password.expose().as_str()).build())
    }

    /// What a registered node's settings become. What is not named stays, but another interface begins anew: of one
    /// interface's settings the other has no use.
    async fn patch(self, patch: &mut Patch, node: &str, ask: bool) -> Result<(), CliError> {
        if self.bmc_interface.is_some() {
            patch.set(&["bmc"], self.into_body_of_new(node).await?);
            return Ok(());
        }
        for (field, value) in self.fields()?.into_fields() {
            patch.set(&["bmc", &field], value);
        }
        let password = if ask {
            Some(self.password.given_or_typed(prompt(node)).await?)
        } else {
            self.password.given()?
        };
        if let Some(password) = password {
            patch.set(&["bmc", "password"], password.expose().as_str());
        }
        Ok(())
    }

    /// Everything but the password.
    fn fields(&self) -> Result<Body, CliError> {
        let interface = self.bmc_interface.map(|interface| match interface {
            Interface::Lan => "lan",
            Interface::Open => "open",
        });
        let quirks = (!self.quirks.is_empty()).then(|| self.quirks.clone());
        let mut fields = Body::default()
            .with_some("interface", interface)
            .with_some("address", self.bmc_address.as_deref())
            .with_some("port", self.bmc_port)
            .with_some("username", self.bmc_username.as_deref())
            .with_some("privilege_level", self.privilege_level.as_deref())
            .with_some("cipher_suite", self.cipher_suite)
            .with_some("device", self.bmc_device.as_deref())
            .with_some("quirks", quirks);
        if let Some(path) = &self.bmc_kg_file {
            fields = fields.with("kg", password::from_file(path)?.expose().as_str());
        }
        Ok(fields)
    }
}

impl MachineArgs {
    /// Without the capabilities.
    fn properties(&self) -> Body {
        Body::default()
            .with_some("cpus", self.cpus)
            .with_some("memory_mb", self.memory_mb)
            .with_some("local_gb", self.local_gb)
            .with_some("cpu_arch", self.cpu_arch.as_deref())
    }
}

fn prompt(node: &str) -> String {
    format!("Password of the BMC of {node}")
}

/// Reads `MAC[,TYPE][,no-pxe]`.
pub(crate) fn port(text: &str) -> Result<Value, String> {
    let mut parts = text.split(',');
    let mac = parse::mac(parts.next().unwrap_or_default())?;
    let mut body = Body::default().with("mac_address", mac);
    let mut port_type = None;
    let mut pxe = None;
    for part in parts {
        match part {
            "no-pxe" if pxe.is_none() => pxe = Some(false),
            "" | "no-pxe" => return Err(format!("write a port as {PORT}")),
            kind if port_type.is_none() => port_type = Some(kind),
            _ => return Err(format!("write a port as {PORT}")),
        }
    }
    body = body
        .with_some("port_type", port_type)
        .with_some("pxe_enabled", pxe);
    Ok(body.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_port_is_a_mac_address_a_kind_and_whether_it_boots() {
        for (text, expected) in [
            (
                "52:54:00:12:34:56",
                json!({"mac_address": "52:54:00:12:34:56"}),
            ),
            (
                "52-54-00-12-34-AB,10GE",
                json!({"mac_address": "52:54:00:12:34:ab", "port_type": "10GE"}),
            ),
            (
                "52:54:00:12:34:56,10GE,no-pxe",
                json!({"mac_address": "52:54:00:12:34:56", "port_type": "10GE", "pxe_enabled": false}),
            ),
            (
                "52:54:00:12:34:56,no-pxe",
                json!({"mac_address": "52:54:00:12:34:56", "pxe_enabled": false}),
            ),
        ] {
            assert_eq!(port(text), Ok(expected), "{text}");
        }
        for bad in [
            "",
            "10GE",
            "52:54:00:12:34:56,",
            "52:54:00:12:34:56,a,b",
            "52:54:00:12:34:56,no-pxe,no-pxe",
        ] {
            assert!(port(bad).is_err(), "{bad}");
        }
    }
}
