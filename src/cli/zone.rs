//! `ostler zone`.

use clap::Subcommand;
use serde_json::Value;

use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::noun::{ListArgs, Noun, Query, nothing_special};
use crate::cli::output::Column;

/// Availability zones: those that nodes are in. Their entries are plain names.
const ZONE: Noun = Noun {
    singular: "zone",
    plural: "availability_zones",
    path: "/v1/availability_zones",
    list_path: "/v1/availability_zones",
    columns: &[Column::new("NAME", "")],
    order: &[],
    special: nothing_special,
};

/// `ostler zone …`
#[derive(Debug, Subcommand)]
pub(crate) enum ZoneCommand {
    /// List the zones that nodes are in
    #[command(visible_alias = "ls")]
    List,
}

/// Runs it.
pub(crate) async fn run(context: &Context, command: ZoneCommand) -> Result<(), CliError> {
    match command {
        ZoneCommand::List => {
            let zones: Vec<Value> = ZONE
                .entries(context, &Query::of(&ListArgs::default()))
                .await?;
            context.out.list(zones, ZONE.columns, "zones")
        }
    }
}
