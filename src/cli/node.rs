//! `ostler node`.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::cli::exit::CliError;
use crate::cli::names::{self, Nodes};
use crate::cli::node_file::export::{self, ExportArgs};
use crate::cli::node_file::import::{self, ImportArgs};
use crate::cli::node_many::{self, BootSetting};
use crate::cli::node_spec::{CreateArgs, SetArgs};
use crate::cli::noun::{ListArgs, Noun, Query};
use crate::cli::output::Column;
use crate::cli::power::OrderArgs;
use crate::cli::rotate_password::{self, RotateArgs};
use crate::cli::text::{self, lines, plain};
use crate::cli::{Context, health, parse};
use crate::model::bmc::BootDevice;
use crate::model::health::HealthState;

/// Nodes: the machines of the rack and their BMCs.
pub(crate) const NODE: Noun = Noun {
    singular: "node",
    plural: "nodes",
    path: "/v1/nodes",
    list_path: "/v1/nodes",
    columns: &[
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid").spare(2),
        Column::new("ZONE", "/availability_zone").spare(1),
        Column::new("POWER", "/power_state").shown_by(text::power),
        Column::new("HEALTH", "/health/state"),
        Column::new("IN USE", "/instance_uuid").shown_by(in_use),
        Column::new("MAINTENANCE", "/maintenance"),
    ],
    order: &[
        "name",
        "uuid",
        "power_state",
        "power_state_at",
        "target_power_state",
        "last_power_state",
        "last_power_state_at",
        "health",
        "last_error",
        "power_policy",
        "min_off_secs",
        "maintenance",
        "maintenance_reason",
        "runs_ostlerd",
        "instance_uuid",
        "availability_zone",
        "instance_type",
        "properties",
        "ports",
        "bmc",
        "bmc_learned",
        "extra",
        "created_at",
        "updated_at",
    ],
    special,
};

/// `ostler node …`
#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Register a machine and its BMC
    #[command(after_help = CREATE_EXAMPLES)]
    Create(Box<CreateArgs>),
    /// Register and change the nodes of a file: YAML, JSON or CSV, Ironic's and TripleO's too
    #[command(after_help = import::EXAMPLES)]
    Import(Box<ImportArgs>),
    /// Write nodes as import takes them: YAML, JSON or CSV, without secrets
    #[command(after_help = export::EXAMPLES)]
    Export(ExportArgs),
    /// List nodes
    #[command(visible_alias = "ls", after_help = LIST_EXAMPLES)]
    List(NodeListArgs),
    /// Show everything about nodes but their secrets
    Show(Nodes),
    /// Change nodes
    #[command(after_help = SET_EXAMPLES)]
    Set(Box<SetArgs>),
    /// Forget nodes that no instance has
    #[command(visible_alias = "rm")]
    Delete {
        /// Names, uuids, or lists such as 'r1n[01-40,43]'
        #[arg(required = true, value_name = "NAME", value_parser = parse::ident)]
        names: Vec<String>,
    },
    /// Turn machines on, off or around
    #[command(after_help = POWER_EXAMPLES)]
    Power {
        #[command(flatten)]
        nodes: Nodes,
        #[command(flatten)]
        args: OrderArgs,
    },
    /// Show the power, what it is to become, and why it did not
    States(Nodes),
    /// Show how well BMCs can be spoken to, the worst first
    #[command(after_help = health::EXAMPLES)]
    Health {
        /// Names, uuids, or lists such as 'r1n[01-40,43]'; all nodes without any
        #[arg(value_name = "NAME", value_parser = parse::ident)]
        names: Vec<String>,
    },
    /// Stop or resume automatic work on machines; orders are carried out still
    Maintenance(MaintenanceArgs),
    /// Show or set what machines boot from next
    #[command(after_help = BOOT_EXAMPLES)]
    BootDevice {
        #[command(flatten)]
        nodes: Nodes,
        #[command(subcommand)]
        command: Option<BootCommand>,
    },
    /// Give BMCs another password
    #[command(after_help = rotate_password::EXAMPLES)]
    RotatePassword(RotateArgs),
    /// List what was done to machines
    Tasks(Nodes),
}

/// `ostler node list …`
#[derive(Debug, Args)]
pub(crate) struct NodeListArgs {
    /// Only the one with this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only those in this zone
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Only those with this power state
    #[arg(long, value_name = "STATE", value_parser = ["on", "off"])]
    power: Option<String>,
    /// Only those whose BMC is in this state
    #[arg(long, value_name = "STATE", value_parser = HealthState::ALL.map(HealthState::as_str))]
    health: Option<String>,
    /// Only those in maintenance, or only those that are not
    #[arg(long, value_name = "YES|NO", value_parser = ["yes", "no"])]
    maintenance: Option<String>,
    #[command(flatten)]
    list: ListArgs,
}

