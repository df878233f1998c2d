//! `ostler token`.

use clap::{Args, Subcommand};

use crate::cli::Context;
use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::noun::{ListArgs, Noun, Query, nothing_special, required};
use crate::cli::output::Column;
use crate::cli::parse::{self, Expiry};
use crate::cli::text;
use crate::model::caller::Role;
use crate::time;

/// Tokens, without their secrets.
const TOKEN: Noun = Noun {
    singular: "token",
    plural: "tokens",
    path: "/v1/tokens",
    list_path: "/v1/tokens",
    columns: &[
        Column::new("UUID", "/uuid"),
        Column::new("NAME", "/name"),
        Column::new("USER", "/user_id").spare(2),
        Column::new("PROJECT", "/project_id"),
        Column::new("ROLE", "/role"),
        Column::new("EXPIRES", "/expires_at")
            .shown_by(text::time)
            .spare(1),
        Column::new("LAST USED", "/last_used_at")
            .shown_by(text::time)
            .spare(1),
        Column::new("FROM", "/last_used_from").spare(2),
    ],
    order: &[
        "uuid",
        "name",
        "user_id",
        "project_id",
        "role",
        "certificate_subject",
        "networks",
        "expires_at",
        "last_used_at",
        "last_used_from",
        "created_at",
    ],
    special: nothing_special,
};

/// `ostler token …`
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it: it is shown this once
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List tokens, without their secrets
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show everything about a token but its secret
    Show {
        /// Its uuid
        #[arg(value_name = "UUID", value_parser = parse::ident)]
        uuid: String,
    },
    /// Revoke tokens
    #[command(visible_alias = "rm")]
    Delete {
        /// Their uuids
        #[arg(required = true, value_name = "UUID", value_parser = parse::ident)]
        uuids: Vec<String>,
    },
}

/// `ostler token create …`. The token's project is the global `--project`.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The user that it stands for
    #[arg(long, value_name = "USER")]
    user: String,
    /// What it may do
    #[arg(long, value_name = "ROLE", value_parser = Role::ALL.map(Role::as_str))]
    role: String,
    /// What it is for, for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Make it for this subject of a client certificate, such as CN=ci,O=Example, instead of a secret
    #[arg(long, value_name = "SUBJECT")]
    certificate_subject: Option<String>,
    /// Where it works: 10.1.0.0/16, 2001:db8::/32; may be repeated; everywhere without it
    #[arg(long = "network", value_name = "CIDR")]
    networks: Vec<String>,
    /// When it stops working: 90d, 12h, 30m, or 2030-01-31T12:00:00Z; never without it
    #[arg(long, value_name = "WHEN", value_parser = parse::expiry)]
    expires: Option<Expiry>,
}

const CREATE_EXAMPLES: &str = "\
The token acts in the project that --project names, which has to be given.

Roles:
  reader   reads in its project
  member   reads, creates, changes, powers and deletes there
  admin    everything, everywhere
  monitor  /metrics and the health of nodes, nothing else

Examples:
  umask 077
  ostler token create --user ci --project web --role member > token
  ostler --url http://127.0.0.1:6688 --token-file token instance list
  ostler token create --user ci --project web --role member --expires 90d \\
      --network 10.1.0.0/16 --network 2001:db8:1::/48
  ostler token create --project web --user ci --role member \\
      --certificate-subject CN=ci,O=Example";

/// Runs it.
pub(crate) async fn run(context: &Context, command: TokenCommand) -> Result<(), CliError> {
    match command {
        TokenCommand::Create(args) => create(context, args).await,
        TokenCommand::List(args) => TOKEN.list(context, &Query::of(&args)).await,
        TokenCommand::Show { uuid } => TOKEN.show(context, &uuid).await,
        TokenCommand::Delete { uuids } => TOKEN.delete(context, &uuids).await,
    }
}

/// Prints the secret alone, or the uuid where there is none, so that it can go into a file or a variable.
async fn create(context: &Context, args: CreateArgs) -> Result<(), CliError> {
    let Some(project) = &context.project else {
        return Err(CliError::Usage(
            "name the project of the token with --project".to_owned(),
        ));
    };
    let expires = args.expires.map(|when| when.from(time::now()).to_string());
    let body = Body::default()
        .with("user_id", args.user)
        .with("project_id", project.as_str())
        .with("role", args.role)
        .with_some("name", args.name)
        .with_some("certificate_subject", args.certificate_subject)
        .with_some(
            "networks",
            Some(args.networks).filter(|all| !all.is_empty()),
        )
        .with_some("expires_at", expires)
        .build();
    let created = context.client.post(TOKEN.path, &body).await?.json()?;
    if context.out.json {
        return context.out.json(&created);
    }
    // That of a certificate has no secret.
    let printed = if created.get("token").is_some() {
        "token"
    } else {
        "uuid"
    };
    context.out.line(required(&created, printed)?)
}
