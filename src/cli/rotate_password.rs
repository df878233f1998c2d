//! `ostler node rotate-password`.

use clap::Args;

use crate::cli::body::Body;
use crate::cli::exit::CliError;
use crate::cli::node::NODE;
use crate::cli::orders::order_each;
use crate::cli::{Context, names, parse, password};

/// The help behind the options.
pub(crate) const EXAMPLES: &str = "\
The BMC gets a new password, and the node keeps it once a login with it has worked. Without an \
option the password is made up, and nobody but ostlerd ever knows it. Whoever must know it gives \
it, in the first line of standard input; with several names all of them get the same.

Examples:
  ostler node rotate-password n1 --wait
  ostler node rotate-password 'r1n[01-40]' --wait
  ostler node rotate-password n1 --password-stdin --wait < n1.password";

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

/// Runs it.
pub(crate) async fn run(context: &Context, args: RotateArgs) -> Result<(), CliError> {
    let names = names::all(&args.names)?;
    let given = args.password_stdin.then(password::from_stdin).transpose()?;
    let given = given.as_ref().map(|password| password.expose().as_str());
    let body = Body::default().with_some("password", given).build();
    order_each(context, &names, "new password", args.wait, async |name| {
        let path = format!("{}/rotate-password", NODE.at(name));
        Ok(context.client.post(&path, &body).await?)
    })
    .await
}
