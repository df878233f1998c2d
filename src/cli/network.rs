//! `ostler network`.

use std::net::IpAddr;

use clap::{Args, Subcommand};
use ipnet::IpNet;
use serde_json::{Value, json};

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::noun::{Ident, ListArgs, Noun, Query};
use crate::cli::output::Column;
use crate::cli::patch::Patch;
use crate::cli::text::{lines, plain};
use crate::cli::{Context, parse};

/// Networks that instances are put into.
pub(crate) const NETWORK: Noun = Noun {
    singular: "network",
    plural: "networks",
    path: "/v1/networks",
    list_path: "/v1/networks",
    columns: &[
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid").spare(1),
        Column::new("VLAN", "/vlan"),
        Column::new("SUBNETS", "/subnets").shown_by(cidrs),
    ],
    order: &[
        "name",
        "uuid",
        "vlan",
        "subnets",
        "created_at",
        "updated_at",
    ],
    special,
};

/// `ostler network …`
#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// Make a network known, and the addresses that may be given out in it
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List networks
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show everything about a network
    Show(Ident),
    /// Change the name, the VLAN or the subnets
    Set(SetArgs),
    /// Delete networks that no instance is in
    #[command(visible_alias = "rm")]
    Delete {
        /// Names or uuids
        #[arg(required = true, value_name = "NAME", value_parser = parse::ident)]
        names: Vec<String>,
    },
}

/// `ostler network create …`
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// A name for it
    #[arg(value_parser = parse::ident)]
    name: String,
    /// The VLAN id, 1 to 4094
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u16).range(1..=4094))]
    vlan: Option<u16>,
    /// A subnet of it, IPv4 or IPv6: each instance gets one address of each; without any, addresses are
    /// somebody else's matter
    #[arg(long = "subnet", value_name = SUBNET, value_parser = subnet)]
    subnets: Vec<Value>,
    /// The uuid that it shall have
    #[arg(long, value_name = "UUID")]
    uuid: Option<String>,
}

/// `ostler network set …`
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    ident: Ident,
    /// The new name
    #[arg(long = "name", id = "new_name", value_name = "NAME", value_parser = parse::ident)]
    new_name: Option<String>,
    /// The new VLAN id, 1 to 4094
    #[arg(long, value_name = "ID", conflicts_with = "no_vlan",
        value_parser = clap::value_parser!(u16).range(1..=4094))]
    vlan: Option<u16>,
    /// It has no VLAN
    #[arg(long)]
    no_vlan: bool,
    /// Add a subnet; repeat it for further ones
    #[arg(long, value_name = SUBNET, value_parser = subnet)]
    add_subnet: Vec<Value>,
    /// Remove the subnet with this prefix; repeat it for further ones
    #[arg(long, value_name = "CIDR", value_parser = cidr)]
    remove_subnet: Vec<String>,
}

const SUBNET: &str = "CIDR[,gateway=IP][,dns=IP]…[,pool=FIRST-LAST]…";

const CREATE_EXAMPLES: &str = "\
Examples:
  ostler network create lan --vlan 100 \\
      --subnet 10.1.0.0/24,gateway=10.1.0.1,pool=10.1.0.9-10.1.0.99
  ostler network create dual --subnet 10.2.0.0/24,gateway=10.2.0.1 \\
      --subnet fd00:2::/64,gateway=fd00:2::1
  ostler network create campus

Without a pool every address of the subnet may be given out, but for the gateway's and those that \
no host can have.";

/// Runs it.
pub(crate) async fn run(context: &Context, command: NetworkCommand) -> Result<(), CliError> {
    match command {
        NetworkCommand::Create(args) => create(context, args).await,
        NetworkCommand::List(args) => NETWORK.list(context, &Query::of(&args)).await,
        NetworkCommand::Show(ident) => NETWORK.show(context, &ident.name).await,
        NetworkCommand::Set(args) => set(context, args).await,
        NetworkCommand::Delete { names } => NETWORK.delete(context, &names).await,
    }
}

async fn create(context: &Context, args: CreateArgs) -> Result<(), CliError> {
    let body = Body::default()
        .with("name", args.name)
        .with_some("uuid", args.uuid)
        .with_some("vlan", args.vlan)
        .with("subnets", args.subnets)
        .build();
    NETWORK.create(context, &body).await
}

async fn set(context: &Context, args: SetArgs) -> Result<(), CliError> {
    let mut patch = Patch::default();
    patch.set_some(&["name"], args.new_name);
    patch.set_some(&["vlan"], args.vlan);
    patch.clear_if(args.no_vlan, &["vlan"]);
    if !args.remove_subnet.is_empty() {
        let network = NETWORK.fetch(context, &args.ident.name).await?;
        patch.remove_entries(&network, "subnets", "cidr", &args.remove_subnet)?;
    }
    for subnet in args.add_subnet {
        patch.set(&["subnets", "-"], subnet);
    }
    NETWORK
        .patch(context, &args.ident.name, &patch.finish()?)
        .await
}

