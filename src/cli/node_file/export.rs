//! `ostler node export`: nodes as `ostler node import` takes them.

use std::collections::HashSet;

use clap::Args;
use serde_json::{Map, Value};

use super::document::Format;
use super::registered::said_of;
use super::{table, written};
use crate::cli::exit::CliError;
use crate::cli::node::NODE;
use crate::cli::noun::Query;
use crate::cli::output::complain;
use crate::cli::{Context, names, parse};

/// The help behind the options.
pub(crate) const EXAMPLES: &str = "\
What 'ostler node import' needs to register the same nodes somewhere else, uuids included. Nothing \
of the moment is in it (power, maintenance, instances), and no secret: the passwords of the BMCs do \
not leave ostlerd. Imported where the nodes are registered already, it keeps their passwords.

Examples:
  ostler node export > nodes.yaml
  ostler node export 'r1n[01-40]' --format csv > rack1.csv";

/// `ostler node export …`
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Names, uuids, or lists such as 'r1n[01-40,43]' of nodes; all nodes without any
    #[arg(value_name = "NAME", value_parser = parse::ident)]
    names: Vec<String>,
    /// How to write it; YAML without it, and JSON with --json
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
}

/// Runs it. The nodes come in the order of their names, so that two exports can be compared.
pub(crate) async fn run(context: &Context, args: ExportArgs) -> Result<(), CliError> {
    let wanted = names::all(&args.names)?;
    let mut nodes = NODE.entries(context, &Query::default()).await?;
    if !args.names.is_empty() {
        nodes = picked(nodes, &wanted)?;
    }
    let mut said: Vec<Map<String, Value>> = nodes.iter().map(said_of).collect();
    said.sort_by(|one, other| name(one).cmp(name(other)));
    let usual = if context.out.json {
        Format::Json
    } else {
        Format::Yaml
    };
    let text = match args.format.unwrap_or(usual) {
        Format::Yaml => written::yaml(&said),
        Format::Json => written::json(&said),
        Format::Csv => table::write(&said).map_err(CliError::Usage)?,
    };
    context.out.text(&text)?;
    if context.out.is_for_people() && !said.is_empty() {
        complain(
            "the passwords and keys of the BMCs are not in it: an import into another ostlerd needs them",
        );
    }
    Ok(())
}

fn name(node: &Map<String, Value>) -> &str {
    node.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Those with these names or uuids.
fn picked(nodes: Vec<Value>, wanted: &[String]) -> Result<Vec<Value>, CliError> {
    let mut left: HashSet<&str> = wanted.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for node in nodes {
        let is_wanted = ["name", "uuid"].iter().any(|field| {
            let ident = node.get(*field).and_then(Value::as_str);
            ident.is_some_and(|ident| left.remove(ident))
        });
        if is_wanted {
            found.push(node);
        }
    }
    match wanted.iter().find(|name| left.contains(name.as_str())) {
        None => Ok(found),
        Some(name) => Err(CliError::NotFound {
            noun: NODE.singular,
            name: name.clone(),
        }),
    }
}
