//! `ostler node rotate-password`.

use clap::Args;
use serde_json::Value;

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::node::{NODE, task_of};
use crate::cli::noun::each;
use crate::cli::{Context, parse, password, task};
use crate::rules::host_range::expand;

/// The help behind the options.
pub(crate) const EXAMPLES: &str = "\
The BMC gets a new password, and the node keeps it once a login with it has worked. Without an
option the password is made up, and nobody but ostlerd ever knows it. Whoever must know it gives
it, in the first line of standard input; with several names all of them get the same.

Examples:
  ostler node rotate-password n1 --wait
  ostler node rotate-password 'r1n[01-40]' --wait
  ostler node rotate-password n1 --password-stdin --wait < n1.password";

/// More nodes than this are not named by one argument.
const MOST: usize = 10_000;

/// `ostler node rotate-password …`
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    /// Names, uuids, or lists such as 'r1n[01-40,43]' of nodes
    #[arg(required = true, value_name = "NAME", value_parser = parse::ident)]
    names: Vec<String>,
    /// Read the new password from standard input; without it one is made up
    #[arg(long)]
    password_stdin: bool,
    /// Wait until the BMC has it
    #[arg(long)]
    wait: bool,
}

/// Orders it of each, and waits for each in turn: they go on side by side meanwhile.
pub(crate) async fn run(context: &Context, args: RotateArgs) -> Result<(), CliError> {
    let mut names = Vec::new();
    for name in &args.names {
        let expanded = expand(name, MOST);
        names.extend(expanded.map_err(|error| CliError::Usage(format!("{name}: {error}")))?);
    }
    let given = args.password_stdin.then(password::from_stdin).transpose()?;
    let given = given.as_ref().map(|password| password.expose().as_str());
    let body = Body::default().with_some("password", given).build();
    let mut ordered: Vec<(String, String)> = Vec::new();
    let accepted = each(&names, async |name| {
        let path = format!("{}/rotate-password", NODE.at(name));
        let answer = context.client.post(&path, &body).await?;
        ordered.push((name.clone(), task_of(&answer)?));
        if args.wait {
            return Ok(());
        }
        context.out.say(&format!(
            "node {name}: new password accepted (see how it goes: ostler node tasks {name})"
        ))
    })
    .await;
    let waited = if args.wait {
        wait(context, &ordered).await
    } else {
        Ok(())
    };
    accepted.and(waited)
}

async fn wait(context: &Context, ordered: &[(String, String)]) -> Result<(), CliError> {
    let names: Vec<&String> = ordered.iter().map(|(name, _)| name).collect();
    let mut tasks = ordered.iter().map(|(_, task)| task);
    let mut done: Vec<Value> = Vec::new();
    let outcome = each(&names, async |name| {
        let task = tasks.next().ok_or(CliError::Answer("tasks"))?;
        let what = format!("node {name}: new password");
        done.push(task::wait(context, task, &what).await?);
        if context.out.json {
            return Ok(());
        }
        context.out.say(&format!("{what} is set"))
    })
    .await;
    if context.out.json {
        match done.as_slice() {
            [only] if ordered.len() == 1 => context.out.json(only)?,
            all => context.out.json(&Value::Array(all.to_vec()))?,
        }
    }
    outcome
}
