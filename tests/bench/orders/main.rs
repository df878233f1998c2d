//! Whether polling is in the way of users: 100 power orders at once, with and without 500 other nodes that are polled every
//! second, in turns in one run against one daemon. `doc/performance.md` has a table, and says how to read it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark is a program that prints a table"
)]

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use ostler::cli::client::Client;
use ostler::time;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// The address of the first BMC; the others follow it.
const FIRST: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 9, 0, 1), 6231);

/// Measures power orders beside polling.
#[derive(Debug, Parser)]
#[command(name = "orders")]
struct Args {
    /// Nodes that are polled, every second
    #[arg(long, default_value_t = 500)]
    polled: u32,
    /// Orders at once
    #[arg(long, default_value_t = 100)]
    orders: u32,
    /// Rounds of each kind
    #[arg(long, default_value_t = 10)]
    rounds: usize,
}

/// A process that ends with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
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
    let _rack = Running(
        ostlerd()
            .args([
                "bmc-sim",
                "--addresses",
                "--suites=3",
                "--reply-delay-ms=20",
            ])
            .arg(format!("--listen={FIRST}"))
            .arg(format!("--count={}", args.polled + args.orders))
            .spawn()?,
    );
    let (_daemon, client) = start_daemon(directory.path()).await?;
    let nodes = |from: u32, to: u32| (from..to).map(|index| format!("n{index}"));
    for (index, name) in nodes(0, args.polled + args.orders).enumerate() {
        let address = Ipv4Addr::from_bits(FIRST.ip().to_bits() + u32::try_from(index)?);
        let bmc = json!({
            "address": address.to_string(), "port": FIRST.port(), "username": "admin", "password": "admin",
        });
        client
            .post("/v1/nodes", &json!({"name": name, "bmc": bmc}))
            .await?;
    }
    let ordered: Vec<String> = nodes(0, args.orders).collect();
    let polled: Vec<String> = nodes(args.orders, args.orders + args.polled).collect();
    // Every node is read once before anything is measured.
    for name in ordered.iter().chain(&polled) {
        wait(&client, name, |node| !node["power_state"].is_null()).await?;
    }
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 0..args.rounds * 2 {
        // Each kind has as many orders of either target, and what disturbs the machine disturbs both.
        let is_polled = matches!(round % 4, 1 | 2);
        set_maintenance(&client, &polled, !is_polled).await?;
        let target = if round % 2 == 0 { "on" } else { "off" };
        let took = order_all(&client, &ordered, target).await?;
        if is_polled { &mut with } else { &mut without }.extend(took);
    }
    println!("| polled nodes | orders | median, ms | 95 %, ms | longest, ms |");
    println!("|---:|---:|---:|---:|---:|");
    let row = |polled: u32, took: &mut Vec<f64>| {
        took.sort_by(f64::total_cmp);
        let at = |part: usize| took.get((took.len() * part / 100).min(took.len() - 1));
        let [median, most, all] = [50, 95, 100].map(|part| at(part).copied().unwrap_or_default());
        println!(
            "| {polled} | {} | {median:.0} | {most:.0} | {all:.0} |",
            took.len()
        );
        median
    };
    let alone = row(0, &mut without);
    let beside = row(args.polled, &mut with);
    println!(
        "\nThe median with polling is {:.2} times that without.",
        beside / alone
    );
    Ok(())
}

fn ostlerd() -> Command {
    let mut command = Command::new(ostler_bench::ostlerd());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

async fn start_daemon(directory: &Path) -> anyhow::Result<(Running, Client)> {
    let socket = directory.join("ostler.sock");
    let settings = format!(
        "state_dir = {:?}\n[api]\nunix_socket = {socket:?}\nlisten = []\n[power]\npoll_interval_secs = 1\nmin_off_secs = 0\n",
        directory.join("state"),
    );
    let file = directory.join("ostler.toml");
    fs::write(&file, settings)?;
    let daemon = ostlerd()
        .arg("--config")
        .arg(file)
        .stderr(Stdio::null())
        .spawn();
    let daemon = Running(daemon.context("cannot start ostlerd")?);
    let client = Client::unix(socket);
    let deadline = time::instant() + Duration::from_secs(20);
    while client.get("/readyz").await.is_err() {
        ensure!(time::instant() < deadline, "ostlerd did not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok((daemon, client))
}

/// Nodes in maintenance are not polled.
async fn set_maintenance(client: &Client, nodes: &[String], on: bool) -> anyhow::Result<()> {
    for name in nodes {
        let path = format!("/v1/nodes/{name}/maintenance");
        if on {
            client.put(&path, &json!({})).await?;
        } else {
            client.delete(&path).await?;
        }
    }
    // Polls that are under way end, and those that begin again find their phases.
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(())
}

/// Orders the same of all nodes at once; gives how long each took, from its acceptance to its end, in milliseconds.
async fn order_all(client: &Client, nodes: &[String], target: &str) -> anyhow::Result<Vec<f64>> {
    let mut orders = JoinSet::new();
    for name in nodes {
        let (client, path) = (client.clone(), format!("/v1/nodes/{name}/states/power"));
        let body = json!({"target": target});
        orders.spawn(async move { client.put(&path, &body).await });
    }
    while let Some(ordered) = orders.join_next().await {
        ordered??;
    }
    let mut took = Vec::new();
    for name in nodes {
        wait(client, name, |node| node["target_power_state"].is_null()).await?;
        let path = format!("/v1/nodes/{name}/tasks?fields=state,created_at,finished_at");
        let tasks = client.get(&path).await?.json()?;
        let task = &tasks["tasks"][0];
        ensure!(task["state"] == "done", "{name} {target}: {task}");
        let at = |field: &str| task[field].as_str().and_then(time::Timestamp::parse);
        let (from, to) = at("created_at")
            .zip(at("finished_at"))
            .context("no times")?;
        took.push(to.since(from).as_secs_f64() * 1e3);
    }
    Ok(took)
}

async fn wait(client: &Client, name: &str, holds: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
    let deadline = time::instant() + Duration::from_secs(60);
    loop {
        let node = client.get(&format!("/v1/nodes/{name}")).await?.json()?;
        if holds(&node) {
            return Ok(());
        }
        ensure!(time::instant() < deadline, "waited for {name}: {node}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
