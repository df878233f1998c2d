//! The simulated rack by itself: what `ostlerd bmc-sim` runs.
//!
//! This is a small program, so that it prints; nothing else in the simulator does.

mod args;
mod http;
mod share;
mod summary;

use std::io::Write;

use anyhow::Context;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::sim::Rack;

pub use args::BmcSimArgs;
pub use share::Share;

/// Above this many BMCs, the start is told in one line.
const LISTED_ONE_BY_ONE: usize = 64;

/// Runs a rack until SIGINT or SIGTERM, then says what happened in it.
///
/// # Errors
/// Options that contradict each other, an address that cannot be bound, a standard output that is gone.
pub async fn run(args: BmcSimArgs) -> anyhow::Result<()> {
    raise_open_files();
    let configs = args.configs()?;
    let (rack, driver) = Rack::bind(configs).context("cannot start the simulated rack")?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    announce(&rack, &args)?;
    let control = async {
        match args.http {
            Some(address) => {
                let listener = TcpListener::bind(address)
                    .await
                    .with_context(|| format!("cannot listen on {address}"))?;
                let address = listener.local_addr()?;
                say(&format!("counters and control at http://{address}/"))?;
                http::serve(listener, rack.clone()).await
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = driver.run() => ended.context("the simulated rack stopped")?,
        ended = control => ended?,
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    say(&if args.json {
        summary::json(&rack)?
    } else {
        summary::text(&rack)
    })
}

/// Each BMC with a port of its own is an open file: takes as many as this process may have. Where that is not enough, or not
/// possible, binding says so.
fn raise_open_files() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).ok();
    }
}

fn announce(rack: &Rack, args: &BmcSimArgs) -> anyhow::Result<()> {
    if rack.len() <= LISTED_ONE_BY_ONE {
        for bmc in rack.bmcs() {
            say(&format!("{} {}", bmc.name(), bmc.address()))?;
        }
    } else if let (Some(first), Some(last)) = (rack.bmc(0), rack.bmc(rack.len() - 1)) {
        let (from, to) = (first.address(), last.address());
        say(&format!("{} BMCs from {from} to {to}", rack.len()))?;
    }
    let Some(first) = rack.bmc(0).map(|bmc| bmc.address()) else {
        return Ok(());
    };
    let (host, port, user) = (first.ip(), first.port(), &args.username);
    say(&format!(
        "try: ipmitool -I lanplus -C 17 -H {host} -p {port} -U {user} -a chassis power status"
    ))
}

/// One line to standard output. An error, not a panic, when nobody listens any more.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
