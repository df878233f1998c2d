//! `ostler bmc`: looks at BMCs from here, without the daemon and without a node.
//!
//! `targets` reads what to look at, `report` is what was found as JSON, `advice` what follows from it.

mod advice;
mod probe;
mod report;
mod scan;
mod targets;

use clap::Subcommand;

use crate::cli::Context;
use crate::cli::exit::CliError;

/// `ostler bmc …`
#[derive(Debug, Subcommand)]
pub(crate) enum BmcCommand {
    /// Say what the BMC at an address is, and with a user name what would work
    Probe(probe::ProbeArgs),
    /// Find the BMCs of networks, ranges and names, at a polite rate
    Scan(scan::ScanArgs),
}

/// Runs it.
pub(crate) async fn run(context: &Context, command: BmcCommand) -> Result<(), CliError> {
    match command {
        BmcCommand::Probe(args) => probe::run(context, args).await,
        BmcCommand::Scan(args) => scan::run(context, args).await,
    }
}
