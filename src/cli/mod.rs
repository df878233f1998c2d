//! The command line `ostler`.
//!
//! It knows the HTTP API and nothing of what is behind it: a command is a few requests and a way to show the answers. There are two exceptions. `ostler bmc` needs no
//! daemon, and `node_file` checks a file by the daemon's own rules before it sends anything.
//! Standard output is for results, standard error for everything else; [`exit`] has the codes that scripts rely on.
//! A noun of the API has a file of its own; what they share is in `noun`. Start reading at [`run`].

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::cli::client::Client;
use crate::cli::exit::{CliError, Exit};
use crate::cli::globals::Globals;
use crate::cli::output::{Output, complain};

pub mod answer;
mod backup;
mod bmc;
mod body;
mod booting;
pub mod client;
mod client_error;
pub mod completion;
pub mod endpoint;
mod events;
pub mod exit;
mod globals;
mod health;
mod image;
mod image_upload;
mod instance;
mod instance_create;
mod instance_type;
mod key;
mod limit;
pub mod manual;
mod names;
mod network;
mod node;
mod node_file;
mod node_many;
mod node_spec;
mod noun;
mod operation;
mod orders;
mod output;
mod parse;
mod password;
mod patch;
mod power;
mod power_many;
mod progress;
mod rebuild;
mod resolve;
mod rotate_password;
mod sse;
mod task;
mod text;
mod token;
mod top;
mod trust;
mod webhook;
mod zone;

const EXAMPLES: &str = "\
Examples:
  ostler node create n1 --bmc-address 10.0.0.11 --bmc-username admin \\
      --port 52:54:00:12:34:56
  ostler node import rack1.yaml
  ostler node power n1 on --wait
  ostler power on 'r1n[01-40]' --wait
  ostler instance create web1 --type small --image debian --network lan \\
      --wait
  ostler instance power web1 reboot --wait
  ostler --json instance list | jq -r '.[].name'

Exit codes:
  0  done                                 5  in conflict with how things are now
  1  the operation failed                 6  ostlerd cannot be reached
  2  a mistake in the command or input    7  the time to wait was over
  3  there is no such thing               8  ostlerd failed
  4  not signed in, or not allowed      130  interrupted (Ctrl-C)

'ostler instance --help' and so on show the commands for each kind of thing.";

/// Hands out the machines of a rack and turns them on and off, through the daemon ostlerd.
#[derive(Debug, Parser)]
#[command(name = "ostler", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Instances: machines that are handed to a project
    #[command(subcommand)]
    Instance(instance::InstanceCommand),
    /// Nodes: the machines of the rack and their BMCs (for admins)
    #[command(subcommand)]
    Node(node::NodeCommand),
    /// Instance types: what kind of machine an instance asks for
    #[command(subcommand)]
    Type(instance_type::TypeCommand),
    /// Images: what an instance boots
    #[command(subcommand)]
    Image(image::ImageCommand),
    /// Networks that instances are put into, and their addresses
    #[command(subcommand)]
    Network(network::NetworkCommand),
    /// Availability zones
    #[command(subcommand)]
    Zone(zone::ZoneCommand),
    /// The key that seals the secrets in the database (for admins)
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Limits: how many instances a project may have
    #[command(subcommand)]
    Limit(limit::LimitCommand),
    /// Tokens, with which clients sign in over TCP
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// BMCs: look at them from here, without the daemon
    #[command(subcommand)]
    Bmc(bmc::BmcCommand),
    /// Turn many machines on, off or around at once
    #[command(after_help = power_many::EXAMPLES)]
    Power(power_many::PowerArgs),
    /// Operations: what became of one order for many machines
    #[command(subcommand)]
    Operation(operation::OperationCommand),
    /// Tasks: what was done to a machine and what came of it
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Webhooks: places that events are sent to (for admins)
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// A copy of the daemon's whole database, made while it runs (for admins)
    #[command(after_help = backup::EXAMPLES)]
    Backup(backup::BackupArgs),
    /// What changed, and why: the latest, or from now on with --follow
    Events(events::EventsArgs),
    /// A live view of the rack: power, health and tasks (for admins)
    #[command(after_help = top::EXAMPLES)]
    Top(top::TopArgs),
}

