//! `ostler instance`.

use std::fmt;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::exit::CliError;
use crate::cli::image::IMAGE;
use crate::cli::instance_create::{self, CreateArgs};
use crate::cli::instance_type::TYPE;
use crate::cli::names;
use crate::cli::noun::{Ident, ListArgs, Noun, Query, each, required};
use crate::cli::output::Column;
use crate::cli::patch::Patch;
use crate::cli::power::{self, OrderArgs};
use crate::cli::progress::{Look, until};
use crate::cli::rebuild::{self, RebuildArgs};
use crate::cli::resolve::{name_beside, uuid_in_list};
use crate::cli::text::{self, plain};
use crate::cli::{Context, booting, parse, task};
use crate::model::instance::InstanceStatus;

/// Instances: machines handed to projects.
pub(crate) const INSTANCE: Noun = Noun {
    singular: "instance",
    plural: "instances",
    path: "/v1/instances",
    list_path: "/v1/instances/detail",
    columns: &[
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid").spare(2),
        Column::new("STATUS", "/status"),
        Column::new("POWER", "/power_state").shown_by(text::power),
        Column::new("ZONE", "/availability_zone").spare(3),
        Column::new("ADDRESSES", "/network_info")
            .shown_by(addresses)
            .spare(1),
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
        /// Names, uuids, or lists such as 'web[1-9]'
        #[arg(required = true, value_name = "NAME", value_parser = parse::ident)]
        names: Vec<String>,
        /// Wait until they are off and given back
        #[arg(long)]
        wait: bool,
        /// Give them back at once, without a word to their BMCs (for admins)
        #[arg(long, long_help = FORCE_HELP)]
        force: bool,
    },
    /// Try the set-up again that has failed (for admins)
    #[command(after_help = RETRY_EXAMPLES)]
    Retry {
        #[command(flatten)]
        ident: Ident,
        /// Wait until it is active
        #[arg(long)]
        wait: bool,
    },
    /// Set the machine up anew, with its image or another one
    #[command(after_help = rebuild::EXAMPLES)]
    Rebuild(RebuildArgs),
    /// Turn the machine on, off or around
    #[command(after_help = POWER_EXAMPLES)]
    Power {
        #[command(flatten)]
        ident: Ident,
        #[command(flatten)]
        args: OrderArgs,
    },
    /// Show the power, what it is to become, and why it did not
    States(Ident),
    /// List what was done to the machine
    Tasks(Ident),
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
  ostler instance create web1 --type small --image debian --network lan \\
      --wait
  ostler instance create db1 --type large --image debian \\
      --network lan:10GE --network storage:25GE --zone az2 \\
      --description 'the database' --extra owner=alice

With --wait the exit code is 0 when the instance is active, 1 when setting it up failed. \
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

const FORCE_HELP: &str = "\
Give them back at once, without a word to their BMCs (for admins). It is for a BMC that is dead for good, whose machine
can no longer be seen to be off: without it the delete would wait for that for ever. The machine may still run what the
instance was. So its node is in maintenance from then on, and nobody gets it, until you have looked at the machine and
end that: ostler node maintenance NODE off";

const RETRY_EXAMPLES: &str = "\
Examples:
  ostler instance show web1    (last_error says which step failed, and why)
  ostler instance retry web1 --wait

With --wait the exit code is 0 when the instance is active, 1 when it failed again.";

const POWER_EXAMPLES: &str = "\
Examples:
  ostler instance power web1 off --wait
  ostler instance power web1 soft-reboot --wait --timeout 900

Without --wait the order is accepted and carried out, also if this program or ostlerd ends meanwhile.";

/// Runs it.
pub(crate) async fn run(context: &Context, command: InstanceCommand) -> Result<(), CliError> {
    match command {
        InstanceCommand::Create(args) => args.run(context).await,
        InstanceCommand::List(args) => list(context, args).await,
        InstanceCommand::Show(ident) => show(context, &place(context, &ident.name).await?).await,
        InstanceCommand::Set(args) => set(context, args).await,
        InstanceCommand::Delete { names, wait, force } => {
            delete(context, &names::all(&names)?, wait, force).await
        }
        InstanceCommand::Retry { ident, wait } => retry(context, &ident.name, wait).await,
        InstanceCommand::Rebuild(args) => {
            let ident = place(context, &args.ident.name).await?;
            args.run(context, &ident).await
        }
        InstanceCommand::Power { ident, args } => {
            let ident = place(context, &ident.name).await?;
            power::order(context, &INSTANCE, &ident, args).await
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

/// What is to be said while an instance changes.
pub(crate) fn progress_of(instance: &Value) -> String {
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
pub(crate) async fn print(context: &Context, mut instance: Value) -> Result<(), CliError> {
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

/// Tries the set-up again.
async fn retry(context: &Context, name: &str, wait: bool) -> Result<(), CliError> {
    let ident = place(context, name).await?;
    // By its uuid: it may get another name meanwhile.
    let instance = INSTANCE.fetch(context, &ident).await?;
    let uuid = required(&instance, "uuid")?;
    let path = format!("{}/retry", INSTANCE.at(uuid));
    context.client.post(&path, &json!({})).await?;
    if !wait {
        let said = format!("instance {name} is being set up again");
        return context.out.say(&said);
    }
    instance_create::wait_active(context, name, uuid).await
}

/// All are ordered before the first is waited for. What is released by force is gone at once.
async fn delete(
    context: &Context,
    names: &[String],
    wait: bool,
    force: bool,
) -> Result<(), CliError> {
    let mut going = Vec::new();
    let ordered = each(names, async |name| {
        let ident = place(context, name).await?;
        // By its uuid: another instance may get the name while this one goes.
        let instance = INSTANCE.fetch(context, &ident).await?;
        let uuid = required(&instance, "uuid")?;
        if force {
            let path = format!("{}?force=true", INSTANCE.at(uuid));
            context.client.delete(&path).await?;
            return context.out.say(&format!(
                "instance {name} is gone; its machine may still run, and its node is in maintenance until you end that"
            ));
        }
        context.client.delete(&INSTANCE.at(uuid)).await?;
        if wait {
            going.push(Going {
                name: name.clone(),
                uuid: uuid.to_owned(),
            });
            return Ok(());
        }
        context
            .out
            .say(&format!("instance {name} is being deleted"))
    })
    .await;
    let waited = each(&going, async |going| gone(context, going).await).await;
    ordered.and(waited)
}

/// An instance that is being deleted.
struct Going {
    name: String,
    uuid: String,
}

impl fmt::Display for Going {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

async fn gone(context: &Context, Going { name, uuid }: &Going) -> Result<(), CliError> {
    let what = format!("instance {name}");
    until(context, &what, context.timeout, async || {
        match INSTANCE.fetch(context, uuid).await {
            Ok(instance) => Ok(booting::not_yet(context, uuid, &instance).await),
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
