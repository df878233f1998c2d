//! `ostler instance`.

use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::image::IMAGE;
use crate::cli::instance_type::TYPE;
use crate::cli::network::NETWORK;
use crate::cli::noun::{ListArgs, Noun, Query, each, text};
use crate::cli::output::{Column, plain, power as power_text};
use crate::cli::patch::Patch;
use crate::cli::power::{self, PowerOrder};
use crate::cli::progress::{Look, until};
use crate::cli::resolve::{name_beside, uuid_in_list, uuid_of};
use crate::cli::{Context, parse, task};
use crate::model::instance::InstanceStatus;

/// Instances: machines handed to projects.
pub(crate) const INSTANCE: Noun = Noun {
    singular: "instance",
    plural: "instances",
    path: "/v1/instances",
    list_path: "/v1/instances/detail",
    columns: &[
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid"),
        Column::new("STATUS", "/status"),
        Column::new("POWER", "/power_state").shown_by(power_text),
        Column::new("ZONE", "/availability_zone"),
        Column::new("ADDRESSES", "/network_info").shown_by(addresses),
    ],
    order: &[
        "name",
        "uuid",
        "description",
        "status",
        "power_state",
        "last_error",
        "instance_type_uuid",
        "image_uuid",
        "availability_zone",
        "network_info",
        "extra",
        "project_id",
        "user_id",
        "node_uuid",
        "created_at",
        "launched_at",
        "updated_at",
    ],
    special,
};

/// `ostler instance …`
#[derive(Debug, Subcommand)]
pub(crate) enum InstanceCommand {
    /// Take a free machine of the rack and set it up
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List instances
    #[command(visible_alias = "ls", after_help = LIST_EXAMPLES)]
    List(InstanceListArgs),
    /// Show everything about an instance
    Show(Ident),
    /// Change the name, the description or the extra fields
    #[command(after_help = SET_EXAMPLES)]
    Set(SetArgs),
    /// Turn machines off and give them back
    #[command(visible_alias = "rm")]
    Delete {
        /// Names or uuids
        #[arg(required = true, value_name = "NAME", value_parser = parse::ident)]
        names: Vec<String>,
        /// Wait until they are off and given back
        #[arg(long)]
        wait: bool,
    },
    /// Turn the machine on, off or around
    #[command(after_help = POWER_EXAMPLES)]
    Power {
        #[command(flatten)]
        ident: Ident,
        /// What it should do
        #[arg(value_enum)]
        order: PowerOrder,
        /// Wait until the BMC says that it is so
        #[arg(long)]
        wait: bool,
    },
    /// Show the power, what it is to become, and why it did not
    States(Ident),
    /// List what was done to the machine
    Tasks(Ident),
}

/// Which one.
#[derive(Debug, Clone, Args)]
pub(crate) struct Ident {
    /// Its name or uuid
    #[arg(value_parser = parse::ident)]
    pub(crate) name: String,
}

/// `ostler instance create …`
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// A name for it
    #[arg(value_parser = parse::ident)]
    name: String,
    /// The instance type, by name or uuid (see: ostler type list)
    #[arg(long = "type", value_name = "TYPE", value_parser = parse::ident)]
    instance_type: String,
    /// The image, by name or uuid (see: ostler image list)
    #[arg(long, value_name = "IMAGE", value_parser = parse::ident)]
    image: String,
    /// A network, by name or uuid, and the type of port to use for it; repeat it for further ones
    #[arg(long = "network", required = true, value_name = "NETWORK[:PORT_TYPE]", value_parser = parse::ident)]
    networks: Vec<String>,
    /// Only a machine in this zone (see: ostler zone list)
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// An extra field; repeat it for further ones
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse::pair)]
    extra: Vec<(String, String)>,
    /// Make a repeated call return the first one's instance instead of a second one
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Wait until it is active
    #[arg(long)]
    wait: bool,
}

