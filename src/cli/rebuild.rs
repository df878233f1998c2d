//! `ostler instance rebuild`.

use std::path::PathBuf;

use clap::Args;
use hyper::Method;

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::image::{IMAGE, read_text};
use crate::cli::instance::INSTANCE;
use crate::cli::instance_create::wait_active;
use crate::cli::noun::{Ident, required};
use crate::cli::resolve::uuid_of;
use crate::cli::{Context, parse};

/// `ostler instance rebuild …`
#[derive(Debug, Args)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    pub(crate) ident: Ident,
    /// Another image, by name or uuid (see: ostler image list)
    #[arg(long, value_name = "IMAGE", value_parser = parse::ident)]
    image: Option<String>,
    /// A file with user data in place of the image's; an empty one for the image's again
    #[arg(long, value_name = "FILE")]
    user_data_file: Option<PathBuf>,
    /// Make a repeated call return the first one's answer instead of rebuilding twice
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Wait until it is active
    #[arg(long)]
    wait: bool,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  ostler instance rebuild web1 --wait
  ostler instance rebuild web1 --image debian13 \\
      --user-data-file cloud-config.yaml --wait

The machine is turned off the hard way and boots the image anew; what its disks hold is for the image to keep or to \
overwrite. Name, addresses and node stay.

With --wait the exit code is 0 when the instance is active, 1 when setting it up failed.";

impl RebuildArgs {
    /// Orders it, and waits until the instance is active where asked to. `place` is what stands in the path for it.
    pub(crate) async fn run(self, context: &Context, place: &str) -> Result<(), CliError> {
        let image = match &self.image {
            Some(image) => Some(uuid_of(context, &IMAGE, image).await?),
            None => None,
        };
        let user_data = self.user_data_file.as_deref().map(read_text).transpose()?;
        let body = Body::default()
            .with_some("image_uuid", image)
            .with_some("user_data", user_data)
            .build();
        // By its uuid: it may get another name meanwhile.
        let instance = INSTANCE.fetch(context, place).await?;
        let uuid = required(&instance, "uuid")?;
        let path = format!("{}/rebuild", INSTANCE.at(uuid));
        let mut headers = Vec::new();
        if let Some(key) = &self.idempotency_key {
            headers.push(("idempotency-key", key.as_str()));
        }
        let ordered = context
            .client
            .exchange(Method::POST, &path, &headers, Some(&body));
        ordered.await?.into_success()?;
        let name = &self.ident.name;
        if !self.wait {
            return context
                .out
                .say(&format!("instance {name} is being rebuilt"));
        }
        wait_active(context, name, uuid).await
    }
}
