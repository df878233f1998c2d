//! `ostler instance create`: names become uuids, the instance is asked for and, where wanted, waited for.

use std::path::PathBuf;

use clap::Args;
use hyper::Method;
use serde_json::Value;

use crate::cli::body::Body;
use crate::cli::booting;
use crate::cli::exit::CliError;
use crate::cli::image::{IMAGE, read_text};
use crate::cli::instance::{INSTANCE, print};
use crate::cli::instance_type::TYPE;
use crate::cli::network::NETWORK;
use crate::cli::noun::required;
use crate::cli::progress::{Look, NO_LIMIT, until};
use crate::cli::resolve::uuid_of;
use crate::cli::{Context, parse};

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
    /// A file with user data in place of the image's, for an image that ostlerd boots
    #[arg(long, value_name = "FILE")]
    user_data_file: Option<PathBuf>,
    /// Make a repeated call return the first one's instance instead of a second one
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Wait until it is active
    #[arg(long)]
    wait: bool,
}

impl CreateArgs {
    /// Creates it, and waits until it is active where asked to.
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let args = self;
        let user_data = args.user_data_file.as_deref().map(read_text).transpose()?;
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
            .with_some("user_data", user_data)
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
        wait_active(context, &args.name, required(&created, "uuid")?).await
    }
}

/// Waits until an instance is active, and prints it.
pub(crate) async fn wait_active(context: &Context, name: &str, uuid: &str) -> Result<(), CliError> {
    let what = format!("instance {name}");
    let mut is_booted = false;
    // It is building while its task is open, each step of which has a deadline.
    let patience = context.timeout.unwrap_or(NO_LIMIT);
    let active = until(context, &what, Some(patience), async || {
        let look = judge(INSTANCE.fetch(context, uuid).await?, &what)?;
        Ok(match look {
            Judged::Active(value) if is_booted => Look::ReachedAfter {
                value,
                steps: booting::steps(context, uuid).await,
            },
            Judged::Active(value) => Look::Reached(value),
            Judged::Building(instance) => {
                let look = booting::not_yet(context, uuid, &instance).await;
                is_booted |= matches!(look, Look::Steps(_));
                look
            }
        })
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

/// Where an instance is that may become active.
enum Judged {
    Active(Value),
    Building(Value),
}

fn judge(instance: Value, what: &str) -> Result<Judged, CliError> {
    match required(&instance, "status")? {
        "active" => Ok(Judged::Active(instance)),
        "building" => Ok(Judged::Building(instance)),
        other => Err(CliError::Failed {
            what: what.to_owned(),
            reason: last_error(&instance).unwrap_or_else(|| format!("it is {other}")),
        }),
    }
}

fn last_error(instance: &Value) -> Option<String> {
    instance
        .get("last_error")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wait_for_an_instance_ends_at_active_and_at_error_with_the_reason() {
        let of = |status: &str| judge(json!({"status": status, "last_error": "No reply."}), "web1");
        assert!(matches!(of("active"), Ok(Judged::Active(_))));
        assert!(matches!(of("building"), Ok(Judged::Building(_))));
        for end in ["error", "deleting"] {
            let Err(error) = of(end) else {
                panic!("{end} was waited for");
            };
            assert_eq!(error.to_string(), "web1: No reply.");
        }
    }
}
