//! `ostler webhook`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::noun::{Ident, ListArgs, Noun, Query, nothing_special};
use crate::cli::output::Column;
use crate::cli::{Context, parse, password, text};
use crate::model::event::EventKind;

/// Webhooks, without their secrets.
const WEBHOOK: Noun = Noun {
    singular: "webhook",
    plural: "webhooks",
    path: "/v1/webhooks",
    list_path: "/v1/webhooks",
    columns: &[
        Column::new("NAME", "/name"),
        Column::new("UUID", "/uuid").spare(3),
        Column::new("URL", "/url").spare(2),
        Column::new("DELIVERED", "/delivered_at")
            .shown_by(text::time)
            .spare(1),
        Column::new("FAILURES", "/failures"),
        Column::new("ERROR", "/last_error"),
    ],
    order: &[
        "name",
        "uuid",
        "url",
        "kinds",
        "project_id",
        "delivered_to",
        "delivered_at",
        "failures",
        "last_error",
        "created_at",
        "updated_at",
    ],
    special: nothing_special,
};

/// `ostler webhook …`
#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Send events to a place from now on
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List webhooks, and how their deliveries go
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show everything about a webhook but its secret
    Show(Ident),
    /// Send nothing more there
    #[command(visible_alias = "rm")]
    Delete {
        /// Names or uuids
        #[arg(required = true, value_name = "NAME", value_parser = parse::ident)]
        names: Vec<String>,
    },
}

/// `ostler webhook create …`
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// A name for it
    #[arg(value_parser = parse::ident)]
    name: String,
    /// Where to send events: http or https
    #[arg(value_name = "URL")]
    place: String,
    /// The file with the secret that deliveries are signed with, 16 to 255 bytes
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// Only these kinds; repeat it for further ones
    #[arg(long = "kind", value_name = "KIND", value_parser = EventKind::ALL.map(EventKind::as_str))]
    kinds: Vec<String>,
    /// Only events of this project's instances
    #[arg(long, value_name = "PROJECT")]
    project_id: Option<String>,
}

const CREATE_EXAMPLES: &str = "\
Examples:
  (umask 077; head -c 32 /dev/urandom | base64 -w0 > hook.secret)
  ostler webhook create pager https://pager.example.com/ostler \\
      --secret-file hook.secret --kind health --kind power

The other side checks that X-Ostler-Signature is 'sha256=' and the HMAC-SHA-256, with this secret, of X-Ostler-Timestamp, \
a dot and the body.";

/// Runs it.
pub(crate) async fn run(context: &Context, command: WebhookCommand) -> Result<(), CliError> {
    match command {
        WebhookCommand::Create(args) => {
            let secret = password::from_file(&args.secret_file)?;
            let kinds = (!args.kinds.is_empty()).then_some(args.kinds);
            let body = Body::default()
                .with("name", args.name)
                .with("url", args.place)
                .with("secret", secret.expose().as_str())
                .with_some("kinds", kinds)
                .with_some("project_id", args.project_id)
                .build();
            WEBHOOK.create(context, &body).await
        }
        WebhookCommand::List(args) => WEBHOOK.list(context, &Query::of(&args)).await,
        WebhookCommand::Show(ident) => WEBHOOK.show(context, &ident.name).await,
        WebhookCommand::Delete { names } => WEBHOOK.delete(context, &names).await,
    }
}