/// What every command gets.
pub(crate) struct Context {
    /// The daemon.
    pub(crate) client: Client,
    /// Standard output.
    pub(crate) out: Output,
    /// How long to wait, where the user said.
    pub(crate) timeout: Option<Duration>,
    /// What `--project` says.
    pub(crate) project: Option<String>,
}

/// Runs the command line with these arguments, the program's name first, and says how it ended.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(ended) = completion::answer(&args) {
        return ended.into();
    }
    let parsed = Cli::command()
        .try_get_matches_from(args)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(mut error) => {
            name_only_what_was_written(&mut error);
            // Help that nobody reads to its end is no failure.
            error.print().ok();
            let usage = error.use_stderr();
            return if usage { Exit::Usage } else { Exit::Done }.into();
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("cannot start: {error}"));
            return Exit::Failed.into();
        }
    };
    let outcome = runtime.block_on(async {
        let context = cli.globals.context(&matches, cli.command.makes_a_token())?;
        cli.command.run(&context).await
    });
    // Without waiting for a thread that still reads a password from the terminal.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            let exit = error.exit();
            if exit != Exit::Done {
                complain(&error.sentence());
            }
            exit.into()
        }
    }
}

/// The usage in an error repeats the options that were given, and clap takes those for given that a variable says.
fn name_only_what_was_written(error: &mut clap::Error) {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return;
    };
    let mut usage = usage.to_string();
    for option in Cli::command().get_arguments() {
        if let (Some(_), Some(long), Some([value])) = (
            option.get_env(),
            option.get_long(),
            option.get_value_names(),
        ) {
            usage = usage.replace(&format!(" --{long} <{value}>"), "");
        }
    }
    error.insert(ContextKind::Usage, ContextValue::StyledStr(usage.into()));
}

impl Command {
    /// For these `--project` is the token's project, not the one to act in.
    fn makes_a_token(&self) -> bool {
        matches!(self, Self::Token(token::TokenCommand::Create(_)))
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Instance(command) => instance::run(context, command).await,
            Self::Node(command) => node::run(context, command).await,
            Self::Type(command) => instance_type::run(context, command).await,
            Self::Image(command) => image::run(context, command).await,
            Self::Network(command) => network::run(context, command).await,
            Self::Zone(command) => zone::run(context, command).await,
            Self::Key(command) => key::run(context, command).await,
            Self::Limit(command) => limit::run(context, command).await,
            Self::Token(command) => token::run(context, command).await,
            Self::Bmc(command) => bmc::run(context, command).await,
            Self::Power(args) => power_many::run(context, args).await,
            Self::Operation(command) => operation::run(context, command).await,
            Self::Task(command) => task::run(context, command).await,
            Self::Webhook(command) => webhook::run(context, command).await,
            Self::Backup(args) => args.run(context).await,
            Self::Events(args) => args.run(context).await,
            Self::Top(args) => top::run(context, args).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent_with_itself() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_usage_in_an_error_names_no_option_that_nobody_wrote() {
        let args = "ostler --socket /x node power n1".split(' ');
        let mut error = Cli::try_parse_from(args).unwrap_err();
        name_only_what_was_written(&mut error);
        let said = error.to_string();
        assert!(
            said.contains("Usage: ostler node power <NAME> <ORDER>"),
            "{said}"
        );
    }

    #[test]
    fn debug_output_of_a_command_line_shows_no_secret() {
        let args = "ostler --token s3cret node create n1 --bmc-password s3cret".split(' ');
        let shown = format!("{:?}", Cli::try_parse_from(args).unwrap());
        assert!(shown.contains("n1") && !shown.contains("s3cret"), "{shown}");
    }
}
