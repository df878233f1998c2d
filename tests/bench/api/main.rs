//! How fast the API is, each measure beside something plain that does the same without it, in turns in one run: a show beside
//! an HTTP server that answers the same bytes from memory, a list beside reading the rows and writing the JSON, creates
//! beside inserts of one row.
//!
//! Answers are checked, speed is not judged. `doc/performance.md` has a table, and says how to read it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark is a program that prints a table"
)]

mod create;
mod list;
mod load;
mod plain;
mod process;
mod raw;
mod row;
mod show;
mod start;
mod storm;
mod world;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use row::Row;

/// Measures the API beside plain peers and prints a table.
#[derive(Debug, Parser)]
#[command(name = "api")]
struct Args {
    /// What to measure
    #[arg(long, value_delimiter = ',', default_values_t = Measure::ALL)]
    measures: Vec<Measure>,
    /// Nodes, and instances on them, in the database
    #[arg(long, default_value_t = 10_000)]
    instances: u32,
    /// Turns of each; the figures are medians
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Length of a turn where time is what ends it, in milliseconds
    #[arg(long, default_value_t = 1_000)]
    turn_ms: u64,
    /// Connections that show at a time
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Clients that create at a time
    #[arg(long, default_value_t = 64)]
    creators: usize,
    /// Instances that are created in a turn
    #[arg(long, default_value_t = 1_000)]
    creates: u32,
    /// Machines whose power is changed at once
    #[arg(long, default_value_t = 1_000)]
    orders: u32,
    /// Another build of the daemon than this one, to compare with
    #[arg(long, default_value_os_t = ostler_bench::ostlerd(), hide_default_value = true)]
    ostlerd: PathBuf,
    /// Where the databases are; a new directory below the system's temporary one by default
    #[arg(long)]
    directory: Option<PathBuf>,
    /// What a turn runs in a process of its own
    #[command(subcommand)]
    peer: Option<Peer>,
}

#[derive(Debug, clap::Subcommand)]
enum Peer {
    /// Answers every request with what a file says
    #[command(hide = true)]
    Plain {
        /// The answer, as JSON
        file: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Requests per second of one instance, beside an HTTP server that answers the same bytes
    Show,
    /// A list of all instances in full, beside reading the rows and writing the JSON
    List,
    /// Durable creates, beside inserts of one row
    Create,
    /// The slowest shows while many power orders run, beside those of an idle daemon
    Storm,
    /// From the start to being ready, and memory
    Start,
}

impl Measure {
    const ALL: [Self; 5] = [
        Self::Show,
        Self::List,
        Self::Create,
        Self::Storm,
        Self::Start,
    ];

    async fn run(self, args: &Args) -> anyhow::Result<Vec<Row>> {
        match self {
            Self::Show => show::measure(args).await,
            Self::List => list::measure(args).await,
            Self::Create => create::measure(args).await,
            Self::Storm => storm::measure(args).await,
            Self::Start => start::measure(args).await,
        }
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_possible_value() {
            Some(value) => f.write_str(value.get_name()),
            None => Ok(()),
        }
    }
}

impl Args {
    fn turn(&self) -> Duration {
        Duration::from_millis(self.turn_ms)
    }

    /// A new directory for a database.
    fn directory(&self) -> anyhow::Result<tempfile::TempDir> {
        Ok(match &self.directory {
            Some(parent) => tempfile::tempdir_in(parent)?,
            None => tempfile::tempdir()?,
        })
    }
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(Peer::Plain { file }) = &args.peer {
        return plain::run(file);
    }
    if cfg!(debug_assertions) {
        eprintln!("these are the figures of a debug build: use tests/bench/run");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!("{}", Row::HEAD);
    for measure in &args.measures {
        for row in runtime.block_on(measure.run(&args))? {
            println!("{row}");
        }
    }
    Ok(())
}
