//! What `ostler node` does to one node or to many, by a list of names.

use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::node::NODE;
use crate::cli::node_spec::SetArgs;
use crate::cli::noun::{each, nothing_special};
use crate::cli::orders::order_each;
use crate::cli::output::Column;
use crate::cli::power::{self, OrderArgs};
use crate::cli::power_many;
use crate::cli::task;
use crate::cli::text::power as power_text;

const STATES: &[Column] = &[
    Column::new("NAME", "/name"),
    Column::new("POWER", "/power_state").shown_by(power_text),
    Column::new("TARGET", "/target_power_state"),
    Column::new("LAST ERROR", "/last_error"),
];

const BOOT_DEVICES: &[Column] = &[
    Column::new("NAME", "/name"),
    Column::new("BOOT DEVICE", "/boot_device"),
    Column::new("PERSISTENT", "/persistent"),
    Column::new("UEFI", "/uefi"),
];

/// What a boot device is set to.
pub(crate) struct BootSetting {
    pub(crate) device: String,
    pub(crate) uefi: bool,
    pub(crate) persistent: bool,
    pub(crate) wait: bool,
}

/// Shows everything about each.
pub(crate) async fn show(context: &Context, names: &[String]) -> Result<(), CliError> {
    if let [only] = names {
        return NODE.show(context, only).await;
    }
    let mut shown: Vec<Value> = Vec::new();
    let asked = each(names, async |name| {
        let node = NODE.fetch(context, name).await?;
        if context.out.json {
            shown.push(node);
            return Ok(());
        }
        if !shown.is_empty() {
            context.out.say("")?;
        }
        shown.push(Value::Null);
        NODE.print(context, &node)
    })
    .await;
    if context.out.json {
        context.out.json(&Value::Array(shown))?;
    }
    asked
}

/// Shows the power of each: as fields of one, as a table of many.
pub(crate) async fn states(context: &Context, names: &[String]) -> Result<(), CliError> {
    if let [only] = names {
        return power::states(context, &NODE, only).await;
    }
    table(context, names, "states", STATES).await
}

/// Lists what was done to each.
pub(crate) async fn tasks(context: &Context, names: &[String]) -> Result<(), CliError> {
    match names {
        [only] => task::list_of(context, &NODE, only).await,
        many => task::list_of_each(context, &NODE, many).await,
    }
}

/// Turns each on, off or around. Many are one operation.
pub(crate) async fn power(
    context: &Context,
    names: Vec<String>,
    args: OrderArgs,
) -> Result<(), CliError> {
    match names.as_slice() {
        [only] => power::order(context, &NODE, only, args).await,
        _ => power_many::order_nodes(context, &args, names).await,
    }
}

/// Changes each in the same way.
pub(crate) async fn set(context: &Context, args: SetArgs) -> Result<(), CliError> {
    let names = args.nodes.all()?;
    if let [only] = names.as_slice() {
        let patch = args.into_patch(context, only).await?;
        return NODE.patch(context, only, &patch).await;
    }
    if let Some(option) = args.of_one_alone() {
        return Err(CliError::Usage(format!(
            "{option} can only be of one node, and {} are named",
            names.len()
        )));
    }
    let all = format!("these {} nodes", names.len());
    let patch = args.into_patch(context, &all).await?;
    each(&names, async |name| {
        let changed = context.client.patch(&NODE.at(name), &patch).await?.json()?;
        if context.out.is_for_people() {
            context.out.say(&format!("node {name} changed"))
        } else {
            context.out.entry(&changed)
        }
    })
    .await
}

/// Stops (with a reason, perhaps) or resumes automatic work on each.
pub(crate) async fn maintenance(
    context: &Context,
    names: &[String],
    on: bool,
    reason: Option<String>,
) -> Result<(), CliError> {
    if !on && reason.is_some() {
        return Err(CliError::Usage(
            "--reason goes with 'on': the end of maintenance needs none".to_owned(),
        ));
    }
    let body = Body::default().with_some("reason", reason).build();
    each(names, async |name| {
        let path = format!("{}/maintenance", NODE.at(name));
        if on {
            context.client.put(&path, &body).await?;
        } else {
            context.client.delete(&path).await?;
        }
        let switch = if on { "on" } else { "off" };
        context
            .out
            .say(&format!("node {name}: maintenance is {switch}"))
    })
    .await
}

/// Asks each BMC what its machine boots from next.
pub(crate) async fn boot_device(context: &Context, names: &[String]) -> Result<(), CliError> {
    let [only] = names else {
        return table(context, names, "management/boot_device", BOOT_DEVICES).await;
    };
    let path = format!("{}/management/boot_device", NODE.at(only));
    let setting = context.client.get(&path).await?.json()?;
    let order = ["boot_device", "persistent", "uefi"];
    context.out.show(&setting, &order, nothing_special)
}

/// Tells each BMC what its machine boots from next.
pub(crate) async fn set_boot_device(
    context: &Context,
    names: &[String],
    setting: BootSetting,
) -> Result<(), CliError> {
    let body = Body::default()
        .with("boot_device", setting.device.as_str())
        .with("uefi", setting.uefi)
        .with("persistent", setting.persistent)
        .build();
    let what = format!("boot device {}", setting.device);
    order_each(context, names, &what, setting.wait, async |name| {
        let path = format!("{}/management/boot_device", NODE.at(name));
        Ok(context.client.put(&path, &body).await?)
    })
    .await
}

/// What is below each node's path, a line each.
async fn table(
    context: &Context,
    names: &[String],
    below: &str,
    columns: &[Column],
) -> Result<(), CliError> {
    let mut entries: Vec<Value> = Vec::new();
    let asked = each(names, async |name| {
        let path = format!("{}/{below}", NODE.at(name));
        let mut entry = context.client.get(&path).await?.json()?;
        if entry.is_object() {
            entry["name"] = json!(name);
        }
        entries.push(entry);
        Ok(())
    })
    .await;
    if !entries.is_empty() || context.out.json {
        context.out.list(entries, columns, NODE.plural)?;
    }
    asked
}