/// `ostler node maintenance …`
#[derive(Debug, Args)]
pub(crate) struct MaintenanceArgs {
    #[command(flatten)]
    nodes: Nodes,
    /// on: nothing happens to it by itself; off: as usual
    #[arg(value_name = "on|off", value_parser = ["on", "off"])]
    switch: String,
    /// Why, for others to read
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// `ostler node boot-device NAME …`
#[derive(Debug, Subcommand)]
pub(crate) enum BootCommand {
    /// Ask the BMC what the machine boots from next (this is what happens without a command)
    Show,
    /// Tell the BMC what the machine boots from next
    Set {
        /// The device; none leaves it to the firmware
        #[arg(value_parser = BootDevice::ALL.map(BootDevice::as_str))]
        device: String,
        /// Boot by UEFI, not by BIOS
        #[arg(long)]
        uefi: bool,
        /// For every boot, not only the next one
        #[arg(long)]
        persistent: bool,
        /// Wait until the BMC says that it is so
        #[arg(long)]
        wait: bool,
    },
}

const CREATE_EXAMPLES: &str = "\
Examples:
  ostler node create n1 --bmc-address 10.0.0.11 --bmc-username admin \\
      --port 52:54:00:12:34:56
  ostler node create n2 --bmc-address 10.0.0.12 --bmc-username admin \\
      --bmc-password-file n2.password --zone az2 --cpus 32 \\
      --memory-mb 262144 --cpu-arch x86_64 --capability gpu=a100 \\
      --port 52:54:00:12:34:57,10GE --port 52:54:00:12:34:58,25GE,no-pxe
  ostler node create self --bmc-interface open    (ostlerd's own machine)

The password is asked for where none is pointed to. It cannot be given as an argument: everyone on \
the machine can read those.";

const LIST_EXAMPLES: &str = "\
Examples:
  ostler node list --power off --maintenance no
  ostler node list --health unreachable
  ostler --json node list | jq -r '.[] | select(.maintenance) | .name'";

const SET_EXAMPLES: &str = "\
Settings of the BMC that are not named stay, but for --bmc-interface: it begins anew.

Examples:
  ostler node set n1 --zone az2 --type small
  ostler node set 'r1n[01-40]' --power-policy enforce
  ostler node set n1 --bmc-ask-password
  ostler node set n1 --add-port 52:54:00:12:34:59,10GE \\
      --remove-port 52:54:00:12:34:56";

const POWER_EXAMPLES: &str = "\
Examples:
  ostler node power n1 on --wait
  ostler node power 'r1n[01-40]' off --wait
  ostler node power n1 soft-off --escalate --wait --timeout 300";

const BOOT_EXAMPLES: &str = "\
Examples:
  ostler node boot-device n1
  ostler node boot-device n1 set pxe --uefi --wait
  ostler node boot-device 'r1n[01-40]' set disk --persistent --wait";

/// Runs it.
pub(crate) async fn run(context: &Context, command: NodeCommand) -> Result<(), CliError> {
    match command {
        NodeCommand::Create(args) => {
            let body = args.into_body().await?;
            NODE.create(context, &body).await
        }
        NodeCommand::Export(args) => export::run(context, args).await,
        NodeCommand::Import(args) => import::run(context, *args).await,
        NodeCommand::List(args) => list(context, args).await,
        NodeCommand::Show(nodes) => node_many::show(context, &nodes.all()?).await,
        NodeCommand::Set(args) => node_many::set(context, *args).await,
        NodeCommand::Delete { names } => NODE.delete(context, &names::all(&names)?).await,
        NodeCommand::Power { nodes, args } => node_many::power(context, nodes.all()?, args).await,
        NodeCommand::States(nodes) => node_many::states(context, &nodes.all()?).await,
        NodeCommand::Health { names } => health::show(context, &names::all(&names)?).await,
        NodeCommand::Maintenance(args) => {
            let names = args.nodes.all()?;
            node_many::maintenance(context, &names, args.switch == "on", args.reason).await
        }
        NodeCommand::BootDevice { nodes, command } => {
            let names = nodes.all()?;
            match command.unwrap_or(BootCommand::Show) {
                BootCommand::Show => node_many::boot_device(context, &names).await,
                BootCommand::Set {
                    device,
                    uefi,
                    persistent,
                    wait,
                } => {
                    let setting = BootSetting {
                        device,
                        uefi,
                        persistent,
                        wait,
                    };
                    node_many::set_boot_device(context, &names, setting).await
                }
            }
        }
        NodeCommand::RotatePassword(args) => rotate_password::run(context, args).await,
        NodeCommand::Tasks(nodes) => node_many::tasks(context, &nodes.all()?).await,
    }
}

async fn list(context: &Context, args: NodeListArgs) -> Result<(), CliError> {
    let mut query = Query::of(&args.list);
    query.add("name", args.name);
    query.add("availability_zone", args.zone);
    query.add(
        "power_state",
        args.power.map(|state| format!("power {state}")),
    );
    query.add("maintenance", args.maintenance);
    query.add("health", args.health);
    NODE.list(context, &query).await
}

fn in_use(instance: &Value) -> String {
    if instance.is_null() { "no" } else { "yes" }.to_owned()
}

fn special(field: &str, value: &Value) -> Option<String> {
    match (field, value) {
        ("ports", Value::Array(ports)) if !ports.is_empty() => Some(lines(ports, port_line)),
        ("health", Value::Object(_)) => Some(health::sentence(value)),
        _ => None,
    }
}

/// `52:54:00:12:34:56, 10GE, no pxe`
fn port_line(port: &Value) -> String {
    let mut line = port
        .get("mac_address")
        .map_or_else(|| "-".to_owned(), plain);
    if let Some(port_type) = port.get("port_type").and_then(Value::as_str) {
        line.push_str(&format!(", {port_type}"));
    }
    if port.get("pxe_enabled") == Some(&Value::Bool(false)) {
        line.push_str(", no pxe");
    }
    line
}