/// Reads `CIDR[,gateway=IP][,dns=IP]…[,pool=FIRST-LAST]…`.
fn subnet(text: &str) -> Result<Value, String> {
    let mut parts = text.split(',');
    let cidr = cidr(parts.next().unwrap_or_default())?;
    let mut gateway = None;
    let mut dns = Vec::new();
    let mut pools = Vec::new();
    for part in parts {
        match part.split_once('=') {
            Some(("gateway", ip)) if gateway.is_none() => gateway = Some(address(ip)?),
            Some(("gateway", _)) => return Err("a subnet has one gateway".to_owned()),
            Some(("dns", ip)) => dns.push(address(ip)?),
            Some(("pool", range)) => {
                let (start, end) = range
                    .split_once('-')
                    .ok_or_else(|| format!("'{range}' is not a pool: write FIRST-LAST"))?;
                pools.push(json!({"start": address(start)?, "end": address(end)?}));
            }
            _ => {
                return Err(format!(
                    "'{part}' is not understood: write gateway=IP, dns=IP or pool=FIRST-LAST"
                ));
            }
        }
    }
    let mut subnet = Body::default()
        .with("cidr", cidr)
        .with_some("gateway_ip", gateway);
    if !dns.is_empty() {
        subnet = subnet.with("dns_nameservers", dns);
    }
    if !pools.is_empty() {
        subnet = subnet.with("allocation_pools", pools);
    }
    Ok(subnet.build())
}

/// A prefix in the spelling of the API.
fn cidr(text: &str) -> Result<String, String> {
    text.parse::<IpNet>()
        .map(|cidr| cidr.to_string())
        .map_err(|_| format!("'{text}' is not a prefix such as 10.1.0.0/24"))
}

fn address(text: &str) -> Result<String, String> {
    text.parse::<IpAddr>()
        .map(|ip| ip.to_string())
        .map_err(|_| format!("'{text}' is not an IP address"))
}

fn cidrs(subnets: &Value) -> String {
    let cidrs: Vec<Value> = subnets
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|subnet| subnet.get("cidr").cloned())
        .collect();
    plain(&Value::Array(cidrs))
}

fn special(field: &str, value: &Value) -> Option<String> {
    match (field, value) {
        ("subnets", Value::Array(subnets)) if !subnets.is_empty() => {
            Some(lines(subnets, subnet_line))
        }
        _ => None,
    }
}

/// `10.1.0.0/24, gateway 10.1.0.1, dns 10.1.0.2, pool 10.1.0.10-10.1.0.99`
fn subnet_line(subnet: &Value) -> String {
    let field = |name: &str| subnet.get(name).filter(|value| !value.is_null());
    let mut line = field("cidr").map_or_else(|| "-".to_owned(), plain);
    if let Some(gateway) = field("gateway_ip") {
        line.push_str(&format!(", gateway {}", plain(gateway)));
    }
    for dns in field("dns_nameservers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        line.push_str(&format!(", dns {}", plain(dns)));
    }
    for pool in field("allocation_pools")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let end = |name: &str| pool.get(name).map_or_else(|| "-".to_owned(), plain);
        line.push_str(&format!(", pool {}-{}", end("start"), end("end")));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_is_a_prefix_and_what_belongs_to_it() {
        assert_eq!(subnet("10.1.0.0/24"), Ok(json!({"cidr": "10.1.0.0/24"})));
        let whole =
            "10.1.0.0/24,gateway=10.1.0.1,dns=10.1.0.2,dns=10.1.0.3,pool=10.1.0.10-10.1.0.99";
        let parsed = subnet(whole).unwrap();
        assert_eq!(
            parsed,
            json!({"cidr": "10.1.0.0/24", "gateway_ip": "10.1.0.1",
                "dns_nameservers": ["10.1.0.2", "10.1.0.3"],
                "allocation_pools": [{"start": "10.1.0.10", "end": "10.1.0.99"}]})
        );
        assert_eq!(
            subnet_line(&parsed),
            "10.1.0.0/24, gateway 10.1.0.1, dns 10.1.0.2, dns 10.1.0.3, pool 10.1.0.10-10.1.0.99"
        );
        assert!(subnet("fd00::/64,pool=fd00::1-fd00::ff").is_ok());
    }

    #[test]
    fn a_subnet_that_makes_no_sense_is_refused_with_what_is_wrong() {
        for (text, wrong) in [
            ("10.1.0.0", "10.1.0.0"),
            ("10.1.0.0/24,gateway=x", "'x'"),
            ("10.1.0.0/24,pool=10.1.0.1", "FIRST-LAST"),
            ("10.1.0.0/24,gatway=10.1.0.1", "gatway"),
            (
                "10.1.0.0/24,gateway=10.1.0.1,gateway=10.1.0.2",
                "one gateway",
            ),
        ] {
            let error = subnet(text).unwrap_err();
            assert!(error.contains(wrong), "{text}: {error}");
        }
    }
}
