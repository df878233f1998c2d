//! `ostler bmc scan`: which addresses have a BMC.

use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::pin::pin;

use clap::Args;
use serde_json::Value;

use super::{report, targets};
use crate::bmc::scan::{self, MOST_ADDRESSES, News, Scan, ScanProgress};
use crate::cli::Context;
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::{Column, complain};
use crate::cli::progress::{self, Progress};
use crate::model::bmc::RMCP_PORT;
use crate::time;

/// `ostler bmc scan`
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Where to look: 10.1.0.0/24, 10.1.0.1-10.1.0.50, 10.1.0.[1-50], bmc-[01-16].rack3, an address or a name; at most 65536
    /// addresses
    #[arg(required = true, value_name = "WHERE")]
    targets: Vec<String>,
    /// The UDP ports of the BMCs: 623, 623,664, 6230-6240
    #[arg(long, value_name = "PORTS", value_delimiter = ',', value_parser = targets::ports)]
    port: Vec<RangeInclusive<u16>>,
    /// Packets per second at most (1 to 1000), one by one
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
}

const COLUMNS: &[Column] = &[
    Column::new("BMC", "/name"),
    Column::new("PING", "/presence"),
    Column::new("IPMI 2.0", "/ipmi_v2"),
    Column::new("SUITES", "/offered_suites"),
    Column::new("K_G", "/kg"),
    Column::new("LOGINS", "/logins").spare(1),
];

/// Runs it. What cannot be resolved does not keep the rest.
pub(crate) async fn run(context: &Context, args: ScanArgs) -> Result<(), CliError> {
    let (addresses, unresolved) = tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => return Err(CliError::Stopped("nothing was asked yet".to_owned())),
        resolved = addresses(&args) => resolved?,
    };
    let many_ports = args.port.iter().map(RangeInclusive::len).sum::<usize>() > 1;
    let scan = scan::scan(addresses, args.rate).map_err(failed)?;
    let (mut found, stopped) = listen(context, scan, many_ports).await?;
    if context.out.is_for_people() {
        found.sort_by_key(|(at, _)| *at);
        let entries = found.into_iter().map(|(_, entry)| entry).collect();
        context.out.list(entries, COLUMNS, "BMCs")?;
    }
    stopped.map_or(unresolved, Err)
}

/// Where to look, and the error at the end where some names have no address.
async fn addresses(args: &ScanArgs) -> Result<(Vec<SocketAddr>, Result<(), CliError>), CliError> {
    let usual = [RMCP_PORT..=RMCP_PORT];
    let ports = if args.port.is_empty() {
        &usual[..]
    } else {
        &args.port
    };
    let ports: Vec<u16> = ports.iter().cloned().flatten().collect();
    let mut places = Vec::new();
    for word in &args.targets {
        places.extend(targets::parse(word)?);
        if places.len() * ports.len() > MOST_ADDRESSES {
            return Err(targets::too_large("all of it together"));
        }
    }
    let (mut addresses, mut errors) = (Vec::new(), Vec::new());
    let total = places.len();
    for place in places {
        match targets::resolve(place, RMCP_PORT).await {
            Ok(mut at) => addresses.extend(ports.iter().map(|port| {
                at.set_port(*port);
                at
            })),
            Err(error) if total == 1 => return Err(error),
            Err(error) => {
                complain(&error.sentence());
                errors.push(error.exit());
            }
        }
    }
    let unresolved = match errors.first() {
        None => Ok(()),
        Some(first) => Err(several(errors.len(), total, *first)),
    };
    Ok((addresses, unresolved))
}

/// Scans to the end or to Ctrl-C. Programs get each BMC when it is found, a line each; people a table at the end.
async fn listen(
    context: &Context,
    mut scan: Scan,
    many_ports: bool,
) -> Result<(Vec<(SocketAddr, Value)>, Option<CliError>), CliError> {
    let started = time::instant();
    let mut progress = Progress::on_terminal(context.out.quiet);
    let mut found = Vec::new();
    // One for the whole scan: between two, a Ctrl-C would be lost.
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let stopped = loop {
        progress.show(&bar(scan.progress()), started.elapsed());
        let news = tokio::select! {
            biased;
            _ = &mut interrupt => {
                let now = scan.progress();
                let how_far = format!("{} of {} addresses were asked", now.done, now.total);
                break Some(CliError::Stopped(how_far));
            }
            news = scan.next() => news,
        };
        match news {
            Ok(None) => break None,
            Ok(Some(News::Silent)) => {}
            Ok(Some(News::Found(at, findings))) => {
                let name = if many_ports {
                    at.to_string()
                } else {
                    at.ip().to_string()
                };
                let entry = report::of_findings(&name, at, &findings);
                if !context.out.is_for_people() {
                    progress.end();
                    context.out.entry(&entry)?;
                }
                found.push((at, entry));
            }
            Err(error) => {
                progress.end();
                return Err(failed(error));
            }
        }
    };
    progress.end();
    Ok((found, stopped))
}

fn several(failed: usize, total: usize, first: Exit) -> CliError {
    CliError::Several {
        failed,
        total,
        first,
    }
}

fn failed(error: io::Error) -> CliError {
    CliError::Failed {
        what: "scan".to_owned(),
        reason: error.to_string(),
    }
}

fn bar(now: ScanProgress) -> String {
    let bar = progress::bar(now.done, now.total, "addresses");
    format!("{bar}, {} found", now.found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_empty_at_first_and_full_at_the_end() {
        let at = |done, total| {
            bar(ScanProgress {
                done,
                total,
                found: 1,
            })
        };
        assert_eq!(
            at(0, 254),
            "[........................] 0 of 254 addresses, 1 found"
        );
        assert_eq!(
            at(127, 254),
            "[############............] 127 of 254 addresses, 1 found"
        );
        assert_eq!(
            at(254, 254),
            "[########################] 254 of 254 addresses, 1 found"
        );
        assert!(at(0, 0).starts_with("[####"));
    }
}
