//! How fast the boot service is: many machines that fetch one initrd at once, beside nginx with sendfile that serves the very same
//! file, in turns in one run. All of it shares one machine, and the readers do nothing with what they read.
//!
//! Answers are checked, speed is not judged. `doc/performance.md` has a table, and says how to read it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark is a program that prints a table"
)]

mod load;
mod servers;

use std::path::PathBuf;

use clap::Parser;

use load::Turn;
use servers::{Nginx, Ostlerd, Server};

/// Measures the boot service beside nginx and prints a table.
#[derive(Debug, Parser)]
#[command(name = "netboot")]
struct Args {
    /// Machines that fetch at once
    #[arg(long, default_value_t = 100)]
    machines: usize,
    /// The size of what they fetch, in MiB
    #[arg(long, default_value_t = 60)]
    mib: usize,
    /// Turns of each; the figures are medians
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// nginx; without it ostlerd is measured alone
    #[arg(long)]
    nginx: Option<PathBuf>,
}

/// What the turns of a server have shown.
struct Row {
    mib_per_sec: f64,
    cpu_ms_per_gib: f64,
    memory_before: f64,
    memory_after: f64,
    memory_peak: f64,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if cfg!(debug_assertions) {
        eprintln!("these are the figures of a debug build: use tests/bench/run");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure(&args))
}

async fn measure(args: &Args) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let ostlerd = Ostlerd::start(directory.path(), args.mib << 20).await?;
    let nginx = match &args.nginx {
        Some(program) => Some(Nginx::start(program, directory.path(), &ostlerd).await?),
        None => None,
    };
    let mut servers: Vec<(&dyn Server, Vec<Turn>)> = vec![(&ostlerd, Vec::new())];
    if let Some(nginx) = &nginx {
        servers.push((nginx, Vec::new()));
    }
    for (server, _) in &servers {
        load::check(*server, ostlerd.sha256()).await?;
    }
    let mut before = Vec::new();
    for round in 0..args.rounds {
        for (server, turns) in &mut servers {
            if round == 0 {
                before.push(server.memory_mib("VmRSS")?);
            }
            turns.push(load::turn(*server, args.machines, args.mib << 20).await?);
        }
    }
    println!(
        "| server | MiB/s | CPU of the server per GiB, ms | memory before, MiB | after, MiB | peak, MiB |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let mut rows = Vec::new();
    for ((server, turns), before) in servers.iter().zip(before) {
        let row = row(*server, turns, before)?;
        println!(
            "| {} | {:.0} | {:.0} | {:.1} | {:.1} | {:.1} |",
            server.name(),
            row.mib_per_sec,
            row.cpu_ms_per_gib,
            row.memory_before,
            row.memory_after,
            row.memory_peak
        );
        rows.push(row);
    }
    if let [ours, theirs] = &rows[..] {
        println!(
            "\nostlerd has {:.2} of the throughput of nginx.",
            ours.mib_per_sec / theirs.mib_per_sec
        );
    }
    Ok(())
}

fn row(server: &dyn Server, turns: &[Turn], memory_before: f64) -> anyhow::Result<Row> {
    Ok(Row {
        mib_per_sec: median(turns.iter().map(Turn::mib_per_sec)),
        cpu_ms_per_gib: median(turns.iter().map(Turn::cpu_ms_per_gib)),
        memory_before,
        memory_after: server.memory_mib("VmRSS")?,
        memory_peak: server.memory_mib("VmHWM")?,
    })
}

/// The one in the middle; of an even number, the higher of the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