/// `ostler instance list …`
#[derive(Debug, Args)]
pub(crate) struct InstanceListArgs {
    /// Those of all projects (for admins)
    #[arg(long)]
    all_tenants: bool,
    /// Only those with this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only those with this status
    #[arg(long, value_name = "STATUS", value_parser = InstanceStatus::ALL.map(InstanceStatus::as_str))]
    status: Option<String>,
    /// Only those with this power state
    #[arg(long, value_name = "STATE", value_parser = ["on", "off"])]
    power: Option<String>,
    /// Only those in this zone
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Only those of this project (for admins)
    #[arg(long, value_name = "PROJECT")]
    project_id: Option<String>,
    /// Only those of this user
    #[arg(long, value_name = "USER")]
    user_id: Option<String>,
    #[command(flatten)]
    list: ListArgs,
}

/// `ostler instance set …`
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    ident: Ident,
    /// The new name
    #[arg(long = "name", id = "new_name", value_name = "NAME", value_parser = parse::ident)]
    new_name: Option<String>,
    /// The new description
    #[arg(long, value_name = "TEXT", conflicts_with = "no_description")]
    description: Option<String>,
    /// Remove the description
    #[arg(long)]
    no_description: bool,
    /// Set an extra field; repeat it for further ones
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse::pair)]
    extra: Vec<(String, String)>,
    /// Remove an extra field; repeat it for further ones
    #[arg(long, value_name = "KEY")]
    unset_extra: Vec<String>,
}

const CREATE_EXAMPLES: &str = "\
Examples:
  ostler instance create web1 --type small --image debian --network lan --wait
  ostler instance create db1 --type large --image debian --network lan:10GE --network storage:25GE \\
      --zone az2 --description 'the database' --extra owner=alice

With --wait the exit code is 0 when the instance is active, 1 when setting it up failed.
Without it 0 means that a machine is reserved and being set up.";

const LIST_EXAMPLES: &str = "\
Examples:
  ostler instance list --status error
  ostler instance list --all-tenants --sort name
  ostler -q instance list --power off          (the uuids alone)";

const SET_EXAMPLES: &str = "\
Examples:
  ostler instance set web1 --name web2 --description 'the web server'
  ostler instance set web2 --extra owner=bob --unset-extra cost-centre";

const POWER_EXAMPLES: &str = "\
Examples:
  ostler instance power web1 off --wait
  ostler instance power web1 soft-reboot --wait --timeout 900

Without --wait the order is accepted and carried out, also if this program or ostlerd ends meanwhile.";

/// Runs it.
pub(crate) async fn run(context: &Context, command: InstanceCommand) -> Result<(), CliError> {
    match command {
        InstanceCommand::Create(args) => create(context, args).await,
        InstanceCommand::List(args) => list(context, args).await,
        InstanceCommand::Show(ident) => show(context, &place(context, &ident.name).await?).await,
        InstanceCommand::Set(args) => set(context, args).await,
        InstanceCommand::Delete { names, wait } => {
            each(&names, async |name| delete(context, name, wait).await).await
        }
        InstanceCommand::Power { ident, order, wait } => {
            let ident = place(context, &ident.name).await?;
            power::order(context, &INSTANCE, &ident, order, wait).await
        }
        InstanceCommand::States(ident) => {
            let ident = place(context, &ident.name).await?;
            power::states(context, &INSTANCE, &ident).await
        }
        InstanceCommand::Tasks(ident) => {
            let ident = place(context, &ident.name).await?;
            task::list_of(context, &INSTANCE, &ident).await
        }
    }
}

/// What stands in the path for this instance: the daemon looks names up itself, but for the one that is a path of the API.
async fn place(context: &Context, ident: &str) -> Result<String, CliError> {
    if ident == "detail" {
        uuid_in_list(context, &INSTANCE, ident).await
    } else {
        Ok(ident.to_owned())
    }
}

