//! `ostler limit`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::exit::CliError;
use crate::cli::noun::{Noun, Query};
use crate::cli::output::Column;
use crate::cli::text::plain;
use crate::cli::{Context, parse};
use crate::model::limit::MAX_INSTANCES;

/// Limits: how many instances a project may have.
const LIMIT: Noun = Noun {
    singular: "limit",
    plural: "limits",
    path: "/v1/limits",
    list_path: "/v1/limits",
    columns: &[
        Column::new("PROJECT", "/project_id"),
        Column::new("INSTANCES", "/instances_in_use"),
        Column::new("LIMIT", "/instances").shown_by(most),
        Column::new("BY DEFAULT", "/is_default"),
    ],
    order: &[
        "project_id",
        "instances_in_use",
        "instances",
        "is_default",
        "created_at",
        "updated_at",
    ],
    special,
};

/// `ostler limit …`
#[derive(Debug, Subcommand)]
pub(crate) enum LimitCommand {
    /// List the projects that have a limit of their own or instances (for admins)
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show how many instances a project may have, and how many it has
    Show {
        /// The project
        #[arg(value_name = "PROJECT", value_parser = parse::ident)]
        of: String,
    },
    /// Say how many instances a project may have (for admins)
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// The project
        #[arg(value_name = "PROJECT", value_parser = parse::ident)]
        of: String,
        /// How many, or "none" for any number
        #[arg(value_name = "INSTANCES", value_parser = parse_most)]
        instances: Most,
    },
    /// Let what ostlerd's settings say hold again for projects (for admins)
    Unset {
        /// The projects
        #[arg(required = true, value_name = "PROJECT", value_parser = parse::ident)]
        projects: Vec<String>,
    },
}

/// `ostler limit list …`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Show at most this many (1 to 10000); everything without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: Option<u32>,
    /// Begin behind this project
    #[arg(long, value_name = "PROJECT")]
    marker: Option<String>,
}

/// How many a project may have; `None` for any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Most(Option<u32>);

const SET_EXAMPLES: &str = "\
Examples:
  ostler limit set web 10
  ostler limit set ci none        (any number, whatever the settings say)

What a project has already stays, also where it is more.";

/// Runs it.
pub(crate) async fn run(context: &Context, command: LimitCommand) -> Result<(), CliError> {
    match command {
        LimitCommand::List(args) => {
            let mut query = Query::default();
            query.add("limit", args.limit);
            query.add("marker", args.marker);
            LIMIT.list(context, &query).await
        }
        LimitCommand::Show { of } => LIMIT.show(context, &of).await,
        LimitCommand::Set { of, instances } => {
            let body = json!({"instances": instances.0});
            let set = context.client.put(&LIMIT.at(&of), &body).await?.json()?;
            LIMIT.print(context, &set)
        }
        LimitCommand::Unset { projects } => LIMIT.delete(context, &projects).await,
    }
}

fn parse_most(text: &str) -> Result<Most, String> {
    if text == "none" {
        return Ok(Most(None));
    }
    match text.parse() {
        Ok(most) if most <= MAX_INSTANCES => Ok(Most(Some(most))),
        _ => Err(format!("write a number from 0 to {MAX_INSTANCES}, or none")),
    }
}

fn special(field: &str, value: &Value) -> Option<String> {
    (field == "instances").then(|| most(value))
}

fn most(value: &Value) -> String {
    if value.is_null() {
        "none".to_owned()
    } else {
        plain(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_none() {
        assert_eq!(parse_most("10"), Ok(Most(Some(10))));
        assert_eq!(parse_most("0"), Ok(Most(Some(0))));
        assert_eq!(parse_most("none"), Ok(Most(None)));
        for wrong in ["", "-1", "1000001", "many", "1.5"] {
            assert!(parse_most(wrong).is_err(), "{wrong:?}");
        }
    }
}
