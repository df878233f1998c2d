//! One pass of ours, in a process of its own.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use nix::sys::resource::{UsageWho, getrusage};
use ostler::bmc::{BmcError, BmcRef, BmcSettings, Bmcs, Urgency};
use ostler::model::bmc::{BmcConfig, BmcProfile, CipherSuite, LanConfig, PrivilegeLevel};
use ostler::model::ids::NodeId;
use ostler::model::secret::Secret;
use ostler::time;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

/// Longer than any pass takes.
const KEEP: Duration = Duration::from_secs(300);

/// Against what, and how.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PassArgs {
    /// The first BMC
    #[arg(long)]
    pub(crate) first: SocketAddrV4,
    /// How many there are
    #[arg(long)]
    pub(crate) count: u32,
    /// Whether there are sessions already
    #[arg(long)]
    pub(crate) sessions: Sessions,
    /// How many are spoken to at a time
    #[arg(long)]
    pub(crate) max_in_flight: usize,
}

/// What is open when the pass begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Sessions {
    /// Nothing: each BMC is logged in to, read, and logged out of.
    Cold,
    /// A session with each, from a pass that is not measured.
    Kept,
}

impl Sessions {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Kept => "kept",
        }
    }
}

/// What a pass took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// BMCs that were read.
    pub(crate) answered: u32,
    /// Until the last BMC that answered had done so.
    pub(crate) answered_micros: u64,
    /// Until the last BMC had answered or was given up.
    pub(crate) all_micros: u64,
    /// User and system time.
    pub(crate) cpu_micros: u64,
    /// The most memory that was resident; of several processes, that of the largest.
    pub(crate) peak_kib: u64,
}

/// Starts a process for the pass.
pub(crate) fn start(args: &PassArgs) -> anyhow::Result<Figures> {
    let output = Command::new(std::env::current_exe()?)
        .arg("pass")
        .arg(format!("--first={}", args.first))
        .arg(format!("--count={}", args.count))
        .arg(format!("--sessions={}", args.sessions.name()))
        .arg(format!("--max-in-flight={}", args.max_in_flight))
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "the pass failed: {said}");
    serde_json::from_slice(&output.stdout).context("cannot read what the pass took")
}

/// The pass, in this process.
pub(crate) fn run(args: &PassArgs) -> anyhow::Result<Figures> {
    // As the daemon makes it.
    tokio::runtime::Runtime::new()?.block_on(read_rack(args))
}

async fn read_rack(args: &PassArgs) -> anyhow::Result<Figures> {
    let (bmcs, driver) = Bmcs::new(BmcSettings {
        max_in_flight: args.max_in_flight,
        poll_linger: match args.sessions {
            Sessions::Cold => Duration::ZERO,
            Sessions::Kept => KEEP,
        },
        ..BmcSettings::default()
    })?;
    let mut driving = JoinSet::new();
    driving.spawn(driver.run());
    let rack: Vec<BmcRef> = (0..args.count)
        .map(|index| bmc(args.first, index))
        .collect();
    if args.sessions == Sessions::Kept {
        read_all(&bmcs, &rack).await?;
    }
    let figures = read_all(&bmcs, &rack).await?;
    bmcs.close_all().await;
    driving.join_all().await;
    Ok(figures)
}

fn bmc(first: SocketAddrV4, index: u32) -> BmcRef {
    let address = Ipv4Addr::from(first.ip().to_bits() + index);
    BmcRef {
        node: NodeId::random(),
        config: Arc::new(BmcConfig::Lan(LanConfig {
            address: address.to_string(),
            port: first.port(),
            username: "admin".to_owned(),
            password: Secret::new("admin".to_owned()),
            kg: None,
            privilege_level: PrivilegeLevel::Operator,
            cipher_suite: None,
            quirks: Vec::new(),
        })),
        // As the daemon has it in its database after the first contact.
        profile: BmcProfile {
            cipher_suite: Some(CipherSuite::S3),
            ..BmcProfile::default()
        },
    }
}

async fn read_all(bmcs: &Bmcs, rack: &[BmcRef]) -> anyhow::Result<Figures> {
    let (cpu, began) = (cpu_micros()?, time::instant());
    let mut reads = JoinSet::new();
    for bmc in rack {
        let (bmcs, bmc) = (bmcs.clone(), bmc.clone());
        reads.spawn(async move {
            let read = bmcs.chassis_status(&bmc, Urgency::Poll).await;
            (read.map(drop), time::instant())
        });
    }
    let (mut answered, mut last_answer, mut last) = (0, began, began);
    while let Some(read) = reads.join_next().await {
        let (outcome, at) = read?;
        last = last.max(at);
        match outcome {
            Ok(()) => {
                answered += 1;
                last_answer = last_answer.max(at);
            }
            Err(BmcError::Silent { .. } | BmcError::Resting { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Figures {
        answered,
        answered_micros: micros(last_answer - began),
        all_micros: micros(last - began),
        cpu_micros: cpu_micros()? - cpu,
        peak_kib: peak_kib()?,
    })
}

/// The most memory that was resident so far. Not `ru_maxrss`, which a program takes over from the one that started it.
fn peak_kib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    Ok(peak.context("no VmHWM in /proc/self/status")?.parse()?)
}

fn cpu_micros() -> anyhow::Result<u64> {
    usage_micros(UsageWho::RUSAGE_SELF)
}

/// User and system time so far, in microseconds.
pub(crate) fn usage_micros(who: UsageWho) -> anyhow::Result<u64> {
    let usage = getrusage(who)?;
    let (user, system) = (usage.user_time(), usage.system_time());
    let micros = (user.tv_sec() + system.tv_sec()) * 1_000_000 + user.tv_usec() + system.tv_usec();
    Ok(u64::try_from(micros)?)
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