async fn create(context: &Context, args: CreateArgs) -> Result<(), CliError> {
    let mut networks = Vec::new();
    for network in &args.networks {
        networks.push(attachment(context, network).await?);
    }
    let body = Body::default()
        .with("name", args.name.as_str())
        .with(
            "instance_type_uuid",
            uuid_of(context, &TYPE, &args.instance_type).await?,
        )
        .with("image_uuid", uuid_of(context, &IMAGE, &args.image).await?)
        .with("networks", networks)
        .with_some("availability_zone", args.zone)
        .with_some("description", args.description)
        .with_pairs("extra", &args.extra)
        .build();
    let mut headers = Vec::new();
    if let Some(key) = &args.idempotency_key {
        headers.push(("idempotency-key", key.as_str()));
    }
    let created = context
        .client
        .exchange(Method::POST, INSTANCE.path, &headers, Some(&body))
        .await?
        .into_success()?
        .json()?;
    if !args.wait {
        return print(context, created).await;
    }
    let uuid = text(&created, "uuid")?;
    let what = format!("instance {}", args.name);
    let active = until(context, &what, context.timeout, async || {
        judge(INSTANCE.fetch(context, uuid).await?, &what)
    })
    .await?;
    print(context, active).await
}

/// `NETWORK[:PORT_TYPE]` as the API wants it. A network whose name holds a colon can be given by its uuid.
async fn attachment(context: &Context, given: &str) -> Result<Value, CliError> {
    let (network, port_type) = match given.split_once(':') {
        Some((network, port_type)) => (network, Some(port_type)),
        None => (given, None),
    };
    if network.is_empty() || port_type == Some("") {
        return Err(CliError::Usage(format!(
            "'{given}' is not a network: write NETWORK or NETWORK:PORT_TYPE"
        )));
    }
    Ok(Body::default()
        .with("net_id", uuid_of(context, &NETWORK, network).await?)
        .with_some("port_type", port_type)
        .build())
}

fn judge(instance: Value, what: &str) -> Result<Look<Value>, CliError> {
    match text(&instance, "status")? {
        "active" => Ok(Look::Reached(instance)),
        "building" => Ok(Look::NotYet(progress_of(&instance))),
        other => Err(CliError::Failed {
            what: what.to_owned(),
            reason: last_error(&instance).unwrap_or_else(|| format!("it is {other}")),
        }),
    }
}

fn progress_of(instance: &Value) -> String {
    let field = |name: &str| instance.get(name).and_then(Value::as_str);
    let mut line = format!(
        "{}, {}",
        field("status").unwrap_or("-"),
        field("power_state").unwrap_or("power unknown")
    );
    if let Some(error) = field("last_error") {
        line.push_str(&format!(" ({error})"));
    }
    line
}

