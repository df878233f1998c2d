//! `ostler bmc`: looks at BMCs from here, without the daemon and without a node.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::{IpAddr, SocketAddr};

use clap::{Args, Subcommand};
use ipnet::IpNet;
use serde_json::{Value, json};

use crate::bmc::Findings;
use crate::bmc::scan::{self, MOST_ADDRESSES};
use crate::cli::Context;
use crate::cli::bmc_probe::{self, ProbeArgs};
use crate::cli::exit::CliError;
use crate::cli::output::Column;
use crate::model::bmc::RMCP_PORT;

/// `ostler bmc …`
#[derive(Debug, Subcommand)]
pub(crate) enum BmcCommand {
    /// Say what the BMC at an address is, and with a user name what would work
    Probe(ProbeArgs),
    /// Find the BMCs of a network, at most a /16
    Scan(ScanArgs),
}

/// `ostler bmc scan`
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// The network, for example 10.1.0.0/24
    network: IpNet,
    /// The UDP port of the BMCs
    #[arg(long, default_value_t = RMCP_PORT)]
    port: u16,
    /// Packets per second at most (1 to 1000)
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
}

const COLUMNS: &[Column] = &[
    Column::new("ADDRESS", "/address"),
    Column::new("PING", "/presence"),
    Column::new("IPMI 2.0", "/ipmi_v2"),
    Column::new("K_G", "/kg"),
    Column::new("LOGINS", "/logins"),
];

/// Runs it.
pub(crate) async fn run(context: &Context, command: BmcCommand) -> Result<(), CliError> {
    tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => Err(CliError::Interrupted),
        outcome = async {
            match command {
                BmcCommand::Probe(args) => bmc_probe::run(context, args).await,
                BmcCommand::Scan(args) => run_scan(context, &args).await,
            }
        } => outcome,
    }
}

async fn run_scan(context: &Context, args: &ScanArgs) -> Result<(), CliError> {
    // Cut before anything is collected: a /8, or any IPv6 network, has more addresses than memory should hold.
    let addresses: Vec<SocketAddr> = args
        .network
        .hosts()
        .take(MOST_ADDRESSES + 1)
        .map(|ip| SocketAddr::new(ip, args.port))
        .collect();
    if addresses.len() > MOST_ADDRESSES {
        return Err(CliError::Usage(format!(
            "{} is too large to scan: at most a /16 ({MOST_ADDRESSES} addresses) at a time",
            args.network
        )));
    }
    let terminal = io::stderr().is_terminal() && !context.out.quiet;
    let mut last = None;
    let found = scan::scan(addresses, args.rate, &mut |now| {
        if terminal && last != Some(now) {
            let (done, total, found) = (now.done, now.total, now.found);
            write!(
                io::stderr(),
                "\r\u{1b}[K{done} of {total} addresses, {found} found"
            )
            .ok();
            last = Some(now);
        }
    })
    .await;
    if terminal {
        write!(io::stderr(), "\r\u{1b}[K").ok();
    }
    let found = found.map_err(|error| CliError::Failed {
        what: format!("scan of {}", args.network),
        reason: error.to_string(),
    })?;
    let entries = found
        .iter()
        .map(|(at, findings)| entry(at.ip(), args.port, findings))
        .collect();
    context.out.list(entries, COLUMNS, "BMCs")
}

/// What was found without a session, as JSON. `name` is what `--quiet` prints.
pub(crate) fn entry(address: IpAddr, port: u16, findings: &Findings) -> Value {
    let capabilities = findings.capabilities.as_ref();
    let logins = capabilities.map(|c| {
        [
            (c.non_null_usernames_enabled, "named"),
            (c.null_usernames_enabled, "null"),
            (c.anonymous_login_enabled, "anonymous"),
        ]
        .into_iter()
        .filter_map(|(enabled, name)| enabled.then_some(name))
        .collect::<Vec<_>>()
        .join(", ")
    });
    json!({
        "name": address.to_string(),
        "address": address.to_string(),
        "port": port,
        "presence": findings.presence.is_some(),
        "ipmi_v2": capabilities.map(|c| c.ipmi2_connections_supported),
        "kg": capabilities.map(|c| c.kg_status),
        "logins": logins,
        "per_message_authentication": capabilities.map(|c| c.per_message_authentication_enabled),
        "user_level_authentication": capabilities.map(|c| c.user_level_authentication_enabled),
    })
}
