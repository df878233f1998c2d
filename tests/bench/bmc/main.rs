//! How fast one process reads the power of a rack, cold and on kept sessions, beside `ipmipower --stat` in the same run.
//!
//! Each row is one status pass over simulated BMCs (`ostlerd bmc-sim`, a process of its own) with cipher suite 3. What is
//! measured of us is the real engine, as the daemon runs it, in a process of its own for each pass: so CPU time and peak
//! memory belong to that pass alone. `doc/performance.md` has a table, and says how to read it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark is a program that prints a table"
)]

mod ipmipower;
mod network;
mod pass;
mod row;
mod simulator;

use anyhow::Context;
use clap::Parser;

use network::Network;
use pass::{PassArgs, Sessions};
use row::Row;
use simulator::Simulator;

/// Who is beside us in the table.
const IPMIPOWER: &str = "ipmipower";

/// Reads the power of simulated racks and prints what it took.
#[derive(Debug, Parser)]
#[command(name = "bmc")]
struct Args {
    /// Sizes of the racks
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000])]
    bmcs: Vec<u32>,
    /// Networks: near, far (20 ms), dead (20 ms, 5 % of the BMCs dead), lossy (2 % of the packets lost)
    #[arg(long, value_delimiter = ',', default_values_t = Network::ALL)]
    networks: Vec<Network>,
    /// Not beside ipmipower
    #[arg(long)]
    alone: bool,
    /// How many BMCs are spoken to at a time, as the setting power.max_in_flight
    #[arg(long, default_value_t = 512)]
    max_in_flight: usize,
    /// One pass against a rack that runs already, as JSON: what each row starts
    #[command(subcommand)]
    pass: Option<Pass>,
}

#[derive(Debug, clap::Subcommand)]
enum Pass {
    /// Reads the power of a rack once
    #[command(hide = true)]
    Pass(PassArgs),
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(Pass::Pass(args)) = args.pass {
        let figures = pass::run(&args)?;
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(());
    }
    if cfg!(debug_assertions) {
        eprintln!("these are the figures of a debug build: use tests/bench/run");
    }
    println!("{}", Row::HEAD);
    let mut leaked = 0;
    for network in &args.networks {
        for count in &args.bmcs {
            let rows = measure(&args, *network, *count)
                .with_context(|| format!("{count} BMCs, {network}"))?;
            for row in rows {
                // What ipmipower leaves open is for the table to say.
                if row.who != IPMIPOWER {
                    leaked += row.leaked;
                }
                println!("{row}");
            }
        }
    }
    anyhow::ensure!(leaked == 0, "{leaked} sessions were left open");
    Ok(())
}

fn measure(args: &Args, network: Network, count: u32) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for sessions in [Sessions::Cold, Sessions::Kept] {
        let simulator = Simulator::start(network, count)?;
        let figures = pass::start(&PassArgs {
            first: simulator.first(),
            count,
            sessions,
            max_in_flight: args.max_in_flight,
        })?;
        rows.push(simulator.row(sessions.name(), network, figures)?);
    }
    if !args.alone {
        let simulator = Simulator::start(network, count)?;
        let figures = ipmipower::run(simulator.first(), count)?;
        rows.push(simulator.row(IPMIPOWER, network, figures)?);
    }
    Ok(rows)
}