fn last_error(instance: &Value) -> Option<String> {
    instance
        .get("last_error")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

async fn list(context: &Context, args: InstanceListArgs) -> Result<(), CliError> {
    let mut query = Query::of(&args.list);
    query.add("all_tenants", args.all_tenants.then_some("true"));
    query.add("name", args.name);
    query.add("status", args.status);
    query.add(
        "power_state",
        args.power.map(|state| format!("power {state}")),
    );
    query.add("availability_zone", args.zone);
    query.add("project_id", args.project_id);
    query.add("user_id", args.user_id);
    INSTANCE.list(context, &query).await
}

async fn show(context: &Context, ident: &str) -> Result<(), CliError> {
    print(context, INSTANCE.fetch(context, ident).await?).await
}

/// People get the names of what the instance is made of beside the uuids.
async fn print(context: &Context, mut instance: Value) -> Result<(), CliError> {
    if context.out.is_for_people() {
        name_beside(context, &TYPE, &mut instance, "instance_type_uuid").await;
        name_beside(context, &IMAGE, &mut instance, "image_uuid").await;
    }
    INSTANCE.print(context, &instance)
}

async fn set(context: &Context, args: SetArgs) -> Result<(), CliError> {
    let mut patch = Patch::default();
    patch.set_some(&["name"], args.new_name);
    patch.set_some(&["description"], args.description);
    patch.clear_if(args.no_description, &["description"]);
    patch.set_pairs(&["extra"], &args.extra);
    patch.remove_keys(&["extra"], &args.unset_extra);
    let patch = patch.finish()?;
    let ident = place(context, &args.ident.name).await?;
    INSTANCE.patch(context, &ident, &patch).await
}

async fn delete(context: &Context, name: &str, wait: bool) -> Result<(), CliError> {
    let ident = place(context, name).await?;
    if !wait {
        context.client.delete(&INSTANCE.at(&ident)).await?;
        return context
            .out
            .say(&format!("instance {name} is being deleted"));
    }
    // By its uuid: another instance may get the name while this one goes.
    let instance = INSTANCE.fetch(context, &ident).await?;
    let uuid = text(&instance, "uuid")?;
    context.client.delete(&INSTANCE.at(uuid)).await?;
    let what = format!("instance {name}: deleting");
    until(context, &what, context.timeout, async || {
        match INSTANCE.fetch(context, uuid).await {
            Ok(instance) => Ok(Look::NotYet(progress_of(&instance))),
            Err(CliError::Client(error)) if error.status().is_some_and(|s| s == 404) => {
                Ok(Look::Reached(()))
            }
            Err(error) => Err(error),
        }
    })
    .await?;
    context
        .out
        .say(&format!("instance {name}: off, deleted, its node is free"))
}

fn special(field: &str, value: &Value) -> Option<String> {
    match (field, value) {
        ("network_info", Value::Object(ports)) if !ports.is_empty() => {
            let lines: Vec<String> = ports.values().map(port_line).collect();
            Some(lines.join("\n"))
        }
        _ => None,
    }
}

/// `52:54:00:12:34:56 10.0.0.5 (network 7d2…)`
fn port_line(port: &Value) -> String {
    let field = |name: &str| port.get(name).map_or_else(|| "-".to_owned(), plain);
    let ips = ips(port).join(", ");
    let ips = if ips.is_empty() { "no address" } else { &ips };
    format!(
        "{} {ips} (network {})",
        field("mac_address"),
        field("network")
    )
}

fn ips(port: &Value) -> Vec<String> {
    let fixed = port.get("fixed_ips").and_then(Value::as_array);
    fixed
        .into_iter()
        .flatten()
        .filter_map(|ip| ip.get("ip_address").and_then(Value::as_str))
        .map(str::to_owned)
        .collect()
}

fn addresses(network_info: &Value) -> String {
    let ips: Vec<String> = network_info
        .as_object()
        .into_iter()
        .flat_map(|ports| ports.values())
        .flat_map(ips)
        .collect();
    plain(&json!(ips))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_for_an_instance_ends_at_active_and_at_error_with_the_reason() {
        let of = |status: &str| judge(json!({"status": status, "last_error": "No reply."}), "web1");
        assert!(matches!(of("active"), Ok(Look::Reached(_))));
        assert!(matches!(of("building"), Ok(Look::NotYet(_))));
        for end in ["error", "deleting"] {
            let Err(error) = of(end) else {
                panic!("{end} was waited for");
            };
            assert_eq!(error.to_string(), "web1: No reply.");
        }
    }

    #[test]
    fn ports_are_shown_with_their_addresses() {
        let info = json!({"p1": {"network": "n1", "mac_address": "52:54:00:12:34:56",
            "fixed_ips": [{"ip_address": "10.0.0.5", "subnet_id": "s"}, {"ip_address": "fd00::5"}]}});
        assert_eq!(addresses(&info), "10.0.0.5, fd00::5");
        assert_eq!(
            special("network_info", &info).unwrap(),
            "52:54:00:12:34:56 10.0.0.5, fd00::5 (network n1)"
        );
    }
}
