//! `ostler key`.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::exit::CliError;

/// `ostler key …`
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Seal all secrets in the database with a new key
    #[command(after_help = EXAMPLES)]
    Rotate,
}

const EXAMPLES: &str = "\
The passwords of BMCs and the secrets of webhooks lie in the database sealed. Their key is in \
credentials.key beside it: keep the new one with your backups; the old one opens old backups only.

Examples:
  ostler key rotate";

/// Runs it.
pub(crate) async fn run(context: &Context, command: KeyCommand) -> Result<(), CliError> {
    match command {
        KeyCommand::Rotate => {
            let rotated = context.client.post("/v1/keys/rotate", &json!({})).await?;
            let rotated = rotated.json()?;
            if context.out.json {
                return context.out.json(&rotated);
            }
            let count = |field: &str| rotated.get(field).and_then(Value::as_u64).unwrap_or(0);
            let sealed = match count("secrets") {
                1 => "1 secret is sealed with a new key".to_owned(),
                many => format!("{many} secrets are sealed with a new key"),
            };
            context.out.say(&match count("unreadable") {
                0 => sealed,
                lost => format!("{sealed}; {lost} could not be opened and must be set again"),
            })
        }
    }
}
